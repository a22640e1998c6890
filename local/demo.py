"""`python -m local.demo`: one purchase from the plans to the invoice's e-mail, over HTTP, with its figures.

It starts a system of its own, checks every step, and writes the document and the e-mail to out/.
"""

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import yaml

from local.process import NotStarted, running_system
from local.template import ROOT
from local.views import dong

OUT = ROOT / "out"
ACCOUNT = {"account_id": "an-binh", "email": "ketoan@anbinh.example"}
BUYER = {
    "buyer_type": "company",
    "name": "Công ty TNHH An Bình",
    "tax_code": "0100109106",
    "address": "1 phố Hàng Bài, phường Cửa Nam, Hà Nội",
}
MONTHS = 3

Json = dict[str, Any]


class StepWrong(Exception):
    """A step did not do what it must."""


@dataclass(slots=True)
class Shop:
    """The client's side: requests that expect a status, and the lines that are printed."""

    client: httpx.Client
    step: int = 0

    def title(self, text: str) -> None:
        """The next step's heading."""
        self.step += 1
        print(f"\n{self.step}. {text}")

    def show(self, name: str, value: object) -> None:
        """One figure."""
        print(f"   {name:<22} {value}")

    def call(self, method: str, path: str, status: int = 200, **options: Any) -> httpx.Response:
        """A request; `StepWrong` unless it is answered with `status`."""
        response = self.client.request(method, path, **options)
        expect(response.status_code == status, f"{method} {path} answers {status}", response.text[:500])
        return response

    def json(self, method: str, path: str, status: int = 200, **options: Any) -> Json:
        """The same, and the answer's JSON."""
        content: Json = self.call(method, path, status, **options).json()
        return content


def main() -> int:
    """Run the demo. The exit code."""
    try:
        with running_system() as address, httpx.Client(base_url=address, timeout=60, trust_env=False) as client:
            buy(Shop(client))
    except (StepWrong, NotStarted, httpx.HTTPError) as error:
        print(f"\nWRONG: {error}", file=sys.stderr)
        return 1
    print("\nEvery step is right.")
    return 0


def buy(shop: Shop) -> None:
    """The whole purchase."""
    plan = choose_plan(shop)
    sign_in(shop)
    quote = ask_quote(shop, plan)
    order, payment = place_order(shop, quote)
    refuse_forgery(shop, order, payment)
    pay(shop, order, payment)
    fulfil(shop, order)
    check_quota(shop, quote)
    invoice, pdf = fetch_document(shop, order)
    check_mail(shop, invoice, pdf)


def choose_plan(shop: Shop) -> Json:
    """The cheapest plan that costs something."""
    shop.title("Plans")
    plans: list[Json] = shop.json("GET", "/plans")["plans"]
    for plan in plans:
        shop.show(plan["name"], _monthly(plan) or "liên hệ")
    return min((plan for plan in plans if _price(plan)), key=_price)


def sign_in(shop: Shop) -> None:
    """An account without anything."""
    shop.title("Sign in")
    shop.call("GET", "/account", 401)
    token = shop.json("POST", "/local/login", json=ACCOUNT)["token"]
    shop.client.headers["authorization"] = f"Bearer {token}"
    account = shop.json("GET", "/account")
    expect(account["subscription"]["status"] == "none", "the account has no plan yet", account)
    shop.show("account", f"{account['account_id']} <{account['email']}>, no plan")


def ask_quote(shop: Shop, plan: Json) -> Json:
    """A signed quote with a discount code of the catalogue."""
    shop.title(f"Quote: {plan['name']}, {MONTHS} months, with a discount code")
    code = yaml.safe_load((ROOT / "catalog.yaml").read_text(encoding="utf-8"))["coupons"][0]["code"]
    wish = {"plan_id": plan["id"], "interval": "month", "quantity": MONTHS, "coupon_code": code}
    quote = shop.json("POST", "/quotes", json=wish)
    for line in quote["lines"]:
        shop.show(line["description"], dong(line["amount"]))
    shop.show(f"discount {code}", dong(-quote["discount"]))
    shop.show("VAT in the total", f"{dong(quote['tax'])} ({quote['tax_rate_bp'] / 100:g} %)")
    shop.show("total", dong(quote["total"]))
    lines = sum(line["amount"] for line in quote["lines"])
    expect(lines == quote["subtotal"] == MONTHS * _price(plan), "the lines are the subtotal", quote)
    due = quote["subtotal"] - quote["discount"] - quote["credit"] - quote["waived"]
    tax = 0 if quote["tax_inclusive"] else quote["tax"]
    expect(quote["total"] == due + tax, "subtotal - discount (+ tax) is the total", quote)
    return quote


def place_order(shop: Shop, quote: Json) -> tuple[Json, Json]:
    """One order, however often it is sent."""
    shop.title("Order, sent twice with one Idempotency-Key")
    request: Json = {
        "json": {"quote": quote["quote"], "payment_provider": "vnpay", "invoice": BUYER},
        "headers": {"idempotency-key": "demo-1"},
    }
    first = shop.json("POST", "/orders", 201, **request)
    again = shop.call("POST", "/orders", 200, **request)
    order, payment = first["order"], first["payment"]
    expect(again.json()["order"]["id"] == order["id"], "the same key gives the same order", again.text)
    expect(again.headers.get("idempotent-replay") == "true", "a repetition is marked", dict(again.headers))
    expect(order["total"] == quote["total"], "what was quoted is what is ordered", order)
    shop.show("order", f"{order['id']}, {order['status']}, {dong(order['total'])}")
    shop.show("payment", f"{payment['id']} at {payment['provider']}, until {payment['expires_at']}")
    return order, payment


