"""What API Gateway and the pages answer."""

from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from tests.blackbox.conftest import Buyer, System


def test_the_catalogue_is_public_and_cacheable(system: System) -> None:
    answer = system.http.get("/plans")
    assert answer.status_code == 200
    again = system.http.get("/plans", headers={"if-none-match": answer.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", "/nothing"), ("POST", "/plans"), ("GET", "/plans/"), ("DELETE", "/orders"), ("GET", "/local/nothing")],
)
def test_an_unknown_route_is_not_found(system: System, buyer: Buyer, method: str, path: str) -> None:
    answer = system.http.request(method, path, headers=buyer.headers)
    assert (answer.status_code, answer.json()) == (404, {"message": "Not Found"})


@pytest.mark.parametrize("header", [None, "Bearer nonsense", "Bearer a.b.c", "Basic YTpi"])
def test_without_a_good_token_nothing_is_served(system: System, header: str | None) -> None:
    headers = {"authorization": header} if header else {}
    for path in ("/account", "/orders", "/invoices"):
        answer = system.http.get(path, headers=headers)
        assert (answer.status_code, answer.json()) == (401, {"message": "Unauthorized"})


def test_a_token_is_over_after_400_days_of_simulated_time(system: System, buyer: Buyer) -> None:
    system.move(advance="P399D")
    assert system.http.get("/account", headers=buyer.headers).status_code == 200
    system.move(advance="P2D")
    assert system.http.get("/account", headers=buyer.headers).status_code == 401


@pytest.mark.parametrize("megabytes", [7, 10, 40])
def test_a_body_that_is_too_large_is_told_so(system: System, buyer: Buyer, megabytes: int) -> None:
    body = b"x" * (megabytes * 1024 * 1024 + 1)
    answer = system.http.post("/orders", content=body, headers={**buyer.headers, "content-type": "application/json"})
    assert (answer.status_code, answer.json()) == (413, {"message": "Request Entity Too Large"})


def test_a_preflight_is_answered(system: System) -> None:
    headers = {"origin": system.address, "access-control-request-method": "POST"}
    answer = system.http.options("/orders", headers=headers)
    assert answer.status_code == 204
    assert answer.headers["access-control-allow-origin"] == system.address
    assert "idempotency-key" in answer.headers["access-control-allow-headers"]


def test_the_root_leads_to_the_pages(system: System) -> None:
    page = system.http.get("/", follow_redirects=True)
    assert (page.status_code, page.url.path) == (200, "/app/")
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert system.http.get("/app/config.js").headers["content-type"].startswith("text/javascript")
    assert system.http.get("/app/..%2ftemplate.yaml").status_code == 404


def test_many_requests_at_once_are_all_answered(system: System, buyer: Buyer) -> None:
    limits = httpx.Limits(max_connections=50)
    with (
        httpx.Client(base_url=system.address, timeout=60, trust_env=False, limits=limits) as client,
        ThreadPoolExecutor(50) as threads,
    ):
        answers = threads.map(
            lambda path: client.get(path, headers=buyer.headers), ["/plans", "/account", "/providers"] * 30
        )
        assert {answer.status_code for answer in answers} == {200}


def test_the_issuer_publishes_its_keys(system: System) -> None:
    configuration = system.http.get("/local/.well-known/openid-configuration").json()
    assert configuration["issuer"] == f"{system.address}/local"
    (key,) = system.http.get(configuration["jwks_uri"]).json()["keys"]
    assert (key["kty"], key["alg"]) == ("RSA", "RS256")
