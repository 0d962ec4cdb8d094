"""The published numbers of the Total Improvement Score and of IMACS worsening, read from the knowledge base.

They stand in knowledge/parameters/total_improvement_score.yaml; nobody reads them for an assessment, so they
are kept apart from the parameters of derived facts.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from escalate.library.model import Library
from escalate.problems import InternalFault
from escalate.texts import _

STRENGTH = "mmt8"
ENZYME = "enzyme"


@dataclass(frozen=True, slots=True)
class Measure:
    """One core set measure.

    `ends` are the upper ends of the bands in percent of the range, rising; `points` has one more entry,
    the first for what lies in no band above. `range` is None where the visit decides it (strength, enzyme).
    """

    name: str
    label: str
    range: Decimal | None
    ends: tuple[Decimal, ...]
    points: tuple[Decimal, ...]

    @property
    def maximum(self) -> Decimal:
        return max(self.points)


@dataclass(frozen=True, slots=True)
class Enzyme:
    """A serum enzyme; its range is `times` the laboratory's upper limit."""

    name: str
    label: str
    times: Decimal
    also_of_the_liver: bool


@dataclass(frozen=True, slots=True)
class Worsening:
    """One form of IMACS worsening; a form without the last three has no such clause."""

    name: str
    label: str
    physician_points: Decimal
    strength_percent: Decimal
    extramuscular_points: Decimal | None
    any_percent: Decimal | None
    any_measures: int | None


@dataclass(frozen=True, slots=True)
class Criteria:
    """Everything published that the score needs. `categories` rise; `scales` rise; years are of age."""

    measures: tuple[Measure, ...]
    enzymes: tuple[Enzyme, ...]
    scales: tuple[Decimal, ...]
    categories: tuple[tuple[str, Decimal], ...]
    adult_from_years: Decimal
    entities_without: Mapping[str, str]  # entity to the sentence that says why
    isolated_organ: str
    juvenile: str
    full_form: Worsening
    series_form: Worsening

    @property
    def maximum(self) -> Decimal:
        return sum((measure.maximum for measure in self.measures), Decimal(0))


def criteria_of(library: Library) -> Criteria:
    """The criteria of a knowledge base.

    Raises: InternalFault where one of them is missing or cannot be read.
    """
    score = _part(library.parameters, "total_improvement_score")
    worsening = _part(library.parameters, "imacs_worsening")
    without = _part(score, "not_applicable")
    measures = _part(score, "measures")
    liver = _list(score, "enzymes_also_of_the_liver")
    categories = _part(score, "categories")
    return Criteria(
        measures=tuple(_measure(name, _part(measures, name)) for name in measures),
        enzymes=tuple(
            Enzyme(name, str(row["label"]), _number(row, "times_upper_limit"), name in liver)
            for name, row in _rows(_part(score, "enzymes"))
        ),
        scales=tuple(sorted(Decimal(scale) for scale in _list(_part(measures, STRENGTH), "scales"))),
        categories=tuple(
            sorted(
                ((name, _number(row, "from_points")) for name, row in _rows(categories)),
                key=lambda category: category[1],
            )
        ),
        adult_from_years=_number(without, "adult_from_years"),
        entities_without={name: str(text) for name, text in _part(without, "entities").items()},
        isolated_organ=str(without["isolated_organ"]),
        juvenile=str(without["juvenile"]),
        full_form=_worsening("full_form", _part(worsening, "full_form")),
        series_form=_worsening("series_form", _part(worsening, "series_form")),
    )


def _measure(name: str, row: Mapping[str, object]) -> Measure:
    ends = tuple(Decimal(end) for end in _list(row, "bands_end_at_percent"))
    points = tuple(Decimal(point) for point in _list(row, "points"))
    if len(points) != len(ends) + 1 or list(ends) != sorted(set(ends)):
        raise InternalFault(
            _("the bands of `{name}` in the Total Improvement Score do not fit its points").format(name=name)
        )
    span = None if name in (STRENGTH, ENZYME) else _number(row, "range")
    return Measure(name, str(row["label"]), span, ends, points)


def _worsening(name: str, row: Mapping[str, object]) -> Worsening:
    return Worsening(
        name,
        str(row["label"]),
        _number(row, "physician_global_points"),
        _number(row, "mmt8_percent"),
        _optional(row, "extramuscular_points"),
        _optional(row, "any_percent"),
        int(_number(row, "any_measures")) if "any_measures" in row else None,
    )


def _part(parent: Mapping[str, object], key: str) -> Mapping[str, object]:
    found = parent.get(key)
    if not isinstance(found, Mapping):
        raise InternalFault(
            _("knowledge/parameters has no `{key}` for the Total Improvement Score").format(key=key)
        )
    return found


def _rows(parent: Mapping[str, object]) -> tuple[tuple[str, Mapping[str, object]], ...]:
    return tuple((name, _part(parent, name)) for name in parent)


def _list(row: Mapping[str, object], key: str) -> tuple[str, ...]:
    found = row.get(key)
    if not isinstance(found, list | tuple):
        raise InternalFault(_("`{key}` of the Total Improvement Score is no list").format(key=key))
    return tuple(str(item) for item in found)


def _number(row: Mapping[str, object], key: str) -> Decimal:
    if key not in row:
        raise InternalFault(_("an entry of the Total Improvement Score has no `{key}`").format(key=key))
    return Decimal(str(row[key]))


def _optional(row: Mapping[str, object], key: str) -> Decimal | None:
    return _number(row, key) if key in row else None
