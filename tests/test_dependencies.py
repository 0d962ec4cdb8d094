"""Every library that an installation brings along is on a list: its use, its licence, its lowest version."""

from __future__ import annotations

import re
from importlib.metadata import distribution
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.version import Version

LIST = yaml.safe_load(
    (Path(__file__).parent.parent / "docs" / "dependencies.yaml").read_text(encoding="utf-8")
)
EXTRAS = frozenset({"log", "sign", "calendar", "serve", "pdf", "cohort", "spark", "audit"})


def closure() -> set[str]:
    """The libraries that `escalate` with every extra for users needs, directly or by way of others."""
    seen: set[tuple[str, frozenset[str]]] = set()
    waiting = [("escalate", EXTRAS)]
    while waiting:
        name, extras = waiting.pop()
        key = re.sub(r"[-_.]+", "-", name).lower(), extras
        if key in seen:
            continue
        seen.add(key)
        for line in distribution(name).requires or []:
            needed = Requirement(line)
            asked = [{"extra": extra} for extra in extras] or [{"extra": ""}]
            if needed.marker is None or any(needed.marker.evaluate(one) for one in asked):
                waiting.append((needed.name, frozenset(needed.extras)))
    return {name for name, _ in seen} - {"escalate"}


def licence(name: str) -> str:
    known = distribution(name).metadata
    classified = [text for text in known.get_all("Classifier", []) if text.startswith("License")]
    return known.get("License-Expression") or "; ".join(classified) or known.get("License", "")


def test_the_list_is_what_is_installed() -> None:
    """A library that comes or goes is a line of the diff."""
    assert closure() == set(LIST["libraries"])


@pytest.mark.parametrize("name", LIST["libraries"])
def test_its_licence_is_accepted(name: str) -> None:
    """One of the accepted licences stands in its metadata."""
    assert any(word in licence(name) for word in LIST["accepted_licences"]), licence(name)


@pytest.mark.parametrize("name", [n for n, about in LIST["libraries"].items() if "at_least" in about])
def test_a_known_fault_is_behind_us(name: str) -> None:
    """The version is not one for which the advisory beside it holds."""
    assert Version(distribution(name).version) >= Version(str(LIST["libraries"][name]["at_least"]))
