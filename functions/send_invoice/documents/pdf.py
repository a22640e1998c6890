"""The PDF of a document, typeset by typst from the stored record alone.

The same record gives the same bytes on every machine: only the fonts beside this file are used, and every time in the
file is the record's time of issue.
"""

import json
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Final, cast

from billing.domain.invoices import Invoice
from documents.view import page_of

if TYPE_CHECKING:
    from typst import Compiler, Fonts, PDFStandard

HERE = Path(__file__).parent
STANDARDS: "Final[list[PDFStandard]]" = ["a-2a", "ua-1"]
"""PDF/A for archives and PDF/UA for screen readers: fonts embedded, text that can be searched, copied, read aloud."""


def render_pdf(invoice: Invoice) -> bytes:
    """The A4 document of `invoice`; what it says is text to typst, never markup.

    The standards forbid characters that no font beside this file can draw. A name may hold some all the same, and its
    document has to be issued: it is then made without the standards, with a box for each such character.
    """
    import typst

    compile_pdf = partial(typesetter(invoice).compile, format="pdf", timestamp=int(invoice.issued_at.timestamp()))
    try:
        pdf = compile_pdf(pdf_standards=STANDARDS)
    except typst.TypstError:
        pdf = compile_pdf()
    return cast("bytes", pdf)


def typesetter(invoice: Invoice) -> "Compiler":
    """The template with the record's texts in it, ready to be compiled."""
    import typst

    return typst.Compiler(
        HERE / "invoice.typ",
        root=HERE,
        font_paths=fonts(),
        sys_inputs={"page": json.dumps(page_of(invoice), ensure_ascii=False)},
    )


@cache
def fonts() -> "Fonts":
    """The fonts beside this file and no others; read once for each process."""
    import typst

    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[HERE / "fonts"])
