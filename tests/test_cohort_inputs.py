"""What a registry may be made of: tables with own names, a FHIR bulk export; a bad row goes alone."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from click.testing import Result
from helpers_registry import cohort, knowledge

from escalate import load_patient
from escalate.cohort.batches import batches
from escalate.cohort.bulk import bulk_entries
from escalate.cohort.columns import fact_columns
from escalate.cohort.facts import fact_row, settled_facts, table_of
from escalate.cohort.mapping import ColumnMapping, load_mapping
from escalate.cohort.tables import columns_only_checked, write_tables
from escalate.library.model import Library
from escalate.problems import MappingRefused, UsageError
from tests.conftest import EXAMPLES, TODAY

MAPPING = """\
schema: escalate/cohort-mapping/v1
patient: CASE
columns:
  EF: {fact: heart.echo.lvef_percent, unit: "%"}
  HB: {fact: labs.haemoglobin_g_per_dl, unit: mmol/L}
  SEX: {fact: demographics.sex, words: {"1": male, "2": female}}
  DX: {fact: diagnosis.entity}
  FEVER: {fact: infection.fever, words: {"0": "false", "1": "true"}}
  OVERLAP: {fact: diagnosis.overlap_with}
"""
HEADER = "CASE,EF,HB,SEX,DX,FEVER,OVERLAP\n"


def facts(folder: Path) -> dict[str, dict[str, Any]]:
    """Every known cell of every patient."""
    rows = [row for path in sorted(folder.glob("*.parquet")) for row in pq.read_table(path).to_pylist()]
    return {
        row.pop("patient"): {key: value for key, value in row.items() if value is not None} for row in rows
    }


def own(tmp_path: Path, library: Library, text: str = MAPPING) -> ColumnMapping:
    path = tmp_path / "mapping.yaml"
    path.write_text(text, encoding="utf-8")
    return load_mapping(path, library)


def table(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


def test_own_columns_become_facts_in_the_facts_units_and_words(tmp_path: Path, library: Library) -> None:
    """Millimoles per litre to grams per decilitre, codes and spellings to the project's words."""
    rows = table(tmp_path / "r.csv", HEADER + 'a,"55,5",10,2,DM,1,"SSc; SLE"\nb,,,,,,[]\n')
    write_tables([rows], tmp_path / "parts", library, own(tmp_path, library))

    assert facts(tmp_path / "parts") == {
        "a": {
            "heart.echo.lvef_percent": 55.5,
            "labs.haemoglobin_g_per_dl": 16.1,
            "demographics.sex": "female",
            "diagnosis.entity": "dermatomyositis",
            "infection.fever": True,
            "diagnosis.overlap_with": ["systemic_lupus_erythematosus", "systemic_sclerosis"],
        },
        "b": {"diagnosis.overlap_with": []},
    }


def test_a_row_with_a_bad_value_is_refused_with_its_reason_and_alters_no_other(
    tmp_path: Path, library: Library
) -> None:
    """Out of range, no word, no patient, twice, too many cells: the good rows are the same without them."""
    good = ["a,55,8.0,1,DM,0,", "b,60,9,2,IBM,1,"]
    bad = [
        "x,155,8.0,1,DM,0,",
        "y,55,8.0,7,dermatitis,0,",
        ",55,8.0,1,DM,0,",
        "a,50,8.0,1,DM,0,",
        "z,1,2,3,4,5,6,7",
        "v,-1,8.0,1,DM,0,",
    ]
    mapping = own(tmp_path, library)
    mixed = table(tmp_path / "mixed.csv", HEADER + "\n".join([good[0], *bad, good[1]]) + "\n")
    alone = table(tmp_path / "alone.csv", HEADER + "\n".join(good) + "\n")
    parts = write_tables([mixed], tmp_path / "1", library, mapping)
    write_tables([alone], tmp_path / "2", library, mapping)
    refused = {row.row: row.reason for part in parts for row in part.refused}

    assert facts(tmp_path / "1") == facts(tmp_path / "2")
    assert list(refused) == [
        "mixed.csv: row 2",
        "mixed.csv: row 3",
        "mixed.csv: row 4",
        "mixed.csv: row 5",
        "mixed.csv: row 6",
        "mixed.csv: row 7",
    ]
    assert refused["mixed.csv: row 6"] == "8 cells, where 7 columns stand"
    assert refused["mixed.csv: row 2"].startswith("`EF`: out-of-range: ")
    assert "`SEX`: unknown-value" in refused["mixed.csv: row 3"]
    assert "`DX`: unknown-" in refused["mixed.csv: row 3"]
    assert refused["mixed.csv: row 4"] == "it has no patient"
    assert refused["mixed.csv: row 5"] == "the patient stands in an earlier row"


