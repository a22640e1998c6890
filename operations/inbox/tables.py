"""Exceptions as people read them on a terminal: aligned columns, dong with points, times in Vietnam."""

from collections.abc import Sequence
from typing import Any
from unicodedata import combining, east_asian_width
from zoneinfo import ZoneInfo

from billing.domain.dates import format_date
from billing.domain.money import format_money
from billing.domain.times import from_text

ZONE = "Asia/Ho_Chi_Minh"
LONGEST_MEMO = 40

Json = dict[str, Any]


def listing(exceptions: Sequence[Json]) -> str:
    """One line for each, the newest first, with a heading; a sentence where there is none."""
    if not exceptions:
        return "nothing here"
    heading = ["ID", "SEEN", "STATUS", "REASON", "RECEIVED", "EXPECTED", "BY", "ORDER", "MEMO"]
    rows = [
        [
            one["id"],
            moment(one["seen_at"]),
            one["status"],
            one["reason"],
            money(one["amount"], one["currency"]),
            money(one["expected_amount"], one["currency"]),
            one["provider"] or "-",
            one["order_id"] or "-",
            shortened(one["memo"] or "-"),
        ]
        for one in exceptions
    ]
    return table([heading, *rows], right={4, 5})


def details(one: Json) -> str:
    """All of one exception: facts, what was decided, suggested orders."""
    currency = one["currency"]
    facts = [
        ("id", one["id"]),
        ("status", one["status"]),
        ("reason", f"{one['reason']} (usually: {one['suggestion']})"),
        ("received", money(one["amount"], currency)),
        ("expected", money(one["expected_amount"], currency)),
        ("refundable", money(one["refundable"], currency) if one["refundable"] else "-"),
        ("provider", f"{one['provider'] or '-'}, transaction {one['transaction'] or '-'}"),
        ("memo", one["memo"] or "-"),
        ("payer", payer(one["payer"])),
        ("paid", moment(one["occurred_at"]) if one["occurred_at"] else "-"),
        ("seen", moment(one["seen_at"])),
        ("message", one["message_id"] or "-"),
        ("order", order(one["order"]) if one.get("order") else one["order_id"] or "-"),
        ("decided", decision(one["resolution"])),
    ]
    if "actions" in one:
        facts.append(("possible", ", ".join(one["actions"]) or "nothing any more"))
    return "\n".join([table([[name, value] for name, value in facts]), *_suggestions(one.get("matches") or [])])


def _suggestions(matches: Sequence[Json]) -> list[str]:
    if not matches:
        return []
    heading = ["ORDER", "ACCOUNT", "PLAN", "TOTAL", "STATUS", "MADE", "BECAUSE OF"]
    rows = [
        [
            match["order_id"],
            match["account_id"],
            match["plan"],
            money(match["total"], match["currency"]),
            match["status"] if match["can_take"] else f"{match['status']} (takes no money)",
            moment(match["created_at"]),
            ", ".join(match["reasons"]),
        ]
        for match in matches
    ]
    return ["", "It may be for:", table([heading, *rows], right={3})]


def order(known: Json) -> str:
    """An order in one line."""
    total = money(known["total"], known["currency"])
    return f"{known['order_id']}: {known['plan']}, {total}, {known['status']}, account {known['account_id']}"


def refund(made: Json) -> str:
    """What becomes of a refund, in one line, and what is left to do for a person."""
    text = f"refund {made['id']}: {money(made['amount'], made['currency'])}, {made['status']}, by {made['by']}"
    to = f"; transfer it to {payer(made['bank'])}, then complete it" if made["by"] == "hand" else ""
    return text + to


def payer(account: Json | None) -> str:
    """Whose account the money came from, as far as it is told."""
    return " ".join(value for value in (account or {}).values() if value) or "-"


def decision(done: Json | None) -> str:
    """What was decided, by whom and when."""
    if not done:
        return "-"
    said = f"{done['action']} by {done['by']} on {moment(done['at'])}"
    return f"{said}: {done['reason']}" if done["reason"] else said


def money(amount: int | None, currency: str | None) -> str:
    """Such as "299.000 ₫"; a dash where nothing is known."""
    return "-" if amount is None else format_money(amount, currency or "VND", "vi")


def moment(text: str) -> str:
    """Day and minute in Vietnam: "23/11/2026 10:05"."""
    at = from_text(text)
    return f"{format_date(at, ZONE, 'vi')} {at.astimezone(ZoneInfo(ZONE)):%H:%M}"


def shortened(text: str) -> str:
    """The beginning of a long text."""
    return text if len(text) <= LONGEST_MEMO else f"{text[: LONGEST_MEMO - 1]}…"


def table(rows: Sequence[Sequence[str]], right: frozenset[int] | set[int] = frozenset()) -> str:
    """Columns as wide as their widest cell; those in `right` end where the others begin."""
    widths = [max(width(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = []
    for row in rows:
        cells = [
            " " * (wide - width(cell)) + cell if column in right else cell + " " * (wide - width(cell))
            for column, (cell, wide) in enumerate(zip(row, widths, strict=True))
        ]
        lines.append("  ".join(cells).rstrip())
    return "\n".join(lines)


def width(text: str) -> int:
    """Places on a terminal: none for a combining mark, two for a wide character."""
    return sum(0 if combining(one) else 2 if east_asian_width(one) in "WF" else 1 for one in text)
