"""Observation: laboratory, antibodies, function, and the project's own codes; components like the whole."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from escalate.fhir.model import Candidate, Found, Item, Told
from escalate.fhir.own import own_candidate
from escalate.fhir.quantities import Unreadable, normal_range, plainly, quantity, titre
from escalate.fhir.results import result_of
from escalate.fhir.shapes import codings, mapping, named, not_understood, objects, short, text
from escalate.fhir.times import When, observed, says_when
from escalate.fhir.unread import fields_named, is_indirect, loinc_elsewhere, states_nothing, unread
from escalate.library.model import Library
from escalate.library.terms import UNVERIFIED, Code, Terms
from escalate.texts import _

READ = ("final", "amended", "corrected")
_NOT_YET = ("registered", "preliminary")
VOID = ("cancelled", "entered-in-error")
_OFF_SCALE, _FAILED = ("<", ">"), "QCF"  # interpretations: beyond what was measured; quality control


@dataclass(frozen=True, slots=True)
class Context:
    """What every reader of a resource needs."""

    library: Library
    terms: Terms
    today: date


def read_observation(item: Item, context: Context) -> Found:
    """The candidates of one Observation and of its components."""
    refused = _status(item.resource)
    if refused:
        return refused if item.resource.get("status") in VOID else unread_observation(item, refused, context)
    candidates: list[Candidate] = []
    ignored: list[str] = []
    rejected: list[str] = []
    silent: list[str] = []
    day = observed(item.resource)
    if day is None and says_when(item.resource):
        ignored.append(_("when it was observed cannot be read; its day is not known"))
    for part, where in _parts(item.resource):

        def lost(reason: object, part: Mapping[str, Any] = part) -> list[Candidate]:
            return unread(item, part, str(reason), day, context.library, context.terms)

        try:
            code = _code(part, context.terms)
            _understand(part)
            if code is None:
                ignored.append(where + _unread(part, context.terms))
                candidates += lost(ignored[-1])
                continue
            candidates.append(_candidate(item, part, code, day, context))
        except _Beside as reason:
            ignored.append(f"{where}{reason}")
        except _Ignored as reason:
            ignored.append(f"{where}{reason}")
            if states_nothing(part, None):
                silent += fields_named(part, context.library, context.terms)
            else:
                candidates += lost(reason)
        except Unreadable as reason:
            rejected.append(f"{where}{reason}")
            candidates += lost(reason)
    # A panel has no value of its own: what its parts gave is what it says.
    return Found(
        tuple(candidates),
        ignored=tuple(ignored),
        rejected=tuple(rejected),
        silent=tuple(dict.fromkeys(silent)),
    )


def unread_observation(item: Item, refused: Found, context: Context) -> Found:
    """An Observation that is refused as a whole: what it is about is not known, as of its day."""
    reason = next(iter((*refused.rejected, *refused.ignored)), "")
    day = observed(item.resource)
    candidates: list[Candidate] = []
    silent: list[str] = []
    for part, _where in _parts(item.resource):
        if states_nothing(part, item.resource.get("status")):
            silent += fields_named(part, context.library, context.terms)
        else:
            candidates += unread(item, part, reason, day, context.library, context.terms)
    return replace(refused, candidates=tuple(candidates), silent=tuple(dict.fromkeys(silent)))


class _Ignored(Exception):
    """A part that is understood and not read; the message says why."""


class _Beside(_Ignored):
    """A part that says nothing of the field: half of a target without the other."""


def _status(resource: Mapping[str, Any]) -> Found | None:
    status = resource.get("status")
    if status in VOID:
        return Found(ignored=(_("its status is {status}").format(status=status),))
    if resource.get("focus"):
        return Found(rejected=(_("it has a `focus`: it may be about somebody else"),))
    if status in READ:
        return None
    if status in _NOT_YET:
        return Found(ignored=(_("its status is {status}: it is not final yet").format(status=status),))
    if status == "unknown":
        return Found(ignored=(_("its status is {status}").format(status=status),))
    return Found(rejected=(_("its status is missing or none of FHIR's"),))


def _parts(resource: Mapping[str, Any]) -> Iterator[tuple[Mapping[str, Any], str]]:
    """The observation and its components, each with what it is called in a reason."""
    components = objects(resource.get("component"))
    has_value = any(key.startswith("value") for key in resource)
    if has_value or resource.get("dataAbsentReason") or not components:
        yield resource, ""
    for number, component in enumerate(components):
        yield component, f"component[{number}]: "


def _code(part: Mapping[str, Any], terms: Terms) -> Code | str | None:
    """The one entry of the tables that the codes name, or a field by the project's own code.

    Raises: Unreadable where they name two.
    """
    found: dict[str, Code | str] = {}
    for coding in codings(part.get("code")):
        if coding.system == terms.own:
            found[coding.code] = coding.code
        code = terms.measured.get((coding.system, coding.code))
        if code is not None and code.grade != UNVERIFIED:
            found.setdefault(code.entry, code)
    if len(found) > 1:
        message = _("its codes name different things: {names}")
        raise Unreadable(message.format(names=", ".join(short(name, 40) for name in sorted(found))))
    return next(iter(found.values()), None)


def _unread(part: Mapping[str, Any], terms: Terms) -> str:
    for coding in codings(part.get("code")):
        if (coding.system, coding.code) in terms.measured:
            return _("the code {code} is not verified and is not read").format(code=coding)
    called = named(part.get("code"))
    homeless = loinc_elsewhere(part, terms)
    if homeless:
        message = _("its code {code} is not said to be of LOINC (system {system})")
        return message.format(code=homeless, system=terms.loinc)
    return _("its code is not one that is read: {called}").format(called=called or "?")


def _understand(part: Mapping[str, Any]) -> None:
    """Raises: Unreadable for a part whose value is changed by something that is not understood."""
    odd = not_understood(part)
    if odd:
        raise Unreadable(_("it has {key}, which changes what it means").format(key=odd))
    values = [key for key in part if key.startswith("value")]
    if len(values) > 1:
        raise Unreadable(_("it has several values: {keys}").format(keys=short(", ".join(sorted(values)))))
    bound = mapping(part.get("valueQuantity")).get("comparator")
    words = objects(part.get("interpretation"))
    for code in (text(one.get("code")) for word in words for one in objects(word.get("coding"))):
        if code == _FAILED or (code in _OFF_SCALE and bound is None):
            message = _("by its interpretation {code} its number is not the value")
            raise Unreadable(message.format(code=code))


def _candidate(
    item: Item, part: Mapping[str, Any], code: Code | str, day: When | None, context: Context
) -> Candidate:
    absent = part.get("dataAbsentReason")
    if absent:
        why = named(absent) or "dataAbsentReason"
        if any(key.startswith("value") for key in part):
            raise Unreadable(_("it has a value, and says why there is none: {why}").format(why=why))
        raise _Ignored(_("it has no value: {why}").format(why=why))
    if isinstance(code, str):
        return own_candidate(item, part, code, day, context.library, context.terms)
    if code.read == "antibody":
        return _antibody(item, part, code, day, context.terms)
    if not code.fact:
        called = named(part.get("code")) or code.entry
        raise _Ignored(
            _("{called} is known, and no field of the patient file takes it").format(called=called)
        )
    if code.read == "result":
        return _result(item, part, code, day, context)
    return _measured(item, part, code, day, context.terms)


def _measured(item: Item, part: Mapping[str, Any], code: Code, day: When | None, terms: Terms) -> Candidate:
    if part.get("valueQuantity") is None:
        raise Unreadable(_no_quantity(part))
    found = quantity(part.get("valueQuantity"), code.units, terms)
    value, note = found.value, ""
    if code.ratio_below is not None and not found.unit:
        if value >= code.ratio_below:
            message = _("a share with the unit 1 is below {limit}")
            raise Unreadable(message.format(limit=f"{code.ratio_below:f}"))
        value, note = value * 100, _("a share, taken times 100")
    shown = found.written if not note else plainly(value)
    beside: list[tuple[str, Told]] = []
    if code.limit:
        beside += _limit(part, code, terms)
    if code.day and day is not None and day.day:
        beside.append((code.day, Told(day.day)))
    return Candidate(code.fact, Told.number(shown, found.bound), day, item, tuple(beside), note)


def _limit(part: Mapping[str, Any], code: Code, terms: Terms) -> list[tuple[str, Told]]:
    """The upper end of the one reference range for everybody, in a unit that is read."""
    ends = normal_range(part)
    if ends is None or not ends[1]:
        return []
    try:
        high = quantity(ends[1], code.units, terms)
    except Unreadable:
        return []
    return [] if high.bound else [(code.limit, Told(f"{plainly(high.value)} {high.unit}".strip()))]


def _no_quantity(part: Mapping[str, Any]) -> str:
    key = next((key for key in part if key.startswith("value")), "")
    if key == "valueString":
        said = short(part["valueString"])
        return _("its value is free text, which is not read: {said}").format(said=said)
    return (
        _("it has no valueQuantity")
        if not key
        else _("it has {key} and no valueQuantity").format(key=short(key))
    )


def _result(item: Item, part: Mapping[str, Any], code: Code, day: When | None, context: Context) -> Candidate:
    result = result_of(part, context.terms)
    word = (code.answers or {}).get(result)
    if word is None:
        called = named(part.get("code")) or code.entry
        message = _("{called} {result}: that alone does not settle the field {field}")
        raise _Ignored(message.format(called=called, result=_said(result), field=code.fact))
    beside = ((code.day, Told(day.day)),) if code.day and day is not None and day.day else ()
    indirect = is_indirect(code, context.library)
    return Candidate(code.fact, Told(word), day, item, beside, indirect=indirect)


def _antibody(item: Item, part: Mapping[str, Any], code: Code, day: When | None, terms: Terms) -> Candidate:
    result = result_of(part, terms)
    if code.only_positive and result != "positive":
        message = _("{antibody}: one of its targets {result}, which is not the antibody {result}")
        raise _Beside(message.format(antibody=code.antibody, result=_said(result)))
    counted = titre(part)
    note = _("titre 1:{titre}").format(titre=counted) if counted else ""
    word = {"indeterminate": "borderline"}.get(result, result)
    return Candidate(f"antibodies[{code.antibody}]", Told(word), day, item, (), note)


def _said(result: str) -> str:
    return {"positive": _("positive"), "negative": _("negative")}.get(result, _("indeterminate"))
