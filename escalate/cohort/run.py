"""A registry, whatever it is made of, as Parquet files of facts, and what was refused of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from escalate.cohort.batches import TABLES
from escalate.cohort.judge import FactsFile
from escalate.cohort.mapping import ColumnMapping
from escalate.cohort.nested import Knowledge, write_parts
from escalate.cohort.parts import Part
from escalate.cohort.registry import Refused, entries, files_of, is_document
from escalate.cohort.tables import ROWS, write_tables
from escalate.library.model import Library
from escalate.problems import UsageError
from escalate.texts import _

_NAMED = 5  # files named in a message


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


def tables_of(place: Path, mapping: Path | None = None) -> Sequence[Path]:
    """The tables of a registry: the file itself, or those of a folder; none where it is made of documents.

    Args:   mapping, the file of --mapping: no document where it lies in the folder.
    Raises: UsageError for a folder that holds both, since only the one kind would be read.
    """
    files = files_of(place)
    tables = [path for path in files if path.suffix.lower() in TABLES]
    own = mapping.resolve() if mapping else None
    documents = [path for path in files if is_document(path) and path.resolve() != own]
    if tables and documents:
        message = _(
            "{place} holds documents ({documents}) and tables ({tables}); hand in the one or the other"
        )
        raise UsageError(
            message.format(place=place, documents=_few(documents, place), tables=_few(tables, place))
        )
    return tables


def _few(paths: Sequence[Path], place: Path) -> str:
    names = [path.relative_to(place).as_posix() for path in paths[:_NAMED]]
    return ", ".join(names if len(paths) <= _NAMED else [*names, "..."])


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
    tables = tables_of(place, how.mapping.file if how.mapping else None)
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
    if not refused and not any(part.read for part in parts):
        raise UsageError(_("{place} holds no patient").format(place=place))
    return Facts([FactsFile(folder / part.file, part.read) for part in parts], refused)
