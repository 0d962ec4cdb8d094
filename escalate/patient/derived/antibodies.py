"""Autoantibodies: positive or not, and whether a result may select a pathway. Dossier 3.3 (AB-06, AB-07).

An antibody that was neither reported nor part of the panel is UNKNOWN, not negative; a borderline result
leaves it open; two results that disagree do too.
"""

from __future__ import annotations

from decimal import Decimal

from escalate.language.facts import Fact, Status
from escalate.language.words import say_word
from escalate.patient.derived.answers import absent, between, origins_of, unknown, yes_no
from escalate.patient.derived.registry import Case, derived, family
from escalate.patient.model import AntibodyResult
from escalate.problems import Span
from escalate.texts import _
from escalate.truth import Truth, some

_RESULTS = {"positive": Truth.TRUE, "negative": Truth.FALSE}


@family("antibody.{antibody}.positive")
def positive(case: Case, name: str, member: str) -> Fact:
    """Positive or negative as reported; negative when it was in the panel and is not reported."""
    antibody = case.parameters.antibody_of_slug.get(member, member)
    entries = _entries(case, antibody)
    value = _positive(case, antibody)
    because = "; ".join(_said(entry) for entry in entries)
    if not entries and value is Truth.FALSE:
        because = _("{antibody} was tested and not found").format(antibody=antibody)
    return yes_no(name, value, because, _places(entries), _asked(antibody, value))


@family("antibody.{antibody}.selects_pathway")
def selects_pathway(case: Case, name: str, member: str) -> Fact:
    """Positive, and strong enough or confirmed by a second method (AB-07).

    UNKNOWN while strength and confirmation leave it open; a weak unconfirmed band is FALSE.
    """
    antibody = case.parameters.antibody_of_slug.get(member, member)
    value = _selects(case, antibody)
    entries = _entries(case, antibody)
    missing = _asked(antibody, _positive(case, antibody))
    if not missing:
        missing = (f"antibodies[{antibody}].strength", f"antibodies[{antibody}].confirmed_by")
    return yes_no(name, value, "; ".join(_said(entry) for entry in entries), _places(entries), missing)


@derived("antibody.synthetase.positive")
def synthetase_positive(case: Case, name: str) -> Fact:
    """Some antisynthetase antibody is positive; FALSE only when each of them was tested."""
    group = case.parameters.antisynthetase
    entries = tuple(entry for antibody in group for entry in _entries(case, antibody))
    value = some(_positive(case, antibody) for antibody in group)
    return yes_no(name, value, "; ".join(map(_said, entries)), _places(entries), _panel(case))


@derived("antibody.synthetase.selects_pathway")
def synthetase_selects_pathway(case: Case, name: str) -> Fact:
    """Some antisynthetase antibody may select a pathway."""
    group = case.parameters.antisynthetase
    entries = tuple(entry for antibody in group for entry in _entries(case, antibody))
    value = some(_selects(case, antibody) for antibody in group)
    waiting = [entry.name for entry in entries if _selects(case, entry.name) is Truth.UNKNOWN]
    missing = tuple(f"antibodies[{antibody}].strength" for antibody in dict.fromkeys(waiting)) or _panel(case)
    return yes_no(name, value, "; ".join(map(_said, entries)), _places(entries), missing)


_CN1A = "cN1A"
_EXPLAINS_CN1A = {"sjogren_disease", "systemic_lupus_erythematosus"}
_SEEN = ("diagnosis.biopsy", "diagnosis.biopsy_findings", "diagnosis.finger_flexor_weakness")


@derived("diagnosis.ibm_sign")
def ibm_sign(case: Case, name: str) -> Fact:
    """TRUE where a sign of inclusion body myositis is stated; a sign that nobody looked for counts as none.

    Signs are rimmed vacuoles, weak finger flexors, and cN1A strong or confirmed without Sjögren disease or
    lupus; a positive cN1A whose strength or overlap is not known leaves it open. Dossier 2.1, 3.2 CN1A.
    """
    biopsy, findings, fingers = (case[field] for field in _SEEN)
    overlap = case["diagnosis.overlap_with"]
    origins = origins_of(biopsy, findings, fingers) + _places(_entries(case, _CN1A))
    patterns = findings.value if isinstance(findings.value, frozenset) else frozenset()
    seen = biopsy.value == "rimmed_vacuoles" or "rimmed_vacuoles" in patterns or fingers.value is True
    explained, missing = Truth.UNKNOWN, tuple(overlap.missing)
    if overlap.status is not Status.UNKNOWN:
        told = overlap.value if isinstance(overlap.value, frozenset) else frozenset()
        explained = Truth.of(not told.isdisjoint(_EXPLAINS_CN1A))
    positive, selects = _positive(case, _CN1A), _selects(case, _CN1A)
    cn1a = selects & ~explained if positive is Truth.TRUE else Truth.FALSE
    if seen or cn1a is Truth.TRUE:
        return yes_no(name, Truth.TRUE, origins=origins)
    if cn1a is Truth.UNKNOWN:
        if selects is Truth.UNKNOWN:
            missing = (*missing, f"antibodies[{_CN1A}].strength", f"antibodies[{_CN1A}].confirmed_by")
        return unknown(name, missing, origins=origins)
    if positive is Truth.UNKNOWN or Status.UNKNOWN in (biopsy.status, fingers.status):
        return absent(name, _("no sign of inclusion body myositis is stated"), origins)
    return yes_no(name, Truth.FALSE, origins=origins)


