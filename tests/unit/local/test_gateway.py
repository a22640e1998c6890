"""The gateway's own answers, with functions that are plain callables."""

import io
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

import pytest
from werkzeug.test import Client
from werkzeug.wrappers import Request

from local.clock import Clock
from local.deployment import Cors, Function, HttpApi, JwtAuthorizer, Route
from local.gateway import Gateway
from local.issuer import Issuer
from local.logs import Log
from local.workers import EventTooLarge, FunctionBusy, FunctionFailed, Workers

ISSUER = Issuer("http://issuer", "goi", Clock())
ORIGIN = "https://app.example"
CORS = Cors((ORIGIN,), ("GET", "POST"), ("Authorization", "Idempotency-Key"), ("ETag",), 3600)
ROUTES = (
    Route("GET", "/plans"),
    Route("GET", "/orders/{id}", "Accounts"),
    Route("GET", "/orders/open", "Accounts"),
    Route("GET", "/admin", "Accounts", ("billing:admin",)),
    Route("POST", "/orders", "Accounts"),
)
TOKEN = ISSUER.token({"sub": "an-binh"})
SIGNED = {"Authorization": f"Bearer {TOKEN}"}


class FakeWorkers:
    """Answers with what a callable says."""

    def __init__(self, answer: Callable[[dict[str, Any]], Any]) -> None:
        self.function = Function("one", "One", Path(), "app.handler", 10, 128, {}, ROUTES)
        self.invoke = answer


def client(answer: Callable[[dict[str, Any]], Any], cors: Cors = CORS) -> Client:
    api = HttpApi("Accounts", {"Accounts": JwtAuthorizer("http://issuer", ("goi",))}, cors)
    workers = [cast("Workers", FakeWorkers(answer))]
    log = Log(everything=False, stream=io.StringIO())
    gateway = Gateway(api, workers, ISSUER.public_key, lambda: datetime.now(UTC), log)

    def application(environ: dict[str, Any], start_response: Any) -> Any:
        return gateway.answer(Request(environ))(environ, start_response)

    return Client(application)


def echo(event: dict[str, Any]) -> dict[str, Any]:
    return {"route": event["routeKey"], "parameters": event.get("pathParameters")}


def raising(error: Exception) -> Callable[[dict[str, Any]], Any]:
    def answer(event: dict[str, Any]) -> Any:
        raise error

    return answer


@pytest.mark.parametrize(
    ("path", "route", "parameters"),
    [
        ("/plans", "GET /plans", None),
        ("/orders/ord_1", "GET /orders/{id}", {"id": "ord_1"}),
        ("/orders/a%20b", "GET /orders/{id}", {"id": "a b"}),
        ("/orders/open", "GET /orders/open", None),
    ],
)
def test_the_most_specific_route_is_taken(path: str, route: str, parameters: dict[str, str] | None) -> None:
    assert client(echo).get(path, headers=SIGNED).get_json() == {"route": route, "parameters": parameters}


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", "/nothing"), ("GET", "/plans/"), ("POST", "/plans"), ("HEAD", "/plans"), ("GET", "/orders/a/b")],
)
def test_what_the_template_does_not_name_is_not_found(method: str, path: str) -> None:
    response = client(echo).open(path, method=method, headers=SIGNED)
    assert response.status_code == 404
    assert method == "HEAD" or response.get_json() == {"message": "Not Found"}


def test_a_protected_route_needs_a_token() -> None:
    response = client(echo).get("/orders/ord_1")
    assert (response.status_code, response.get_json()) == (401, {"message": "Unauthorized"})


def test_a_route_with_scopes_needs_one_of_them() -> None:
    response = client(echo).get("/admin", headers=SIGNED)
    assert (response.status_code, response.get_json()) == (403, {"message": "Forbidden"})
    admin = {"Authorization": f"Bearer {ISSUER.token({'sub': 'a', 'scope': 'billing:admin'})}"}
    assert client(echo).get("/admin", headers=admin).status_code == 200


def test_a_body_over_10_mb_is_refused() -> None:
    response = client(echo).post("/orders", data=b"x" * (10 * 1024 * 1024 + 1), headers=SIGNED)
    assert (response.status_code, response.get_json()) == (413, {"message": "Request Entity Too Large"})


@pytest.mark.parametrize(
    ("error", "status", "message"),
    [
        (FunctionFailed("KeyError"), 500, "Internal Server Error"),
        (FunctionBusy("one"), 503, "Service Unavailable"),
        (EventTooLarge(), 413, "Request Entity Too Large"),
    ],
)
def test_a_function_that_fails_shows_nothing_of_it(error: Exception, status: int, message: str) -> None:
    response = client(raising(error)).get("/plans")
    assert (response.status_code, response.get_json()) == (status, {"message": message})


def test_an_answer_without_sense_is_our_fault() -> None:
    assert client(lambda _: {"statusCode": "?"}).get("/plans").status_code == 500


def test_every_answer_carries_its_request_id() -> None:
    http = client(echo)
    first, second = (http.get(path).headers["apigw-requestid"] for path in ("/plans", "/nothing"))
    assert first != second


def test_a_preflight_is_answered_by_the_configuration() -> None:
    response = client(echo).options("/orders", headers={"Origin": ORIGIN, "Access-Control-Request-Method": "POST"})
    assert response.status_code == 204
    assert response.headers["access-control-allow-origin"] == ORIGIN
    assert response.headers["access-control-allow-methods"] == "GET,POST"
    assert response.headers["access-control-allow-headers"] == "authorization,idempotency-key"
    assert response.headers["access-control-max-age"] == "3600"


def test_a_strange_origin_gets_no_permission() -> None:
    for response in (
        client(echo).options("/orders", headers={"Origin": "https://evil.example"}),
        client(echo).get("/plans", headers={"Origin": "https://evil.example"}),
    ):
        assert not [name for name, _ in response.headers if name.lower().startswith("access-control")]


def test_the_configuration_replaces_a_functions_own_cors_headers() -> None:
    own = {"statusCode": 200, "headers": {"Access-Control-Allow-Origin": "*"}}
    response = client(lambda _: own).get("/plans", headers={"Origin": ORIGIN})
    assert response.headers["access-control-allow-origin"] == ORIGIN
    assert response.headers["access-control-expose-headers"] == "etag"
    assert response.headers["vary"] == "origin"
    assert client(lambda _: own).get("/plans").headers.get("access-control-allow-origin") is None


def test_errors_of_the_gateway_carry_cors_headers_too() -> None:
    assert client(echo).get("/orders/1", headers={"Origin": ORIGIN}).headers["access-control-allow-origin"] == ORIGIN


def test_without_a_configuration_options_is_a_route_like_any_other() -> None:
    assert client(echo, Cors()).options("/orders", headers={"Origin": ORIGIN}).status_code == 404
