"""The attrition of a cohort as a file: text, table or picture, by the ending of its name."""

from __future__ import annotations

import csv
import io

from escalate.cohort.attrition import Attrition, attrition_text
from escalate.library.model import Library
from escalate.problems import UsageError
from escalate.texts import _

SCREEN = "-"
_FORMS = {".txt": "text", ".csv": "csv", ".svg": "svg", ".png": "png"}


def form_of(name: str) -> str:
    """`text`, `csv`, `svg` or `png`. Raises: UsageError for another ending."""
    form = "text" if name == SCREEN else next((f for end, f in _FORMS.items() if name.endswith(end)), None)
    if form is None:
        endings = ", ".join(_FORMS)
        raise UsageError(
            _("--attrition {name}: the name ends in one of {endings}, or is -").format(
                name=name, endings=endings
            )
        )
    return form


def written(found: Attrition, library: Library, refused: int, form: str) -> bytes:
    """The counts in one of the forms of `form_of`.

    Args: refused, how many rows of the registry could not be read.
    """
    if form == "text":
        return attrition_text(found, library, refused).encode()
    if form == "csv":
        out = io.StringIO(newline="")
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(("about", "therapy", "what", "patients"))
        writer.writerows(found.rows)
        return out.getvalue().encode()
    from escalate.cohort.figure import picture

    return picture(found, library, form)
