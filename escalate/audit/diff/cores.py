"""The same question about many patients, on every core."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

Item = TypeVar("Item")
Answer = TypeVar("Answer")

# Below this the processes cost more than they save.
_WORTH = 400
_CHUNK = 50

# What the forked processes inherit: libraries and patients are not sent to them.
_job: tuple[Callable[[Any], Any], Sequence[Any]] | None = None


def on_all_cores(ask: Callable[[Item], Answer], items: Sequence[Item]) -> list[Answer]:
    """The answers in the order of the items; one process where there are few, or where none can be forked."""
    global _job
    cores = multiprocessing.cpu_count()
    if len(items) < _WORTH or cores < 2 or "fork" not in multiprocessing.get_all_start_methods():
        return [ask(item) for item in items]
    _job = (ask, items)
    try:
        with multiprocessing.get_context("fork").Pool(cores) as pool:
            return pool.map(_answer, range(len(items)), _CHUNK)
    finally:
        _job = None


def _answer(number: int) -> Any:
    assert _job is not None
    ask, items = _job
    return ask(items[number])
