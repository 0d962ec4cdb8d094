"""Recorded assessments again: bit for bit the same, or who changed and why."""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from escalate.commands import cli
from escalate.files.decision_log.chain import next_row, plain
from escalate.files.decision_log.lines import line_of, rows_of
from escalate.files.recorded import log_samples
from escalate.library.model import Library
from escalate.problems import UsageError

ROOT = Path(__file__).parent.parent
EXAMPLES = sorted((ROOT / "examples").glob("*.yaml"))
COMPLETE = ROOT / "examples" / "refractory-antisynthetase.yaml"
Entry = dict[str, Any]
Edit = Callable[[Callable[[Entry], None]], str]
ID = "refractory-antisynthetase"


def run(*arguments: str) -> Result:
    return CliRunner().invoke(cli, arguments)


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The complete example, recorded with its file as it is and as of the day before; exported."""
    folder = tmp_path_factory.mktemp("log")
    url = f"sqlite:///{folder / 'decisions.db'}"
    assert run("assess", str(COMPLETE), "--log", url, "--log-input").exit_code == 0
    assert run("assess", str(COMPLETE), "--log", url, "--log-input", "--as-of", "2026-10-11").exit_code == 0
    assert run("log", "export", url, "-o", str(folder / "log.jsonl")).exit_code == 0
    return str(folder / "log.jsonl")


@pytest.fixture(scope="module")
def knowledge(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A knowledge base that closes teclistamab above an LVEF of 20."""
    folder = tmp_path_factory.mktemp("kb")
    for name in ("knowledge", "rules"):
        shutil.copytree(ROOT / name, folder / name)
    gate = folder / "rules" / "gates" / "planted.yaml"
    gate.write_text(PLANTED, encoding="utf-8")
    return str(folder)


PLANTED = """\
- id: PLANTED-01
  title: No engager above an LVEF of 20
  kind: exclude
  for: teclistamab
  when: heart.echo.lvef_percent > 20
  because: A change to be seen in a replay.
  basis: expert_judgement
  since: "1.0.0"
  de:
    title: Kein Engager über einer LVEF von 20
    because: Eine Änderung, die eine Wiederholung zeigen soll.
"""


OVERLAY = """\
name: Heart failure board
because: Our own decision.
limits:
  - {rule: CARD-C3-LVEF, fact: heart.echo.lvef_percent, limit: 65, because: Board}
"""


@pytest.fixture
def edited(log: str, tmp_path: Path) -> Edit:
    """The exported log with its entries changed and hashed anew, so that the chain holds."""

    def make(change: Callable[[Entry], None]) -> str:
        last, lines = None, []
        for row in rows_of(Path(log)):
            entry = plain(row.text)
            assert entry is not None
            change(entry)
            last = next_row(last, entry)
            lines.append(line_of(last))
        file = tmp_path / "edited.jsonl"
        file.write_text("\n".join(lines), encoding="utf-8")
        return str(file)

    return make


def test_the_same_knowledge_gives_the_same_verdicts(log: str) -> None:
    """Of a file as it is, and as of an earlier day."""
    done = run("replay", log)

    assert done.exit_code == 0, done.output
    assert "2 recorded assessments: 2 replayed, 2 the same, 0 changed" in done.stdout


def test_every_example_is_replayed_from_a_database(tmp_path: Path) -> None:
    """Whatever it holds, in German too."""
    url = f"sqlite:///{tmp_path / 'decisions.db'}"
    run("assess", *map(str, EXAMPLES), "--log", url, "--log-input")
    done = json.loads(run("replay", url, "--lang", "de", "--format", "json").stdout)

    assert (done["summary"]["same"], done["changed"]) == (len(EXAMPLES), [])


def test_a_changed_rule_names_who_changes_and_why(log: str, knowledge: str) -> None:
    """From which verdict to which, and the rules that decide before and now."""
    done = run("replay", log, "--knowledge", knowledge)

    assert done.exit_code == 1
    assert f"log.jsonl entry 1 (patient {ID}, assessed on 2026-10-12, knowledge 1.0.0, sha256:" in done.stdout
    assert "  teclistamab: propose -> excluded\n" in done.stdout
    assert "    rules before: P-ASYS-ILD-S5-TECL\n    rules now: PLANTED-01\n" in done.stdout
    assert "2 replayed, 0 the same, 2 changed (2 unexpectedly)" in done.stdout


