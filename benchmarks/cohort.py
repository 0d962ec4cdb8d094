"""A million patients of fact columns through every rule, on this machine's cores.

The facts are those of the reference cohort, drawn with repetition, 3 of 100 cells blanked. References in the
same run: a loop of `assess` without a report, and the evaluator alone. Wanted: at least 50 times the rate of
the loop, under 8 GB, and ten times the patients within eleven times the time. Nested patients to facts stand
beside it; they are read once.
"""

from __future__ import annotations

import gzip
import os
import resource
import subprocess
import sys
import tempfile
import time
from datetime import date
from pathlib import Path

from escalate import assess, load_knowledge
from escalate.cohort.columns import PATIENT, fact_columns, rules_of
from escalate.cohort.engines import DuckDB
from escalate.cohort.facts import arrow_schema
from escalate.cohort.nested import Knowledge, write_parts
from escalate.cohort.registry import Entry
from escalate.cohort.relational.query import verdicts
from escalate.engine import kleene
from escalate.files.patient_file import patient_of
from escalate.patient.facts import PatientFacts

REFERENCE = Path(__file__).parent.parent / "tests" / "cohort" / "reference.jsonl.gz"
TODAY = date(2026, 10, 12)
SMALL, LARGE = 100_000, 1_000_000
ONE_BY_ONE = 200
WANTED_RATIO, WANTED_GROWTH, WANTED_GIB = 50, 11, 8
CHUNK = 50_000
BLANK = 0.03


def main() -> None:
    """Measure and print."""
    library = load_knowledge()
    lines = gzip.decompress(REFERENCE.read_bytes()).splitlines()
    cores = os.cpu_count() or 1
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        begun = time.perf_counter()
        knowledge = Knowledge(None, "en", None, library.digest)
        entries = [Entry(f"reference.jsonl:{number}", line) for number, line in enumerate(lines, start=1)]
        write_parts(entries, folder / "nested", knowledge, workers=cores, today=TODAY)
        nested = len(lines) / (time.perf_counter() - begun)
        _enlarge(folder / "nested", folder / "facts")
        loop, evaluator = _one_by_one(lines[:: len(lines) // ONE_BY_ONE])
        small, _ = _in_a_process_of_its_own(folder, SMALL)
        large, gib = _in_a_process_of_its_own(folder, LARGE)
    rate = LARGE / large
    rules = len(rules_of(library).rules)
    read = f"{rules} rules, {len(fact_columns(library))} facts, {len(library.therapies)} therapies"
    print(f"{read}, {cores} cores")
    print(f"one query, {LARGE:,} patients     {large:8.1f} s  {rate:10.0f} patients/s, at most {gib:.1f} GiB")
    print(f"one query, {SMALL:,} patients       {small:8.1f} s  {SMALL / small:10.0f} patients/s")
    print(f"evaluator alone, one core    {evaluator:10.0f} patients/s, the query is {rate / evaluator:.0f} x")
    print(f"loop of assess, no report              {loop:10.0f} patients/s, the query is {rate / loop:.0f} x")
    print(f"nested patients to facts, {cores} processes {nested:12.0f} patients/s")
    _say(
        f"throughput against the loop {rate / loop:.0f} x, wanted {WANTED_RATIO}", rate / loop >= WANTED_RATIO
    )
    _say(
        f"ten times the patients {large / small:.1f} x the time, wanted {WANTED_GROWTH}",
        large / small <= WANTED_GROWTH,
    )
    _say(f"memory {gib:.1f} GiB, wanted under {WANTED_GIB}", gib < WANTED_GIB)


def _enlarge(nested: Path, facts: Path) -> None:
    """A million rows in files of fifty thousand: drawn rows with drawn cells blanked, from one seed."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.compute as pc
    import pyarrow.parquet as pq

    facts.mkdir()
    real = pq.read_table(sorted(nested.glob("*.parquet")))
    schema = arrow_schema(fact_columns(load_knowledge()))
    for number in range(LARGE // CHUNK):
        draw = np.random.default_rng((8, number))
        rows = real.take(pa.array(draw.integers(0, real.num_rows, CHUNK)))
        columns = [pa.array([f"p{number * CHUNK + row}" for row in range(CHUNK)])]
        for field in list(schema)[1:]:
            keep = pa.array(draw.random(CHUNK) >= BLANK)
            column = rows[field.name].combine_chunks()
            # A list is not blanked: what would settle a fact is no fact.
            columns.append(column if pa.types.is_list(field.type) else pc.if_else(keep, column, None))
        table = pa.Table.from_arrays(columns, names=[PATIENT, *schema.names[1:]])
        pq.write_table(table, facts / f"{number:03}.parquet", compression="zstd")


def _one_by_one(lines: list[bytes]) -> tuple[float, float]:
    """Patients per second of a loop of `assess`, and of the evaluator on facts that are already there."""
    library = load_knowledge()
    patients = [patient_of(line, "patient.json", library, today=TODAY) for line in lines]
    assess(patients[0], library)
    begun = time.perf_counter()
    for patient in patients:
        assess(patient, library)
    loop = len(patients) / (time.perf_counter() - begun)
    rulebase = rules_of(library)
    facts = [dict(PatientFacts(patient, library)) for patient in patients]
    begun = time.perf_counter()
    for known in facts:
        kleene.run(rulebase, known)
    return loop, len(patients) / (time.perf_counter() - begun)


def _in_a_process_of_its_own(folder: Path, count: int) -> tuple[float, float]:
    """Seconds from nothing to the written verdicts, and the most memory that was held, in GiB."""
    command = [sys.executable, __file__, "--judge", str(folder), str(count)]
    seconds, kib = subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()
    return float(seconds), float(kib) / 2**20


def _judge(folder: Path, count: int) -> None:
    library = load_knowledge()
    parts = sorted((folder / "facts").glob("*.parquet"))[: count // CHUNK]
    begun = time.perf_counter()
    engine = DuckDB()
    engine.write(verdicts, parts, library, folder / f"verdicts-{count}.parquet")
    seconds = time.perf_counter() - begun
    print(seconds, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)


def _say(line: str, holds: bool) -> None:
    print(f"{'met   ' if holds else 'MISSED'} {line}")


if __name__ == "__main__":
    if sys.argv[1:2] == ["--judge"]:
        _judge(Path(sys.argv[2]), int(sys.argv[3]))
    else:
        main()
