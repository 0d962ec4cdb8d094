"""The decision log of a service: an assessment is in it before anybody gets the answer."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from functools import partial

from escalate.files.decision_log.chain import Head
from escalate.files.decision_log.conference import Subject
from escalate.files.decision_log.source import open_log, record_decision
from escalate.problems import LogFailed, LogUnreadable, NotInLog
from escalate.service.answers import Recording
from escalate.service.details import Refusal
from escalate.service.knowledge import Knowledge
from escalate.service.metrics import Metrics
from escalate.service.settings import Settings
from escalate.service.work import Work
from escalate.texts import _


class Logbook:
    """Writes off the event loop; without a URL nothing is recorded."""

    def __init__(self, settings: Settings, knowledge: Knowledge, work: Work, metrics: Metrics) -> None:
        """Raises: UsageError where the address of the log is wrong."""
        self._url, self._keep_input = settings.log_url, settings.log_input
        self._knowledge, self._work, self._metrics = knowledge, work, metrics
        self._log = open_log(self._url) if self._url is not None else None

    @property
    def is_kept(self) -> bool:
        """Whether there is a log."""
        return self._log is not None

    @property
    def recording(self) -> Recording | None:
        """What an assessment hands over for the log; None: nothing is recorded."""
        return Recording(self._keep_input, self._knowledge.overlay_digest) if self.is_kept else None

    async def record(self, entries: Sequence[Mapping[str, object]]) -> Head | None:
        """Record entries, all or none; they are on disk when this returns. Raises: LogFailed."""
        log = self._log
        if log is None or not entries:
            return None
        return await self._counted(lambda: log.append(entries), len(entries))

    async def decide(self, number: int, subject: Subject, decision: str, reason: str) -> Head:
        """What the conference decided about an assessment in the log.

        Raises: Refusal (404) where there is none of this number, UsageError, LogFailed.
        """
        write = partial(
            record_decision,
            str(self._url),
            number,
            subject=subject,
            decision=decision,
            reason=reason,
            now=datetime.now(UTC),
        )
        try:
            return await self._counted(write, 1)
        # Their messages name the address of the log, which is nothing to a client.
        except NotInLog:
            said = _("there is no entry {number}").format(number=number)
            raise Refusal(404, "no-such-entry", said) from None
        except LogUnreadable as fault:
            raise LogFailed(str(fault)) from None

    async def reachable(self) -> bool:
        """Whether an entry could be written now, as far as a connection tells."""
        return self._log is None or await self._work(self._log.reachable)

    async def _counted(self, write: Callable[[], Head], count: int) -> Head:
        try:
            head = await self._work(write)
        except LogFailed:
            self._metrics.recorded(failed=True)
            raise
        for _entry in range(count):
            self._metrics.recorded()
        return head
