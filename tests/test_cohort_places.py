"""Where a run may write, and what a folder may hold: nothing is overwritten, nothing left out silently."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from helpers_registry import cohort, lines, patient

from escalate.cohort.engines import DuckDB
from escalate.cohort.files import Files, put_in_place
from escalate.cohort.places import check_places
from escalate.cohort.registry import entries
from escalate.cohort.resume import registry_digest
from escalate.cohort.run import tables_of
from escalate.problems import UsageError

TABLE = "patient;demographics.weight_kg\na;70\n"


def table(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(TABLE, encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("registry", "out", "blamed"),
    [
        ("semi.csv", "semi.csv", "semi.csv"),
        ("study.patients.csv", "study.csv", "study.patients.csv"),
        ("study.refused.csv", "study.parquet", "study.refused.csv"),
        ("study.changes.csv", "study.csv", "study.changes.csv"),
        ("study.exposure.csv", "study.csv", "study.exposure.csv"),
    ],
)
def test_a_run_does_not_write_over_its_own_registry(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, registry: str, out: str, blamed: str
) -> None:
    """By OUT or by any file beside it; the registry is as it was, and no parts lie about."""
    monkeypatch.chdir(tmp_path)
    table(tmp_path / registry)
    refused = cohort(tmp_path / registry, "-o", out)

    assert f"-o {blamed}: this run reads the file and would write over it" in str(refused.exception)
    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == {registry: TABLE}


def test_neither_attrition_nor_a_link_writes_over_what_is_read(tmp_path: Path) -> None:
    """The mapping counts as read, and a file is known by what its name leads to."""
    place = table(tmp_path / "r.csv")
    (tmp_path / "link.csv").symlink_to(place)

    with pytest.raises(UsageError, match="would write over it"):
        check_places(place, Files.of(str(tmp_path / "link.csv")))
    with pytest.raises(UsageError, match=r"--attrition .*r\.csv: this run reads the file"):
        check_places(place, Files.of(str(tmp_path / "o.csv")), [str(place)])
    with pytest.raises(UsageError, match="would write over it"):
        check_places(place, Files.of(str(tmp_path / "o.csv")), mapping=str(tmp_path / "o.patients.csv"))
    with pytest.raises(UsageError, match="writes the file twice"):
        check_places(place, Files.of(str(tmp_path / "o.csv")), [str(tmp_path / "o.csv")])


def test_the_folder_of_a_registry_takes_no_output(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The next run would read it as the registry; nothing is left behind by the refusal."""
    lines(tmp_path / "r.jsonl", [patient("a")])
    monkeypatch.chdir(tmp_path)
    refused = cohort(".", "-o", "out.parquet")

    assert "-o out.parquet lies in the folder of the registry, ." in str(refused.exception)
    assert [path.name for path in tmp_path.iterdir()] == ["r.jsonl"]


def test_an_attrition_file_needs_a_folder_before_anything_is_read(tmp_path: Path) -> None:
    """That of OUT will be there; another is not made for it."""
    place = table(tmp_path / "in" / "r.csv")
    files = Files.of(str(tmp_path / "new" / "o.csv"))
    check_places(place, files, [str(tmp_path / "new" / "a.txt")])

    with pytest.raises(UsageError, match=r"--attrition .*a\.txt: there is no folder .*other"):
        check_places(place, files, [str(tmp_path / "other" / "a.txt")])


def test_a_folder_is_replaced_only_where_a_run_wrote_it(tmp_path: Path) -> None:
    """One of Spark's parts; any other is named and stays."""
    place = table(tmp_path / "in" / "r.csv")
    (tmp_path / "o.csv").mkdir()
    (tmp_path / "o.csv" / "part-00000-1.csv").touch()
    with pytest.raises(UsageError, match=r"-o .*o\.csv is a folder, and no earlier run wrote it"):
        check_places(place, Files.of(str(tmp_path / "o.csv")))
    (tmp_path / "o.csv" / "_SUCCESS").touch()

    check_places(place, Files.of(str(tmp_path / "o.csv")))


def test_a_folder_with_documents_and_tables_is_refused_with_their_names(tmp_path: Path) -> None:
    """To read the one would be to leave out the other; a mapping that lies there is neither."""
    place = tmp_path / "r"
    table(place / "t.csv")
    (place / "map.yaml").touch()
    assert tables_of(place, place / "map.yaml") == [place / "t.csv"]
    lines(place / "more.jsonl", [patient("a")])

    with pytest.raises(UsageError, match=r"holds documents \(more\.jsonl\) and tables \(t\.csv\)"):
        tables_of(place, place / "map.yaml")


def test_hidden_files_and_folders_are_no_part_of_a_registry(tmp_path: Path) -> None:
    """The parts of a run, the cache of an editor: neither read, nor a change of the registry."""
    lines(tmp_path / "r.jsonl", [patient("a")])
    before = registry_digest(tmp_path)
    (tmp_path / ".out.parquet.parts").mkdir()
    (tmp_path / ".out.parquet.parts" / "asked.json").write_text("{}")
    table(tmp_path / ".hidden.csv")

    assert [entry.row for entry in entries(tmp_path)] == ["r.jsonl:1"]
    assert tables_of(tmp_path) == []
    assert registry_digest(tmp_path) == before


def test_a_name_in_capitals_is_read_like_any_other(tmp_path: Path) -> None:
    """`.CSV` is what some systems export."""
    upper = table(tmp_path / "t" / "A.CSV")
    (tmp_path / "d").mkdir()
    lines(tmp_path / "d" / "P.JSONL", [patient("a")])

    assert tables_of(upper) == tables_of(upper.parent) == [upper]
    assert [entry.row for entry in entries(tmp_path / "d")] == ["P.JSONL:1"]


def test_a_refusal_before_work_began_leaves_no_parts(tmp_path: Path) -> None:
    """A registry that cannot be read at all is not resumed."""
    (tmp_path / "r").mkdir()
    (tmp_path / "r" / "notes.txt").touch()
    refused = cohort(tmp_path / "r", "-o", tmp_path / "o.csv")

    assert "holds no patient file" in str(refused.exception)
    assert [path.name for path in tmp_path.iterdir()] == ["r"]


@pytest.mark.parametrize("ending", [".csv", ".parquet"])
def test_a_folder_of_spark_gives_way_to_a_file(tmp_path: Path, ending: str) -> None:
    """And nothing of either lies about behind."""
    target = tmp_path / f"o{ending}"
    target.mkdir()
    (target / "_SUCCESS").touch()
    engine = DuckDB(threads=1)
    try:
        pq.write_table(pa.table({"n": [1]}), tmp_path / "in.parquet")
        engine.save(engine.table([tmp_path / "in.parquet"]), target)
    finally:
        engine.close()

    assert target.is_file()
    assert {path.name for path in tmp_path.iterdir()} == {"in.parquet", target.name}


def test_what_stands_is_taken_away_only_when_the_new_one_stands(tmp_path: Path) -> None:
    """A rename that fails leaves the old output."""
    target = tmp_path / "o.parquet"
    target.mkdir()
    (target / "_SUCCESS").touch()
    with pytest.raises(FileNotFoundError):
        put_in_place(tmp_path / "never-written", target)

    assert [path.name for path in tmp_path.rglob("*")] == ["o.parquet", "_SUCCESS"]
