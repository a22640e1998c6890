"""Publishing catalog.yaml to a table made from the template: repeatable, resumable, and safe between operators."""

import io
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from billing.adapters import aws
from billing.adapters.dynamodb import client
from billing.adapters.dynamodb.client import Table
from billing.adapters.dynamodb.keys import catalogue_key, coupon_key, plan_version_key
from billing.domain.plans import catalogue_from_document
from operations.catalogue import (
    CatalogueConflict,
    CatalogueRefused,
    apply_catalogue,
    publish,
    read_catalogue,
    read_stored,
)
from operations.catalogue.__main__ import main
from operations.catalogue.reading import canonical
from tests.support.catalogues import edited, write_catalogue
from tests.support.template import table_definition

NAME = "goi-catalogue-test"

PRICE = ("amount: 299_000", "amount: 319_000")
NEW_VERSION = ("    version: 3\n", "    version: 4\n")
NEW_PHONE = ("  email: ketoan@vidu.example\n", "  email: ketoan@vidu.example\n  phone: 024 0000 0000\n")
NEW_CAP = ("cap: 50_000", "cap: 60_000")
WITHOUT_GIAM10 = ("  - {code: GIAM10, kind: percent, percent_bp: 1000, cap: 50_000}\n", "")


@pytest.fixture
def table(moto_engine: None) -> Iterator[Table]:
    """An empty table as deployed."""
    engine = aws.client("dynamodb")
    engine.create_table(TableName=NAME, **table_definition())
    yield Table(NAME, engine)
    engine.delete_table(TableName=NAME)


@pytest.fixture
def file(tmp_path: Path) -> Callable[..., Path]:
    """Writes catalog.yaml with some edits."""
    return lambda *edits: write_catalogue(tmp_path, edited(*edits))


def everything(table: Table) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = table.client.scan(TableName=NAME)["Items"]
    return sorted(items, key=lambda item: (item["pk"]["S"], item["sk"]["S"]))


def take(table: Table, code: str, count: int) -> None:
    """Orders take places of a coupon."""
    table.write(table.update(coupon_key(code), "ADD taken :count", count=count))


def coupon(table: Table, code: str) -> dict[str, Any]:
    found = table.get(coupon_key(code))
    assert found
    return found


def current(table: Table) -> dict[str, Any]:
    found = table.get(catalogue_key())
    assert found
    return found


def test_first_publication_stores_what_the_functions_read(table: Table, file: Callable[..., Path]) -> None:
    summary = apply_catalogue(table.client, NAME, file())
    assert (summary.revision, summary.published) == (1, True)
    assert summary.versions == (("free", 1), ("pro", 3), ("enterprise", 1), ("more", 2))
    assert summary.coupons == ("GIAM10", "MUNG")
    catalogue = catalogue_from_document(json.loads(current(table)["document"]))
    assert catalogue.plan("pro").price("month") == 299_000
    assert coupon(table, "GIAM10")["taken"] == 0
    version = table.get(plan_version_key("pro", 3))
    assert version
    assert json.loads(version["document"])["id"] == "pro"


def test_publishing_again_writes_nothing(table: Table, file: Callable[..., Path]) -> None:
    apply_catalogue(table.client, NAME, file())
    before = everything(table)
    summary = apply_catalogue(table.client, NAME, file())
    assert not summary.changed
    assert summary.revision == 1
    assert everything(table) == before


def test_changed_plan_with_its_old_version_is_refused_and_nothing_is_written(
    table: Table, file: Callable[..., Path]
) -> None:
    apply_catalogue(table.client, NAME, file())
    before = everything(table)
    with pytest.raises(CatalogueRefused, match=r'catalog.yaml:28: plans\[1\].version: .*version 3 of "pro"'):
        apply_catalogue(table.client, NAME, file(PRICE, NEW_PHONE, NEW_CAP))
    assert everything(table) == before


def test_changed_add_on_with_its_old_version_is_refused(table: Table, file: Callable[..., Path]) -> None:
    apply_catalogue(table.client, NAME, file())
    with pytest.raises(CatalogueRefused, match=r'addons\[0\].version: .*version 2 of "more"'):
        apply_catalogue(table.client, NAME, file(("price: 50_000", "price: 60_000")))
    raised = file(("id: more, version: 2", "id: more, version: 3"), ("price: 50_000", "price: 60_000"))
    assert apply_catalogue(table.client, NAME, raised).versions == (("more", 3),)


