"""The whole system: everything that runs on this machine, put together."""

import json
import threading
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

from werkzeug.wrappers import Request

from local import template as cloudformation
from local.attempts import Attempts
from local.clock import Clock
from local.deployment import Function, read_api, read_functions
from local.engine import Engine
from local.events import raw_path
from local.gateway import Gateway
from local.issuer import Issuer
from local.logs import Log
from local.mailbox import Mailbox
from local.pages import serve_page
from local.pump import Mapped, Pump
from local.resources import Resources
from local.routes import LocalRoutes, Parts
from local.schedules import Schedules
from local.serving import Server
from local.settings import Settings
from local.simulators import PROVIDERS
from local.simulators.base import World
from local.simulators.behaviour import Behaviour
from local.template import ROOT, Template
from local.workers import Workers, prepare, surroundings
from operations.verify import read_table

AUDIENCE = "goi-local"
SENDER = "billing@goi.example"

Say = Callable[[str], None]


class System:
    """One running system. Make it, `start` it, `stop` it; its state ends with it."""

    def __init__(self, settings: Settings, say: Say = print) -> None:
        self._settings = settings
        self._say = say
        self._log = Log(everything=settings.log_everything)
        self._clock = Clock()
        prepare()
        self._server = Server(settings.host, settings.port)
        self._engine = Engine()
        self._workers: list[Workers] = []
        self._running: list[Callable[[], None]] = []

    @property
    def address(self) -> str:
        """Where it is reached, without a slash at the end."""
        return f"http://{self._settings.reachable_host}:{self._server.port}"

    def start(self) -> None:
        """Make the resources, publish the catalogue, and answer."""
        self._engine.start()
        self._running.append(self._engine.stop)
        self._say("Reading template.yaml and making its table, queues, bucket and secrets")
        issuer = Issuer(f"{self.address}/local", AUDIENCE, self._clock)
        template = cloudformation.load(self._parameters(issuer))
        resources = Resources(template, self._engine.client)
        resources.create()
        api = read_api(template, resources.lookup)
        functions = read_functions(template, api, resources.lookup)
        self._fill_secrets(functions)
        table = resources.lookup(template.of_type("AWS::DynamoDB::Table")[0], "")
        self._say("Publishing catalog.yaml")
        _publish(self._engine.client("dynamodb"), table)
        self._workers = self._make_workers(functions)
        pump = Pump(self._engine, _mappings(template, resources, self._workers), self._log)
        schedules = Schedules(self._workers, self._log)
        gateway = Gateway(api, self._workers, issuer.public_key, self._clock.now, self._log)
        routes = LocalRoutes(self._parts(template, issuer, table, pump, schedules))
        self._serve(gateway, routes)
        self._run_background(pump, schedules)

    def stop(self) -> None:
        """End everything that was started, the youngest first."""
        while self._running:
            self._running.pop()()

    def _parameters(self, issuer: Issuer) -> dict[str, str]:
        simulated = {
            parameter: f"{self.address}{path}"
            for simulator in PROVIDERS.values()
            for parameter, path in simulator.addresses.items()
        }
        return {
            "Stage": "local",
            "JwtIssuer": issuer.address,
            "JwtAudience": issuer.audience,
            "CorsOrigins": self.address,
            "AppUrl": f"{self.address}/app",
            "ApiUrl": self.address,
            "ServePages": "false",
            "SenderAddress": SENDER,
            "LogLevel": "INFO",
            "LocalAwsEndpoint": self._engine.address,
            **({"Providers": self._settings.providers} if self._settings.providers else {}),
            "AttemptMinutes": self._settings.attempt_minutes,
            **simulated,
        }

    def _fill_secrets(self, functions: Iterable[Function]) -> None:
        """Put the signing secret and the providers' credentials where the template says that functions look."""
        signing = dict(zip(("current", "previous"), self._settings.signing, strict=False))
        values = {"SIGNING_SECRET_ID": signing, "PROVIDERS_SECRET_ID": dict(self._settings.credentials)}
        client = self._engine.client("secretsmanager")
        for variable, content in values.items():
            for secret in {one.environment[variable] for one in functions if variable in one.environment}:
                client.put_secret_value(SecretId=secret, SecretString=json.dumps(content))
        self._engine.client("sesv2").create_email_identity(EmailIdentity=SENDER)

    def _make_workers(self, functions: Iterable[Function]) -> list[Workers]:
        common = surroundings(self._engine.address)
        workers = [Workers(function, common, self._clock, self._log) for function in functions]
        self._running.extend(one.stop for one in workers)
        return workers

    def _parts(self, template: Template, issuer: Issuer, table: str, pump: Pump, schedules: Schedules) -> Parts:
        attempts = Attempts(self._engine.client("dynamodb"), table)
        behaviours = {name: Behaviour() for name in PROVIDERS}
        world = World(self.address, self._settings.credentials, self._clock, attempts.by_reference)
        return Parts(
            issuer=issuer,
            claims=(template.resolve({"Ref": "AccountClaim"}), template.resolve({"Ref": "EmailClaim"})),
            clock=self._clock,
            mailbox=Mailbox(self._engine, self.address),
            schedules=schedules,
            pump=pump,
            attempts=attempts,
            simulators={name: make(replace(world, behaviour=behaviours[name])) for name, make in PROVIDERS.items()},
            behaviours=behaviours,
            facts=lambda: read_table(self._engine.client("dynamodb"), table),
        )

    def _serve(self, gateway: Gateway, routes: LocalRoutes) -> None:
        def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
            request = Request(environ)
            response = serve_page(request, raw_path(request)) or routes.answer(request) or gateway.answer(request)
            response.date = self._clock.now()  # pages count down by it
            return response(environ, start_response)

        self._server.start(application)
        self._running.append(self._server.stop)

    def _run_background(self, pump: Pump, schedules: Schedules) -> None:
        pump.start()
        self._running.append(pump.stop)
        if self._settings.run_schedules:
            schedules.start()
            self._running.append(schedules.stop)
        threading.Thread(target=self._warm, name="warm", daemon=True).start()

    def _warm(self) -> None:
        for workers in self._workers:
            workers.warm()


def _publish(client: Any, table: str) -> None:
    from operations.catalogue import apply_catalogue

    apply_catalogue(client, table, ROOT / "catalog.yaml")


def _mappings(template: Template, resources: Resources, workers: Iterable[Workers]) -> list[Mapped]:
    """The queues of the functions, found again by their ARN."""
    queues = {resources.lookup(one, "Arn"): one for one in template.of_type("AWS::SQS::Queue")}
    mappings = []
    for one in workers:
        for source in one.function.queues:
            logical_id = queues[source.queue_arn]
            policy = template.resolve(template.properties(logical_id), resources.lookup).get("RedrivePolicy", {})
            dead = queues.get(policy.get("deadLetterTargetArn"))
            dead_url = resources.lookup(dead, "") if dead else None
            mappings.append(Mapped(source, one, resources.lookup(logical_id, ""), dead_url))
    return mappings
