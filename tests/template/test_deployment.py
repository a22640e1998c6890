"""What template.yaml makes of its parameters in each stage, and what it refuses."""

import re
from typing import Any

import pytest

from billing.adapters.settings import Settings, SettingsError
from local import template as cloudformation
from local.deployment import Function, read_api, read_functions
from local.simulators import PROVIDERS
from tests.support.template import template

DEPLOYED = ("dev", "staging", "prod")
LOCAL_SETTINGS = ("LOCAL_TOKEN_SECRET", "AWS_ENDPOINT_URL")
GIVEN = {
    "JwtIssuer": "https://issuer.example/",
    "AppUrl": "https://app.goi.example",
    "ServePages": "false",
    "SenderAddress": "billing@goi.example",
    "LocalTokenSecret": "must-not-arrive",
    "LocalAwsEndpoint": "http://127.0.0.1:5001",
}


def functions(**parameters: str) -> dict[str, Function]:
    """The functions under parameter values, by name; a resource is told by its logical id and attribute."""
    read = cloudformation.load({**GIVEN, **parameters})

    def lookup(logical_id: str, attribute: str) -> str:
        return f"{logical_id}.{attribute}"

    return {one.name: one for one in read_functions(read, read_api(read, lookup), lookup)}


@pytest.mark.parametrize("stage", DEPLOYED)
def test_a_deployed_stage_has_no_local_setting_whatever_is_passed(stage: str) -> None:
    for function in functions(Stage=stage).values():
        assert not set(LOCAL_SETTINGS) & set(function.environment)
        assert not [value for value in function.environment.values() if "127.0.0.1" in value or "localhost" in value]


def test_the_local_stage_has_them_where_tokens_are_read() -> None:
    local = functions(Stage="local")
    having = {name for name, function in local.items() if "LOCAL_TOKEN_SECRET" in function.environment}
    assert having == {name for name, one in local.items() if any(route.authorizer for route in one.routes)}
    assert {one.environment["AWS_ENDPOINT_URL"] for one in local.values()} == {GIVEN["LocalAwsEndpoint"]}


@pytest.mark.parametrize("stage", DEPLOYED)
def test_a_function_does_not_start_with_the_local_secret_in_a_deployed_stage(stage: str) -> None:
    with pytest.raises(SettingsError, match="LOCAL_TOKEN_SECRET"):
        Settings({"STAGE": stage, "LOCAL_TOKEN_SECRET": "x"})


def test_the_rules_refuse_the_local_stage_and_its_settings() -> None:
    assertions = template()["Rules"]["LocalStaysLocal"]["Assertions"]
    assert [one["Assert"] for one in assertions] == [
        {"Fn::Contains": [list(DEPLOYED), {"Ref": "Stage"}]},
        {"Fn::Equals": [{"Ref": "LocalTokenSecret"}, ""]},
        {"Fn::Equals": [{"Ref": "LocalAwsEndpoint"}, ""]},
    ]


@pytest.mark.parametrize("parameter", ["JwtIssuer", "AppUrl", "ApiUrl", *PROVIDERS["vnpay"].addresses])
def test_a_deployment_refuses_addresses_of_one_machine(parameter: str) -> None:
    pattern = template()["Parameters"][parameter]["AllowedPattern"]
    assert not re.fullmatch(pattern, "http://127.0.0.1:3000/local/x")
    assert re.fullmatch(pattern, "https://goi.example/x")


def test_every_simulators_address_is_a_parameter_that_is_checked() -> None:
    for simulator in PROVIDERS.values():
        for parameter in simulator.addresses:
            assert template()["Parameters"][parameter]["AllowedPattern"].startswith("^(https://")


def test_defaults_of_one_machine_are_no_defaults_of_the_template() -> None:
    defaults = [str(one.get("Default", "")) for one in template()["Parameters"].values()]
    assert not [value for value in defaults if "127.0.0.1" in value or "localhost" in value or "local/" in value]
    assert template()["Parameters"]["LocalTokenSecret"]["NoEcho"] is True


def test_production_never_falls_back_to_a_sandbox() -> None:
    urls = functions(Stage="prod", VnpayPayUrl="https://real.example/pay", VnpayApiUrl="https://real.example/api")
    for function in urls.values():
        assert not [value for value in function.environment.values() if "sandbox" in value or "test-payment" in value]
    (assertion,) = template()["Rules"]["ProductionTakesRealMoney"]["Assertions"]
    assert {"Ref": "VnpayPayUrl"} in flat(assertion["Assert"])
    assert {"Ref": "VnpayApiUrl"} in flat(assertion["Assert"])


def test_only_webhooks_signed_links_and_the_catalogue_are_open_to_everybody() -> None:
    routes = [route for function in functions().values() for route in function.routes]
    assert {route.key for route in routes if route.authorizer is None} == {
        "GET /plans",
        "GET /providers",
        "GET /renewals/{token}",
        "POST /renewals/{token}",
        "GET /unsubscribe/{token}",
        "POST /unsubscribe/{token}",
        "GET /webhooks/{provider}",
        "POST /webhooks/{provider}",
    }
    assert len({route.key for route in routes}) == len(routes)


def test_no_secret_is_in_a_functions_environment() -> None:
    for function in functions().values():
        for name in ("SIGNING_SECRET_ID", "PROVIDERS_SECRET_ID"):
            assert function.environment.get(name, "Secret.").endswith("Secret.")


def flat(node: Any) -> list[Any]:
    """Every part of an expression."""
    if isinstance(node, dict):
        return [node, *(part for value in node.values() for part in flat(value))]
    if isinstance(node, list):
        return [part for value in node for part in flat(value)]
    return [node]