@pytest.mark.parametrize("size", [1, 2, 100])
def test_the_facts_do_not_depend_on_how_many_rows_are_read_together(
    tmp_path: Path, library: Library, size: int
) -> None:
    """Refused rows neither."""
    rows = [f"p{n},{50 + n},8.0,1,DM,0," for n in range(4)] + ["p1,60,8.0,1,DM,0,", "q,999,8.0,1,DM,0,"]
    place = table(tmp_path / "r.csv", HEADER + "\n".join(rows) + "\n")
    parts = write_tables([place], tmp_path / "parts", library, own(tmp_path, library), size=size)

    assert list(facts(tmp_path / "parts")) == ["p0", "p1", "p2", "p3"]
    assert [row.row for part in parts for row in part.refused] == ["r.csv: row 5", "r.csv: row 6"]


def test_a_typed_table_keeps_its_values_and_its_companions(tmp_path: Path, library: Library) -> None:
    """Doubles, Booleans, lists; a bound, a fact that does not apply; what contradicts itself is refused."""
    name = "heart.nt_probnp.pg_per_ml"
    rows = pa.table(
        {
            "patient": ["a", "b", "c", "d"],
            "heart.echo.lvef_percent": [44.9, None, float("nan"), 101.0],
            "infection.fever": [True, False, None, None],
            "diagnosis.overlap_with": [["systemic_sclerosis"], [], None, None],
            f"{name}:low": [None, 12000.0, 5.0, None],
            f"{name}:high": [None, None, 4.0, None],
        }
    )
    pq.write_table(rows, tmp_path / "r.parquet")
    parts = write_tables([tmp_path / "r.parquet"], tmp_path / "parts", library, ColumnMapping())

    assert facts(tmp_path / "parts") == {
        "a": {
            "heart.echo.lvef_percent": 44.9,
            "infection.fever": True,
            "diagnosis.overlap_with": ["systemic_sclerosis"],
        },
        "b": {"infection.fever": False, "diagnosis.overlap_with": [], f"{name}:low": 12000.0},
    }
    assert [(row.row, row.reason.split(":")[0]) for row in parts[0].refused] == [
        ("r.parquet: row 3", f"`{name}`"),
        ("r.parquet: row 4", "`heart.echo.lvef_percent`"),
    ]


def test_what_is_wrong_in_a_mapping_is_said_all_at_once_with_place_and_nearest_name(
    tmp_path: Path, library: Library
) -> None:
    """A misspelt fact, a unit left out, a unit of something else, a word that is none, a key that is none."""
    text = MAPPING.replace("lvef_percent", "lvef_percnt").replace(", unit: mmol/L", "")
    text = text.replace("male,", "man,").replace("patient:", "patients:")
    with pytest.raises(MappingRefused) as wrong:
        own(tmp_path, library, text)
    said = str(wrong.value)

    assert "mapping.yaml:2:1: unknown-key: " in said
    assert "did you mean `patient`?" in said
    assert "mapping.yaml:4:14: unknown-fact: " in said
    assert "did you mean `heart.echo.lvef_percent` or" in said
    assert "mapping.yaml:5:7: missing-unit: " in said
    assert "mapping.yaml:6:46: unknown-value: " in said


def test_a_column_of_the_mapping_that_the_table_lacks_stops_the_run(tmp_path: Path, library: Library) -> None:
    """With the nearest name that is there."""
    rows = table(tmp_path / "r.csv", HEADER.replace("HB", "HB1") + "a,55,1,1,DM,0,\n")

    with pytest.raises(UsageError, match=r"no column `HB`; did you mean `HB1`\?"):
        write_tables([rows], tmp_path / "parts", library, own(tmp_path, library))


def resource(kind: str, name: str, of: str | None, **values: Any) -> dict[str, Any]:
    subject = {"subject": {"reference": f"Patient/{of}"}} if of else {}
    return {"resourceType": kind, "id": name, **subject, **values}


