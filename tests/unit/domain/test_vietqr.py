"""VietQR contents: published examples, and everything that is written can be read."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing.domain.vietqr import NotVietQr, Transfer, content, crc16, fields_of, read, read_fields
from tests.support.template import ROOT

VECTORS = json.loads((ROOT / "tests" / "vectors" / "vietqr.json").read_text("utf-8"))
GOOD = [vector for vector in VECTORS if "tlv" in vector["params"]]
VIETQR = [vector for vector in GOOD if vector["kind"] == "vietqr"]
BAD = [vector for vector in VECTORS if vector["kind"].endswith("invalid-crc")]
ORDER = Transfer("970422", "0123456789", 299_000, "GOIABCDEFGHJKMN")
TEXT = content(ORDER)

transfers = st.builds(
    Transfer,
    bank_bin=st.from_regex(r"[0-9]{6}", fullmatch=True),
    account=st.from_regex(r"[0-9A-Za-z]{1,19}", fullmatch=True),
    amount=st.none() | st.integers(1, 9_999_999_999_999),
    memo=st.from_regex(r"[0-9A-Za-z .-]{0,25}", fullmatch=True),
)


def source(vector: dict[str, Any]) -> str:
    """Where a vector is from, as the test's name."""
    return f"{vector['kind']}: {vector['source']}"


def test_there_are_vectors_of_each_kind() -> None:
    assert (len(VIETQR), len(GOOD), len(BAD)) == (3, 5, 1)


@pytest.mark.parametrize("vector", GOOD, ids=source)
def test_published_contents_are_read_field_by_field(vector: dict[str, Any]) -> None:
    expected = {name: value for name, value in vector["params"]["tlv"].items() if name != "63"}
    assert read_fields(vector["params"]["qr"]) == expected
    assert crc16(vector["params"]["qr"][:-4].encode()) == int(vector["expected_signature"], 16)


@pytest.mark.parametrize("vector", VIETQR, ids=source)
def test_published_transfers_are_understood(vector: dict[str, Any]) -> None:
    text = vector["params"]["qr"]
    transfer = read(text)
    if "62" not in vector["params"]["tlv"]:
        assert content(transfer) == text, "the example has exactly the fields that we write"
    assert f"{transfer.bank_bin}01{len(transfer.account):02d}{transfer.account}" in text
    assert transfer.amount is None


@pytest.mark.parametrize("vector", BAD, ids=source)
def test_a_published_wrong_checksum_is_refused(vector: dict[str, Any]) -> None:
    with pytest.raises(NotVietQr):
        read_fields(vector["params"]["qr"])


@pytest.mark.parametrize("vector", [vector for vector in GOOD if vector["kind"] != "vietqr"], ids=source)
def test_contents_of_other_schemes_are_no_transfers(vector: dict[str, Any]) -> None:
    with pytest.raises(NotVietQr):
        read(vector["params"]["qr"])


@given(transfers)
def test_what_is_written_is_read_back(transfer: Transfer) -> None:
    assert read(content(transfer)) == transfer


@given(st.integers(0, len(TEXT) - 1), st.sampled_from("0123456789ABCDEFXYZ \u00e1"))
def test_a_changed_character_is_noticed(place: int, character: str) -> None:
    changed = TEXT[:place] + character + TEXT[place + 1 :]
    if changed == TEXT:
        return
    with pytest.raises(NotVietQr):
        read(changed)


@given(st.text(max_size=60))
def test_no_text_does_more_than_be_refused(text: str) -> None:
    with pytest.raises(NotVietQr):
        read(text)


def test_an_order_is_a_dynamic_code_with_its_amount_and_memo() -> None:
    """T44: dong as they are, nothing times 100."""
    fields = read_fields(TEXT)
    assert (fields["01"], fields["54"], fields["53"], fields["58"]) == ("12", "299000", "704", "VN")
    assert fields_of(fields["62"]) == {"08": "GOIABCDEFGHJKMN"}
    assert fields_of(fields["38"])["02"] == "QRIBFTTA"
    assert read(TEXT[:-4] + TEXT[-4:].lower()) == ORDER, "readers take a lower-case checksum"


@pytest.mark.parametrize("amount", ["299.50", "-29900", "299 00"])
def test_an_amount_that_is_no_whole_number_is_refused(amount: str) -> None:
    """T44."""
    body = TEXT[:-4].replace("5406299000", f"5406{amount}")
    assert body != TEXT[:-4]
    with pytest.raises(NotVietQr):
        read(f"{body}{crc16(body.encode()):04X}")


def test_leading_zeros_of_the_checksum_are_kept() -> None:
    texts = (content(Transfer("970422", str(number))) for number in range(100_000, 110_000))
    assert next(text for text in texts if text[-4] == "0")[-8:-4] == "6304"


@pytest.mark.parametrize(
    "transfer",
    [
        Transfer("97042", "0123456789"),
        Transfer("970422", ""),
        Transfer("970422", "01234567890123456789"),
        Transfer("970422", "0123456789", 0),
        Transfer("970422", "0123456789", 10**13),
        Transfer("970422", "0123456789", 299_000, "x" * 26),
        Transfer("970422", "0123456789", 299_000, "Gói Pro"),
    ],
)
def test_what_no_bank_could_read_is_not_written(transfer: Transfer) -> None:
    with pytest.raises(NotVietQr):
        content(transfer)


@pytest.mark.parametrize("row", ["00", "0004", "000401", "00020100020", "0x0201", "0002010002" + "01"])
def test_a_row_whose_lengths_do_not_add_up_is_refused(row: str) -> None:
    with pytest.raises(NotVietQr):
        fields_of(row)
