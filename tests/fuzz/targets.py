"""What is fuzzed: bytes of anybody's making end in an answer, or in a refusal that can be shown.

A target lets through nothing else: any other exception is a finding, and so is an input that takes too long.
"""

from __future__ import annotations

import gzip
import json
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterable
from datetime import date
from functools import cache
from pathlib import Path

from documents import KNOWLEDGE, document

from escalate import assess, load_knowledge, render
from escalate.fhir.mapping_report import mapping_report
from escalate.files.fhir_file import patient_from, understood_of
from escalate.files.patient_file import patient_of
from escalate.files.yaml_reader import read_raw
from escalate.library.build import build_library
from escalate.library.model import Library
from escalate.problems import KnowledgeRefused, PatientRefused

HERE = Path(__file__).parent
DAY = date(2026, 10, 12)


@cache
def shipped() -> Library:
    return load_knowledge()


def patient_yaml(raw: bytes) -> None:
    """A patient file; what is accepted is assessed and printed."""
    _patient(raw, "patient.yaml")


def patient_json(raw: bytes) -> None:
    """The same as JSON."""
    _patient(raw, "patient.json")


def _patient(raw: bytes, name: str) -> None:
    try:
        patient = patient_of(raw, name, shipped(), today=DAY)
    except PatientRefused as refusal:
        _shown(str(refusal))
        return
    _shown(render(assess(patient, shipped())))


def fhir(raw: bytes) -> None:
    """A FHIR Bundle, a prefetch or NDJSON; what is understood is told, assessed and printed."""
    try:
        understood = understood_of(raw, "bundle.json", shipped(), DAY)
        _shown(mapping_report(understood))
        patient = patient_from(understood, shipped(), today=DAY)
    except PatientRefused as refusal:
        _shown(str(refusal))
        return
    _shown(render(assess(patient, shipped())))


def rules(raw: bytes) -> None:
    """A file of rules beside a small knowledge base."""
    name = "rules/fuzzed.yaml"
    try:
        documents = {path: document(text, path) for path, text in KNOWLEDGE.items()}
        documents[name] = read_raw(raw, name, KnowledgeRefused)
        build_library(documents)
    except KnowledgeRefused as refusal:
        _shown(str(refusal))


def _shown(text: str) -> None:
    """What is printed reaches any terminal: it is text that can be encoded, without control characters."""
    text.encode("utf-8")
    if any(ord(sign) < 32 and sign != "\n" for sign in text):
        raise AssertionError(f"a control character is printed: {text[:200]!r}")


TARGETS: dict[str, Callable[[bytes], None]] = {
    "patient_yaml": patient_yaml,
    "patient_json": patient_json,
    "fhir": fhir,
    "rules": rules,
}


def corpus(target: str) -> list[bytes]:
    """The inputs that are kept of a target: each reached code that no other did, or once was a finding."""
    path = HERE / "corpus" / f"{target}.jsonl.gz"
    if not path.is_file():
        return []
    return [b64decode(json.loads(line)) for line in gzip.decompress(path.read_bytes()).splitlines()]


def keep(target: str, inputs: Iterable[bytes]) -> Path:
    """Write the corpus of a target: sorted, the same inputs give the same bytes."""
    lines = [
        json.dumps(b64encode(raw).decode()) for raw in sorted(set(inputs), key=lambda raw: (len(raw), raw))
    ]
    path = HERE / "corpus" / f"{target}.jsonl.gz"
    path.write_bytes(gzip.compress(("\n".join(lines) + "\n").encode(), mtime=0))
    return path
