"""Schemathesis over the whole OpenAPI document of a running service: every check, without a finding.

Bounded here; docs/http-api.md says what longer runs found. Seeded, so that a run can be repeated.
"""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

from tests.helpers_service import ROOT, serving


def test_the_whole_document_without_a_finding(tmp_path: Path):
    """Examples, coverage, fuzzing and stateful phases; wrong data, types, methods and headers."""
    with serving("--workers", "0", "--log", f"sqlite:///{tmp_path}/log.db", "--reload", "0") as service:
        command = [
            str(Path(sys.executable).with_name("schemathesis")),
            "--config-file", str(ROOT / "tests" / "schemathesis.toml"),
            "run", f"http://127.0.0.1:{service.port}/openapi.json",
            "--checks", "all", "--max-examples", "3", "--seed", "20261012", "--no-color",
        ]  # fmt: skip
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=300)
    counted = re.search(r"(\d+) generated, (\d+) passed", done.stdout)

    assert done.returncode == 0, done.stdout[-4000:]
    assert counted is not None
    assert counted[1] == counted[2]
    assert int(counted[1]) > 300
