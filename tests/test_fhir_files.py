"""FHIR from files: what is recognised, hostile JSON, NDJSON of several patients, and `escalate import`."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import fhirkit
import pytest
from click.testing import CliRunner, Result
from fhir_bundles import LIBRARY, bundle, observation, person, quantity, statement
from pages import blocks

from escalate.commands import cli
from escalate.files.fhir_file import understood_in, understood_of
from escalate.files.fhir_json import places
from escalate.files.patient_file import is_fhir, patient_of
from escalate.problems import PatientRefused

ROOT = Path(__file__).parent.parent
TODAY = date(2026, 10, 12)
CK = observation("2157-6", valueQuantity=quantity(900, "U/L"))
RECORD = bundle(person(birthDate="1974-02-01", gender="female"), CK, statement("L01FA01", "completed"))


MANY = '{"resourceType": "Bundle", "type": "collection", "entry": [' + "1," * 200_001 + "1]}"


def run(*arguments: Any) -> Result:
    return CliRunner().invoke(cli, [str(a) for a in arguments], standalone_mode=False)


def raw(value: Any, **how: Any) -> bytes:
    return json.dumps(value, **how).encode()


def refused(text: str | bytes) -> list[str]:
    """The codes with which a text is refused."""
    with pytest.raises(PatientRefused) as refusal:
        understood_of(text if isinstance(text, bytes) else text.encode(), "b.json", LIBRARY, TODAY)
    return [problem.code for problem in refusal.value.problems]


# -- what is FHIR ---------------------------------------------------------------------------------


def test_a_bundle_is_told_from_a_patient_file() -> None:
    """By what it holds, not by its name."""
    assert is_fhir(raw(RECORD))
    assert is_fhir(b"\xef\xbb\xbf  \n" + raw(RECORD))
    assert not is_fhir(b'{"schema": "escalate/patient/v1", "id": "x", "note": "\\"resourceType\\""}')
    assert not is_fhir(b"schema: escalate/patient/v1\nid: x\n")


def test_a_fact_has_the_line_and_column_of_its_entry() -> None:
    """Of indented JSON the line of the entry, of one line its column."""
    text = raw(RECORD, indent=1)
    indented = patient_of(text, "b.json", LIBRARY, today=TODAY).values["muscle.ck_u_per_l"].at
    one_line = patient_of(raw(RECORD), "b.json", LIBRARY, today=TODAY).values["muscle.ck_u_per_l"].at

    assert text.decode().split("\n")[indented.line - 1][indented.column - 1] == "{"
    assert (indented.file, one_line.line) == ("b.json", 1)
    assert (
        raw(RECORD).decode()[one_line.column - 1 :].startswith('{"resource": {"resourceType": "Observation"')
    )


@pytest.mark.parametrize(
    "text", ["{}", "[1]", '{"a": 1}', '{"entry": {}}', '{"entry": []}', ' {"x": [], "entry": [1, {}]}']
)
def test_places_of_any_json_are_found_without_a_fault(text: str) -> None:
    """An entry of any shape has a place, and nothing else has one."""
    found = places(text, "b.json")

    assert len(found) == (2 if "[1, {}]" in text else 0)


# -- hostile JSON ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ('{"resourceType": "Bundle", "resourceType": "Patient"}', ["duplicate-key"]),
        ('{"resourceType": "Bundle", "entry": [{"a": {"b": 1, "b": 2}}]}', ["duplicate-key"]),
        ('{"resourceType": NaN}', ["not-json"]),
        ('{"resourceType": -Infinity}', ["not-json"]),
        ('{"resourceType": "Bundle"', ["not-json"]),
        ('{"resourceType": "Bundle"} {}', ["not-json"]),
        ('{"resourceType": "a\tb"}', ["not-json"]),
        ("{'resourceType': 1}", ["not-json"]),
        ('{"resourceType": ' + "[" * 100_000 + "]" * 100_000 + "}", ["too-deep"]),
        ('{"resourceType":' * 5_000 + "1" + "}" * 5_000, ["too-deep"]),
        (b'{"resourceType": "\xff"}', ["not-utf-8"]),
        (b"\xff\xfe{\x00", ["not-utf-8"]),
        (MANY, ["too-many-values"]),
    ],
    ids=range(13),
)  # fmt: skip
def test_hostile_json_is_refused_with_a_code(text: str | bytes, codes: list[str]) -> None:
    """Never a traceback, never a hang."""
    assert refused(text) == codes


def test_a_file_beyond_the_limit_is_refused() -> None:
    """50 MB is more than a record has."""
    assert refused(b'{"resourceType": "' + b"x" * 50_000_001 + b'"}') == ["file-too-large"]


@pytest.mark.parametrize(
    "number",
    [
        "1e400",
        "-1e400",
        "1e-400",
        "1e99999999999999999999",
        "9" * 5_000,
        "0." + "1" * 5_000,
        "-0",
        "1E+30",
        "0e999999",
    ],
)
def test_huge_numbers_are_rejected_with_their_entry(number: str) -> None:
    """They never reach a text, where they would fill the memory; the rest of the record is read."""
    text = json.dumps(RECORD).replace("900", number)
    found = understood_of(text.encode(), "b.json", LIBRARY, TODAY)

    assert [fact.field for fact in found.facts][:2] == ["demographics.age_years", "demographics.sex"]


def test_lone_surrogates_and_control_characters_never_reach_the_terminal() -> None:
    """In ids, displays, units and codes they are made visible."""
    evil = "\\ud800\\u001b[31m\\u202e"
    record = json.dumps(RECORD).replace('"U/L"', f'"{evil}"').replace("L01FA01", evil)
    record = record.replace('"code": "2157-6"', f'"code": "{evil}", "display": "{evil}"', 1)
    found = understood_of(record.encode(), "b.json", LIBRARY, TODAY)
    said = "".join(entry.reason + entry.resource + entry.shown for entry in found.entries)

    assert said.isprintable()
    assert said.encode()


# -- NDJSON ----------------------------------------------------------------------------------------


def other(resource: dict[str, Any]) -> dict[str, Any]:
    text = json.dumps(resource).replace("Patient/case", "Patient/two").replace('"id": "case"', '"id": "two"')
    return json.loads(text)  # type: ignore[no-any-return]


def lines(*resources: dict[str, Any]) -> str:
    return "".join(json.dumps(one) + "\n" for one in resources)


@pytest.fixture
def export(tmp_path: Path) -> Path:
    """A bulk export: a file for each type, two patients mixed."""
    folder = tmp_path / "export"
    folder.mkdir()
    (folder / "Patient.ndjson").write_text(lines(person(), other(person())), encoding="utf-8")
    results = [CK, other({**CK, "valueQuantity": quantity(200, "U/L")})]
    (folder / "Observation.ndjson").write_text(lines(*results), encoding="utf-8")
    drug = {
        "resourceType": "Medication",
        "id": "m",
        "code": statement("L01FA01")["medicationCodeableConcept"],
    }
    taken = statement("", medicationReference={"reference": "Medication/m"})
    del taken["medicationCodeableConcept"]
    (folder / "Medication.ndjson").write_text(lines(drug), encoding="utf-8")
    (folder / "MedicationStatement.ndjson").write_text(lines(taken, other(taken)), encoding="utf-8")
    return folder


def test_a_bulk_export_gives_each_patient_its_own(export: Path) -> None:
    """Resources go by their subject; a Medication is shared."""
    found = understood_in(export, LIBRARY, TODAY)

    values = [{f.field: f.told.text for f in one.facts}["muscle.ck_u_per_l"] for one in found]
    assert [(one.patient_id, len(one.lines)) for one in found] == [("case", 1), ("two", 1)]
    assert values == ["900 U/L", "200 U/L"]
    assert all("Patient/two" not in entry.resource for entry in found[0].entries)


def test_a_resource_of_nobody_in_an_export_is_counted(export: Path) -> None:
    """It belongs to none of the patients, and no report passes over it."""
    stray = {**CK, "subject": {"reference": "Patient/nobody"}}
    (export / "Stray.ndjson").write_text(lines(stray, {"resourceType": "Practitioner"}), encoding="utf-8")
    found = understood_in(export, LIBRARY, TODAY)

    assert [one.notes for one in found] == [
        ("2 resources of the input say of none of its patients whose they are",)
    ] * 2


def test_a_fact_of_ndjson_has_its_line(export: Path) -> None:
    """File and line of the resource."""
    found = understood_in(export, LIBRARY, TODAY)[1]
    at = next(fact.item.at for fact in found.facts if fact.field == "muscle.ck_u_per_l")

    assert (Path(at.file).name, at.line) == ("Observation.ndjson", 2)


def test_ndjson_of_one_patient_is_assessed_directly(tmp_path: Path) -> None:
    """`escalate assess` takes it as it takes a Bundle."""
    file = tmp_path / "one.ndjson"
    file.write_text(lines(person(), CK), encoding="utf-8")
    done = run("assess", file, "--as-of", "2026-10-12", "--format", "json")

    assert done.exit_code == 0
    assert json.loads(done.stdout)["patient"]["id"] == "case"


def test_a_broken_line_is_named(tmp_path: Path) -> None:
    """Every one of them, by its number."""
    file = tmp_path / "x.ndjson"
    file.write_text(lines(person(), CK) + "{broken\n" + '{"a": 1, "a": 2}\n', encoding="utf-8")
    with pytest.raises(PatientRefused) as refusal:
        understood_in(file, LIBRARY, TODAY)

    assert [(p.at.line, p.code) for p in refusal.value.problems] == [(3, "not-json"), (4, "duplicate-key")]


# -- the commands -----------------------------------------------------------------------------------


@pytest.fixture
def record(tmp_path: Path) -> Path:
    file = tmp_path / "b.json"
    file.write_bytes(raw(RECORD, indent=1))
    return file


def test_import_writes_a_file_that_check_accepts(record: Path, tmp_path: Path) -> None:
    """With the report on standard error, one line for each entry."""
    out = tmp_path / "patient.yaml"
    done = run("import", record, "-o", out, "--as-of", "2026-10-12")
    text = out.read_text(encoding="utf-8")

    assert done.exit_code == 0
    assert run("check", out).exit_code == 0
    assert "  age_years: 52  # entry[0] Patient/case" in text
    assert "#   - drug: rituximab  # entry[2] MedicationStatement" in text
    assert "used: entry[1] Observation" in done.stderr


@pytest.mark.parametrize("others", [(), (statement("L01FA01", "completed"),)])
def test_medication_that_was_not_understood_stands_in_the_file(
    tmp_path: Path, others: tuple[Any, ...]
) -> None:
    """Whoever completes the history must see what is not in it."""
    pzn = {"coding": [{"system": "http://fhir.de/CodeSystem/ifa/pzn", "code": "1"}], "text": "MTX 15\n# a: b"}
    place = tmp_path / "record.json"
    lost = statement("", id="m", medicationCodeableConcept=pzn)
    place.write_text(json.dumps(bundle(person(), lost, *others)), encoding="utf-8")
    written = run("import", place, "-o", tmp_path / "patient.yaml")
    lines = (tmp_path / "patient.yaml").read_text().splitlines()

    assert written.exit_code == 0
    assert any(
        line.startswith("#   entry[1] MedicationStatement/m: drug not recognised") and "MTX 15 # a: b" in line
        for line in lines
    )
    assert run("check", tmp_path / "patient.yaml").exit_code == 0


def test_the_report_may_go_to_a_file(record: Path, tmp_path: Path) -> None:
    """As text, or as JSON by the name's ending; the patient file then goes to the screen alone."""
    report = tmp_path / "report.json"
    done = run("import", record, "--report", report, "--as-of", "2026-10-12")
    entries = json.loads(report.read_text(encoding="utf-8"))["entries"]

    assert done.stderr == ""
    assert done.stdout.startswith("# Written by")
    assert [entry["use"] for entry in entries] == ["used", "used", "ignored"]


