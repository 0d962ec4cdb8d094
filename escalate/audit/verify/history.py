"""The lists of a witness's file: lines of therapy and antibodies that give the wanted facts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal

from escalate.language.facts import Fact, Status
from escalate.library.model import Library
from escalate.patient.parameters import Parameters, parameters_of

Entry = dict[str, str]

_LONG_AGO = timedelta(days=730)
_FAILED: Entry = {"status": "past", "adequate": "true", "response": "none", "stopped_for": "inefficacy"}
_NOT_TOLERATED: Entry = {"status": "past", "stopped_for": "intolerance"}
_RUNNING: Entry = {"status": "ongoing", "adequate": "true", "response": "minimal"}
_RELAPSED: Entry = {"status": "past", "adequate": "true", "response": "relapse_after_response",
                    "stopped_for": "completed"}  # fmt: skip
_GIVEN: Entry = {"status": "past", "adequate": "false", "response": "moderate", "stopped_for": "completed"}
_COUNTS = (
    "failed_key_agents",
    "failed_further_agents",
    "failed_step_1",
    "failed_beside_glucocorticoid",
    "failed",
)


@dataclass(slots=True)
class _Wanted:
    """What is wanted of one drug: the parts of its facts that are TRUE, those that are FALSE, days since."""

    true: set[str] = field(default_factory=set)
    false: set[str] = field(default_factory=set)
    days: Decimal | None = None


def therapies(facts: Mapping[str, Fact], library: Library, today: date) -> list[Entry] | None:
    """Entries of `therapies` that give the facts of the history; None where none of them is known."""
    history = {
        name: fact
        for name, fact in facts.items()
        if name.startswith(("therapy.", "class.", "lines.", "washout.")) or name == "treatment_naive"
        if not name.endswith(".allergy")
    }
    if not history:
        return None
    parameters = parameters_of(library)
    wanted = _by_drug(history, library)
    _count(history, wanted, parameters)
    if _says(history, "washout.car_t_incomplete") or _says(history, "washout.engager_incomplete"):
        drug = _free(sorted(parameters.washouts), wanted, "present")
        wanted.setdefault(drug, _Wanted()).true.add("present")
    if _says(history, "washout.fcrn_blocker_incomplete"):
        drug = _free(sorted(parameters.fcrn_blockers), wanted, "present")
        wanted.setdefault(drug, _Wanted()).true.add("present")
    entries = [
        _entry(drug, want, today)
        for drug, want in sorted(wanted.items())
        if want.true or want.days is not None
    ]
    naive = history.get("treatment_naive")
    if not entries and naive is not None and naive.value is False:
        entries.append(_entry("glucocorticoids", _Wanted(), today))
    return entries


def antibodies(facts: Mapping[str, Fact], library: Library) -> tuple[list[Entry] | None, list[str]]:
    """Entries of `antibodies` and names of `antibody_panel` that give the facts of the antibodies."""
    if not any(name.startswith("antibody.") for name in facts):
        return None, []
    named = parameters_of(library).antibody_of_slug
    entries: dict[str, Entry] = {}
    panel: list[str] = []
    for name, fact in facts.items():
        if not name.startswith("antibody.") or fact.status is not Status.KNOWN:
            continue
        _, member, part = name.split(".") if name.count(".") == 2 else ("", "", name)
        if member == "synthetase":
            member = "jo_1"
        antibody = named.get(member)
        if antibody is None:
            continue
        if part == "positive" and fact.value is True:
            entries.setdefault(antibody, {"name": antibody}).update(result="positive")
        elif part == "positive":
            panel.append(antibody)
        elif fact.value is True:
            entries[antibody] = {"name": antibody, "result": "positive", "strength": "strong"}
        else:
            entries.setdefault(antibody, {"name": antibody}).update(strength="weak", confirmed_by="none")
    for name, entry in list(entries.items()):
        if entry.get("result") is None:
            if name in panel:
                del entries[name]
            else:
                entry["result"] = "positive"
    parameters = parameters_of(library)
    seronegative = facts.get("antibody.seronegative")
    if seronegative is not None and seronegative.value is True:
        panel += [name for name in parameters.common_msa if name not in panel]
    least = facts.get("antibody.msa_positive_count")
    if least is not None and least.low is None and isinstance(least.value, Decimal):
        for antibody in parameters.msa:
            if len(entries) < least.value and antibody not in panel and antibody not in entries:
                entries[antibody] = {"name": antibody, "result": "positive", "strength": "strong"}
    if not entries and not panel:
        return None, []
    return list(entries.values()), sorted(set(panel))


def _by_drug(history: Mapping[str, Fact], library: Library) -> dict[str, _Wanted]:
    wanted: dict[str, _Wanted] = {}
    classes: list[tuple[str, str, Fact]] = []
    for name, fact in history.items():
        kind, member, part = (*name.split("."), "", "")[:3]
        if kind == "therapy":
            _want(wanted.setdefault(member, _Wanted()), part, fact)
        elif kind == "class":
            classes.append((member, part, fact))
    for member, part, fact in classes:
        drugs = library.classes.get(member, ())
        if part == "days_since_last_dose":
            if isinstance(fact.value, Decimal):
                drug = next((d for d in drugs if d in wanted), drugs[0])
                wanted.setdefault(drug, _Wanted()).days = fact.value
        elif fact.value is True and not any(part in wanted[d].true for d in drugs if d in wanted):
            wanted.setdefault(_free(drugs, wanted, part), _Wanted()).true.add(part)
    return wanted


def _want(want: _Wanted, part: str, fact: Fact) -> None:
    if part == "days_since_last_dose":
        want.days = fact.value if isinstance(fact.value, Decimal) else None
    elif fact.status is Status.KNOWN and isinstance(fact.value, bool):
        (want.true if fact.value else want.false).add(part)


def _count(history: Mapping[str, Fact], wanted: dict[str, _Wanted], parameters: Parameters) -> None:
    """Further drugs that failed, until every count of failed agents has its least value."""
    groups = {
        "failed_key_agents": sorted(parameters.key_agents),
        "failed_further_agents": sorted(parameters.further_agents),
        "failed_step_1": sorted(parameters.step_1),
    }
    groups["failed_beside_glucocorticoid"] = groups["failed"] = sorted(
        {*groups["failed_step_1"], *groups["failed_key_agents"]}
    )
    for name in _COUNTS:
        fact = history.get(f"lines.{name}")
        least = fact.value if fact is not None and fact.status is Status.KNOWN else fact.low if fact else None
        if not isinstance(least, Decimal):
            continue
        for drug in (*sorted(wanted), *groups[name]):
            failed = sum(_failed(wanted.get(d)) for d in groups[name])
            want = wanted.get(drug, _Wanted())
            if failed >= least:
                break
            if drug in groups[name] and not want.false & {
                "failed",
                "failed_or_not_tolerated",
                "not_again",
                "given",
            }:
                wanted[drug] = want
                want.true.add("failed")
    major = history.get("lines.major_response_before")
    if (
        major is not None
        and major.value is True
        and not any("relapsed_after_response" in w.true for w in wanted.values())
    ):
        drug = _free(groups["failed"], wanted, "relapsed_after_response")
        wanted.setdefault(drug, _Wanted()).true.add("relapsed_after_response")


def _failed(want: _Wanted | None) -> bool:
    return want is not None and bool(want.true & {"failed", "failed_or_not_tolerated"})


def _free(drugs: Iterable[str], wanted: Mapping[str, _Wanted], part: str) -> str:
    """A drug of which the part is not wanted to be FALSE, one that is there already before all others."""
    possible = [drug for drug in drugs if part not in wanted.get(drug, _Wanted()).false]
    return next((drug for drug in possible if drug in wanted), possible[0] if possible else next(iter(drugs)))


def _entry(drug: str, want: _Wanted, today: date) -> Entry:
    if want.true & {"failed", "failed_or_not_tolerated"}:
        entry = dict(_NOT_TOLERATED if "failed" in want.false else _FAILED)
    elif "relapsed_after_response" in want.true:
        entry = dict(_RELAPSED)
    elif "present" in want.true or ("not_again" in want.true and "present" not in want.false):
        entry = dict(_RUNNING)
        if "not_again" in want.false:
            entry["adequate"] = "false"
    elif "not_again" in want.true:
        entry = dict(_FAILED)
    else:
        entry = dict(_GIVEN)
        if "tried_adequately" in want.true:
            entry["adequate"] = "true"
    if entry["status"] == "past":
        days = _LONG_AGO if want.days is None else timedelta(days=int(want.days))
        entry["last_dose_on"] = entry["stopped_on"] = (today - days).isoformat()
    return {"drug": drug, **entry}


def _says(history: Mapping[str, Fact], name: str) -> bool:
    fact = history.get(name)
    return fact is not None and fact.value is True
