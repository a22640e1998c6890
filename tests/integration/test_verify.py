"""What is stored is derived again from what it came from; whatever was tampered with is told, and where to look."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from billing.adapters import aws
from billing.adapters.dynamodb.mapper import from_item
from operations.verify import Facts, Progress, differences, read_table
from operations.verify.__main__ import main
from tests.support.shop import COMPANY, TABLE, Shop, open_shop

Item = dict[str, Any]
Stored = dict[tuple[str, str], Item]


def fill(shop: Shop) -> None:
    """Purchases, coupons, documents of two series, use and holds."""
    buyer, service = shop.buyer(), shop.service()
    buyer.paid("k1", coupon_code="GIAM20", quantity=3)
    shop.advance(minutes=1)
    buyer.paid("k2", invoice=COMPANY)
    shop.advance(minutes=1)
    buyer.paid("k3", coupon_code="GIAM20")
    buyer.order("k4", coupon_code="GIAM20")
    service.use(1_000, "u1")
    service.commit(service.hold(500, "h1").json["id"], 400)
    service.release(service.hold(500, "h2").json["id"])
    service.hold(50, "h3")


@pytest.fixture
def busy(shop: Shop) -> Shop:
    """A shop where much has happened."""
    fill(shop)
    return shop


@pytest.fixture(scope="module")
def written(moto_engine: None) -> list[Item]:
    """The items of such a shop."""
    with open_shop() as shop:
        fill(shop)
        return shop.items("")


@pytest.fixture
def stored(written: list[Item]) -> Stored:
    """The items by their keys, to be tampered with."""
    return {(item["pk"]["S"], item["sk"]["S"]): item for item in written}


def found(stored: Stored) -> list[str]:
    """The differences, in words."""
    facts = Facts()
    for item in stored.values():
        facts.add(from_item(item))
    return [str(each) for each in differences(facts)]


def items(stored: Stored, partition: str, sort: str = "") -> list[Item]:
    """The items whose keys begin so."""
    return [item for (pk, sk), item in stored.items() if pk.startswith(partition) and sk.startswith(sort)]


def put(stored: Stored, item: Item, **changes: Any) -> None:
    """Stores an item with changes, past the system."""
    changed = {**item, **changes}
    stored[changed["pk"]["S"], changed["sk"]["S"]] = changed


def delete(stored: Stored, item: Item) -> None:
    """Deletes past the system."""
    del stored[item["pk"]["S"], item["sk"]["S"]]


def tokens_grant(stored: Stored) -> Item:
    """The grant that was used from."""
    return next(item for item in items(stored, "ACCOUNT#", "GRANT#") if item["used"]["M"])


def count_more(stored: Stored) -> None:
    put(stored, tokens_grant(stored), used={"M": {"0": {"N": "1451"}}})


def lose_an_entry(stored: Stored) -> None:
    delete(stored, next(item for item in items(stored, "USAGE#") if item["status"]["S"] == "used"))


def lose_a_hold(stored: Stored) -> None:
    delete(stored, items(stored, "ACCOUNT#", "HOLD#")[0])


def take_back_without_a_line(stored: Stored) -> None:
    put(stored, tokens_grant(stored), taken_back={"M": {"1": {"N": "7"}}})


def take_back_what_was_used(stored: Stored) -> None:
    put(stored, tokens_grant(stored), taken_back={"M": {"0": {"N": "1999000"}}})


def credit_twice(stored: Stored) -> None:
    grant = tokens_grant(stored)
    put(stored, grant, sk={"S": grant["sk"]["S"].replace("GRANT#2", "GRANT#3")}, used={"M": {}})


def credit_nothing(stored: Stored) -> None:
    delete(stored, next(item for item in items(stored, "ACCOUNT#", "GRANT#") if item["feature"]["S"] == "seats"))


def take_a_place_too_many(stored: Stored) -> None:
    put(stored, items(stored, "COUPON#GIAM20", "COUPON")[0], taken={"N": "4"})


def confirm_once_too_often(stored: Stored) -> None:
    put(stored, items(stored, "COUPON#GIAM20", "COUPON")[0], confirmed={"N": "3"})


def miscount_an_account(stored: Stored) -> None:
    put(stored, items(stored, "COUPON#GIAM20", "ACCOUNT#")[0], taken={"N": "2"})


def leave_a_gap(stored: Stored) -> None:
    delete(stored, items(stored, "INVOICE#")[0])


def number_beyond(stored: Stored) -> None:
    put(stored, items(stored, "SERIES#")[0], last_number={"N": "9"})


def issue_out_of_order(stored: Stored) -> None:
    receipts = [item for item in items(stored, "INVOICE#") if item["kind"]["S"] == "receipt"]
    put(stored, max(receipts, key=lambda item: int(item["number"]["N"])), issued_at={"S": "2020-01-01T00:00:00Z"})


TAMPERED: list[tuple[Callable[[Stored], None], str]] = [
    (count_more, "used: "),
    (lose_an_entry, "used: "),
    (lose_a_hold, "hold: "),
    (take_back_without_a_line, "taken back: "),
    (take_back_what_was_used, "taken beyond the grant: "),
    (credit_twice, "credited: "),
    (credit_nothing, "credited: "),
    (take_a_place_too_many, "coupon: GIAM20: stored 4, derived 3"),
    (confirm_once_too_often, "coupon: GIAM20 confirmed: stored 3, derived 2"),
    (miscount_an_account, "coupon: GIAM20 acc-1: stored 2, derived 3"),
    (leave_a_gap, "numbers: "),
    (number_beyond, "numbers: "),
    (issue_out_of_order, "issue order: "),
]


def test_a_busy_shop_agrees(stored: Stored) -> None:
    assert found(stored) == []


@pytest.mark.parametrize(("tamper", "told"), TAMPERED, ids=[tamper.__name__ for tamper, _ in TAMPERED])
def test_what_was_tampered_with_is_told(stored: Stored, tamper: Callable[[Stored], None], told: str) -> None:
    tamper(stored)
    (*_, last) = [line for line in found(stored) if line.startswith(told)]
    assert "; look at " in last


def test_the_command_tells_and_exits_with_one(busy: Shop, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--table", TABLE]) == 0
    told = capsys.readouterr()
    assert "everything agrees" in told.out
    assert "segment 1 of 1: " in told.err
    grant = next(item for item in busy.items("ACCOUNT#acc-1") if item.get("used", {}).get("M"))
    aws.client("dynamodb").put_item(TableName=TABLE, Item={**grant, "used": {"M": {"0": {"N": "1451"}}}})
    assert main(["--table", TABLE, "--segments", "3"]) == 1
    told = capsys.readouterr()
    assert "used: ACCOUNT#acc-1 GRANT#" in told.out
    assert "1 differences" in told.out
    assert "segment 3 of 3: " in told.err


def test_one_account_is_derived_again_without_reading_the_others(
    busy: Shop, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    busy.buyer("acc-2", address="minh@khach.example").paid()
    monkeypatch.setattr("operations.verify.__main__.read_table", None)
    grant = next(item for item in busy.items("ACCOUNT#acc-1") if item.get("used", {}).get("M"))
    aws.client("dynamodb").put_item(TableName=TABLE, Item={**grant, "used": {"M": {"0": {"N": "1451"}}}})
    other = next(item for item in busy.items("ACCOUNT#acc-2") if item.get("feature", {}).get("S") == "tokens")
    aws.client("dynamodb").delete_item(TableName=TABLE, Key={"pk": other["pk"], "sk": other["sk"]})
    assert main(["--table", TABLE, "--account", "acc-1"]) == 1
    told = capsys.readouterr().out
    assert "used: ACCOUNT#acc-1 GRANT#" in told
    assert "1 differences" in told
    assert main(["--table", TABLE, "--account", "acc-2"]) == 1
    assert "credited: " in capsys.readouterr().out
    assert main(["--table", TABLE, "--account", "acc-3"]) == 0


def test_a_table_that_is_not_there_is_told(shop: Shop, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--table", "another"]) == 2
    assert "ResourceNotFoundException" in capsys.readouterr().err
    assert main(["--table", ""]) == 2
    assert "give --table" in capsys.readouterr().err


def test_a_reading_that_was_cut_off_goes_on(busy: Shop, tmp_path: Path) -> None:
    kept = tmp_path / "facts.json"
    client = aws.client("dynamodb")
    whole = read_table(client, TABLE)

    def stop_in_the_third(progress: Progress) -> None:
        if progress.segment == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        read_table(client, TABLE, segments=4, kept=kept, tell=stop_in_the_third)
    segments: list[int] = []
    facts = read_table(client, TABLE, segments=4, kept=kept, tell=lambda progress: segments.append(progress.segment))
    assert segments == [3, 4]
    assert facts.items == whole.items
    assert differences(facts) == []
    assert read_table(client, TABLE, segments=4, kept=kept).items == whole.items, "the next run begins anew"
