"""A registry, whatever it is made of, as Parquet files of facts, and what was refused of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from escalate.cohort.judge import FactsFile
from escalate.cohort.mapping import ColumnMapping
from escalate.cohort.nested import Knowledge, write_parts
from escalate.cohort.parts import Part
from escalate.cohort.registry import Refused, entries
from escalate.cohort.tables import ROWS, TABLES, write_tables
from escalate.library.model import Library
from escalate.problems import UsageError
from escalate.texts import _


@dataclass(frozen=True, slots=True)
class How:
    """How a registry is read. `size` is how many documents or rows a part holds (None: as is usual)."""

    today: date
    as_of: date | None = None
    mapping: ColumnMapping | None = None
    size: int | None = None
    workers: int = 1


@dataclass(frozen=True, slots=True)
class Facts:
    """A registry that was read: its facts in the order of its rows, and who is not in them."""

    files: list[FactsFile]
    refused: tuple[Refused, ...]

    @property
    def patients(self) -> int:
        """How many rows the table of facts has."""
        return sum(file.patients for file in self.files)


def tables_of(place: Path) -> Sequence[Path]:
    """The tables of a registry: the file itself, or those of a folder; none where it is made of documents."""
    if place.is_dir():
        return sorted(path for path in place.iterdir() if path.suffix in TABLES)
    return [place] if place.suffix in TABLES else []


def facts_of(
    place: Path,
    folder: Path,
    library: Library,
    knowledge: Knowledge,
    how: How,
    done: Callable[[Part], None] = lambda part: None,
) -> Facts:
    """The facts of a registry, in `folder`; parts that stand there are taken as they are.

    Args:   knowledge, where the library came from, for the processes that read documents. done, told of each
            part.
    Raises: UsageError where there is nothing that can be read.
    """
    tables = tables_of(place)
    if tables:
        mapping = how.mapping or ColumnMapping()
        parts = write_tables(tables, folder, library, mapping, size=how.size or ROWS, done=done)
    elif how.mapping is not None:
        raise UsageError(
            _("--mapping is for a table of facts (.parquet, .csv); {place} is none").format(place=place)
        )
    else:
        parts = write_parts(
            entries(place), folder, knowledge,
            workers=how.workers, today=how.today, as_of=how.as_of, size=how.size, done=done,
        )  # fmt: skip
    refused = tuple(row for part in parts for row in part.refused)
    return Facts([FactsFile(folder / part.file, part.read) for part in parts], refused)
