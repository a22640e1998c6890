"""python -m operations.catalogue check|diff|apply: see docs/catalogue.md."""

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from billing.adapters.dynamodb.client import Table
from operations.catalogue import (
    CatalogueConflict,
    CatalogueRefused,
    Publication,
    Summary,
    publish,
    read_catalogue,
    read_stored,
)
from operations.catalogue.difference import differences, render
from operations.catalogue.store import check_coupons, check_versions, paused_by_operators

DONE, DIFFERENT, FAILED = 0, 1, 2
"""Exit codes, as of diff(1)."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; its exit code."""
    options = _parser().parse_args(arguments)
    try:
        publication = read_catalogue(options.file)
        if options.command == "check":
            print(f"{options.file}: {_counted(publication)}, nothing to object to")
            return DONE
        if not options.table:
            print("no table: give --table NAME or set TABLE_NAME", file=sys.stderr)
            return FAILED
        return _against_table(options, publication, Table(options.table, boto3.client("dynamodb")))
    except (CatalogueRefused, CatalogueConflict) as error:
        print(error, file=sys.stderr)
    except (ClientError, BotoCoreError) as error:
        print(f"AWS: {error}", file=sys.stderr)
    return FAILED


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m operations.catalogue", description=__doc__)
    parser.add_argument("command", choices=["check", "diff", "apply"])
    parser.add_argument("--file", type=Path, default=Path("catalog.yaml"), help="default: catalog.yaml")
    parser.add_argument("--table", default=os.environ.get("TABLE_NAME"), help="default: $TABLE_NAME")
    parser.add_argument("--yes", action="store_true", help="apply without asking")
    return parser


def _against_table(options: argparse.Namespace, publication: Publication, table: Table) -> int:
    stored = read_stored(table, publication)
    sections = differences(publication, stored)
    print(f"{table.name}: {f'revision {stored.revision}' if stored.revision else 'nothing published yet'}")
    print(render(sections) if sections else "no difference")
    for code, operator in paused_by_operators(publication, stored).items():
        print(f"coupon {code} is paused by {operator} and stays so")
    check_versions(publication, stored)
    check_coupons(publication, stored)
    if options.command == "diff":
        return DIFFERENT if sections else DONE
    if sections and not options.yes and not _confirmed():
        print("nothing was changed", file=sys.stderr)
        return FAILED
    _report(publish(table, publication, stored))
    return DONE


def _confirmed() -> bool:
    if not sys.stdin.isatty():
        print("nobody to ask: give --yes", file=sys.stderr)
        return False
    return input("Apply? [y/N] ").strip().lower() in {"y", "yes"}


def _report(summary: Summary) -> None:
    for plan_id, version in summary.versions:
        print(f"stored plan {plan_id} version {version}")
    for code in summary.coupons:
        print(f"stored coupon {code}")
    for code in summary.paused:
        print(f"paused coupon {code}")
    print(f"published revision {summary.revision}" if summary.changed else "nothing to do")


def _counted(publication: Publication) -> str:
    return f"{len(publication.document['plans'])} plans and {len(publication.coupons)} coupons"


if __name__ == "__main__":
    sys.exit(main())
