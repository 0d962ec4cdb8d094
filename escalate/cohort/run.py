"""One run over a registry: facts, verdicts and findings as files, and what was refused."""

from __future__ import annotations

import csv
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from escalate.cohort.columns import PATIENT
from escalate.cohort.engines import Engine
from escalate.cohort.nested import Knowledge, Part, write_parts
from escalate.cohort.registry import Refused, entries
from escalate.cohort.relational.query import patients, verdicts
from escalate.library.model import Library
from escalate.problems import UsageError
from escalate.texts import _

ENDINGS = (".parquet", ".csv")


@dataclass(frozen=True, slots=True)
class Files:
    """What a run writes: OUT, and beside it under OUT's name the patients and the refused rows."""

    verdicts: Path
    patients: Path
    refused: Path
    facts: Path  # a folder, taken away when the run is done

    @classmethod
    def of(cls, out: str) -> Files:
        """The files of `-o OUT`. Raises: UsageError for another ending than .parquet or .csv."""
        target = Path(out)
        if target.suffix not in ENDINGS:
            raise UsageError(_("-o {out}: the name ends in .parquet or .csv").format(out=out))
        return cls(
            target,
            target.with_name(f"{target.stem}.patients{target.suffix}"),
            target.with_name(f"{target.stem}.refused.csv"),
            target.with_name(f".{target.name}.facts"),
        )


@dataclass(frozen=True, slots=True)
class Done:
    """What a run has read."""

    patients: int
    refused: tuple[Refused, ...]


def facts_of(
    place: Path,
    files: Files,
    knowledge: Knowledge,
    *,
    workers: int,
    today: date,
    as_of: date | None,
    done: Callable[[Part], None] = lambda part: None,
) -> tuple[list[Path], Done]:
    """The registry as Parquet files of facts, in their order, and who is not in them.

    A Parquet file is taken for a table of facts and stands as it is.
    Raises: UsageError where there is nothing that can be read.
    """
    if place.suffix == ".parquet":
        return [place], Done(rows_in(place), ())
    parts = write_parts(
        entries(place), files.facts, knowledge, workers=workers, today=today, as_of=as_of, done=done
    )
    refused = tuple(row for part in parts for row in part.refused)
    return [files.facts / part.file for part in parts], Done(sum(part.read for part in parts), refused)


def rows_in(table: Path) -> int:
    """How many rows a Parquet file has. Raises: UsageError where it is none, or lacks the column `patient`."""
    import pyarrow.parquet as pq
    from pyarrow import ArrowInvalid

    try:
        file = pq.ParquetFile(table)
    except (OSError, ArrowInvalid) as fault:
        raise UsageError(_("{place}: {fault}").format(place=table, fault=fault)) from None
    if PATIENT not in file.schema_arrow.names:
        raise UsageError(_("{place} has no column `patient`").format(place=table))
    return int(file.metadata.num_rows)


def judge(parts: Sequence[Path], files: Files, library: Library, engine: Engine) -> None:
    """The rules over the facts: a file of verdicts and one of patients."""
    engine.write(verdicts, parts, library, files.verdicts)
    engine.write(patients, parts, library, files.patients)


def write_refused(refused: Sequence[Refused], files: Files) -> None:
    """The refused rows as CSV; no file where there is none."""
    files.refused.unlink(missing_ok=True)
    if not refused:
        return
    half = files.refused.with_suffix(".half")
    with half.open("w", encoding="utf-8", newline="") as target:
        writer = csv.writer(target)
        writer.writerow(("row", "reason"))
        writer.writerows((row.row, row.reason) for row in refused)
    half.replace(files.refused)


def clear(files: Files) -> None:
    """Take the facts away, once nobody needs them."""
    shutil.rmtree(files.facts, ignore_errors=True)
