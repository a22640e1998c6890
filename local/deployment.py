"""What SAM would deploy: functions with their environment, and the routes, queues and schedules that call them."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from local.template import ACCOUNT_ID, REGION, ROOT, Lookup, Template, TemplateError

FUNCTION = "AWS::Serverless::Function"
HTTP_API = "AWS::Serverless::HttpApi"


@dataclass(frozen=True, slots=True)
class Route:
    """One route of the HTTP API. `authorizer` is None for a public route; `scopes` are those of which one is needed."""

    method: str
    path: str
    authorizer: str | None = None
    scopes: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        """API Gateway's name for it, such as "GET /orders/{id}"."""
        return f"{self.method} {self.path}"


@dataclass(frozen=True, slots=True)
class QueueSource:
    """An event source mapping of a queue, by the queue's ARN."""

    queue_arn: str
    batch_size: int = 10
    reports_failures: bool = False


@dataclass(frozen=True, slots=True)
class Schedule:
    """A schedule's expression, such as "rate(5 minutes)", and the event it sends."""

    expression: str
    event: Any


@dataclass(frozen=True, slots=True)
class Function:
    """One Lambda function. `name` is its folder's name, such as create_order; `timeout` is in seconds."""

    name: str
    logical_id: str
    folder: Path
    handler: str
    timeout: int
    memory: int
    environment: Mapping[str, str]
    routes: tuple[Route, ...] = ()
    queues: tuple[QueueSource, ...] = ()
    schedules: tuple[Schedule, ...] = ()

    @property
    def arn(self) -> str:
        """Its ARN in the made-up account."""
        return f"arn:aws:lambda:{REGION}:{ACCOUNT_ID}:function:{self.name}"


@dataclass(frozen=True, slots=True)
class JwtAuthorizer:
    """A JWT authorizer of the HTTP API: the issuer and the audiences that it accepts."""

    issuer: str
    audience: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Cors:
    """The HTTP API's CORS configuration. Without origins there is none."""

    origins: tuple[str, ...] = ()
    methods: tuple[str, ...] = ()
    headers: tuple[str, ...] = ()
    exposed: tuple[str, ...] = ()
    max_age: int = 0
    credentials: bool = False


@dataclass(frozen=True, slots=True)
class HttpApi:
    """The HTTP API itself; its routes stand with the functions."""

    default_authorizer: str | None = None
    authorizers: Mapping[str, JwtAuthorizer] = field(default_factory=dict)
    cors: Cors = field(default_factory=Cors)


def read_api(template: Template, lookup: Lookup) -> HttpApi:
    """The template's one HTTP API."""
    names = template.of_type(HTTP_API)
    if len(names) != 1:
        raise TemplateError(f"expected one {HTTP_API}, found {len(names)}")
    written = template.properties(names[0])
    properties = template.resolve({name: written.get(name, {}) for name in ("Auth", "CorsConfiguration")}, lookup)
    auth = properties["Auth"]
    authorizers = {
        name: JwtAuthorizer(one["JwtConfiguration"]["issuer"], _texts(one["JwtConfiguration"]["audience"]))
        for name, one in auth.get("Authorizers", {}).items()
    }
    return HttpApi(auth.get("DefaultAuthorizer"), authorizers, _cors(properties["CorsConfiguration"]))


def read_functions(template: Template, api: HttpApi, lookup: Lookup) -> list[Function]:
    """Every function of the template, with the Globals merged in as SAM does."""
    return [_function(template, api, logical_id, lookup) for logical_id in template.of_type(FUNCTION)]


def _function(template: Template, api: HttpApi, logical_id: str, lookup: Lookup) -> Function:
    common = template.globals("Function")
    own = template.properties(logical_id)
    variables = {**_variables(common), **_variables(own)}
    wanted = {**common, **own, "Variables": variables}
    names = ("CodeUri", "Handler", "Timeout", "MemorySize", "Variables", "Events")
    properties = template.resolve({name: wanted[name] for name in names if name in wanted}, lookup)
    folder = ROOT / properties["CodeUri"]
    events = list(properties.get("Events", {}).values())
    return Function(
        name=folder.name,
        logical_id=logical_id,
        folder=folder,
        handler=properties["Handler"],
        timeout=int(properties.get("Timeout", 3)),
        memory=int(properties.get("MemorySize", 128)),
        environment={name: _text(value) for name, value in properties["Variables"].items()},
        routes=tuple(_route(one["Properties"], api) for one in events if one["Type"] == "HttpApi"),
        queues=tuple(_queue(one["Properties"]) for one in events if one["Type"] == "SQS"),
        schedules=tuple(_schedule(one["Properties"]) for one in events if one["Type"] in {"Schedule", "ScheduleV2"}),
    )


def _variables(properties: Mapping[str, Any]) -> dict[str, Any]:
    return dict(properties.get("Environment", {}).get("Variables", {}))


def _route(properties: Mapping[str, Any], api: HttpApi) -> Route:
    auth = properties.get("Auth", {})
    authorizer = auth.get("Authorizer", api.default_authorizer)
    if authorizer not in {None, "NONE", *api.authorizers}:
        raise TemplateError(f"{properties['Path']} names an unknown authorizer {authorizer}")
    return Route(
        method=str(properties["Method"]).upper(),
        path=properties["Path"],
        authorizer=None if authorizer == "NONE" else authorizer,
        scopes=_texts(auth.get("AuthorizationScopes", [])),
    )


def _queue(properties: Mapping[str, Any]) -> QueueSource:
    return QueueSource(
        queue_arn=properties["Queue"],
        batch_size=int(properties.get("BatchSize", 10)),
        reports_failures="ReportBatchItemFailures" in properties.get("FunctionResponseTypes", []),
    )


def _schedule(properties: Mapping[str, Any]) -> Schedule:
    expression = properties.get("ScheduleExpression") or properties["Schedule"]
    return Schedule(expression, json.loads(properties.get("Input", "{}")))


def _cors(properties: Mapping[str, Any]) -> Cors:
    return Cors(
        origins=_texts(properties.get("AllowOrigins", [])),
        methods=_texts(properties.get("AllowMethods", [])),
        headers=_texts(properties.get("AllowHeaders", [])),
        exposed=_texts(properties.get("ExposeHeaders", [])),
        max_age=int(properties.get("MaxAge", 0)),
        credentials=bool(properties.get("AllowCredentials", False)),
    )


def _texts(values: str | Sequence[Any]) -> tuple[str, ...]:
    return (values,) if isinstance(values, str) else tuple(_text(value) for value in values)


def _text(value: Any) -> str:
    """A value as CloudFormation writes it into a text: true, not True."""
    return str(value).lower() if isinstance(value, bool) else str(value)
