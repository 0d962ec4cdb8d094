"""The shipped knowledge with a fault planted in it, and patients made from the complete example."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from functools import cache
from pathlib import Path

from escalate.assessment import Assessment, assess
from escalate.audit.vignettes import overlay
from escalate.files.knowledge_base import read_knowledge
from escalate.files.yaml_reader import read_document, read_text
from escalate.library.build import assemble
from escalate.library.model import Library
from escalate.nodes import Document
from escalate.nodes import Mapping as MappingNode
from escalate.patient.reader import read_patient
from escalate.problems import KnowledgeRefused, PatientRefused

TODAY = date(2026, 10, 12)
EXAMPLE = Path(__file__).parent.parent / "examples" / "refractory-antisynthetase.yaml"
HEAD = "schema: escalate/patient/v1\nid: case\nassessed_on: 2026-10-12\n"


@cache
def _shipped() -> Mapping[str, Document]:
    return read_knowledge()


@cache
def _complete() -> MappingNode:
    root = read_document(EXAMPLE, PatientRefused).root
    assert isinstance(root, MappingNode)
    return root


def planted(*edits: tuple[str, str, str], rules: str = "") -> Library:
    """The shipped knowledge with texts replaced (file, old, new) and rules added.

    A text that is not there is a fault of the test; so is knowledge that no longer loads.
    """
    documents = dict(_shipped())
    for file, old, new in edits:
        text = "\n".join(documents[file].lines)
        assert text.count(old) == 1, f"{file} holds {text.count(old)} times: {old}"
        documents[file] = read_text(text.replace(old, new), file, KnowledgeRefused)
    if rules:
        documents["rules/planted.yaml"] = read_text(rules, "rules/planted.yaml", KnowledgeRefused)
    library, problems = assemble(documents)
    assert problems == ()
    return library


def changed(library: Library, changes: str = "{}") -> Assessment:
    """The complete refractory example with fields changed, as a flow mapping of dotted paths."""
    more = read_text(changes, "changes", PatientRefused).root
    assert isinstance(more, MappingNode)
    document = Document(overlay(_complete(), more), (), "", "changed")
    return assess(read_patient(document, library, today=TODAY), library)


def stated(library: Library, body: str) -> Assessment:
    """A patient of whom nothing is known but these lines."""
    return assess(
        read_patient(read_text(HEAD + body, "stated", PatientRefused), library, today=TODAY), library
    )
