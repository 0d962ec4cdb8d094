"""What recording costs, and that eight writers at once keep one chain: 8 x 500, SQLite and PostgreSQL.

The reference is the same number of bare commits of the same text by one process, measured in the same run.

    python benchmarks/log_writers.py [ENTRIES_OF_EACH_WRITER]
"""

from __future__ import annotations

import os
import platform
import sqlite3
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from helpers_postgresql import running_server, server_programs  # noqa: E402

from escalate.files.decision_log.source import stored_rows  # noqa: E402
from escalate.files.decision_log.verify import tamperings  # noqa: E402

WRITERS = 8
TEXT = "x" * 4000  # as long as the verdicts of one assessment
WRITE = f"""
import sys
sys.path.insert(0, {str(ROOT)!r})
from escalate.files.decision_log.source import open_log
with open_log(sys.argv[1]) as log:
    for number in range(int(sys.argv[2])):
        log.append([{{"kind": "assessment", "text": {TEXT!r}}}])
"""


def bare_commits(folder: Path, count: int) -> float:
    """Seconds of `count` commits of one row each, one process, no chain."""
    with sqlite3.connect(folder / "bare.db", isolation_level=None) as database:
        database.execute("PRAGMA synchronous=EXTRA")
        database.execute("CREATE TABLE t (text TEXT)")
        start = time.perf_counter()
        for _number in range(count):
            database.execute("INSERT INTO t VALUES (?)", [TEXT])
        return time.perf_counter() - start


def all_writers(url: str, each: int) -> float:
    """Seconds until every writer is done; the chain is whole then."""
    start = time.perf_counter()
    writers = [subprocess.Popen([sys.executable, "-c", WRITE, url, str(each)]) for _number in range(WRITERS)]
    if any(writer.wait() for writer in writers):
        raise SystemExit("a writer failed")
    return time.perf_counter() - start


def report(name: str, url: str, each: int) -> None:
    seconds, count = all_writers(url, each), WRITERS * each
    start = time.perf_counter()
    found, head = tamperings(stored_rows(url))
    checked = time.perf_counter() - start
    if found or head.count != count:
        raise SystemExit(f"{name}: the chain is broken: {found}")
    print(f"{name:<11}{count} entries in {seconds:.1f} s, {1000 * seconds / count:.1f} ms each; "
          f"chain intact, checked in {checked:.2f} s")  # fmt: skip


def main() -> None:
    each = int(sys.argv[1]) if len(sys.argv) > 1 else 500
    print(f"Python {platform.python_version()}, {os.cpu_count()} cores, {WRITERS} writers x {each} entries")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        bare = bare_commits(folder, each)
        print(f"reference  {each} bare SQLite commits in {bare:.1f} s, {1000 * bare / each:.1f} ms each")
        report("SQLite", f"sqlite:///{folder / 'log.db'}", each)
    programs = server_programs()
    if programs is None:
        raise SystemExit("PostgreSQL is not installed: not measured")
    with running_server(programs, fsync="on") as server:
        report("PostgreSQL", server.create("log"), each)


if __name__ == "__main__":
    main()
