"""The command line: exit statuses, what is printed where, and what every command says outside its case."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result

from escalate.assessment import Assessment
from escalate.commands import cli, main
from escalate.engine import durable
from escalate.engine.model import Evaluation
from escalate.report.document import document

ROOT = Path(__file__).parent.parent
LVEF = re.compile(r"lvef_percent: *\d+,? *")
COMPLETE = str(ROOT / "examples" / "refractory-antisynthetase.yaml")


def run(*arguments: str) -> Result:
    return CliRunner().invoke(cli, arguments)


@pytest.fixture
def patient(tmp_path: Path) -> Callable[..., str]:
    """A small patient file with these lines added."""

    def write(*lines: str) -> str:
        path = tmp_path / "patient.yaml"
        head = ("schema: escalate/patient/v1", "id: case-1", "assessed_on: 2026-10-12")
        path.write_text("\n".join((*head, *lines)), encoding="utf-8")
        return str(path)

    return write


@pytest.mark.parametrize(
    ("planted", "first"),
    [
        ("- id: TWICE\n  id: TWICE\n", "2:3: duplicate-key"),
        ("- id: EMPTY\n", "1:3: missing-key"),
        ("\t", "1:1: "),
    ],
    ids=["a key twice", "a rule without a condition", "no YAML"],
)
def test_kb_check_finds_and_assess_refuses(planted: str, first: str, tmp_path: Path) -> None:
    """The same fault is exit 1 for who checks and exit 4 for who advises."""
    for folder in ("knowledge", "rules"):
        shutil.copytree(ROOT / folder, tmp_path / folder)
    (tmp_path / "rules" / "planted.yaml").write_text(planted)

    checked = run("kb", "check", "--knowledge", str(tmp_path))

    assert checked.exit_code == 1
    assert checked.stderr.startswith(f"rules/planted.yaml:{first}")
    with pytest.raises(SystemExit, match="4"):
        main_with("assess", COMPLETE, "--knowledge", str(tmp_path))


def main_with(*arguments: str) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("sys.argv", ["escalate", *arguments])
        main()


def test_kb_check_shows_drafts(tmp_path: Path) -> None:
    """They are read and typed, never fire, and a reviewer wants to know of them."""
    for folder in ("knowledge", "rules"):
        shutil.copytree(ROOT / folder, tmp_path / folder)
    rule = "- {id: D-1, title: T, kind: caution, for: ivig, when: infection.fever, because: B, "
    rule += "basis: expert_judgement, status: draft, de: {title: T, because: B}}\n"
    (tmp_path / "rules" / "drafts.yaml").write_text(rule)

    checked = run("kb", "check", "--knowledge", str(tmp_path))

    assert checked.exit_code == 0
    assert "rules/drafts.yaml:1:3: `D-1` is a draft and never fires" in checked.stdout


def test_kb_check_names_a_missing_translation(tmp_path: Path) -> None:
    """With its place; the knowledge base loads all the same."""
    for folder in ("knowledge", "rules"):
        shutil.copytree(ROOT / folder, tmp_path / folder)
    rule = "- {id: D-1, title: Title, kind: caution, for: ivig, when: infection.fever, because: Why, "
    (tmp_path / "rules" / "english.yaml").write_text(rule + "basis: expert_judgement, de: {title: Titel}}\n")

    checked = run("kb", "check", "--knowledge", str(tmp_path))

    assert checked.exit_code == 1
    assert "rules/english.yaml:1:76: missing-translation: `because` has no German" in checked.stderr


def test_a_basis_in_json_is_one_of_the_two_words_of_the_contract(patient: Callable[..., str]) -> None:
    """What the dossier marks as unconfirmed is a judgement, and says so beside it."""
    file = patient("diagnosis: {entity: ASyS}", "demographics: {age_years: 50}", "lung: {ild: true}")
    parsed = json.loads(run("assess", file, "--format", "json").stdout)
    kinds = ("indicated_by", "excluded_by", "deferred_by", "cautions")
    entries = [e for option in parsed["options"] for kind in kinds for e in option[kind]]
    entries += parsed["alerts"]

    assert {e["basis"] for e in entries} == {"source", "expert_judgement"}
    assert {e["basis"] for e in entries if not e["verified"]} == {"expert_judgement"}


def test_engines_that_disagree_end_in_70_and_advise_nothing(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A fault planted in durable_rules' answer: one rule is TRUE there and not on the evaluator."""
    honest = durable.run_on

    def lying(*arguments: object) -> Evaluation:
        result = honest(*arguments)  # type: ignore[arg-type]
        key = next(iter(sorted(result.rules)))
        flipped = 2 - int(result.rules[key])
        return Evaluation(
            {**result.rules, key: type(result.rules[key])(flipped)},
            result.heads, result.proofs, result.software,
        )  # fmt: skip

    monkeypatch.setattr(durable, "run_on", lying)

    with pytest.raises(SystemExit, match="70"):
        main_with("assess", COMPLETE)
    shown = capsys.readouterr()
    assert shown.out == ""
    assert "nothing is advised" in shown.err


