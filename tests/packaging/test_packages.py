"""What is deployed works by itself: packed by the recipe of `sam build`, imported from the packages alone."""

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from bench.packages import Packages, pack
from billing.adapters.providers.registry import MODULES as ADAPTERS
from packing.prune import OPERATIONS
from tests.packaging.budgets import ADAPTER_MODULES, FORBIDDEN, MODULES
from tests.support.template import ROOT, resources, template

FUNCTIONS = sorted(folder.parent.name for folder in ROOT.glob("functions/*/app.py"))
ENVIRONMENT = {
    "STAGE": "dev",
    "TABLE_NAME": "t",
    "DOCUMENTS_BUCKET": "b",
    "SENDER_ADDRESS": "billing@goi.example",
    "PAYMENTS_QUEUE_URL": "https://sqs.invalid/q",
    "MAIL_QUEUE_URL": "https://sqs.invalid/m",
    "REMINDERS_PER_SECOND": "5",
    "SIGNING_SECRET_ID": "s",
    "PROVIDERS_SECRET_ID": "p",
    "APP_URL": "https://app.example",
    "API_URL": "https://api.example",
    "PROVIDERS": "vnpay",
    "VNPAY_PAY_URL": "https://pay.example",
    "VNPAY_API_URL": "https://pay.example",
    "AWS_DEFAULT_REGION": "ap-southeast-1",
    "AWS_ACCESS_KEY_ID": "x",
    "AWS_SECRET_ACCESS_KEY": "x",
}
PROBE = """
import importlib, json, sys
sys.path[:0] = [{task!r}, {layer!r}]
before = set(sys.modules)
app = importlib.import_module("app")
{more}
loaded = {{name: getattr(module, "__file__", None) or "" for name, module in list(sys.modules.items())}}
print(json.dumps({{"handler": callable(app.handler), "loaded": loaded}}))
"""

CALLS: dict[str, tuple[str, dict[str, Any]]] = {
    "dynamodb": ("get_item", {"TableName": "t", "Key": {"pk": {"S": "a"}, "sk": {"S": "b"}}}),
    "events": ("put_events", {"Entries": [{"Source": "s", "DetailType": "t", "Detail": "{}"}]}),
    "s3": ("put_object", {"Bucket": "b", "Key": "k", "Body": b"x", "IfNoneMatch": "*"}),
    "secretsmanager": ("get_secret_value", {"SecretId": "s"}),
    "sesv2": ("send_email", {"FromEmailAddress": "a@b.example", "Content": {"Raw": {"Data": b"x"}}}),
    "sqs": ("send_message", {"QueueUrl": "https://sqs.ap-southeast-1.amazonaws.com/1/q", "MessageBody": "x"}),
}
CALL = """
import botocore.session
class Sent(Exception): pass
def stop(request, **_):
    assert request.url.startswith("https://"), request.url
    raise Sent
client = botocore.session.get_session().create_client({service!r})
client.meta.events.register("before-send", stop)
try:
    client.{operation}(**{parameters!r})
except Sent:
    pass
else:
    raise AssertionError("nothing was sent")
"""


@pytest.fixture(scope="module")
def packages(tmp_path_factory: pytest.TempPathFactory) -> Packages:
    """The layer and every function, for the Python that runs the tests."""
    return pack(tmp_path_factory.mktemp("packages"), "{}.{}".format(*sys.version_info[:2]), installed=True)


