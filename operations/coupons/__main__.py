"""python -m operations.coupons list|show|create|change|pause|resume|redemptions: see docs/commerce.md."""

import argparse
import json
import os
import re
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import Any
from urllib.parse import quote

from operations.coupons.tables import details, listing, redemptions
from operations.inbox.client import Api, NotReached, Refused

DONE, REFUSED, FAILED = 0, 1, 2
"""Exit codes: done; the API refused; it could not be asked."""

NONE = "none"
"""What takes a rule away."""

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
        found = asked.pages("/admin/coupons", {})
        return found, listing(found)
    if options.command == "create":
        made = asked.call("POST", "/admin/coupons", {"code": options.code, **body_of(options)})
        return made, details(made)
    path = f"/admin/coupons/{quote(options.code, safe='')}"
    if options.command == "redemptions":
        found = asked.pages(f"{path}/redemptions", {}, options.most)
        return found, redemptions(found)
    one = asked.call("GET", path) if options.command == "show" else asked.call("POST", path, body_of(options))
    return one, details(one)


def body_of(options: argparse.Namespace) -> Json:
    """What a command sends: the status that it means, and the rules that were given; "none" takes one away."""
    if options.command in STATUSES:
        return {"status": STATUSES[options.command]}
    given = {name: getattr(options, name) for name in (*RULES, "first_purchase_only")}
    body = {name: None if value == NONE else value for name, value in given.items() if value is not None}
    for kind, name in (("percent", "percent_bp"), ("amount", "amount")):
        if body.get(name) is not None:
            body["kind"] = kind
    return {**body, "status": "paused"} if options.command == "create" and options.paused else body


STATUSES = {"pause": "paused", "resume": "active"}


def whole(text: str) -> int | str:
    """A whole number, with points or underscores between digits if you like."""
    if text == NONE:
        return text
    if not re.fullmatch(r"\d{1,3}(\.\d{3})+|\d[\d_]*", text, re.ASCII):
        raise argparse.ArgumentTypeError(f"expected a whole number, got {text!r}")
    return int(text.replace(".", "").replace("_", ""))


def percent(text: str) -> int | str:
    """Basis points of a percentage such as "12.5" or "12,5"."""
    if text == NONE:
        return text
    parts = re.fullmatch(r"(\d{1,3})(?:[.,](\d{1,2}))?%?", text, re.ASCII)
    if not parts:
        raise argparse.ArgumentTypeError(f"expected a percentage such as 20 or 12.5, got {text!r}")
    return int(parts[1] + (parts[2] or "").ljust(2, "0"))


def names(text: str) -> list[str] | str:
    """Names between commas."""
    return text if text == NONE else [name.strip() for name in text.split(",") if name.strip()]


RULES: Mapping[str, tuple[str, Callable[[str], Any], str, str]] = {
    "percent_bp": ("--percent", percent, "PERCENT", "such as 20 or 12.5"),
    "cap": ("--cap", whole, "DONG", "a percentage takes off no more than this"),
    "amount": ("--amount", whole, "DONG", "an amount instead of a percentage"),
    "starts_at": ("--from", str, "TIME", "such as 2026-12-01T00:00:00+07:00"),
    "ends_at": ("--until", str, "TIME", "from this moment on it has expired"),
    "max_redemptions": ("--limit", whole, "N", "places in all"),
    "max_per_account": ("--per-account", whole, "N", "places for each account"),
    "plans": ("--plans", names, "IDS", "plans and add-ons, between commas"),
    "intervals": ("--intervals", names, "IDS", "month, year"),
    "minimum_quantity": ("--minimum", whole, "N", "so many months or years at least"),
}
"""Each rule's option, how its value is read, what it is and what it does."""

HELP = {
    "show": "one, with all of its rules",
    "create": "a new one",
    "change": "other rules; 'none' takes one away",
    "pause": "buyers are refused; orders that hold a place keep it",
    "resume": "buyers may use it again",
    "redemptions": "whose orders took its places, the newest first",
}


def parser() -> argparse.ArgumentParser:
    """The command line."""
    made = argparse.ArgumentParser(prog="python -m operations.coupons", description=__doc__)
    made.add_argument("--api", default=os.environ.get("GOI_API"), help="the API's address; default: $GOI_API")
    made.add_argument("--token", default=os.environ.get("GOI_TOKEN"), help="an operator's token; default: $GOI_TOKEN")
    made.add_argument("--login", metavar="NAME", help="sign in as NAME at a system on one machine")
    made.add_argument("--language", choices=["vi", "en"], default="vi", help="of refusals; default: vi")
    made.add_argument("--json", action="store_true", help="the API's answer as it is")
    commands = made.add_subparsers(dest="command", required=True)
    commands.add_parser("list", help="all of them with their places, by code")
    for command, text in HELP.items():
        one = commands.add_parser(command, help=text)
        one.add_argument("code")
        if command in {"create", "change"}:
            _add_rules(one)
        if command == "create":
            one.add_argument("--paused", action="store_true", help="it is resumed later")
        if command == "redemptions":
            one.add_argument("--most", type=int, default=100, metavar="N", help="no more than this; default: 100")
    return made


def _add_rules(command: argparse.ArgumentParser) -> None:
    for name, (option, read, metavar, text) in RULES.items():
        command.add_argument(option, dest=name, type=read, metavar=metavar, help=text)
    for option, value, text in (
        ("--first-purchase", True, "only for accounts that have bought nothing yet"),
        ("--all-purchases", False, "for all again"),
    ):
        command.add_argument(option, dest="first_purchase_only", action="store_const", const=value, help=text)


if __name__ == "__main__":
    sys.exit(main())