def test_an_expected_change_is_no_fault(log: str, knowledge: str, tmp_path: Path) -> None:
    """By pseudonym, digest or entry; what is expected and does not come is a fault."""
    row = "- {patient: %s, therapy: teclistamab, from: propose, to: excluded}\n"
    entry = plain(next(iter(rows_of(Path(log)))).text)
    assert entry is not None
    expect = tmp_path / "expect.yaml"
    for names in ([ID], [entry["patient"]], ["log.jsonl entry 1", "log.jsonl entry 2"]):
        expect.write_text("".join(row % name for name in names))
        done = run("replay", log, "--knowledge", knowledge, "--expect", str(expect))
        assert (done.exit_code, done.stdout.count("(expected)")) == (0, 2), done.output

    expect.write_text(row % ID + row % "somebody")
    done = run("replay", log, "--knowledge", knowledge, "--expect", str(expect))
    assert done.exit_code == 1
    assert "expect.yaml:2:3: expected, but it did not come: somebody, teclistamab" in done.stdout


@pytest.mark.parametrize(
    "text", ["patient: x", "- {patient: x}", "- x", "- {patient: x, therapy: y, from: a, to: [b]}", "- }"]
)
def test_a_wrong_list_of_expected_changes_is_wrong_use(log: str, tmp_path: Path, text: str) -> None:
    """With its place."""
    (tmp_path / "expect.yaml").write_text(text)
    done = run("replay", log, "--expect", str(tmp_path / "expect.yaml"))

    assert done.exit_code != 0
    assert "expect.yaml:1:" in str(done.exception)


def test_another_answer_under_the_recorded_knowledge_is_never_expected(edited: Edit, tmp_path: Path) -> None:
    """The same files must give the same answer; the list of expected changes does not help."""

    def change(entry: Entry) -> None:
        entry["verdicts"]["teclistamab"]["verdict"] = "caution"

    expect = tmp_path / "expect.yaml"
    expect.write_text(f"- {{patient: {ID}, therapy: teclistamab, from: caution, to: propose}}\n")
    done = run("replay", edited(change), "--expect", str(expect))

    assert done.exit_code == 1
    assert "the answer must not change" in done.stdout


def test_other_rules_for_the_same_verdict_are_a_change(
    edited: Edit,
) -> None:
    """The verdict record is compared whole."""

    def change(entry: Entry) -> None:
        entry["verdicts"]["teclistamab"]["rules"] = ["OLD-RULE"]

    done = run("replay", edited(change))

    assert done.exit_code == 1
    assert "teclistamab: propose as before, by other rules" in done.stdout


def test_entries_without_their_input_are_counted(log: str, tmp_path: Path) -> None:
    """They are named, and no fault; where there is nothing else, nothing was checked: exit status 2."""
    url = f"sqlite:///{tmp_path / 'bare.db'}"
    run("assess", str(COMPLETE), "--log", url)
    done, alone = run("replay", log, url), run("replay", url)

    assert done.exit_code == 0
    assert "2 the same, 0 changed (0 unexpectedly), 1 not replayable" in done.stdout
    assert "bare.db entry 1: not replayed: recorded without its input" in done.stdout
    assert "no recorded assessment could be replayed" in str(alone.exception)


def test_an_altered_log_is_named_and_what_was_altered_is_not_replayed(log: str, tmp_path: Path) -> None:
    """Exit status 1, whatever the other entries say."""
    file = tmp_path / "altered.jsonl"
    lines = Path(log).read_text(encoding="utf-8").splitlines()
    file.write_text("\n".join([lines[0], lines[1].replace("lvef_percent", "lvef_persent")]), encoding="utf-8")
    done = run("replay", str(file))

    assert done.exit_code == 1
    assert "entry 2: altered" in done.stderr
    assert "altered.jsonl entry 2: not replayed: the entry was tampered with" in done.stdout


def test_an_input_that_is_not_the_recorded_one_is_not_replayed(
    edited: Edit,
) -> None:
    """Its digest tells, even where the chain was made anew."""

    def change(entry: Entry) -> None:
        if entry["number"] == 1:
            entry["input"]["text"] += "\n"

    done = run("replay", edited(change))

    assert "entry 1: not replayed: the input is not the one whose digest was recorded" in done.stdout


