"""What an account has, as the table's records and back: its subscription, terms and grants."""

from typing import Any

from billing.adapters.dynamodb.mapper import fields
from billing.domain.plans import rollover_from_document, rollover_to_document
from billing.domain.quotas import Grant, Mark, Origin
from billing.domain.subscriptions import Term, period_from_record, period_to_record
from billing.domain.times import from_text, moment_of, to_text
from billing.service.account_ports import Subscription

Record = dict[str, Any]


def subscription_to_record(subscription: Subscription) -> Record:
    """An account's subscription."""
    return {
        "version": subscription.version,
        "terms": [term_to_record(term) for term in subscription.terms],
        "purchases": subscription.purchases,
        **({"reserved_by": subscription.reserved_by} if subscription.reserved_by else {}),
        **({"tried": True} if subscription.tried else {}),
    }


def subscription_from_record(record: Record | None) -> Subscription:
    """The inverse; an account that never bought has none stored."""
    if record is None:
        return Subscription()
    terms = tuple(term_from_record(term) for term in record["terms"])
    return Subscription(
        record["version"], terms, record["purchases"], record.get("reserved_by"), record.get("tried", False)
    )


def term_to_record(term: Term) -> Record:
    """A term."""
    return {
        "order_id": term.order_id,
        "plan_id": term.plan_id,
        "plan_version": term.plan_version,
        "rank": term.rank,
        "period": period_to_record(term.period),
        "paid": term.paid,
        "features": list(term.features),
        **({"trial": True} if term.trial else {}),
    }


def term_from_record(record: Record) -> Term:
    """The inverse of `term_to_record`."""
    return Term(
        record["order_id"],
        record["plan_id"],
        record["plan_version"],
        record["rank"],
        period_from_record(record["period"]),
        record.get("paid", 0),
        tuple(record.get("features", ())),
        record.get("trial", False),
    )


def grant_to_record(grant: Grant) -> Record:
    """A grant; `used` counts what is used or held by window number as text, since a map's keys are texts."""
    return {
        "order_id": grant.order_id,
        "feature": grant.feature,
        "type": grant.type,
        "amount": grant.amount,
        "per": grant.per,
        "period": period_to_record(grant.period),
        "used": _by_text(grant.used),
        **({"taken_back": _by_text(grant.taken_back)} if grant.taken_back else {}),
        **({"revoked_at": to_text(grant.revoked_at)} if grant.revoked_at else {}),
        **({"carried": _by_text(grant.carried)} if grant.carried else {}),
        **({"standalone": True} if grant.standalone else {}),
        **({"rollover": rollover_to_document(grant.rollover)} if grant.rollover else {}),
        **({"alerted": mark_to_record(grant.alerted)} if grant.alerted else {}),
        **({"opening": _by_text(grant.opening)} if grant.opening else {}),
        **({"rolled_in": grant.rolled_in} if grant.rolled_in else {}),
        **({"origins": [_origin_to_record(origin) for origin in grant.origins]} if grant.origins else {}),
    }


def grant_from_record(record: Record) -> Grant:
    """The inverse of `grant_to_record`."""
    return Grant(
        order_id=record["order_id"],
        feature=record["feature"],
        type=record["type"],
        amount=record["amount"],
        per=record["per"],
        period=period_from_record(record["period"]),
        used=_by_number(record["used"]),
        taken_back=_by_number(record.get("taken_back", {})),
        revoked_at=moment_of(record.get("revoked_at")),
        carried=_by_number(record.get("carried", {})),
        standalone=record.get("standalone", False),
        rollover=rollover_from_document(record.get("rollover")),
        alerted=Mark(**record["alerted"]) if "alerted" in record else None,
        opening=_by_number(record.get("opening", {})),
        rolled_in=record.get("rolled_in", 0),
        origins=tuple(_origin_from_record(origin) for origin in record.get("origins", ())),
    )


def mark_to_record(mark: Mark) -> Record:
    """What was said of a balance."""
    return fields(mark)


def _origin_to_record(origin: Origin) -> Record:
    return {**fields(origin), "end": to_text(origin.end)}


def _origin_from_record(record: Record) -> Origin:
    return Origin(**{**record, "end": from_text(record["end"])})


def _by_text(counts: dict[int, int]) -> dict[str, int]:
    return {str(window): count for window, count in counts.items()}


def _by_number(counts: dict[str, int]) -> dict[int, int]:
    return {int(window): count for window, count in counts.items()}
