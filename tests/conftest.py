"""What several tests share: the shipped knowledge, and patients made from the complete example."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from escalate import assess, load_knowledge, load_patient
from escalate.assessment import Assessment
from escalate.library.model import Library

if TYPE_CHECKING:
    from starlette.testclient import TestClient

ROOT = Path(__file__).parent.parent
EXAMPLES = ROOT / "examples"
TODAY = date(2026, 10, 12)


@pytest.fixture(scope="session")
def library() -> Library:
    return load_knowledge()


@pytest.fixture(scope="session")
def assess_file(library: Library) -> Callable[[Path], Assessment]:
    """Assess one example file."""
    return lambda path: assess(load_patient(path, library, today=TODAY), library)


@pytest.fixture(scope="module")
def service() -> Iterator[TestClient]:
    """The service without a log, called without a network; a test module with another one has its own."""
    from tests.helpers_service import client  # most tests need no web framework

    with client() as one:
        yield one


@pytest.fixture
def variant(library: Library, tmp_path: Path) -> Callable[..., Assessment]:
    """The complete refractory example with fields changed (`None` removes one), assessed."""
    stated = yaml.load((EXAMPLES / "refractory-antisynthetase.yaml").read_text(), yaml.BaseLoader)

    def make(changes: dict[str, Any]) -> Assessment:
        patient = copy.deepcopy(stated)
        for path, value in changes.items():
            *parents, last = path.split(".")
            node = patient
            for key in parents:
                node = node.setdefault(key, {})
            if value is None:
                node.pop(last)
            else:
                node[last] = value
        file = tmp_path / "patient.yaml"
        file.write_text(yaml.safe_dump(patient, allow_unicode=True), encoding="utf-8")
        return assess(load_patient(file, library, today=TODAY), library)

    return make
