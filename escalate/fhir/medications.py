"""MedicationStatement, MedicationRequest and MedicationAdministration: drugs by ATC, as lines of therapy."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from escalate.fhir.doses import dosage_in_words, dose_of
from escalate.fhir.model import Drug, Found, Item, Told
from escalate.fhir.observations import Context
from escalate.fhir.quantities import Unreadable, number, plainly
from escalate.fhir.shapes import (
    Coding,
    codings,
    is_forbidden,
    mapping,
    named,
    objects,
    short,
    text,
)
from escalate.fhir.times import When, when
from escalate.fhir.whose import bases_of, reference_key, same_server
from escalate.library.terms import DrugCode
from escalate.patient.fields import fields_of
from escalate.problems import printable
from escalate.texts import _

KINDS = {
    "MedicationStatement": "statement",
    "MedicationRequest": "request",
    "MedicationAdministration": "administration",
}
# What each status says of the line; the empty text: nothing is known of it. Those not named are no line.
_STATUS = {
    "statement": {
        "active": "ongoing", "completed": "past", "stopped": "past", "intended": "planned",
        "on-hold": "", "unknown": "",
    },
    "request": {"active": "ongoing", "completed": "past", "stopped": "past", "on-hold": "", "unknown": ""},
    "administration": {"in-progress": "", "completed": "", "stopped": "", "unknown": ""},
}  # fmt: skip
_NO_LINE = ("entered-in-error", "not-taken", "not-done", "cancelled", "draft", "on-hold")
_OF_A_DRUG = re.compile(
    r"[A-Z]\d\d[A-Z]{2}\d\d", re.ASCII | re.IGNORECASE
)  # a shorter code is that of a group
_PLANNED = ("proposal", "plan", "option")
_THERAPY_PART = "therapies"
_DAYS = ("started_on", "stopped_on", "last_dose_on")


def read_medication(item: Item, context: Context, medications: Mapping[str, Sequence[Item]]) -> Found:
    """The line of therapy that one resource states.

    Args: medications, key of a reference -> the Medication resources of the input that it may mean.
    """
    resource = item.resource
    kind = KINDS[text(resource.get("resourceType"))]
    status = text(resource.get("status"))
    if status not in _STATUS[kind]:
        if status in _NO_LINE:
            return Found(ignored=(_("its status is {status}: nothing was given").format(status=status),))
        return Found(rejected=(_("its status is missing or none of FHIR's"),))
    if is_forbidden(resource):
        return Found(ignored=(_("it says that the drug is not to be given"),))
    concept = _concept(item, medications)
    if concept is None:
        return Found(rejected=(_("the medication it refers to is not in the input, or not only once"),))
    found = drug_of(concept, context)
    if found is None:
        return Found(rejected=(_unrecognised(concept),))
    drug, met = found
    word = _STATUS[kind][status]
    if kind == "request" and text(resource.get("intent")) in _PLANNED:
        word = "planned"
    start, end = _period(resource, kind)
    notes: list[str] = []
    if word != "planned" and start is not None and start.first > context.today:
        return Found(rejected=(_("it is dated after the day of the assessment"),))
    if word == "ongoing" and end is not None and end.last < context.today:
        said = _("its status is {status}, and it ended {day}: whether it is still given is not known")
        notes.append(said.format(status=status, day=short(end.given, 40)))
        word, end = "", None
    elif word in ("past", "") and end is not None and end.first > context.today:
        said = _("its status is {status}, and it ends {day}: whether it is still given is not known")
        notes.append(said.format(status=status, day=short(end.given, 40)))
        word, end = "", None
    parts: dict[str, Told] = {"status": Told(word)} if word else {}
    parts |= _dates(kind, word, start, end)
    notes += _coarse(kind, start, end)
    dose = dose_of(resource, context.terms)
    if dose:
        parts["dose"] = Told(dose)
    elif dose is None:
        notes.append(_("its dosage is not one that is read: {said}").format(said=dosage_in_words(resource)))
    try:
        parts |= _extended(resource, context)
    except Unreadable as reason:
        return Found(rejected=(str(reason),))
    if met.code.upper() != drug.current:
        notes.append(_("{old} is an older code of {new}").format(old=met.code, new=drug.current))
    first, last = _known(parts, start, end)
    line = Drug(drug.name, parts, first, last, item, kind, drug.beside)
    return Found(drugs=(line,), ignored=tuple(notes))


def _known(
    parts: Mapping[str, Told], start: When | None, end: When | None
) -> tuple[When | None, When | None]:
    """Begin and end with those of the extension, which stand in the line: of two ends the later one."""
    stated = {name: when(told.text) for name, told in parts.items() if name in _DAYS}
    ends = [day for day in (end, stated.get("stopped_on")) if day is not None]
    if parts.get("status") != Told("ongoing"):
        ends += [day for day in (stated.get("last_dose_on"),) if day is not None]
    return stated.get("started_on") or start, max(ends, key=lambda day: day.last, default=None)


def drug_of(concept: Any, context: Context) -> tuple[DrugCode, Coding] | None:
    """The drug that the ATC codes of a concept name, with the code; None for none, or two, listed or not."""
    terms = context.terms
    found: dict[str, tuple[DrugCode, Coding]] = {}
    others = False
    for coding in codings(concept):
        if coding.system not in terms.atc:
            continue
        drug = terms.drugs.get(coding.code.upper()) or _by_group(coding.code.upper(), terms.drug_groups)
        if drug is not None:
            found.setdefault(drug.name, (drug, coding))
        elif _OF_A_DRUG.fullmatch(coding.code):
            others = True
    return next(iter(found.values())) if len(found) == 1 and not others else None


def _by_group(code: str, groups: Mapping[str, DrugCode]) -> DrugCode | None:
    found = next((drug for start, drug in groups.items() if code.startswith(start)), None)
    return None if found is None else DrugCode(found.name, code, found.beside)


def _unrecognised(concept: Mapping[str, Any]) -> str:
    said = named(concept)
    return _("drug not recognised by an ATC code that is read: {said}").format(said=said or "?")


def _concept(item: Item, medications: Mapping[str, Sequence[Item]]) -> Mapping[str, Any] | None:
    """The medication itself, or that of the Medication it refers to."""
    own = item.resource.get("medicationCodeableConcept")
    if isinstance(own, Mapping):
        return own
    reference = text(mapping(item.resource.get("medicationReference")).get("reference"))
    if reference.startswith("#"):
        # What is contained may point at its neighbours.
        holder = (item.holder or item).resource
        inside = [one for one in objects(holder.get("contained")) if text(one.get("id")) == reference[1:]]
        return mapping(inside[0].get("code")) if len(inside) == 1 else None
    every = medications.get(reference_key(reference), ()) if reference else ()
    found = [one for one in every if same_server(bases_of(one.full_url), bases_of(reference))]
    codes = [mapping(one.resource.get("code")) for one in found]
    return codes[0] if codes and all(code == codes[0] for code in codes) else None


def _period(resource: Mapping[str, Any], kind: str) -> tuple[When | None, When | None]:
    period = mapping(resource.get("effectivePeriod"))
    if kind == "request":
        first = objects(resource.get("dosageInstruction"))
        timing = mapping(mapping(first[0].get("timing")).get("repeat")) if len(first) == 1 else {}
        bounds = mapping(timing.get("boundsPeriod"))
        # A begin that cannot be read is not the day of the order.
        begin = bounds.get("start") if bounds.get("start") is not None else resource.get("authoredOn")
        return when(begin), when(bounds.get("end"))
    moment = when(resource.get("effectiveDateTime"))
    if moment is not None:
        # Of a statement a single moment is when it was taken, not when it began.
        return (moment, moment) if kind == "administration" else (None, None)
    return when(period.get("start")), when(period.get("end"))


def _dates(kind: str, word: str, start: When | None, end: When | None) -> dict[str, Told]:
    if kind == "administration":
        last = end or start
        return {"last_dose_on": Told(last.day)} if last and last.day else {}
    told: dict[str, Told] = {}
    if start is not None and start.month:
        told["started_on"] = Told(start.month)
    if end is not None and end.month and word in ("past", ""):
        told["stopped_on"] = Told(end.month)
    return told


def _coarse(kind: str, start: When | None, end: When | None) -> Iterator[str]:
    """Of days that are known too coarsely for a line, that they are not written."""
    is_dose = kind == "administration"
    for day in (end or start,) if is_dose else (start, end):
        if day is not None and not (day.day if is_dose else day.month):
            yield _("{day} is not exact enough for a line, and is not written").format(day=day.given)


def _extended(resource: Mapping[str, Any], context: Context) -> dict[str, Told]:
    """Parts of a line that FHIR has no element for, from the project's own extension. Raises: Unreadable."""
    known = fields_of(context.library).parts[_THERAPY_PART]
    told: dict[str, Told] = {}
    for one in objects(resource.get("extension")):
        if one.get("url") != context.terms.therapy_extension:
            continue
        for part in objects(one.get("extension")):
            name, value = text(part.get("url")), _value(part)
            if name not in known or name in ("drug", "note") or value is None or name in told:
                message = _("`{name}` is no part of a line of therapy that the extension can give, once")
                raise Unreadable(message.format(name=short(name) or "?"))
            told[name] = Told(value)
    return told


