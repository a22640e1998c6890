"""docs/events.md shows bodies as they are sent."""

import json
import re
from collections.abc import Iterator

import pytest

from billing.domain.events import TYPES
from tests.support.outgoing import Json, Receiver, add_endpoint, look, receiver, sweep
from tests.support.shop import Shop, open_shop
from tests.support.template import ROOT

PAGE = (ROOT / "docs/events.md").read_text("utf-8")


@pytest.fixture
def product() -> Iterator[Receiver]:
    """The product behind."""
    with receiver() as running:
        yield running


@pytest.fixture
def shop(moto_engine: None) -> Iterator[Shop]:
    """A shop of one machine."""
    with open_shop(STAGE="local") as running:
        yield running


def sent(shop: Shop, product: Receiver) -> dict[str, Json]:
    """What a purchase of three months of a plan with two quotas brings, by type."""
    add_endpoint(shop, product.url)
    shop.buyer().paid("key-1", plan_id="starter", quantity=2)
    look(shop)
    shop.advance(days=55)
    sweep(shop)
    look(shop)
    return {one.event["type"]: one.event for one in product.arrived}


def test_the_examples_are_what_is_sent(shop: Shop, product: Receiver) -> None:
    bodies = sent(shop, product)
    shown = [json.loads(block) for block in re.findall(r"```json\n(.*?)```", PAGE, re.DOTALL)]
    assert {body["type"] for body in shown} == {"order.fulfilled", "quota.granted", "subscription.expiring"}
    for body in shown:
        assert bodies[body["type"]] == body


def test_every_type_is_described() -> None:
    rows = re.findall(r"^\| ([a-z_., ]+) \|", PAGE.split("## Types")[1].split("##")[0], re.MULTILINE)
    assert {name.strip() for row in rows for name in row.split(",")} - {"type"} == set(TYPES)
