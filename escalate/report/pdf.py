"""The page of an assessment as a PDF for A4: tagged (PDF/UA-1), numbered, the same bytes on every run.

The layout is that of `report/html` under its rules for print. WeasyPrint comes with `escalate[pdf]` and needs
Pango from the system; nothing is fetched from anywhere while it works.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from escalate.assessment import Assessment
from escalate.problems import UsageError
from escalate.report.changes import Changes
from escalate.report.html import html_report
from escalate.texts import _, in_its_language

if TYPE_CHECKING:
    from types import ModuleType

_VARIANT = "pdf/ua-1"


@in_its_language
def pdf_report(assessment: Assessment, start: date | None = None, *, since: Changes | None = None) -> bytes:
    """The whole report as one PDF.

    Args:   start, the day of the first dose: with it every open option has a calendar with real days;
            since, what differs from another assessment of the patient.
    Raises: UsageError where WeasyPrint, or the Pango that it needs, is not installed.
    """
    return pdf_of(html_report(assessment, start, since=since))


def pdf_of(page: str) -> bytes:
    """A page of ours as a PDF. Raises: UsageError as `pdf_report`."""
    weasyprint = _library()
    fetch: Any = weasyprint.urls.URLFetcher(allowed_protocols=("data",), fail_on_errors=True)
    document = weasyprint.HTML(string=page, url_fetcher=fetch)
    return bytes(document.write_pdf(pdf_variant=_VARIANT))


def _library() -> ModuleType:
    try:
        import weasyprint
    except ImportError:
        raise UsageError(
            _("WeasyPrint is not installed; it comes with `pip install 'escalate[pdf]'`")
        ) from None
    except OSError as error:  # the package is there, a library of the system is not
        raise UsageError(
            _(
                "WeasyPrint does not find Pango on this system ({error}); on Debian `apt-get install "
                "libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0` brings it. Without it: write "
                "--format html and print the page from a browser"
            ).format(error=str(error).splitlines()[0][:120])
        ) from None
    return weasyprint  # type: ignore[no-any-return]
