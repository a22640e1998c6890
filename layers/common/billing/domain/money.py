"""Money is an `int` in the currency's minor unit; VND has none, so 299000 is 299.000 ₫.

One rounding rule (half up, applied once per document figure) and one formatter live here. Rates are basis points
(800 = 8 %).
"""

from dataclasses import dataclass

BASIS = 10_000


@dataclass(frozen=True, slots=True)
class Currency:
    """How minor units are counted and written: `digits` after the separator, `symbol` as people know it."""

    digits: int
    symbol: str


CURRENCIES = {"VND": Currency(0, "₫"), "USD": Currency(2, "$"), "EUR": Currency(2, "€")}


def divide_half_up(numerator: int, denominator: int) -> int:
    """`numerator / denominator` rounded half up, for amounts that are not negative; `denominator` > 0."""
    return (2 * numerator + denominator) // (2 * denominator)


def share(amount: int, rate_bp: int) -> int:
    """`rate_bp` basis points of `amount`, rounded half up."""
    return divide_half_up(amount * rate_bp, BASIS)


def contained_tax(gross: int, rate_bp: int) -> int:
    """The tax inside a tax-inclusive amount: 20000 at 1200 bp holds 2143."""
    return divide_half_up(gross * rate_bp, BASIS + rate_bp)


def group_digits(amount: int, digits: int, thousands: str, decimal: str) -> str:
    """`amount` minor units with separators: (1234568, 0, ".", ",") -> "1.234.568"."""
    scale = 10**digits
    whole, rest = divmod(abs(amount), scale)
    text = f"{whole:,}".replace(",", thousands)
    sign = "-" if amount < 0 else ""
    return f"{sign}{text}{decimal}{rest:0{digits}d}" if digits else f"{sign}{text}"


def format_money(amount: int, currency: str, language: str) -> str:
    """An amount as people read it: vi "299.000 ₫", en "₫299,000"."""
    known = CURRENCIES.get(currency, Currency(2, currency))
    if language == "en":
        text = group_digits(abs(amount), known.digits, ",", ".")
        return f"{'-' if amount < 0 else ''}{known.symbol}{text}"
    return f"{group_digits(amount, known.digits, '.', ',')} {known.symbol}"


def format_rate(rate_bp: int, language: str) -> str:
    """Basis points as a percentage: 800 -> "8%", 1250 -> "12,5%" (vi) or "12.5%" (en)."""
    whole, rest = divmod(rate_bp, 100)
    if not rest:
        return f"{whole}%"
    return f"{whole}{'.' if language == 'en' else ','}{f'{rest:02d}'.rstrip('0')}%"
