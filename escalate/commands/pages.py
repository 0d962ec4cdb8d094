"""Pages that `escalate assess` writes: HTML and PDF of one patient, or a conference list in a folder."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from escalate.commands.output import emit_bytes, emit_folder
from escalate.problems import UsageError
from escalate.texts import _

if TYPE_CHECKING:
    from escalate.assessment import Assessment
    from escalate.report.changes import Changes

PAGES = ("html", "pdf")
_INDEX = "index.html"


def check_pages(
    fmt: str, patients: Sequence[str], therapy: str | None, output: str | None, start: date | None
) -> None:
    """A page shows every option and goes into a file. Raises: UsageError before anything is read."""
    if start is not None and fmt not in PAGES:
        raise UsageError(_("--start goes with the formats html and pdf: it dates their calendars"))
    if fmt in ("text", "json"):
        return
    if therapy is not None:
        raise UsageError(_("--option goes with the formats text and json; a page shows every option"))
    if fmt not in PAGES:
        return
    if not output:
        raise UsageError(
            _(
                "--format {format}: -o FILE names the file to write, or -o FOLDER that of several patients"
            ).format(format=fmt)
        )
    if len(patients) > 1 and Path(output).exists() and not Path(output).is_dir():
        raise UsageError(
            _("-o {output}: several patients are written into a folder, and this is a file").format(
                output=output
            )
        )


def rendered_pages(
    done: Sequence[Assessment],
    fmt: str,
    output: str,
    start: date | None,
    asked: int,
    refused: Sequence[str],
    differs: Sequence[Changes | None],
) -> bytes | dict[str, bytes]:
    """One file, or the files of a folder: `index.html` and a page for each patient.

    Args:   asked, how many files were given; refused, the names of those that could not be read;
            differs, for each assessment what differs from another one, or None.
    Raises: UsageError where what a PDF needs is missing.
    """
    if asked == 1 and not Path(output).is_dir():
        return _page(done[0], fmt, start, differs[0])
    from escalate.report.html import index_page, page_names

    names = page_names(done, fmt)
    files = {n: _page(a, fmt, start, c) for n, a, c in zip(names, done, differs, strict=True)}
    return files | {_INDEX: index_page(done, names, refused).encode()}


def write_pages(pages: bytes | dict[str, bytes], output: str) -> None:
    """Raises: UsageError where it cannot be written."""
    if isinstance(pages, bytes):
        emit_bytes(pages, output)
    else:
        emit_folder(pages, output)


def _page(assessment: Assessment, fmt: str, start: date | None, since: Changes | None) -> bytes:
    if fmt == "pdf":
        from escalate.report.pdf import pdf_report

        return pdf_report(assessment, start, since=since)
    from escalate.report.html import html_report

    return html_report(assessment, start, since=since).encode()
