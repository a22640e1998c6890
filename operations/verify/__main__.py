"""python -m operations.verify: derives balances, coupon counts and document numbers again (docs/operations.md)."""

import argparse
import json
import os
import sys
import urllib.error
import urllib.request
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from operations.verify import Difference, Facts, Progress, differences, read_account, read_table

RIGHT, DIFFERENT, FAILED = 0, 1, 2
"""Exit codes, as of diff(1)."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Verify; the exit code."""
    options = _parser().parse_args(arguments)
    try:
        if options.running:
            return _running(options.running)
        if not options.table:
            print("no table: give --table NAME, set TABLE_NAME, or name a system with --running", file=sys.stderr)
            return FAILED
        return _table(options)
    except (ClientError, BotoCoreError) as error:
        print(f"AWS: {error}", file=sys.stderr)
    except (urllib.error.URLError, TimeoutError) as error:
        print(f"{options.running}: {error}; is it running?", file=sys.stderr)
    return FAILED


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m operations.verify", description=__doc__)
    parser.add_argument("--table", default=os.environ.get("TABLE_NAME"), help="default: $TABLE_NAME")
    parser.add_argument("--account", help="only the balances and credits of this account, without reading the table")
    parser.add_argument("--endpoint", help="address of DynamoDB, if it is not AWS's own")
    parser.add_argument("--segments", type=int, default=1, help="read the table in so many segments (default 1)")
    parser.add_argument("--keep", type=Path, help="file that keeps what was read, so that a cut-off run goes on")
    parser.add_argument("--running", help="address of a system that `make run` started, instead of a table")
    return parser


def _table(options: argparse.Namespace) -> int:
    """Reads twice where something differs: what was being written at the first time agrees at the second."""
    facts = _read(options)
    found = differences(facts)
    if found:
        print(f"{len(found)} differences; reading again, in case they were being written", file=sys.stderr)
        again = _read(options)
        stays = set(map(str, differences(again)))
        found = [difference for difference in found if str(difference) in stays]
    return _report(facts.items, [str(difference) for difference in found])


def _read(options: argparse.Namespace) -> Facts:
    client = boto3.client("dynamodb", endpoint_url=options.endpoint)
    if options.account:
        return read_account(client, options.table, options.account)
    return read_table(client, options.table, segments=options.segments, kept=options.keep, tell=_tell)


def _running(address: str) -> int:
    request = urllib.request.Request(f"{address.rstrip('/')}/local/verify", method="POST")  # noqa: S310 - given by hand
    with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310
        content: dict[str, Any] = json.load(answer)
    return _report(content["items"], [str(Difference(**each)) for each in content["differences"]])


def _report(items: int, found: list[str]) -> int:
    for difference in found:
        print(difference)
    print(f"{items} items read, {len(found)} differences" if found else f"{items} items read, everything agrees")
    return DIFFERENT if found else RIGHT


def _tell(progress: Progress) -> None:
    where = f"segment {progress.segment} of {progress.segments}"
    print(f"{where}: {progress.items} items, {progress.rate} a second", file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())