def test_raised_version_is_published_beside_the_old_one(table: Table, file: Callable[..., Path]) -> None:
    apply_catalogue(table.client, NAME, file())
    old = table.get(plan_version_key("pro", 3))
    summary = apply_catalogue(table.client, NAME, file(PRICE, NEW_VERSION))
    assert (summary.revision, summary.versions, summary.coupons) == (2, (("pro", 4),), ())
    assert table.get(plan_version_key("pro", 3)) == old
    assert catalogue_from_document(json.loads(current(table)["document"])).plan("pro").price("month") == 319_000


def test_going_back_to_an_earlier_version_needs_its_earlier_content(table: Table, file: Callable[..., Path]) -> None:
    apply_catalogue(table.client, NAME, file())
    apply_catalogue(table.client, NAME, file(PRICE, NEW_VERSION))
    assert apply_catalogue(table.client, NAME, file()).revision == 3
    with pytest.raises(CatalogueRefused, match="a published version never changes"):
        apply_catalogue(table.client, NAME, file(("amount: 299_000", "amount: 1"), NEW_VERSION))


def test_counter_is_never_touched(table: Table, file: Callable[..., Path]) -> None:
    """T28's ground: a coupon edited while orders take its places keeps count of them."""
    apply_catalogue(table.client, NAME, file())
    take(table, "GIAM10", 7)
    apply_catalogue(table.client, NAME, file(NEW_CAP))
    assert (coupon(table, "GIAM10")["taken"], coupon(table, "GIAM10")["cap"]) == (7, 60_000)


def test_order_between_reading_and_writing_is_counted(table: Table, file: Callable[..., Path]) -> None:
    apply_catalogue(table.client, NAME, file())
    publication = read_catalogue(file(NEW_CAP))
    stored = read_stored(table, publication)
    take(table, "GIAM10", 1)
    publish(table, publication, stored)
    assert coupon(table, "GIAM10")["taken"] == 1


def test_removed_coupon_is_paused_and_comes_back_with_its_count(table: Table, file: Callable[..., Path]) -> None:
    apply_catalogue(table.client, NAME, file())
    take(table, "GIAM10", 2)
    summary = apply_catalogue(table.client, NAME, file(WITHOUT_GIAM10))
    assert (summary.paused, coupon(table, "GIAM10")["paused"]) == (("GIAM10",), True)
    assert not apply_catalogue(table.client, NAME, file(WITHOUT_GIAM10)).changed
    assert apply_catalogue(table.client, NAME, file()).coupons == ("GIAM10",)
    assert (coupon(table, "GIAM10")["paused"], coupon(table, "GIAM10")["taken"]) == (False, 2)


def test_coupon_of_somebody_else_is_left_alone(table: Table, file: Callable[..., Path]) -> None:
    """What was never in a published file is not paused."""
    foreign = {"code": {"S": "OTHER"}, "paused": {"BOOL": False}, "taken": {"N": "1"}}
    table.write(table.put(coupon_key("OTHER"), foreign))
    apply_catalogue(table.client, NAME, file())
    assert coupon(table, "OTHER") == {
        "pk": "COUPON#OTHER",
        "sk": "COUPON",
        "code": "OTHER",
        "paused": False,
        "taken": 1,
    }


def test_digest_changes_with_the_document_only(table: Table, file: Callable[..., Path]) -> None:
    """It is the ETag of GET /plans: a new coupon does not make browsers fetch the plans again."""
    apply_catalogue(table.client, NAME, file())
    first = current(table)["digest"]
    apply_catalogue(table.client, NAME, file(NEW_CAP))
    assert (current(table)["digest"], current(table)["revision"]) == (first, 2)
    apply_catalogue(table.client, NAME, file(NEW_CAP, NEW_PHONE))
    assert current(table)["digest"] != first


def test_second_operator_does_not_overwrite_the_first(table: Table, file: Callable[..., Path]) -> None:
    apply_catalogue(table.client, NAME, file())
    slow = read_catalogue(file(NEW_CAP))
    seen = read_stored(table, slow)
    apply_catalogue(table.client, NAME, file(NEW_PHONE))
    before = everything(table)
    with pytest.raises(CatalogueConflict, match="look at the difference and apply again"):
        publish(table, slow, seen)
    assert everything(table) == before


def test_two_first_publications_do_not_overwrite_each_other(table: Table, file: Callable[..., Path]) -> None:
    slow = read_catalogue(file(NEW_PHONE))
    seen = read_stored(table, slow)
    apply_catalogue(table.client, NAME, file())
    with pytest.raises(CatalogueConflict, match="just published a catalogue"):
        publish(table, slow, seen)
    assert json.loads(current(table)["document"])["seller"]["phone"] == ""
    assert current(table)["revision"] == 1


