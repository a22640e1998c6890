"""Coupons as people read them on a terminal: what one takes off, where it holds, how often it was taken."""

from collections.abc import Sequence
from typing import Any

from billing.domain.money import format_rate
from operations.inbox.tables import moment, money, table

Json = dict[str, Any]


def listing(coupons: Sequence[Json]) -> str:
    """One line for each, with a heading; a sentence where there is none."""
    if not coupons:
        return "nothing here"
    heading = ["CODE", "OFF", "STATUS", "FROM", "UNTIL", "RESERVED", "REDEEMED", "LEFT", "KEPT BY"]
    rows = [
        [
            one["code"],
            discount(one),
            one["status"],
            when(one["starts_at"]),
            when(one["ends_at"]),
            str(one["reserved"]),
            str(one["redeemed"]),
            "-" if one["left"] is None else str(one["left"]),
            keeper(one),
        ]
        for one in coupons
    ]
    return table([heading, *rows], right={5, 6, 7})


def details(one: Json) -> str:
    """All of one coupon: its rules, its places, who keeps it."""
    facts = [
        ("code", one["code"]),
        ("takes off", discount(one)),
        ("status", f"{one['status']}{paused(one)}"),
        ("from", when(one["starts_at"])),
        ("until", when(one["ends_at"])),
        ("plans", ", ".join(one["plans"] or ()) or "all plans"),
        ("intervals", ", ".join(one["intervals"] or ()) or "all"),
        ("quantity", f"from {one['minimum_quantity']} on" if one["minimum_quantity"] else "any"),
        ("purchases", "the first only" if one["first_purchase_only"] else "all"),
        ("places", places(one)),
        ("each account", "any number" if one["max_per_account"] is None else str(one["max_per_account"])),
        ("kept by", keeper(one)),
    ]
    return table([[name, value] for name, value in facts])


def redemptions(found: Sequence[Json]) -> str:
    """One line for each place that an order took, the newest first."""
    if not found:
        return "nothing here"
    heading = ["TAKEN", "ORDER", "ACCOUNT", "DISCOUNT", "STATUS", "SINCE"]
    rows = [
        [
            moment(one["reserved_at"]),
            one["order_id"],
            one["account_id"],
            money(one["discount"], "VND"),
            one["status"],
            when({"confirmed": one["confirmed_at"], "released": one["released_at"]}.get(one["status"])),
        ]
        for one in found
    ]
    return table([heading, *rows], right={3})


def discount(one: Json) -> str:
    """Such as "20%, at most 100.000 ₫"."""
    if one["kind"] == "amount":
        return money(one["amount"], "VND")
    cap = f", at most {money(one['cap'], 'VND')}" if one["cap"] else ""
    return f"{format_rate(one['percent_bp'], 'en')}{cap}"


def places(one: Json) -> str:
    """Such as "3 redeemed, 1 reserved, 6 of 10 left"."""
    limit = one["max_redemptions"]
    left = "any number left" if limit is None else f"{one['left']} of {limit} left"
    return f"{one['redeemed']} redeemed, {one['reserved']} reserved, {left}"


def keeper(one: Json) -> str:
    """Where its rules are changed."""
    return "catalog.yaml" if one["origin"] == "catalogue" else str(one["created_by"])


def paused(one: Json) -> str:
    """Who paused it, and when, where it is."""
    if one["status"] != "paused":
        return ""
    return f" by {one['paused_by']} on {moment(one['paused_at'])}" if one["paused_by"] else " by catalog.yaml"


def when(text: str | None) -> str:
    """Day and minute in Vietnam; a dash where there is none."""
    return moment(text) if text else "-"
