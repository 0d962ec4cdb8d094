"""The list of a conference: one page that names every patient, what is asked and where the report stands."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from escalate._version import VERSION
from escalate.assessment import Assessment
from escalate.report.html.render import page_style, templates
from escalate.report.sheet import Sheet, sheet
from escalate.texts import _, in_its_language, ngettext

_UNSAFE = re.compile(r"[^A-Za-z0-9]+")
_NAME_LENGTH = 40


@dataclass(frozen=True, slots=True)
class Listed:
    """One patient of the list: the file of the report beside the index, and what it says."""

    file: str
    sheet: Sheet


def page_names(assessments: Sequence[Assessment], ending: str) -> list[str]:
    """File names that no id of a patient can lead out of their folder: `01-case-7.html`.

    >>> class Named:
    ...     class patient: id = "../case 7"
    >>> page_names([Named], "html")
    ['01-case-7.html']
    """
    width = max(2, len(str(len(assessments))))
    return [
        f"{number:0{width}d}-{_UNSAFE.sub('-', a.patient.id).strip('-')[:_NAME_LENGTH] or 'patient'}.{ending}"
        for number, a in enumerate(assessments, start=1)
    ]


def index_page(assessments: Sequence[Assessment], files: Sequence[str], refused: Sequence[str] = ()) -> str:
    """The list as one HTML document, emergencies first, else in the order given.

    Args: files, beside each assessment the name of its report; refused, the files that could not be read.
    """
    return _written(assessments[0], assessments, files, refused)


@in_its_language
def _written(
    one: Assessment, assessments: Sequence[Assessment], files: Sequence[str], refused: Sequence[str]
) -> str:
    listed = [Listed(file, sheet(a)) for a, file in zip(assessments, files, strict=True)]
    listed.sort(key=lambda entry: not entry.sheet.emergencies)  # stable: else as given
    return (
        templates()
        .get_template("index.html")
        .render(
            _=_,
            ngettext=ngettext,
            at="",
            changes={},
            listed=listed,
            refused=refused,
            language=one.library.language,
            version=VERSION,
            style=Markup(page_style()),
        )
    )