def test_same_version_published_by_two_operators_with_different_content_is_a_conflict(
    table: Table, file: Callable[..., Path]
) -> None:
    apply_catalogue(table.client, NAME, file())
    slow = read_catalogue(file(PRICE, NEW_VERSION))
    seen = read_stored(table, slow)
    apply_catalogue(table.client, NAME, file(("amount: 299_000", "amount: 309_000"), NEW_VERSION))
    with pytest.raises(CatalogueConflict, match='another version 4 of plan "pro"'):
        publish(table, slow, seen)


class Interrupted(Exception):
    """The operator's connection broke."""


class Interfering:
    """The client, with something happening before its write number `at` (from 0)."""

    def __init__(self, engine: Any, at: int, happening: Callable[[], None]) -> None:
        self._client = engine
        self._left = at
        self._happening = happening

    def __getattr__(self, name: str) -> Any:
        call = getattr(self._client, name)
        return self._before(call) if name in {"put_item", "update_item", "transact_write_items"} else call

    def _before(self, call: Callable[..., Any]) -> Callable[..., Any]:
        def write(**request: Any) -> Any:
            self._left -= 1
            if self._left == -1:
                self._happening()
            return call(**request)

        return write


def interrupt() -> None:
    raise Interrupted


@pytest.mark.parametrize("at", range(6))
def test_publication_cut_off_anywhere_is_completed_by_the_next(
    table: Table, file: Callable[..., Path], at: int
) -> None:
    """Six writes: three plan versions, the published item, two coupons."""
    with pytest.raises(Interrupted):
        apply_catalogue(Interfering(table.client, at, interrupt), NAME, file())
    apply_catalogue(table.client, NAME, file())
    cut_off = everything(table)
    assert current(table)["revision"] == 1
    assert {item["code"] for item in (coupon(table, "GIAM10"), coupon(table, "MUNG"))} == {"GIAM10", "MUNG"}
    assert not apply_catalogue(table.client, NAME, file()).changed
    assert everything(table) == cut_off


def test_coupon_published_before_a_cut_is_paused_when_it_is_taken_out(table: Table, file: Callable[..., Path]) -> None:
    with pytest.raises(Interrupted):
        apply_catalogue(Interfering(table.client, 6, interrupt), NAME, file())
    assert apply_catalogue(table.client, NAME, file(WITHOUT_GIAM10)).paused == ("GIAM10",)


def test_older_publication_that_is_still_running_loses_to_the_newer(table: Table, file: Callable[..., Path]) -> None:
    """The other operator publishes between our published item and our coupons."""
    apply_catalogue(table.client, NAME, file())
    newest = read_catalogue(file(("cap: 50_000", "cap: 90_000")))

    def other_operator() -> None:
        publish(table, newest, read_stored(table, newest))

    with pytest.raises(CatalogueConflict, match="coupon GIAM10"):
        apply_catalogue(Interfering(table.client, 1, other_operator), NAME, file(NEW_CAP))
    assert coupon(table, "GIAM10")["cap"] == 90_000
    assert current(table)["revision"] == 3


def test_more_items_than_one_batch_holds(
    table: Table, file: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client, "BATCH_LIMIT", 1)
    assert len(apply_catalogue(table.client, NAME, file()).coupons) == 2
    assert not apply_catalogue(table.client, NAME, file()).changed


def test_failure_of_the_table_is_no_conflict(table: Table, file: Callable[..., Path]) -> None:
    with pytest.raises(ClientError, match="ResourceNotFound"):
        apply_catalogue(table.client, "no-such-table", file())


# --- the command -----------------------------------------------------------------------------------------------------


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    """A command's exit code, output and errors."""
    code = main(arguments)
    printed = capsys.readouterr()
    return code, printed.out, printed.err


def test_check_needs_no_table(file: Callable[..., Path], capsys: pytest.CaptureFixture[str]) -> None:
    path = str(file())
    assert run(capsys, "check", "--file", path) == (0, f"{path}: 3 plans and 2 coupons, nothing to object to\n", "")


def test_check_prints_every_refusal(file: Callable[..., Path], capsys: pytest.CaptureFixture[str]) -> None:
    code, _, errors = run(
        capsys, "check", "--file", str(file(("currency: VND", "currency: USD"), ("rank: 10", "rnak: 1")))
    )
    assert code == 2
    assert [line.split(":", 1)[1] for line in errors.splitlines()] == [
        '1: currency: expected "VND", got "USD"',
        "26: plans[1].rank: missing; expected a whole number",
        '28: plans[1].rnak: unknown key; did you mean "rank"?',
    ]


