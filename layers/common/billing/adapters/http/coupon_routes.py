"""/admin/coupons: what codes there are, how often they were taken, and what operators make and change of them."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from billing.adapters.http.bodies_coupons import coupon_change, new_coupon
from billing.adapters.http.gateway import Request, Response, Route, json_body
from billing.adapters.http.paging import page_limit, page_start, page_view
from billing.domain.coupon_keeping import KeptCoupon, Redemption
from billing.domain.coupons import normalise_code
from billing.domain.problems import Problem
from billing.domain.times import to_text
from billing.domain.tokens import Signer
from billing.service.coupon_keeping import CouponKeeping

View = dict[str, Any]


@dataclass(frozen=True, slots=True)
class CouponRoutes:
    """`operator` tells who calls, or refuses; `cursors` signs where pages start."""

    keeping: CouponKeeping
    operator: Callable[[Request], str]
    cursors: Callable[[], Signer]

    @property
    def routes(self) -> dict[str, Route]:
        """By API Gateway's names."""
        return {
            "GET /admin/coupons": self.listing,
            "POST /admin/coupons": self.create,
            "GET /admin/coupons/{code}": self.show,
            "POST /admin/coupons/{code}": self.change,
            "GET /admin/coupons/{code}/redemptions": self.redemptions,
        }

    def listing(self, request: Request) -> Response:
        """All of them by code, those of catalog.yaml and those made here."""
        self.operator(request)
        start = page_start(request, "coupons", self.cursors)
        found, following = self.keeping.coupons.page(page_limit(request), start)
        return Response(200, page_view([coupon_view(one) for one in found], following, "coupons", self.cursors))

    def create(self, request: Request) -> Response:
        """A new one."""
        actor = self.operator(request)
        code, wanted = new_coupon(json_body(request))
        made = self.keeping.create(actor, code, wanted)
        return Response(201, coupon_view(made), {"location": f"/admin/coupons/{code}"})

    def show(self, request: Request) -> Response:
        """One, as it is now."""
        self.operator(request)
        return Response(200, coupon_view(self.keeping.get(code_of(request))))

    def change(self, request: Request) -> Response:
        """Paused, resumed, or with other rules; the coupon afterwards."""
        actor = self.operator(request)
        wanted = coupon_change(json_body(request))
        return Response(200, coupon_view(self.keeping.change(actor, code_of(request), wanted)))

    def redemptions(self, request: Request) -> Response:
        """Whose orders took a place, and what became of it; the newest first."""
        self.operator(request)
        code = code_of(request)
        purpose = f"redemptions {code}"
        start = page_start(request, purpose, self.cursors)
        found, following = self.keeping.redemptions(code, page_limit(request), start)
        return Response(200, page_view([redemption_view(one) for one in found], following, purpose, self.cursors))


def code_of(request: Request) -> str:
    """The code in the path, as stored; `not_found` for what cannot be one."""
    try:
        return normalise_code(request.path["code"])
    except Problem:
        raise Problem("not_found") from None


def coupon_view(coupon: KeptCoupon) -> View:
    """A coupon with its rules by the names of catalog.yaml, and its count of places."""
    return {
        "code": coupon.code,
        "origin": coupon.origin,
        "status": "paused" if coupon.is_paused else "active",
        "paused_by": coupon.paused_by,
        "paused_at": to_text(coupon.paused_at) if coupon.paused_at else None,
        **coupon.rules,
        "reserved": coupon.reserved,
        "redeemed": coupon.confirmed,
        "left": coupon.left,
        "created_by": coupon.created_by,
        "created_at": to_text(coupon.created_at) if coupon.created_at else None,
    }


def redemption_view(one: Redemption) -> View:
    """What became of one order's place; `discount` in dong."""
    return {
        "order_id": one.order_id,
        "account_id": one.account_id,
        "status": one.status,
        "discount": one.discount,
        "reserved_at": to_text(one.reserved_at),
        "confirmed_at": to_text(one.confirmed_at) if one.confirmed_at else None,
        "released_at": to_text(one.released_at) if one.released_at else None,
    }
