"""A registry, whatever it is made of, as Parquet files of facts, and what was refused of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from escalate.cohort.columns import PATIENT
from escalate.cohort.judge import FactsFile
from escalate.cohort.nested import Knowledge, Part, write_parts
from escalate.cohort.registry import Refused, entries
from escalate.problems import UsageError
from escalate.texts import _


@dataclass(frozen=True, slots=True)
class Facts:
    """A registry that was read: its facts in the order of its rows, and who is not in them."""

    files: list[FactsFile]
    refused: tuple[Refused, ...]

    @property
    def patients(self) -> int:
        """How many rows the table of facts has."""
        return sum(file.patients for file in self.files)


def facts_of(
    place: Path,
    folder: Path,
    knowledge: Knowledge,
    *,
    workers: int,
    today: date,
    as_of: date | None,
    done: Callable[[Part], None] = lambda part: None,
) -> Facts:
    """The facts of a registry, in `folder`.

    A Parquet file is taken for a table of facts and stands as it is.
    Raises: UsageError where there is nothing that can be read.
    """
    if place.suffix == ".parquet":
        return Facts([FactsFile(place, rows_in(place))], ())
    parts = write_parts(
        entries(place), folder, knowledge, workers=workers, today=today, as_of=as_of, done=done
    )
    refused = tuple(row for part in parts for row in part.refused)
    return Facts([FactsFile(folder / part.file, part.read) for part in parts], refused)


def rows_in(table: Path) -> int:
    """How many rows a Parquet file has. Raises: UsageError where it is none, or has no column `patient`."""
    import pyarrow.parquet as pq
    from pyarrow import ArrowInvalid

    try:
        file = pq.ParquetFile(table)
    except (OSError, ArrowInvalid) as fault:
        raise UsageError(_("{place}: {fault}").format(place=table, fault=fault)) from None
    if PATIENT not in file.schema_arrow.names:
        raise UsageError(_("{place} has no column `patient`").format(place=table))
    return int(file.metadata.num_rows)
