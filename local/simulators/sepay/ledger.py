"""The bank's book: transfers that came in, kept apart from what SePay tells of them."""

import itertools
import threading
import uuid
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import Any

VIETNAM = timezone(timedelta(hours=7))

BANKS = {"970422": "MBBank", "970436": "Vietcombank", "970415": "VietinBank", "970418": "BIDV", "970416": "ACB"}

_numbers = itertools.count(92_704)


@dataclass(slots=True)
class Entry:
    """A transfer that came in. `told` counts the webhooks of it that were taken; `memo` is as the bank passes it on."""

    number: int
    xid: str
    bank: str
    account: str
    amount: int
    memo: str
    at: datetime
    told: int = 0

    @property
    def reference(self) -> str:
        """The bank's own number of it."""
        return f"FT{self.at.astimezone(VIETNAM):%y%j}{self.number}"


def entry(bank_bin: str, account: str, amount: int, memo: str, at: datetime) -> Entry:
    """A transfer with numbers of its own, in no book yet."""
    return Entry(next(_numbers), str(uuid.uuid4()), BANKS.get(bank_bin, bank_bin), account, amount, memo, at)


class Ledger:
    """All transfers, and those that happen later."""

    def __init__(self) -> None:
        self._entries: list[Entry] = []
        self._planned: list[tuple[datetime, Callable[[datetime], Entry]]] = []
        self._unsent: list[Entry] = []
        self._lock = threading.Lock()

    def book(self, one: Entry) -> None:
        """The money is there."""
        with self._lock:
            self._entries.append(one)

    def plan(self, after: datetime, make: Callable[[datetime], Entry]) -> None:
        """The money comes when the clock has passed `after`."""
        with self._lock:
            self._planned.append((after, make))

    def hold(self, one: Entry) -> None:
        """It is to be told later."""
        with self._lock:
            self._unsent.append(one)

    def entries(self, now: datetime, as_of: datetime | None = None) -> list[Entry]:
        """What is there by now, or what was there then, newest first."""
        with self._lock:
            self._mature(now)
            return [one for one in self._entries[::-1] if as_of is None or one.at <= as_of]

    def take_unsent(self, now: datetime) -> list[Entry]:
        """What came as planned or was held back, and was told to nobody yet; each is given once."""
        with self._lock:
            self._mature(now)
            unsent, self._unsent = self._unsent, []
            return unsent

    def _mature(self, now: datetime) -> None:
        due = [make(now) for after, make in self._planned if now > after]
        self._planned = [one for one in self._planned if now <= one[0]]
        self._entries += due
        self._unsent += due


def local_time(moment: datetime) -> str:
    """A moment as SePay writes it."""
    return f"{moment.astimezone(VIETNAM):%Y-%m-%d %H:%M:%S}"


def webhook(one: Entry) -> dict[str, Any]:
    """What SePay posts about a transfer. `code` stays empty: it depends on a setting that the merchant may not have."""
    return {
        "id": one.number,
        "gateway": one.bank,
        "transactionDate": local_time(one.at),
        "accountNumber": one.account,
        "subAccount": None,
        "code": None,
        "content": one.memo,
        "transferType": "in",
        "description": f"BankAPINotify {one.memo}",
        "transferAmount": one.amount,
        "accumulated": one.amount,
        "referenceCode": one.reference,
    }


def listing(found: Iterable[Entry], page: int, per_page: int) -> dict[str, Any]:
    """A page of API v2's list of transfers."""
    entries = list(found)
    start = (page - 1) * per_page
    more = start + per_page < len(entries)
    pagination = {"total": len(entries), "per_page": per_page, "current_page": page, "has_more": more}
    return {
        "status": "success",
        "data": [_listed(one) for one in entries[start : start + per_page]],
        "meta": {"pagination": pagination},
    }


def _listed(one: Entry) -> dict[str, Any]:
    return {
        "id": one.xid,
        "transaction_date": local_time(one.at),
        "account_number": one.account,
        "va": "",
        "transfer_type": "in",
        "amount_in": one.amount,
        "amount_out": 0,
        "accumulated": one.amount,
        "transaction_content": one.memo,
        "reference_number": one.reference,
        "code": "",
        "bank_brand_name": one.bank,
        "webhook_success": one.told,
    }