def weight(name: str, of: str, kg: float) -> dict[str, Any]:
    code = {"coding": [{"system": "http://loinc.org", "code": "29463-7"}]}
    value = {"value": kg, "unit": "kg", "system": "http://unitsofmeasure.org", "code": "kg"}
    return resource(
        "Observation",
        name,
        of,
        status="final",
        code=code,
        valueQuantity=value,
        effectiveDateTime="2026-10-01",
    )


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Result]:
    """Two patients in files by type, with a line that is no JSON and one of a patient who is not there."""
    place = tmp_path_factory.mktemp("bulk")
    export = place / "export"
    export.mkdir()
    people = [resource("Patient", name, None, birthDate="1980-05-01", gender="female") for name in ("1", "2")]
    lost = resource("Observation", "w3", None) | {"subject": {"identifier": {"system": "s", "value": "9"}}}
    observed = [weight("w1", "1", 70), weight("w2", "2", 160), lost]
    (export / "Patient.ndjson").write_text("".join(json.dumps(one) + "\n" for one in people))
    lines = [json.dumps(one) for one in observed]
    (export / "Observation.ndjson").write_text("\n".join([lines[0], "{no", *lines[1:]]) + "\n")
    done = cohort(
        export, "-o", place / "out.csv", "--knowledge", knowledge(place / "kb"), "--workers", 1,
        "--as-of", "2026-10-12",
    )  # fmt: skip
    return place, done


def test_a_bulk_export_is_judged_patient_by_patient(exported: tuple[Path, Result]) -> None:
    """Each has the weight of the own observation, whichever file it stands in."""
    place, _done = exported
    with (place / "out.csv").open(newline="") as rows:
        found = {
            (r["patient"], r["verdict"], r["rules"]) for r in csv.DictReader(rows) if r["therapy"] == "ivig"
        }

    assert {(patient, verdict) for patient, verdict, _rules in found} == {
        ("1", "data_needed"),
        ("2", "excluded"),
    }
    assert ("2", "excluded", "SMALL-WEIGHT") in found


def test_lines_of_an_export_that_are_nobodys_are_refused_alone(exported: tuple[Path, Result]) -> None:
    """With file and line; the run goes on, and its status says that something was refused."""
    place, done = exported
    with (place / "out.refused.csv").open(newline="") as rows:
        refused = {r["row"]: r["reason"] for r in csv.DictReader(rows)}

    assert done.exit_code == 3
    assert list(refused) == ["Observation.ndjson:2", "Observation.ndjson:4"]
    assert refused["Observation.ndjson:2"].startswith("this is no JSON: ")
    assert refused["Observation.ndjson:4"] == "it is of a patient who is not in the export"


def test_a_result_of_an_export_that_names_no_patient_is_refused(tmp_path: Path) -> None:
    """Unless something of a patient leads to it, which the reader then judges."""
    nobodys = [{**weight(name, "1", 70), "subject": None} for name in ("w1", "w2")]
    report = resource("DiagnosticReport", "r", "1") | {"result": [{"reference": "Observation/w1"}]}
    lines = [resource("Patient", "1", None), *nobodys, report]
    place = tmp_path / "export.ndjson"
    place.write_text("".join(json.dumps(one) + "\n" for one in lines), encoding="utf-8")
    found = list(bulk_entries([place], tmp_path))

    assert [(one.row, one.problem) for one in found if one.raw is None] == [
        ("export.ndjson:3", "it does not say whose it is, and nothing of a patient leads to it")
    ]
    assert b"w1" in (found[0].raw or b"")


def test_every_version_of_a_shared_resource_comes_along(tmp_path: Path) -> None:
    """The last line is not thereby the latest."""
    drugs = [resource("Medication", "m", None) | {"meta": {"versionId": number}} for number in ("2", "1")]
    taken = resource("MedicationStatement", "s", "1") | {"medicationReference": {"reference": "Medication/m"}}
    place = tmp_path / "export.ndjson"
    lines = [resource("Patient", "1", None), taken, *drugs]
    place.write_text("".join(json.dumps(one) + "\n" for one in lines), encoding="utf-8")
    (entry,) = bulk_entries([place], tmp_path)

    assert (entry.raw or b"").count(b"versionId") == 2


