"""Heo Đất's own side. It shares nothing with the adapter but what the provider's documentation would say."""

import hashlib
import hmac
import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any, ClassVar
from urllib.parse import parse_qsl, urlsplit

from werkzeug.wrappers import Request, Response

from local.attempts import Attempt
from local.simulators.base import Bill, Choice, Refused, Sent, World, call, last
from local.simulators.course import Course, End
from local.simulators.faults import told

BASE_PATH = "/local/heodat"
OUTCOMES = {"success": "paid", "failure": "failed", "cancel": "failed"}


class HeoDat:
    """The `Simulator` of Heo Đất."""

    addresses: ClassVar[Mapping[str, str]] = {"HeodatApiUrl": BASE_PATH}

    def __init__(self, world: World) -> None:
        self._world = world
        self._secret = world.credentials.get("HEODAT_SECRET", "").partition(",")[0].strip()
        self._courses: dict[str, Course] = {}

    def answer(self, request: Request) -> Response | None:
        """What is asked of a payment."""
        if not request.path.startswith(f"{BASE_PATH}/payments/"):
            return None
        reference = request.path.rpartition("/")[2]
        return told(self._world, lambda as_of: self._answer(reference, as_of))

    def _answer(self, reference: str, as_of: datetime | None) -> Response:
        now, course = self._world.clock.now(), self._courses.get(reference)
        state = course.seen(now, as_of).state(as_of or now) if course else None
        said = self._said(reference, state) if state else {"outcome": "pending", "amount": 0, "coin": ""}
        return Response(json.dumps(said), content_type="application/json")

    def find(self, payment_id: str) -> Attempt | None:
        """None: nothing is known before the page is opened."""
        return None

    def bill(self, attempt: Attempt) -> Bill:
        """What the page shows."""
        asked = self._asked(attempt)
        now = self._world.clock.now()
        return Bill("Heo Đất", "goi", asked["reference"], "", int(asked["amount"]), attempt.expires_at or now)

    def settle(self, attempt: Attempt, choice: Choice) -> Sent:
        """The payment ends as chosen."""
        asked, now = self._asked(attempt), self._world.clock.now()
        course = self._courses.setdefault(attempt.reference, Course(int(asked["amount"]), attempt.expires_at or now))
        forged = choice.webhook == "forged"
        return last([self._tell(attempt.reference, end, forged=forged) for end in course.play(choice, now)])

    def return_address(self, attempt: Attempt) -> str:
        """The merchant's page."""
        return self._asked(attempt)["back"]

    def send_due(self) -> None:
        """The webhooks of payments that ended late, and those held back."""
        now = self._world.clock.now()
        for reference, course in self._courses.items():
            for end in course.take_due(now):
                self._tell(reference, end)

    def _asked(self, attempt: Attempt) -> dict[str, str]:
        query, _, signature = urlsplit(attempt.url).query.rpartition("&signature=")
        if not hmac.compare_digest(self._digest(query.encode()), signature):
            raise Refused("1", "Chữ ký không hợp lệ", "the signature is wrong")
        return dict(parse_qsl(query))

    def _said(self, reference: str, end: End) -> dict[str, Any]:
        return {
            "reference": reference,
            "outcome": OUTCOMES[end.outcome],
            "amount": end.amount,
            "coin": f"coin-{end.number}",
        }

    def _tell(self, reference: str, end: End, *, forged: bool = False) -> Sent:
        body = json.dumps(self._said(reference, end)).encode()
        signature = self._digest(body + b" " if forged else body)
        headers = {"content-type": "application/json", "x-heodat-signature": signature}
        return call("POST", f"{self._world.address}/webhooks/heodat", body, headers)

    def _digest(self, content: bytes) -> str:
        return hmac.new(self._secret.encode(), content, hashlib.sha256).hexdigest()
