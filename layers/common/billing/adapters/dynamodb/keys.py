"""Every key of the table is built here. docs/data-model.md lists the access patterns they serve."""

from datetime import datetime

from billing.domain.identifiers import exception_id
from billing.domain.times import to_text

Key = dict[str, dict[str, str]]

DUE_SHARDS = 4
"""How many partitions the due work of one kind and day is spread over."""


def _key(pk: str, sk: str) -> Key:
    return {"pk": {"S": pk}, "sk": {"S": sk}}


def catalogue_key() -> Key:
    """The published catalogue, one item."""
    return _key("CATALOGUE", "CURRENT")


def plan_version_key(plan_id: str, version: int) -> Key:
    """One immutable version of a plan."""
    return _key(f"PLAN#{plan_id}", f"V#{version:06d}")


def coupon_key(code: str) -> Key:
    """A coupon's definition and its counter `taken`. Codes are upper case."""
    return _key(f"COUPON#{code}", "COUPON")


def coupon_account_key(code: str, account_id: str) -> Key:
    """How often one account has taken a coupon."""
    return _key(f"COUPON#{code}", f"ACCOUNT#{account_id}")


def redemption_key(code: str, order_id: str) -> Key:
    """One redemption: reserved with its order, confirmed by its payment, or released."""
    return _key(f"COUPON#{code}", f"ORDER#{order_id}")


def coupon_list_key(code: str) -> Key:
    """A code in the list of all coupons, one partition."""
    return _key("COUPONS", code)


def order_key(order_id: str) -> Key:
    """An order."""
    return _key(f"ORDER#{order_id}", "ORDER")


def payment_key(provider: str, reference: str) -> Key:
    """An attempt, found by what the provider calls it."""
    return _key(f"PAYMENT#{provider}#{reference}", "PAYMENT")


def account_key(account_id: str) -> Key:
    """An account's subscription: its terms that still run or come."""
    return _key(f"ACCOUNT#{account_id}", "STATE")


def grant_key(account_id: str, end: datetime, order_id: str, feature: str) -> Key:
    """A quota grant, sorted by its end so that the live ones are one range."""
    return _key(f"ACCOUNT#{account_id}", f"GRANT#{to_text(end)}#{order_id}#{feature}")


def term_key(account_id: str, start: datetime, order_id: str) -> Key:
    """A term as it was placed: the history that `account_key` does not keep."""
    return _key(f"ACCOUNT#{account_id}", f"TERM#{to_text(start)}#{order_id}")


def hold_key(account_id: str, entry_id: str) -> Key:
    """Quota that is held, beside the grants; the hold's entry has the same id."""
    return _key(f"ACCOUNT#{account_id}", f"HOLD#{entry_id}")


def holds_range(account_id: str) -> tuple[str, str, str]:
    """(pk, first sk, last sk) of an account's holds."""
    return f"ACCOUNT#{account_id}", "HOLD#", "HOLD#~"


def usage_key(entry_id: str) -> Key:
    """An entry of the quota ledger."""
    return _key(f"USAGE#{entry_id}", "USAGE")


def live_account_range(account_id: str, now: datetime) -> tuple[str, str, str]:
    """(pk, first sk, last sk) of the grants that end after `now`, the holds, and the subscription itself."""
    return f"ACCOUNT#{account_id}", f"GRANT#{to_text(now)}~", "STATE"


def invoice_key(invoice_id: str) -> Key:
    """An issued document."""
    return _key(f"INVOICE#{invoice_id}", "INVOICE")


def series_key(series: str) -> Key:
    """The counter of a document series."""
    return _key(f"SERIES#{series}", "SERIES")


def exception_key(provider: str, transaction: str) -> Key:
    """Money that fits no order, kept once for each provider and transaction."""
    return exception_id_key(exception_id(provider, transaction))


def exception_id_key(exception: str) -> Key:
    """An exception of any kind, by its id."""
    return _key(f"EXCEPTION#{exception}", "EXCEPTION")


def refund_key(refund_id: str) -> Key:
    """Money given back, or on its way."""
    return _key(f"REFUND#{refund_id}", "REFUND")


def refund_lock_key(provider: str, reference: str) -> Key:
    """The one refund of a payment that is not finished, beside the payment."""
    return _key(f"PAYMENT#{provider}#{reference}", "REFUNDING")


