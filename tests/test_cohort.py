"""`escalate cohort`: a registry in, verdicts out; a bad row stops nobody, nothing unknown opens an option."""

from __future__ import annotations

import csv
import gzip
from datetime import date
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner
from helpers_registry import lines as small_lines
from helpers_registry import patient
from hypothesis import given
from hypothesis import strategies as st
from reference_cohort import FILE

from escalate import assess, load_knowledge
from escalate.cohort import nested
from escalate.cohort.engines import DuckDB, sql
from escalate.cohort.facts import number_cell
from escalate.cohort.nested import Knowledge, write_parts
from escalate.cohort.parts import Part, patients_of
from escalate.cohort.registry import Entry, entries
from escalate.cohort.relational.query import verdicts
from escalate.cohort.relational.source import unbound
from escalate.commands import cli
from escalate.files.patient_file import load_patient
from escalate.options.verdict import Verdict
from escalate.problems import UsageError

TODAY = date(2026, 10, 12)
EXAMPLES = Path(__file__).parent.parent / "examples"
BROKEN = b'{"schema": "escalate/patient/v1", "id": "broken", "demographics": {"age_years": 900}}'
LISTED = {str(word) for word in Verdict}


def reference_lines(count: int) -> list[bytes]:
    return gzip.decompress(FILE.read_bytes()).splitlines()[:count]


def knowledge() -> Knowledge:
    return Knowledge(None, "en", None, load_knowledge().digest)


@pytest.fixture(scope="module")
def outcome(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, int, str]:
    """A folder of two good files and one line that is refused, judged into CSV."""
    folder = tmp_path_factory.mktemp("registry")
    for name in ("early-dermatomyositis", "refractory-antisynthetase"):
        (folder / f"{name}.yaml").write_bytes((EXAMPLES / f"{name}.yaml").read_bytes())
    (folder / "more.jsonl").write_bytes(BROKEN + b"\n")
    target = folder.parent / "out.csv"
    done = CliRunner().invoke(cli, ["cohort", str(folder), "-o", str(target), "--workers", "1", "--plain"])
    return target, done.exit_code, done.stderr


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_every_listed_therapy_of_every_patient_has_the_verdict_of_assess(
    outcome: tuple[Path, int, str],
) -> None:
    """The registry advises nobody otherwise than the conference would be advised."""
    library = load_knowledge()
    expected = {}
    for name in ("early-dermatomyositis", "refractory-antisynthetase"):
        patient = load_patient(EXAMPLES / f"{name}.yaml", library)
        proposal = assess(patient, library).proposal
        for option in (*proposal.options, *proposal.not_indicated):
            expected[patient.id, option.therapy.id] = str(option.verdict)

    rows = rows_of(outcome[0])
    assert list(rows[0]) == ["patient", "therapy", "verdict", "rules", "missing"]
    assert {(row["patient"], row["therapy"]): row["verdict"] for row in rows} == expected


def test_a_refused_row_is_named_with_its_reason_and_stops_nobody(outcome: tuple[Path, int, str]) -> None:
    """Exit status 3, as for a patient file that is refused; the reason is what `check` would say."""
    target, status, said = outcome
    refused = rows_of(target.with_name("out.refused.csv"))

    assert status == 3
    assert [row["row"] for row in refused] == ["more.jsonl:1"]
    assert "out-of-range: `demographics.age_years`" in refused[0]["reason"]
    assert "more.jsonl:1" in said


def test_a_patient_has_one_row_of_findings(outcome: tuple[Path, int, str]) -> None:
    """Scope, ladder and findings stand beside the verdicts."""
    rows = rows_of(outcome[0].with_name("out.patients.csv"))

    assert len(rows) == 2
    assert {row["scope"] for row in rows} == {"iim"}
    assert all(row["reached_step"].isdigit() for row in rows)


