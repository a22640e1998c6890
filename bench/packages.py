"""The packages as they are deployed, made for the Python that measures them."""

import os
import platform
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
BASELINE = ROOT / "bench/baseline"
MACHINE = {"aarch64": "arm64", "arm64": "arm64", "x86_64": "x86_64", "AMD64": "x86_64"}


@dataclass(frozen=True, slots=True)
class Packages:
    """Where they are: the layer's Python folder, and one folder for each function by its name."""

    layer: Path
    functions: dict[str, Path]


def architecture() -> str:
    """This machine's processor as Lambda calls it."""
    return MACHINE[platform.machine()]


def pack(into: Path, python_version: str, *, installed: bool = False) -> Packages:
    """The layer, every function, and the baseline.

    `installed` takes the packages of this environment, which are those of the lock, instead of fetching them.
    """
    layer = into / "layer"
    _pack("layer", ROOT / "layers/common", layer, python_version, installed=installed)
    functions = {}
    for source in (*sorted((ROOT / "functions").glob("*/")), BASELINE):
        if (source / "app.py").exists():
            functions[source.name] = into / source.name
            _pack("function", source, into / source.name, python_version, installed=installed)
    return Packages(layer / "python", functions)


def _pack(kind: str, source: Path, into: Path, python_version: str, *, installed: bool) -> None:
    command = [sys.executable, str(ROOT / "packing/pack.py"), kind, "--arch", architecture(), "--into", str(into)]
    options = ["--source", str(source), "--python-version", python_version, *(["--installed"] if installed else [])]
    environment = {**os.environ, "PIP_DISABLE_PIP_VERSION_CHECK": "1"}
    done = subprocess.run([*command, *options], env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"packing {source.name} failed:\n{done.stdout}{done.stderr}")
