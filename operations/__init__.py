"""Commands for those who run Goi. Nothing here is deployed."""

import importlib.util
import sys
from pathlib import Path

# `python -m operations.catalogue` shall do without PYTHONPATH: the shared layer is no installed package.
if importlib.util.find_spec("billing") is None:
    sys.path.append(str(Path(__file__).parent.parent / "layers" / "common"))
