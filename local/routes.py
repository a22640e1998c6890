"""The routes under /local (contract, section 3): sign-in, mailbox, clock, schedules, drain, payments."""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Any
from urllib.parse import parse_qsl, quote

from werkzeug.utils import redirect
from werkzeug.wrappers import Request, Response

from local.attempts import Attempt, Attempts
from local.clock import Clock, ClockError
from local.events import BodyTooLarge, raw_path, read_body
from local.gateway import NOT_FOUND, TOO_LARGE, message
from local.issuer import Issuer
from local.mailbox import Mailbox
from local.pump import Pump
from local.schedules import Schedules
from local.simulators.base import OUTCOMES, WEBHOOKS, Choice, Refused, Simulator
from local.simulators.behaviour import QUERIES, REFUNDS, Behaviour
from local.views import page
from local.workers import EventTooLarge, FunctionBusy, FunctionFailed
from operations.verify import Facts, differences

BODY_LIMIT = 64 * 1024
LARGEST_AMOUNT = 9_999_999_999
LONGEST_MEMO = 500
MAX_ACCOUNT_ID = 256
MAX_EMAIL = 254
SCOPES = {"admin": "billing:admin", "service": "billing:usage"}

FAULTS = (
    ("normal", "Gửi ngay", "Sent at once"),
    ("lost", "Thất lạc, không gửi", "Lost, none is sent"),
    ("duplicate", "Gửi ba lần", "Sent three times"),
    ("held", "Giữ lại, gửi sau", "Held back, sent with the next drain"),
    ("late", "Đến muộn, sau khi hết hạn", "Late, after the attempt's end"),
    ("forged", "Giả mạo, sai chữ ký", "Forged, with a wrong signature"),
)

Handler = Callable[..., Response]


class BadInput(ValueError):
    """What a caller of a local route did wrong: 400."""


@dataclass(frozen=True, slots=True)
class Parts:
    """What the routes work with. `claims` are the names of the account's and the address's claims."""

    issuer: Issuer
    claims: tuple[str, str]
    clock: Clock
    mailbox: Mailbox
    schedules: Schedules
    pump: Pump
    attempts: Attempts
    simulators: Mapping[str, Simulator]
    behaviours: Mapping[str, Behaviour]
    facts: Callable[[], Facts]


