"""Removes what Lambda does not need from a tree of installed packages.

botocore describes 400 services in 25 MB; a cold start lists, inflates and reads the descriptions of those it uses, with
all their operations and documentation. What is left here is the machine-readable part of `OPERATIONS`, not compressed.
"""

import gzip
import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

OPERATIONS = {
    "dynamodb": {
        *("BatchGetItem", "DeleteItem", "GetItem", "PutItem", "Query", "TransactGetItems", "TransactWriteItems"),
        *("DescribeEndpoints", "UpdateItem"),  # botocore asks for the first if endpoint discovery is switched on
    },
    "events": {"PutEvents"},
    "s3": {"CreateSession", "GetObject", "HeadBucket", "HeadObject", "PutObject"},  # two are botocore's own needs
    "secretsmanager": {"GetSecretValue"},
    "sesv2": {"SendEmail"},
    "sqs": {"SendMessage", "SendMessageBatch"},
}
"""What can be called in Lambda, by service; a test compares with what the functions do call."""

ENDPOINT_NAMES = {*OPERATIONS, "email"}
"""The same in endpoints.json, where mail has its older name."""

KEPT_METADATA = {"METADATA", "entry_points.txt"}


def prune(root: Path) -> None:
    """Makes the installed packages under `root` smaller and faster to import, in place."""
    for folder in (root / "bin", *root.rglob("tests"), *root.rglob("__pycache__")):
        shutil.rmtree(folder, ignore_errors=True)
    for metadata in root.glob("*.dist-info"):
        _prune_metadata(metadata)
    shutil.rmtree(root / "aws_lambda_powertools/event_handler/openapi/swagger_ui", ignore_errors=True)
    shutil.rmtree(root / "boto3/examples", ignore_errors=True)
    if (root / "botocore/data").is_dir():
        _prune_services(root / "botocore/data")


def _prune_metadata(metadata: Path) -> None:
    for path in metadata.iterdir():
        if path.is_file() and path.name not in KEPT_METADATA and not path.name.upper().startswith(("LICEN", "NOTICE")):
            path.unlink()


def _prune_services(data: Path) -> None:
    for folder in data.iterdir():
        if folder.is_dir() and folder.name in OPERATIONS:
            _prune_service(folder, OPERATIONS[folder.name])
        elif folder.is_dir():
            shutil.rmtree(folder)
    endpoints = json.loads((data / "endpoints.json").read_bytes())
    for partition in endpoints["partitions"]:
        partition["services"] = {name: at for name, at in partition["services"].items() if name in ENDPOINT_NAMES}
    _write(data / "endpoints.json", endpoints)


def _prune_service(folder: Path, operations: set[str]) -> None:
    for optional in ("examples-1", "paginators-1", "waiters-2", "completions-1"):
        for found in folder.rglob(f"{optional}.*"):
            found.unlink()
    for packed in list(folder.rglob("*.json.gz")):
        content = _without_documentation(json.loads(gzip.decompress(packed.read_bytes())))
        _write(packed.with_suffix(""), _only(content, operations) if packed.name.startswith("service-2") else content)
        packed.unlink()


def _only(model: dict[str, Any], operations: set[str]) -> dict[str, Any]:
    """A service's model with these operations, and the shapes that they refer to."""
    kept = {name: model["operations"][name] for name in sorted(operations & model["operations"].keys())}
    shapes: dict[str, Any] = {}
    wanted = set(_shape_names(kept))
    while wanted:
        name = wanted.pop()
        shapes[name] = model["shapes"][name]
        wanted |= set(_shape_names(shapes[name])) - shapes.keys()
    return {**model, "operations": kept, "shapes": shapes}


def _shape_names(node: Any) -> Iterator[str]:
    """The shapes that a part of a model refers to: {"shape": name}, at any depth."""
    if isinstance(node, dict):
        if isinstance(node.get("shape"), str):
            yield node["shape"]
        for value in node.values():
            yield from _shape_names(value)
    elif isinstance(node, list):
        for value in node:
            yield from _shape_names(value)


def _without_documentation(node: Any) -> Any:
    # The key stays, for botocore expects it in places; and a member may be called so, which is no text.
    if isinstance(node, dict):
        return {
            key: "" if key == "documentation" and isinstance(value, str) else _without_documentation(value)
            for key, value in node.items()
        }
    if isinstance(node, list):
        return [_without_documentation(value) for value in node]
    return node


def _write(path: Path, content: Any) -> None:
    path.write_text(json.dumps(content, separators=(",", ":")), encoding="utf-8")
