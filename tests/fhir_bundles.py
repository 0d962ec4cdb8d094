"""A patient as FHIR R4 resources: the other way round, for round trips, and pieces for single tests."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from escalate import load_knowledge
from escalate.library.terms import terms_of
from escalate.patient.model import PartialDate, Patient, PatientValue, TherapyLine

Resource = dict[str, Any]

LIBRARY = load_knowledge()
TERMS = terms_of(LIBRARY)
LOINC, UCUM, OWN = TERMS.loinc, TERMS.ucum, TERMS.own
SNOMED = "http://snomed.info/sct"
ATC = "http://www.whocc.no/atc"
INTERPRETATION = "http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation"
SUBJECT = {"reference": "Patient/case"}
_UNITS = {spelling: code for code, spelling in reversed(TERMS.units.items()) if spelling}


def person(**more: Any) -> Resource:
    return {"resourceType": "Patient", "id": "case", **more}


def bundle(*resources: Resource, form: str = "collection") -> Resource:
    return {"resourceType": "Bundle", "type": form, "entry": [{"resource": one} for one in resources]}


def concept(system: str, code: str) -> Resource:
    return {"coding": [{"system": system, "code": code}]}


def quantity(value: Any, unit: str = "", **more: Any) -> Resource:
    coded = {"system": UCUM, "code": unit} if unit else {}
    return {"value": value, **coded, **more}


def observation(code: str, day: str = "2026-10-01", system: str = LOINC, **more: Any) -> Resource:
    """A final Observation; `value...` and the rest by keyword."""
    whole = {
        "resourceType": "Observation", "status": "final", "code": concept(system, code), "subject": SUBJECT,
        "effectiveDateTime": day, **more,
    }  # fmt: skip
    return {key: value for key, value in whole.items() if value is not None}


def interpreted(code: str, word: str, **more: Any) -> Resource:
    return observation(code, interpretation=[concept(INTERPRETATION, word)], **more)


def statement(atc: str, status: str = "active", **more: Any) -> Resource:
    return {
        "resourceType": "MedicationStatement", "status": status, "subject": SUBJECT,
        "medicationCodeableConcept": concept(ATC, atc), **more,
    }  # fmt: skip


def whole(count: int = 1) -> Resource:
    """The statement that the history consists of so many medication resources."""
    return observation("therapies", system=OWN, valueInteger=count)


# -- a whole patient ----------------------------------------------------------------------------


def resources_of(patient: Patient) -> list[Resource]:
    """Every value of a patient file as a resource: by LOINC or ATC where there is a code, else by its own."""
    found: list[Resource] = [person(gender=patient.value("demographics.sex"))]
    taken = {"demographics.sex"}
    by_fact = {code.fact: code for code in TERMS.measured.values() if code.fact and code.grade != "U"}
    for field, code in by_fact.items():
        value = patient.values.get(field)
        if value is None or (code.read == "result" and (code.answers or {}).get("negative") is None):
            continue
        day = patient.value(code.day) if code.day else None
        one = _by_loinc(code, value, "2026-10-01" if day is None else day.isoformat())
        if one is None:
            continue
        limit = patient.value(code.limit) if code.limit else None
        if limit is not None:
            one["referenceRange"] = [{"high": quantity(float(limit), _UNITS[LIBRARY.facts[code.limit].unit])}]
            taken.add(code.limit)
        found.append(one)
        taken |= {field, code.day} if day is not None else {field}
    found += [_own(field, value) for field, value in patient.values.items() if field not in taken]
    for result in patient.antibodies or ():
        codes = [c.code for c in TERMS.measured.values() if c.antibody == result.name and not c.only_positive]
        word = {"positive": "POS", "negative": "NEG", "borderline": "IND"}[result.result or ""]
        found.append(interpreted(codes[0], word))
    if patient.therapies is not None:
        found += [_line(line) for line in patient.therapies]
        found.append(whole(len(patient.therapies)))
    return found


def _by_loinc(code: Any, value: PatientValue, day: str) -> Resource | None:
    if code.read == "result":
        word = {text: result for result, text in code.answers.items()}.get(str(value.value))
        interpretation = {"positive": "POS", "negative": "NEG"}.get(word or "")
        return interpreted(code.code, interpretation, day=day) if interpretation else None
    unit = LIBRARY.facts[code.fact].unit
    spelled = {**_UNITS, "/nL": "10*9/L", "/µL": "{cells}/uL", "mL/min/1.73m2": "mL/min/{1.73_m2}"}
    if spelled[unit] not in code.units and spelled[unit] != "ng/L":
        return None
    return observation(code.code, day, valueQuantity=quantity(float(value.value), spelled[unit]))  # type: ignore[arg-type]


def _own(field: str, value: PatientValue) -> Resource:
    held = value.value
    told: Resource
    if value.never:
        told = {"valueCodeableConcept": concept(OWN, "never")}
    elif isinstance(held, bool):
        told = {"valueBoolean": held}
    elif isinstance(held, Decimal):
        unit = LIBRARY.facts[field].unit
        told = {"valueQuantity": {"value": float(held), **({"unit": unit} if unit else {})}}
    elif isinstance(held, frozenset):
        words: Iterable[str] = sorted(held) or ["none"]
        told = {"valueCodeableConcept": {"coding": [{"system": OWN, "code": word} for word in words]}}
    elif isinstance(held, str):
        told = {"valueCodeableConcept": concept(OWN, held)}
    else:
        told = {"valueDateTime": value.given}
    return observation(field, system=OWN, **told)


_PARTS = (
    "weeks", "dose", "cumulative_dose_g", "courses", "adequate", "trough_ng_per_ml", "adherence", "response",
    "stopped_for", "prednisolone_equivalent_mg_per_day", "last_dose_on", "elimination_procedure",
)  # fmt: skip


def _line(line: TherapyLine) -> Resource:
    status = {"ongoing": "active", "past": "completed", "planned": "intended", None: "unknown"}[line.status]
    name = (line.written or line.drug).casefold()
    codes = TERMS.atc_of(name) or TERMS.atc_of(line.drug)
    period = {
        key: str(day)
        for key, day in (("start", line.started_on), ("end", line.stopped_on))
        if isinstance(day, PartialDate)
    }
    parts = [{"url": part, **_part(value)} for part in _PARTS if (value := getattr(line, part)) is not None]
    more: Resource = {"effectivePeriod": period} if period else {}
    if parts:
        more["extension"] = [{"url": TERMS.therapy_extension, "extension": parts}]
    return statement(codes[0], status, **more)


def _part(value: object) -> Resource:
    if isinstance(value, bool):
        return {"valueBoolean": value}
    if isinstance(value, Decimal):
        return {"valueDecimal": float(value)}
    if isinstance(value, int):
        return {"valueInteger": value}
    return {"valueDate": str(value)} if isinstance(value, PartialDate) else {"valueString": str(value)}
