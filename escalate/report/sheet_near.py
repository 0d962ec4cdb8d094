"""Near misses as a page shows them: the value, the line beside it, and what either side says."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from escalate.assessment import Assessment
from escalate.findings.say import plain, with_unit
from escalate.near_miss import NearMiss, Turned, near_misses
from escalate.options.verdict import Verdict
from escalate.report.sheet_said import IN_A_LINE, Said, Voice
from escalate.texts import _, figure


@dataclass(frozen=True, slots=True)
class Near:
    """One value beside one limit.

    `turned` has the emergencies first, then the therapies that go the same way together: names, now, there.
    """

    what: str
    day: str
    limit: str
    other: str
    rules: tuple[Said, ...]
    turned: tuple[tuple[str, str, str], ...]
    by_therapy: tuple[tuple[str, str], ...]


def nears(assessment: Assessment, voice: Voice) -> tuple[Near, ...]:
    """The near misses of one patient, in the order of the fields."""
    return tuple(_near(miss, assessment, voice) for miss in near_misses(assessment))


def _near(miss: NearMiss, assessment: Assessment, voice: Voice) -> Near:
    spec = assessment.library.facts[miss.fact]
    label = spec.label or miss.fact
    now, there = (with_unit(figure(number), spec.unit) for number in (miss.written, f"{miss.other:f}"))
    return Near(
        what=f"{label}: {now}",
        day=voice.day_of(miss.fact),
        limit=with_unit(plain(miss.limit), spec.unit),
        other=there,
        rules=tuple(voice.rule(rule) for rule in miss.rules),
        turned=(*_emergencies(miss, assessment), *_grouped(miss.turned, assessment)),
        by_therapy=tuple(
            (
                t.therapy,
                _("at {label} {value}: {verdict}").format(label=label, value=there, verdict=_word(t.there)),
            )
            for t in miss.turned
        ),
    )


def _emergencies(miss: NearMiss, assessment: Assessment) -> Iterable[tuple[str, str, str]]:
    title = {rule.id: rule.title for rule in assessment.library.rules}
    for ids, now, there in ((miss.begins, _("no"), _("yes")), (miss.ends, _("yes"), _("no"))):
        for id in ids:
            yield _("Emergency ({title})").format(title=title[id]), now, there


def _grouped(turned: Iterable[Turned], assessment: Assessment) -> Iterable[tuple[str, str, str]]:
    groups: dict[tuple[Verdict, Verdict], list[str]] = {}
    for t in turned:
        groups.setdefault((t.now, t.there), []).append(assessment.library.therapies[t.therapy].name)
    for (now, there), names in groups.items():
        yield ", ".join(names), _word(now), _word(there)


def _word(verdict: Verdict) -> str:
    return _(IN_A_LINE[verdict])
