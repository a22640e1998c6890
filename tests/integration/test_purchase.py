"""One purchase through the functions, from the quote to the mailbox."""

from io import BytesIO
from urllib.parse import parse_qsl, urlsplit

from pypdf import PdfReader

from tests.support.shop import COMPANY, Buyer, Shop, moment


def test_a_purchase_brings_quota_and_a_receipt(shop: Shop, buyer: Buyer) -> None:
    quote = buyer.quote("pro", "month", 3).json
    placed = buyer.call("POST /orders", {"quote": quote["quote"], "payment_provider": "vnpay"}, key="k")
    assert placed.status == 201
    assert buyer.account()["subscription"]["status"] == "none"

    assert shop.ipn(placed.json["payment"]).json == {"RspCode": "00", "Message": "Confirm Success"}
    assert shop.settle() == []

    order = buyer.call("GET /orders/{id}", id=placed.json["order"]["id"]).json
    assert order["status"] == "fulfilled"
    assert order["period"] == quote["period"]
    assert [payment["status"] for payment in order["payments"]] == ["succeeded"]
    account = buyer.account()
    assert account["subscription"]["status"] == "active"
    assert account["subscription"]["plan_id"] == "pro"
    assert account["subscription"]["current_period_end"] == quote["period"]["end"]
    (mail,) = shop.mails()
    assert mail["To"] == "lan@khach.example"
    text = mail.get_body(("plain",))
    assert text is not None
    assert "897.000 ₫" in text.get_content()


def test_quoted_figures_are_those_of_order_invoice_and_balance(shop: Shop, buyer: Buyer) -> None:
    """Promise 2 of the contract: what was quoted is what is charged, invoiced and credited."""
    quote = buyer.quote("pro", "year", 1, coupon_code="giam20").json
    asked = {"quote": quote["quote"], "payment_provider": "vnpay", "invoice": COMPANY}
    placed = buyer.call("POST /orders", asked, key="k").json
    shop.ipn(placed["payment"])
    shop.settle()

    order = buyer.call("GET /orders/{id}", id=placed["order"]["id"]).json
    invoice = buyer.call("GET /invoices/{id}", id=order["invoice_id"]).json
    for figure in ("subtotal", "discount", "credit", "waived", "tax", "total", "tax_rate_bp", "currency"):
        assert order[figure] == quote[figure] == invoice[figure], figure
    assert sum(line["amount"] for line in quote["lines"]) == quote["subtotal"]
    assert quote["total"] == quote["subtotal"] - quote["discount"] - quote["credit"] - quote["waived"]
    paid = int(dict(parse_qsl(urlsplit(placed["payment"]["url"]).query))["vnp_Amount"])
    assert paid == quote["total"] * 100, "T44: only VNPAY's own field is times a hundred"

    tokens = next(balance for balance in buyer.account()["balances"] if balance["feature"] == "tokens")
    quoted = [grant for grant in quote["grants"] if grant["feature"] == "tokens"]
    assert len(quoted) == 12
    assert tokens["granted"] == quoted[0]["amount"]
    assert [window["valid_from"] for window in tokens["upcoming"]] == [grant["valid_from"] for grant in quoted[1:]]


def test_the_stored_pdf_is_byte_for_byte_the_one_that_was_mailed(shop: Shop, buyer: Buyer) -> None:
    order = buyer.paid(invoice=COMPANY)
    answer = buyer.call("GET /invoices/{id}/pdf", id=order["invoice_id"])
    assert answer.headers["content-type"] == "application/pdf"
    import base64

    stored = base64.b64decode(answer.raw["body"])
    (mail,) = shop.mails()
    (attachment,) = mail.iter_attachments()
    assert attachment.get_content() == stored
    text = "\n".join(page.extract_text() for page in PdfReader(BytesIO(stored)).pages)
    assert "Công ty TNHH Hướng Dương" in text
    assert "0100233488" in text
    assert "299.000" in text


def test_a_renewal_follows_on_the_last_day_of_short_months(shop: Shop, buyer: Buyer) -> None:
    """T45: a subscription begun on the 31st ends on the 28th of February and on the 31st of March."""
    shop.now = moment("2027-01-31T03:00:00Z")
    first = buyer.paid("k1")
    assert first["period"]["end"] == "2027-02-28T03:00:00Z"
    second = buyer.paid("k2")
    assert second["change"] == "renewal"
    assert second["period"] == {"start": "2027-02-28T03:00:00Z", "end": "2027-03-31T03:00:00Z"}
    assert buyer.account()["subscription"]["current_period_end"] == "2027-03-31T03:00:00Z"


def test_an_order_in_the_vietnamese_evening_is_dated_the_next_day(shop: Shop, buyer: Buyer) -> None:
    """T47: 20:00 UTC on 30 November is 1 December in Vietnam, on the document too."""
    shop.now = moment("2026-11-30T20:00:00Z")
    order = buyer.paid()
    assert order["period"]["end"] == "2026-12-31T20:00:00Z", "1 January in Vietnam, one calendar month later"
    invoice = buyer.call("GET /invoices/{id}", id=order["invoice_id"]).json
    assert invoice["issued_at"] == "2026-11-30T20:00:00Z"
    (mail,) = shop.mails()
    text = mail.get_body(("plain",))
    assert text is not None
    assert "01/12/2026" in text.get_content()


def test_the_tax_rate_is_that_of_the_day_in_the_sellers_zone(shop: Shop, buyer: Buyer) -> None:
    shop.now = moment("2026-12-31T16:59:59Z")
    assert buyer.quote().json["tax_rate_bp"] == 800
    shop.now = moment("2026-12-31T17:00:00Z")
    assert buyer.quote().json["tax_rate_bp"] == 1000


def test_a_full_discount_skips_the_provider_and_still_issues_the_document(shop: Shop, buyer: Buyer) -> None:
    """T34: a 100 % coupon makes a total of 0: no payment, fulfilled at once, document sent."""
    answer = buyer.order(coupon_code="FREE100", payment_provider=None)
    assert answer.status == 201
    assert answer.json["payment"] is None
    assert answer.json["order"]["status"] == "fulfilled"
    assert answer.json["order"]["total"] == 0
    assert buyer.account()["subscription"]["plan_id"] == "pro"
    shop.settle()
    order = buyer.call("GET /orders/{id}", id=answer.json["order"]["id"]).json
    assert order["invoice_id"]
    assert len(shop.mails()) == 1


def test_a_years_price_of_millions_of_dong_is_sold(shop: Shop, buyer: Buyer) -> None:
    """T69: three years, 8.970.000 ₫ and more than any 99.999,99."""
    order = buyer.paid(interval="year", quantity=3)
    assert order["total"] == 8_970_000
    assert order["status"] == "fulfilled"
