"""The decision log: one chain, whole entries, and every kind of tampering named."""

from __future__ import annotations

import json
import os
import random
import sqlite3
import stat
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from helpers_log import Rows, assert_one_chain_of_eight_writers, head_of, killed_after, kinds

from escalate.commands import cli
from escalate.files.decision_log.chain import Head, Row, canonical, chained, next_row, plain
from escalate.files.decision_log.conference import Subject
from escalate.files.decision_log.entries import pseudonym_digest
from escalate.files.decision_log.lines import rows_of
from escalate.files.decision_log.source import open_log, record, record_decision, stored_rows
from escalate.problems import LogFailed, UsageError

ROOT = Path(__file__).parent.parent
COMPLETE = ROOT / "examples" / "refractory-antisynthetase.yaml"
NOW = datetime(2026, 10, 12, 9, 30, tzinfo=UTC)


def run(*arguments: str) -> Result:
    return CliRunner().invoke(cli, arguments)


def spawned(*arguments: str, **more: object) -> subprocess.CompletedProcess[str]:
    """The command in a process of its own, so that its exit status is that of a shell."""
    command = [sys.executable, "-m", "escalate", *arguments]
    where = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.run(command, env=where, capture_output=True, text=True, timeout=120, **more)  # type: ignore[call-overload, no-any-return]


def chain(count: int) -> Rows:
    """Rows of a sound log."""
    rows: Rows = []
    for number in range(1, count + 1):
        rows.append(next_row(rows[-1] if rows else None, {"kind": "assessment", "patient": f"p{number}"}))
    return rows


def forged(number: int, previous: str, place: int | None = None) -> Row:
    """An entry nobody wrote, sound in itself."""
    text = canonical({"kind": "assessment", "patient": "forged", "number": number})
    return Row(place or number, previous, chained(previous, text), text)


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'decisions.db'}"


# -- the chain


@pytest.mark.parametrize("count", [0, 1, 7])
def test_an_untouched_log_holds(count: int) -> None:
    """Whatever its length."""
    rows = chain(count)

    assert kinds(rows, head_of(rows) if rows else Head("0" * 64, 0)) == []


@pytest.mark.parametrize("number", [1, 3, 5])
@pytest.mark.parametrize("part", ["text", "hash", "previous"])
def test_an_altered_entry_is_named(number: int, part: str) -> None:
    """Its text, its hash or the hash before it; the first, the last, one between; and no other entry."""
    rows = chain(5)
    old = getattr(rows[number - 1], part)
    rows[number - 1] = replace(
        rows[number - 1], **{part: old.replace(old[5], "x" if old[5] != "x" else "y", 1)}
    )

    assert kinds(rows) == [(number, "altered")]


@pytest.mark.parametrize("number", [1, 2, 4])
def test_an_entry_that_was_hashed_anew_is_named(number: int) -> None:
    """It fits itself; the next one was chained to another."""
    rows = chain(5)
    rows[number - 1] = forged(number, rows[number - 1].previous)

    assert kinds(rows) == [(number, "altered")]


@pytest.mark.parametrize("gone", [[1], [3], [2, 3], [1, 4]])
@pytest.mark.parametrize("closed", [False, True])
def test_removed_entries_are_named(gone: list[int], closed: bool) -> None:
    """Whether or not the places behind them were closed up."""
    rows = [row for row in chain(5) if row.place not in gone]
    if closed:
        rows = [replace(row, place=place) for place, row in enumerate(rows, start=1)]

    assert kinds(rows) == [(number, "removed") for number in gone]


def test_an_inserted_entry_is_named() -> None:
    """One of the same number beside the true one, a copy, and one that hangs on the wrong entry."""
    rows = chain(5)
    second = forged(4, rows[2].hash)

    assert kinds([*rows[:3], second, *rows[3:]]) == [(4, "inserted")]
    assert kinds([*rows[:4], second, rows[4]]) == [(4, "inserted")]
    assert kinds([*rows[:3], rows[1], *rows[3:]]) == [(2, "inserted")]
    assert kinds([*rows, forged(6, rows[1].hash)]) == [(6, "inserted")]
    assert kinds([*rows, forged(5, rows[3].hash, place=6)]) == [(5, "inserted")]


