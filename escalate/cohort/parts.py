"""The parts of a registry that was read: a Parquet file of facts each, with a note of what was refused.

A part is there whole or not at all. Its note is written first, so a file of facts that stands has its note.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from escalate.cohort.columns import PATIENT
from escalate.cohort.registry import Refused

if TYPE_CHECKING:
    import pyarrow as pa


@dataclass(frozen=True, slots=True)
class Part:
    """One file of facts, and what of its documents or rows is not in it."""

    file: str
    read: int
    refused: tuple[Refused, ...]


def part_path(folder: Path, number: int) -> Path:
    """Where the part with this number stands."""
    return folder / f"facts-{number:06}.parquet"


def left_whole(path: Path) -> Part | None:
    """The part that an earlier run has left whole, or None."""
    if not path.exists():
        return None
    note = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
    return Part(note["file"], note["read"], tuple(Refused(**row) for row in note["refused"]))


def patients_of(path: Path) -> list[str]:
    """The patients of a file of facts, row by row."""
    import pyarrow.parquet as pq

    found: list[str] = pq.read_table(path, columns=[PATIENT]).column(PATIENT).to_pylist()
    return found


def write_part(table: pa.Table, path: Path, refused: tuple[Refused, ...]) -> Part:
    """Write the facts and the note of a part."""
    import pyarrow.parquet as pq

    part = Part(path.name, table.num_rows, refused)
    half = path.with_suffix(".half")
    pq.write_table(table, half, compression="zstd")
    path.with_suffix(".json").write_text(json.dumps(asdict(part), ensure_ascii=False), encoding="utf-8")
    half.replace(path)
    return part
