"""Signed texts: only ours, only for their purpose, unchanged."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing.domain.tokens import InvalidToken, Signer

SIGNER = Signer([b"current"])
TOKEN = SIGNER.sign("quote", {"total": 299_000, "name": "Gói Đặc biệt"})

payloads = st.dictionaries(st.text(max_size=8), st.integers() | st.text(max_size=20) | st.none() | st.booleans())


@given(payloads)
def test_payload_is_read_back(payload: dict[str, object]) -> None:
    token = SIGNER.sign("quote", payload)
    assert SIGNER.verify("quote", token) == payload
    assert token.isascii()
    assert not set(token) & set("+/= \n")


@given(st.integers(min_value=0, max_value=len(TOKEN) - 1), st.characters(codec="utf-8"))
def test_no_character_can_be_changed(position: int, character: str) -> None:
    changed = TOKEN[:position] + character + TOKEN[position + 1 :]
    if changed != TOKEN:
        with pytest.raises(InvalidToken):
            SIGNER.verify("quote", changed)


@given(st.integers(min_value=0, max_value=len(TOKEN) - 1))
def test_no_end_can_be_cut_off(length: int) -> None:
    with pytest.raises(InvalidToken):
        SIGNER.verify("quote", TOKEN[:length])


@given(st.text(max_size=80))
def test_any_other_text_is_refused(text: str) -> None:
    with pytest.raises(InvalidToken):
        SIGNER.verify("quote", text)


def test_signature_of_another_token_does_not_fit() -> None:
    body = SIGNER.sign("quote", {"total": 1}).split(".")[0]
    with pytest.raises(InvalidToken):
        SIGNER.verify("quote", f"{body}.{TOKEN.split('.')[1]}")


def test_token_is_good_for_its_purpose_only() -> None:
    with pytest.raises(InvalidToken):
        SIGNER.verify("cursor", TOKEN)


def test_secret_can_be_replaced_without_a_gap() -> None:
    rotated = Signer([b"next", b"current"])
    assert rotated.verify("quote", TOKEN)["total"] == 299_000
    with pytest.raises(InvalidToken):
        SIGNER.verify("quote", rotated.sign("quote", {}))
    with pytest.raises(InvalidToken):
        Signer([b"next"]).verify("quote", TOKEN)


@pytest.mark.parametrize("secrets", [[], [b""], [b"current", b""]])
def test_empty_secret_signs_nothing(secrets: list[bytes]) -> None:
    with pytest.raises(ValueError, match="at least one secret"):
        Signer(secrets)
