"""Packs the layer or one function for Lambda. `sam build` runs it by packing/<arch>/Makefile in a copy of the source.

What SAM's own Python builder would do differently, and why it is not used (docs/decisions/0008): it drops bytecode,
which doubles the time that a cold start spends importing, and it keeps the descriptions of 400 AWS services that nobody
calls.

Needs Python 3.9 and pip only. Bytecode is made by the interpreter that Lambda runs; without it on this machine the
package works all the same, slower to start, and a message says so.
"""

import argparse
import importlib.metadata
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from packing.prune import prune

LAMBDA_PYTHON = "3.13"
"""What template.yaml says under Runtime; a test compares."""

PLATFORMS = {
    "arm64": ("manylinux_2_28_aarch64", "manylinux_2_17_aarch64", "manylinux2014_aarch64"),
    "x86_64": ("manylinux_2_28_x86_64", "manylinux_2_17_x86_64", "manylinux2014_x86_64"),
}
"""Tags of wheels that run on Lambda's Amazon Linux 2023 (glibc 2.34)."""

NOT_PACKED = shutil.ignore_patterns("requirements.txt", "__pycache__", "*.pyc", "py.typed", "tests", "Makefile")
INSIDE_LAMBDA = {"layer": "/opt/python", "function": "/var/task"}


def main() -> None:
    """The command line: kind of package, processor, target folder; the source is the working directory."""
    options = arguments()
    root = options.into / "python" if options.kind == "layer" else options.into
    requirements = options.source / "requirements.txt"
    if options.installed:
        copy_installed(requirements, root)
    else:
        install(requirements, root, options.arch, options.python_version)
    shutil.copytree(options.source, root, ignore=NOT_PACKED, dirs_exist_ok=True)
    prune(root)
    compile_bytecode(root, options.python_version, INSIDE_LAMBDA[options.kind])


def arguments() -> argparse.Namespace:
    """What was asked for."""
    parser = argparse.ArgumentParser(description="Pack the layer or a function for Lambda.")
    parser.add_argument("kind", choices=sorted(INSIDE_LAMBDA))
    parser.add_argument("--arch", choices=sorted(PLATFORMS), required=True)
    parser.add_argument("--into", type=Path, required=True, help="folder that becomes the package")
    parser.add_argument("--source", type=Path, default=Path.cwd())
    parser.add_argument("--installed", action="store_true", help="copy this environment's packages, fetch nothing")
    parser.add_argument("--python-version", default=os.environ.get("LAMBDA_PYTHON", LAMBDA_PYTHON))
    return parser.parse_args()


def install(requirements: Path, root: Path, arch: str, version: str) -> None:
    """The locked wheels for the processor and Python of Lambda; nothing is compiled here, so any machine can pack."""
    root.mkdir(parents=True, exist_ok=True)
    if not requirements.exists():
        return
    platforms = [argument for tag in PLATFORMS[arch] for argument in ("--platform", tag)]
    run(
        [*pip(), "install", "--quiet", "--disable-pip-version-check", "--no-input", "--require-hashes"],
        ["--only-binary=:all:", "--no-deps", "--no-compile", "--implementation", "cp", "--python-version", version],
        [*platforms, "--requirement", str(requirements), "--target", str(root), "--upgrade"],
    )


def copy_installed(requirements: Path, root: Path) -> None:
    """The same packages out of this interpreter's environment: for tests, which run without a network."""
    for name, version in locked(requirements):
        package = importlib.metadata.distribution(name)
        if package.version != version:
            sys.exit(f"{name} {package.version} is installed, {version} is locked; run make again")
        for file in package.files or ():
            if ".." not in file.parts and file.suffix != ".pyc":
                target = root / file
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(str(file.locate()), target)


def locked(requirements: Path) -> Iterator[tuple[str, str]]:
    """Names and versions of a lock."""
    text = requirements.read_text(encoding="utf-8") if requirements.exists() else ""
    for line in text.splitlines():
        name, equals, version = line.partition("==")
        if equals and not line.startswith((" ", "#")):
            yield name, version.split()[0]


def compile_bytecode(root: Path, version: str, inside: str) -> None:
    """Bytecode that Python trusts without looking at the source: zips carry no times that it could compare."""
    python = next((path for path in interpreters(version) if is_python(path, version)), None)
    if python is None:
        message = f"no python{version} on this machine: packed without bytecode; cold starts will be slower"
        print(f"WARNING: {message}", file=sys.stderr)
        return
    run(
        [python, "-m", "compileall", "-q", "-f", "--invalidation-mode", "unchecked-hash"],
        ["-s", str(root), "-p", inside, str(root)],
    )


def interpreters(version: str) -> Iterator[str]:
    """Where a Python of that version may be."""
    yield sys.executable
    found = shutil.which(f"python{version}")
    if found:
        yield found
    for home in (Path.home() / ".pyenv/versions", Path.home() / ".local/share/uv/python"):
        yield from (str(path) for path in sorted(home.glob(f"*{version}.*/bin/python{version}")))


def is_python(path: str, version: str) -> bool:
    """Whether it runs and is that version; a pyenv shim exists for versions that are switched off, too."""
    code = "import sys; print('%d.%d' % sys.version_info[:2])"
    answer = subprocess.run([path, "-c", code], capture_output=True, text=True, check=False)
    return answer.stdout.strip() == version


def pip() -> list[str]:
    """A pip: of this interpreter, or of the project's environment."""
    project = Path(__file__).parents[1] / ".venv/bin/python"
    for python in (sys.executable, str(project)):
        command = [python, "-m", "pip"]
        if Path(python).exists() and succeeds([*command, "--version"]):
            return command
    sys.exit("pip is needed to pack; install python3-pip")


def succeeds(command: list[str]) -> bool:
    """Whether a command ends well, quietly."""
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


def run(*parts: list[str]) -> None:
    """Runs a command; its own message tells what went wrong."""
    command = [word for part in parts for word in part]
    if subprocess.run(command, check=False).returncode:
        sys.exit(f"packing failed: {' '.join(command[:4])} ...")


if __name__ == "__main__":
    main()
