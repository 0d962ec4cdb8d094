"""The decision log in SQLite or PostgreSQL, by URL: one table, one code path.

    with DecisionLog("sqlite:///decisions.db") as log:
        head = log.append([entry])       # committed to disk when it returns
        for row in log.rows(): ...

Writers wait for each other (SQLite: BEGIN IMMEDIATE; PostgreSQL: an advisory lock), so that each one hangs
its entries on the last one that is there. The triggers hinder a careless change, they do not stop an owner of
the database: `escalate log verify` finds what was changed.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from types import TracebackType
from typing import Any

from sqlalchemy import (
    URL,
    BigInteger,
    Column,
    Connection,
    Engine,
    Integer,
    MetaData,
    Select,
    String,
    Table,
    Text,
    create_engine,
    event,
    func,
    insert,
    inspect,
    make_url,
    select,
)
from sqlalchemy.exc import ArgumentError, DBAPIError, SQLAlchemyError
from sqlalchemy.pool import NullPool

from escalate.files.decision_log.chain import Head, Row, next_row
from escalate.problems import LogFailed, LogUnreadable, NotInLog, UsageError
from escalate.texts import _

_METADATA = MetaData()
_LOG = Table(
    "decision_log",
    _METADATA,
    Column("number", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=False),
    Column("previous", String(64), nullable=False, unique=True),  # one entry behind each: never two chains
    Column("hash", String(64), nullable=False, unique=True),
    Column("entry", Text, nullable=False),
)
_ONLY_APPENDED = "the decision log is append-only"
_TRIGGERS = {
    "sqlite": (
        f"CREATE TRIGGER decision_log_update BEFORE UPDATE ON decision_log "
        f"BEGIN SELECT RAISE(ABORT, '{_ONLY_APPENDED}'); END",
        f"CREATE TRIGGER decision_log_delete BEFORE DELETE ON decision_log "
        f"BEGIN SELECT RAISE(ABORT, '{_ONLY_APPENDED}'); END",
        # INSERT OR REPLACE would otherwise get past the two above.
        f"CREATE TRIGGER decision_log_insert BEFORE INSERT ON decision_log "
        f"WHEN NEW.number <> (SELECT coalesce(max(number), 0) + 1 FROM decision_log) "
        f"BEGIN SELECT RAISE(ABORT, '{_ONLY_APPENDED}'); END",
    ),
    "postgresql": (
        f"CREATE OR REPLACE FUNCTION decision_log_append_only() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN RAISE EXCEPTION '{_ONLY_APPENDED}'; END $$",
        "CREATE TRIGGER decision_log_change BEFORE UPDATE OR DELETE OR TRUNCATE ON decision_log "
        "FOR EACH STATEMENT EXECUTE FUNCTION decision_log_append_only()",
    ),
}


@event.listens_for(_LOG, "after_create")
def _hindered(_table: Table, connection: Connection, **_more: Any) -> None:
    for statement in _TRIGGERS[connection.dialect.name]:
        connection.exec_driver_sql(statement)


_LOCK = 0x6573636C6F67  # any number; the same for every writer
_PAGE = 1000  # rows read at a time
_WAIT_S = 60  # for other writers; each of them needs milliseconds
# A server that has gone is noticed, also between two answers of it.
_POSTGRESQL = {
    "connect_timeout": 10,
    "tcp_user_timeout": 15_000,
    "options": f"-c lock_timeout={_WAIT_S}s -c synchronous_commit=on",
}


class DecisionLog:
    """One log. Every call opens a connection of its own, so threads and processes may share a URL."""

    def __init__(self, url: str) -> None:
        """Args: url, `sqlite:///file.db` or `postgresql+psycopg://user@host/database`. Raises: UsageError."""
        self._url = _checked(url)
        self.name = _name(self._url)
        self._engine = _engine(self._url)

    def __enter__(self) -> DecisionLog:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._engine.dispose()

    def append(self, entries: Sequence[Mapping[str, object]]) -> Head:
        """Record entries, all of them or none; the head of the log behind the last of them.

        Raises: LogFailed; it says whether nothing was recorded, or that this could not be found out.
        """
        try:
            self._make_file()
            connection = self._engine.connect()
        except (SQLAlchemyError, OSError) as fault:
            raise self._nothing_recorded(fault) from None
        with connection:
            try:
                rows = self._written(connection, entries)
            except SQLAlchemyError as fault:
                raise self._nothing_recorded(fault) from None
            head = Head(rows[-1].hash, rows[-1].place)
            try:
                connection.commit()
            except SQLAlchemyError as fault:
                if self._engine.dialect.name == "sqlite":
                    # The file is at hand, and a transaction that did not commit is rolled back.
                    raise self._nothing_recorded(fault) from None
                lost = fault
            else:
                return head
        # The server may have committed before the answer was lost: it is asked, on a new connection.
        if self._holds(head, lost):
            return head
        raise self._nothing_recorded(lost)

    def rows(self) -> Iterator[Row]:
        """Every entry, in the order of the places. Raises: UsageError where there is no such log."""
        # Page by page, each in a transaction of its own: a reader who takes his time holds up no writer.
        page = self._read(select(_LOG))
        while page:
            yield from page
            page = self._read(select(_LOG).where(_LOG.c.number > page[-1].place))

    def row(self, number: int) -> Row:
        """One entry. Raises: UsageError where there is none of this number."""
        for row in self._read(select(_LOG).where(_LOG.c.number == number)):
            return row
        raise NotInLog(_("{log}: there is no entry {number}").format(log=self.name, number=number))

    def reachable(self) -> bool:
        """Whether a connection can be had; nothing is written, and no file is made."""
        if self._url.get_backend_name() == "sqlite":
            file = str(self._url.database)
            return os.access(file if os.path.exists(file) else os.path.dirname(file) or ".", os.W_OK)
        try:
            with self._engine.connect():
                return True
        except SQLAlchemyError:
            return False

    def _read(self, query: Select[Any]) -> list[Row]:
        """The first rows of a query, by place."""
        if self._url.get_backend_name() == "sqlite" and not os.path.isfile(str(self._url.database)):
            raise NotInLog(_("{log}: there is no such file").format(log=self.name))  # SQLite would make it
        try:
            with self._engine.connect().execution_options(reading=True) as connection:
                if not inspect(connection).has_table(_LOG.name):
                    raise NotInLog(_("{log}: this database holds no decision log").format(log=self.name))
                found = connection.execute(query.order_by(_LOG.c.number).limit(_PAGE))
                return [Row(*row) for row in found]
        except SQLAlchemyError as fault:
            said = _("{log}: the decision log cannot be read: {why}")
            raise LogUnreadable(said.format(log=self.name, why=_why(fault))) from None

    def _written(self, connection: Connection, entries: Sequence[Mapping[str, object]]) -> list[Row]:
        """The rows of the entries, written in a transaction that is still open; no other writer is."""
        if self._engine.dialect.name == "postgresql":
            connection.execute(select(func.pg_advisory_xact_lock(_LOCK)))
        _METADATA.create_all(connection)
        found = connection.execute(select(_LOG).order_by(_LOG.c.number.desc()).limit(1)).first()
        last = Row(*found) if found is not None else None
        rows = []
        for entry in entries:
            last = next_row(last, entry)
            rows.append(last)
        columns = [column.name for column in _LOG.columns]
        connection.execute(
            insert(_LOG),
            [dict(zip(columns, (r.place, r.previous, r.hash, r.text), strict=True)) for r in rows],
        )
        return rows

    def _holds(self, head: Head, lost: SQLAlchemyError) -> bool:
        """Whether an entry was committed although the answer to the commit was lost."""
        try:
            with self._engine.connect() as connection:
                # Behind the lock: the lost transaction has ended, one way or the other.
                connection.execute(select(func.pg_advisory_xact_lock(_LOCK)))
                found = connection.execute(select(_LOG.c.number).where(_LOG.c.hash == head.hash)).first()
                return found is not None
        except SQLAlchemyError:
            said = _(
                "{log}: the connection was lost while entry {number} was recorded ({why}); whether it is "
                "there shows `escalate log show`, looking for {hash}"
            )
            raise LogFailed(
                said.format(log=self.name, number=head.count, why=_why(lost), hash=head.hash)
            ) from None

    def _nothing_recorded(self, fault: SQLAlchemyError | OSError) -> LogFailed:
        said = _("{log}: the decision log failed, nothing was recorded: {why}")
        return LogFailed(said.format(log=self.name, why=_why(fault)))

    def _make_file(self) -> None:
        """A new SQLite file is its owner's alone, as a report on a patient is."""
        if self._url.get_backend_name() == "sqlite":
            flags = os.O_CREAT | os.O_RDWR | os.O_CLOEXEC
            os.close(os.open(str(self._url.database), flags, 0o600))