def audit_partition(target: str) -> str:
    """The partition of what operators did to one target."""
    return f"AUDIT#{target}"


def audit_key(target: str, at: datetime, entry_id: str) -> Key:
    """An operator's act, beside the others on the same target."""
    return _key(audit_partition(target), f"{to_text(at)}#{entry_id}")


def event_key(event_id: str) -> Key:
    """An event as it is sent."""
    return _key(f"EVENT#{event_id}", "EVENT")


def delivery_key(event_id: str, endpoint_id: str) -> Key:
    """How far an event has come on its way to an endpoint, beside the event."""
    return _key(f"EVENT#{event_id}", f"DELIVERY#{endpoint_id}")


def endpoint_key(endpoint_id: str) -> Key:
    """Where events are sent to; all endpoints are one partition."""
    return _key("ENDPOINTS", endpoint_id)


def waiting_key(endpoint_id: str, event_id: str) -> Key:
    """An event that waits until its endpoint is resumed."""
    return _key(f"WAITING#{endpoint_id}", event_id)


def due_partition(kind: str, due: datetime, shard: int) -> str:
    """The partition of one kind of work that is due on one UTC day."""
    return f"DUE#{kind}#{due:%Y-%m-%d}#{shard}"


def due_key(kind: str, due: datetime, name: str) -> Key:
    """The place of due work in the time buckets, sorted by when it is due; `name` says what it is about."""
    shard = sum(name.encode()) % DUE_SHARDS
    return _key(due_partition(kind, due, shard), f"{to_text(due)}#{name}")


def sweep_key(kind: str) -> Key:
    """How far the sweep of one kind of work has come."""
    return _key(f"SWEEP#{kind}", "SWEEP")


def reminder_key(account_id: str, end: datetime, step: int) -> Key:
    """The guard of one reminder: that it is being sent, or was. `step` in days from the end."""
    return _key(f"REMINDERS#{account_id}", f"{to_text(end)}#{step:+d}")


def alert_mail_key(account_id: str, name: str) -> Key:
    """The guard of one e-mail about a balance, `name` as that of its alert."""
    return _key(f"REMINDERS#{account_id}", f"ALERT#{name}")


def reminder_wish_key(account_id: str) -> Key:
    """Whether an account wants reminders, and e-mails about balances."""
    return _key(f"REMINDERS#{account_id}", "WISH")


def orders_index(account_id: str) -> str:
    """gsi1 partition of an account's orders, sorted by creation."""
    return f"ACCOUNT#{account_id}#ORDERS"


def invoices_index(account_id: str) -> str:
    """gsi1 partition of an account's documents, sorted by issue."""
    return f"ACCOUNT#{account_id}#INVOICES"


def usage_index(account_id: str) -> str:
    """gsi1 partition of an account's statement: ledger entries and terms, sorted by time."""
    return f"ACCOUNT#{account_id}#USAGE"


def open_exceptions_index() -> str:
    """gsi1 partition of the exceptions that wait for an operator, sorted by first sight."""
    return "EXCEPTIONS#OPEN"


def exceptions_index(seen: datetime) -> str:
    """gsi1 partition of the decided exceptions that were first seen in one month."""
    return f"EXCEPTIONS#{seen:%Y-%m}"


def refunds_index(at: datetime) -> str:
    """gsi1 partition of the finished refunds that were asked for in one month."""
    return f"REFUNDS#{at:%Y-%m}"


def unfinished_refunds_index() -> str:
    """gsi1 partition of the refunds whose money is on its way, or waits for a person. It is empty most of the time."""
    return "REFUNDS#UNFINISHED"


def redemptions_index(code: str) -> str:
    """gsi1 partition of a coupon's redemptions, sorted by when their orders took the place."""
    return f"COUPON#{code}#REDEMPTIONS"


def attempts_index(amount: int) -> str:
    """gsi1 partition of the attempts to pay one amount (minor units), sorted by creation."""
    return f"ATTEMPTS#{amount}"


def audit_index(at: datetime) -> str:
    """gsi1 partition of what operators did in one month."""
    return f"AUDIT#{at:%Y-%m}"


def events_index(occurred: datetime) -> str:
    """gsi1 partition of the events of one month."""
    return f"EVENTS#{occurred:%Y-%m}"
