"""What embedding software may rely on: the public names, their signatures, and the examples of the guide."""

from __future__ import annotations

import inspect
import json
import multiprocessing
import shutil
import subprocess
import sys
from concurrent.futures import ProcessPoolExecutor
from datetime import date
from pathlib import Path

import pytest
from pages import blocks

import escalate
from escalate.library.model import Library

ROOT = Path(__file__).parent.parent
EXAMPLE = ROOT / "examples" / "refractory-antisynthetase.yaml"

# A change here is a change for everybody who embeds the program: it belongs into the release notes.
SIGNATURES = {
    "as_document": ["assessment"],
    "assess": ["patient", "library"],
    "fhir_bundle": ["assessment", "understood"],
    "load_knowledge": ["folder", "language", "overlay"],
    "load_patient": ["path", "library", "as_of", "today"],
    "read_bundle": ["resource", "library", "today"],
    "read_patient": ["text", "library", "name", "as_of", "today"],
    "render": ["assessment", "form"],
}
CLASSES = [
    "Assessment",
    "Document",
    "EnginesDisagree",
    "EscalateError",
    "KnowledgeRefused",
    "Library",
    "NotIndicated",
    "Option",
    "Patient",
    "PatientRefused",
    "Problem",
    "Understood",
    "UsageError",
    "Verdict",
]


def test_the_public_names_stay() -> None:
    """No name disappears, and none is added by accident."""
    assert sorted(escalate.__all__) == sorted([*SIGNATURES, *CLASSES, "__version__"])


@pytest.mark.parametrize("name", SIGNATURES)
def test_the_signatures_stay(name: str) -> None:
    """Each public function takes what it took, and says in its docstring what it gives and raises."""
    function = getattr(escalate, name)

    assert list(inspect.signature(function).parameters) == SIGNATURES[name]
    assert function.__doc__


@pytest.mark.parametrize("name", CLASSES)
def test_the_classes_are_there(name: str) -> None:
    """Each public class is found under the package's own name."""
    assert inspect.isclass(getattr(escalate, name))


def test_the_import_stays_light() -> None:
    """Whoever imports the package pays for a room only when a name of it is used."""
    code = (
        "import sys, escalate; print([m for m in ('pydantic', 'yaml', 'click', 'numpy') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)

    assert done.stdout == "[]\n"


def test_an_unknown_name_is_an_ordinary_error() -> None:
    """A misspelt name fails as in any module."""
    with pytest.raises(AttributeError, match="asess"):
        _ = escalate.asess


def test_the_examples_of_the_guide_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every Python block of docs/embedding.md, one after another, with what the text says of it."""
    shutil.copy(EXAMPLE, tmp_path / "patient.yaml")
    monkeypatch.chdir(tmp_path)
    known: dict[str, object] = {}
    for block in blocks(ROOT / "docs" / "embedding.md", "python"):
        exec(block, known)

    assert known["places"] == [
        (5, "unknown-field", "did you mean `demographics.weight_kg` or `demographics.height_cm`?")
    ]
    assert [str(verdict) for verdict in known["verdicts"]] == ["propose"] * 4
    assert known["page"].startswith("<!doctype html>")


def test_a_record_is_read_with_public_names(library: Library) -> None:
    """A FHIR Bundle in, the patient it is understood as, and a Bundle out: as the command does it."""
    raw = (ROOT / "examples" / "bundle.json").read_bytes()
    day = date(2026, 10, 12)

    understood = escalate.read_bundle(json.loads(raw), library, today=day)
    patient = escalate.read_patient(understood.patient_document, library, today=day)
    answer = escalate.fhir_bundle(escalate.assess(patient, library), understood)

    assert isinstance(understood, escalate.Understood)
    assert isinstance(understood.patient_document, escalate.Document)
    assert {entry.use.value for entry in understood.entries} <= {"used", "ignored", "rejected"}
    assert answer["resourceType"] == "Bundle"
    known = escalate.read_patient(raw, library, name="bundle.json", today=day)
    assert patient.values.keys() == known.values.keys()
    assert [o.verdict for o in escalate.assess(patient, library).proposal.options] == [
        o.verdict for o in escalate.assess(known, library).proposal.options
    ]


@pytest.mark.parametrize("wrong", [{"schema": "escalate/patient/v1"}, None, 5, Path("patient.yaml")])
def test_what_is_no_text_is_a_wrong_use(library: Library, wrong: object) -> None:
    """An error of this package that says what is taken, not one from within."""
    with pytest.raises(escalate.UsageError, match="`read_patient` takes"):
        escalate.read_patient(wrong, library)


def test_what_was_understood_is_pointed_at_its_document(library: Library) -> None:
    """The likeliest mistake has its answer in the error."""
    understood = escalate.read_bundle({"resourceType": "Patient", "id": "one"}, library)

    with pytest.raises(escalate.UsageError, match=r"understood\.patient_document"):
        escalate.read_patient(understood, library)


@pytest.mark.parametrize("form", ["text", "json", "markdown", "html"])
def test_a_report_is_what_the_command_prints(library: Library, tmp_path: Path, form: str) -> None:
    """The library and the command line say the same, byte for byte."""
    patient = escalate.load_patient(EXAMPLE, library)
    out = tmp_path / "report"
    command = [sys.executable, "-m", "escalate", "assess", "--format", form, "-o", str(out), str(EXAMPLE)]
    subprocess.run(command, check=True, cwd=ROOT)

    said = escalate.render(escalate.assess(patient, library), form)

    assert out.read_text(encoding="utf-8").rstrip("\n") == said.rstrip("\n")


def test_other_processes_give_the_same_answer() -> None:
    """A worker that was spawned and loads its own knowledge says the same as this process."""
    with ProcessPoolExecutor(2, mp_context=multiprocessing.get_context("spawn")) as pool:
        told = list(pool.map(_verdict, [str(EXAMPLE)] * 2))

    assert told == [_verdict(str(EXAMPLE))] * 2


def test_a_refusal_comes_back_from_another_process(tmp_path: Path) -> None:
    """Its problems survive the way between processes, so a worker's refusal reads like one's own."""
    wrong = tmp_path / "patient.yaml"
    wrong.write_text("schema: escalate/patient/v1\nid: case-1\nage: 44\n", encoding="utf-8")
    with (
        ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool,
        pytest.raises(escalate.PatientRefused) as refusal,
    ):
        pool.submit(_verdict, str(wrong)).result()

    assert [problem.code for problem in refusal.value.problems] == ["unknown-field"]


def _verdict(path: str) -> str:
    library = escalate.load_knowledge()
    return str(escalate.assess(escalate.load_patient(path, library), library).option("teclistamab").verdict)
