"""Both forms of IMACS worsening, from the best response so far to now. Dossier 4.3, WORS-01.

The clause on strength is joined by "and" in the full form and by "or" in the teclistamab series; nobody has
settled which is meant, so both are worked out and each says which clause fired.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from escalate.patient.core_set import Visit, most_abnormal, scale_of
from escalate.patient.improvement_criteria import ENZYME, STRENGTH, Criteria, Measure, Worsening
from escalate.texts import _, figure
from escalate.truth import Truth, at_least

_PHYSICIAN = "physician_global_0_10"
_EXTRAMUSCULAR = "extramuscular_global_0_10"
_HUNDRED = 100


@dataclass(frozen=True, slots=True)
class Clause:
    """One sufficient condition of a form."""

    says: str
    value: Truth


@dataclass(frozen=True, slots=True)
class Judged:
    """A form of worsening, and its clauses."""

    form: Worsening
    value: Truth
    clauses: tuple[Clause, ...]
    missing: tuple[str, ...]  # fields that are not known; empty unless the value is UNKNOWN

    @property
    def fired(self) -> tuple[str, ...]:
        return tuple(clause.says for clause in self.clauses if clause.value is Truth.TRUE)


def worsening(
    best: Visit, now: Visit, baseline: Visit, limits: Mapping[str, Decimal], criteria: Criteria
) -> tuple[Judged, ...]:
    """The full form and the form of the series.

    The enzyme is the one that was most abnormal at baseline, as for the score; without a baseline the one
    that was at the best response.
    """
    names = tuple(enzyme.name for enzyme in criteria.enzymes)
    enzyme = most_abnormal(baseline, limits, names) or most_abnormal(best, limits, names) or names[0]
    same_scale = scale_of(best, now, criteria) == scale_of(now, now, criteria) is not None
    worse = _Worse(best, now, enzyme, same_scale, limits, criteria)
    return tuple(_judge(form, worse) for form in (criteria.full_form, criteria.series_form))


@dataclass(frozen=True, slots=True)
class _Worse:
    """How much worse each measure has become."""

    best: Visit
    now: Visit
    enzyme: str
    same_scale: bool
    limits: Mapping[str, Decimal]
    criteria: Criteria

    def pair(self, measure: str) -> tuple[Decimal, Decimal] | None:
        """The values at the best response and now; None while one is unknown or they cannot be compared."""
        name = self.enzyme if measure == ENZYME else measure
        if measure == STRENGTH and not self.same_scale:
            return None
        before, after = self.best.values.get(name), self.now.values.get(name)
        return None if before is None or after is None else (before, after)

    def by_points(self, measure: str, least: Decimal) -> Truth:
        pair = self.pair(measure)
        return Truth.UNKNOWN if pair is None else Truth.of(pair[1] - pair[0] >= least)

    def by_percent(self, measure: Measure, least: Decimal) -> Truth:
        """Worse by so many percent of the value at the best response.

        A rise from 0 has no percentage: it counts where it is as many percent of the whole range, else it
        is left open.
        """
        pair = self.pair(measure.name)
        if pair is None:
            return Truth.UNKNOWN
        first, last = (Fraction(value) for value in pair)
        loss = first - last if measure.name == STRENGTH else last - first
        if loss <= 0:
            return Truth.FALSE
        if first > 0:
            return Truth.of(_HUNDRED * loss >= Fraction(least) * first)
        span = self.span(measure)
        whole = span is not None and _HUNDRED * loss >= Fraction(least) * Fraction(span)
        return Truth.TRUE if whole else Truth.UNKNOWN

    def span(self, measure: Measure) -> Decimal | None:
        if measure.name != ENZYME:
            return measure.range
        limit = self.limits.get(self.enzyme)
        times = next(e.times for e in self.criteria.enzymes if e.name == self.enzyme)
        return None if limit is None else times * limit

    def missing(self, measures: tuple[str, ...]) -> tuple[str, ...]:
        fields: list[str] = []
        for measure in measures:
            name = self.enzyme if measure == ENZYME else measure
            gone = [v.field(name) for v in (self.best, self.now) if name not in v.values]
            if measure == STRENGTH and not gone and not self.same_scale:
                gone = [v.field("mmt8_scale") for v in (self.best, self.now) if v.scale is None] or [
                    self.now.field(STRENGTH)
                ]
            fields += gone
        return tuple(dict.fromkeys(fields))


def _judge(form: Worsening, worse: _Worse) -> Judged:
    strength = next(m for m in worse.criteria.measures if m.name == STRENGTH)
    physician = worse.by_points(_PHYSICIAN, form.physician_points)
    weaker = worse.by_percent(strength, form.strength_percent)
    globally = _("physician global activity worse by {points} or more").format(
        points=figure(str(form.physician_points))
    )
    weaker_says = _("MMT-8 worse by {percent} % or more").format(percent=figure(str(form.strength_percent)))
    read: tuple[str, ...] = (_PHYSICIAN, STRENGTH)
    clauses: tuple[Clause, ...]
    if form.extramuscular_points is None or form.any_percent is None or form.any_measures is None:
        clauses = (Clause(globally, physician), Clause(weaker_says, weaker))
    else:
        all_measures = worse.criteria.measures
        several = [worse.by_percent(measure, form.any_percent) for measure in all_measures]
        outside = worse.by_points(_EXTRAMUSCULAR, form.extramuscular_points)
        read = tuple(measure.name for measure in all_measures)
        clauses = (
            Clause(
                _("{one}, and {other}").format(one=globally, other=weaker_says),
                physician & weaker,
            ),
            Clause(
                _("extramuscular activity worse by {points} or more").format(
                    points=figure(str(form.extramuscular_points))
                ),
                outside,
            ),
            Clause(
                _("{count} of {whole} measures worse by {percent} % or more").format(
                    count=form.any_measures,
                    whole=len(all_measures),
                    percent=figure(str(form.any_percent)),
                ),
                at_least(form.any_measures, several),
            ),
        )
    value = max(clause.value for clause in clauses)
    return Judged(form, value, clauses, worse.missing(read) if value is Truth.UNKNOWN else ())