def _checked(text: str) -> URL:
    help_ = _("a log is `sqlite:///file.db` or `postgresql+psycopg://user@host/database`")
    try:
        url = make_url(text)
    except (ArgumentError, ValueError):
        raise UsageError(_("this is not the address of a decision log; {help}").format(help=help_)) from None
    name = _name(url)
    if url.drivername in ("postgresql", "postgresql+psycopg"):
        return url.set(drivername="postgresql+psycopg")
    if url.drivername not in ("sqlite", "sqlite+pysqlite"):
        raise UsageError(_("`{url}` is no kind of decision log; {help}").format(url=name, help=help_))
    if url.database in (None, "", ":memory:") or str(url.database).startswith("file:") or url.query:
        raise UsageError(_("`{url}` names no file; {help}").format(url=name, help=help_))
    return url


def _name(url: URL) -> str:
    """The address without a password, which may stand in the query too."""
    return url.set(query={}).render_as_string(hide_password=True)


def _engine(url: URL) -> Engine:
    if url.get_backend_name() == "postgresql":
        return create_engine(url, poolclass=NullPool, connect_args=_POSTGRESQL)
    engine = create_engine(url, poolclass=NullPool, connect_args={"timeout": _WAIT_S})

    @event.listens_for(engine, "connect")
    def _connected(connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # transactions begin where we say so, not where the driver does
        connection.execute("PRAGMA synchronous=EXTRA")  # on disk when the commit returns, power cut included

    @event.listens_for(engine, "begin")
    def _begun(connection: Connection) -> None:
        # A reader needs no lock, and may read a copy that nobody can write to.
        reading = connection.get_execution_options().get("reading")
        connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")

    return engine


def _why(fault: SQLAlchemyError | OSError) -> str:
    """The database's own words in one line; never its parameters, which are a patient's."""
    if isinstance(fault, OSError):
        return fault.strerror or type(fault).__name__
    own = fault.orig if isinstance(fault, DBAPIError) else None
    lines = str(own or "").strip().splitlines()
    return lines[0] if lines else type(fault).__name__
