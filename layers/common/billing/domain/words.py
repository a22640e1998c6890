"""Amounts in words, as an invoice spells its total: "Hai trăm chín mươi chín nghìn đồng".

Vietnamese takes the forms usual on invoices: "nghìn" and "linh"; "mốt", "tư" and "lăm" after "mươi"; and every group of
three digits after the first spelled in full ("không trăm"), so that no two amounts read alike.
"""

from billing.domain.money import CURRENCIES

LIMIT = 10**21
"""Amounts of this many whole units and more are refused: the English scale ends here."""

_BILLION = 10**9

_VI_DIGITS = "không một hai ba bốn năm sáu bảy tám chín".split()
_VI_AFTER_TENS = {1: "mốt", 4: "tư", 5: "lăm"}
_VI_SCALES = ((10**6, "triệu"), (10**3, "nghìn"), (1, ""))
_VI_UNITS = {"VND": ("đồng", ""), "USD": ("đô la Mỹ", "xu"), "EUR": ("euro", "xu")}

_EN_BELOW_TWENTY = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
    "eighteen nineteen"
).split()
_EN_TENS = dict(zip(range(2, 10), "twenty thirty forty fifty sixty seventy eighty ninety".split(), strict=True))
_EN_SCALES = ("", "thousand", "million", "billion", "trillion", "quadrillion", "quintillion")
_EN_UNITS = {"VND": ("dong", ""), "USD": ("US dollar", "cent"), "EUR": ("euro", "cent")}


def amount_in_words(amount: int, currency: str, language: str) -> str:
    """`amount` minor units of `currency` spelled in `language` ("vi" or "en"), starting with a capital.

    `ValueError` for a negative amount, for `LIMIT` units or more, and for an unknown currency or language.
    """
    if currency not in _VI_UNITS:
        raise ValueError(f"no words are known for currency {currency!r}")
    whole, minor = divmod(amount, 10 ** CURRENCIES[currency].digits)
    if not 0 <= whole < LIMIT:
        raise ValueError(f"{amount} cannot be spelled")
    match language:
        case "vi":
            text = _vietnamese_amount(whole, minor, *_VI_UNITS[currency])
        case "en":
            text = _english_amount(whole, minor, *_EN_UNITS[currency])
        case _:
            raise ValueError(f"no words are known in language {language!r}")
    return text[0].upper() + text[1:]


def _vietnamese_amount(whole: int, minor: int, unit: str, minor_unit: str) -> str:
    main = f"{_vietnamese(whole)} {unit}"
    if not minor:
        return main
    rest = f"{_vietnamese(minor)} {minor_unit}"
    return f"{main} và {rest}" if whole else rest


def _vietnamese(number: int) -> str:
    """A number from 0 on; above a billion it is so many "tỷ" and the rest, and so again."""
    if number == 0:
        return _VI_DIGITS[0]
    billions, rest = divmod(number, _BILLION)
    words = [_vietnamese(billions), "tỷ"] if billions else []
    for scale, name in _VI_SCALES:
        group = rest // scale % 1000
        if group:
            words += [_vietnamese_group(group, in_full=bool(words)), name]
    return " ".join(filter(None, words))


def _vietnamese_group(group: int, *, in_full: bool) -> str:
    """Three digits, 1 to 999; `in_full` spells the hundreds even if there are none."""
    hundreds, below = divmod(group, 100)
    if not (hundreds or in_full):
        return _vietnamese_below_hundred(below)
    words = f"{_VI_DIGITS[hundreds]} trăm"
    if below == 0:
        return words
    return f"{words} {'linh ' if below < len(_VI_DIGITS) else ''}{_vietnamese_below_hundred(below)}"


def _vietnamese_below_hundred(number: int) -> str:
    tens, ones = divmod(number, 10)
    if tens == 0:
        return _VI_DIGITS[ones]
    words = "mười" if tens == 1 else f"{_VI_DIGITS[tens]} mươi"
    if ones == 0:
        return words
    special = {5: "lăm"} if tens == 1 else _VI_AFTER_TENS
    return f"{words} {special.get(ones, _VI_DIGITS[ones])}"


def _english_amount(whole: int, minor: int, unit: str, minor_unit: str) -> str:
    main = f"{_english(whole)} {_plural(unit, whole)}"
    if not minor:
        return main
    rest = f"{_english(minor)} {_plural(minor_unit, minor)}"
    return f"{main} and {rest}" if whole else rest


def _plural(unit: str, count: int) -> str:
    return unit if count == 1 or unit == "dong" else f"{unit}s"


def _english(number: int) -> str:
    """A number from 0 to `LIMIT` - 1, in groups of three digits."""
    if number == 0:
        return _EN_BELOW_TWENTY[0]
    groups = []
    for scale in _EN_SCALES:
        number, group = divmod(number, 1000)
        if group:
            groups.append(f"{_english_group(group)} {scale}".rstrip())
    return " ".join(reversed(groups))


def _english_group(group: int) -> str:
    """Three digits, 1 to 999."""
    hundreds, below = divmod(group, 100)
    words = [f"{_EN_BELOW_TWENTY[hundreds]} hundred"] if hundreds else []
    if below:
        words.append(_english_below_hundred(below))
    return " ".join(words)


def _english_below_hundred(number: int) -> str:
    if number < len(_EN_BELOW_TWENTY):
        return _EN_BELOW_TWENTY[number]
    tens, ones = divmod(number, 10)
    return _EN_TENS[tens] if ones == 0 else f"{_EN_TENS[tens]}-{_EN_BELOW_TWENTY[ones]}"