@derived("antibody.msa_positive_count")
def msa_positive_count(case: Case, name: str) -> Fact:
    """Positive myositis-specific antibodies; a range while some of them are not known."""
    values = {antibody: _positive(case, antibody) for antibody in case.parameters.msa}
    found = [antibody for antibody, value in values.items() if value is Truth.TRUE]
    open_ones = sum(value is Truth.UNKNOWN for value in values.values())
    entries = tuple(entry for antibody in found for entry in _entries(case, antibody))
    because = _("positive: {found}").format(found=", ".join(found)) if found else ""
    low, high = len(found), len(found) + open_ones
    return between(name, Decimal(low), Decimal(high), because, _places(entries), _panel(case))


@derived("antibody.seronegative")
def seronegative(case: Case, name: str) -> Fact:
    """No myositis-specific antibody, after a complete search: the common ones in the panel, or an empty list.

    FALSE as soon as one is positive. UNKNOWN when nothing was tested, or the panel is incomplete.
    """
    results, panel = _results(case), _tested(case)
    if results is None and panel is None:
        return unknown(name, ("antibodies",))
    values = [_positive(case, antibody) for antibody in case.parameters.msa]
    found = [a for a, value in zip(case.parameters.msa, values, strict=True) if value is Truth.TRUE]
    if found:
        entries = tuple(entry for antibody in found for entry in _entries(case, antibody))
        return yes_no(
            name, Truth.FALSE, _("positive: {found}").format(found=", ".join(found)), _places(entries)
        )
    if results == () and panel is None and "antibody_panel" not in case.blanked:
        return yes_no(name, Truth.TRUE, _("tested, and none found"))
    searched = all(_positive(case, antibody) is Truth.FALSE for antibody in case.parameters.common_msa)
    reported = {entry.name for entry in results or ()}
    unclear = any(
        value is Truth.UNKNOWN and antibody in reported
        for antibody, value in zip(case.parameters.msa, values, strict=True)
    )
    if searched and not unclear:
        return yes_no(name, Truth.TRUE, _("the common myositis-specific antibodies were tested, none found"))
    return unknown(name, _panel(case))


def _results(case: Case) -> tuple[AntibodyResult, ...] | None:
    return None if "antibodies" in case.blanked else case.patient.antibodies


def _tested(case: Case) -> tuple[str, ...] | None:
    return None if "antibody_panel" in case.blanked else case.patient.antibody_panel


def _entries(case: Case, antibody: str) -> tuple[AntibodyResult, ...]:
    return tuple(entry for entry in _results(case) or () if entry.name == antibody)


def _positive(case: Case, antibody: str) -> Truth:
    if f"antibodies[{antibody}]" in case.blanked:
        return Truth.UNKNOWN
    entries = _entries(case, antibody)
    if entries:
        values = {_RESULTS.get(entry.result or "", Truth.UNKNOWN) for entry in entries}
        return values.pop() if len(values) == 1 else Truth.UNKNOWN
    panel = _tested(case)
    return Truth.FALSE if panel is not None and antibody in panel else Truth.UNKNOWN


def _selects(case: Case, antibody: str) -> Truth:
    entries = _entries(case, antibody)
    certain = some(_certain(case, entry) for entry in entries) if entries else Truth.UNKNOWN
    return _positive(case, antibody) & certain


def _certain(case: Case, entry: AntibodyResult) -> Truth:
    """Strong enough by the parameters, or confirmed by a second method."""
    p = case.parameters
    strong = Truth.of(None if entry.strength is None else entry.strength in p.strengths_that_select)
    confirmed = Truth.of(None if entry.confirmed_by is None else entry.confirmed_by in p.confirmations)
    return strong | confirmed


def _said(entry: AntibodyResult) -> str:
    parts = [say_word(entry.strength or ""), _("unconfirmed") if entry.confirmed_by == "none" else ""]
    if entry.confirmed_by not in (None, "none"):
        parts.append(_("confirmed by {method}").format(method=say_word(str(entry.confirmed_by))))
    detail = ", ".join(part for part in parts if part)
    result = say_word(entry.result) if entry.result else _("without a result")
    return f"{entry.name} {result}" + (f" ({detail})" if detail else "")


def _places(entries: tuple[AntibodyResult, ...]) -> tuple[Span, ...]:
    return tuple(dict.fromkeys(entry.at for entry in entries))


def _asked(antibody: str, value: Truth) -> tuple[str, ...]:
    return (f"antibodies[{antibody}]",) if value is Truth.UNKNOWN else ()


def _panel(case: Case) -> tuple[str, ...]:
    return ("antibodies",) if _results(case) is None else ("antibody_panel",)
