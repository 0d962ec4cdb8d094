"""Who assesses: the threads of this process, or processes beside it, each with the knowledge in use.

Python runs one thread at a time, so that one process assesses on one core however many threads it has.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
from collections.abc import Callable, Mapping
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from functools import partial
from multiprocessing import get_context, parent_process
from threading import Lock, Thread
from typing import Any, Concatenate, ParamSpec, TypeVar

from escalate.library.model import Library
from escalate.library.packed import pack, unpack
from escalate.problems import InternalFault
from escalate.service.knowledge import Knowledge
from escalate.service.memory import keep_what_is_there
from escalate.service.work import Work
from escalate.texts import _

P = ParamSpec("P")
R = TypeVar("R")
_TRIES = 3


class Assessors:
    """`await assessors(function, language, *args)` is `function(library, *args)`, run where there is room."""

    def __init__(self, knowledge: Knowledge, work: Work, processes: int = 0) -> None:
        """Args: processes, how many beside this one; 0: the threads of `work`."""
        self._knowledge, self._work, self._processes = knowledge, work, processes
        self._lock = Lock()
        self._pool: ProcessPoolExecutor | None = None
        self._digest = ""

    async def __call__(
        self, function: Callable[Concatenate[Library, P], R], language: str, *args: P.args, **kwargs: P.kwargs
    ) -> R:
        """The function's result, or what it raises; both cross to another process. Raises: Busy, TooSlow."""
        if not self._processes:
            library = self._knowledge.library(language)
            return await self._work(partial(function, library, *args, **kwargs))
        self._work.check()
        for _attempt in range(_TRIES):
            pool = self._ready()
            try:
                running = pool.submit(_run, function, language, args, kwargs)
                return await self._work.watch(asyncio.wrap_future(running))
            except BrokenProcessPool:  # a process was killed, with all that it had in work
                self._drop(pool)
            except RuntimeError:
                if pool is self._pool:
                    raise  # the function's own
                # New knowledge came between taking the pool and using it.
        raise InternalFault(_("the assessing processes die"))

    def warm(self) -> None:
        """Start every process and let it compile the rules, so that nobody waits for it later."""
        if self._processes:
            pool = self._ready()
            for started in [pool.submit(_compiled) for _number in range(self._processes)]:
                started.result()

    def close(self) -> None:
        """End the processes once they are done."""
        if self._pool is not None:
            self._pool.shutdown(wait=True, cancel_futures=True)

    def _ready(self) -> ProcessPoolExecutor:
        """Processes that hold the knowledge in use; those of another one finish what they have."""
        libraries = self._knowledge.libraries
        digest = next(iter(libraries.values())).digest
        with self._lock:
            if self._pool is None or self._digest != digest:
                old, self._pool, self._digest = self._pool, self._started(libraries), digest
                if old is not None:
                    old.shutdown(wait=False)
            return self._pool

    def _started(self, libraries: Mapping[str, Library]) -> ProcessPoolExecutor:
        # Sent, not read again from its files, which may have changed since: every process has the same.
        packed = {language: json.dumps(pack(library)) for language, library in libraries.items()}
        # Not forked: a fork copies locks that other threads hold.
        return ProcessPoolExecutor(
            self._processes, mp_context=get_context("spawn"), initializer=_begin, initargs=(packed,)
        )

    def _drop(self, pool: ProcessPoolExecutor) -> None:
        with self._lock:
            if self._pool is pool:
                self._pool = None
        pool.shutdown(wait=False, cancel_futures=True)


_libraries: dict[str, Library] = {}


def _begin(packed: Mapping[str, str]) -> None:
    """What a new process does first."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C goes to all; the service ends its processes itself
    Thread(target=_end_with_parent, daemon=True).start()
    _libraries.update({language: unpack(json.loads(text)) for language, text in packed.items()})
    keep_what_is_there()


def _end_with_parent() -> None:
    """A service that was killed leaves nobody behind who holds a patient's facts."""
    parent = parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _run(function: Callable[..., R], language: str, args: Any, kwargs: Any) -> R:
    return function(_libraries[language], *args, **kwargs)


def _compiled() -> None:
    from datetime import date

    from escalate.assessment import assess
    from escalate.files.patient_file import patient_of

    nobody = b"{schema: escalate/patient/v1, id: nobody, diagnosis: {entity: dermatomyositis}}"
    for library in _libraries.values():
        assess(patient_of(nobody, "patient.yaml", library, today=date(2026, 1, 1)), library)
    keep_what_is_there()