def refuse_forgery(shop: Shop, order: Json, payment: Json) -> None:
    """A webhook that claims success with a wrong signature."""
    shop.title("A forged webhook")
    sent = shop.json("POST", f"/local/pay/{payment['id']}", json={"outcome": "failure", "webhook": "forged"})
    expect((sent["body"] or {}).get("RspCode") == "97", "a wrong signature is answered with 97", sent)
    shop.json("POST", "/local/drain")
    status = shop.json("GET", f"/orders/{order['id']}")["status"]
    expect(status == "pending", "a forged webhook changes nothing", status)
    shop.show("answer", f"{sent['body']}, the order stays {status}")


def pay(shop: Shop, order: Json, payment: Json) -> None:
    """The provider's page takes our signed address; its real webhook comes three times."""
    shop.title("Payment at the provider's page; its webhook comes three times")
    page = shop.client.get(payment["url"], follow_redirects=True)
    shown = page.status_code == httpx.codes.OK and dong(order["total"]) in page.text
    expect(shown, "the provider takes the signed address and shows the amount", page.text[:500])
    shop.show("page", f"{page.url.path} shows {dong(order['total'])}")
    sent = shop.json("POST", f"/local/pay/{payment['id']}", json={"outcome": "success", "webhook": "duplicate"})
    codes_taken = {"00", "02"}
    expect(sent["sent"] == 3 and (sent["body"] or {}).get("RspCode") in codes_taken, "it is accepted", sent)  # noqa: PLR2004
    shop.show("webhooks", f"{sent['sent']} sent, the last answered {sent['body']}")


def fulfil(shop: Shop, order: Json) -> None:
    """The queue's consumer fulfils the order, once."""
    shop.title("Queue")
    counts = shop.json("POST", "/local/drain")
    expect(counts["failed"] == counts["dead"] == 0, "no message fails", counts)
    paid = shop.json("GET", f"/orders/{order['id']}")
    expect(paid["status"] == "fulfilled", "the order is fulfilled", paid)
    expect([one["status"] for one in paid["payments"]] == ["succeeded"], "its one payment succeeded", paid)
    shop.show("messages", counts)
    shop.show("order", f"{paid['status']} at {paid['fulfilled_at']}")


def check_quota(shop: Shop, quote: Json) -> None:
    """The quota is credited exactly once."""
    shop.title("Quota")
    account = shop.json("GET", "/account")
    subscription = account["subscription"]
    now = shop.json("GET", "/local/clock")["now"]
    shop.show("plan", f"{subscription['plan_id']}, {subscription['status']} until {subscription['current_period_end']}")
    expect(subscription["status"] == "active", "the plan is active", subscription)
    for balance in account["balances"]:
        open_now = [
            grant["amount"]
            for grant in quote["grants"]
            if grant["feature"] == balance["feature"] and grant["valid_from"] <= now < grant["valid_to"]
        ]
        shop.show(balance["feature"], f"{balance['remaining']:,} of {balance['granted']:,}")
        if balance["type"] == "metered":
            expect(balance["granted"] == sum(open_now), f"{balance['feature']} is what was quoted, once", balance)


def fetch_document(shop: Shop, order: Json) -> tuple[Json, bytes]:
    """One invoice, and its PDF."""
    shop.title("Invoice")
    invoices = shop.json("GET", "/invoices")["items"]
    expect(len(invoices) == 1, "there is one document", invoices)
    invoice = shop.json("GET", f"/invoices/{invoices[0]['id']}")
    expect(invoice["order_id"] == order["id"], "it is this order's", invoice)
    pdf = shop.call("GET", f"/invoices/{invoice['id']}/pdf").content
    expect(pdf.startswith(b"%PDF-"), "its document is a PDF", pdf[:20])
    shop.show("number", f"{invoice['series']} {invoice['number_text']}")
    shop.show("total", dong(order["total"]))
    return invoice, pdf


def check_mail(shop: Shop, invoice: Json, pdf: bytes) -> None:
    """One e-mail, with the stored document byte for byte."""
    shop.title("E-mail")
    mails = shop.json("GET", "/local/mailbox", headers={"accept": "application/json"})["items"]
    expect(len(mails) == 1, "one e-mail was sent", [mail["subject"] for mail in mails])
    mail = mails[0]
    expect(mail["to"] == ACCOUNT["email"], "it went to the account's address", mail["to"])
    attachment = mail["attachments"][0]
    attached = shop.call("GET", attachment["url"]).content
    expect(attached == pdf, "the attachment is the stored document", attachment)
    shop.show("to", mail["to"])
    shop.show("subject", mail["subject"])
    written = {
        attachment["filename"]: pdf,
        f"{invoice['id']}.eml": shop.call("GET", f"/local/mailbox/{mail['id']}/raw").content,
        f"{invoice['id']}.html": mail["html"].encode(),
    }
    for path in write(written):
        shop.show("written", path)


def write(files: Mapping[str, bytes]) -> list[Path]:
    """Put files into out/; their paths from here."""
    OUT.mkdir(exist_ok=True)
    for name, content in files.items():
        (OUT / name).write_bytes(content)
    return [(OUT / name).relative_to(ROOT) for name in files]


def expect(condition: bool, what: str, found: object = "") -> None:  # noqa: FBT001
    """`StepWrong` with what was found, unless it is as it must be."""
    if not condition:
        raise StepWrong(f"expected: {what}\n       found: {found}")


def _price(plan: Json) -> int:
    """A month's price in dong; 0 where it is free or not sold by the month."""
    return next((int(price["amount"]) for price in plan["prices"] if price["interval"] == "month"), 0)


def _monthly(plan: Json) -> str:
    return f"{dong(_price(plan))} / tháng" if plan["prices"] else ""


if __name__ == "__main__":
    sys.exit(main())
