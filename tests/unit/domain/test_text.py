"""Text that people type, and what providers and mail can take of it."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing.domain.text import clean_line, is_email, without_marks


def test_text_is_trimmed_and_composed() -> None:
    assert clean_line("  Công ty\u00a0") == "Công ty"
    assert clean_line("Co\u0302ng") == "Công"
    assert clean_line("\u3000") == ""


@pytest.mark.parametrize(
    "text",
    [
        "a\nb",
        "a\r\nBcc: x@y.example",
        "a\tb",
        "a\x00",
        "a\u2028b",
        "a\u2029b",
        "\u202etxt.exe",
        "a\u200bb",
        "\ud800",
        "\ufeffa",
    ],
)
def test_line_breaks_controls_and_invisible_marks_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match="control character or a line break"):
        clean_line(text)


@pytest.mark.parametrize("text", ["<b>A & B</b>", "Nguyễn Thị Ánh", "O'Brien", "日本", "a  b", "👍"])
def test_ordinary_text_is_kept_as_given(text: str) -> None:
    """It is stored as typed and escaped where it is shown."""
    assert clean_line(text) == text


@given(st.text(max_size=80))
def test_a_clean_line_is_clean(text: str) -> None:
    try:
        line = clean_line(text)
    except ValueError:
        return
    assert clean_line(line) == line
    assert unicodedata.is_normalized("NFC", line)
    assert "\n" not in line
    assert "\r" not in line


@pytest.mark.parametrize(
    ("text", "plain"),
    [("Gói Đặc biệt", "Goi Dac biet"), ("đường", "duong"), ("ĐƯỢC ỮNG", "DUOC UNG"), ("Pro 2", "Pro 2")],
)
def test_vietnamese_loses_its_marks_only(text: str, plain: str) -> None:
    assert without_marks(text) == plain
    assert without_marks(unicodedata.normalize("NFD", text)) == plain


@pytest.mark.parametrize("text", ["a@b.vn", "lan.nguyen+hoadon@mail.cong-ty.com.vn", "x_1@a.co", "o'brien@a.example"])
def test_addresses_are_recognised(text: str) -> None:
    assert is_email(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a",
        "a@b",
        "@b.vn",
        "a b@c.vn",
        "a@b..vn",
        "a..b@c.vn",
        "a@-b.vn",
        "a@b.vn\n",
        "a@b.vn,c@d.vn",
        "<a@b.vn>",
        "a@b.v1",
        f"{'a' * 65}@b.vn",
        f"a@{'b.' * 130}vn",
    ],
)
def test_what_is_no_address_is_not(text: str) -> None:
    assert not is_email(text)


@given(st.text(max_size=60))
def test_no_address_smuggles_a_header(text: str) -> None:
    if is_email(text):
        assert not set(text) & set('\r\n ,;<>"')
