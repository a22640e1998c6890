"""SePay: a bank transfer with a VietQR code, seen on our own account and told by webhook.

The rules are those of payment-providers.md, sections 5 and 6. Times are in GMT+7 on SePay's side only.

Nothing is asked before the transfer, so nothing can be refused: a person may transfer another amount, alter the memo or
transfer twice. Every incoming transfer is a notice; one without a payment code, or to another account of the company,
is a notice about no payment, so that an operator sees the money.
"""

import hashlib
import hmac
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any, TypeGuard
from urllib.parse import urlencode

from billing.adapters.log import log
from billing.adapters.providers.bodies import json_object
from billing.adapters.providers.calls import get_json
from billing.adapters.providers.manual import ByHand
from billing.adapters.settings import Settings
from billing.domain.memos import find_code, payment_code
from billing.domain.payments import Notice, Payment
from billing.domain.vietqr import Transfer, content
from billing.service.provider_port import (
    Attempt,
    BadSignature,
    Ignored,
    Outcome,
    ProviderUnavailable,
    Started,
    WebhookRequest,
)

GMT7 = timezone(timedelta(hours=7))
TIME_FORMAT = "%Y-%m-%d %H:%M:%S"
TOLERANCE = timedelta(minutes=5)
"""How far the time that SePay signs may be from ours, on both sides."""

RETRIED_FOR = timedelta(hours=1)
"""SePay repeats a webhook for 33 minutes; after this none is to be expected for a transfer."""

KEPT_FOR = timedelta(days=14)
"""How long a message of a webhook that we took may wait for its consumer: the dead-letter queue keeps it so long."""

PAGE_SIZE, MOST_PAGES, MOST_PAGES_OF_A_DAY = 100, 10, 100
LIST_SECONDS = 5
LONGEST_MEMO = 200
LARGEST = 2**53 - 1
"""Beyond this JSON's readers do not agree on a number; no transfer has as many dong."""

_TIMESTAMP = re.compile(r"[0-9]{1,12}")


def make(settings: Settings, credentials: Mapping[str, str]) -> "Sepay | None":
    """The account of the credentials; None without an account, or without any way to know SePay's webhooks.

    Key and secret may be two, separated by a comma, while one is replaced by the other.
    """
    keys, secrets = (_several(credentials.get(f"SEPAY_WEBHOOK_{name}", "")) for name in ("API_KEY", "SECRET"))
    bank_bin, account = credentials.get("SEPAY_BANK_BIN"), credentials.get("SEPAY_ACCOUNT_NUMBER")
    if not bank_bin or not account or not (keys or secrets):
        return None
    return Sepay(
        bank_bin=bank_bin,
        account=account,
        keys=keys,
        secrets=secrets,
        token=credentials.get("SEPAY_API_TOKEN", ""),
        app_url=settings.optional("APP_URL"),
        api_url=settings.optional("SEPAY_API_URL"),
    )


def answer(outcome: Outcome) -> tuple[int, dict[str, Any]]:
    """HTTP status and body: anything but success makes SePay send the same again."""
    if outcome is Outcome.BAD_SIGNATURE:
        return 401, {"success": False}
    if outcome is Outcome.FAULT:
        return 503, {"success": False}
    return 200, {"success": True}


