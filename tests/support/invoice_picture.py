"""Draws docs/images/invoice.png, the picture of a document in the README: `python -m tests.support.invoice_picture`.

PYTHONPATH needs `layers/common` and `functions/send_invoice`, as in pyproject.toml.
"""

import tempfile
from pathlib import Path

import typst

from documents.pdf import typesetter
from tests.support.invoices import vat_invoice

PICTURE = Path("docs/images/invoice.png")
FRAME = """
#set page(width: auto, height: auto, margin: 14pt, fill: rgb("#e7ebe6"))
#box(stroke: 0.5pt + rgb("#cfd6cf"), image("page.png", width: 440pt))
"""


def main() -> None:
    """Sets a VAT invoice and frames its page."""
    invoice = vat_invoice(discount=89_700, coupon_code="CHAOMUNG10")
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "frame.typ").write_text(FRAME, encoding="utf-8")
        typesetter(invoice).compile(output=Path(folder) / "page.png", format="png", ppi=150)
        typst.compile(Path(folder) / "frame.typ", output=PICTURE, format="png", ppi=144)
    print(f"{PICTURE}: {PICTURE.stat().st_size // 1024} KB")  # noqa: T201


if __name__ == "__main__":
    main()
