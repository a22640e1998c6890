"""Amounts in words, as invoices spell them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing.domain.words import LIMIT, amount_in_words

VIETNAMESE = {
    0: "Không đồng",
    1: "Một đồng",
    4: "Bốn đồng",
    5: "Năm đồng",
    10: "Mười đồng",
    11: "Mười một đồng",
    14: "Mười bốn đồng",
    15: "Mười lăm đồng",
    20: "Hai mươi đồng",
    21: "Hai mươi mốt đồng",
    24: "Hai mươi tư đồng",
    25: "Hai mươi lăm đồng",
    55: "Năm mươi lăm đồng",
    91: "Chín mươi mốt đồng",
    100: "Một trăm đồng",
    101: "Một trăm linh một đồng",
    104: "Một trăm linh bốn đồng",
    105: "Một trăm linh năm đồng",
    110: "Một trăm mười đồng",
    115: "Một trăm mười lăm đồng",
    121: "Một trăm hai mươi mốt đồng",
    555: "Năm trăm năm mươi lăm đồng",
    1_000: "Một nghìn đồng",
    1_001: "Một nghìn không trăm linh một đồng",
    1_010: "Một nghìn không trăm mười đồng",
    1_100: "Một nghìn một trăm đồng",
    10_000: "Mười nghìn đồng",
    21_000: "Hai mươi mốt nghìn đồng",
    99_000: "Chín mươi chín nghìn đồng",
    299_000: "Hai trăm chín mươi chín nghìn đồng",
    807_300: "Tám trăm linh bảy nghìn ba trăm đồng",
    1_000_000: "Một triệu đồng",
    1_000_005: "Một triệu không trăm linh năm đồng",
    1_005_000: "Một triệu không trăm linh năm nghìn đồng",
    1_050_000: "Một triệu không trăm năm mươi nghìn đồng",
    2_990_000: "Hai triệu chín trăm chín mươi nghìn đồng",
    1_234_568: "Một triệu hai trăm ba mươi tư nghìn năm trăm sáu mươi tám đồng",
    15_015_015: "Mười lăm triệu không trăm mười lăm nghìn không trăm mười lăm đồng",
    100_000_000: "Một trăm triệu đồng",
    1_000_000_000: "Một tỷ đồng",
    1_000_000_001: "Một tỷ không trăm linh một đồng",
    1_001_000_000: "Một tỷ không trăm linh một triệu đồng",
    24_000_000_000: "Hai mươi tư tỷ đồng",
    1_000_000_000_000: "Một nghìn tỷ đồng",
    1_000_050_000_000: "Một nghìn tỷ không trăm năm mươi triệu đồng",
    10**15: "Một triệu tỷ đồng",
    10**18: "Một tỷ tỷ đồng",
    10**18 + 10**9: "Một tỷ không trăm linh một tỷ đồng",
}

ENGLISH = {
    0: "Zero dong",
    1: "One dong",
    13: "Thirteen dong",
    20: "Twenty dong",
    42: "Forty-two dong",
    100: "One hundred dong",
    101: "One hundred one dong",
    115: "One hundred fifteen dong",
    1_000: "One thousand dong",
    1_001: "One thousand one dong",
    299_000: "Two hundred ninety-nine thousand dong",
    1_234_568: "One million two hundred thirty-four thousand five hundred sixty-eight dong",
    2_000_000_000: "Two billion dong",
    LIMIT - 1: (
        "Nine hundred ninety-nine quintillion nine hundred ninety-nine quadrillion nine hundred ninety-nine trillion "
        "nine hundred ninety-nine billion nine hundred ninety-nine million nine hundred ninety-nine thousand "
        "nine hundred ninety-nine dong"
    ),
}

WITH_HUNDREDTHS = [
    (1205, "USD", "vi", "Mười hai đô la Mỹ và năm xu"),
    (1200, "USD", "vi", "Mười hai đô la Mỹ"),
    (99, "USD", "vi", "Chín mươi chín xu"),
    (2150, "EUR", "vi", "Hai mươi mốt euro và năm mươi xu"),
    (0, "EUR", "vi", "Không euro"),
    (101, "USD", "en", "One US dollar and one cent"),
    (1205, "USD", "en", "Twelve US dollars and five cents"),
    (0, "USD", "en", "Zero US dollars"),
    (100, "EUR", "en", "One euro"),
    (5, "EUR", "en", "Five cents"),
]


@pytest.mark.parametrize(("amount", "words"), VIETNAMESE.items())
def test_dong_in_vietnamese(amount: int, words: str) -> None:
    assert amount_in_words(amount, "VND", "vi") == words


@pytest.mark.parametrize(("amount", "words"), ENGLISH.items())
def test_dong_in_english(amount: int, words: str) -> None:
    assert amount_in_words(amount, "VND", "en") == words


@pytest.mark.parametrize(("amount", "currency", "language", "words"), WITH_HUNDREDTHS)
def test_currencies_with_hundredths(amount: int, currency: str, language: str, words: str) -> None:
    assert amount_in_words(amount, currency, language) == words


@pytest.mark.parametrize("amount", [-1, -(10**21), LIMIT, 10**40])
@pytest.mark.parametrize("language", ["vi", "en"])
def test_amounts_without_words_are_refused(amount: int, language: str) -> None:
    with pytest.raises(ValueError, match="cannot be spelled"):
        amount_in_words(amount, "VND", language)


@pytest.mark.parametrize(("currency", "language"), [("GBP", "vi"), ("", "en"), ("VND", "fr"), ("VND", "")])
def test_unknown_currencies_and_languages_are_refused(currency: str, language: str) -> None:
    with pytest.raises(ValueError, match="no words are known"):
        amount_in_words(1, currency, language)


# Reading back: were two amounts spelled alike, one of them would be read as the other.

DIGITS = {word: digit for digit, word in enumerate("không một hai ba bốn năm sáu bảy tám chín".split())}
DIGITS |= {"mốt": 1, "tư": 4, "lăm": 5}
SCALES = {"nghìn": 10**3, "triệu": 10**6}


def read_vietnamese(words: list[str]) -> int:
    """The number that Vietnamese words name, read from left to right."""
    if "tỷ" in words:
        last = len(words) - 1 - words[::-1].index("tỷ")
        return read_vietnamese(words[:last]) * 10**9 + read_vietnamese(words[last + 1 :])
    total = group = digit = 0
    for word in words:
        if word in DIGITS:
            digit = DIGITS[word]
        elif word in SCALES:
            total += (group + digit) * SCALES[word]
            group = digit = 0
        else:
            group += {"trăm": digit * 100, "mươi": digit * 10, "mười": 10, "linh": 0}[word]
            digit = 0
    return total + group + digit


ENGLISH_NUMBERS = {
    **{
        word: number
        for number, word in enumerate(
            "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen "
            "seventeen eighteen nineteen".split()
        )
    },
    **{
        word: 10 * number
        for number, word in enumerate("twenty thirty forty fifty sixty seventy eighty ninety".split(), start=2)
    },
}
ENGLISH_SCALES = {
    word: 1000**power
    for power, word in enumerate("thousand million billion trillion quadrillion quintillion".split(), start=1)
}


def read_english(words: list[str]) -> int:
    """The number that English words name."""
    total = group = 0
    for word in words:
        if word == "hundred":
            group *= 100
        elif word in ENGLISH_SCALES:
            total += group * ENGLISH_SCALES[word]
            group = 0
        else:
            group += sum(ENGLISH_NUMBERS[part] for part in word.split("-"))
    return total + group


AMOUNTS = st.one_of(
    st.integers(0, LIMIT - 1),
    st.integers(0, 2_000),
    st.lists(st.sampled_from(["000", "001", "010", "015", "100", "104", "999"]), min_size=1, max_size=7).map(
        lambda groups: int("".join(groups))
    ),
)


@given(AMOUNTS)
def test_vietnamese_words_can_be_read_back(amount: int) -> None:
    words = amount_in_words(amount, "VND", "vi").lower().split()
    assert words[-1] == "đồng"
    assert read_vietnamese(words[:-1]) == amount


@given(AMOUNTS)
def test_english_words_can_be_read_back(amount: int) -> None:
    words = amount_in_words(amount, "VND", "en").lower().split()
    assert words[-1] == "dong"
    assert read_english(words[:-1]) == amount


@given(AMOUNTS)
def test_words_are_tidy(amount: int) -> None:
    text = amount_in_words(amount, "VND", "vi")
    assert text == " ".join(text.split())
    assert text[0].isupper()
    assert text[1:].islower()
