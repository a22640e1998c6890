"""The PDF of a document, typeset by typst from the stored record alone.

The same record gives the same bytes on every machine: only the fonts beside this file are used, and every time in the
file is the record's time of issue.
"""

import json
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final, cast

from billing.domain.invoices import Invoice
from documents.view import page_of

if TYPE_CHECKING:
    from typst import Fonts

HERE = Path(__file__).parent
STANDARD: Final = "a-2a"
"""PDF/A-2a: for archives, fonts embedded, text that can be searched, copied and read aloud."""


def render_pdf(invoice: Invoice) -> bytes:
    """The A4 document of `invoice`; what it says is text to typst, never markup."""
    import typst

    compiler = typst.Compiler(
        HERE / "invoice.typ",
        root=HERE,
        font_paths=fonts(),
        sys_inputs={"page": json.dumps(page_of(invoice), ensure_ascii=False)},
    )
    pdf = compiler.compile(format="pdf", pdf_standards=STANDARD, timestamp=int(invoice.issued_at.timestamp()))
    return cast("bytes", pdf)


@cache
def fonts() -> "Fonts":
    """The fonts beside this file and no others; read once for each process."""
    import typst

    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[HERE / "fonts"])
