"""The decision log on a real PostgreSQL server: the same promises, and a line that is cut."""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterator
from itertools import count

import psycopg
import pytest
from click.testing import CliRunner
from helpers_log import ROOT, assert_one_chain_of_eight_writers, head_of, killed_after, kinds
from helpers_postgresql import Line, Server, running_server, server_programs

from escalate.commands import cli
from escalate.files.decision_log.chain import Head, plain
from escalate.files.decision_log.source import record, stored_rows
from escalate.problems import LogFailed, UsageError

NOT_TESTED = (
    "PostgreSQL is not installed: the decision log was NOT tested on a real server "
    "(`apt-get install postgresql`, which `make test` does as root)"
)
_number = count(1)


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    programs = server_programs()
    if programs is None:
        if os.environ.get("CI") == "true":
            pytest.fail(NOT_TESTED)
        warnings.warn(NOT_TESTED, stacklevel=1)
        pytest.skip(NOT_TESTED)
    with running_server(programs) as one:
        yield one


@pytest.fixture
def database(server: Server) -> str:
    """The name of a database of the test's own."""
    name = f"log{next(_number)}"
    server.create(name)
    return name


@pytest.fixture
def url(server: Server, database: str) -> str:
    return server.url(database)


def plainly(url: str) -> psycopg.Connection[tuple[object, ...]]:
    return psycopg.connect(url.replace("+psycopg", ""), autocommit=True)


def test_an_assessment_is_recorded_shown_verified_and_replayed(url: str) -> None:
    """Every command with the URL of a server."""
    patient = str(ROOT / "examples" / "refractory-antisynthetase.yaml")
    runs = [
        CliRunner().invoke(cli, arguments)
        for arguments in (
            ("assess", patient, "--log", url, "--log-input"),
            ("log", "show", url),
            ("log", "verify", url),
            ("log", "export", url),
            ("replay", url),
        )
    ]

    assert [done.exit_code for done in runs] == [0] * 5
    assert "1 replayed, 1 the same" in runs[-1].stdout


def test_entries_come_back_as_they_were_written(url: str) -> None:
    """Chained and numbered, more than one page of them, with characters that a database may stumble over."""
    head = record(url, [{"kind": "assessment", "text": "ß \u2028 \x00 ☂", "n": n} for n in range(1200)])
    rows = list(stored_rows(url))

    assert [(plain(row.text) or {})["n"] for row in rows] == list(range(1200))
    assert (plain(rows[0].text) or {})["text"] == "ß \u2028 \x00 ☂"
    assert kinds(rows, head) == []


@pytest.mark.parametrize(
    "statement",
    ["UPDATE decision_log SET entry = ''", "DELETE FROM decision_log", "TRUNCATE decision_log"],
)
def test_the_database_refuses_a_change_by_accident(url: str, statement: str) -> None:
    """No update, no deletion."""
    record(url, [{"kind": "assessment"}] * 2)

    with plainly(url) as database, pytest.raises(psycopg.errors.RaiseException, match="append-only"):
        database.execute(statement)  # type: ignore[call-overload]
    assert kinds(list(stored_rows(url))) == []


def test_tampering_by_an_owner_is_named(url: str) -> None:
    """Who switches the trigger off."""
    noted = record(url, [{"kind": "assessment"}] * 9)
    with plainly(url) as database:
        database.execute("ALTER TABLE decision_log DISABLE TRIGGER USER")
        database.execute("UPDATE decision_log SET entry = replace(entry, 'ass', 'x') WHERE number = 2")
        database.execute("DELETE FROM decision_log WHERE number IN (5, 9)")

    assert kinds(list(stored_rows(url)), noted) == [(2, "altered"), (5, "removed"), (9, "truncated")]


def test_a_database_without_a_log_is_named(url: str) -> None:
    """Reading makes no table."""
    for _time in range(2):
        with pytest.raises(UsageError, match="holds no decision log"):
            list(stored_rows(url))


def test_eight_writers_keep_one_chain(url: str) -> None:
    """From the first entry on: the table is made once."""
    assert_one_chain_of_eight_writers(url, 15)


def test_kill_leaves_whole_entries(url: str) -> None:
    """At any moment: pairs stay pairs, what was said to be recorded is there, writing goes on."""
    said = [killed_after(url, count) for count in range(1, 4)]
    rows = list(stored_rows(url))

    assert len(rows) % 2 == 0
    assert {head for head in said if head} <= {str(Head(row.hash, row.place)) for row in rows}
    assert kinds(rows) == []


def test_a_server_that_falls_over_keeps_what_was_recorded(server: Server, url: str) -> None:
    """Stopped as by a power cut; while it is away nothing is recorded, and that is said."""
    head = record(url, [{"kind": "assessment"}] * 3)
    server.stop()
    try:
        with pytest.raises(LogFailed, match="nothing was recorded"):
            record(url, [{"kind": "assessment"}])
    finally:
        server.start()

    assert head_of(list(stored_rows(url))) == head
    assert record(url, [{"kind": "assessment"}]).count == 4


def through(server: Server, database: str, *, reaches: bool, again: bool) -> Head:
    """Record one entry over a line that breaks at the commit, behind two that are there."""
    record(server.url(database), [{"kind": "assessment"}] * 2)
    line = Line(server.port, reaches=reaches, again=again)
    try:
        return record(server.url(database, line.port), [{"kind": "assessment", "late": True}])
    finally:
        line.close()


def test_a_commit_whose_answer_was_lost_is_found_to_be_recorded(server: Server, database: str) -> None:
    """It got there: asked again on a new connection; there once."""
    head = through(server, database, reaches=True, again=True)

    assert head_of(list(stored_rows(server.url(database)))) == head
    assert head.count == 3


def test_a_commit_that_did_not_get_there_is_not_recorded(server: Server, database: str) -> None:
    """And is said not to be."""
    with pytest.raises(LogFailed, match="nothing was recorded"):
        through(server, database, reaches=False, again=True)

    assert len(list(stored_rows(server.url(database)))) == 2


def test_where_nobody_can_be_asked_it_is_said_that_nobody_knows(server: Server, database: str) -> None:
    """With the hash to look for, which is that of the entry."""
    with pytest.raises(LogFailed, match="whether it is there") as fault:
        through(server, database, reaches=True, again=False)

    assert head_of(list(stored_rows(server.url(database)))).hash in str(fault.value)