class LocalRoutes:
    """Answers requests under /local."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._routes: tuple[tuple[str, re.Pattern[str], Handler], ...] = (
            ("POST", re.compile("/local/login"), self._login),
            ("GET", re.compile(r"/local/\.well-known/openid-configuration"), self._configuration),
            ("GET", re.compile(r"/local/\.well-known/jwks\.json"), self._key_set),
            ("GET", re.compile("/local/mailbox"), self._mailbox),
            ("GET", re.compile("/local/mailbox/([^/]+)/raw"), self._raw_mail),
            ("GET", re.compile("/local/mailbox/([^/]+)/([0-9]{1,3})/[^/]+"), self._attachment),
            ("GET", re.compile("/local/clock"), self._clock),
            ("POST", re.compile("/local/clock"), self._move_clock),
            ("POST", re.compile("/local/run/([^/]+)"), self._run),
            ("POST", re.compile("/local/drain"), self._drain),
            ("POST", re.compile("/local/verify"), self._verify),
            ("GET", re.compile("/local/providers/([a-z]+)"), self._behaviour),
            ("POST", re.compile("/local/providers/([a-z]+)"), self._behave),
            ("GET", re.compile("/local/pay/([^/]+)"), self._payment_page),
            ("POST", re.compile("/local/pay/([^/]+)"), self._pay),
        )

    def answer(self, request: Request) -> Response | None:
        """The response; None for a path that is not under /local."""
        path = raw_path(request)
        if not path.startswith("/local/"):
            return None
        try:
            return self._provider(request) or self._respond(request, path)
        except (BadInput, ClockError) as error:
            return message(400, str(error))
        except BodyTooLarge:
            return message(413, TOO_LARGE)
        except Refused as refusal:
            return _json({"message": f"the provider refuses the request: {refusal.en}", "code": refusal.code}, 400)
        except (FunctionFailed, FunctionBusy, EventTooLarge) as failure:
            return message(500, str(failure))

    def _provider(self, request: Request) -> Response | None:
        answers = (simulator.answer(request) for simulator in self._parts.simulators.values())
        return next((answer for answer in answers if answer), None)

    def _respond(self, request: Request, path: str) -> Response:
        for method, pattern, handler in self._routes:
            match = pattern.fullmatch(path)
            if match and method == request.method:
                return handler(request, *match.groups())
        return message(404, NOT_FOUND)

    def _login(self, request: Request) -> Response:
        body = _body(request, {"account_id", "email", *SCOPES})
        account_id, email = body.get("account_id"), body.get("email")
        if not isinstance(account_id, str) or not 0 < len(account_id) <= MAX_ACCOUNT_ID:
            raise BadInput("account_id must be a text")
        if not isinstance(email, str) or "@" not in email or len(email) > MAX_EMAIL:
            raise BadInput("email must be an e-mail address")
        if any(not isinstance(body.get(name, False), bool) for name in SCOPES):
            raise BadInput("admin and service must be true or false")
        account_claim, email_claim = self._parts.claims
        scope = " ".join(scope for name, scope in SCOPES.items() if body.get(name))
        claims = {"sub": account_id, account_claim: account_id, email_claim: email}
        return _json({"token": self._parts.issuer.token({**claims, **({"scope": scope} if scope else {})})})

    def _configuration(self, _request: Request) -> Response:
        return _json(self._parts.issuer.configuration())

    def _key_set(self, _request: Request) -> Response:
        return _json(self._parts.issuer.key_set())

    def _mailbox(self, request: Request) -> Response:
        items = self._parts.mailbox.items()
        if "application/json" in request.headers.get("accept", ""):
            return _json({"items": items})
        return _html(page("mailbox.html", items=items))

    def _raw_mail(self, _request: Request, mail_id: str) -> Response:
        mail = self._parts.mailbox.find(mail_id)
        if mail is None:
            return message(404, NOT_FOUND)
        return Response(mail.raw, content_type="message/rfc822")

    def _attachment(self, _request: Request, mail_id: str, number: str) -> Response:
        mail = self._parts.mailbox.find(mail_id)
        if mail is None or int(number) >= len(mail.attachments):
            return message(404, NOT_FOUND)
        attachment = mail.attachments[int(number)]
        name = f"inline; filename*=UTF-8''{quote(attachment.filename, safe='')}"
        headers = {"content-disposition": name, "x-content-type-options": "nosniff"}
        return Response(attachment.content, headers=headers, content_type=attachment.content_type)

    def _clock(self, _request: Request) -> Response:
        clock = self._parts.clock
        return _json(
            {
                "now": clock.now().isoformat(timespec="seconds").replace("+00:00", "Z"),
                "offset_seconds": round(clock.offset.total_seconds()),
            }
        )

    def _move_clock(self, request: Request) -> Response:
        body = _body(request, {"advance", "now"})
        if len(body) != 1 or not isinstance(next(iter(body.values())), str):
            raise BadInput('expected {"advance": "P25D"} or {"now": "2026-11-23T09:00:00Z"}')
        if "advance" in body:
            self._parts.clock.advance(body["advance"])
        else:
            self._parts.clock.set(body["now"])
        return self._clock(request)

    def _run(self, _request: Request, name: str) -> Response:
        if name not in self._parts.schedules:
            return message(404, NOT_FOUND)
        return _json(self._parts.schedules.run(name))

    def _drain(self, _request: Request) -> Response:
        for simulator in self._parts.simulators.values():
            simulator.send_due()
        return _json(asdict(self._parts.pump.drain()))

    def _verify(self, _request: Request) -> Response:
        """What `make verify` asks: whether everything stored can be derived again from its entries."""
        facts = self._parts.facts()
        return _json({"items": facts.items, "differences": [asdict(each) for each in differences(facts)]})

    def _behaviour(self, _request: Request, provider: str) -> Response:
        behaviour = self._parts.behaviours.get(provider)
        return _json(asdict(behaviour)) if behaviour else message(404, NOT_FOUND)

    def _behave(self, request: Request, provider: str) -> Response:
        """Switch how a provider behaves: {"query": ..., "refund": ...}, each optional."""
        behaviour = self._parts.behaviours.get(provider)
        if behaviour:
            body = _body(request, {"query", "refund"})
            for name, known in (("query", QUERIES), ("refund", REFUNDS)):
                if body.get(name, getattr(behaviour, name)) not in known:
                    raise BadInput(f"{name} must be one of {', '.join(known)}")
            for name, value in body.items():
                setattr(behaviour, name, value)
        return self._behaviour(request, provider)

    def _payment_page(self, _request: Request, payment_id: str) -> Response:
        found = self._find(payment_id)
        if found is None:
            return message(404, NOT_FOUND)
        simulator, attempt = found
        try:
            bill = simulator.bill(attempt)
            return _html(page(bill.page, bill=bill, faults=FAULTS))
        except Refused as refusal:
            return _html(page("refused.html", provider=attempt.provider, refusal=refusal), 400)

    def _pay(self, request: Request, payment_id: str) -> Response:
        found = self._find(payment_id)
        if found is None:
            return message(404, NOT_FOUND)
        simulator, attempt = found
        body = read_body(request, BODY_LIMIT)
        by_page = not body.lstrip().startswith(b"{")
        sent = simulator.settle(attempt, _choice(_form(body) if by_page else _object(body, CHOICE_FIELDS)))
        return redirect(simulator.return_address(attempt), 303) if by_page else _json(asdict(sent))

    def _find(self, payment_id: str) -> tuple[Simulator, Attempt] | None:
        attempt = self._parts.attempts.by_id(payment_id)
        if attempt:
            simulator = self._parts.simulators.get(attempt.provider)
            return (simulator, attempt) if simulator else None
        for simulator in self._parts.simulators.values():
            if unstored := simulator.find(payment_id):
                return simulator, unstored
        return None


CHOICE_FIELDS = {"outcome", "webhook", "amount", "memo"}


def _choice(body: Mapping[str, Any]) -> Choice:
    outcome, webhook = body.get("outcome"), body.get("webhook", "normal")
    amount, memo = body.get("amount"), body.get("memo")
    if outcome not in OUTCOMES:
        raise BadInput(f"outcome must be one of {', '.join(OUTCOMES)}")
    if webhook not in WEBHOOKS:
        raise BadInput(f"webhook must be one of {', '.join(WEBHOOKS)}")
    is_integer = isinstance(amount, int) and not isinstance(amount, bool)
    if amount is not None and not (is_integer and 0 < amount <= LARGEST_AMOUNT):
        raise BadInput("amount must be a whole number of dong")
    if memo is not None and not (isinstance(memo, str) and len(memo) <= LONGEST_MEMO):
        raise BadInput(f"memo must be a text of up to {LONGEST_MEMO} characters")
    return Choice(outcome, webhook, amount, memo)


def _form(body: bytes) -> dict[str, Any]:
    """The fields of the page's form; those left empty are not there."""
    form = dict(parse_qsl(body.decode("utf-8", "replace")))
    amount = form.get("amount", "")
    return {**form, "amount": int(amount)} if amount.isascii() and amount.isdigit() else form


def _body(request: Request, known: set[str]) -> dict[str, Any]:
    return _object(read_body(request, BODY_LIMIT), known)


def _object(text: bytes, known: set[str]) -> dict[str, Any]:
    """A JSON object with known fields only."""
    try:
        content = json.loads(text)
    except ValueError:
        content = None
    if not isinstance(content, dict):
        raise BadInput("expected a JSON object")
    if unknown := content.keys() - known:
        raise BadInput(f"unknown: {', '.join(sorted(unknown))}; known are {', '.join(sorted(known))}")
    return content


def _json(content: Any, status: int = 200) -> Response:
    body = json.dumps(content, ensure_ascii=False)
    return Response(body, status, headers={"cache-control": "no-store"}, content_type="application/json; charset=utf-8")


def _html(content: str, status: int = 200) -> Response:
    return Response(content, status, headers={"cache-control": "no-store"}, content_type="text/html; charset=utf-8")