def probe(packages: Packages, function: str, more: str = "") -> dict[str, Any]:
    """Imports a function's handler in an interpreter that sees the packages and the standard library, nothing else."""
    code = PROBE.format(task=str(packages.functions[function]), layer=str(packages.layer), more=more)
    command = [sys.executable, "-I", "-S", "-B", "-c", code]
    done = subprocess.run(command, env=ENVIRONMENT, cwd="/", capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    answer: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return answer


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_handler_is_imported_from_the_built_tree_alone(packages: Packages, function: str) -> None:
    answer = probe(packages, function)
    own = (str(packages.layer), str(packages.functions[function]))
    strangers = [file for file in answer["loaded"].values() if "site-packages" in file and not file.startswith(own)]
    assert answer["handler"]
    assert not strangers


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_handler_loads_no_more_modules_than_its_budget(packages: Packages, function: str) -> None:
    loaded = probe(packages, function)["loaded"]
    assert len(loaded) <= MODULES[function], f"{len(loaded)} modules; see docs/benchmarks.md"


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_handler_does_not_load_what_a_cold_start_cannot_afford(packages: Packages, function: str) -> None:
    loaded = {name.partition(".")[0] for name in probe(packages, function)["loaded"]}
    assert not loaded & FORBIDDEN[function]


@pytest.mark.parametrize("provider", ADAPTERS)
def test_a_provider_costs_few_modules_where_it_is_used_and_none_elsewhere(packages: Packages, provider: str) -> None:
    without = set(probe(packages, "payment_webhook")["loaded"])
    used = probe(packages, "payment_webhook", f"importlib.import_module({ADAPTERS[provider]!r})")["loaded"]
    added = set(used) - without
    assert ADAPTERS[provider] in added
    assert not added & (set(ADAPTERS.values()) - {ADAPTERS[provider]}), "no other provider's"
    assert len(added) <= ADAPTER_MODULES
    assert not {name.partition(".")[0] for name in added} & FORBIDDEN["payment_webhook"]


def test_the_documents_work_from_the_built_tree_alone(packages: Packages) -> None:
    probe(packages, "send_invoice", "import documents.pdf, documents.mail, jinja2, typst")


def test_the_reminders_work_from_the_built_tree_alone(packages: Packages) -> None:
    probe(packages, "send_reminder", "import letters.mail, jinja2")


@pytest.mark.parametrize("service", sorted(OPERATIONS))
def test_every_client_works_with_the_pruned_service_descriptions(packages: Packages, service: str) -> None:
    operation, parameters = CALLS[service]
    probe(packages, "list_plans", CALL.format(service=service, operation=operation, parameters=parameters))


def test_the_pruned_services_are_those_that_the_code_has_clients_for() -> None:
    sources = [*ROOT.glob("layers/common/billing/**/*.py"), *ROOT.glob("functions/**/*.py")]
    used = {name for source in sources for name in re.findall(r'\bclient\("([a-z0-9-]+)"\)', source.read_text("utf-8"))}
    assert used == set(OPERATIONS)


def test_packages_carry_bytecode_that_is_trusted_without_its_source_time(packages: Packages) -> None:
    for root in (packages.layer, *packages.functions.values()):
        for source in root.rglob("*.py"):
            assert_unchecked_bytecode(source)


def assert_unchecked_bytecode(source: Path) -> None:
    """PEP 552: the flags after the magic number are 1 for a hash that is not checked."""
    (compiled,) = source.parent.glob(f"__pycache__/{source.stem}.{sys.implementation.cache_tag}.pyc")
    assert int.from_bytes(compiled.read_bytes()[4:8], "little") == 1, compiled


def test_packages_carry_nothing_of_this_machine(packages: Packages) -> None:
    for root in (packages.layer, *packages.functions.values()):
        compiled = [path for path in root.rglob("*.pyc") if str(root).encode() in path.read_bytes()]
        assert not compiled
        assert not list(root.rglob("requirements.txt"))


def test_packages_fit_into_lambda(packages: Packages) -> None:
    layer = size(packages.layer)
    for name, folder in packages.functions.items():
        assert layer + size(folder) < 250 * 1024 * 1024, name


def size(folder: Path) -> int:
    """Bytes of a folder."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def test_packages_are_made_for_the_python_and_processors_of_the_template() -> None:
    from packing.pack import LAMBDA_PYTHON, PLATFORMS

    assert template()["Globals"]["Function"]["Runtime"] == f"python{LAMBDA_PYTHON}"
    assert set(template()["Parameters"]["Arch"]["AllowedValues"]) == set(PLATFORMS)


def test_every_function_and_the_layer_have_the_recipe_of_their_processor() -> None:
    recipe = {"BuildMethod": "makefile", "ContextPath": {"Fn::Sub": "packing/${Arch}"}}
    for name, resource in template()["Resources"].items():
        if resource["Type"] in {"AWS::Serverless::Function", "AWS::Serverless::LayerVersion"}:
            assert resource["Metadata"] == recipe, name
    for arch in template()["Parameters"]["Arch"]["AllowedValues"]:
        assert f"--arch {arch}" in (ROOT / f"packing/{arch}/Makefile").read_text("utf-8")


def test_every_function_folder_is_deployed() -> None:
    folders = {properties["CodeUri"] for properties in resources("AWS::Serverless::Function").values()}
    assert folders == {f"functions/{name}" for name in FUNCTIONS}