def test_import_of_several_patients_writes_a_folder(export: Path, tmp_path: Path) -> None:
    """A file for each, named by number; without a folder the command says so."""
    out = tmp_path / "out"
    done = run("import", export, "-o", out)

    assert done.exit_code == 0
    assert sorted(p.name for p in out.iterdir()) == ["patient-1.yaml", "patient-2.yaml"]
    assert run("check", *out.iterdir()).exit_code == 0
    assert "-o FOLDER" in str(run("import", export).exception)


def test_assess_says_how_much_of_a_record_was_read(record: Path) -> None:
    """On standard error; the places in the report are lines of the Bundle."""
    done = run("assess", record, "--as-of", "2026-10-12")

    assert "3 entries: 2 used, 1 ignored, 0 rejected" in done.stderr
    assert "whole history" in done.stderr
    assert f"Places are line:column of {record}" in done.stdout


def test_check_and_what_if_read_a_record_too(record: Path) -> None:
    """Every command that reads a patient file does."""
    assert run("check", record).exit_code == 0
    assert run("assess", record, "--what-if", "heart.echo.lvef_percent=40", "--format", "json").exit_code == 0


def test_a_refused_record_says_nothing_on_standard_output(tmp_path: Path) -> None:
    """In every format, FHIR among them: exit status 3, the reason on standard error."""
    file = tmp_path / "b.json"
    file.write_bytes(raw(bundle(person(), {**person(), "id": "two"})))
    done = run("assess", file, "--format", "fhir")

    assert (done.exit_code, done.stdout) == (3, "")
    assert "several-patients" in done.stderr


