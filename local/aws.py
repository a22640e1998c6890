"""`python -m local.aws`: the emulated AWS services alone, for `sam local start-api` (docs/local.md).

Makes what template.yaml describes, publishes catalog.yaml, writes the settings that `sam local --env-vars` takes,
prints a token, and serves until Ctrl-C or SIGTERM. Containers cannot reach a server that listens on the loopback only,
hence --host.
"""

import argparse
import json
import signal
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import jwt

from local import template as cloudformation
from local.deployment import Function, read_api, read_functions
from local.engine import Engine
from local.resources import Resources
from local.settings import DEFAULT_CREDENTIALS, isolate_from_aws
from local.template import REGION, ROOT
from operations.catalogue import apply_catalogue

TOKEN_SECRET = "only-for-sam-local-on-this-machine"  # noqa: S105  it guards an emulator; samconfig.toml has it too
PARAMETERS = {
    "Stage": "local",
    "AppUrl": "http://127.0.0.1:3000/app",
    "ServePages": "false",
    "LocalTokenSecret": TOKEN_SECRET,
}
SENDER = "billing@example.com"


def main() -> None:
    """Serve until told to end."""
    options = _options()
    ended = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: ended.set())
    isolate_from_aws()
    engine = Engine(options.host, options.port)
    engine.start()
    try:
        endpoint = options.endpoint or f"http://host.docker.internal:{options.port}"
        _write(options.env_vars, furnish(engine, endpoint))
        print(f"Settings for sam local --env-vars: {options.env_vars}")
        print(f"Token of {options.account}: {token(options.account, options.email)}")
        print(f"Ready  {endpoint}", flush=True)
        ended.wait()
    finally:
        engine.stop()


def furnish(engine: Engine, endpoint: str) -> dict[str, dict[str, str]]:
    """Make the resources and publish the catalogue; each function's environment by its logical id.

    `endpoint` is the emulator's address as the functions' containers see it.
    """
    template = cloudformation.load({**PARAMETERS, "LocalAwsEndpoint": endpoint})
    resources = Resources(template, engine.client)
    resources.create()
    functions = read_functions(template, read_api(template, resources.lookup), resources.lookup)
    table = resources.lookup(template.of_type("AWS::DynamoDB::Table")[0], "")
    apply_catalogue(engine.client("dynamodb"), table, ROOT / "catalog.yaml")
    _fill_secrets(engine, functions)
    engine.client("sesv2").create_email_identity(EmailIdentity=SENDER)
    credentials = {"AWS_ACCESS_KEY_ID": "local", "AWS_SECRET_ACCESS_KEY": "local", "AWS_DEFAULT_REGION": REGION}
    return {one.logical_id: {**one.environment, **credentials} for one in functions}


def token(account_id: str, email: str) -> str:
    """A token for a day, as the functions verify it where no authorizer runs."""
    expires = datetime.now(UTC) + timedelta(days=1)
    return jwt.encode({"sub": account_id, "email": email, "exp": expires}, TOKEN_SECRET, algorithm="HS256")


def _fill_secrets(engine: Engine, functions: list[Function]) -> None:
    client: Any = engine.client("secretsmanager")
    for secret in {one.environment.get("PROVIDERS_SECRET_ID") for one in functions} - {None}:
        client.put_secret_value(SecretId=secret, SecretString=json.dumps(DEFAULT_CREDENTIALS))


def _write(path: Path, content: object) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m local.aws", description="Emulated AWS services for sam local.")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on, one that containers can reach")
    parser.add_argument("--port", type=int, default=5001)
    parser.add_argument(
        "--endpoint", help="the address as containers see it (default http://host.docker.internal:PORT)"
    )
    parser.add_argument("--env-vars", type=Path, default=ROOT / "out/sam-local.json", help="settings file to write")
    parser.add_argument("--account", default="acc-1", help="account of the printed token")
    parser.add_argument("--email", default="lan@khach.example", help="its e-mail address")
    return parser.parse_args()


if __name__ == "__main__":
    main()
