"""The sheet to HTML: beside the site the only place that knows the template library."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from escalate._version import VERSION
from escalate.assessment import Assessment
from escalate.problems import printable
from escalate.report.changes import Changes
from escalate.report.changes_said import Told, beside_verdicts, told, with_days
from escalate.report.html.exposure_figure import figures
from escalate.report.sheet import sheet
from escalate.texts import _, in_its_language, ngettext


@dataclass(frozen=True, slots=True)
class Parts:
    """A report for use within another page.

    `body` is one `<div class="sheet">` without a main landmark and with headings from the second level;
    `style` speaks of what is inside `.sheet` alone; its pictures are data addresses (`img-src data:`).
    """

    title: str
    style: str
    body: str


@in_its_language
def html_report(assessment: Assessment, start: date | None = None, *, since: Changes | None = None) -> str:
    """The whole report as one HTML document.

    Args:    start, the day of the first dose: with it every open option has a calendar with real days;
             since, what differs from another assessment of the patient, told under the first glance.
    Returns: text in the language of the library, the same for the same assessment.
    """
    environment = templates()
    new = with_days(told(since, assessment.library)) if since is not None else None
    beside = beside_verdicts(since, assessment.library) if since is not None else {}
    parts = _parts(assessment, environment, alone=True, at="", changes=beside, start=start, new=new)
    return environment.get_template("report.html").render(
        language=assessment.library.language,
        version=VERSION,
        title=parts.title,
        style=Markup(parts.style),  # ours, and a style element is not escaped
        body=Markup(parts.body),
    )


@in_its_language
def html_parts(
    assessment: Assessment,
    *,
    at: str = "",
    changes: Mapping[str, str] | None = None,
    start: date | None = None,
) -> Parts:
    """The report for use within another page.

    Args: at, what every id begins with (`b-`: `b-option-teclistamab`), so that two reports can share a page;
          changes, by therapy id: what stands beside its verdict, as "was: open for discussion";
          start, the day of the first dose, for calendars with real days.
    """
    return _parts(assessment, templates(), alone=False, at=at, changes=changes or {}, start=start)


def _parts(
    assessment: Assessment,
    environment: Environment,
    *,
    alone: bool,
    at: str,
    changes: Mapping[str, str],
    start: date | None,
    new: Told | None = None,
) -> Parts:
    shown = sheet(assessment, start)
    body = environment.get_template("body.html").render(
        s=shown,
        _=_,
        ngettext=ngettext,
        figures=figures(assessment),
        alone=alone,
        at=at,
        changes=changes,
        new=new,
    )
    title = f"{shown.id} – {_('proposal for a case conference')}, {shown.day}"
    return Parts(title, page_style(), body if alone else f'<div class="sheet">\n{body}</div>\n')


def page_style() -> str:
    """The style of every report; it speaks of what is inside `.sheet` alone, and of the printed page."""
    style, _name, _fresh = PackageLoader("escalate.report.html").get_source(Environment(), "report.css")
    return style


@cache  # a service renders many reports; reading the templates costs as much as filling them
def templates() -> Environment:
    """The templates of this folder; every text is escaped, control characters are made visible."""
    return Environment(
        loader=PackageLoader("escalate.report.html"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        finalize=_harmless,
    )


def _harmless(value: object) -> object:
    """A text of the patient file with its lines joined and control characters made visible."""
    if isinstance(value, Markup) or not isinstance(value, str):
        return value
    return printable(value.replace("\r\n", " ").replace("\n", " ").replace("\t", " "))
