"""A decision log by its address: the URL of a database, or an exported file; SQLAlchemy only if needed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from escalate.files.decision_log.chain import Head, Row, plain
from escalate.files.decision_log.conference import Conference, Subject
from escalate.files.decision_log.entries import decision_entry
from escalate.files.decision_log.lines import rows_of
from escalate.files.decision_log.verify import tamperings
from escalate.problems import UsageError
from escalate.texts import _

if TYPE_CHECKING:
    from escalate.files.decision_log.database import DecisionLog

_HASH_DIGITS = 64


def open_log(url: str) -> DecisionLog:
    """The log of a URL; nothing is connected yet.

    Raises: UsageError where the URL is none, or SQLAlchemy is not installed.
    """
    try:
        from escalate.files.decision_log.database import DecisionLog

        return DecisionLog(url)
    except ImportError:  # of SQLAlchemy, or of the driver that the URL needs
        raise UsageError(
            _("SQLAlchemy is not installed; it comes with `pip install 'escalate[log]'`")
        ) from None


def stored_rows(source: str) -> Iterable[Row]:
    """Every entry of a URL or of an exported file. Raises: UsageError where it cannot be read."""
    return open_log(source).rows() if "://" in source else rows_of(Path(source))


def shown(source: str) -> str:
    """The address as it may be printed: a password in it is not."""
    return open_log(source).name if "://" in source else source


def read_head(text: str) -> Head:
    """`HASH:COUNT`, as `escalate log verify` prints it. Raises: UsageError for anything else."""
    hashed, colon, count = text.strip().rpartition(":")
    digits = set("0123456789abcdef")
    if not colon or len(hashed) != _HASH_DIGITS or not set(hashed) <= digits or not count.isdecimal():
        raise UsageError(
            _("--head {head}: a head is HASH:COUNT, as `escalate log verify` prints it").format(head=text)
        )
    return Head(hashed, int(count))


def record(url: str, entries: Sequence[Mapping[str, object]]) -> Head:
    """Record entries, all or none; committed when this returns. Raises: UsageError, LogFailed."""
    with open_log(url) as log:
        return log.append(entries)


def record_decision(
    url: str,
    number: int,
    *,
    subject: Subject,
    decision: str,
    reason: str,
    now: datetime,
    conference: Conference | None = None,
) -> Head:
    """Record what the conference decided about the assessment with this number.

    Args:   subject, the therapy or the other way that was decided about; decision, one of
            `conference.DECISIONS`; reason, in the conference's own words; now, with its zone;
            conference, who sat there, what would stop it, when it is looked at again.
    Raises: UsageError where there is no such assessment, it was tampered with, or the decision departs from
            its verdict without a reason; LogFailed.
    """
    with open_log(url) as log:
        row = log.row(number)
        assessed = plain(row.text)
        if assessed is None or any(found.number == number for found in tamperings([row])[0]):
            raise UsageError(_("entry {number} was altered").format(number=number))
        entry = decision_entry(
            number,
            assessed,
            row.hash,
            subject=subject,
            decision=decision,
            reason=reason,
            now=now,
            conference=conference,
        )
        return log.append([entry])
