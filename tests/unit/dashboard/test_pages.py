"""The pages as files: what they refer to exists, nothing comes from elsewhere, both languages say everything."""

import json
import os
import re
import shutil
import subprocess
from html.parser import HTMLParser
from itertools import chain
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
DASHBOARD = ROOT / "dashboard"
PAGES = sorted(DASHBOARD.glob("*.html"))
SCRIPTS = sorted([*DASHBOARD.glob("js/**/*.js"), DASHBOARD / "config.js"])
STYLES = sorted(DASHBOARD.glob("styles/*.css"))
SCREENS = {"index", "plans", "checkout", "pay", "result", "account", "login", "renew", "unsubscribe"}
ALLOWED_ADDRESSES = {"http://www.w3.org/2000/svg"}


class Tags(HTMLParser):
    """Every start tag of a page with its attributes, and the text within scripts and styles."""

    def __init__(self, page: Path) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.inline: list[str] = []
        self.feed(page.read_text("utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        if self.found and self.found[-1][0] in {"script", "style"} and data.strip():
            self.inline.append(data)


def texts(language: str) -> dict[str, str]:
    """The texts of a language, from a module that is one object of plain strings."""
    source = (DASHBOARD / "js" / "texts" / f"{language}.js").read_text("utf-8")
    body = source.removeprefix("export default ").rstrip().removesuffix(";")
    pairs: list[tuple[str, str]] = json.loads(re.sub(r",\s*}$", "}", body), object_pairs_hook=list)
    keys = [key for key, _ in pairs]
    assert len(keys) == len(set(keys)), f"a key twice in {language}"
    return dict(pairs)


def placeholders(text: str) -> set[str]:
    return set(re.findall(r"\{(\w+)\}", text))


def test_every_screen_has_its_page_and_script() -> None:
    assert {page.stem for page in PAGES} == SCREENS
    assert {script.stem for script in (DASHBOARD / "js" / "pages").glob("*.js")} == SCREENS


def test_both_languages_have_the_same_texts_with_the_same_places_to_fill() -> None:
    vi, en = texts("vi"), texts("en")
    assert vi.keys() == en.keys()
    assert all(text.strip() for text in chain(vi.values(), en.values()))
    different = [key for key in vi if placeholders(vi[key]) != placeholders(en[key])]
    assert not different


def test_every_text_that_is_used_exists_and_every_one_that_exists_is_used() -> None:
    keys = set(texts("vi"))
    source = "\n".join(script.read_text("utf-8") for script in SCRIPTS if script.parent.name != "texts")
    named = set(re.findall(r'"([a-z][\w.]*)"', source))
    prefixes = set(re.findall(r"`([a-z]+\.)\$\{", source))
    asked = set(re.findall(r'\bt\(\s*"([^"]+)"', source))
    assert asked <= keys
    unused = {
        key
        for key in keys
        if key not in named and re.sub(r"\.(one|other)$", "", key) not in named and not key.startswith(tuple(prefixes))
    }
    assert not unused


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_page_refers_to_files_that_exist_and_runs_nothing_inline(page: Path) -> None:
    tags = Tags(page)
    assert not tags.inline
    assert "html" in {tag for tag, attributes in tags.found if attributes.get("lang") == "vi"}
    for tag, attributes in tags.found:
        assert not [name for name in attributes if name.startswith("on") or name == "style"], tag
        for reference in (attributes.get("src"), attributes.get("href")):
            assert reference is None or (DASHBOARD / reference).is_file(), reference


def imports_of(script: Path) -> set[Path]:
    """All modules that a module leads to."""
    found: set[Path] = set()
    waiting = [script]
    while waiting:
        module = waiting.pop()
        references = re.findall(r'\bfrom\s*"([^"]+)"', module.read_text("utf-8"))
        new = {(module.parent / reference).resolve() for reference in references} - found
        found |= new
        waiting += new
    return found


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_page_loads_all_its_modules_in_one_round(page: Path) -> None:
    """Without a bundler, each level of imports would cost a journey to the server."""
    links = [attributes for tag, attributes in Tags(page).found if tag == "link"]
    preloaded = [link["href"] for link in links if link.get("rel") == "modulepreload"]
    wanted = imports_of(DASHBOARD / "js" / "pages" / f"{page.stem}.js")
    assert preloaded == sorted(str(module.relative_to(DASHBOARD)) for module in wanted)


def test_every_page_has_the_same_content_security_policy_without_exceptions() -> None:
    policies = {
        attributes["content"]
        for page in PAGES
        for _, attributes in Tags(page).found
        if attributes.get("http-equiv") == "Content-Security-Policy"
    }
    (policy,) = policies
    assert policy is not None
    assert "default-src 'none'; script-src 'self'; style-src 'self'" in policy
    assert "unsafe" not in policy


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: str(script.relative_to(DASHBOARD)))
def test_script_imports_files_that_exist_and_never_makes_markup_of_text(script: Path) -> None:
    source = script.read_text("utf-8")
    for reference in re.findall(r'\b(?:from|import)\s*\(?"([^"]+)"', source):
        assert reference.startswith((".", "..")), reference
        assert (script.parent / reference).is_file(), reference
    forbidden = r"\b(innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval|new Function|setTimeout\(\s*[\"'])"
    assert not re.search(forbidden, source)


@pytest.mark.parametrize("path", [*PAGES, *SCRIPTS, *STYLES], ids=lambda path: str(path.relative_to(DASHBOARD)))
def test_nothing_is_loaded_from_elsewhere(path: Path) -> None:
    source = path.read_text("utf-8")
    assert set(re.findall(r"https?://[^\s\"'`)]+", source)) <= ALLOWED_ADDRESSES
    assert not re.search(r"@import|url\(", source) or path.suffix != ".css"


def luminance(colour: str) -> float:
    """The relative luminance of WCAG 2 of a colour like "#0b5d4b"."""
    channels = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4 for value in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def palettes() -> dict[str, dict[str, str]]:
    """The colours by name, in each scheme, on the paper and on the deep green ground."""
    source = (DASHBOARD / "styles" / "base.css").read_text("utf-8")
    light, dark, deep = (
        dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6});", block))
        for block in re.findall(r"(?::root|\.is-featured) \{(.*?)\n\s*\}", source, re.DOTALL)[:3]
    )
    night = light | dark
    grounds = {"light": light, "dark": night}
    return grounds | {
        f"{name} deep": colours | deep | {"surface": colours["deep"]} for name, colours in grounds.items()
    }


