"""What a table says of quota, coupons and documents, gathered item by item: counters on one side, entries on the other.

All of it is plain values, so that a long reading can be saved and continued.
"""

import json
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from billing.adapters.dynamodb.entries import entry_from_record, hold_from_record, parts_to_records
from billing.adapters.dynamodb.invoice_records import invoice_from_record
from billing.adapters.dynamodb.keys import account_key, grant_key
from billing.domain.quotas import Part

Record = dict[str, Any]
Counts = dict[str, dict[str, int]]

FULFILLED = {"fulfilled", "partially_refunded", "refunded"}
TAKES_QUOTA = {"used", "committed", "open"}
TAKES_A_PLACE = {"reserved", "confirmed"}


def _counts() -> Counts:
    return defaultdict(Counter)


@dataclass
class Facts:
    """The gathered. Grants are named by `ACCOUNT#... GRANT#...`, an account's coupon by "<code> <account>"."""

    items: int = 0
    grants: dict[str, Record] = field(default_factory=dict)
    taken: Counts = field(default_factory=_counts)
    taken_back: Counts = field(default_factory=_counts)
    holds: dict[str, Any] = field(default_factory=dict)
    open_entries: dict[str, Any] = field(default_factory=dict)
    orders: dict[str, Record] = field(default_factory=dict)
    coupons: dict[str, int] = field(default_factory=dict)
    redeemed: dict[str, int] = field(default_factory=Counter)
    coupons_confirmed: dict[str, int] = field(default_factory=dict)
    confirmed: dict[str, int] = field(default_factory=Counter)
    series: dict[str, int] = field(default_factory=dict)
    documents: dict[str, list[Any]] = field(default_factory=lambda: defaultdict(list))
    timezone: str = "Asia/Ho_Chi_Minh"

    def add(self, record: Record) -> None:
        """One item of the table; those that nothing is derived from are only counted."""
        self.items += 1
        partition, sort = (record[name].partition("#")[0] for name in ("pk", "sk"))
        readers: Mapping[tuple[str, str], Callable[[Record], None]] = {
            ("CATALOGUE", "CURRENT"): self._catalogue,
            ("ACCOUNT", "GRANT"): self._grant,
            ("ACCOUNT", "HOLD"): self._hold,
            ("USAGE", "USAGE"): self._entry,
            ("ORDER", "ORDER"): self._order,
            ("COUPON", "COUPON"): self._coupon,
            ("COUPON", "ACCOUNT"): self._coupon,
            ("COUPON", "ORDER"): self._redemption,
            ("SERIES", "SERIES"): self._series,
            ("INVOICE", "INVOICE"): self._document,
        }
        if reader := readers.get((partition, sort)):
            reader(record)

    def _catalogue(self, record: Record) -> None:
        self.timezone = json.loads(record["document"])["timezone"]

    def _grant(self, record: Record) -> None:
        kept = {name: value for name, value in record.items() if not name.startswith("gsi1")}
        self.grants[f"{record['pk']} {record['sk']}"] = kept

    def _hold(self, record: Record) -> None:
        hold = hold_from_record(record)
        self.holds[hold.id] = parts_to_records(hold.parts)

    def _entry(self, record: Record) -> None:
        if "taken_back" in record:
            account = record["gsi1pk"].removesuffix("#USAGE")
            for each in record["taken_back"]:
                name = f"{account} {record['order_id']} {each['feature']}"
                self.taken_back[name][each["start"]] += each["amount"]
            return
        if "parts" not in record:  # what an add-on brought: its grant is checked against the order
            return
        entry = entry_from_record(record)
        if entry.status in TAKES_QUOTA:
            for part in entry.parts:
                self.taken[_grant_of(entry.account_id, part)][str(part.window)] += part.amount
        if entry.status == "open":
            self.open_entries[entry.id] = parts_to_records(entry.parts)

    def _order(self, record: Record) -> None:
        if record["status"] in FULFILLED:
            quotas = {quota["feature"]: [quota["amount"], quota["per"]] for quota in record["quote"]["quotas"]}
            self.orders[record["id"]] = {"account_id": record["account_id"], "quotas": quotas}

    def _coupon(self, record: Record) -> None:
        code = record["pk"].removeprefix("COUPON#")
        account = record["sk"].removeprefix("ACCOUNT#") if record["sk"] != "COUPON" else ""
        self.coupons[f"{code} {account}".strip()] = record["taken"]
        if not account:
            self.coupons_confirmed[code] = record.get("confirmed", 0)

    def _redemption(self, record: Record) -> None:
        if record["status"] in TAKES_A_PLACE:
            code = record["pk"].removeprefix("COUPON#")
            self.redeemed[code] += 1
            self.redeemed[f"{code} {record['account_id']}"] += 1
            self.confirmed[code] += record["status"] == "confirmed"

    def _series(self, record: Record) -> None:
        self.series[record["pk"].removeprefix("SERIES#")] = record["last_number"]

    def _document(self, record: Record) -> None:
        invoice = invoice_from_record(record)
        self.documents[invoice.series].append([invoice.number, record["issued_at"], invoice.id])

    def to_plain(self) -> Record:
        """For a file."""
        return {name: getattr(self, name) for name in self.__dataclass_fields__}

    @classmethod
    def from_plain(cls, plain: Record) -> "Facts":
        """The inverse of `to_plain`."""
        facts = cls()
        for name, value in plain.items():
            gathered = getattr(facts, name)
            if isinstance(gathered, dict):
                gathered.update(
                    {key: Counter(count) for key, count in value.items()} if name in {"taken", "taken_back"} else value
                )
            else:
                setattr(facts, name, value)
        return facts


def _grant_of(account_id: str, part: Part) -> str:
    key = grant_key(account_id, part.grant_end, part.order_id, part.feature)
    return f"{account_key(account_id)['pk']['S']} {key['sk']['S']}"
