"""Resources of a patient to a document that the patient reader takes, with what became of every entry."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import date
from typing import Any

from escalate.fhir.gather import Gathered, gather, unfolded
from escalate.fhir.model import Understood
from escalate.fhir.understand import Reading
from escalate.fhir.whose import Person, apart, persons
from escalate.library.model import Library
from escalate.problems import PatientRefused, Problem, Span
from escalate.texts import _, speaking

_NO_PLACES: Mapping[str, Span] = {}


def read_bundle(
    resource: Any,
    library: Library,
    *,
    today: date,
    name: str = "bundle",
    sha256: str = "",
    places: Mapping[str, Span] = _NO_PLACES,
) -> Understood:
    """The one patient of a Bundle (collection, searchset, transaction), a CDS Hooks prefetch or a resource.

    Args:    resource, the JSON as plain values, numbers as int, float or Decimal;
             today, the day of the assessment: age counts to it, and what is dated later is not read;
             name, what the input is called in places; sha256, of its bytes (else of its canonical JSON);
             places, path (`entry[3]`) -> where it stands in a file.
    Raises:  PatientRefused for what is no such input, and where it is not of exactly one patient.
    """
    with speaking(library.language):
        gathered = unfolded(gather(resource, name, places))
        people = persons(gathered.items)
        if len(people) > 1:
            message = _("the input is of {count} patients").format(count=len(people))
            help_ = _("an assessment is of one; `escalate import` writes a file for each")
            raise PatientRefused([Problem(Span(name, 1, 1), "several-patients", message, help_)])
        return _read(gathered, _one(people, name), library, today, name, sha256 or digest_of(resource))


def read_patients(
    resources: Gathered, library: Library, *, today: date, name: str, sha256: str
) -> tuple[Understood, ...]:
    """Every patient of an export, each with its own resources; shared ones (Medication) are seen by all.

    Raises: PatientRefused where there is none.
    """
    with speaking(library.language):
        resources = unfolded(resources)
        people = persons(resources.items)
        _one(people[:1], name)
        if len(people) == 1:
            return (_read(resources, people[0], library, today, name, sha256),)
        return tuple(
            _read(own, person, library, today, name, sha256, True)
            for person, own in zip(people, apart(resources, people), strict=True)
        )


def digest_of(resource: Any) -> str:
    """SHA-256 of `canonical_text`, where nobody has the bytes."""
    return hashlib.sha256(canonical_text(resource).encode()).hexdigest()


def canonical_text(resource: Any) -> str:
    """The JSON in ASCII with sorted keys: the same for the same data, and data that can be read again."""
    return json.dumps(resource, sort_keys=True, default=str, separators=(",", ":"))


def _one(people: list[Person], name: str) -> Person:
    if people:
        return people[0]
    message = _("the input says nowhere whose record it is")
    help_ = _("read is a Patient resource, or resources whose `subject` is one patient")
    raise PatientRefused([Problem(Span(name, 1, 1), "no-patient", message, help_)])


def _read(
    gathered: Gathered,
    person: Person,
    library: Library,
    today: date,
    name: str,
    sha256: str,
    among_others: bool = False,
) -> Understood:
    reading = Reading(library, person, today, gathered)
    return reading.understood(name, sha256, among_others)