@dataclass(frozen=True, slots=True)
class Sepay(ByHand):
    """One bank account that SePay watches."""

    bank_bin: str
    account: str
    keys: tuple[str, ...]
    secrets: tuple[str, ...]
    token: str
    app_url: str
    api_url: str

    id = "sepay"
    offline = True
    closes = False

    @property
    def asks(self) -> bool:
        """Only with an API token can SePay be asked for its list of transfers."""
        return bool(self.token)

    def reference(self, payment_id: str, now: datetime) -> str:  # noqa: ARG002
        """The payment code that stands in the transfer's memo."""
        return payment_code(payment_id)

    def start(self, attempt: Attempt) -> Started:
        """The QR code's content, and our own page that shows it. No call is made."""
        transfer = Transfer(self.bank_bin, self.account, attempt.amount, attempt.reference)
        return Started(f"{self.app_url}/pay.html?order={attempt.order_id}", content(transfer))

    def read_webhook(self, request: WebhookRequest, now: datetime) -> Notice:
        """An incoming transfer; `Ignored` for an outgoing one."""
        self._authenticate(request, now)
        said = json_object(request)
        transaction, amount, direction = said.get("id"), said.get("transferAmount"), said.get("transferType")
        if not _is_positive(transaction) or not _is_positive(amount) or direction not in ("in", "out"):
            raise BadSignature("id, transferAmount or transferType is missing")
        if direction == "out":
            raise Ignored("money went out")
        memo = _text(said, "content")
        ours = self.account in (said.get("accountNumber"), said.get("subAccount"))
        code = (find_code(_text(said, "code")) or find_code(memo)) if ours else None
        occurred_at = _moment(_text(said, "transactionDate"), now)
        return self._notice(code or "", "paid", amount, str(transaction), memo, occurred_at)

    def close(self, payment: Payment, now: datetime) -> None:  # noqa: ARG002
        """A QR code that somebody has seen can be paid for ever."""
        raise ProviderUnavailable("SePay closes nothing")

    def query(self, payment: Payment, now: datetime) -> Notice:
        """What came in for an attempt, by SePay's list of transfers.

        - A transfer of the right amount has paid it. While a webhook of it may still come, or one that was taken may
          still wait in a queue, it is pending, since webhook and list name a transfer by different ids, and the one
          payment would look like two.
        - Another amount counts only if no webhook of it was taken, nor is to come, for the same reason; it becomes an
          exception.

        Without an API token nobody can be asked (`asks`). Then the attempt ends at its time, an operator is told, and
        money that still comes is fulfilled by its webhook all the same.
        """
        exact = {"amount_in_min": payment.amount, "amount_in_max": payment.amount}
        for found in self._transfers(payment, now, exact):
            if found.amount == payment.amount:
                known_after = KEPT_FOR if found.was_told else RETRIED_FOR
                state = "pending" if now < found.occurred_at + known_after else "paid"
                return self._notice(payment.reference, state, found.amount, found.id, found.memo, found.occurred_at)
        for found in self._transfers(payment, now, {}):
            if not found.was_told:
                state = "pending" if now < found.occurred_at + RETRIED_FOR else "paid"
                return self._notice(payment.reference, state, found.amount, found.id, found.memo, found.occurred_at)
        return self._notice(payment.reference, "failed", payment.amount, "", "no transfer", now)

    def day_of(self, moment: datetime) -> date:
        """The day of a moment in SePay's list."""
        return moment.astimezone(GMT7).date()

    def untold(self, day: date, now: datetime) -> Iterator[Notice]:
        """What came in on a day and no webhook told of, to whichever account, with or without a payment code."""
        for found in self._listed({**_days(day, day), "per_page": PAGE_SIZE}, MOST_PAGES_OF_A_DAY, now):
            if not found.was_told:
                code = found.code if self.account in found.accounts else None
                yield self._notice(code or "", "paid", found.amount, found.id, found.memo, found.occurred_at)

    def _transfers(self, payment: Payment, now: datetime, limits: Mapping[str, int]) -> Iterator["Received"]:
        """The incoming transfers with the attempt's code, as far as SePay's pages are worth turning.

        Whole days are asked for: some banks give a transfer no time of the day.
        """
        days = _days(self.day_of(payment.created_at), self.day_of(now))
        for received in self._listed({**days, **limits, "per_page": PAGE_SIZE}, MOST_PAGES, now):
            if received.code == payment.reference and self.account in received.accounts:
                yield received

    def _listed(self, wanted: Mapping[str, Any], pages: int, now: datetime) -> Iterator["Received"]:
        """The incoming transfers of SePay's list, up to so many pages."""
        for page in range(1, pages + 1):
            address = f"{self.api_url}/v2/transactions?{urlencode({**wanted, 'page': page})}"
            answer = get_json(address, {"authorization": f"Bearer {self.token}"}, LIST_SECONDS)
            yield from filter(None, (_received(one, now) for one in _list(answer)))
            if not _has_more(answer):
                return
        log("warning", "more transfers than are looked through", **wanted)

    def _authenticate(self, request: WebhookRequest, now: datetime) -> None:
        """By the signature once a secret is set, whatever else is sent; otherwise by the API key."""
        if self.secrets:
            self._check_signature(request, now)
            return
        scheme, _, key = request.headers.get("authorization", "").partition(" ")
        matches = [hmac.compare_digest(key.strip().encode("utf-8", "replace"), one.encode()) for one in self.keys]
        if scheme.lower() != "apikey" or not any(matches):
            raise BadSignature("the API key is not ours")

    def _check_signature(self, request: WebhookRequest, now: datetime) -> None:
        timestamp = request.headers.get("x-sepay-timestamp", "")
        if not _TIMESTAMP.fullmatch(timestamp):
            raise BadSignature("no time is signed")
        if abs(int(timestamp) - now.timestamp()) > TOLERANCE.total_seconds():
            raise BadSignature("the time is too far from ours")
        given = request.headers.get("x-sepay-signature", "").lower().encode("utf-8", "replace")
        expected = [f"sha256={sign(secret, timestamp, request.body)}".encode() for secret in self.secrets]
        matches = [hmac.compare_digest(given, one) for one in expected]
        if not any(matches):
            raise BadSignature("the signature does not fit")

    def _notice(self, reference: str, outcome: str, amount: int, transaction: str, reason: str, at: datetime) -> Notice:
        return Notice(self.id, reference, outcome, amount, "VND", transaction, reason[:LONGEST_MEMO], at)


