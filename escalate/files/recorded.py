"""Recorded assessments to replay: a decision log, its export, or a folder of `assess --format json`."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

from escalate.audit.diff.samples import Sample
from escalate.audit.replay import Expected, Recorded
from escalate.files.decision_log.chain import plain
from escalate.files.decision_log.entries import pseudonym_digest
from escalate.files.decision_log.source import shown, stored_rows
from escalate.files.decision_log.verify import Tampering, tamperings
from escalate.files.patient_file import patient_of
from escalate.files.safe_bytes import read_bytes
from escalate.files.yaml_reader import read_document
from escalate.library.model import Library
from escalate.nodes import Mapping as Table
from escalate.nodes import Node, Scalar, Sequence
from escalate.patient.model import Patient
from escalate.problems import PatientRefused, Problem, UsageError
from escalate.report.record import Decided
from escalate.texts import _

_ASSESSMENT = "escalate/assessment/v1"
_PATIENT_FILES = (".yaml", ".yml", ".json")
# Where an assessment's JSON holds the rules of a verdict; those of `data_needed` it does not hold.
_DECIDING = {
    "excluded": "excluded_by",
    "deferred": "deferred_by",
    "caution": "cautions",
    "caution_high": "cautions",
    "propose": "indicated_by",
}


def recorded_in(source: str) -> tuple[list[Recorded], tuple[Tampering, ...]]:
    """The assessments of a log (URL, or an exported file) with what was done to it, or those of a folder.

    Raises: UsageError where the source cannot be read.
    """
    if "://" not in source and (Path(source).is_dir() or source.endswith(".json")):
        return list(_in_folder(Path(source))), ()
    rows = list(stored_rows(source))
    found, _head = tamperings(rows)
    broken = {one.number for one in found if one.kind in ("altered", "inserted")}
    name = shown(source).rpartition("/")[2]
    recorded = []
    for row in rows:
        entry = plain(row.text)
        if entry is None or entry.get("kind") == "assessment":
            label = _("{log} entry {number}").format(log=name, number=row.place)
            why = _("the entry was tampered with") if row.place in broken else ""
            recorded.append(_safely(_of_entry, entry or {}, label, why))
    return recorded, tuple(found)


def recorded_patient(recorded: Recorded, library: Library) -> Patient:
    """The patient of a recorded input, as it was read then. Raises: PatientRefused."""
    name = f"{recorded.name}.{recorded.form}"
    text, day = recorded.text or b"", recorded.assessed_on
    patient = patient_of(text, name, library, as_of=recorded.as_of, today=day)
    if patient.assessed_on != day:  # an assessment's JSON does not say that a day was asked for
        patient = patient_of(text, name, library, as_of=day, today=day)
    return patient


def log_samples(source: str) -> Iterator[Sample]:
    """The patients whose files a log or a folder keeps, for the comparison of two knowledge bases.

    Raises: UsageError where the source cannot be read, or was tampered with.
    """
    recorded, found = recorded_in(source)
    if found:
        said = _("{log}: the log was tampered with: `escalate log verify` says where")
        raise UsageError(said.format(log=shown(source)))
    for one in recorded:
        if not one.unusable:
            yield Sample(one.name, partial(recorded_patient, one))


def expected_changes(path: str) -> tuple[Expected, ...]:
    """The changes that a file lists: `- {patient: case-7, therapy: teclistamab, from: propose, to: caution}`.

    Raises: UsageError naming the place.
    """
    try:
        root = read_document(path, PatientRefused).root
    except PatientRefused as fault:
        raise UsageError(str(fault)) from None
    if not isinstance(root, Sequence):
        raise UsageError(_("{at}: a list of expected changes is needed").format(at=root.at))
    return tuple(_expected(item) for item in root.items)


def _expected(item: Node) -> Expected:
    keys = ("patient", "therapy", "from", "to")
    texts: list[str] = []
    if isinstance(item, Table) and {key.text for key, _value in item.entries} == set(keys):
        texts = [value.text for key in keys if isinstance(value := item.get(key), Scalar)]
    if len(texts) != len(keys):
        said = _("{at}: an expected change has the keys {keys}, each with one word")
        raise UsageError(said.format(at=item.at, keys=", ".join(f"`{key}`" for key in keys)))
    patient, therapy, old, new = texts
    return Expected(patient, therapy, old, new, str(item.at))


def _safely(
    make: Callable[[Mapping[str, Any], str, str], Recorded], held: Mapping[str, Any], name: str, why: str
) -> Recorded:
    """A record of what somebody else may have written: one that is not as ours are is not replayed."""
    try:
        return make(held, name, why)
    except (KeyError, TypeError, ValueError, AttributeError):
        unread = why or _("the record cannot be read")
        return Recorded(name, "", None, "yaml", date.min, None, "", "", False, {}, unusable=unread)


def _of_entry(entry: Mapping[str, Any], name: str, why: str) -> Recorded:
    kept = entry["input"]
    text = kept["text"].encode() if "text" in kept else None
    if text is None:
        why = why or _("recorded without its input")
    elif hashlib.sha256(text).hexdigest() != kept["sha256"]:
        why = why or _("the input is not the one whose digest was recorded")
    return Recorded(
        name=name,
        patient=entry["patient"],
        text=text,
        form="json" if kept.get("form") == "json" else "yaml",
        assessed_on=date.fromisoformat(entry["assessed_on"]),
        as_of=date.fromisoformat(entry["as_of"]) if entry["as_of"] else None,
        knowledge=entry["knowledge"]["digest"],
        version=entry["knowledge"]["version"],
        overlay=entry["overlay"] is not None,
        verdicts={
            therapy: Decided(decided["verdict"], tuple(decided["rules"]))
            for therapy, decided in entry["verdicts"].items()
        },
        unusable=why,
    )


def _in_folder(place: Path) -> Iterator[Recorded]:
    """The assessments of a folder, or of one JSON file, with the patient files that lie beside them."""
    files = sorted(place.rglob("*")) if place.is_dir() else sorted(place.parent.glob("*"))
    inputs: dict[str, tuple[bytes, str]] = {}
    assessments: list[tuple[str, Mapping[str, Any]]] = []
    for path in (path for path in files if path.suffix in _PATIENT_FILES and path.is_file()):
        raw = _bytes(path)
        inputs[hashlib.sha256(raw).hexdigest()] = raw, "json" if path.suffix == ".json" else "yaml"
        if path.suffix == ".json" and (place.is_dir() or path == place):
            name = path.relative_to(place).as_posix() if place.is_dir() else path.name
            assessments += [(name, one) for one in _assessments(raw)]
    if not assessments:
        raise UsageError(_("{place}: no assessment in JSON was found").format(place=place))
    for name, one in assessments:
        text, form = inputs.get(_digest(one), (None, "yaml"))
        yield _safely(_of_document, {**one, "text": text, "form": form}, name, "")


def _bytes(path: Path) -> bytes:
    # An array of many assessments is larger than any patient file may be, so it is read whole.
    raw = read_bytes(path, str(path))
    if not isinstance(raw, Problem):
        return raw
    try:
        return path.read_bytes() if raw.code == "file-too-large" else b""
    except OSError:
        return b""


def _assessments(raw: bytes) -> Iterator[Mapping[str, Any]]:
    try:
        held = json.loads(raw)
    except (ValueError, RecursionError):
        return
    for one in held if isinstance(held, list) else [held]:
        if isinstance(one, dict) and one.get("schema") == _ASSESSMENT:
            yield one


def _digest(one: Mapping[str, Any]) -> str:
    patient = one.get("patient")
    return str(patient.get("sha256")) if isinstance(patient, dict) else ""


def _of_document(one: Mapping[str, Any], name: str, why: str) -> Recorded:
    verdicts = {}
    for option in one["options"]:
        key = _DECIDING.get(option["verdict"])
        rules = tuple(sorted({entry["rule"] for entry in option[key]})) if key else None
        verdicts[option["therapy"]] = Decided(option["verdict"], rules)
    for rest in one["not_indicated"]:
        verdicts[rest["therapy"]] = Decided("not_indicated", tuple(sorted(set(rest["rules"]))))
    return Recorded(
        name=name,
        patient=pseudonym_digest(one["patient"]["id"]),
        text=one["text"],
        form=one["form"],
        assessed_on=date.fromisoformat(one["patient"]["assessed_on"]),
        as_of=None,
        knowledge=one["knowledge"]["digest"],
        version=one["knowledge"]["version"],
        overlay="overlay" in one["knowledge"],
        verdicts=verdicts,
        whole=False,  # `--option` keeps one therapy
        unusable=_("no patient file with its digest lies beside it") if one["text"] is None else why,
    )
