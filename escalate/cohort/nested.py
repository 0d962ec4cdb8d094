"""Nested patients to rows of facts, on every core: one Parquet file per thousand documents.

A part depends on the documents in it alone, and which those are on their order alone: the result is the same
with one worker and with twenty. A part is there whole or not at all, so a run that died goes on behind it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import dataclass
from datetime import date
from itertools import islice
from multiprocessing import get_context
from pathlib import Path

from escalate.cohort.columns import FactColumn, fact_columns
from escalate.cohort.facts import FactRow, fact_row, settled_facts, table_of
from escalate.cohort.parts import Part, left_whole, part_path, patients_of, write_part
from escalate.cohort.registry import Entry, Refused, reason_of
from escalate.files.knowledge_base import load_knowledge
from escalate.files.patient_file import patient_of
from escalate.library.model import Library
from escalate.problems import InternalFault, PatientRefused
from escalate.texts import _

CHUNK = 1000
# So many parts wait in the pool per worker: enough to keep it busy, few enough to hold in memory.
_AHEAD = 2


@dataclass(frozen=True, slots=True)
class Knowledge:
    """What a worker needs to load the same knowledge base; `digest` says that it did."""

    folder: str | None
    language: str
    overlay: str | None
    digest: str

    def load(self) -> Library:
        """The library. Raises: InternalFault where the files changed meanwhile."""
        library = load_knowledge(self.folder, self.language, self.overlay)
        if library.digest != self.digest:
            raise InternalFault(_("the knowledge base changed while the registry was being read"))
        return library


def write_parts(
    documents: Iterable[Entry],
    folder: Path,
    knowledge: Knowledge,
    *,
    workers: int,
    today: date,
    as_of: date | None = None,
    size: int | None = None,
    done: Callable[[Part], None] = lambda part: None,
) -> list[Part]:
    """Read every document and write its facts to `folder/facts-000000.parquet` and so on.

    A part that stands in the folder is taken as it is; `escalate.cohort.resume` sees to it that it may be.

    Args:    workers, processes; 1 reads in this one. size, documents of a part. done, told of each part in
             their order.
    Returns: the parts in the order of the documents.
    """
    folder.mkdir(parents=True, exist_ok=True)
    jobs = (
        _Job(chunk, str(part_path(folder, number)), today, as_of)
        for number, chunk in enumerate(_chunks(documents, size or CHUNK))
    )
    parts = []
    seen: set[str] = set()
    for job, written in _run(jobs, knowledge, workers):
        part = _each_patient_once(written, job, seen)
        done(part)
        parts.append(part)
    return parts


@dataclass(frozen=True, slots=True)
class _Job:
    entries: Sequence[Entry]
    path: str
    today: date
    as_of: date | None


def _chunks(documents: Iterable[Entry], size: int) -> Iterator[Sequence[Entry]]:
    remaining = iter(documents)
    while chunk := tuple(islice(remaining, size)):
        yield chunk


def _each_patient_once(part: Part, job: _Job, seen: set[str]) -> Part:
    """The part without the documents whose patient stands in an earlier one: they are refused by name.

    Two documents of one patient would be counted as two, and compared with each other's verdicts. A part that
    is changed is taken away first, so that a run which dies here reads it anew.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    path = Path(job.path)
    repeated = []
    for patient in patients_of(path):
        repeated.append(patient in seen)
        seen.add(patient)
    if not any(repeated):
        return part
    unread = {one.row for one in part.refused}
    rows = [entry.row for entry in job.entries if entry.row not in unread]
    why = _("the patient stands in an earlier row")
    refused = {one.row: one for one in part.refused}
    refused |= {row: Refused(row, why) for row, again in zip(rows, repeated, strict=True) if again}
    table = pq.read_table(path).filter(pa.array([not again for again in repeated]))
    path.unlink()
    return write_part(table, path, tuple(refused[e.row] for e in job.entries if e.row in refused))


def _run(jobs: Iterable[_Job], knowledge: Knowledge, workers: int) -> Iterator[tuple[_Job, Part]]:
    if workers <= 1:
        _begin(knowledge)
        yield from ((job, _write(job)) for job in jobs)
        return
    # Spawned, not forked: the parent may hold threads of DuckDB or Arrow, which no fork survives.
    pool = ProcessPoolExecutor(workers, get_context("spawn"), initializer=_begin, initargs=(knowledge,))
    with pool:
        waiting: list[tuple[_Job, Future[Part]]] = []
        for job in jobs:
            waiting.append((job, _left(job) or pool.submit(_write, job)))
            if len(waiting) >= _AHEAD * workers:
                first, future = waiting.pop(0)
                yield first, future.result()
        for first, future in waiting:
            yield first, future.result()


def _left(job: _Job) -> Future[Part] | None:
    """A part of an earlier run, as if it had just been written: its documents go to no process."""
    part = left_whole(Path(job.path))
    if part is None:
        return None
    found: Future[Part] = Future()
    found.set_result(part)
    return found


# What each process works with, set before its first job.
_library: Library | None = None


def _begin(knowledge: Knowledge) -> None:
    global _library
    if _library is None or _library.digest != knowledge.digest:
        _library = knowledge.load()


def _write(job: _Job) -> Part:
    """One part, where no earlier run has left it whole."""
    assert _library is not None
    path = Path(job.path)
    if part := left_whole(path):
        return part
    columns = fact_columns(_library)
    read = [_row(entry, _library, columns, job) for entry in job.entries]
    rows = [row for row in read if isinstance(row, FactRow)]
    refused = tuple(row for row in read if isinstance(row, Refused))
    return write_part(table_of(rows, columns), path, refused)


def _row(entry: Entry, library: Library, columns: Sequence[FactColumn], job: _Job) -> FactRow | Refused:
    if entry.raw is None:
        return Refused(entry.row, entry.problem)
    name = entry.row if entry.row.lower().endswith((".yaml", ".yml")) else f"{entry.row}.json"
    try:
        patient = patient_of(entry.raw, name, library, as_of=job.as_of, today=job.today)
    except PatientRefused as refused:
        return Refused(entry.row, reason_of(refused, entry.places))
    return fact_row(patient.id, settled_facts(patient, library), columns)
