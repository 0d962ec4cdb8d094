"""What the tests of the page share: the whole example, and one with hostile words in it."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import yaml

from escalate.files.decision_log.source import stored_rows
from tests.conftest import EXAMPLES

RAW = (EXAMPLES / "refractory-antisynthetase.yaml").read_bytes()
HOSTILE = """<img src=x onerror=alert(1)>"'></textarea></script><script>alert(2)</script>{{7*7}}"""


def hostile_patient() -> bytes:
    """The complete example with hostile words wherever the file takes free text."""
    stated: dict[str, Any] = copy.deepcopy(yaml.load(RAW, yaml.BaseLoader))
    stated["id"], stated["note"] = HOSTILE, HOSTILE
    for line in stated["therapies"]:
        line["note"] = HOSTILE
    stated["overrides"] = [
        {"rule": HOSTILE, "therapy": "teclistamab", "by": HOSTILE, "on_date": "2026-09-01", "reason": HOSTILE}
    ]
    return yaml.safe_dump(stated, allow_unicode=True).encode()


def recorded(log: str) -> int:
    """How many entries a shared log has; before the first one, in any order of tests, there is no log."""
    return len(list(stored_rows(log))) if Path(log.removeprefix("sqlite:///")).exists() else 0
