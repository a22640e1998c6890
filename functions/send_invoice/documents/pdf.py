"""The PDF of a document, typeset by typst from the stored record alone.

The same record gives the same bytes on every machine: only the fonts beside this file are used, and every time in the
file is the record's time of issue.
"""

import json
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from billing.domain.dates import local_date
from billing.domain.invoices import Invoice

from documents.view import page_of

if TYPE_CHECKING:
    from typst import Fonts

HERE = Path(__file__).parent
STANDARD = "a-2a"
"""PDF/A-2a: for archives, fonts embedded, text that can be searched, copied and read aloud."""


def render_pdf(invoice: Invoice) -> bytes:
    """The A4 document of `invoice`; what it says is text to typst, never markup."""
    import typst  # noqa: PLC0415 - a cold start that renders nothing does without it

    page = page_of(invoice) | {"day": list(local_date(invoice.issued_at, invoice.timezone).timetuple()[:3])}
    compiler = typst.Compiler(
        HERE / "invoice.typ",
        root=HERE,
        font_paths=fonts(),
        sys_inputs={"page": json.dumps(page, ensure_ascii=False)},
    )
    pdf = compiler.compile(format="pdf", pdf_standards=STANDARD, timestamp=int(invoice.issued_at.timestamp()))
    assert isinstance(pdf, bytes)
    return pdf


@cache
def fonts() -> "Fonts":
    """The fonts beside this file and no others; read once for each process."""
    import typst  # noqa: PLC0415

    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[HERE / "fonts"])
