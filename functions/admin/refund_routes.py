"""Refunds: asked for, listed, finished by hand; and an order with everything about its money."""

from collections.abc import Callable
from dataclasses import dataclass

from billing.adapters.dynamodb.audit import AuditTable
from billing.adapters.http.gateway import Request, Response, Route, idempotency_key, json_body
from billing.adapters.http.paging import month_of, page_limit, page_start, page_view
from billing.adapters.http.views_admin import order_detail_view, refund_view
from billing.domain.problems import Problem
from billing.domain.tokens import Signer
from billing.service.ports import Orders
from billing.service.refunding import Refunding


@dataclass(frozen=True, slots=True)
class RefundRoutes:
    """`operator` tells who calls, or refuses; `cursors` signs where pages start."""

    refunding: Refunding
    orders: Orders
    audits: AuditTable
    operator: Callable[[Request], str]
    cursors: Callable[[], Signer]

    @property
    def routes(self) -> dict[str, Route]:
        """By API Gateway's names."""
        return {
            "GET /admin/orders/{id}": self.order,
            "POST /admin/orders/{id}/refunds": self.ask,
            "GET /admin/refunds": self.listing,
            "GET /admin/refunds/{id}": self.one,
            "POST /admin/refunds/{id}/complete": self.complete,
            "POST /admin/refunds/{id}/fail": self.fail,
        }

    def order(self, request: Request) -> Response:
        """Any account's order, with its attempts, its refunds and what operators did about it."""
        self.operator(request)
        order = self.orders.get(request.path["id"])
        if order is None:
            raise Problem("order_not_found")
        payments = self.orders.payments([order])[order.id]
        refunds = self.refunding.refunds.many(order.refunds)
        acts = self.audits.of(f"order {order.id}")
        return Response(200, order_detail_view(order, payments, refunds, acts))

    def ask(self, request: Request) -> Response:
        """A refund of an order; 200 with the one that this Idempotency-Key made before."""
        from billing.adapters.http.bodies_refunds import refund_wish

        operator = self.operator(request)
        wish = refund_wish(idempotency_key(request), json_body(request))
        refund, replayed = self.refunding.of_order(request.path["id"], wish, operator)
        if replayed:
            return Response(200, {"refund": refund_view(refund)}, {"idempotent-replay": "true"})
        return Response(201, {"refund": refund_view(refund)}, {"location": f"/admin/refunds/{refund.id}"})

    def listing(self, request: Request) -> Response:
        """Refunds that are not finished; with `month` (YYYY-MM, UTC) the finished ones that were asked for in it."""
        self.operator(request)
        month = month_of(request)
        purpose = f"refunds {month:%Y-%m}" if month else "refunds unfinished"
        start = page_start(request, purpose, self.cursors)
        found, following = self.refunding.refunds.page(month, page_limit(request), start)
        return Response(200, page_view([refund_view(refund) for refund in found], following, purpose, self.cursors))

    def one(self, request: Request) -> Response:
        """A refund as it is now."""
        self.operator(request)
        return Response(200, {"refund": refund_view(self.refunding.get(request.path["id"]))})

    def complete(self, request: Request) -> Response:
        """The operator has transferred the money."""
        from billing.adapters.http.bodies_refunds import bank_reference

        operator = self.operator(request)
        refund = self.refunding.complete(request.path["id"], bank_reference(json_body(request)), operator)
        return Response(200, {"refund": refund_view(refund)})

    def fail(self, request: Request) -> Response:
        """The operator has not, and will not."""
        from billing.adapters.http.bodies_refunds import failure

        operator = self.operator(request)
        refund = self.refunding.fail(request.path["id"], failure(json_body(request)), operator)
        return Response(200, {"refund": refund_view(refund)})
