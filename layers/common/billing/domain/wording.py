"""Sentences and names for people that belong to a sale, in Vietnamese and English."""

from billing.domain.pricing import Quote

UNITS = {"month": {"vi": "tháng", "en": "month"}, "year": {"vi": "năm", "en": "year"}}


def unit_name(interval: str, language: str) -> str:
    """What a line counts: "tháng", "year"."""
    return UNITS[interval][language]


def counted(quantity: int, interval: str, language: str) -> str:
    """Such as "3 tháng", "1 year", "2 years"."""
    plural = "s" if language == "en" and quantity > 1 else ""
    return f"{quantity} {unit_name(interval, language)}{plural}"


def line_description(quote: Quote, language: str) -> str:
    """What is sold, as on the quote and on the document: "Gói Pro, 3 tháng"."""
    name = quote.plan_name[language]
    length = counted(quote.wish.quantity, quote.wish.interval, language)
    return f"{name} plan, {length}" if language == "en" else f"Gói {name}, {length}"
