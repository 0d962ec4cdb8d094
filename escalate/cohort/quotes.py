"""Quotation marks of a CSV that nothing closes: the rows behind one are taken for text, and would be lost."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path

_PIECE = 1 << 24


def is_over_lines(place: Path, rows: int) -> bool:
    """Whether a CSV has more lines than these rows and that of the names: a cell goes over several."""
    with place.open("rb") as raw:
        lines = sum(piece.count(b"\n") for piece in iter(lambda: raw.read(_PIECE), b""))
    return lines > rows + 1


def swallowing_row(place: Path, between: str, longest: int) -> int | None:
    """The first row over several lines whose quotation marks do not fit, counted from 1; None where all do.

    Args: between, what stands between cells; longest, bytes that a cell may take.
    """
    before = csv.field_size_limit(longest)
    try:
        # As bytes: what is no UTF-8 is no quotation mark either.
        with place.open(encoding="latin-1", newline="") as text:
            return next(_swallowing(csv.reader(text, delimiter=between, strict=True)), None)
    finally:
        csv.field_size_limit(before)


def _swallowing(reader: csv._reader) -> Iterator[int]:  # type: ignore[name-defined]
    number, line = -1, 0  # the names are a row as well
    while True:
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error:
            number += 1
            if reader.line_num - line > 1:
                yield max(number, 1)
        else:
            number += bool(cells)  # an empty line is no row
        line = reader.line_num