@pytest.mark.parametrize(
    ("entity", "scope"), [("other", "out of scope"), ("systemic_sclerosis", "bcma safety only")]
)
def test_a_therapy_outside_the_scope_is_answered(
    entity: str, scope: str, patient: Callable[..., str]
) -> None:
    """Whoever asks about a therapy hears why it is not looked at; the scope is no wrong use (exit 0)."""
    file = patient(f"diagnosis: {{entity: {entity}}}", "demographics: {age_years: 50}")
    for answer in (run("assess", file, "--option", "ivig"), run("explain", file, "ivig")):
        assert answer.exit_code == 0
        assert f"Immunoglobulin IV is not looked at in this scope ({scope})" in answer.stdout


def test_the_answer_can_go_to_a_file(tmp_path: Path) -> None:
    """Whole or not at all, and without colour."""
    target = tmp_path / "report.txt"
    done = run("assess", COMPLETE, "-o", str(target))

    assert done.exit_code == 0
    assert done.stdout == ""
    assert target.read_text(encoding="utf-8").startswith("escalate ")
    assert list(tmp_path.iterdir()) == [target]


def test_as_of_hides_what_is_dated_later() -> None:
    """Before the fourth line had failed the patient was not refractory enough for step 5."""
    early = json.loads(run("assess", COMPLETE, "--format", "json", "--as-of", "2023-01-01").stdout)

    assert early["patient"]["assessed_on"] == "2023-01-01"
    assert early["ladder"]["reached_step"] == 3
    assert [line["therapy"] for line in early["lines_of_therapy"]] == [
        "glucocorticoids", "mycophenolate", "tacrolimus",
    ]  # fmt: skip


def test_explain_ends_at_patient_fields(tmp_path: Path) -> None:
    """The smallest sets of answers name measurements, not findings."""
    lines = Path(COMPLETE).read_text(encoding="utf-8").splitlines()
    file = tmp_path / "patient.yaml"
    file.write_text("\n".join(LVEF.sub("", line) for line in lines), encoding="utf-8")
    settled = run("explain", str(file), "teclistamab").stdout.split("SETTLE IT")[1]

    assert "LVEF below 45" in settled
    assert "opens, all together" in settled
    assert "Heart grade" not in settled


def test_no_harm_is_asked_for_to_open_an_option() -> None:
    """A pacemaker or atrial fibrillation makes a test dispensable; normal results are shown instead."""
    file = str(ROOT / "examples" / "series" / "patient-07.yaml")
    opens = run("explain", file, "teclistamab").stdout.split("opens, all together:")[1]

    assert "LVEF not below 45 %" in opens
    assert "Pacemaker or defibrillator: yes" not in opens
    assert "atrial fibrillation [" not in opens
    assert "Arrhythmia is sustained" not in opens


def test_what_is_not_indicated_says_down_to_the_fact_why() -> None:
    """Patient 15 of the series: the printed history names no glucocorticoid, so REF-A is not met."""
    file = str(ROOT / "examples" / "series" / "patient-15.yaml")
    parsed = json.loads(run("assess", file, "--format", "json").stdout)
    (engager,) = [n for n in parsed["not_indicated"] if n["therapy"] == "teclistamab"]

    assert engager["rules"] == ["BCMA-X37"]
    assert any("no drug of the class glucocorticoid is in the history" in why for why in engager["because"])


def test_what_a_date_settles_is_reversible(variant: Callable[..., Assessment]) -> None:
    """A recent SARS-CoV-2 infection is a caution until its day, and says both."""
    plain = document(variant({"infection.sars_cov_2_last_on": "2026-08-15"}), "teclistamab")
    cautions = json.loads(json.dumps(plain))["options"][0]["cautions"]

    assert [(c["rule"], c["until"], c["reversible"]) for c in cautions] == [("BCMA-X08", "2026-11-07", True)]


def leaves(
    group: click.Command, path: tuple[str, ...] = ()
) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    """Every command that does something, with the words that lead to it."""
    if not isinstance(group, click.Group):
        yield path, group
        return
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        yield from leaves(command, (*path, name))


@pytest.mark.parametrize(
    ("path", "command"), [pytest.param(*leaf, id=" ".join(leaf[0])) for leaf in leaves(cli)]
)
def test_every_command_takes_a_knowledge_base_and_plain(path: tuple[str, ...], command: click.Command):
    """A script that drives several commands says the same of each (contract)."""
    options = {option for parameter in command.params for option in parameter.opts}

    assert {"--knowledge", "--plain"} <= options, " ".join(path)