@dataclass(frozen=True, slots=True)
class Received:
    """A transfer in SePay's list. `was_told`: a webhook about it was taken."""

    id: str
    code: str | None
    accounts: tuple[str, str]
    amount: int
    memo: str
    occurred_at: datetime
    was_told: bool


def sign(secret: str, timestamp: str, body: bytes) -> str:
    """HMAC-SHA256 over the time in Unix seconds, a dot and the raw body, in lower-case hex."""
    return hmac.new(secret.encode(), timestamp.encode() + b"." + body, hashlib.sha256).hexdigest()


def _received(one: object, default: datetime) -> Received | None:
    """An entry of SePay's list as a transfer; None for an outgoing one."""
    if not isinstance(one, dict):
        raise ProviderUnavailable("SePay's list has something else than transfers")
    amount, memo = one.get("amount_in"), _text(one, "transaction_content")
    if one.get("transfer_type") != "in" or not _is_positive(amount):
        return None
    return Received(
        id=_text(one, "id"),
        code=find_code(_text(one, "code")) or find_code(memo),
        accounts=(_text(one, "account_number"), _text(one, "va")),
        amount=amount,
        memo=memo,
        occurred_at=_moment(_text(one, "transaction_date"), default),
        was_told=bool(one.get("webhook_success")),
    )


def _list(answer: Mapping[str, Any]) -> list[Any]:
    found = answer.get("data")
    if answer.get("status") != "success" or not isinstance(found, list):
        raise ProviderUnavailable("SePay gave no list of transfers")
    return found


def _has_more(answer: Mapping[str, Any]) -> bool:
    meta = answer.get("meta")
    pagination = meta.get("pagination") if isinstance(meta, dict) else None
    return isinstance(pagination, dict) and pagination.get("has_more") is True


def _text(said: Mapping[str, Any], name: str) -> str:
    """A text; halves of characters, as they stand in memos that a bank has cut, become question marks."""
    value = said.get(name)
    return value.encode("utf-8", "replace").decode() if isinstance(value, str) else ""


def _is_positive(value: object) -> TypeGuard[int]:
    return isinstance(value, int) and not isinstance(value, bool) and 0 < value <= LARGEST


def _several(values: str) -> tuple[str, ...]:
    return tuple(value.strip() for value in values.split(",") if value.strip())


def _days(first: date, last: date) -> dict[str, str]:
    return {"transaction_date_from": f"{first} 00:00:00", "transaction_date_to": f"{last} 23:59:59"}


def _moment(text: str, default: datetime) -> datetime:
    """The UTC moment of SePay's local time; `default` where it gives none."""
    try:
        return datetime.strptime(text, TIME_FORMAT).replace(tzinfo=GMT7).astimezone(UTC)
    except (ValueError, OverflowError):
        return default
