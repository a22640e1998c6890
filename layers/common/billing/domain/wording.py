"""Sentences and names for people that belong to a sale, in Vietnamese and English."""

from billing.domain.credits import Credit
from billing.domain.money import group_digits
from billing.domain.pricing import Quote
from billing.domain.times import days_of, seconds_between

UNITS = {"month": {"vi": "tháng", "en": "month"}, "year": {"vi": "năm", "en": "year"}}


def unit_name(interval: str, language: str) -> str:
    """What a line counts: "tháng", "year"."""
    return UNITS[interval][language]


def counted(quantity: int, interval: str, language: str) -> str:
    """Such as "3 tháng", "1 year", "2 years"."""
    plural = "s" if language == "en" and quantity > 1 else ""
    return f"{quantity} {unit_name(interval, language)}{plural}"


def line_description(quote: Quote, language: str) -> str:
    """What is sold and what it changes, as on the quote and on the document: "Gói Pro, 3 tháng"."""
    name, text = quote.plan_name[language], LINES[quote.kind if quote.kind != "plan" else quote.change][language]
    length = days_counted(_days(quote), language) if quote.kind == "trial" else ""
    if quote.kind == "plan":
        length = counted(quote.wish.quantity, quote.wish.interval, language)
    if quote.extra_days:
        extra = days_counted(quote.extra_days, language)
        length += f" and {extra} from your credit" if language == "en" else f" và {extra} từ phần khấu trừ"
    return text.format(name=name, length=length)


LINES = {
    "new": {"vi": "Gói {name}, {length}", "en": "{name} plan, {length}"},
    "renewal": {"vi": "Gói {name}, {length}", "en": "{name} plan, {length}"},
    "addition": {"vi": "Mua thêm gói {name}, {length}, dùng ngay", "en": "More of the {name} plan, {length}, from now"},
    "upgrade": {"vi": "Nâng cấp lên gói {name}, {length}", "en": "Upgrade to the {name} plan, {length}"},
    "downgrade": {
        "vi": "Chuyển xuống gói {name}, {length}, sau thời gian đã trả",
        "en": "Change to the {name} plan, {length}, after the time paid for",
    },
    "trial": {"vi": "Dùng thử gói {name}, {length}", "en": "Trial of the {name} plan, {length}"},
    "addon": {"vi": "Mua thêm: {name}", "en": "Add-on: {name}"},
}


def line_unit(quote: Quote, language: str) -> str:
    """What the line counts: months, years, or packs of an add-on."""
    if quote.kind == "addon":
        return "pack" if language == "en" else "gói"
    return unit_name(quote.wish.interval, language)


def days_counted(days: int, language: str) -> str:
    """Such as "17 ngày", "1 day", "17 days"."""
    if language == "en":
        return f"{days} day{'' if days == 1 else 's'}"
    return f"{days} ngày"


def _days(quote: Quote) -> int:
    return days_of(seconds_between(quote.period.start, quote.period.end))


def credit_description(credit: Credit, language: str) -> str:
    """Why a term is credited with what: its days left, or the quota left where that is less."""
    days, name = (credit.unused_days, credit.total_days), credit.plan_name[language]
    if credit.quota is None or credit.feature_name is None:
        if language == "en":
            return f"Credit for {days[0]} of {days[1]} days unused of the {name} plan"
        return f"Khấu trừ {days[0]}/{days[1]} ngày chưa dùng của gói {name}"
    separator, feature = "," if language == "en" else ".", credit.feature_name[language]
    left, whole = (group_digits(amount, 0, separator, "") for amount in credit.quota)
    if language == "en":
        return f"Credit for {left} of {whole} unused ({feature}) of the {name} plan, {days[0]} of {days[1]} days left"
    return f"Khấu trừ {left}/{whole} {feature} chưa dùng của gói {name}, còn {days[0]}/{days[1]} ngày"
