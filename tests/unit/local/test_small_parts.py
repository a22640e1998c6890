"""Pages, log lines, batch reports and schedules."""

import io
import json
from pathlib import Path
from typing import Any

import pytest
from werkzeug.test import EnvironBuilder
from werkzeug.wrappers import Request

from local.deployment import Schedule
from local.logs import Log, summary
from local.pages import serve_page
from local.pump import failed_ids
from local.routes import FAULTS
from local.schedules import seconds_between
from local.simulators.base import WEBHOOKS
from local.views import dong, page


def get(path: str, folder: Path, method: str = "GET") -> Any:
    return serve_page(Request(EnvironBuilder(method=method).get_environ()), path, folder)


@pytest.fixture
def pages(tmp_path: Path) -> Path:
    folder = tmp_path / "dashboard"
    (folder / "js").mkdir(parents=True)
    (folder / "index.html").write_text("<p>home</p>")
    (folder / "js" / "app.js").write_text("1")
    (tmp_path / "secret.txt").write_text("secret")
    return folder


@pytest.mark.parametrize(
    ("path", "content_type"),
    [
        ("/app/", "text/html; charset=utf-8"),
        ("/app/index.html", "text/html; charset=utf-8"),
        ("/app/js/app.js", "text/javascript; charset=utf-8"),
    ],
)
def test_pages_are_served_with_their_type_and_never_cached(pages: Path, path: str, content_type: str) -> None:
    response = get(path, pages)
    assert (response.status_code, response.headers["content-type"]) == (200, content_type)
    assert response.headers["cache-control"] == "no-store"


@pytest.mark.parametrize("path", ["/", "/app"])
def test_the_root_leads_to_the_pages(pages: Path, path: str) -> None:
    response = get(path, pages)
    assert (response.status_code, response.headers["location"]) == (302, "/app/")


@pytest.mark.parametrize(
    "path",
    [
        "/app/../secret.txt",
        "/app/%2e%2e/secret.txt",
        "/app/..%2fsecret.txt",
        "/app//etc/passwd",
        "/app/js",
        "/app/%00",
        "/app/none.html",
    ],
)
def test_nothing_but_the_pages_is_served(pages: Path, path: str) -> None:
    assert get(path, pages).status_code == 404


def test_pages_are_only_read(pages: Path) -> None:
    assert get("/app/", pages, "POST").status_code == 405
    assert get("/app/", pages, "HEAD").status_code == 200


def test_other_paths_are_left_to_others(pages: Path) -> None:
    assert get("/plans", pages) is None
    assert get("/application", pages) is None


def test_only_warnings_and_worse_are_shown_and_in_short() -> None:
    error = json.dumps({"level": "ERROR", "message": "failed", "exception": "Traceback\n  ...\nKeyError: 'a'"})
    assert summary("stdout", error) == "ERROR failed: KeyError: 'a'"
    assert summary("stdout", '{"level": "INFO", "message": "fine"}') == ""
    assert summary("stdout", '{"_aws": {}}') == ""
    assert summary("stdout", "printed") == ""
    assert summary("stderr", "Traceback") == "Traceback"


def test_everything_is_shown_as_it_is_when_it_is_wanted() -> None:
    stream = io.StringIO()
    Log(everything=True, stream=stream).write("one", "stdout", '{"level": "INFO"}')
    assert stream.getvalue() == '[one] {"level": "INFO"}\n'


@pytest.mark.parametrize(
    ("answer", "failed"),
    [
        (None, set()),
        ({}, set()),
        ({"batchItemFailures": []}, set()),
        ({"batchItemFailures": [{"itemIdentifier": "a"}]}, {"a"}),
        ({"batchItemFailures": [{"itemIdentifier": "unknown"}]}, {"a", "b"}),
        ({"batchItemFailures": [{"itemIdentifier": ""}]}, {"a", "b"}),
        ({"batchItemFailures": [{}]}, {"a", "b"}),
        ({"batchItemFailures": "all"}, {"a", "b"}),
    ],
)
def test_a_batch_report_is_read_as_lambda_reads_it(answer: Any, failed: set[str]) -> None:
    assert failed_ids(answer, {"a", "b"}) == failed


@pytest.mark.parametrize(
    ("expression", "seconds"), [("rate(5 minutes)", 300), ("rate(1 hour)", 3600), ("cron(0 2 * * ? *)", None)]
)
def test_only_rates_run_by_themselves(expression: str, seconds: int | None) -> None:
    assert seconds_between(Schedule(expression, {})) == seconds


def test_pages_escape_what_they_show() -> None:
    mail = {"subject": "<script>", "to": "a@b.example", "attachments": [], "html": "", "text": "<b>"}
    shown = page("mailbox.html", items=[mail])
    assert "<script>" not in shown
    assert "&lt;b&gt;" in shown
    assert dong(1234567) == "1.234.567 ₫"


def test_pages_offer_every_fault_of_a_webhook() -> None:
    assert tuple(value for value, _, _ in FAULTS) == WEBHOOKS
    assert all(vietnamese and english for _, vietnamese, english in FAULTS)
