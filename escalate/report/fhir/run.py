"""What the resources of one run share: subject, ids, own code systems, and texts that are safe to show."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from escalate.assessment import Assessment
from escalate.library.model import Therapy
from escalate.library.terms import Terms, terms_of
from escalate.problems import printable
from escalate.report.head import stamp_text

Resource = dict[str, Any]
BASE = "https://escalate.example/fhir"
"""Where the project's own code systems are named while the terminology of a knowledge base names no other."""

_NAMESPACE = uuid.uuid5(uuid.NAMESPACE_URL, BASE)
_FACTS = "/CodeSystem/escalate-facts"


class Source(Protocol):
    """A fact of a record with the resource that it comes from."""

    @property
    def field(self) -> str: ...
    @property
    def item(self) -> Any: ...


class Record(Protocol):
    """What a report reads of `escalate.fhir.model.Understood`."""

    @property
    def reference(self) -> str: ...
    @property
    def facts(self) -> Sequence[Any]: ...
    @property
    def entries(self) -> Sequence[Any]: ...
    @property
    def notes(self) -> Sequence[str]: ...


@dataclass(frozen=True, slots=True)
class Run:
    """One assessment on its way to FHIR."""

    assessment: Assessment
    record: Record | None
    sha256: str

    @property
    def terms(self) -> Terms:
        return terms_of(self.assessment.library)

    @property
    def base(self) -> str:
        own = self.terms.own
        return own.removesuffix(_FACTS) if own.endswith(_FACTS) else BASE

    @property
    def day(self) -> str:
        return self.assessment.patient.assessed_on.isoformat()

    def resource(self, kind: str, *of: str) -> Resource:
        """An empty resource whose id follows from the digests of input and knowledge, and from `of`."""
        library = self.assessment.library
        parts = (kind, self.sha256, library.digest, self.day, library.language, *of)
        name = uuid.uuid5(_NAMESPACE, "|".join(parts))
        return {"resourceType": kind, "id": str(name), "language": library.language}

    def bundle(self, entries: list[Resource]) -> Resource:
        whole = self.resource("Bundle")
        named = {"system": "urn:ietf:rfc:3986", "value": f"urn:uuid:{whole['id']}"}
        stamp = stamp_text(self.assessment)
        when = {"timestamp": stamp} if stamp else {}
        return {**whole, "identifier": named, "type": "collection", **when, "entry": entries}

    def subject(self) -> Resource:
        """The patient of the input; of a patient file its pseudonym."""
        if self.record is not None and self.record.reference:
            return {"reference": self.record.reference, "type": "Patient"}
        name = {
            "system": f"{self.base}/NamingSystem/patient-file",
            "value": shown(self.assessment.patient.id),
        }
        return {"type": "Patient", "identifier": name}

    def own(self, system: str, code: str, display: str = "") -> Resource:
        """A code of one of the project's own systems (`facts`, `rules`, `verdicts`, `problems`)."""
        coding = {"system": f"{self.base}/CodeSystem/escalate-{system}", "code": code}
        return {**coding, "display": shown(display)} if display else coding

    def contained(self, therapy: Therapy) -> Resource:
        """A therapy as a draft proposal inside another resource; a drug by its ATC codes where known."""
        coded = [{"system": _ATC, "code": code} for code in self.terms.atc_of(therapy.id)]
        concept: Resource = {**({"coding": coded} if coded else {}), "text": shown(therapy.name)}
        head = {"id": contained_id(therapy), "status": "draft", "intent": "proposal"}
        if coded:
            return {
                "resourceType": "MedicationRequest", **head,
                "medicationCodeableConcept": concept, "subject": self.subject(),
            }  # fmt: skip
        return {"resourceType": "ServiceRequest", **head, "code": concept, "subject": self.subject()}


_ATC = "http://www.whocc.no/atc"


def contained_id(therapy: Therapy) -> str:
    """A FHIR id has no underscore."""
    return therapy.id.replace("_", "-")


def reference(resource: Mapping[str, Any]) -> Resource:
    """A reference to another resource of the same Bundle."""
    return {"reference": f"urn:uuid:{resource['id']}"}


def shown(text: str) -> str:
    """A text with control characters made visible, in one line."""
    return printable(" ".join(text.split()))


def joined(texts: Iterable[str]) -> str:
    """Several sentences as one text, each with its full stop."""
    said = [shown(text) for text in texts if text.strip()]
    return " ".join(text if text.endswith((".", ":", "?", "!")) else f"{text}." for text in said)
