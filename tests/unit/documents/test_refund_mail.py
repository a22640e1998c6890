"""The e-mail about a refund, as a mail program takes it apart and as people read it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default

import pytest

from billing.domain.banks import BankAccount
from billing.domain.orders import Order
from billing.domain.refunds import Refund, TakenBack
from billing.service.refund_news import RefundNews
from documents.refund_mail import compose_refund_mail
from tests.support.invoices import SELLER
from tests.support.mails import Reader
from tests.support.orders import fulfilled
from tests.support.refunds import refund, refunded
from tests.support.values import NOON

SENDER = "hoadon@goi.example"
APP_URL = "https://app.goi.example/app"
BANK = BankAccount("970436", "0071000123456", "NGUYEN THI LAN")
PART = {"amount": 99_000, "taken_back": (TakenBack("tokens", NOON, 331, 5),)}


def mail_of(made: Refund, order: Order | None = None) -> EmailMessage:
    bought = order or fulfilled()
    raw = compose_refund_mail(RefundNews(made, bought, SELLER), SENDER, APP_URL)
    message = message_from_bytes(raw, policy=default)
    assert isinstance(message, EmailMessage)
    assert not [defect for part in message.walk() for defect in part.defects]
    return message


def shown(message: EmailMessage, subtype: str) -> str:
    """What people read of a body."""
    part = message.get_body((subtype,))
    assert part is not None
    content = str(part.get_content())
    return Reader(content).shown if subtype == "html" else " ".join(content.split())


def test_headers_name_the_seller_the_buyer_and_the_money() -> None:
    message = mail_of(refunded())
    assert message["From"] == f"{SELLER.name} <{SENDER}>"
    assert message["To"] == "lan@khach.example"
    assert message["Subject"] == f"{SELLER.name}: đã hoàn 299.000 ₫ – Gói pro, 1 tháng"
    assert message["Message-ID"] == "<ref_k3v6u2a7c4q5n2d7s3m6b5x4w2@goi.example>"
    assert message["Date"].datetime == datetime(2026, 11, 24, 5, 1, tzinfo=UTC)
    assert message["Content-Language"] == "vi"
    assert [part.get_content_type() for part in message.walk()] == [
        "multipart/alternative",
        "text/plain",
        "text/html",
    ]


@pytest.mark.parametrize("subtype", ["plain", "html"])
@pytest.mark.parametrize(
    ("made", "expected"),
    [
        (
            refunded(),
            (
                "chúng tôi đã hoàn 299.000 ₫ cho bạn. Tiền trở lại tài khoản hoặc thẻ bạn đã dùng qua VNPAY, thường",
                "sau 1 đến 7 ngày làm việc tùy ngân hàng.",
                "Gói đã kết thúc ngày 24/11/2026 vì toàn bộ số tiền đã được hoàn. Hạn mức của gói không dùng được nữa.",
            ),
        ),
        (
            refunded(**PART),
            ("đã hoàn 99.000 ₫", "Gói vẫn dùng được đến 23/12/2026.", "tokens: giảm 331", "Bạn đã thanh toán"),
        ),
        (refunded(amount=99_000), ("Gói vẫn dùng được đến 23/12/2026. Hạn mức không thay đổi.",)),
        (refunded(amount=99_000, given_back=200_000), ("Gói đã kết thúc", "Đã hoàn trước đây", "-200.000 ₫")),
        (refunded(provider="momo"), ("Tiền trở lại ví hoặc nguồn tiền bạn đã dùng qua MoMo",)),
        (refunded(provider="stripe"), ("Tiền trở lại thẻ bạn đã dùng qua Stripe",)),
        (
            refunded(provider="sepay", by_api=False, bank=BANK, handle="FT26330123456"),
            ("chuyển khoản đến tài khoản •••• 3456", "FT26330123456", "Chuyển khoản ngân hàng"),
        ),
        (
            refunded(exception_id="exc_1"),
            ("Gói và hạn mức của bạn không thay đổi: khoản tiền này không dùng để mua gói.",),
        ),
    ],
)
def test_both_bodies_say_how_the_money_comes_and_what_changed(
    made: Refund, expected: tuple[str, ...], subtype: str
) -> None:
    text = shown(mail_of(made), subtype)
    for words in expected:
        assert words in text
    for private in ("Khách đổi ý", "ketoan@goi.example", BANK.number, "shortfall"):
        assert private not in text


@pytest.mark.parametrize("subtype", ["plain", "html"])
def test_english_readers_get_english(subtype: str) -> None:
    message = mail_of(refunded(**PART), fulfilled(language="en"))
    assert message["Subject"].startswith(f"{SELLER.name}: ₫99,000 refunded – ")
    text = shown(message, subtype)
    for words in ("we refunded ₫99,000 to you", "Your plan stays usable until 23 Dec 2026.", "tokens: 331 less"):
        assert words in text
    assert "hoàn" not in text


def test_quota_given_by_the_month_is_told_as_a_sum() -> None:
    taken = tuple(TakenBack("tokens", NOON + timedelta(days=31 * month), 1_000, 0) for month in range(3))
    text = shown(mail_of(refunded(amount=99_000, taken_back=taken), fulfilled(3)), "plain")
    assert "tokens: giảm 3.000 trong 3 tháng" in text


def test_each_quota_has_a_line_of_its_own() -> None:
    part = mail_of(refunded(**PART)).get_body(("plain",))
    assert part is not None
    assert "- tokens: giảm 331" in part.get_content().splitlines()


def test_a_plan_that_was_over_changes_no_more() -> None:
    late = refunded(settled_at=NOON + timedelta(days=60))
    assert "Gói đã hết hạn ngày 23/12/2026, nên không có gì khác thay đổi." in shown(mail_of(late), "plain")


@pytest.mark.parametrize("status", ["requested", "pending", "failed"])
def test_nothing_is_written_of_money_that_did_not_go_back(status: str) -> None:
    """T62: "refunded" is never said of anything else."""
    with pytest.raises(ValueError, match="has not succeeded"):
        mail_of(refund(status=status, settled_at=NOON))


def test_what_people_typed_is_shown_as_it_is() -> None:
    hostile = """<script>alert("x")</script> {{ 7*7 }}"""
    order = fulfilled()
    named = replace(order, quote=replace(order.quote, plan_name={"vi": hostile, "en": hostile}))
    message = mail_of(refunded(), named)
    assert hostile in shown(message, "html")
    assert "script" not in Reader(message.get_body(("html",)).get_content()).elements  # type: ignore[union-attr]


def test_the_same_refund_gives_the_same_message() -> None:
    assert mail_of(refunded()).as_bytes() == mail_of(refunded()).as_bytes()
