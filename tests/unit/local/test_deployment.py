"""Functions, routes, queues and schedules as SAM would deploy them."""

from typing import Any

import pytest

from local.deployment import Cors, JwtAuthorizer, QueueSource, Route, Schedule, read_api, read_functions
from local.template import Template, TemplateError

FUNCTION = "AWS::Serverless::Function"


def http(path: str, method: str = "GET", **auth: Any) -> dict[str, Any]:
    return {"Type": "HttpApi", "Properties": {"Path": path, "Method": method, **({"Auth": auth} if auth else {})}}


DOCUMENT: dict[str, Any] = {
    "Globals": {
        "Function": {
            "Handler": "app.handler",
            "Timeout": 10,
            "Environment": {"Variables": {"STAGE": "local", "LEVEL": "INFO"}},
        }
    },
    "Resources": {
        "Api": {
            "Type": "AWS::Serverless::HttpApi",
            "Properties": {
                "Auth": {
                    "DefaultAuthorizer": "Accounts",
                    "Authorizers": {
                        "Accounts": {"JwtConfiguration": {"issuer": "https://i.example", "audience": ["a", "b"]}}
                    },
                },
                "CorsConfiguration": {"AllowOrigins": ["https://app.example"], "AllowMethods": ["GET"], "MaxAge": 60},
                "AccessLogSettings": {"DestinationArn": {"Fn::GetAtt": ["Elsewhere", "Arn"]}},
            },
        },
        "One": {
            "Type": FUNCTION,
            "Properties": {
                "CodeUri": "functions/one",
                "Timeout": 25,
                "Environment": {"Variables": {"LEVEL": "DEBUG", "FLAG": True}},
                "Events": {
                    "Public": http("/plans", "get", Authorizer="NONE"),
                    "Account": http("/orders/{id}"),
                    "Admin": http("/admin", "POST", AuthorizationScopes=["billing:admin"]),
                },
            },
        },
        "Two": {
            "Type": FUNCTION,
            "Properties": {
                "CodeUri": "functions/two",
                "Events": {
                    "Queue": {
                        "Type": "SQS",
                        "Properties": {
                            "Queue": "arn:q",
                            "BatchSize": 5,
                            "FunctionResponseTypes": ["ReportBatchItemFailures"],
                        },
                    },
                    "Often": {
                        "Type": "ScheduleV2",
                        "Properties": {"ScheduleExpression": "rate(5 minutes)", "Input": '{"a":1}'},
                    },
                },
            },
        },
    },
}


def test_the_globals_are_merged_and_a_function_may_differ() -> None:
    template = Template(DOCUMENT)
    one, two = read_functions(template, read_api(template, _nothing), _nothing)
    assert (one.name, one.handler, one.timeout) == ("one", "app.handler", 25)
    assert one.environment == {"STAGE": "local", "LEVEL": "DEBUG", "FLAG": "true"}
    assert (two.timeout, two.environment) == (10, {"STAGE": "local", "LEVEL": "INFO"})


def test_routes_take_the_default_authorizer_unless_they_say_none() -> None:
    template = Template(DOCUMENT)
    one, _ = read_functions(template, read_api(template, _nothing), _nothing)
    assert one.routes == (
        Route("GET", "/plans", None),
        Route("GET", "/orders/{id}", "Accounts"),
        Route("POST", "/admin", "Accounts", ("billing:admin",)),
    )
    assert one.routes[1].key == "GET /orders/{id}"


def test_queues_and_schedules_are_read() -> None:
    template = Template(DOCUMENT)
    _, two = read_functions(template, read_api(template, _nothing), _nothing)
    assert two.queues == (QueueSource("arn:q", 5, reports_failures=True),)
    assert two.schedules == (Schedule("rate(5 minutes)", {"a": 1}),)


def test_the_api_is_read_without_what_does_not_exist_here() -> None:
    api = read_api(Template(DOCUMENT), _nothing)
    assert api.authorizers == {"Accounts": JwtAuthorizer("https://i.example", ("a", "b"))}
    assert api.cors == Cors(origins=("https://app.example",), methods=("GET",), max_age=60)


def test_an_unknown_authorizer_is_refused() -> None:
    events = {"A": http("/a", Authorizer="Nobody")}
    resources = {
        **DOCUMENT["Resources"],
        "One": {"Type": FUNCTION, "Properties": {"CodeUri": "one", "Handler": "a.b", "Events": events}},
    }
    template = Template({"Resources": resources})
    with pytest.raises(TemplateError, match="Nobody"):
        read_functions(template, read_api(template, _nothing), _nothing)


def _nothing(logical_id: str, attribute: str) -> Any:
    raise AssertionError(f"{logical_id}.{attribute} was asked for")