def test_the_python_of_the_page_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    """docs/fhir.md: from a Bundle to an answer, as a library."""
    monkeypatch.chdir(ROOT)
    names: dict[str, Any] = {}
    for block in blocks(ROOT / "docs" / "fhir.md", "python"):
        exec(block, names)

    assert names["answer"]["resourceType"] == "Bundle"


def test_the_example_record_is_valid_and_its_own_code_is_read() -> None:
    """examples/bundle.json, and the Observation that the page shows."""
    example = (ROOT / "examples" / "bundle.json").read_text(encoding="utf-8")
    shown = json.loads(blocks(ROOT / "docs" / "fhir.md", "json")[0])
    found = understood_of(raw(bundle({**person(), "id": "example-1"}, shown)), "b.json", LIBRARY, TODAY)

    assert fhirkit.validate(example) == []
    assert [fact.field for fact in found.facts] == ["muscle.mmt8"]


def test_a_refused_record_is_an_outcome_in_the_file_asked_for(record: Path, tmp_path: Path) -> None:
    """Alone, and beside the answer on another patient; standard output stays empty."""
    broken, out = tmp_path / "broken.json", tmp_path / "answer.json"
    broken.write_bytes(raw(bundle(person(), {**person(), "id": "two"})))
    alone = run("assess", broken, "--format", "fhir", "-o", out)
    outcome = json.loads(out.read_text(encoding="utf-8"))
    both = run("assess", record, broken, "--format", "fhir", "-o", out, "--as-of", "2026-10-12")
    kinds = [e["resource"]["resourceType"] for e in json.loads(out.read_text(encoding="utf-8"))["entry"]]

    assert (alone.exit_code, both.exit_code, alone.stdout + both.stdout) == (3, 3, "")
    assert outcome["issue"][0]["details"]["coding"][0]["code"] == "several-patients"
    assert kinds == ["Bundle", "OperationOutcome"]
    assert fhirkit.validate(out.read_text(encoding="utf-8")) == []