def test_a_file_that_is_refused_now_is_a_change(edited: Edit) -> None:
    """A field that this knowledge does not know; its place in the file is said."""

    def change(entry: Entry) -> None:
        kept = entry["input"]
        kept["text"] += "\nunheard_of: 1\n"
        kept["sha256"] = hashlib.sha256(kept["text"].encode()).hexdigest()

    done = run("replay", edited(change))

    assert done.exit_code == 1
    assert "the patient file is refused now:" in done.stdout
    assert "unknown-field: `unheard_of`" in done.stdout


def test_the_patients_of_a_log_are_samples_for_a_comparison(
    log: str, library: Library, tmp_path: Path
) -> None:
    """Each by the name of its entry, as it was read then; a log that was tampered with gives none."""
    samples = list(log_samples(log))
    cut = tmp_path / "cut.jsonl"
    cut.write_text(Path(log).read_text(encoding="utf-8").splitlines()[1], encoding="utf-8")

    assert [(one.name, str(one.read(library).assessed_on)) for one in samples] == [
        ("log.jsonl entry 1", "2026-10-12"),
        ("log.jsonl entry 2", "2026-10-11"),
    ]
    with pytest.raises(UsageError, match="tampered with"):
        list(log_samples(str(cut)))


def test_a_comparison_of_two_knowledge_bases_looks_at_a_log(log: str, knowledge: str) -> None:
    """The entry whose verdict the planted rule turns is named, from which verdict to which."""
    done = run("kb", "diff", str(ROOT), knowledge, "--log", log, "--format", "json", "--timeout", "1")
    tally = next(one for one in json.loads(done.stdout)["patients"] if one["source"] == "log")

    assert tally["read"] == 2
    assert "log.jsonl entry 1" in json.dumps(tally)


def test_what_assess_printed_is_replayed_with_the_files_beside_it(tmp_path: Path, knowledge: str) -> None:
    """A folder of JSON, one of several files, one as of an earlier day, one that shows one therapy only."""
    for path in EXAMPLES[:3]:
        shutil.copy(path, tmp_path)
    calls = {
        "all.json": [str(path) for path in EXAMPLES[:3]],
        "earlier.json": [str(EXAMPLES[0]), "--as-of", "2026-10-11"],
        "one.json": [str(EXAMPLES[0]), "--option", "ivig"],
    }
    for name, arguments in calls.items():
        run("assess", *arguments, "--format", "json", "-o", str(tmp_path / name))
    done = run("replay", str(tmp_path))

    assert done.exit_code == 0, done.output
    assert "5 recorded assessments: 5 replayed, 5 the same" in done.stdout
    assert "1 replayed, 1 the same" in run("replay", str(tmp_path / "one.json")).stdout
    (tmp_path / EXAMPLES[0].name).unlink()
    assert "no patient file with its digest lies beside it" in run("replay", str(tmp_path)).stdout


def test_the_knowledge_of_a_revision(log: str, knowledge: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Read from git, whatever lies in the working tree."""
    identity = ["-c", "user.name=Reviewer", "-c", "user.email=reviewer@example.org"]
    place = Path(knowledge)
    for command in (["init", "-q"], ["add", "."], [*identity, "commit", "-q", "-m", "planted"]):
        subprocess.run(["git", "-C", str(place), *command], check=True)
    monkeypatch.chdir(place)
    done = run("replay", log, "--knowledge", "HEAD")

    assert done.exit_code == 1
    assert "teclistamab: propose -> excluded" in done.stdout


def test_an_assessment_under_an_overlay_is_replayed_under_one_only(tmp_path: Path) -> None:
    """Without it the comparison would be with laxer limits."""
    overlay = str(tmp_path)
    (tmp_path / "overlay.yaml").write_text(OVERLAY, encoding="utf-8")
    url = f"sqlite:///{tmp_path / 'decisions.db'}"
    run("assess", str(COMPLETE), "--log", url, "--log-input", "--overlay", overlay)

    assert run("replay", url, "--overlay", overlay).exit_code == 0
    assert "give it with --overlay" in run("replay", url).stderr
