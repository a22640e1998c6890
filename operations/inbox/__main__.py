"""python -m operations.inbox list|show|accept|attach|refund|dismiss|retry: see docs/exceptions.md."""

import argparse
import json
import os
import sys
import uuid
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from operations.inbox.client import Api, NotReached, Refused
from operations.inbox.tables import details, listing, refund

DONE, REFUSED, FAILED = 0, 1, 2
"""Exit codes: done; the API refused; it could not be asked."""

Json = dict[str, Any]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; its exit code."""
    options = parser().parse_args(arguments)
    try:
        result, text = run(api(options), options)
    except Refused as refusal:
        print(refusal, file=sys.stderr)
        return REFUSED
    except NotReached as failure:
        print(failure, file=sys.stderr)
        return FAILED
    print(json.dumps(result, ensure_ascii=False, indent=2) if options.json else text)
    return DONE


def api(options: argparse.Namespace) -> Api:
    """The API with an operator's token; `NotReached` where there is no way to one."""
    if not options.api:
        raise NotReached("no API: give --api URL or set GOI_API")
    if not options.token and not options.login:
        raise NotReached("no token: set GOI_TOKEN, give --token, or --login NAME on one machine")
    asked = Api(options.api, options.token or "", options.language)
    if options.login:
        asked.login(options.login)
    return asked


def run(asked: Api, options: argparse.Namespace) -> tuple[Any, str]:
    """What the API answered, and the same for people."""
    if options.command == "list":
        found = asked.listing(options.month)
        return found, listing(found)
    if options.command == "show":
        one = asked.show(options.id)
        return one, details(one)
    body = BODIES[options.command](options)
    if options.command == "refund":
        made = asked.act("refund", options.id, body, options.key or str(uuid.uuid4()))
        return made, f"{refund(made['refund'])}\n{details(made['exception'])}"
    one = asked.act(options.command, options.id, body)
    return one, details(one)


def refund_body(options: argparse.Namespace) -> Json:
    """All that is left unless an amount is given; to an account where a person is to transfer it."""
    bank = dict(zip(("bank", "number", "name"), options.bank or (), strict=False))
    wanted = {"amount": options.amount, "reason": options.reason, "bank": bank or None}
    return {name: value for name, value in wanted.items() if value is not None}


BODIES: Mapping[str, Callable[[argparse.Namespace], Json]] = {
    "accept": lambda _: {},
    "attach": lambda options: {"order_id": options.order},
    "refund": refund_body,
    "dismiss": lambda options: {"reason": options.reason},
    "retry": lambda _: {},
}
"""What each action sends."""

HELP = {
    "accept": "the money pays the order it came for, whatever its amount",
    "attach": "the money pays another order",
    "refund": "the money goes back, all that is left or a part",
    "dismiss": "nothing is to be done",
    "retry": "send a failed message to its queue again",
}


def parser() -> argparse.ArgumentParser:
    """The command line."""
    made = argparse.ArgumentParser(prog="python -m operations.inbox", description=__doc__)
    made.add_argument("--api", default=os.environ.get("GOI_API"), help="the API's address; default: $GOI_API")
    made.add_argument("--token", default=os.environ.get("GOI_TOKEN"), help="an operator's token; default: $GOI_TOKEN")
    made.add_argument("--login", metavar="NAME", help="sign in as NAME at a system on one machine")
    made.add_argument("--language", choices=["vi", "en"], default="vi", help="of names and refusals; default: vi")
    made.add_argument("--json", action="store_true", help="the API's answer as it is")
    commands = made.add_subparsers(dest="command", required=True)
    wanted = commands.add_parser("list", help="what is open, the newest first")
    wanted.add_argument("--month", metavar="YYYY-MM", help="what was decided, of those first seen in this month")
    commands.add_parser("show", help="one, with orders it may be for").add_argument("id")
    for action, text in HELP.items():
        one = commands.add_parser(action, help=text)
        one.add_argument("id")
        if action == "attach":
            one.add_argument("order")
        if action in {"dismiss", "refund"}:
            one.add_argument("--reason", required=True)
        if action == "refund":
            one.add_argument("--amount", type=int, metavar="DONG", help="default: all that is left")
            one.add_argument("--bank", nargs=3, metavar=("BANK", "NUMBER", "NAME"), help="a person transfers it there")
            one.add_argument("--key", help="the same key again asks for the same refund; default: a new one")
    return made


if __name__ == "__main__":
    sys.exit(main())
