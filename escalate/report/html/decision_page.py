"""A page of the conference's decision as one HTML file for one sheet of A4: no script, no other file."""

from __future__ import annotations

from escalate._version import VERSION
from escalate.report.decision import DecisionPage
from escalate.report.html.render import templates
from escalate.texts import _, speaking


def decision_html(page: DecisionPage) -> str:
    """The file, in the language of the page; the same for the same entries."""
    with speaking(page.language):
        return templates().get_template("decision.html").render(p=page, _=_, version=VERSION)
