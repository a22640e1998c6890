"""Who may know whom: domain <- service <- adapters <- functions; and what belongs to whom alone."""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TypeVar

import pytest

from tests.support.template import ROOT

BILLING = ROOT / "layers/common/billing"
FUNCTIONS = ROOT / "functions"
STANDARD = frozenset(sys.stdlib_module_names)
INPUT_OUTPUT = frozenset(
    {"asyncio", "http", "multiprocessing", "os", "pathlib", "random", "secrets", "shutil", "socket"}
    | {"sqlite3", "ssl", "subprocess", "tempfile", "threading", "time", "urllib"}
)
AWS = frozenset({"boto3", "botocore", "aws_lambda_powertools"})
DOCUMENTS = frozenset({"jinja2", "typst"})
DEVELOPMENT = frozenset({"bench", "lint", "local", "operations", "packing", "tests"})
Node = TypeVar("Node", bound=ast.AST)
MONEY = ("money", "pricing", "coupons", "plans", "orders", "invoices", "quotas", "words")


def sources(folder: Path) -> list[Path]:
    """The Python files under a folder."""
    return sorted(folder.rglob("*.py"))


def name_of(path: object) -> str:
    """A path as a test's name."""
    return str(path.relative_to(ROOT)) if isinstance(path, Path) else str(path)


def imported(path: Path) -> Iterator[str]:
    """The modules that a file imports, wherever it does so; `from a import b` counts as a.b too."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "relative import"
            assert node.module
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def packages(path: Path) -> set[str]:
    """The top-level packages that a file imports."""
    return {module.partition(".")[0] for module in imported(path)}


def layers(path: Path) -> set[str]:
    """The layers of `billing` that a file imports from."""
    return {module.split(".")[1] for module in imported(path) if module.startswith("billing.")}


@pytest.mark.parametrize("path", sources(BILLING / "domain"), ids=name_of)
def test_the_domain_knows_the_standard_library_tax_codes_and_itself(path: Path) -> None:
    assert packages(path) <= STANDARD | {"stdnum", "billing"}
    assert layers(path) <= {"domain"}


@pytest.mark.parametrize("path", sources(BILLING / "domain"), ids=name_of)
def test_the_domain_does_no_input_or_output_and_reads_no_clock(path: Path) -> None:
    assert not packages(path) & INPUT_OUTPUT - {"urllib"}
    assert "urllib.request" not in imported(path)
    calls = {node.func.attr for node in walk(path, ast.Call) if isinstance(node.func, ast.Attribute)}
    assert not calls & {"now", "utcnow", "today"}


@pytest.mark.parametrize("path", sources(BILLING / "service"), ids=name_of)
def test_use_cases_know_the_domain_and_ports_only(path: Path) -> None:
    assert packages(path) <= STANDARD | {"billing"}
    assert layers(path) <= {"domain", "service"}
    assert not packages(path) & INPUT_OUTPUT
    calls = {node.func.attr for node in walk(path, ast.Call) if isinstance(node.func, ast.Attribute)}
    assert not calls & {"utcnow", "today"}


@pytest.mark.parametrize("path", sources(BILLING), ids=name_of)
def test_what_is_deployed_knows_nothing_of_development(path: Path) -> None:
    assert not packages(path) & (DEVELOPMENT | DOCUMENTS)


@pytest.mark.parametrize("path", sources(FUNCTIONS), ids=name_of)
def test_functions_know_nothing_of_development(path: Path) -> None:
    assert not packages(path) & DEVELOPMENT


@pytest.mark.parametrize("path", [*sources(BILLING), *sources(FUNCTIONS)], ids=name_of)
def test_aws_is_reached_through_adapters_only(path: Path) -> None:
    if BILLING / "adapters" not in path.parents:
        assert not packages(path) & AWS


@pytest.mark.parametrize("path", sources(FUNCTIONS), ids=name_of)
def test_documents_libraries_belong_to_the_function_that_sends_them(path: Path) -> None:
    if FUNCTIONS / "send_reminder" in path.parents:
        assert not packages(path) & (DOCUMENTS - {"jinja2"})
    elif FUNCTIONS / "send_invoice" not in path.parents:
        assert not packages(path) & DOCUMENTS


@pytest.mark.parametrize("path", sorted(FUNCTIONS.glob("*/app.py")), ids=name_of)
def test_a_handler_is_of_one_screen(path: Path) -> None:
    (handler,) = [node for node in walk(path, ast.FunctionDef) if node.name == "handler"]
    assert length(handler) <= 12
    assert len(path.read_text("utf-8").splitlines()) <= 150


@pytest.mark.parametrize("path", sorted(FUNCTIONS.glob("*/app.py")), ids=name_of)
def test_a_handler_makes_no_client_when_it_is_imported(path: Path) -> None:
    assert not [node for node in walk(path, ast.Name) if node.id in {"boto3", "botocore"}]


@pytest.mark.parametrize("module", MONEY)
def test_money_is_never_a_float(module: str) -> None:
    path = BILLING / f"domain/{module}.py"
    assert not [node for node in walk(path, ast.Constant) if isinstance(node.value, float)]
    assert not [node.lineno for node in walk(path, ast.Name) if node.id in {"float", "round", "Decimal"}]
    assert not [node.lineno for node in walk(path, ast.BinOp) if isinstance(node.op, ast.Div)]


@pytest.mark.parametrize("path", [*sources(BILLING), *sources(FUNCTIONS)], ids=name_of)
def test_the_factor_of_vnpay_lives_in_its_adapter(path: Path) -> None:
    """T44: amounts times 100 for VNPAY only, never elsewhere."""
    if path.name != "vnpay.py":
        products = [node for node in walk(path, ast.BinOp) if isinstance(node.op, ast.Mult | ast.FloorDiv)]
        operands = [side for node in products for side in (node.left, node.right)]
        assert not [side.lineno for side in operands if isinstance(side, ast.Constant) and side.value == 100]


@pytest.mark.parametrize("path", [*sources(BILLING), *sources(FUNCTIONS)], ids=name_of)
def test_functions_are_short(path: Path) -> None:
    lengths = {node.name: length(node) for node in walk(path, ast.FunctionDef)}
    assert {name: lines for name, lines in lengths.items() if lines > 40} == {}


@pytest.mark.parametrize("path", sources(BILLING), ids=name_of)
def test_every_module_says_what_it_is_for(path: Path) -> None:
    text = path.read_text("utf-8")
    assert not text.strip() or ast.get_docstring(ast.parse(text))


def walk(path: Path, kind: type[Node]) -> list[Node]:
    """The nodes of a kind in a file."""
    return [node for node in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(node, kind)]


def length(function: ast.FunctionDef) -> int:
    """Lines of a function without its docstring."""
    first = function.body[1] if ast.get_docstring(function) and len(function.body) > 1 else function.body[0]
    return (function.end_lineno or function.lineno) - first.lineno + 1
