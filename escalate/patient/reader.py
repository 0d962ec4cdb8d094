"""A document to a patient: every field typed and placed, or every problem at once."""

from __future__ import annotations

from collections.abc import Mapping as MappingOf
from datetime import date
from decimal import Decimal

from escalate.library.model import FactType, Library
from escalate.nodes import Document, Mapping
from escalate.patient.complaints import Complaints
from escalate.patient.entries import EntryReader, Parts, antibody_result, override, therapy_line
from escalate.patient.fields import LISTS, Entry, Fields, fields_of, flatten
from escalate.patient.hide import hide_later
from escalate.patient.model import AntibodyResult, Override, Patient, PatientValue, TherapyLine
from escalate.patient.scalars import is_unknown, read_field
from escalate.problems import PatientRefused, Problem, Span
from escalate.texts import _, figure

# Read on their own: they say what the file is, not how the patient is.
_ABOUT_THE_FILE = ("schema", "id", "assessed_on", "note", "region", "antibody_panel")
_SCALES = ("muscle", "activity.baseline", "activity.best_response")


def read_patient(document: Document, library: Library, *, today: date, as_of: date | None = None) -> Patient:
    """Read one patient file.

    Args:    today, what `assessed_on` is where the file does not say;
             as_of, the day to assess on: what is dated later is hidden.
    Raises:  PatientRefused with every problem, sorted by place.
    """
    root = document.root
    if not isinstance(root, Mapping):
        message, help = (
            _("a patient file is a set of fields, `id: ...` and so on"),
            _("`escalate new` prints one"),
        )
        raise PatientRefused([Problem(root.at, "not-a-mapping", message, help, document.excerpt(root.at))])
    reading = _Reading(document, library)
    entries = flatten(root, reading.fields, reading.complaints)
    patient = reading.patient(entries, root.at, today=as_of or today, stated=as_of is None)
    reading.complaints.refuse()
    return patient if as_of is None else hide_later(patient, as_of, library)


class _Reading:
    """One patient file while it is being read."""

    def __init__(self, document: Document, library: Library) -> None:
        self.document = document
        self.library = library
        self.fields: Fields = fields_of(library)
        self.complaints = Complaints(document)
        self.defaults_used: list[str] = []

    def patient(self, entries: dict[str, Entry], at: Span, *, today: date, stated: bool) -> Patient:
        """The patient; with gaps where something was complained about."""
        read = {
            path: value
            for path, entry in entries.items()
            if path in self.fields.facts
            and (value := read_field(entry.node, self.fields.facts[path], self.library, self.complaints))
        }
        self._need("schema", entries, read, at)
        self._need("id", entries, read, at)
        values = {path: v for path, v in read.items() if path not in _ABOUT_THE_FILE}
        self._check_scales(values)
        antibodies = self._antibodies(entries)
        therapies = self._therapies(entries)
        overrides = self._overrides(entries)
        places = {p: e.node.at for p, e in entries.items() if p in LISTS or p in _ABOUT_THE_FILE}
        return Patient(
            id=_text(read, "id") or "",
            sha256=self.document.sha256,
            file=self.document.file,
            assessed_on=self._assessed_on(read, today, stated),
            region=_text(read, "region") or self._default("region"),
            defaults_used=tuple(self.defaults_used),
            values=values,
            antibodies=antibodies,
            antibody_panel=_panel(read),
            therapies=therapies,
            overrides=overrides,
            note=_text(read, "note"),
            lines=self.document.lines,
            places=places,
        )

    def _need(
        self, name: str, entries: dict[str, Entry], read: MappingOf[str, PatientValue], at: Span
    ) -> None:
        entry = entries.get(name)
        if entry is None or is_unknown(entry.node):
            where = at if entry is None else entry.node.at
            self.complaints.add(
                where,
                "missing-field",
                _("`{name}` is missing").format(name=name),
                self.fields.facts[name].ask,
            )

    def _assessed_on(self, read: MappingOf[str, PatientValue], today: date, stated: bool) -> date:
        given = read.get("assessed_on")
        if stated and given is not None and isinstance(given.value, date):
            return given.value
        if stated:
            self.defaults_used.insert(0, _("assessed_on = {today} (today)").format(today=today.isoformat()))
        return today

    def _default(self, name: str) -> str:
        default = self.fields.facts[name].default
        self.defaults_used.append(f"{name} = {default}")
        return default

    def _check_scales(self, values: MappingOf[str, PatientValue]) -> None:
        """An MMT-8 above its own scale is a typing error in one of the two."""
        for group in _SCALES:
            score = values.get(f"{group}.mmt8")
            scale = values.get(f"{group}.mmt8_scale") or values.get("muscle.mmt8_scale")
            if score is None or scale is None or not isinstance(score.value, Decimal):
                continue
            highest = Decimal(str(scale.value))
            if score.value > highest:
                message = _("`{group}.mmt8` is {value}, the scale ends at {highest}").format(
                    group=group, value=figure(score.value, "f"), highest=figure(highest, "f")
                )
                self.complaints.add(score.at, "out-of-range", message, _("correct the score or `mmt8_scale`"))

    def _entries(self, name: str, needed: str) -> EntryReader:
        return EntryReader(name, needed, self.fields.parts[name], self.library, self.complaints)

    def _part_default(self, name: str, part: str) -> str:
        fact: FactType = self.fields.parts[name][part]
        return fact.default

    def _antibodies(self, entries: dict[str, Entry]) -> tuple[AntibodyResult, ...] | None:
        if "antibodies" not in entries:
            return None
        default = self._part_default("antibodies", "result")

        def make(parts: Parts) -> AntibodyResult:
            return antibody_result(parts, default, self.defaults_used)

        return self._entries("antibodies", "name").read(entries["antibodies"].node, make)

    def _therapies(self, entries: dict[str, Entry]) -> tuple[TherapyLine, ...] | None:
        if "therapies" not in entries:
            return None
        default = self._part_default("therapies", "status")

        def make(parts: Parts) -> TherapyLine:
            return therapy_line(parts, default, self.defaults_used)

        return self._entries("therapies", "drug").read(entries["therapies"].node, make)

    def _overrides(self, entries: dict[str, Entry]) -> tuple[Override, ...]:
        if "overrides" not in entries:
            return ()
        return self._entries("overrides", "rule").read(entries["overrides"].node, override) or ()


def _panel(read: MappingOf[str, PatientValue]) -> tuple[str, ...] | None:
    found = read.get("antibody_panel")
    return tuple(sorted(found.value)) if found is not None and isinstance(found.value, frozenset) else None


def _text(read: MappingOf[str, PatientValue], name: str) -> str | None:
    found = read.get(name)
    return None if found is None else str(found.value)
