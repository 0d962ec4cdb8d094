"""What a process that lives for weeks does about its memory, so that a request leaves nothing behind."""

from __future__ import annotations

import ctypes
import gc
from contextlib import suppress

_M_MMAP_THRESHOLD = -3  # of <malloc.h>
_LARGE_BYTES = 128 * 1024  # where the C library of Linux begins, before it moves the line by itself


def keep_what_is_there() -> None:
    """Knowledge and compiled rules never become garbage: they are not walked again and again.

    Nor is an assessment looked through a hundred times while it is made: of its hundred thousand objects
    nearly all go without help. The few that refer to each other in a circle wait for every fiftieth request
    or so.
    """
    gc.collect()
    gc.freeze()
    # Python puts off a full collection until a quarter of what the last one left is new. The last one counted
    # all that is frozen now; this one counts nothing, so that none is put off.
    gc.collect()
    gc.set_threshold(50_000, 10, 10)


def give_back_large_buffers() -> None:
    """Let a page that was sent go back to the system at once, where the C library can be told so.

    Else it puts the next pages of a hundred kilobytes among small objects that stay longer, and never gets
    these gaps together: 10 MB in 5,000 pages. An assessment would take half as long again, so this is for the
    process that only hands pages on.
    """
    with suppress(AttributeError, OSError):  # another C library has no such line to move
        ctypes.CDLL(None).mallopt(_M_MMAP_THRESHOLD, _LARGE_BYTES)
