"""What the tests of the decision log share: writers to kill or to run at once, and how a log is judged."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from escalate.files.decision_log.chain import Head, Row, plain
from escalate.files.decision_log.source import stored_rows
from escalate.files.decision_log.verify import tamperings

ROOT = Path(__file__).parent.parent
Rows = list[Row]


def kinds(rows: Rows, head: Head | None = None) -> list[tuple[int, str]]:
    return [(one.number, one.kind) for one in tamperings(rows, head)[0]]


def head_of(rows: Rows) -> Head:
    return Head(rows[-1].hash, rows[-1].place)


def writer(url: str, *more: str) -> subprocess.Popen[str]:
    """A process that records entries of two until it is stopped; it prints each head once it is recorded."""
    code = (
        "import sys; sys.path.insert(0, sys.argv[1])\n"
        "from escalate.files.decision_log.source import record\n"
        "while True:\n"
        "    pair = [{'kind': 'assessment', 'half': h, 'text': 'x' * 20000} for h in (1, 2)]\n"
        "    print(record(sys.argv[2], pair), flush=True)\n"
    )
    command = [sys.executable, "-c", code, str(ROOT), url]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def killed_after(url: str, count: int) -> str:
    """The last head that a writer said was recorded before it was killed; then in the middle of something."""
    process = writer(url)
    assert process.stdout is not None
    for _number in range(count):
        process.stdout.readline()
    process.kill()
    said = process.stdout.read().splitlines()
    process.wait()
    return said[-1] if said else ""


WRITE = """
import sys
sys.path.insert(0, sys.argv[1])
from escalate.files.decision_log.source import open_log
with open_log(sys.argv[2]) as log:
    for number in range(int(sys.argv[4])):
        log.append([{"kind": "assessment", "writer": int(sys.argv[3]), "its": number}])
"""


def assert_one_chain_of_eight_writers(url: str, each: int) -> None:
    """Eight processes at once: every entry of every writer, in its own order, in one chain."""
    command = [sys.executable, "-c", WRITE, str(ROOT), url]
    processes = [subprocess.Popen([*command, str(number), str(each)]) for number in range(8)]
    assert [process.wait(timeout=120) for process in processes] == [0] * 8
    rows = list(stored_rows(url))
    entries = [plain(row.text) or {} for row in rows]

    assert kinds(rows) == []
    assert len(rows) == 8 * each
    for number in range(8):
        assert [e["its"] for e in entries if e["writer"] == number] == list(range(each))
