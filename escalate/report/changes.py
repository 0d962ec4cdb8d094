"""What differs between two assessments of one patient: facts, verdicts and knowledge, each kept apart.

Both are the documents of `report/document.py`, fresh or read from a file again; `files/earlier.py` judges a
file before it comes here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from escalate.report.changed_facts import FactChange, changed_facts

NOT_LISTED = "not_listed"
_DECIDING = {
    "excluded": ("excluded_by",),
    "deferred": ("deferred_by",),
    "caution": ("cautions",),
    "caution_high": ("cautions",),
    "propose": ("indicated_by",),
}


@dataclass(frozen=True, slots=True)
class VerdictChange:
    """One therapy whose verdict, or the rules that decide it, are others now.

    `before` or `now` is NOT_LISTED where the therapy was not looked at. `until` is the first day to look
    again.
    """

    therapy: str
    before: str
    now: str
    rules_before: tuple[str, ...]
    rules_now: tuple[str, ...]
    until: str | None


@dataclass(frozen=True, slots=True)
class FindingChange:
    """A grade or conclusion that is another one; values as the JSON has them."""

    finding: str
    before: object
    now: object


@dataclass(frozen=True, slots=True)
class Named:
    """An alert or a question that came or went: its id and its words."""

    id: str
    text: str


@dataclass(frozen=True, slots=True)
class Earlier:
    """A decision of an earlier conference in the patient file: until when it holds, and whether it is new."""

    rule: str
    therapy: str | None
    reason: str
    on_date: str | None
    until: str | None
    lapsed: bool
    new: bool


@dataclass(frozen=True, slots=True)
class Known:
    """The knowledge an assessment was made under."""

    version: str
    digest: str
    overlay: str | None


@dataclass(frozen=True, slots=True)
class Changes:
    """Everything that differs; empty where nothing does. `before` and `now` are days of assessment.

    `facts` is None where the earlier file does not hold the facts. `reasons` are options whose verdict stayed
    and whose deciding rules did not. `knowledge_before` is None where the knowledge is the same. `compared`
    names the one therapy that a file with one therapy holds.
    """

    before: str
    now: str
    sha256_before: str
    sha256_now: str
    what_if: tuple[str, ...]
    facts: tuple[FactChange, ...] | None
    verdicts: tuple[VerdictChange, ...]
    reasons: tuple[VerdictChange, ...]
    findings: tuple[FindingChange, ...]
    alerts_new: tuple[Named, ...]
    alerts_gone: tuple[Named, ...]
    asked_new: tuple[Named, ...]
    asked_no_more: tuple[Named, ...]
    overrides: tuple[Earlier, ...]
    knowledge_before: Known | None
    knowledge_now: Known
    compared: str | None

    @property
    def nothing(self) -> bool:
        """Whether nothing but the day of the assessment may differ."""
        differs = (self.facts, self.verdicts, self.reasons, self.findings, self.alerts_new, self.alerts_gone)
        return not any((*differs, self.asked_new, self.asked_no_more, self.knowledge_before))


def changes(
    old: Mapping[str, Any], new: Mapping[str, Any], *, what_if: Sequence[tuple[str, str]] = ()
) -> Changes:
    """What differs from `old` to `new`, two assessments of one patient; the same every time.

    Args: what_if, the changes that `new` was made with, where it is a question and no later assessment.
    """
    before, now = _judged(old), _judged(new)
    compared = _only(before) or _only(now)
    # In the order of the later report, what is not in it behind.
    listed = [compared] if compared else [*now, *sorted(before.keys() - now.keys())]
    pairs = [_verdict(therapy, before.get(therapy), now.get(therapy)) for therapy in listed]
    known_before, known_now = _known(old), _known(new)
    return Changes(
        before=old["patient"]["assessed_on"],
        now=new["patient"]["assessed_on"],
        sha256_before=old["patient"]["sha256"],
        sha256_now=new["patient"]["sha256"],
        what_if=tuple(f"{field}={value}" for field, value in what_if),
        facts=changed_facts(old["patient"].get("facts"), new["patient"].get("facts")),
        verdicts=tuple(pair for pair in pairs if pair.before != pair.now),
        reasons=tuple(p for p in pairs if p.before == p.now and p.rules_before != p.rules_now),
        findings=tuple(_findings(old["findings"], new["findings"])),
        alerts_new=_came(_alerts(old), _alerts(new)),
        alerts_gone=_came(_alerts(new), _alerts(old)),
        # A file with one therapy holds the questions of that one alone.
        asked_new=() if compared else _came(_asked(old), _asked(new)),
        asked_no_more=() if compared else _came(_asked(new), _asked(old)),
        overrides=tuple(_overrides(old, new)),
        knowledge_before=None if known_before == known_now else known_before,
        knowledge_now=known_now,
        compared=compared,
    )


def changes_document(found: Changes) -> dict[str, object]:
    """The JSON key `changes`."""

    def verdicts(rows: Iterable[VerdictChange]) -> list[dict[str, object]]:
        return [
            {
                "therapy": row.therapy,
                "from": row.before,
                "to": row.now,
                "rules_before": list(row.rules_before),
                "rules_now": list(row.rules_now),
                "until": row.until,
            }
            for row in rows
        ]

    def named(key: str, rows: Iterable[Named]) -> list[dict[str, str]]:
        return [{key: row.id, "text": row.text} for row in rows]

    earlier = found.knowledge_before
    return {
        "compared_with": {
            "kind": "without_the_change" if found.what_if else "earlier_assessment",
            "assessed_on": found.before,
            "sha256": found.sha256_before,
            "only": found.compared,
        },
        "what_if": list(found.what_if),
        "facts": None
        if found.facts is None
        else [{"fact": row.fact, "from": row.before, "to": row.now} for row in found.facts],
        "verdicts": verdicts(found.verdicts),
        "reasons": verdicts(found.reasons),
        "findings": [{"finding": f.finding, "from": f.before, "to": f.now} for f in found.findings],
        "alerts": {"new": named("id", found.alerts_new), "gone": named("id", found.alerts_gone)},
        "asked": {"new": named("fact", found.asked_new), "no_longer": named("fact", found.asked_no_more)},
        "overrides": [asdict(row) for row in found.overrides],
        "knowledge": {
            "changed": earlier is not None,
            "from": asdict(earlier or found.knowledge_now),
            "to": asdict(found.knowledge_now),
        },
    }


@dataclass(frozen=True, slots=True)
class _Judged:
    verdict: str
    rules: tuple[str, ...]
    until: str | None


def _judged(document: Mapping[str, Any]) -> dict[str, _Judged]:
    found = {}
    for option in document["options"]:
        verdict = option["verdict"]
        entries = [entry for key in _DECIDING.get(verdict, ()) for entry in option[key]]
        rules = {entry["rule"] for entry in entries}
        if verdict == "data_needed":
            # Files of before `unsettled` was written name the rules beside what they wait for.
            waiting = (rule for missing in option["missing"] for rule in missing["for_rules"])
            rules = set(option.get("unsettled") or waiting)
        days = [entry["until"] for entry in entries if entry.get("until")]
        found[option["therapy"]] = _Judged(verdict, tuple(sorted(rules)), max(days, default=None))
    for rest in document["not_indicated"]:
        found[rest["therapy"]] = _Judged("not_indicated", tuple(sorted(set(rest.get("rules") or ()))), None)
    return found


def _only(judged: Mapping[str, _Judged]) -> str | None:
    """The one therapy of a file made with `--option`."""
    return next(iter(judged)) if len(judged) == 1 else None


def _verdict(therapy: str, before: _Judged | None, now: _Judged | None) -> VerdictChange:
    nothing = _Judged(NOT_LISTED, (), None)
    old, new = before or nothing, now or nothing
    return VerdictChange(therapy, old.verdict, new.verdict, old.rules, new.rules, new.until)


def _known(document: Mapping[str, Any]) -> Known:
    knowledge = document["knowledge"]
    overlay = knowledge.get("overlay")
    return Known(knowledge["version"], knowledge["digest"], overlay["name"] if overlay else None)


def _findings(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterable[FindingChange]:
    for name in sorted(old.keys() | new.keys()):
        before, now = (_finding(side.get(name)) for side in (old, new))
        if before != now:
            yield FindingChange(name, before, now)


def _finding(finding: Mapping[str, Any] | None) -> object:
    """The value, or `C1 to C3` of a grade of which only bounds are known; None where it is not listed."""
    if finding is None:
        return None
    low, high = finding.get("at_least"), finding.get("at_most")
    if finding["value"] == "unknown" and low is not None and high is not None:
        return [low, high]
    return finding["value"]


def _alerts(document: Mapping[str, Any]) -> dict[str, str]:
    return {alert["id"]: alert["title"] for alert in document["alerts"]}


def _asked(document: Mapping[str, Any]) -> dict[str, str]:
    ranked = sorted(document["missing_data"], key=lambda question: question["rank"])
    return {question["fact"]: question["ask"] for question in ranked}


def _came(before: Mapping[str, str], now: Mapping[str, str]) -> tuple[Named, ...]:
    return tuple(Named(id, text) for id, text in now.items() if id not in before)


def _overrides(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterable[Earlier]:
    stated = old["patient"].get("overrides")
    day = new["patient"]["assessed_on"]
    for held in new["patient"].get("overrides") or ():
        until = held.get("until")
        yield Earlier(
            rule=held["rule"],
            therapy=held.get("therapy"),
            reason=held.get("reason") or "",
            on_date=held.get("on_date"),
            until=until,
            lapsed=until is not None and until <= day,
            new=stated is not None and held not in stated,
        )
