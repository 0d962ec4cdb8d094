"""The rules over the facts, by partition: the verdicts of each are there whole, or not at all."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from escalate.cohort.attrition import Attrition, attrition
from escalate.cohort.engines import Engine
from escalate.cohort.files import Files, put_in_place
from escalate.cohort.relational.query import patients, verdicts
from escalate.library.model import Library

# Planning the query costs as much as some ten thousand patients; of so many it is no longer seen.
PARTITION = 1_000_000


@dataclass(frozen=True, slots=True)
class FactsFile:
    """A Parquet file of facts, and how many patients it holds."""

    path: Path
    patients: int


@dataclass(frozen=True, slots=True)
class Judged:
    """Parquet files with the verdicts and the patients of a run."""

    verdicts: list[Path]
    patients: list[Path]


def judge(
    facts: Sequence[FactsFile],
    folder: Path,
    library: Library,
    engine: Engine,
    *,
    size: int = PARTITION,
    done: Callable[[int], None] = lambda patients: None,
) -> Judged:
    """Verdicts and patients of every partition as Parquet in `folder`; one that is there stays as it is.

    Args: size, patients of a partition; an engine that shares out the work itself gets all of them at once.
          done, told how many patients were judged, partition by partition.
    """
    folder.mkdir(parents=True, exist_ok=True)
    judged = Judged([], [])
    for number, group in enumerate(_partitions(facts, size if engine.partitioned else None)):
        paths = [file.path for file in group]
        for question, found in ((verdicts, judged.verdicts), (patients, judged.patients)):
            target = folder / f"{question.__name__}-{number:06}.parquet"
            if not target.exists():
                engine.write(question, paths, library, target)
            found.append(target)
        done(sum(file.patients for file in group))
    return judged


def _partitions(facts: Sequence[FactsFile], size: int | None) -> Iterator[Sequence[FactsFile]]:
    """Files that follow each other, together no more than `size` patients; one file is never torn apart."""
    group: list[FactsFile] = []
    held = 0
    for file in facts:
        if group and size is not None and held + file.patients > size:
            yield group
            group, held = [], 0
        group.append(file)
        held += file.patients
    if group:
        yield group


def publish(judged: Judged, files: Files, engine: Engine) -> Judged:
    """Put the verdicts and the patients where the run was asked to.

    Returns: the Parquet files that hold them from now on.
    """
    return Judged(
        _put(judged.verdicts, files.verdicts, engine),
        _put(judged.patients, files.patients, engine),
    )


def _put(parts: list[Path], target: Path, engine: Engine) -> list[Path]:
    if target.suffix == ".parquet" and len(parts) == 1:
        put_in_place(parts[0], target)
        return [target]
    engine.save(engine.table(parts), target)
    return parts


def counted(judged: Judged, engine: Engine) -> Attrition:
    """The attrition of a run, in memory."""
    found = engine.rows(attrition(engine.table(judged.verdicts), engine.table(judged.patients)))
    return Attrition([(r["about"], r["therapy"], r["what"], r["patients"]) for r in found.to_pylist()])