TEXT_ON_GROUND = [
    *[(text, ground) for text in ("ink", "muted") for ground in ("surface", "sunken")],
    ("ink", "raised"),
    ("leaf", "surface"),
    ("leaf", "leaf-soft"),
    ("on-leaf", "leaf"),
    ("on-leaf", "leaf-strong"),
    ("gold-ink", "gold-soft"),
]
TEXT_ON_PAPER = [
    *[(text, "paper") for text in ("ink", "muted", "leaf", "bad")],
    ("bad", "surface"),
    ("bad", "bad-soft"),
    ("on-bad", "bad"),
]


@pytest.mark.parametrize("name", ["light", "dark", "light deep", "dark deep"])
def test_colours_reach_the_contrast_of_wcag_aa(name: str) -> None:
    colours = palettes()[name]
    pairs = TEXT_ON_GROUND if name.endswith("deep") else [*TEXT_ON_GROUND, *TEXT_ON_PAPER]
    ratios = {pair: round(contrast(colours[pair[0]], colours[pair[1]]), 2) for pair in pairs}
    assert not {pair: ratio for pair, ratio in ratios.items() if ratio < 4.5}
    assert contrast(colours["edge"], colours["surface"]) >= 3
    assert contrast(colours["focus"], colours["surface"]) >= 3


@pytest.mark.parametrize("module", sorted(Path(__file__).parent.glob("*.test.mjs")), ids=lambda path: path.name)
def test_modules_behave(module: Path) -> None:
    """T02, T03, T44, T47, T67, T69 among others: the modules' own tests, run by node."""
    node = shutil.which("node")
    if node is None:
        if os.environ.get("CI"):
            pytest.fail("node is missing in CI")
        pytest.skip("node is not installed: the tests of the pages' modules need version 20 or later")
    done = subprocess.run([node, "--test", str(module)], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
