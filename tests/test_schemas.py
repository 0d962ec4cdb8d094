"""`escalate schema`: what is shipped and printed fits the schemas, and what is neither does not."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner
from jsonschema_rs import Draft202012Validator
from reference_cohort import checked_in

from escalate import assess, load_knowledge, load_patient
from escalate.commands import cli
from escalate.files.patient_file import patient_of
from escalate.library.schema import rules_schema
from escalate.report.document import document
from escalate.report.schema import assessment_schema
from tests.conftest import EXAMPLES, TODAY

ROOT = Path(__file__).parent.parent
LIBRARY = load_knowledge()
STATEMENTS = ("invariants.yaml", "assumptions.yaml")
RULE_FILES = sorted(path for path in (ROOT / "rules").rglob("*.yaml") if path.name not in STATEMENTS)
RULE = {
    "id": "X",
    "title": "T",
    "kind": "exclude",
    "for": "teclistamab",
    "when": {"all": ["heart.echo.lvef_percent < 45", {"none": ["infection.fever"]}]},
    "because": "B",
    "basis": "expert_judgement",
}


def closed(schema: Any) -> Any:
    """The schema without leave for other keys, so that one that nobody described is found."""
    if isinstance(schema, list):
        return [closed(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    found = {key: closed(value) for key, value in schema.items()}
    if "required" in found and "properties" in found:
        found.setdefault("additionalProperties", False)
    return found


ASSESSMENT = Draft202012Validator(closed(assessment_schema(LIBRARY)))
RULES = Draft202012Validator(rules_schema(LIBRARY))


def as_text(path: Path) -> Any:
    """A knowledge file as the loader takes it: every scalar is a text."""
    return yaml.load(path.read_text(encoding="utf-8"), yaml.BaseLoader)


def faults(validator: Draft202012Validator, instance: Any) -> list[str]:
    return [
        f"{'/'.join(map(str, e.instance_path))}: {e.message[:200]}" for e in validator.iter_errors(instance)
    ]


@pytest.mark.parametrize("path", RULE_FILES, ids=lambda path: path.stem)
@pytest.mark.parametrize("read", [as_text, lambda path: yaml.safe_load(path.read_text(encoding="utf-8"))])
def test_every_shipped_rule_is_one(path: Path, read: Callable[[Path], Any]) -> None:
    """As the loader reads a file, and as an editor does, to which `true` and 3 are more than texts."""
    rules = read(path)

    assert rules
    assert faults(RULES, json.loads(json.dumps(rules, default=str))) == []


@pytest.mark.parametrize(
    "change",
    [
        {"kind": "exlude"},
        {"kind": "indicate", "reversible": "true"},
        {"for": "teclistimab"},
        {"basis": "source"},
        {"basis": None},
        {"because": None},
        {"whem": "infection.fever"},
        {"when": {"all": []}},
        {"when": {"at_least": "2"}},
        {"when": {"all": ["infection.fever"], "any": ["infection.fever"]}},
        {"when": {"every": ["infection.fever"]}},
        {"source": [{"ref": "S999"}]},
        {"step": "first"},
        {"kind": "alert", "for": None},
        {"kind": "alert", "for": None, "alert": "disagreement"},
    ],
)
def test_a_rule_that_the_loader_refuses_for_its_shape_is_none(change: dict[str, Any]) -> None:
    """A word, a name, a key that is missing, misspelt or has no meaning there."""
    rule = {key: value for key, value in {**copy.deepcopy(RULE), **change}.items() if value is not None}

    assert faults(RULES, [RULE]) == []
    assert faults(RULES, [rule]) != []


@pytest.mark.parametrize("path", sorted(EXAMPLES.glob("*.yaml")), ids=lambda path: path.stem)
def test_every_key_of_an_assessment_is_described(path: Path) -> None:
    """Of each example, regimen and exposure included; with no key that the schema does not have."""
    assessment = assess(load_patient(path), LIBRARY)
    printed = json.loads(json.dumps(document(assessment), default=float))

    assert faults(ASSESSMENT, printed) == []


def test_every_reference_patient_gives_what_the_schema_says() -> None:
    """Other scopes, unknown entities, courses, overrides: every hundredth of the reference cohort."""
    found = []
    for line in checked_in()[::100]:
        patient = patient_of(line.encode(), "patient.json", LIBRARY, today=TODAY)
        printed = json.loads(json.dumps(document(assess(patient, LIBRARY)), default=float))
        found += faults(ASSESSMENT, printed)

    assert found == []


def test_an_assessment_with_another_word_is_none() -> None:
    """A verdict, a therapy, a step that there is not."""
    printed = json.loads(
        json.dumps(document(assess(load_patient(EXAMPLES / "early-dermatomyositis.yaml"), LIBRARY)))
    )
    for key, word in (("verdict", "perhaps"), ("therapy", "aspirin"), ("step", -1)):
        wrong = copy.deepcopy(printed)
        wrong["options"][0][key] = word

        assert len(faults(ASSESSMENT, wrong)) == 1


@pytest.mark.parametrize("what", ["patient", "rules", "assessment"])
@pytest.mark.parametrize("language", ["en", "de"])
def test_the_command_prints_a_schema(what: str, language: str) -> None:
    """One that is valid itself."""
    done = CliRunner().invoke(cli, ["schema", what, "--lang", language])

    assert done.exit_code == 0
    Draft202012Validator(json.loads(done.stdout))


def test_a_stamp_says_when_a_report_was_made() -> None:
    """In the JSON, the text and FHIR; without it nothing of a clock is in them."""
    path = str(EXAMPLES / "early-dermatomyositis.yaml")

    def printed(*more: str) -> str:
        return CliRunner().invoke(cli, ["assess", path, *more]).stdout

    stamped = json.loads(printed("--format", "json", "--stamp"))

    assert faults(ASSESSMENT, stamped) == []
    assert stamped["software"]["stamp"].endswith("+00:00")
    assert "stamp" not in json.loads(printed("--format", "json"))["software"]
    assert "Made at 20" in printed("--stamp")
    assert "Made at" not in printed()
    assert "Made at 20" in printed("--stamp", "--format", "markdown")
    assert json.loads(printed("--stamp", "--format", "fhir"))["timestamp"].endswith("+00:00")
    assert "timestamp" not in json.loads(printed("--format", "fhir"))