def test_reordered_entries_are_named() -> None:
    """Two that changed places, whether they kept their numbers or took the other's."""
    rows = chain(5)
    swapped = [rows[0], rows[1], rows[3], rows[2], rows[4]]

    assert kinds(swapped) == [(3, "reordered")]
    assert kinds([replace(row, place=n) for n, row in enumerate(swapped, start=1)]) == [(3, "reordered")]
    assert kinds([*rows[:4], replace(rows[4], place=9)]) == [(5, "reordered")]


def test_a_cut_off_end_is_named_by_the_head() -> None:
    """The chain alone cannot know; the head that was noted does. Later entries are no fault."""
    rows = chain(5)

    assert kinds(rows[:3]) == []
    assert kinds(rows[:3], head_of(rows)) == [(4, "truncated")]
    assert kinds([], head_of(rows)) == [(1, "truncated")]
    assert kinds(rows, head_of(rows[:3])) == []


def test_a_log_that_was_written_anew_is_named_by_the_head() -> None:
    """Everything from the forged entry on is sound in itself."""
    rows = chain(5)
    anew = [*rows[:2], forged(3, rows[1].hash)]
    anew.append(next_row(anew[-1], {"kind": "assessment"}))
    anew.append(next_row(anew[-1], {"kind": "assessment"}))

    assert kinds(anew) == []
    assert kinds(anew, head_of(rows)) == [(5, "altered")]


@pytest.mark.parametrize("seed", range(40))
def test_no_single_change_goes_unseen(seed: int) -> None:
    """A character altered, an entry removed, doubled or moved, anywhere in the middle of a log."""
    dice = random.Random(seed)
    rows = chain(12)
    at = dice.randrange(11)
    match seed % 4:
        case 0:
            text, spot = rows[at].text, dice.randrange(len(rows[at].text))
            rows[at] = replace(rows[at], text=text[:spot] + chr(ord(text[spot]) ^ 1) + text[spot + 1 :])
        case 1:
            del rows[at]
        case 2:
            rows.insert(dice.randrange(12), rows[at])
        case 3:
            rows[at], rows[at + 1] = rows[at + 1], rows[at]

    assert kinds(rows) != []


def test_a_text_with_a_key_twice_is_no_entry() -> None:
    """Of two equal keys a reader would see one."""
    assert plain('{"number":1,"number":2}') is None


# -- SQLite


def test_entries_come_back_as_they_were_written(url: str) -> None:
    """Chained, numbered, in a file that only its owner reads."""
    head = record(url, [{"kind": "assessment", "text": "ß \u2028 \x00 ☂"}, {"kind": "decision"}])
    rows = list(stored_rows(url))

    assert [plain(row.text) for row in rows] == [
        {"kind": "assessment", "text": "ß \u2028 \x00 ☂", "number": 1},
        {"kind": "decision", "number": 2},
    ]
    assert kinds(rows, head) == []
    assert stat.S_IMODE(os.stat(url.removeprefix("sqlite:///")).st_mode) == 0o600


def test_the_database_refuses_a_change_by_accident(url: str) -> None:
    """No update, no deletion, no replacement, no gap."""
    record(url, [{"kind": "assessment"}] * 3)
    statements = (
        "UPDATE decision_log SET entry = ''",
        "DELETE FROM decision_log",
        "INSERT OR REPLACE INTO decision_log VALUES (2, 'a', 'b', '{}')",
        "INSERT INTO decision_log VALUES (9, 'a', 'b', '{}')",
    )
    with sqlite3.connect(url.removeprefix("sqlite:///")) as database:
        for statement in statements:
            with pytest.raises(sqlite3.IntegrityError, match="append-only"):
                database.execute(statement)

    assert kinds(list(stored_rows(url))) == []


def test_tampering_in_the_file_is_named_by_the_command(url: str) -> None:
    """By somebody who removes the triggers first; exit status 1, each entry in a line."""
    noted = record(url, [{"kind": "assessment"}] * 9)
    with sqlite3.connect(url.removeprefix("sqlite:///")) as database:
        for trigger in ("update", "delete", "insert"):
            database.execute(f"DROP TRIGGER decision_log_{trigger}")
        database.execute(
            "UPDATE decision_log SET entry = replace(entry, 'assessment', 'nothing') WHERE number = 2"
        )
        database.execute("DELETE FROM decision_log WHERE number IN (5, 9)")
    done = run("log", "verify", url, "--head", str(noted))

    assert done.exit_code == 1
    assert [line.split(":")[:2] for line in done.stderr.splitlines()] == [
        ["entry 2", " altered"],
        ["entry 5", " removed"],
        ["entry 9", " truncated"],
    ]


