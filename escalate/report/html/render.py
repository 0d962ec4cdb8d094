"""The sheet to HTML: beside the site the only place that knows the template library."""

from __future__ import annotations

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from escalate.assessment import Assessment
from escalate.problems import printable
from escalate.report.html.exposure_figure import figures
from escalate.report.sheet import sheet
from escalate.texts import _, in_its_language, ngettext


@in_its_language
def html_report(assessment: Assessment) -> str:
    """The whole report as one HTML document.

    Returns: text in the language of the library, the same for the same assessment.
    """
    environment = Environment(
        loader=PackageLoader("escalate.report.html"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        finalize=_harmless,
    )
    style, _name, _fresh = PackageLoader("escalate.report.html").get_source(environment, "report.css")
    return environment.get_template("report.html").render(
        s=sheet(assessment),
        _=_,
        ngettext=ngettext,
        figures=figures(assessment),
        language=assessment.library.language,
        style=Markup(style),  # ours, and a style element is not escaped
    )


def _harmless(value: object) -> object:
    """A text of the patient file with its lines joined and control characters made visible."""
    if isinstance(value, Markup) or not isinstance(value, str):
        return value
    return printable(value.replace("\r\n", " ").replace("\n", " ").replace("\t", " "))
