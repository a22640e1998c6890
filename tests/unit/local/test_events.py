"""Payload format 2.0, both ways."""

import base64
from datetime import UTC, datetime
from typing import Any

import pytest
from werkzeug.test import EnvironBuilder
from werkzeug.wrappers import Request

from local.authorizer import Verified
from local.deployment import Route
from local.events import Arrival, BadAnswer, BodyTooLarge, build_event, is_text, raw_path, read_answer, read_body

NOW = datetime(2026, 11, 23, 2, 3, 4, tzinfo=UTC)
ROUTE = Route("GET", "/webhooks/{provider}")


def request(target: str = "/webhooks/vnpay", method: str = "GET", body: bytes = b"", **headers: str) -> Request:
    sent = [(name.replace("_", "-"), value) for name, value in headers.items()]
    builder = EnvironBuilder(method=method, data=body, headers=sent)
    environ = builder.get_environ()
    path, _, query = target.partition("?")
    return Request(
        {**environ, "REQUEST_URI": target, "PATH_INFO": path, "QUERY_STRING": query, "REMOTE_ADDR": "10.0.0.1"}
    )


def event(made: Request, body: bytes = b"", **arrival: Any) -> dict[str, Any]:
    values: dict[str, Any] = {"id": "r1", "time": NOW, "route": ROUTE, "path_parameters": {}, "token": None}
    return build_event(made, body, Arrival(**{**values, **arrival}))


def test_the_raw_query_is_passed_as_it_was_sent() -> None:
    """T18: a signature is over the query as sent; re-encoding would break it."""
    query = "vnp_OrderInfo=Thanh+toan%20a&b=%7e&a=1&a=2&empty="
    made = event(request(f"/webhooks/vnpay?{query}"))
    assert made["rawQueryString"] == query
    assert made["queryStringParameters"] == {"vnp_OrderInfo": "Thanh toan a", "b": "~", "a": "1,2", "empty": ""}


def test_the_request_context_is_api_gateways() -> None:
    made = event(request(user_agent="curl/8"), path_parameters={"provider": "vnpay"})
    context = made["requestContext"]
    assert made["version"] == "2.0"
    assert made["routeKey"] == context["routeKey"] == "GET /webhooks/{provider}"
    assert made["pathParameters"] == {"provider": "vnpay"}
    assert context["http"] == {
        "method": "GET",
        "path": "/webhooks/vnpay",
        "protocol": "HTTP/1.1",
        "sourceIp": "10.0.0.1",
        "userAgent": "curl/8",
    }
    assert (context["stage"], context["requestId"]) == ("$default", "r1")
    assert (context["time"], context["timeEpoch"]) == ("23/Nov/2026:02:03:04 +0000", 1795399384000)
    assert "authorizer" not in context


def test_headers_are_lower_case_and_cookies_stand_apart() -> None:
    made = event(request(Accept_Language="vi", Cookie="a=1; b=2"))
    assert made["headers"]["accept-language"] == "vi"
    assert made["cookies"] == ["a=1", "b=2"]
    assert "cookie" not in made["headers"]
    assert made["headers"]["x-forwarded-for"] == "10.0.0.1"


def test_a_verified_token_gives_claims_and_scopes() -> None:
    token = Verified({"sub": "an-binh"}, ("billing:admin",))
    made = event(request(), token=token, route=Route("GET", "/admin", "Accounts", ("billing:admin",)))
    assert made["requestContext"]["authorizer"] == {"jwt": {"claims": {"sub": "an-binh"}, "scopes": ["billing:admin"]}}
    plain = event(request(), token=token, route=Route("GET", "/account", "Accounts"))
    assert plain["requestContext"]["authorizer"]["jwt"]["scopes"] is None


@pytest.mark.parametrize(
    ("content_type", "body", "encoded"),
    [
        ("application/json", b'{"a":"\xc3\xa1"}', False),
        ("application/json; charset=utf-8", b"{}", False),
        ("application/vnd.api+json", b"{}", False),
        ("text/plain", b"a", False),
        ("application/json", b'{"a":"\xff"}', True),
        ("application/x-www-form-urlencoded", b"a=1", True),
        ("application/octet-stream", b"a", True),
        ("", b"a", True),
    ],
)
def test_a_body_is_text_or_base64_as_api_gateway_has_it(content_type: str, body: bytes, encoded: bool) -> None:
    made = event(request(method="POST", body=body, Content_Type=content_type), body)
    assert made["isBase64Encoded"] is encoded
    assert (base64.b64decode(made["body"]) if encoded else made["body"].encode()) == body


def test_a_request_without_a_body_has_none() -> None:
    made = event(request(Content_Type="application/json"))
    assert "body" not in made
    assert made["isBase64Encoded"] is False


def test_a_body_over_the_limit_is_not_read() -> None:
    made = request(method="POST", body=b"x" * 100)
    assert read_body(made, 100) == b"x" * 100
    with pytest.raises(BodyTooLarge):
        read_body(request(method="POST", body=b"x" * 101), 100)


def test_a_full_address_in_the_request_line_is_a_path_too() -> None:
    made = request()
    made.environ["REQUEST_URI"] = "http://127.0.0.1:3000/plans?a=1"
    assert raw_path(made) == "/plans"


def test_an_answer_becomes_a_response() -> None:
    answer = {
        "statusCode": 201,
        "headers": {"Content-Type": "application/json", "X-N": 1},
        "body": "{}",
        "cookies": ["a=1", "b=2"],
    }
    response = read_answer(answer)
    assert (response.status_code, response.get_data()) == (201, b"{}")
    assert (response.headers["content-type"], response.headers["x-n"]) == ("application/json", "1")
    assert response.headers.getlist("set-cookie") == ["a=1", "b=2"]


def test_a_binary_answer_is_decoded() -> None:
    response = read_answer({"statusCode": 200, "body": base64.b64encode(b"%PDF\xff").decode(), "isBase64Encoded": True})
    assert response.get_data() == b"%PDF\xff"
    assert response.headers["content-type"] == "text/plain;charset=UTF-8"


def test_an_answer_without_a_status_is_the_body() -> None:
    response = read_answer({"plans": []})
    assert (response.status_code, response.get_json()) == (200, {"plans": []})


@pytest.mark.parametrize(
    "answer", [{"statusCode": "?"}, {"statusCode": None}, {"statusCode": 200, "body": "%", "isBase64Encoded": True}]
)
def test_an_answer_that_makes_no_sense_is_refused(answer: dict[str, Any]) -> None:
    with pytest.raises(BadAnswer):
        read_answer(answer)


def test_a_line_break_cannot_leave_its_header() -> None:
    assert "\n" not in read_answer({"statusCode": 200, "headers": {"a": "b\r\nset-cookie: c"}}).headers["a"]


def test_text_types_are_recognised_whatever_their_case() -> None:
    assert is_text("Application/JSON;charset=UTF-8")
    assert is_text("text/html")
    assert not is_text("application/pdf")
