"""The document of `escalate pk` as text for a reader, and as CSV."""

from __future__ import annotations

import csv
import io
import textwrap
from collections.abc import Mapping
from typing import Any

from escalate.texts import N_, _, figure

_SPREAD = ("interval_90", "parameter_uncertainty_90", "published_range")
_TITLES = {"interval_90": N_("90 % of patients"), "parameter_uncertainty_90": N_("90 % uncertainty"),
           "published_range": N_("published range")}  # fmt: skip


def text(document: Mapping[str, Any], width: int = 100) -> str:
    """One table of measures, the troughs, and every warning and assumption."""
    shown = [key for key in _SPREAD if key in document]
    other = document.get("without_time_dependent_clearance", {})
    head = ["", _("typical"), *(_(_TITLES[key]) for key in shown)]
    head += [_("without time-dependent clearance")] if other else []
    rows = [head]
    for name, value in document.items():
        if not isinstance(value, float):
            continue
        row = [name, _number(value)]
        row += [_(" to ").join(map(_number, document[key].get(name, ()))) for key in shown]
        rows.append(row + ([_number(other[name])] if other else []))
    widths = [max(len(row[i]) for row in rows) for i in range(len(head))]
    lines = [str(document["model"]), str(document["model_card"]["title"]), ""]
    lines += ["  ".join(x.ljust(w) for x, w in zip(row, widths, strict=True)).rstrip() for row in rows]
    if document["troughs"]:
        unit = document["units"]["concentration"]
        listed = ", ".join(
            _("day {day}: {value}").format(day=_number(t), value=_number(c)) for t, c in document["troughs"]
        )
        lines += [
            "",
            *textwrap.wrap(_("Before each dose ({unit}): {listed}").format(unit=unit, listed=listed), width),
        ]
    if other:
        percent = other["auc_0_inf_increase_in_percent_of_auc_with_it"]
        lines += [
            "",
            _("Without it the area is {percent} % larger, in percent of the area with it.").format(
                percent=figure(percent, "g")
            ),
        ]
    lines.append("")
    for warning in document["warnings"]:
        lines += textwrap.wrap(_("Warning: {warning}").format(warning=warning), width)
    lines += textwrap.wrap(_("Source: {source}").format(source=document["model_card"]["source"]), width)
    lines += textwrap.wrap(
        _("Provenance: {provenance}").format(provenance=document["model_card"]["provenance"]), width
    )
    for note in document["assumptions"]:
        lines += textwrap.wrap(note, width, initial_indent="- ", subsequent_indent="  ")
    return "\n".join(lines) + "\n"


def table_csv(document: Mapping[str, Any]) -> str:
    """Days, concentrations and areas, one row a sample."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    unit, area = document["units"]["concentration"], document["units"]["area"]
    writer.writerow(["day", f"concentration ({unit})", f"area from the first dose ({area})"])
    for (day, c), (_day, a) in zip(document["concentrations"], document["areas_to"], strict=True):
        writer.writerow([repr(day), repr(c), repr(a)])
    return out.getvalue()


def _number(value: float) -> str:
    return figure(value, ".4g")
