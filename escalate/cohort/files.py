"""What a run writes, and how its files are called."""

from __future__ import annotations

import csv
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from escalate.cohort.registry import Refused
from escalate.problems import UsageError
from escalate.texts import _

ENDINGS = (".parquet", ".csv")


@dataclass(frozen=True, slots=True)
class Files:
    """OUT, and beside it under OUT's name everything else of the run."""

    verdicts: Path
    patients: Path
    refused: Path
    changes: Path
    exposure: Path
    work: Path  # a folder with the parts of the run, taken away when it is done

    @classmethod
    def of(cls, out: str) -> Files:
        """The files of `-o OUT`. Raises: UsageError for another ending than .parquet or .csv."""
        target = Path(out)
        if target.suffix not in ENDINGS:
            raise UsageError(_("-o {out}: the name ends in .parquet or .csv").format(out=out))

        def beside(what: str, suffix: str = target.suffix) -> Path:
            return target.with_name(f"{target.stem}.{what}{suffix}")

        return cls(
            target,
            beside("patients"),
            beside("refused", ".csv"),
            beside("changes"),
            beside("exposure"),
            target.with_name(f".{target.name}.parts"),
        )

    def clear(self) -> None:
        """Take the parts away, once nobody needs them."""
        shutil.rmtree(self.work, ignore_errors=True)


def is_folder_of_parts(path: Path) -> bool:
    """Whether a folder is an output of Spark's: finished, and nothing in it but its parts."""
    names = [one.name for one in path.iterdir()]
    return "_SUCCESS" in names and all(
        name.startswith(("part-", "_SUCCESS", ".part-", "._SUCCESS")) for name in names
    )


def drop(path: Path) -> None:
    """Take a file away, or a folder of parts, if it is there."""
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def put_in_place(half: Path, target: Path) -> None:
    """Put what was written whole, a file or a folder of parts, in the place of what stands there.

    A folder cannot be written over: it steps aside, and is taken away once the new one stands.
    """
    if not (target.exists() and (target.is_dir() or half.is_dir())):
        half.replace(target)
        return
    aside = target.with_name(f".{target.name}.old")
    drop(aside)
    target.replace(aside)
    try:
        half.replace(target)
    except OSError:
        aside.replace(target)
        raise
    drop(aside)


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
