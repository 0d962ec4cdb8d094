"""What differs between two assessments: facts, verdicts, knowledge; from a file that nobody vouches for."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from escalate import assess
from escalate.commands import cli
from escalate.files.json_text import dumps
from escalate.files.what_if import patient_with
from escalate.library.model import Library
from escalate.problems import UsageError
from escalate.report.changes import changes, changes_document
from escalate.report.document import document

ROOT = Path(__file__).parent.parent
COMPLETE = ROOT / "examples" / "refractory-antisynthetase.yaml"
RAW = COMPLETE.read_bytes()
Document = dict[str, Any]


def run(*arguments: str) -> Result:
    return CliRunner().invoke(cli, arguments)


def of(library: Library, *what_if: tuple[str, str]) -> Document:
    """An assessment of the complete example, as JSON has it when it is read again."""
    patient = patient_with(RAW, "patient.yaml", library, what_if)
    return json.loads(dumps(document(assess(patient, library), planned=False)))  # type: ignore[no-any-return]


@pytest.fixture(scope="module")
def stated(library: Library) -> Document:
    return of(library)


@pytest.fixture
def old(stated: Document, tmp_path: Path) -> Path:
    path = tmp_path / "old.json"
    path.write_text(json.dumps(stated))
    return path


def test_the_same_assessment_differs_in_nothing(stated: Document) -> None:
    """Read from a file or fresh: a decimal is the number it was."""
    found = changes(stated, copy.deepcopy(stated))

    assert found.nothing
    assert found.facts == ()
    assert found.knowledge_before is None


def test_facts_verdicts_and_rules(stated: Document, library: Library) -> None:
    """One fact turns a verdict: both sides of each, and the rules that decide before and now."""
    found = changes(stated, of(library, ("heart.echo.lvef_percent", "44")))
    (fact,) = found.facts or ()
    (engager,) = [row for row in found.verdicts if row.therapy == "teclistamab"]

    assert (fact.fact, fact.before, fact.now) == ("heart.echo.lvef_percent", 62, 44)
    assert (engager.before, engager.now) == ("propose", "excluded")
    assert engager.rules_before == ("P-ASYS-ILD-S5-TECL",)
    assert "BCMA-X04" in engager.rules_now
    assert ("heart_grade", "C0", "C3") in [(f.finding, f.before, f.now) for f in found.findings]
    assert "P-HEART-C3" in [alert.id for alert in found.alerts_new]


def test_what_is_asked_now_and_what_no_longer(stated: Document, library: Library) -> None:
    """A value that went away is asked for; given again, it is not."""
    without = of(library, ("labs.igg_g_per_l", "unknown"))

    assert "labs.igg_g_per_l" in [row.id for row in changes(stated, without).asked_new]
    assert "labs.igg_g_per_l" in [row.id for row in changes(without, stated).asked_no_more]


def test_a_data_needed_verdict_names_the_rules_that_wait(stated: Document, library: Library) -> None:
    """The JSON holds them, so that a later comparison can name them."""
    found = changes(stated, of(library, ("heart.echo.lvef_percent", "unknown")))
    (engager,) = [row for row in found.verdicts if row.therapy == "teclistamab"]

    assert engager.now == "data_needed"
    assert "BCMA-X04" in engager.rules_now


def test_entries_of_lists_are_paired_by_what_they_are_about(stated: Document, library: Library) -> None:
    """A line put before the others does not make all of them new."""
    new = copy.deepcopy(stated)
    lines = new["patient"]["facts"]["therapies"]
    lines.insert(0, {"drug": "ivig", "weeks": 26})
    lines[-1]["response"] = "minimal"
    del new["patient"]["facts"]["antibodies"][1]
    found = [(c.fact, c.before, c.now) for c in changes(stated, new).facts or ()]
    last = stated["patient"]["facts"]["therapies"][-1]

    assert ("therapies[ivig]", None, {"drug": "ivig", "weeks": 26}) in found
    assert (f"therapies[{last['drug']}].response", last.get("response"), "minimal") in found
    assert ("antibodies[Ro52]", stated["patient"]["facts"]["antibodies"][1], None) in found
    assert len(found) == 3


def test_knowledge_stands_apart(stated: Document) -> None:
    """Another digest is another knowledge base, whatever the verdicts."""
    new = copy.deepcopy(stated)
    new["knowledge"] = {"version": "1.1.0", "digest": "sha256:other"}
    found = changes(stated, new)

    assert (found.knowledge_before, found.knowledge_now.version) != (None, "1.0.0")
    assert found.verdicts == ()
    assert changes_document(found)["knowledge"]["changed"] is True  # type: ignore[index]


def test_overrides_of_earlier_conferences_with_their_end(stated: Document) -> None:
    """New ones are marked, and one whose end has come is lapsed on that very day."""
    new = copy.deepcopy(stated)
    new["patient"]["overrides"] = [
        {"rule": "BCMA-X10", "therapy": "teclistamab", "reason": "treated", "until": "2026-10-12"},
        {"rule": "BCMA-X24b", "therapy": "teclistamab"},
    ]
    found = changes(stated, new).overrides

    assert [(o.rule, o.until, o.lapsed, o.new) for o in found] == [
        ("BCMA-X10", "2026-10-12", True, True), ("BCMA-X24b", None, False, True),
    ]  # fmt: skip


def test_a_file_of_before_the_facts_were_written(stated: Document, library: Library) -> None:
    """Verdicts are compared, facts are said to be missing there."""
    older = copy.deepcopy(stated)
    del older["patient"]["facts"], older["patient"]["overrides"]
    for option in older["options"]:
        del option["unsettled"]
    found = changes(older, of(library, ("heart.echo.lvef_percent", "44")))

    assert found.facts is None
    assert "teclistamab" in [row.therapy for row in found.verdicts]


def test_a_file_with_one_therapy_is_compared_in_that_one(stated: Document, library: Library) -> None:
    """The others were not asked about, and are not new."""
    one = copy.deepcopy(stated)
    one["options"] = [o for o in one["options"] if o["therapy"] == "teclistamab"]
    one["not_indicated"] = []
    found = changes(one, of(library, ("heart.echo.lvef_percent", "44")))

    assert [row.therapy for row in found.verdicts] == ["teclistamab"]
    assert found.compared == "teclistamab"


# -- the command line


def test_what_if_prints_the_difference_alone() -> None:
    """The fact, the verdict from and to with its rules, and what is asked now."""
    done = run(
        "assess",
        str(COMPLETE),
        "--what-if",
        "heart.echo.lvef_percent=44",
        "--what-if",
        "labs.igg_g_per_l=unknown",
    )

    assert done.exit_code == 0
    assert "LVEF (heart.echo.lvef_percent): 62 % → 44 %" in done.stdout
    assert (
        "Teclistamab: open for discussion → excluded (P-ASYS-ILD-S5-TECL → BCMA-X01, BCMA-X04)"
        in " ".join(done.stdout.split())
    )
    assert "Serum IgG in g/L (labs.igg_g_per_l)" in done.stdout
    assert "LADDER" not in done.stdout


def test_what_if_in_json_is_the_assessment_under_the_change() -> None:
    """The fixed keys in their order, and `changes` behind them."""
    done = run("assess", str(COMPLETE), "--what-if", "heart.echo.lvef_percent=44", "--format", "json")
    parsed = json.loads(done.stdout)
    (engager,) = [o for o in parsed["options"] if o["therapy"] == "teclistamab"]

    assert list(parsed)[-1] == "changes"
    assert engager["verdict"] == "excluded"
    assert parsed["changes"]["what_if"] == ["heart.echo.lvef_percent=44"]
    assert parsed["changes"]["facts"] == [{"fact": "heart.echo.lvef_percent", "from": 62, "to": 44}]
    assert parsed["changes"]["compared_with"]["sha256"] != parsed["patient"]["sha256"]


def test_what_if_speaks_german() -> None:
    """The difference, and what is wrong with a change."""
    done = run("assess", str(COMPLETE), "--what-if", "heart.echo.lvef_percent=44", "--lang", "de")
    wrong = run("assess", str(COMPLETE), "--what-if", "heart.echo.lvef_pct=44", "--lang", "de")

    assert "Teclistamab: offen zur Diskussion → ausgeschlossen" in " ".join(done.stdout.split())
    assert "Was wäre, wenn".upper() in done.stdout
    assert "ist kein Feld" in wrong.stderr
    assert wrong.exit_code == 2


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (("--log", "sqlite:///never.db"), "does not go with --log"),
        (("--since", str(COMPLETE)), "one comparison at a time"),
    ],
)
def test_a_question_is_never_recorded(more: tuple[str, str], said: str) -> None:
    """Nobody has these values: a log does not hold them."""
    done = CliRunner().invoke(
        cli, ["assess", str(COMPLETE), "--what-if", "heart.nyha_class=3", *more], standalone_mode=False
    )

    assert isinstance(done.exception, UsageError)
    assert said in str(done.exception)
    assert not Path("never.db").exists()


@pytest.mark.parametrize("fmt", ["text", "markdown", "html", "json"])
def test_since_in_every_report(fmt: str, old: Path, tmp_path: Path) -> None:
    """The report as ever, and in it what is new."""
    newer = tmp_path / "new.yaml"
    text = RAW.decode().replace("lvef_percent: 62", "lvef_percent: 44")
    newer.write_text(text.replace("assessed_on: 2026-10-12", "assessed_on: 2026-10-26"))
    target = tmp_path / f"out.{fmt}"
    done = run("assess", str(newer), "--since", str(old), "--format", fmt, "-o", str(target))
    told = " ".join(target.read_text().split())

    assert done.exit_code == 0
    if fmt == "json":
        found = json.loads(told)["changes"]
        assert found["compared_with"]["assessed_on"] == "2026-10-12"
        assert {"fact": "heart.echo.lvef_percent", "from": 62, "to": 44} in found["facts"]
    else:
        day = "12 october 2026" if fmt == "html" else "2026-10-12"
        assert f"what is new since {day}" in told.lower()
        assert "62 % → 44 %" in told
        assert "Teclistamab: open for discussion → excluded" in told


def test_the_day_alone_may_make_the_difference(old: Path, tmp_path: Path) -> None:
    """Half a year later the same file has tests that are too old, and the report says that it is the day."""
    later = tmp_path / "later.yaml"
    later.write_text(RAW.decode().replace("assessed_on: 2026-10-12", "assessed_on: 2027-04-12"))
    told = " ".join(run("assess", str(later), "--since", str(old)).stdout.split())

    assert "the day of the assessment makes the difference" in told


def test_a_list_of_a_conference_is_asked_by_patient(stated: Document, tmp_path: Path) -> None:
    """Each patient is compared with its own; one who is not on the list is named and assessed as ever."""
    other = copy.deepcopy(stated)
    other["patient"]["id"] = "somebody-else"
    path = tmp_path / "list.json"
    path.write_text(json.dumps([other, stated]))
    early = str(ROOT / "examples" / "early-dermatomyositis.yaml")
    done = run("assess", str(COMPLETE), early, "--since", str(path), "--format", "json")
    first, second = json.loads(done.stdout)

    assert first["changes"]["verdicts"] == []
    assert "changes" not in second
    assert "no earlier assessment of patient early-dermatomyositis" in done.stderr


def poked(stated: Document, path: str, value: object) -> str:
    """The document with one value replaced."""
    held = copy.deepcopy(stated)
    *steps, last = path.split("/")
    node: Any = held
    for step in steps:
        node = node[int(step) if step.isdigit() else step]
    node[int(last) if last.isdigit() else last] = value
    return json.dumps(held)


@pytest.mark.parametrize(
    ("path", "value", "said"),
    [
        ("schema", "escalate/patient/v1", "this is no assessment"),
        ("patient/id", "another", "it is about another, not about patient refractory-antisynthetase"),
        ("patient/id", 7, "`patient.id` is not what an assessment holds"),
        ("patient/assessed_on", "yesterday", "`patient.assessed_on`"),
        ("patient/facts", [], "`patient.facts`"),
        ("patient/facts/labs.igg_g_per_l", {"a": {}}, "`patient.facts.labs.igg_g_per_l`"),
        ("patient/facts/therapies/0", {"weeks": 3}, "`patient.facts.therapies[0].drug`"),
        ("patient/facts/therapies/0/weeks", [[[]]], "`patient.facts.therapies[0].weeks`"),
        ("patient/overrides", [{"rule": None}], "`patient.overrides[0].rule`"),
        ("knowledge", None, "`knowledge`"),
        ("findings/heart_grade", "C1", "`findings.heart_grade`"),
        ("findings/heart_grade/value", {}, "`findings.heart_grade`"),
        ("alerts/0/title", 3, "`alerts[0].title`"),
        ("options/0/verdict", "fine", "`options[0].verdict`"),
        ("options/0/verdict", [], "`options[0].verdict`"),
        ("options/0/indicated_by/0/rule", None, "`options[0].indicated_by[0].rule`"),
        ("options/0/cautions", "none", "`options[0].cautions`"),
        ("not_indicated/0/rules", [1], "`not_indicated[0].rules`"),
        ("missing_data", {}, "`missing_data`"),
    ],
)  # fmt: skip
def test_an_earlier_file_that_is_none_is_refused(
    path: str, value: object, said: str, stated: Document, tmp_path: Path
) -> None:
    """Exit 2, naming the key; nothing about the patient is printed."""
    old = tmp_path / "old.json"
    old.write_text(poked(stated, path, value))
    done = CliRunner().invoke(cli, ["assess", str(COMPLETE), "--since", str(old)], standalone_mode=False)

    assert isinstance(done.exception, UsageError)
    assert said in str(done.exception)
    assert done.stdout == ""


@pytest.mark.parametrize(
    "raw",
    [
        b"", b"[", b"{}", b"[]", b"null", b"7", b'"x"', b"\xff\xfe", b"\xff", b"[" * 100_000,
        b'{"a": 1, "a": 2}',
        b'{"schema": NaN}', b'{"schema": 1e999}', b"1" * 5000, b"schema: escalate/assessment/v1",
    ],
    ids=lambda raw: repr(raw[:20]),
)  # fmt: skip
def test_hostile_json_is_refused_in_words(raw: bytes, tmp_path: Path) -> None:
    """Never a traceback; a list without any assessment is about nobody."""
    old = tmp_path / "old.json"
    old.write_bytes(raw)
    done = CliRunner().invoke(cli, ["assess", str(COMPLETE), "--since", str(old)], standalone_mode=False)

    assert isinstance(done.exception, UsageError)
    assert "--since" in str(done.exception)


def test_a_hostile_text_of_an_earlier_file_is_shown_as_text(stated: Document, tmp_path: Path) -> None:
    """Markup and escape sequences of an alert that is gone."""
    held = copy.deepcopy(stated)
    held["alerts"].append(
        {**held["alerts"][0], "id": "<b>\x1b[31m", "title": "<script>alert(1)</script>\u202e"}
    )
    old = tmp_path / "old.json"
    old.write_text(json.dumps(held))
    told = {
        fmt: (
            run("assess", str(COMPLETE), "--since", str(old), "--format", fmt, "-o", str(tmp_path / fmt)),
            (tmp_path / fmt).read_text(),
        )[1]
        for fmt in ("text", "markdown", "html", "json")
    }

    assert all("\x1b" not in text and "\u202e" not in text for text in told.values())
    assert "<script>" not in told["html"]
    assert "\\<script\\>" in told["markdown"]
