"""docs/catalogue.md explains every key that catalog.yaml may have, and no other."""

import re
import types
from pathlib import Path
from typing import Annotated, Any, Union, get_args, get_origin, get_type_hints

import pytest
from pydantic import BaseModel

from operations.catalogue import schema
from operations.catalogue.__main__ import _parser

DOCS = (Path(__file__).parents[3] / "docs" / "catalogue.md").read_text("utf-8")


def keys(model: type[BaseModel]) -> set[str]:
    return {field.alias or name for name, field in model.model_fields.items()}


def documented(heading: str) -> set[str]:
    """The keys in the table after a heading or a line of text."""
    table = DOCS.split(f"\n{heading}\n", 1)[1].split("|---|---|---|\n", 1)[1].split("\n\n", 1)[0]
    return set(re.findall(r"^\| `([^`]+)` \|", table, re.MULTILINE))


TABLES: list[tuple[str, list[type[BaseModel]]]] = [
    ("## The file", [schema.Catalogue]),
    ("### `tax_rates[]`", [schema.TaxRate]),
    ("### `seller`", [schema.Seller]),
    ("### `series`", [schema.Series]),
    ("`series.vat_invoice[]` and `series.receipt[]`:", [schema.InvoiceSeries, schema.ReceiptSeries]),
    ("### `plans[]`", [schema.Plan]),
    ("Texts (`name`, `description`, `highlights[]`) are given in both languages:", [schema.Name, schema.Text]),
    ("### `plans[].prices[]`", [schema.Price]),
    ("### `plans[].quotas[]`", [schema.Quota]),
    ("### `plans[].quotas[].rollover`", [schema.Rollover]),
    ("### `plans[].trial`", [schema.Trial]),
    ("### `addons[]`", [schema.Addon]),
    ("### `coupons[]`", [schema.Coupon]),
]


@pytest.mark.parametrize(("heading", "models"), TABLES)
def test_docs_list_exactly_the_keys_there_are(heading: str, models: list[type[BaseModel]]) -> None:
    for model in models:
        assert documented(heading) == keys(model)


def test_no_part_of_the_schema_is_left_out_above() -> None:
    assert {model for _, models in TABLES for model in models} == set(schema.Part.__subclasses__())


def innermost(hint: Any) -> tuple[Any, list[Any]]:
    """A hint without "or None" and without metadata; its metadata."""
    if get_origin(hint) in (Union, types.UnionType):
        hint = get_args(hint)[0]
    if get_origin(hint) is Annotated:
        bare, *metadata = get_args(hint)
        return bare, metadata
    return hint, []


def test_every_value_says_what_is_expected_of_it() -> None:
    for part in schema.Part.__subclasses__():
        for name, hint in get_type_hints(part, include_extras=True).items():
            if name == "model_config":
                continue
            bare, metadata = innermost(hint)
            plain = get_origin(bare) is not list and not (isinstance(bare, type) and issubclass(bare, BaseModel))
            if plain:
                assert any(isinstance(entry, schema.Expected) for entry in metadata), f"{part.__name__}.{name}"


def test_docs_name_every_option_of_the_command() -> None:
    options = {text for action in _parser()._actions for text in action.option_strings if text.startswith("--")}
    assert options - {"--help"} == set(re.findall(r"^\| `(--[a-z]+)` \|", DOCS, re.MULTILINE))
