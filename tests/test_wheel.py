"""The wheel works where no checkout is near: editable installs hide what it lacks."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import venv
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
EXAMPLE = ROOT / "examples" / "refractory-antisynthetase.yaml"


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The `bin` folder of a fresh environment that holds nothing but the wheel and what it needs."""
    home = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(home), str(ROOT)],
        check=True,
        capture_output=True,
    )
    (wheel,) = home.glob("*.whl")
    venv.create(home / "env", with_pip=True)
    pip = [str(home / "env" / "bin" / "python"), "-m", "pip", "install", "--quiet", str(wheel)]
    subprocess.run(pip, check=True, capture_output=True)
    return home / "env" / "bin"


def run(installed: Path, folder: Path, *arguments: str) -> str:
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("PYTHON", "VIRTUAL_ENV"))}
    command = [str(installed / "escalate"), *arguments]
    done = subprocess.run(command, cwd=folder, env=environment, check=True, capture_output=True, text=True)
    return done.stdout


@pytest.mark.wheel
def test_the_wheel_assesses_like_the_checkout(installed: Path, tmp_path: Path):
    """Another folder, another environment: the same digest, the same verdicts."""
    out = run(installed, tmp_path, "assess", "--format", "json", str(EXAMPLE))
    here = subprocess.run(
        [sys.executable, "-m", "escalate", "assess", "--format", "json", str(EXAMPLE)],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    ).stdout

    assert json.loads(out) == json.loads(here)


@pytest.mark.wheel
def test_the_wheel_ships_no_checkout_helper(installed: Path):
    """`cli.py`, tests and examples stay at home; knowledge and rules come along as data."""
    site = next((installed.parent / "lib").glob("python*")) / "site-packages"
    shipped = site / "escalate" / "_shipped"

    assert not (site / "cli.py").exists()
    assert (shipped / "knowledge").is_dir()
    assert (shipped / "rules").is_dir()
    assert (site / "escalate" / "py.typed").exists()


@pytest.mark.wheel
def test_the_wheel_writes_the_site(installed: Path, tmp_path: Path):
    """Templates and style are no Python and come along all the same."""
    run(installed, tmp_path, "kb", "docs", "-o", "site", "--lang", "de")

    assert 'lang="de"' in (tmp_path / "site" / "therapies" / "teclistamab.html").read_text(encoding="utf-8")
    assert (tmp_path / "site" / "style.css").stat().st_size > 0