def test_the_facts_of_patient_files_are_themselves_a_table_that_reads(
    tmp_path: Path, library: Library
) -> None:
    """What one run wrote, another takes without a change: derived facts, bounds, lists, what is absent."""
    columns = fact_columns(library)
    people = [load_patient(path, library, today=TODAY) for path in sorted(EXAMPLES.glob("*.yaml"))]
    written = table_of([fact_row(one.id, settled_facts(one, library), columns) for one in people], columns)
    pq.write_table(written, tmp_path / "facts.parquet")
    parts = write_tables([tmp_path / "facts.parquet"], tmp_path / "parts", library, ColumnMapping())

    assert parts[0].refused == ()
    assert pq.read_table(tmp_path / "parts" / parts[0].file).equals(written)


@pytest.mark.parametrize("size", [1, 2, 100])
@pytest.mark.parametrize("died_after", [None, 1, 2, 3])
def test_a_patient_whose_earlier_row_was_refused_is_read_from_the_later(
    tmp_path: Path, library: Library, size: int, died_after: int | None
) -> None:
    """In one go or resumed, across the bounds of parts or within one: the same rows."""
    name = "heart.echo.lvef_percent"
    rows = table(tmp_path / "dup.csv", f"patient,{name}\na,foo\nb,60\na,60\nb,50\nc,50\n")
    write_tables([rows], tmp_path / "parts", library, ColumnMapping(), size=size)
    if died_after is not None:
        for late in sorted((tmp_path / "parts").glob("facts-*.parquet"))[died_after:]:
            late.unlink()
    parts = write_tables([rows], tmp_path / "parts", library, ColumnMapping(), size=size)

    assert facts(tmp_path / "parts") == {"b": {name: 60.0}, "a": {name: 60.0}, "c": {name: 50.0}}
    assert [row.row for part in parts for row in part.refused] == ["dup.csv: row 1", "dup.csv: row 4"]


def empty(place: Path) -> None:
    """A registry without a row, by the ending of its name."""
    if place.suffix == ".parquet":
        pq.write_table(pa.table({"patient": pa.array([], pa.string())}), place)
    else:
        place.write_text("patient,infection.fever\n" if place.suffix == ".csv" else "")


@pytest.mark.parametrize("name", ["r.csv", "r.jsonl", "r.ndjson", "r.parquet"])
def test_a_registry_without_a_patient_is_refused(tmp_path: Path, name: str) -> None:
    """There is nobody to judge: an empty answer would be taken for one."""
    (tmp_path / "in").mkdir()
    empty(tmp_path / "in" / name)
    done = cohort(tmp_path / "in" / name, "-o", tmp_path / "out.csv", "--workers", 1)

    assert isinstance(done.exception, UsageError), done.exception
    assert f"{name} holds no patient" in str(done.exception)
    assert [path.name for path in tmp_path.iterdir()] == ["in"]


@pytest.mark.parametrize(
    ("name", "cells", "said"),
    [
        ("patient", pa.array([["a"]]), "`patient` holds list<"),
        ("patient", pa.array([{"x": 1}]), "`patient` holds struct<"),
        ("heart.echo.lvef_percent", pa.array([{"x": 1}]), "`heart.echo.lvef_percent` holds struct<"),
        ("heart.echo.lvef_percent", pa.array([[1]]), "`heart.echo.lvef_percent` holds list<"),
        ("diagnosis.overlap_with", pa.array([[1]]), "`diagnosis.overlap_with` holds list<"),
    ],
)
def test_a_column_of_a_type_that_no_fact_has_is_named_with_what_is_accepted(
    tmp_path: Path, library: Library, name: str, cells: pa.Array, said: str
) -> None:
    """Before a row is read; a column that is no fact may be of any type."""
    columns = {"patient": pa.array(["a"]), "extra": pa.array([{"x": 1}])}
    pq.write_table(pa.table(columns | {name: cells}), tmp_path / "r.parquet")

    with pytest.raises(UsageError) as wrong:
        write_tables([tmp_path / "r.parquet"], tmp_path / "parts", library, ColumnMapping())
    assert said in str(wrong.value)
    assert "accepted: text" in str(wrong.value)


