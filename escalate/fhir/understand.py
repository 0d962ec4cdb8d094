"""One patient's resources read one after another, and what they say put together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from escalate.fhir.choose import choose, paths
from escalate.fhir.document import document_of, patient_id
from escalate.fhir.entries import entries_of, facts_of, kind_of, line_facts
from escalate.fhir.gather import CLINICAL, Gathered
from escalate.fhir.medications import KINDS, lines_of, read_medication
from escalate.fhir.model import Candidate, Drug, Entry, Found, Hint, Item, Told, Understood, Use
from escalate.fhir.observations import VOID, Context, read_observation, unread_observation
from escalate.fhir.own import WHOLE_HISTORY
from escalate.fhir.records import (
    read_condition,
    read_other,
    read_patient_resource,
    read_procedure,
    read_report,
)
from escalate.fhir.shapes import not_understood, text
from escalate.fhir.times import When
from escalate.fhir.versions import Outdated, outdated
from escalate.fhir.whose import Person, is_nobodys, keys_of, why_not_of
from escalate.library.model import Library
from escalate.library.terms import terms_of
from escalate.nodes import Document, Scalar
from escalate.patient.complaints import Complaints
from escalate.patient.fields import Fields, fields_of
from escalate.patient.scalars import read_field
from escalate.problems import PatientRefused, Span
from escalate.texts import _

_STATINS = "statin"
_NOWHERE = Document(Scalar("", Span("", 1, 1)), (), "", "")


class Reading:
    """The resources of one patient while they are read."""

    def __init__(self, library: Library, person: Person, today: date, gathered: Gathered) -> None:
        self.context = Context(library, terms_of(library), today)
        self.fields: Fields = fields_of(library)
        self.person, self.today, self.gathered = person, today, gathered
        self.old = outdated(gathered.items)
        self.medications: dict[str, list[Item]] = {}
        for item in gathered.items:
            void = item.resource.get("status") in VOID or id(item) in self.old
            if item.resource.get("resourceType") == "Medication" and not void:
                for key in keys_of(item):
                    self.medications.setdefault(key, []).append(item)
        self.said: dict[int, list[str]] = {}  # by position of the item: reasons
        self.values: dict[int, object] = {}  # by `id` of a candidate

    def understood(self, name: str, sha256: str, among_others: bool) -> Understood:
        """Everything that was understood. `among_others`: what is of another patient is not reported."""
        items, found = self._read_all(among_others)
        candidates, drugs, hints = self._checked(items, found)
        whole = self._whole_history(candidates, found, items)
        candidates += self._statins(drugs)
        ready = [one for one in candidates if one.field != WHOLE_HISTORY]
        chosen = choose(ready, self.values)
        lines = tuple(lines_of(tuple(drugs)))
        facts = facts_of(chosen)
        said_lines = tuple(line_facts(line) for line in lines)
        beside = [drug for drug in drugs if drug.co_medication]
        deaths = tuple(dict.fromkeys(said for one in found for said in one.deaths))
        told = dict.fromkeys(note for one in found for note in one.notes)
        notes = (*deaths, *told, *self.gathered.notes, *chosen.notes, *_silent(items, found), *self.notes)
        document = document_of(
            facts, said_lines if whole else None, beside if whole else None,
            unsettled=chosen.unsettled, notes=notes,
            identifier=patient_id(self.person, sha256), name=name, sha256=sha256,
        )  # fmt: skip
        entries = entries_of(items, found, self.said, chosen, drugs, whole)
        if not among_others:
            entries += [
                Entry(i.path, kind_of(i), i.at, Use.REJECTED if broken else Use.IGNORED, reason)
                for i, reason, broken in self.gathered.refused
            ]
        return Understood(
            patient_document=document,
            patient_id=patient_id(self.person, sha256),
            reference=next((key for key in sorted(self.person.keys) if key.startswith("Patient/")), ""),
            entries=tuple(entries),
            facts=facts,
            lines=said_lines,
            drugs=tuple(drugs),
            hints=tuple(hints),
            notes=notes,
            whole_history=whole,
            unsettled=chosen.unsettled,
            deaths=deaths,
        )

    # -- one after another

    def _read_all(self, among_others: bool) -> tuple[list[Item], list[Found]]:
        items: list[Item] = []
        found: list[Found] = []
        for item in self.gathered.items:
            stranger = why_not_of(item, self.person)
            if among_others and stranger and not is_nobodys(item, self.person):
                continue
            items.append(item)
            if id(item) in self.old and not stranger:
                found.append(self._outdated(item, self.old[id(item)]))
            else:
                found.append(self._not_his(item, stranger) if stranger else self._read(item))
        return items, found

    def _outdated(self, item: Item, told: Outdated) -> Found:
        return self._unread(item, Found(rejected=(told.why,))) if told.unclear else Found(ignored=(told.why,))

    def _not_his(self, item: Item, why: str) -> Found:
        refused = Found(rejected=(why,))
        # A result that does not say whose it is may be this patient's.
        return self._unread(item, refused) if is_nobodys(item, self.person) else refused

    def _unread(self, item: Item, refused: Found) -> Found:
        if text(item.resource.get("resourceType")) != "Observation" or item.resource.get("status") in VOID:
            return refused
        return unread_observation(item, refused, self.context)

    def _read(self, item: Item) -> Found:
        kind = text(item.resource.get("resourceType"))
        if item.method.upper() == "DELETE":
            return Found(ignored=(_("the transaction deletes it"),))
        odd = not_understood(item.resource)
        if odd and kind in (*CLINICAL, "Patient"):
            why = _("it has {key}, which changes what it means").format(key=odd)
            return self._unread(item, Found(rejected=(why,)))
        if kind == "Patient":
            return read_patient_resource(item, self.today)
        if kind == "Observation":
            return read_observation(item, self.context)
        if kind in KINDS:
            return read_medication(item, self.context, self.medications)
        if kind == "Condition":
            return read_condition(item, self.context)
        if kind == "DiagnosticReport":
            return read_report(item)
        if kind == "Procedure":
            return read_procedure(item)
        if kind == "Medication":
            return Found(ignored=(_("it is read where another resource refers to it"),))
        return read_other(item.resource)

    # -- checked as a patient file is

    def _checked(
        self, items: list[Item], found: list[Found]
    ) -> tuple[list[Candidate], list[Drug], list[Hint]]:
        candidates: list[Candidate] = []
        drugs: list[Drug] = []
        for number, one in enumerate(found):
            self.said[number] = [*one.rejected, *one.ignored]
            for candidate in one.candidates:
                kept = self._kept(candidate, number)
                if kept is not None:
                    candidates.append(kept)
            for drug in one.drugs:
                problem = self._first_problem_of(drug)
                if problem:
                    self.said[number].append(problem)
                else:
                    drugs.append(drug)
        return candidates, drugs, [hint for one in found for hint in one.hints]

    def _kept(self, candidate: Candidate, number: int) -> Candidate | None:
        """The candidate as far as the patient reader takes it; None, with a reason, where it does not."""
        if candidate.when is not None and candidate.when.first > self.today:
            self.said[number].append(_("it is dated after the day of the assessment"))
            return None
        if candidate.unread:
            return candidate
        if "[" in candidate.field or candidate.field == WHOLE_HISTORY:
            self.values[id(candidate)] = candidate.told
            return candidate
        value, problem = self._value(candidate.field, candidate.told, candidate.item)
        if problem or value is None:
            reason = problem or _("its value says that it is not known")
            self.said[number].append(reason)
            return replace(candidate, told=Told(), beside=(), unread=reason)
        beside: list[tuple[str, Told]] = []
        for field, told in candidate.beside:
            _value, wrong = self._value(field, told, candidate.item)
            if wrong:
                self.said[number].append(wrong)
            else:
                beside.append((field, told))
        kept = replace(candidate, beside=tuple(beside))
        self.values[id(kept)] = value
        return kept

    def _value(self, field: str, told: Told, item: Item) -> tuple[object, str]:
        complaints = Complaints(_NOWHERE)
        try:
            read = read_field(told.node(item.at), self.fields.facts[field], self.context.library, complaints)
        except PatientRefused as refusal:
            return None, refusal.problems[0].message
        if complaints.problems:
            first = complaints.problems[0]
            return None, f"{first.message}; {first.help}".rstrip("; ")
        return (None if read is None else (read.value, read.low, read.high, read.never)), ""

    def _first_problem_of(self, drug: Drug) -> str:
        complaints = Complaints(_NOWHERE)
        parts = self.fields.parts["therapies"]
        for name, told in drug.parts.items():
            read_field(told.node(drug.item.at), parts[name], self.context.library, complaints)
        return complaints.problems[0].message if complaints.problems else ""

    # -- put together

    notes: tuple[str, ...] = ()

    def _whole_history(self, candidates: list[Candidate], found: list[Found], items: list[Item]) -> bool:
        """Whether the record says that its medication is the whole history, and all of it was understood."""
        told = {one.told.text or "?" for one in candidates if one.field == WHOLE_HISTORY}
        if not told:
            return False
        lost = [
            item.path
            for number, (item, one) in enumerate(zip(items, found, strict=True))
            if text(item.resource.get("resourceType")) in KINDS
            and (one.rejected or (one.drugs and len(self.said[number]) > len(one.ignored)))
        ]
        count = sum(
            text(item.resource.get("resourceType")) in KINDS and not why_not_of(item, self.person)
            for item in items
        )
        if not lost and self.gathered.whole and told == {str(count)}:
            return True
        if lost:
            why = _("not understood: {entries}").format(entries=", ".join(lost[:5]))
        elif told != {str(count)}:
            why = _("there are {count} medication resources, and it says {told}").format(
                count=count, told=", ".join(sorted(told))
            )
        else:
            why = _("further pages are missing")
        lead = _("the history stays unknown although the record says that it is whole")
        self.notes = (f"{lead}: {why}",)
        return False

    def _statins(self, drugs: Sequence[Drug]) -> list[Candidate]:
        """Statin exposure as the medication states it: current while one is being given, else past.

        What is being given is the state of today; one that was given may be newer than what is stated of it.
        """
        words = {"ongoing": "current", "past": "past"}
        told = {
            words[drug.parts["status"].text]: drug
            for drug in drugs
            if drug.name == _STATINS and "status" in drug.parts and drug.parts["status"].text in words
        }
        for word in ("current", "past"):
            if word in told:
                day = When(self.today, self.today, "") if word == "current" else None
                one = Candidate("diagnosis.statin_exposure", Told(word), day, told[word].item)
                self.values[id(one)], _problem = self._value(one.field, one.told, one.item)
                return [one]
        reason = _("it names a statin, and not whether it is taken now")
        unclear = [drug.item for drug in drugs if drug.name == _STATINS and "status" not in drug.parts]
        return [Candidate("diagnosis.statin_exposure", Told(), None, i, unread=reason) for i in unclear]


def _silent(items: Sequence[Item], found: Sequence[Found]) -> list[str]:
    """Of each field that is asked for without a result yet, or was not measured, which entries say so."""
    silent: dict[str, list[str]] = {}
    for item, one in zip(items, found, strict=True):
        for field in one.silent:
            silent.setdefault(field, []).append(item.path)
    message = _("{field}: no result in {entries}")
    return [message.format(field=field, entries=paths(entries)) for field, entries in silent.items()]
