"""What the e-mail about a refund is made from, and who is sending it."""

import json
from datetime import datetime

from billing.adapters.dynamodb.client import ConditionFailed, Table
from billing.adapters.dynamodb.keys import catalogue_key, order_key, refund_key
from billing.adapters.dynamodb.order_records import order_from_record
from billing.adapters.dynamodb.refund_records import refund_from_record
from billing.domain.plans import catalogue_from_document
from billing.domain.refunds import Refund
from billing.domain.times import to_text
from billing.service.basic_ports import AlreadyDone
from billing.service.refund_news import RefundNews


class RefundNewsTable:
    """The `RefundsToTell` port on the table."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def news(self, refund_id: str, order_id: str) -> RefundNews | None:
        """Refund, order and seller: one consistent read."""
        keys = [refund_key(refund_id), order_key(order_id), catalogue_key()]
        found, order, catalogue = self._table.get_many(keys)
        if found is None or order is None:
            return None
        if catalogue is None:
            raise LookupError("no catalogue has been published")
        seller = catalogue_from_document(json.loads(catalogue["document"])).seller
        return RefundNews(refund_from_record(found), order_from_record(order), seller)

    def take_lease(self, refund: Refund, until: datetime) -> None:
        """Who sends the e-mail, until when; from one holder to the next under a condition."""
        held = "lease_until = :previous" if refund.lease_until else "attribute_not_exists(lease_until)"
        change = self._table.update(
            refund_key(refund.id),
            "SET lease_until = :until",
            f"attribute_not_exists(told_at) AND {held}",
            until=to_text(until),
            **({"previous": to_text(refund.lease_until)} if refund.lease_until else {}),
        )
        try:
            self._table.write(change)
        except ConditionFailed:
            raise AlreadyDone from None

    def release_lease(self, refund: Refund) -> None:
        """Sending failed: the next delivery of the message may try at once."""
        self._table.write(self._table.update(refund_key(refund.id), "REMOVE lease_until"))

    def mark_told(self, refund: Refund, now: datetime) -> None:
        """The e-mail is sent."""
        self._table.write(self._table.update(refund_key(refund.id), "SET told_at = :now", now=to_text(now)))