def test_bytes_that_are_no_text_refuse_their_row_alone(tmp_path: Path, library: Library) -> None:
    """Parquet keeps text of some writers as bytes; what is UTF-8 is read."""
    cells = {"patient": [b"a", b"b", b"\xff"], "diagnosis.entity": [b"dermatomyositis", b"\xe4", None]}
    pq.write_table(pa.table(cells), tmp_path / "r.parquet")
    parts = write_tables([tmp_path / "r.parquet"], tmp_path / "parts", library, ColumnMapping())

    assert facts(tmp_path / "parts") == {"a": {"diagnosis.entity": "dermatomyositis"}}
    assert [(row.row, row.reason) for row in parts[0].refused] == [
        ("r.parquet: row 2", "`diagnosis.entity`: not UTF-8"),
        ("r.parquet: row 3", "`patient`: not UTF-8; it has no patient"),
    ]


def test_a_column_that_no_rule_reads_is_named_and_its_values_are_checked(tmp_path: Path) -> None:
    """Nothing is computed of a table, so a creatinine decides nothing; a wrong one shows a wrong row."""
    names = "labs.creatinine_umol_per_l,muscle.mmt8,demographics.childbearing_potential"
    rows = table(
        tmp_path / "r.csv", f"patient,{names}\na,-99,80,yes\nb,80,9999,yes\nc,80,80,banana\nd,80,80,yes\n"
    )
    done = cohort(
        rows, "-o", tmp_path / "out.csv", "--knowledge", knowledge(tmp_path / "kb"), "--workers", 1
    )  # fmt: skip
    with (tmp_path / "out.refused.csv").open(newline="") as table_of_refused:
        refused = {r["row"]: r["reason"].split(":")[0] for r in csv.DictReader(table_of_refused)}

    assert done.exit_code == 3, done.exception
    assert refused == {f"r.csv: row {n}": f"`{name}`" for n, name in enumerate(names.split(","), 1)}
    for name in names.split(","):
        assert f"r.csv: no rule reads the column `{name}`; its values are only checked" in done.stderr


def test_what_rules_read_instead_of_a_column_is_named(tmp_path: Path, library: Library) -> None:
    """The facts that are computed of it in a patient file; a column that rules read is not told of."""
    name = "demographics.childbearing_potential"
    rows = table(tmp_path / "r.csv", f"patient,{name},infection.fever\na,yes,no\n")
    found = columns_only_checked(rows, library, ColumnMapping())

    assert found == {name: ("patient.childbearing_potential", "patient.conception_planned")}


def test_a_byte_that_is_not_utf_8_refuses_its_row_alone_wherever_it_stands(
    tmp_path: Path, library: Library
) -> None:
    """One row that an old system wrote in Latin-1; in the names of the columns it stops the run."""
    place = tmp_path / "lat.csv"
    place.write_bytes("patient,diagnosis.entity\na,DM\nb,M\xe4rz\nc,DM\n".encode("latin-1"))
    parts = write_tables([place], tmp_path / "parts", library, ColumnMapping())

    assert list(facts(tmp_path / "parts")) == ["a", "c"]
    assert [(row.row, row.reason) for row in parts[0].refused] == [
        ("lat.csv: row 2", "`diagnosis.entity`: not UTF-8")
    ]
    place.write_bytes("patient,M\xe4rz\na,1\n".encode("latin-1"))
    with pytest.raises(
        UsageError, match=r"the name of the column M.+rz is not UTF-8; save the file as UTF-8"
    ):
        write_tables([place], tmp_path / "more", library, ColumnMapping())


def test_a_huge_cell_refuses_its_row(tmp_path: Path, library: Library) -> None:
    """Three megabytes are a value that is none."""
    place = table(tmp_path / "r.csv", f"patient,diagnosis.entity\na,DM\nb,{'x' * 3_000_000}\nc,DM\n")
    parts = write_tables([place], tmp_path / "parts", library, ColumnMapping())

    assert list(facts(tmp_path / "parts")) == ["a", "c"]
    assert len(parts[0].refused[0].reason) < 1000


MANY = "".join(f"p{number},{'z' * 1000}\n" for number in range(20_000))  # more than is read at once


@pytest.mark.parametrize("size", [10, 50_000])
@pytest.mark.parametrize(
    ("before", "number"),
    [
        ("", 1),
        ("a,DM\nb,DM\n", 3),
        ('a,DM\nb,DM,three cells\n\n"of two\nlines",DM\n', 4),
        (f"one cell\n{MANY}", 20_002),
    ],
)
@pytest.mark.parametrize("quote", ['"', ""])
def test_a_row_that_is_too_long_is_named(
    tmp_path: Path, before: str, number: int, quote: str, size: int
) -> None:
    """Beyond sixteen megabytes nobody looks for the end of a row: the file and the row stand in the error."""
    long = "x,y\n" * 9_000_000 if quote else "x" * 36_000_000
    place = table(tmp_path / "r.csv", f"patient,diagnosis.entity\n{before}last,{quote}{long}")

    with pytest.raises(UsageError, match=rf"r\.csv: row {number} takes more than 16 MiB, .* quotation mark"):
        list(batches(place, size))