def _value(part: Mapping[str, Any]) -> str | None:
    for key in ("valueCode", "valueDate", "valueString"):
        written = text(part.get(key))
        if written:
            return written if written == printable(written) and len(written) <= 200 else None
    if isinstance(part.get("valueBoolean"), bool):
        return "true" if part["valueBoolean"] else "false"
    for key in ("valueDecimal", "valueInteger"):
        if part.get(key) is not None:
            return plainly(number(part[key]))
    return None


def lines_of(drugs: tuple[Drug, ...]) -> Iterator[tuple[Drug, ...]]:
    """Resources that speak of one line of therapy, the one that says most of it first.

    A request or an administration joins a line of the same drug where the times of both are known and
    overlap; otherwise it is a line of its own, whose days do not get lost. Two statements stay two lines.
    """
    order = {kind: place for place, kind in enumerate(KINDS.values())}
    lines: list[list[Drug]] = []
    for drug in sorted(drugs, key=lambda d: order[d.kind]):
        if drug.co_medication:
            continue
        same = [line for line in lines if line[0].name == drug.name and _meets(line, drug)]
        if drug.kind != "statement" and same:
            same[0].append(drug)
        else:
            lines.append([drug])
    yield from (tuple(line) for line in lines)


def _meets(line: list[Drug], drug: Drug) -> bool:
    if drug.kind == line[0].kind == "statement":
        return False
    if "planned" in (_word(line[0]), _word(drug)):
        return _word(line[0]) == _word(drug)
    head = line[0]
    if _word(head) == "past" and _word(drug) == "ongoing":
        return False
    # Of two orders without an end nobody knows that the second continues the first.
    if drug.kind == head.kind == "request" and (head.end is None or drug.end is None):
        return False
    return _reaches(head, drug.start) and _reaches(drug, head.start)


def _reaches(drug: Drug, day: When | None) -> bool:
    """Whether it was certainly still given at the begin of another; what is being given has no end."""
    if day is None:
        return False
    if drug.end is None:
        return _word(drug) == "ongoing"
    return day.last <= drug.end.first


def _word(drug: Drug) -> str:
    told = drug.parts.get("status")
    return told.text if told else ""