def test_the_facts_do_not_depend_on_the_number_of_workers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Byte for byte, refused rows included."""
    monkeypatch.setattr(nested, "CHUNK", 8)
    lines = [*reference_lines(19), BROKEN, *reference_lines(25)[19:]]
    documents = [Entry(f"r.jsonl:{number}", line) for number, line in enumerate(lines)]
    alone = write_parts(documents, tmp_path / "1", knowledge(), workers=1, today=TODAY)
    together = write_parts(documents, tmp_path / "2", knowledge(), workers=2, today=TODAY)

    assert alone == together
    assert [part.read for part in alone] == [8, 8, 7, 2]
    for part in alone:
        assert (tmp_path / "1" / part.file).read_bytes() == (tmp_path / "2" / part.file).read_bytes()


@pytest.mark.parametrize("size", [1, 2, 100])
@pytest.mark.parametrize("workers", [1, 2])
def test_a_patient_who_stands_in_two_documents_is_counted_once(
    tmp_path: Path, size: int, workers: int
) -> None:
    """The later documents are refused by name, in one part and across several, also when a run goes on."""
    stated = [patient("a"), patient("b"), patient("a"), BROKEN.decode(), patient("a"), patient("c")]
    place = small_lines(tmp_path / "r.jsonl", stated)

    def parts() -> list[Part]:
        found = entries(place)
        return write_parts(found, tmp_path / "1", knowledge(), workers=workers, today=TODAY, size=size)

    first = parts()
    refused = {row.row: row.reason for part in first for row in part.refused}
    ids = [id for part in first for id in patients_of(tmp_path / "1" / part.file)]

    assert parts() == first
    assert ids == ["a", "b", "c"]
    assert sum(part.read for part in first) == 3
    assert list(refused) == ["r.jsonl:3", "r.jsonl:4", "r.jsonl:5"]
    assert refused["r.jsonl:3"] == refused["r.jsonl:5"] == "the patient stands in an earlier row"


def test_a_table_without_facts_opens_nothing(tmp_path: Path) -> None:
    """A registry that knows a patient's id alone gets questions, and no therapy that is open."""
    table = tmp_path / "facts.parquet"
    pq.write_table(pa.table({"patient": ["a", "b"], "a column of their own": [1, 2]}), table)
    library = load_knowledge()
    engine = DuckDB(threads=1)
    rows = engine.rows(verdicts(engine.facts([table], library), library)).to_pylist()

    assert {row["patient"] for row in rows} == {"a", "b"}
    assert {row["verdict"] for row in rows} <= {"data_needed", "not_indicated"}
    assert all("demographics.age_years" in row["missing"] for row in rows if row["verdict"] == "data_needed")


def test_the_query_is_printed_in_the_words_of_a_warehouse() -> None:
    """One statement over a table `facts`, quoted as that engine quotes."""
    library = load_knowledge()
    text = sql(verdicts(unbound(library), library), "pyspark")

    assert text.startswith("SELECT")
    assert "`heart.echo.lvef_percent`" in text
    assert text.count("`facts`") >= 1


def test_a_dialect_that_does_not_exist_is_a_wrong_use() -> None:
    """Said before anything is read."""
    library = load_knowledge()
    with pytest.raises(
        UsageError,
        match=r"--sql no_such_dialect: there is no such dialect; accepted: athena, .*duckdb, .*trino",
    ):
        sql(unbound(library), "no_such_dialect")


def test_a_folder_without_patients_is_said(tmp_path: Path) -> None:
    """An empty result would look like a registry without patients."""
    with pytest.raises(UsageError, match="holds no patient file"):
        list(entries(tmp_path))


@given(
    st.decimals(-10_000, 10_000, places=6, allow_nan=False),
    st.sampled_from([Decimal(0), Decimal("1e-20"), Decimal("-1e-20"), Decimal("1e-9")]),
)
def test_a_number_compares_with_a_threshold_as_the_decimal_does(threshold: Decimal, beside: Decimal) -> None:
    """A double must not make 2.99999999999999999999 out of a limit of 3 equal to it."""
    number = threshold + beside
    cell, limit = number_cell(number), float(threshold)

    assert (cell < limit, cell == limit) == (number < threshold, number == threshold)
