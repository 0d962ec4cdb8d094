"""What `escalate pk` sets beside the answer: other regimens, the published range, any set of patients."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from math import isfinite
from pathlib import Path
from typing import TYPE_CHECKING, Any

from escalate.library.model import Library
from escalate.problems import UsageError, nearest
from escalate.texts import _, figure

if TYPE_CHECKING:
    from escalate.pk.document import Question


def besides(
    library: Library, q: Question, document: Mapping[str, Any], asked: Mapping[str, Any]
) -> dict[str, object]:
    """Entries `place_in_published_range`, `beside` and `among`, where there is something to say.

    Raises: UsageError, naming the option, the file and the row.
    """
    out: dict[str, object] = {}
    if q.model.published:
        out["place_in_published_range"] = _place(q, document)
    if asked["beside"]:
        out["beside"] = _beside(library, q, asked["beside"])
    if asked["among"]:
        out["among"] = _among(document, asked["among"])
    return out


def _place(q: Question, found: Mapping[str, Any]) -> dict[str, str]:
    from escalate.pk.dosing import place_in

    return {
        name: place_in(q.model.published, name, found[name]) for name in q.model.published if name in found
    }


def _beside(library: Library, q: Question, names: Sequence[str]) -> dict[str, dict[str, object]]:
    """The typical patient under published regimens of the drug."""
    from escalate.pk.dosing import beside
    from escalate.pk.entries import Given
    from escalate.pk.names import named
    from escalate.pk.schedule import flat
    from escalate.pk.simulate import typical_of, without_falling_part

    known = {r.id: r for t in library.therapies.values() if t.pk_model == q.model.id for r in t.regimens}
    if not known:
        raise UsageError(_("--beside: no regimen of {drug} is known").format(drug=q.model.drug))
    for name in names:
        if name != "all" and name not in known:
            raise UsageError(
                _("--beside {name}: no such regimen; {nearest}").format(
                    name=name, nearest=nearest(name, [*known, "all"])
                )
            )
    chosen = list(known) if "all" in names else list(names)
    given = {
        name: flat(
            [
                Given(float(s.day), float(s.mg_per_kg), "kg", known[name].route, 0.0, s.name)
                for s in known[name].steps
            ],
            q.weight_kg,
            None,
        )
        for name in chosen
    }
    level = q.threshold[1] if q.threshold else None
    values = typical_of(q.model, q.covariates)
    if q.model.falls and not q.falling:
        values = without_falling_part(values)
    found = beside(q.model, values, given, level)
    out: dict[str, dict[str, object]] = {}
    for name, own in found.items():
        shown: dict[str, object] = {"title": known[name].title, "doses": len(given[name])}
        shown |= named(own, q.model.units, q.threshold[0] if q.threshold else None)
        out[name] = shown | ({"place_in_published_range": _place(q, shown)} if q.model.published else {})
    return out


def _among(found: Mapping[str, Any], path: str) -> dict[str, dict[str, int]]:
    """Beside a table of patients in CSV, whose columns bear the names of the measures."""
    from escalate.pk.dosing import place_among

    try:
        with Path(path).open(encoding="utf-8-sig", newline="") as file:
            rows = list(csv.DictReader(file))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise UsageError(
            _("--among {path}: cannot be read as a table ({error})").format(path=path, error=error)
        ) from None
    measured = [name for name, value in found.items() if isinstance(value, float)]
    columns = [name for name in measured if rows and name in rows[0]]
    if not columns:
        raise UsageError(
            _("--among {path}: no column is named like a measure ({names})").format(
                path=path, names=", ".join(measured)
            )
        )
    out = {}
    for name in columns:
        values = [_figure_in(row[name], path, number, name) for number, row in enumerate(rows, 2)]
        below, same, above = place_among([x for x in values if x is not None], found[name])
        out[name] = {"patients": below + same + above, "below": below, "equal": same, "above": above}
    return out


def _figure_in(text: str | None, path: str, row: int, column: str) -> float | None:
    """A figure of the table; an empty cell is no patient of this measure."""
    if text is None or not text.strip():
        return None
    try:
        value = float(text)
    except ValueError:
        value = float("nan")
    if not isfinite(value):
        raise UsageError(
            _("--among {path}: row {row}, {column}: `{text}` is no number").format(
                path=path, row=row, column=column, text=text.strip()
            )
        )
    return value


def besides_text(found: Mapping[str, Any]) -> str:
    """The same for a reader."""
    lines = []
    words = {"below": _("below"), "within": _("within"), "above": _("above")}
    if "place_in_published_range" in found:
        listed = ", ".join(
            f"{name} {words[place]}" for name, place in found["place_in_published_range"].items()
        )
        lines.append(_("Beside the published range: {listed}").format(listed=listed))
    if "beside" in found:
        shown = list(found["beside"].items())
        names = [name for name, value in shown[0][1].items() if isinstance(value, float)]
        rows = [["", *(name for name, _own in shown)]]
        rows += [[name, *(figure(own[name], ".4g") for _id, own in shown)] for name in names]
        widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
        lines += ["", _("Published regimens side by side, typical patient:")]
        lines += ["  ".join(x.ljust(w) for x, w in zip(row, widths, strict=True)).rstrip() for row in rows]
    if "among" in found:
        lines.append("")
        lines += [
            _("{measure}: above {below} of {patients} patients of the table, below {above}").format(
                measure=name, below=own["below"], patients=own["patients"], above=own["above"]
            )
            for name, own in found["among"].items()
        ]
    return "\n".join(lines) + "\n" if lines else ""
