"""The client as a package of its own: it needs nothing of this repository and nothing but the standard library."""

import ast
import subprocess
import sys
import tomllib
from pathlib import Path

import goi
from tests.support.template import ROOT

PACKAGE = ROOT / "clients/python"
SOURCES = PACKAGE / "src/goi"


def test_it_imports_alone(tmp_path: Path) -> None:
    """-I: no environment, no site of the user, no current folder; -S: nothing that is installed."""
    code = f"import sys; sys.path.insert(0, {str(PACKAGE / 'src')!r}); import goi; print(goi.__version__)"
    ran = subprocess.run(
        [sys.executable, "-I", "-S", "-W", "error", "-c", code],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    assert ran.stdout.strip() == goi.__version__


def test_it_knows_the_standard_library_and_itself_only() -> None:
    for source in SOURCES.glob("*.py"):
        for node in ast.walk(ast.parse(source.read_text("utf-8"))):
            names = [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            names += [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            assert {name.partition(".")[0] for name in names} <= {*sys.stdlib_module_names, "goi"}, source


def test_what_is_published_is_declared() -> None:
    declared = tomllib.loads((PACKAGE / "pyproject.toml").read_text("utf-8"))
    project = declared["project"]
    assert (project["name"], project["dependencies"]) == ("goi", [])
    assert (PACKAGE / project["readme"]).is_file()
    assert (PACKAGE / declared["tool"]["hatch"]["version"]["path"]).read_text("utf-8").count(goi.__version__) == 1
    assert [PACKAGE / path for path in declared["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]] == [SOURCES]
    assert (SOURCES / "py.typed").is_file()


def test_everything_public_is_described() -> None:
    readme = (PACKAGE / "README.md").read_text("utf-8")
    assert {name for name in goi.__all__ if not name.startswith("__") and name not in readme} == set()
    assert all(getattr(goi, name).__doc__ for name in goi.__all__)
