"""Calculations off the event loop: a bounded number at once, a bounded number waiting, a bounded time."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from typing import ParamSpec, TypeVar

from escalate.service.settings import Settings

P = ParamSpec("P")
R = TypeVar("R")


class Busy(Exception):
    """More calculations wait than may."""


class TooSlow(Exception):
    """A calculation was not done in time; its answer is thrown away."""


class Work:
    """`await work(function, *args)` runs a function in one of the threads, in the caller's language."""

    def __init__(self, settings: Settings) -> None:
        self._limits = limits = settings.limits
        # Where processes assess, a thread waits for each of them, and some are left for the log.
        self._at_once = limits.at_once + settings.workers
        self._threads = ThreadPoolExecutor(self._at_once, thread_name_prefix="escalate-work")
        self._in_work = 0

    @property
    def in_work(self) -> int:
        """Calculations that run or wait."""
        return self._in_work

    async def __call__(self, function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        """The function's own result, or what it raises. Raises: Busy, TooSlow."""
        self.check()
        context = copy_context()
        loop = asyncio.get_running_loop()
        return await self.watch(
            loop.run_in_executor(self._threads, lambda: context.run(function, *args, **kwargs))
        )

    def check(self) -> None:
        """Whether one more may wait. Raises: Busy."""
        if self._in_work >= self._at_once + self._limits.waiting:
            raise Busy

    async def watch(self, running: asyncio.Future[R]) -> R:
        """The result of a calculation that was begun, in time. Raises: TooSlow, or what it raises."""
        self._in_work += 1
        # What was given up cannot be stopped: it takes its place until it is done.
        running.add_done_callback(self._done)
        try:
            return await asyncio.wait_for(asyncio.shield(running), self._limits.seconds)
        except TimeoutError:
            if running.done():
                raise  # the function's own
            running.add_done_callback(_unread)
            raise TooSlow from None

    def close(self) -> None:
        """Take nothing new; what waits is dropped, what runs is let run."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    def _done(self, _running: asyncio.Future[R]) -> None:
        self._in_work -= 1


def _unread(running: asyncio.Future[R]) -> None:
    """Look at what nobody waits for, so that asyncio does not write it to its log."""
    if not running.cancelled():
        running.exception()
