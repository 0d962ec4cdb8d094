"""Near misses in the report as text: one line a value, then what either side of the line says."""

from __future__ import annotations

from escalate.assessment import Assessment
from escalate.report.layout import Page
from escalate.report.sheet_near import nears
from escalate.report.sheet_said import Voice
from escalate.texts import _


def write_near_misses(page: Page, assessment: Assessment) -> None:
    """The section; nothing where no value lies beside a line that decides."""
    found = nears(assessment, Voice(assessment))
    if not found:
        return
    page.heading(_("Near misses"))
    for near in found:
        rules = "; ".join(
            f"{r.title} ({'; '.join(part for part in (r.rule, r.basis) if part)})" for r in near.rules
        )
        page.line(f"{near.what} - {_('Line')} {near.limit}: {rules}", 2, "- ")
        for names, now, there in near.turned:
            page.line(f"{names}: {now}; {near.other}: {there}", 6)