def test_verify_prints_the_head_that_it_takes_again(url: str) -> None:
    """And json says the same."""
    head = record(url, [{"kind": "assessment"}])

    assert run("log", "verify", url).stdout == f"1 entry, the chain holds; head {head}\n"
    assert json.loads(run("log", "verify", url, "--format", "json", "--head", str(head)).stdout) == {
        "intact": True,
        "head": str(head),
        "found": [],
    }


def test_an_export_is_checked_like_the_log_itself(url: str, tmp_path: Path) -> None:
    """The same rows; an altered line is named, whitespace and the order of keys are nothing."""
    record(url, [{"kind": "assessment", "n": number} for number in range(3)])
    file = tmp_path / "log.jsonl"

    assert run("log", "export", url, "-o", str(file)).exit_code == 0
    assert list(rows_of(file)) == list(stored_rows(url))
    lines = [
        json.dumps(json.loads(line), indent=None, sort_keys=True) for line in file.read_text().splitlines()
    ]
    file.write_text("\n".join(lines).replace('"n": 1', '"n":  7'))
    assert run("log", "verify", str(file)).stderr.startswith("entry 2: altered")


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("sqlite://", "names no file"),
        ("sqlite:///:memory:", "names no file"),
        ("sqlite:///x.db?mode=ro", "names no file"),
        ("mysql://root:secret@host/d", "no kind of decision log"),
        ("://", "not the address"),
        ("decisions.db", "not the address"),
    ],
)
def test_a_wrong_address_is_wrong_use(address: str, said: str) -> None:
    """Said before anything is assessed, and without the password."""
    done = spawned("assess", str(COMPLETE), "--log", address)

    assert (done.returncode, done.stdout) == (2, "")
    assert said in done.stderr
    assert "secret" not in done.stderr


@pytest.mark.parametrize("command", ["show", "verify", "export"])
def test_reading_makes_no_log(command: str, tmp_path: Path) -> None:
    """A misspelt name is an error, not an empty log that holds."""
    missing = tmp_path / "none.db"
    done = spawned("log", command, f"sqlite:///{missing}")

    assert (done.returncode, done.stdout, missing.exists()) == (2, "", False)
    assert "no such file" in done.stderr


# -- what an assessment leaves


def test_an_assessment_leaves_digests_and_verdicts(url: str) -> None:
    """Without the file no fact of the patient is in the log, nor the pseudonym."""
    done = run("assess", str(COMPLETE), "--log", url, "--format", "json")
    report = json.loads(done.stdout)
    entry = plain(next(iter(stored_rows(url))).text)

    assert entry is not None
    assert entry["patient"] == pseudonym_digest(report["patient"]["id"])
    assert entry["input"] == {"sha256": report["patient"]["sha256"]}
    assert entry["knowledge"] == report["knowledge"]
    assert {t: v["verdict"] for t, v in entry["verdicts"].items()} == {  # type: ignore[attr-defined]
        **{one["therapy"]: one["verdict"] for one in report["options"]},
        **{one["therapy"]: "not_indicated" for one in report["not_indicated"]},
    }
    assert report["patient"]["id"] not in json.dumps(entry)


def test_the_report_is_the_same_with_a_log(url: str) -> None:
    """What is recorded is said on standard error."""
    with_log, without = run("assess", str(COMPLETE), "--log", url), run("assess", str(COMPLETE))

    assert with_log.stdout == without.stdout
    assert with_log.stderr.startswith("escalate: recorded 1 assessment in the decision log; its head is ")


def test_the_file_is_kept_on_request_only(url: str) -> None:
    """To the byte."""
    run("assess", str(COMPLETE), "--log", url, "--log-input")
    entry = plain(next(iter(stored_rows(url))).text)

    assert entry is not None
    assert entry["input"]["text"].encode() == COMPLETE.read_bytes()  # type: ignore[index]
    assert spawned("assess", str(COMPLETE), "--log-input").returncode == 2


def test_a_refused_file_is_not_recorded(url: str, tmp_path: Path) -> None:
    """The others are, in the order of the call."""
    bad = tmp_path / "bad.yaml"
    bad.write_text("schema: escalate/patient/v1\n")
    done = run("assess", str(COMPLETE), str(bad), str(COMPLETE), "--log", url, "--format", "json")

    assert done.exit_code == 3
    assert len(list(stored_rows(url))) == 2


