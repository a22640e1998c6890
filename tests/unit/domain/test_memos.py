"""Payment codes survive what banks and people do to a transfer's text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing.domain.memos import (
    ALPHABET,
    LENGTH,
    PREFIX,
    find_code,
    near_codes,
    payment_code,
)

CODE = payment_code("pay_0123456789abcdef")
SEPARATORS = st.text(" .-_/:,;", max_size=3)


def test_a_code_is_short_and_unambiguous() -> None:
    assert CODE.startswith(PREFIX)
    assert len(CODE) == 15, "a VietQR memo has 25 characters"
    assert not set(CODE.removeprefix(PREFIX)) & set("0O1IL")
    assert payment_code("pay_0123456789abcdef") == CODE


def test_different_payments_have_different_codes() -> None:
    assert len({payment_code(f"pay_{number}") for number in range(20_000)}) == 20_000


@pytest.mark.parametrize(
    "memo",
    [
        "{code}",
        "{lower}",
        "MBVCB.3278907687.{code}.CT tu 0123456789 NGUYEN VAN A toi 9876543210 CONG TY GOI",
        "{spaced}",
        "thanh toan goi pro 3 thang {lower} cam on",
        "{dashed}-CHUYEN TIEN-OQCH0002",
        "IBFT {code}GD 123456",
        "GOI GOIGOI {code}",
        "Gói Pro: {code}",
        "GOI BANH TRUNG THU {code}",
    ],
)
def test_a_code_is_found_in_an_altered_memo(memo: str) -> None:
    """T64: case, spaces, dashes and text around it change; the code is found all the same."""
    parts = [CODE[:3], CODE[3:7], CODE[7:11], CODE[11:]]
    text = memo.format(code=CODE, lower=CODE.lower(), spaced=" ".join(parts), dashed="-".join(parts))
    assert find_code(text) == CODE


@given(st.text(max_size=20), st.text(max_size=20), st.data())
def test_a_code_is_found_wherever_it_stands(before: str, after: str, data: st.DataObject) -> None:
    """T64."""
    altered = "".join(character + data.draw(SEPARATORS) for character in CODE)
    assert find_code(f"{before} {altered} {after}") == CODE


@pytest.mark.parametrize(
    "memo", ["", "CHUYEN TIEN", "GOI PRO 3 THANG", "GOI BANH TRUNG THU NAM NAY", CODE[:-1], CODE[1:]]
)
def test_words_are_no_code(memo: str) -> None:
    assert find_code(memo) is None


@given(st.integers(0, LENGTH), st.sampled_from(ALPHABET))
def test_one_mistyped_character_makes_no_other_code(place: int, character: str) -> None:
    typed = list(CODE)
    typed[len(PREFIX) + place] = character
    assert find_code("".join(typed)) in {None, CODE}


@given(st.integers(0, LENGTH - 2))
def test_two_swapped_characters_make_no_other_code(place: int) -> None:
    typed = list(CODE)
    first = len(PREFIX) + place
    typed[first], typed[first + 1] = typed[first + 1], typed[first]
    assert find_code("".join(typed)) in {None, CODE}


@given(st.text(min_size=1, max_size=20), st.integers(0, LENGTH), st.sampled_from(ALPHABET))
def test_a_code_with_one_slip_is_among_the_near_ones(payment_id: str, place: int, letter: str) -> None:
    """T64: one character wrong, missing, too many, or two neighbours swapped."""
    code = payment_code(payment_id)
    body = code[len(PREFIX) :]
    damaged = (
        body[:place] + letter + body[place + 1 :],
        body[:place] + body[place + 1 :],
        body[:place] + letter + body[place:],
        body[:place] + body[place : place + 2][::-1] + body[place + 2 :],
    )
    for written in damaged:
        assert code in near_codes(f"CK {PREFIX}{written}")


@pytest.mark.parametrize("prefix", ["GOI", "G0I", "GO1", "goi", "g o l"])
def test_a_prefix_may_have_letters_that_look_alike(prefix: str) -> None:
    code = payment_code("pay_1")
    assert near_codes(f"{prefix} {code[3:]}")[0] == code


@pytest.mark.parametrize("text", ["", "chuyen tien mua goi", "GOI CUOC 3 THANG", "GOI" + "0" * 12])
def test_a_text_without_a_code_has_no_near_ones_or_none_that_is_told_as_exact(text: str) -> None:
    assert find_code(text) is None
    assert len(near_codes(text)) == 0


def test_near_codes_are_few_enough_for_one_read() -> None:
    code = payment_code("pay_1")
    assert len(near_codes(f"{code[:-1]}2 {code[:-2]}")) <= 100
