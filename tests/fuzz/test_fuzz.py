"""The kept corpus of the fuzzer, and inputs made of it at random: an answer or a refusal, in bounded time.

The longer runs, guided by the code they reach, are made by run.py; what they found stays in the corpus.
"""

from __future__ import annotations

import time

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from .targets import TARGETS, corpus

_SECONDS = 5.0
_RUNS = 150


@pytest.mark.parametrize("target", TARGETS)
def test_every_kept_input_ends_well(target: str) -> None:
    """None of them ends in anything but an answer or a refusal that can be shown, and none takes long."""
    inputs = corpus(target)
    slow = []
    for raw in inputs:
        begun = time.process_time()
        TARGETS[target](raw)
        if time.process_time() - begun > _SECONDS:
            slow.append(raw[:80])

    assert inputs
    assert slow == []


@st.composite
def _mixed(draw: st.DrawFn, inputs: list[bytes]) -> bytes:
    """Two kept inputs, cut and joined, with a few bytes of anybody's choice between them."""
    first, second = draw(st.sampled_from(inputs)), draw(st.sampled_from(inputs))
    head = first[: draw(st.integers(0, len(first)))]
    tail = second[draw(st.integers(0, len(second))) :]
    return head + draw(st.binary(max_size=8)) + tail


@pytest.mark.parametrize("target", TARGETS)
def test_what_is_made_of_them_ends_well_too(target: str) -> None:
    """Files that were cut, joined and damaged are refused with their places, never with a traceback."""

    @settings(max_examples=_RUNS, deadline=None, suppress_health_check=list(HealthCheck))
    @given(_mixed(corpus(target)))
    def ends_well(raw: bytes) -> None:
        TARGETS[target](raw)

    ends_well()