def test_show_prints_what_an_entry_holds(url: str) -> None:
    """Verdicts with their rules, and the decision with its reason."""
    run("assess", str(COMPLETE), "--log", url)
    record_decision(
        url, 1, subject=Subject("ivig"), decision="chosen", reason="Swallowing \x1b[31m first", now=NOW
    )
    told = run("log", "show", url).stdout

    assert "teclistamab: propose (P-ASYS-ILD-S5-TECL)" in told
    assert "ivig (propose): chosen" in told
    assert "reason: Swallowing \\x1b[31m first" in told
    assert len(run("log", "show", url, "--number", "2").stdout.splitlines()) == 3


@pytest.mark.parametrize(
    ("number", "therapy", "decision", "said"),
    [
        (9, "ivig", "chosen", "no entry 9"),
        (1, "ivig", "maybe", "not one of"),
        (1, "aspirin", "chosen", "does not look at"),
        (2, "ivig", "chosen", "no assessment"),
    ],
)
def test_a_decision_belongs_to_an_assessment(
    url: str, number: int, therapy: str, decision: str, said: str
) -> None:
    """One that the log holds, of a therapy that was looked at."""
    run("assess", str(COMPLETE), "--log", url)
    record_decision(url, 1, subject=Subject("ivig"), decision="chosen", reason="", now=NOW)

    with pytest.raises(UsageError, match=said):
        record_decision(url, number, subject=Subject(therapy), decision=decision, reason="", now=NOW)


# -- what goes wrong


def test_kill_leaves_whole_entries(url: str) -> None:
    """Six times, at any moment: pairs stay pairs, what was said to be recorded is there, writing goes on."""
    said = [killed_after(url, count) for count in range(1, 7)]
    rows = list(stored_rows(url))

    assert len(rows) % 2 == 0
    assert len(rows) >= 2 * sum(range(1, 7))
    assert {head for head in said if head} <= {str(Head(row.hash, row.place)) for row in rows}
    assert kinds(rows) == []


FULL = """
import resource, sys
sys.path.insert(0, sys.argv[1])
from escalate.files.decision_log.source import record
from escalate.problems import LogFailed
resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000))
done = 0
try:
    while True:
        head = record(sys.argv[2], [{"kind": "assessment", "text": "x" * 20_000}])
except LogFailed as fault:
    print(head)
    print(fault)
"""


def test_a_full_disk_records_nothing_and_says_so(url: str) -> None:
    """The log as it was before holds, and takes entries again once there is room."""
    done = subprocess.run(
        [sys.executable, "-c", FULL, str(ROOT), url], capture_output=True, text=True, timeout=60, check=True
    )
    head, said = done.stdout.splitlines()
    rows = list(stored_rows(url))

    assert "nothing was recorded" in said
    assert str(head_of(rows)) == head
    assert kinds(rows) == []
    assert record(url, [{"kind": "assessment"}]).count == len(rows) + 1


def test_an_answer_that_is_not_recorded_is_not_given(tmp_path: Path) -> None:
    """No log, no report: exit status 70."""
    done = spawned("assess", str(COMPLETE), "--log", f"sqlite:///{tmp_path}/none/decisions.db")

    assert (done.returncode, done.stdout) == (70, "")
    assert "nothing was recorded" in done.stderr


def test_a_file_that_is_no_database_is_left_alone(tmp_path: Path) -> None:
    """Somebody else's file is not written to."""
    other = tmp_path / "letter.txt"
    other.write_text("Dear colleague, " * 200)

    with pytest.raises(LogFailed, match="not a database"):
        record(f"sqlite:///{other}", [{"kind": "assessment"}])
    assert other.read_text() == "Dear colleague, " * 200


def test_eight_writers_keep_one_chain(url: str) -> None:
    """In SQLite, from the first entry on: the table is made once."""
    assert_one_chain_of_eight_writers(url, 15)


def test_threads_of_one_process_share_a_log(url: str) -> None:
    """A service records from many threads."""
    with open_log(url) as log, ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda number: log.append([{"kind": "assessment", "n": number}]), range(40)))

    assert len(list(stored_rows(url))) == 40
    assert kinds(list(stored_rows(url))) == []