def test_commands_without_a_table_say_how_to_name_it(
    file: Callable[..., Path], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("TABLE_NAME", raising=False)
    assert run(capsys, "diff", "--file", str(file())) == (2, "", "no table: give --table NAME or set TABLE_NAME\n")


def test_diff_says_what_would_change_and_by_its_exit_code_that_it_would(
    table: Table, file: Callable[..., Path], capsys: pytest.CaptureFixture[str]
) -> None:
    apply_catalogue(table.client, NAME, file())
    take(table, "GIAM10", 2)
    assert run(capsys, "diff", "--table", NAME, "--file", str(file())) == (
        0,
        f"{NAME}: revision 1\nno difference\n",
        "",
    )
    path = file(
        PRICE, NEW_VERSION, NEW_PHONE, NEW_CAP, ("rate_bp: 1000}", "rate_bp: 800}"), ("plans: [pro]", "plans: null")
    )
    code, output, _ = run(capsys, "diff", "--table", NAME, "--file", str(path))
    assert code == 1
    assert output.splitlines() == [
        f"{NAME}: revision 1",
        "~ plan pro",
        "    ~ version: 3 -> 4",
        "    ~ prices.month.amount: 299.000 ₫ -> 319.000 ₫",
        "~ seller, taxes and series",
        "    ~ tax_rates.2027-01-01.rate_bp: 10% -> 8%",
        "    ~ seller.phone: nothing -> 024 0000 0000",
        "~ coupon GIAM10 (taken 2)",
        "    ~ cap: 50.000 ₫ -> 60.000 ₫",
        "~ coupon MUNG (taken 0)",
        "    ~ plans: pro -> none",
    ]
    assert current(table)["revision"] == 1


def test_diff_of_an_unraised_version_shows_the_change_and_refuses(
    table: Table, file: Callable[..., Path], capsys: pytest.CaptureFixture[str]
) -> None:
    apply_catalogue(table.client, NAME, file())
    code, output, errors = run(capsys, "diff", "--table", NAME, "--file", str(file(PRICE)))
    assert code == 2
    assert "299.000 ₫ -> 319.000 ₫" in output
    assert "expected a higher version" in errors


def test_apply_with_yes_reports_what_it_did(
    table: Table, file: Callable[..., Path], capsys: pytest.CaptureFixture[str]
) -> None:
    code, output, _ = run(capsys, "apply", "--yes", "--table", NAME, "--file", str(file()))
    assert code == 0
    assert "stored plan pro version 3\n" in output
    assert output.endswith("stored coupon GIAM10\nstored coupon MUNG\npublished revision 1\n")
    code, output, _ = run(capsys, "apply", "--yes", "--table", NAME, "--file", str(file(WITHOUT_GIAM10)))
    assert (code, output.splitlines()[-2:]) == (0, ["paused coupon GIAM10", "published revision 2"])
    code, output, _ = run(capsys, "apply", "--table", NAME, "--file", str(file(WITHOUT_GIAM10)))
    assert (code, output) == (0, f"{NAME}: revision 2\nno difference\nnothing to do\n")


class Terminal(io.StringIO):
    """Somebody who types."""

    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(("answer", "code", "revision"), [("y\n", 0, 1), ("Yes\n", 0, 1), ("\n", 2, 0), ("n\n", 2, 0)])
def test_apply_asks_first(
    table: Table,
    file: Callable[..., Path],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    answer: str,
    code: int,
    revision: int,
) -> None:
    monkeypatch.setattr("sys.stdin", Terminal(answer))
    assert run(capsys, "apply", "--table", NAME, "--file", str(file()))[0] == code
    assert (table.get(catalogue_key()) or {"revision": 0})["revision"] == revision


def test_apply_with_nobody_to_ask_changes_nothing(
    table: Table, file: Callable[..., Path], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("y\n"))
    code, _, errors = run(capsys, "apply", "--table", NAME, "--file", str(file()))
    assert (code, errors) == (2, "nobody to ask: give --yes\nnothing was changed\n")
    assert everything(table) == []


def test_failures_of_aws_are_told_without_a_trace(
    table: Table, file: Callable[..., Path], capsys: pytest.CaptureFixture[str]
) -> None:
    code, _, errors = run(capsys, "diff", "--table", "no-such-table", "--file", str(file()))
    assert code == 2
    assert errors.startswith("AWS: An error occurred (ResourceNotFoundException)")


def test_published_text_is_canonical(table: Table, file: Callable[..., Path]) -> None:
    apply_catalogue(table.client, NAME, file())
    text = current(table)["document"]
    assert text == canonical(json.loads(text))
