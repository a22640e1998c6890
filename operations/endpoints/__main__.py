"""python -m operations.endpoints add|list|pause|resume|rotate|delete: see docs/events.md."""

import argparse
import json
import os
import sys
from collections.abc import Sequence
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.parse import quote, urlsplit
from urllib.request import ProxyHandler, Request, build_opener

DONE, REFUSED, FAILED = 0, 1, 2
"""Exit codes: done; the API refused; it could not be asked."""

SECONDS = 30
LOCAL = {"127.0.0.1", "localhost", "::1"}
CHANGES: dict[str, dict[str, Any]] = {
    "pause": {"status": "paused"},
    "resume": {"status": "active"},
    "rotate": {"rotate_secret": True},
}

Json = dict[str, Any]


class NotReached(Exception):
    """There is nobody to ask, or no token to ask with."""


class Refused(Exception):
    """The API said no, in its own words."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; its exit code."""
    options = parser().parse_args(arguments)
    try:
        for line in run(options):
            print(line)
    except Refused as refusal:
        print(refusal, file=sys.stderr)
        return REFUSED
    except NotReached as failure:
        print(failure, file=sys.stderr)
        return FAILED
    return DONE


def run(options: argparse.Namespace) -> list[str]:
    """What the API answered, as lines for people."""
    if options.command == "list":
        return [described(one) for one in call(options, "GET", "/admin/endpoints")["items"]]
    if options.command == "add":
        wanted = {"url": options.url, "types": options.types}
        return shown(call(options, "POST", "/admin/endpoints", wanted))
    path = f"/admin/endpoints/{quote(options.id, safe='')}"
    if options.command == "delete":
        return [f"deleted: {described(call(options, 'POST', f'{path}/delete'))}"]
    return shown(call(options, "POST", path, CHANGES[options.command]))


def shown(endpoint: Json) -> list[str]:
    """An endpoint, and its secret where the answer has one."""
    return [described(endpoint), *([f"secret {endpoint['secret']}"] if "secret" in endpoint else [])]


def described(endpoint: Json) -> str:
    """An endpoint in one line."""
    because = f" ({endpoint['paused_because']})" if endpoint["paused_because"] else ""
    failing = f"  failing since {endpoint['failing_since']}" if endpoint["failing_since"] else ""
    types = ", ".join(endpoint["types"]) or "all events"
    return f"{endpoint['id']}  {endpoint['status']}{because}  {endpoint['url']}  {types}{failing}"


def call(options: argparse.Namespace, method: str, path: str, body: Json | None = None) -> Json:
    """The JSON that the API answers."""
    parts = urlsplit(options.api or "")
    is_local = parts.scheme == "http" and parts.hostname in LOCAL
    if parts.scheme != "https" and not is_local:
        raise NotReached("give --api URL or set GOI_API: https, or http on this machine")
    if not options.token:
        raise NotReached("no token: set GOI_TOKEN or give --token")
    headers = {"authorization": f"Bearer {options.token}", "content-type": "application/json", "accept-language": "en"}
    data = None if body is None else json.dumps(body).encode()
    request = Request(options.api.rstrip("/") + path, data, headers, method=method)  # noqa: S310 - checked above
    opener = build_opener(*([ProxyHandler({})] if is_local else []))
    try:
        with opener.open(request, timeout=SECONDS) as answer:
            content: Json = json.loads(answer.read())
            return content
    except HTTPError as error:
        raise Refused(f"{error.code}: {error.read().decode(errors='replace')}") from None
    except (URLError, TimeoutError, ConnectionError, ValueError) as error:
        raise NotReached(f"{options.api}: {getattr(error, 'reason', error)}") from None


def parser() -> argparse.ArgumentParser:
    """The command line."""
    made = argparse.ArgumentParser(prog="python -m operations.endpoints", description=__doc__)
    made.add_argument("--api", default=os.environ.get("GOI_API"), help="the API's address; default: $GOI_API")
    made.add_argument("--token", default=os.environ.get("GOI_TOKEN"), help="an operator's token; default: $GOI_TOKEN")
    commands = made.add_subparsers(dest="command", required=True)
    commands.add_parser("list", help="every endpoint")
    add = commands.add_parser("add", help="a new endpoint; prints its secret")
    add.add_argument("url")
    add.add_argument("types", nargs="*", help="the events it gets; all if none is named")
    for name in (*CHANGES, "delete"):
        commands.add_parser(name, help=f"{name} an endpoint").add_argument("id")
    return made


if __name__ == "__main__":
    sys.exit(main())
