"""Values just beside a line that decides: which verdicts the other side of the line would give.

*Just beside*: the nearest value on the other side of the line is one step away, or the number stands there
once it is rounded as the rule writes its limit (LVEF 44.6 beside `< 45`). A step is 1 in the last place in
which the patient file writes the number (LVEF 45: 1 %; IgG 4.0: 0.1 g/L), or in which the rule writes its
limit where that is finer. What was measured tells nothing closer apart, so nothing else is called near.

A score or a count has no unit and is no measurement, and 0 says that something is not there: neither is
near. The whole assessment is made again with that one value. Only values that turn a verdict, or begin or
end an emergency, are kept.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from decimal import ROUND_HALF_UP, Decimal

from escalate.assessment import Assessment, assess
from escalate.language.evaluate import leaves_of
from escalate.language.facts import Status
from escalate.language.tree import Compare
from escalate.library.model import FactType, Rule
from escalate.options.verdict import Verdict
from escalate.patient.model import PatientValue

_NUMBER = re.compile(r"[-+]?\d+(?:[.,]\d+)?")


@dataclass(frozen=True, slots=True)
class Turned:
    """A therapy whose verdict differs on the other side of the line."""

    therapy: str
    now: Verdict
    there: Verdict


@dataclass(frozen=True, slots=True)
class NearMiss:
    """One value beside one limit, both in the unit of the field; `rules` are those that name the limit.

    `written` is the number as the file writes it, where it stands in that unit: 4.0 says more than 4.
    `begins` and `ends` name the emergencies that hold only there, or only here.
    """

    fact: str
    value: Decimal
    written: str
    limit: Decimal
    other: Decimal
    rules: tuple[Rule, ...]
    turned: tuple[Turned, ...]
    begins: tuple[str, ...] = ()
    ends: tuple[str, ...] = ()


def near_misses(assessment: Assessment) -> tuple[NearMiss, ...]:
    """Every measured value of the file beside a limit that turns a verdict or an emergency, by field."""
    found: dict[tuple[str, Decimal], NearMiss] = {}
    now, here = _verdicts(assessment), _emergencies(assessment)
    for miss in _beside(assessment):
        key = miss.fact, miss.other
        if key in found:
            rules = dict.fromkeys((*found[key].rules, *miss.rules))
            found[key] = replace(found[key], rules=tuple(rules))
            continue
        across = _with(assessment, miss)
        there, alarms = _verdicts(across), _emergencies(across)
        turned = tuple(
            Turned(therapy, verdict, there.get(therapy, Verdict.NOT_INDICATED))
            for therapy, verdict in now.items()
            if there.get(therapy, Verdict.NOT_INDICATED) is not verdict
        )
        begins, ends = (
            tuple(id for id in one if id not in other) for one, other in ((alarms, here), (here, alarms))
        )
        found[key] = replace(miss, turned=turned, begins=begins, ends=ends)
    bearing = (m for m in found.values() if m.turned or m.begins or m.ends)
    told = (replace(m, rules=tuple(_that_bear(m))) for m in bearing)
    return tuple(sorted(told, key=lambda m: (m.fact, m.other)))


def _that_bear(miss: NearMiss) -> Iterator[Rule]:
    """The rules of the limit that speak on a therapy that turns, grade a finding or are the emergency."""
    turned, alarms = {t.therapy for t in miss.turned}, {*miss.begins, *miss.ends}
    return (r for r in miss.rules if r.kind == "finding" or r.id in alarms or turned & set(r.targets))


def _beside(assessment: Assessment) -> Iterator[NearMiss]:
    """The values that lie beside a limit, before anybody asked what the other side would say."""
    facts, library = assessment.reasons.facts, assessment.library
    for rule in library.rules:
        if rule.status != "active":
            continue
        for leaf in leaves_of(rule.when):
            stated = assessment.patient.values.get(leaf.test.name)
            if not isinstance(leaf.test, Compare) or stated is None or not isinstance(stated.value, Decimal):
                continue
            if facts[leaf.test.name].status is not Status.KNOWN:
                continue  # a contradiction made it unknown
            spec = library.facts[leaf.test.name]
            if not spec.unit or stated.value == 0:
                continue
            step = _step(stated, leaf.test.number)
            other = _other_side(stated.value, leaf.test, step, spec)
            if other is None:
                continue
            if abs(stated.value - other) <= step or _rounds_to(other, stated.value, leaf.test.number):
                yield NearMiss(
                    leaf.test.name, stated.value, _written(stated), leaf.test.number, other, (rule,), ()
                )


def _written(stated: PatientValue) -> str:
    given = stated.given.strip()
    return given if _NUMBER.fullmatch(given) else f"{stated.value:f}"


def _step(stated: PatientValue, limit: Decimal) -> Decimal:
    """One step in the unit of the field: of the number as written, or of the limit where that is finer."""
    value = stated.value
    written = _NUMBER.search(stated.given)
    number = Decimal(written[0].replace(",", ".")) if written else Decimal(0)
    step = _place(number)
    if isinstance(value, Decimal) and number:
        step *= abs(value / number)  # `400 mg/dL` is written to 1 mg/dL
    return min(step, _place(limit.normalize()))


def _place(number: Decimal) -> Decimal:
    return Decimal(1).scaleb(min(int(number.as_tuple().exponent), 0))


def _rounds_to(other: Decimal, value: Decimal, limit: Decimal) -> bool:
    """Whether the value, written as coarsely as the limit, is that limit and lies on the other side."""
    return other == limit == value.quantize(_place(limit.normalize()), rounding=ROUND_HALF_UP)


def _other_side(value: Decimal, test: Compare, step: Decimal, spec: FactType) -> Decimal | None:
    """The nearest value at which the test has the other answer; None outside the range of the field."""
    limit = test.number + 0 * step  # with the decimals of the step: 4.0 beside 3.9
    if test.op in ("<", ">="):
        other = limit if value < limit else limit - step
    else:
        other = limit if value > limit else limit + step
    if (spec.low is not None and other < spec.low) or (spec.high is not None and other > spec.high):
        return None
    return other


def _with(assessment: Assessment, miss: NearMiss) -> Assessment:
    values = dict(assessment.patient.values)
    values[miss.fact] = replace(values[miss.fact], value=miss.other)
    return assess(assessment.patient.model_copy(update={"values": values}), assessment.library)


def _verdicts(assessment: Assessment) -> dict[str, Verdict]:
    proposal = assessment.proposal
    judged: Iterable[tuple[str, Verdict]] = (
        *((o.therapy.id, o.verdict) for o in proposal.options),
        *((n.therapy.id, n.verdict) for n in proposal.not_indicated),
    )
    return dict(judged)


def _emergencies(assessment: Assessment) -> tuple[str, ...]:
    return tuple(alert.id for alert in assessment.proposal.alerts if alert.kind == "emergency")
