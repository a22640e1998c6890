"""Removes what Lambda does not need from a tree of installed packages.

botocore describes 400 services in 25 MB; a cold start lists, inflates and reads the descriptions of those it uses, with
all their documentation. What is left here is the machine-readable part of the services in `SERVICES`, not compressed.
"""

import gzip
import json
import shutil
from pathlib import Path
from typing import Any

SERVICES = ("dynamodb", "s3", "secretsmanager", "sesv2", "sqs", "sts")
"""Services whose clients can be made in Lambda; a test compares with the clients that the code makes."""

ENDPOINT_NAMES = {*SERVICES, "email"}
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
        if folder.is_dir() and folder.name not in SERVICES:
            shutil.rmtree(folder)
    for examples in data.rglob("examples-1.json*"):
        examples.unlink()
    for packed in list(data.rglob("*.json.gz")):
        _write(packed.with_suffix(""), _without_documentation(json.loads(gzip.decompress(packed.read_bytes()))))
        packed.unlink()
    endpoints = json.loads((data / "endpoints.json").read_bytes())
    for partition in endpoints["partitions"]:
        partition["services"] = {name: at for name, at in partition["services"].items() if name in ENDPOINT_NAMES}
    _write(data / "endpoints.json", endpoints)


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