@pytest.mark.parametrize("size", [1, 50_000])
@pytest.mark.parametrize(
    ("rows", "number"),
    [
        ('a,DM,x\nb,DM,"y\nc,DM,z\n', 2),  # the rest of the file is its text
        ('a,DM,x\n\nb,DM,"y\nc,DM,"z"\nd,DM,w\n', 2),  # up to the next one
        ('a,DM,"one\nand two"\nb,DM,"y\nc,DM,"z"\n', 2),
    ],
)
def test_a_quote_that_nothing_closes_loses_no_rows_in_silence(
    tmp_path: Path, rows: str, number: int, size: int
) -> None:
    """The rows behind it would be the text of a cell that nobody reads."""
    place = table(tmp_path / "r.csv", f"patient,diagnosis.entity,remark\n{rows}")

    with pytest.raises(UsageError, match=rf"r\.csv: row {number}: a quotation mark is not closed"):
        list(batches(place, size))


@pytest.mark.parametrize(
    "rows",
    [
        'a,DM,"one\n""and"" two, three"\nb,DM,x\n',
        'a,DM,5" nail\n\nb,DM,"x"\n',
        'a,DM,"so" called\nb,DM,"one\ntwo"\n',
        "a,DM,x\r\nb,DM,x",
        "a,DM,x\n\n\nb,DM,x\n\n",
    ],
)
def test_a_cell_of_several_lines_is_one(tmp_path: Path, rows: str) -> None:
    """Where its quotation marks fit; marks inside a line lose nothing."""
    place = table(tmp_path / "r.csv", f"patient,diagnosis.entity,remark\n{rows}")

    assert sum(batch.table.num_rows for batch in batches(place, 10)) == 2


def test_a_code_for_not_known_is_unknown_and_words_are_told_apart_without_capitals(
    tmp_path: Path, library: Library
) -> None:
    """Of a word, a number, a Boolean and a list."""
    text = MAPPING.replace('"2": female', 'F: female, "9": unknown').replace(
        '"1": "true"', 'J: "true", "9": n/a'
    )
    text = text.replace('unit: "%"', 'unit: "%", words: {"-9": unknown}')
    text = text.replace("overlap_with}", 'overlap_with, words: {"9": unknown}}')
    rows = table(tmp_path / "r.csv", HEADER + "a,-9,8.0,9,DM,9,9\nb,55,8.0,f,dm,j,\n")
    parts = write_tables([rows], tmp_path / "parts", library, own(tmp_path, library, text))
    found = facts(tmp_path / "parts")

    assert parts[0].refused == ()
    assert set(found["a"]) == {"labs.haemoglobin_g_per_dl", "diagnosis.entity"}
    assert found["b"]["demographics.sex"] == "female"
    assert found["b"]["infection.fever"] is True


def test_one_word_with_two_meanings_is_refused(tmp_path: Path, library: Library) -> None:
    """Capitals do not tell words apart."""
    text = MAPPING.replace('"1": male, "2": female', "m: male, M: female")

    with pytest.raises(MappingRefused, match="`M` is written twice, with different words"):
        own(tmp_path, library, text)


def test_what_is_wrong_in_a_mapping_stands_on_lines_of_its_own(tmp_path: Path) -> None:
    """As it does for a patient file; the status is that of a wrong use."""
    rows = table(tmp_path / "r.csv", HEADER)
    (tmp_path / "map.yaml").write_text(MAPPING.replace("lvef_percent", "lvef_percnt"))
    command = [sys.executable, "-m", "escalate", "cohort", str(rows), "-o", str(tmp_path / "o.csv")]
    done = subprocess.run(
        [*command, "--mapping", str(tmp_path / "map.yaml")], capture_output=True, text=True, check=False
    )

    assert done.returncode == 2
    assert "\\x0a" not in done.stderr
    assert done.stderr.splitlines()[0].endswith("`heart.echo.lvef_percnt` is no fact that rules read")
