"""A registry that is quick to judge: the shipped knowledge under three rules, and patients for it."""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from click.testing import CliRunner, Result

from escalate.commands import cli

ROOT = Path(__file__).parent.parent
RULES = """\
- id: SMALL-IVIG
  title: Dermatomyositis
  kind: indicate
  for: ivig
  when: diagnosis.entity == dermatomyositis
  because: B
  step: 2
  order: 1
  pathway: P
  basis: expert_judgement
  de: {title: T, because: B}
- id: SMALL-FEVER
  title: Fever
  kind: defer
  for: ivig
  when: infection.fever
  because: B
  basis: expert_judgement
  de: {title: T, because: B}
- id: SMALL-WEIGHT
  title: Weight
  kind: exclude
  for: ivig
  when: demographics.weight_kg >= LIMIT
  because: B
  basis: expert_judgement
  de: {title: T, because: B}
"""


def knowledge(folder: Path, limit: int = 150, more: str = "") -> Path:
    """A folder with the shipped knowledge and three rules for one therapy, and more as they are given."""
    shutil.copytree(ROOT / "knowledge", folder / "knowledge")
    (folder / "rules").mkdir()
    (folder / "rules" / "small.yaml").write_text(RULES.replace("LIMIT", str(limit)) + more)
    return folder


def patient(name: str, **groups: Any) -> dict[str, Any]:
    """A patient file with dermatomyositis, no fever and 70 kg, as far as nothing else is said."""
    stated: dict[str, Any] = {
        "schema": "escalate/patient/v1",
        "id": name,
        "assessed_on": "2026-10-12",
        "diagnosis": {"entity": "dermatomyositis"},
        "demographics": {"weight_kg": 70},
        "infection": {"fever": False},
    }
    return {key: value for key, value in {**stated, **groups}.items() if value is not None}


def lines(path: Path, patients: Sequence[dict[str, Any] | str]) -> Path:
    """Patients as JSON Lines; a text stands as it is."""
    said = (one if isinstance(one, str) else json.dumps(one) for one in patients)
    path.write_text("\n".join(said) + "\n", encoding="utf-8")
    return path


def cohort(*arguments: object) -> Result:
    """`escalate cohort` in this process."""
    return CliRunner().invoke(cli, ["cohort", *map(str, arguments)])
