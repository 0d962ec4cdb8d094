"""A process that lives for weeks: what is there is not collected over and over, what comes after is."""

from __future__ import annotations

import subprocess
import sys

import pytest

# A heap of a million objects, of which Python would wait for a quarter of a million new ones; then circles.
PROGRAM = """
import gc
from escalate.service.memory import keep_what_is_there
kept = [[] for _number in range(1_000_000)]
gc.collect()
gc.freeze()
{then}
gc.set_threshold(500, 2, 2)
before = gc.get_stats()[2]["collections"]
kept += [[] for _number in range(50_000)]
print(gc.get_stats()[2]["collections"] - before)
"""


@pytest.mark.parametrize(("then", "collects"), [("keep_what_is_there()", True), ("", False)])
def test_a_full_collection_is_not_put_off_for_what_was_there(then: str, collects: bool) -> None:
    """With the heap frozen alone, Python puts it off: the second case says why there is more to do."""
    program = PROGRAM.format(then=then)
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)

    assert (int(done.stdout) > 0) is collects
