"""`python -m bench [rounds]`: prints every figure, and fails where one is beyond its limit."""

import subprocess
import sys
import tempfile
from pathlib import Path

from bench.cold_start import Figure, measure
from bench.packages import ROOT, pack
from bench.requests import count, count_modules, count_providers, show, show_modules
from bench.scene import scene

PYTHON = ROOT / ".venv-bench/bin/python"


def main() -> int:
    """The exit code: 0 if every figure is within its limit."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 15
    version = _version()
    print(f"Packing for Python {version}", flush=True)
    with tempfile.TemporaryDirectory(prefix="goi-bench-") as folder, scene() as ready:
        packages = pack(Path(folder), version)
        print(f"Cold starts, {rounds} rounds", flush=True)
        figures = measure(PYTHON, packages, ready, rounds)
    usages = [*count(), *count_providers()]
    _print_cold_starts(figures)
    show(usages)
    show_modules(count_modules())
    return 0 if all([one.is_good for one in figures] + [one.is_good for one in usages]) else 1


def _version() -> str:
    code = "import sys; print('%d.%d' % sys.version_info[:2])"
    done = subprocess.run([str(PYTHON), "-c", code], capture_output=True, text=True, check=True)
    return done.stdout.strip()


def _print_cold_starts(figures: list[Figure]) -> None:
    print(f"\n{'first request':36} {'median ms':>9} {'ratio':>6} {'limit':>6} {'modules':>8}")
    for figure in figures:
        mark = "" if figure.is_good else "  BEYOND ITS LIMIT"
        limit = f"{figure.subject.limit:6.2f}"
        values = f"{figure.milliseconds:9.0f} {figure.ratio:6.2f} {limit} {figure.modules:8}"
        print(f"{figure.subject.name:36} {values}{mark}")


if __name__ == "__main__":
    sys.exit(main())
