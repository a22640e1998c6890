"""/admin/exceptions: the inbox of what fits no order, and its decisions."""

from collections.abc import Callable
from dataclasses import dataclass

from billing.adapters.http.gateway import Request, Response, Route, idempotency_key, json_body
from billing.adapters.http.paging import month_of, page_limit, page_start, page_view
from billing.adapters.http.views_admin import exception_view, refund_view, shown_exception_view
from billing.domain.inbox import PaymentException
from billing.domain.tokens import Signer
from billing.service.inbox import Inbox


@dataclass(frozen=True, slots=True)
class ExceptionRoutes:
    """`operator` tells who calls, or refuses; `cursors` signs where pages start."""

    inbox: Inbox
    operator: Callable[[Request], str]
    cursors: Callable[[], Signer]

    @property
    def routes(self) -> dict[str, Route]:
        """By API Gateway's names."""
        return {
            "GET /admin/exceptions": self.listing,
            "GET /admin/exceptions/{id}": self.show,
            "POST /admin/exceptions/{id}/accept": self.accept,
            "POST /admin/exceptions/{id}/attach": self.attach,
            "POST /admin/exceptions/{id}/refund": self.refund,
            "POST /admin/exceptions/{id}/dismiss": self.dismiss,
            "POST /admin/exceptions/{id}/retry": self.retry,
        }

    def listing(self, request: Request) -> Response:
        """The open ones; with `month` (YYYY-MM in UTC) the decided ones first seen then. Newest first."""
        self.operator(request)
        month = month_of(request)
        purpose = f"exceptions {month:%Y-%m}" if month else "exceptions open"
        found, following = self.inbox.page(month, page_limit(request), page_start(request, purpose, self.cursors))
        return Response(200, page_view([exception_view(one) for one in found], following, purpose, self.cursors))

    def show(self, request: Request) -> Response:
        """One, with its order, orders that the money may be for, what can be done and what was."""
        self.operator(request)
        return Response(200, shown_exception_view(self.inbox.show(request.path["id"]), request.language))

    def accept(self, request: Request) -> Response:
        """The money pays the order it came for."""
        actor = self.operator(request)
        self._nothing(request)
        return answer(self.inbox.accept(actor, request.path["id"]))

    def attach(self, request: Request) -> Response:
        """The money pays the order that the body names: `{order_id}`."""
        from billing.adapters.http.bodies_admin import attach_body

        actor = self.operator(request)
        return answer(self.inbox.attach(actor, request.path["id"], attach_body(json_body(request)).order_id))

    def refund(self, request: Request) -> Response:
        """The money goes back: `{amount?, reason, bank?}`; 200 with what this Idempotency-Key made before."""
        from billing.adapters.http.bodies_refunds import refund_wish

        actor = self.operator(request)
        wish = refund_wish(idempotency_key(request), json_body(request))
        refund, replayed = self.inbox.refund(actor, request.path["id"], wish)
        body = {"refund": refund_view(refund), "exception": exception_view(self.inbox.get(request.path["id"]))}
        if replayed:
            return Response(200, body, {"idempotent-replay": "true"})
        return Response(201, body, {"location": f"/admin/refunds/{refund.id}"})

    def dismiss(self, request: Request) -> Response:
        """Nothing is to be done: `{reason}`."""
        from billing.adapters.http.bodies_admin import dismiss_body

        actor = self.operator(request)
        return answer(self.inbox.dismiss(actor, request.path["id"], dismiss_body(json_body(request)).reason))

    def retry(self, request: Request) -> Response:
        """The failed message goes back to its queue."""
        actor = self.operator(request)
        self._nothing(request)
        return answer(self.inbox.retry(actor, request.path["id"]))

    def _nothing(self, request: Request) -> None:
        """The body may be left out; what is in it is checked all the same."""
        if request.body:
            from billing.adapters.http.bodies_admin import empty_body

            empty_body(json_body(request))


def answer(exception: PaymentException) -> Response:
    """The exception as it is now."""
    return Response(200, exception_view(exception))
