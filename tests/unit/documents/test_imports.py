"""What it costs to have the documents at hand before one is needed."""

import json
import subprocess
import sys

PROBE = """
import json, sys
import documents.mail, documents.pdf
print(json.dumps(sorted(sys.modules)))
"""


def test_nothing_heavy_is_loaded_before_the_first_document() -> None:
    answer = subprocess.run(
        [sys.executable, "-c", PROBE],
        env={"PYTHONPATH": "layers/common:functions/send_invoice"},
        capture_output=True,
        check=True,
        text=True,
    )
    modules = json.loads(answer.stdout)
    assert not {"typst", "jinja2", "email.policy", "email.message", "boto3", "pydantic"} & set(modules)
    assert len(modules) < 150, modules
