"""What a conference decided: the entry, what departs from the list, and its two pages."""

from __future__ import annotations

import io
import shutil
import sqlite3
from collections.abc import Callable
from datetime import UTC, date, datetime
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from escalate import load_knowledge
from escalate.commands import cli
from escalate.files.decision_log.chain import plain
from escalate.files.decision_log.conference import WAYS, Conference, Subject
from escalate.files.decision_log.source import open_log, record, stored_rows
from escalate.files.decision_log.verify import tamperings
from escalate.problems import UsageError
from escalate.report.decision import patient_page
from escalate.report.sheet_ways import WAY_TITLES

ROOT = Path(__file__).parent.parent
COMPLETE = ROOT / "examples" / "refractory-antisynthetase.yaml"
NOW = datetime(2026, 10, 14, 8, 0, tzinfo=UTC)
DECISION = """\
therapy: teclistamab
decision: chosen
reason: The lungs get worse under every other option.
held_on: 2026-10-14
present: [rheumatology, cardiology, pulmonology]
stop_if: [new arrhythmia, LVEF below 45 %]
review_on: 2026-12-07
for_patient:
  why: The other medicines did not stop the inflammation in your lungs.
  next: [You come to the ward on Monday.]
  call_if: [you have a fever]
  contact: the ward, day and night
"""
OPEN_WITH_OVERRIDE = ("lvef_percent: 62", "lvef_percent: 46")


def run(*arguments: str) -> Result:
    return CliRunner().invoke(cli, arguments)


def refused(*arguments: str) -> str:
    done = CliRunner().invoke(cli, arguments, standalone_mode=False)
    assert isinstance(done.exception, UsageError)
    return str(done.exception)


@pytest.fixture(scope="session")
def assessed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A patient for whom the engager is open only with an override, and a log of the assessment."""
    folder = tmp_path_factory.mktemp("assessed")
    text = COMPLETE.read_text().replace(*OPEN_WITH_OVERRIDE).replace("nyha_class: 1", "nyha_class: 2")
    (folder / "patient.yaml").write_text(text)
    done = run("assess", str(folder / "patient.yaml"), "--log", f"sqlite:///{folder}/log.db")
    assert done.exit_code == 0
    return folder


@pytest.fixture
def log(assessed: Path, tmp_path: Path) -> str:
    """That log, to write to."""
    for name in ("patient.yaml", "log.db"):
        shutil.copy(assessed / name, tmp_path / name)
    return f"sqlite:///{tmp_path}/log.db"


@pytest.fixture
def decided(log: str, tmp_path: Path) -> str:
    """The same log, and the decision of the conference as entry 2."""
    (tmp_path / "decision.yaml").write_text(DECISION)
    assert run("log", "decide", log, "--entry", "1", "--file", str(tmp_path / "decision.yaml")).exit_code == 0
    return log


def entry(url: str, number: int) -> dict[str, Any]:
    held = plain(list(stored_rows(url))[number - 1].text)
    assert held is not None
    return held


# -- the entry


def test_the_entry_holds_what_the_conference_said(decided: str) -> None:
    """Roles, reason, what would stop it, day of review, plain words; the verdict, and that it departs."""
    held = entry(decided, 2)

    assert (held["therapy"], held["decision"], held["departs"]) == ("teclistamab", "chosen", True)
    assert held["verdict"] == {"verdict": "caution_high", "rules": ["BCMA-X10"]}
    assert held["present"] == ["rheumatology", "cardiology", "pulmonology"]
    assert held["stop_if"] == ["new arrhythmia", "LVEF below 45 %"]
    assert (held["held_on"], held["review_on"]) == ("2026-10-14", "2026-12-07")
    assert held["for_patient"]["call_if"] == ["you have a fever"]


def test_everything_can_stand_on_the_command_line(log: str) -> None:
    """An option goes before the file; the day of the conference is today where nobody says."""
    done = run(
        "log", "decide", log, "--entry", "1", "--therapy", "ivig", "--decision", "declined",
        "--reason", "Volume.", "--present", "rheumatology", "--present", "cardiology", "--stop-if", "oedema",
        "--review", "2099-01-01",
    )  # fmt: skip
    held = entry(log, 2)

    assert done.exit_code == 0
    assert "as entry 2; the head of the log is" in done.stdout
    assert (held["decision"], held["departs"], held["reason"]) == ("declined", False, "Volume.")
    assert held["present"] == ["rheumatology", "cardiology"]
    assert held["held_on"] == date.today().isoformat()


@pytest.mark.parametrize("reason", ["", "   "])
def test_departing_from_the_list_needs_a_reason(reason: str, log: str) -> None:
    """Choosing what is not simply open; declining it, or choosing what is open, does not depart."""
    common = ("log", "decide", log, "--entry", "1", "--reason", reason)

    assert "departs from that and needs a reason" in refused(
        *common, "--therapy", "teclistamab", "--decision", "chosen"
    )
    assert len(list(stored_rows(log))) == 1
    assert run(*common, "--therapy", "teclistamab", "--decision", "postponed").exit_code == 0
    assert run(*common, "--therapy", "ivig", "--decision", "chosen").exit_code == 0


@pytest.mark.parametrize("verdict", ["excluded", "deferred", "data_needed", "caution_high", "not_indicated"])
def test_every_verdict_that_is_not_simply_open_departs(verdict: str, tmp_path: Path) -> None:
    """With a reason it is recorded, marked."""
    from escalate.files.decision_log.source import record_decision

    url = f"sqlite:///{tmp_path}/log.db"
    record(
        url,
        [{"kind": "assessment", "patient": "x", "verdicts": {"ivig": {"verdict": verdict, "rules": ["R"]}}}],
    )
    with pytest.raises(UsageError, match="needs a reason"):
        record_decision(url, 1, subject=Subject("ivig"), decision="chosen", reason="", now=NOW)
    record_decision(
        url, 1, subject=Subject("ivig"), decision="chosen", reason="Nothing else is left.", now=NOW
    )

    assert entry(url, 2)["departs"] is True


@pytest.mark.parametrize("way", WAYS)
def test_a_decision_may_be_about_no_therapy(way: str, log: str) -> None:
    """To change nothing is a decision, too: recorded without a verdict, shown, printed for both readers."""
    common = ("log", "decide", log, "--entry", "1", "--way", way, "--decision", "chosen")
    assert run(*common, "--review", "2030-12-07").exit_code == 0
    held = entry(log, 2)
    shown = run("log", "show", log, "--number", "2").stdout
    page = run("log", "page", log, "--entry", "2").stdout
    for_patient = run("log", "page", log, "--entry", "2", "--for", "patient").stdout

    assert (held["therapy"], held["way"], held["verdict"], held["departs"]) == (None, way, None, False)
    assert f"{way}: chosen" in shown
    assert f"{WAY_TITLES[way]}: chosen" in page
    assert "it gives no verdict on what is no therapy" in page
    assert "Immunoglobulin IV" in page  # also open on that day
    assert "The doctors suggest: " in for_patient
    assert "licensed" not in for_patient
    assert run("log", "verify", log).exit_code == 0


def test_the_ways_of_a_decision_are_those_of_the_report() -> None:
    """No way that the report shows is missing where it is decided."""
    assert tuple(WAY_TITLES) == WAYS


def test_a_decision_is_about_a_therapy_or_a_way(log: str, tmp_path: Path) -> None:
    """Neither, or both, says nothing that could be kept; a way that is none is named with the nearest."""
    common = ("log", "decide", log, "--entry", "1", "--decision", "chosen")
    (tmp_path / "d.yaml").write_text("way: sty\ndecision: chosen\n")

    assert "--therapy or --way is missing" in refused(*common)
    assert "say one of them" in refused(*common, "--therapy", "ivig", "--way", "stay")
    wrong = refused("log", "decide", log, "--entry", "1", "--file", str(tmp_path / "d.yaml"))
    assert "`sty` is not one of `stay`, `diagnostic_review`" in wrong
    assert "did you mean `stay`?" in wrong
    assert len(list(stored_rows(log))) == 1


def test_old_entries_hold_beside_new_ones(decided: str) -> None:
    """An entry of before the further words were kept is shown, printed and verified as ever."""
    rows = list(stored_rows(decided))
    assessed = plain(rows[0].text) or {}
    old = {
        "schema": "escalate/log/v1", "kind": "decision", "recorded_at": "2026-10-14T08:00:00.000000Z",
        "patient": assessed["patient"], "about": {"number": 1, "hash": rows[0].hash},
        "therapy": "teclistamab",
        "verdict": assessed["verdicts"]["teclistamab"], "decision": "chosen", "reason": "Older words.",
    }  # fmt: skip
    with open_log(decided) as log:
        log.append([old])
    told = run("log", "show", decided, "--number", "3").stdout
    page = run("log", "page", decided, "--entry", "3").stdout

    assert run("log", "verify", decided).exit_code == 0
    assert "reason: Older words." in told
    assert "This departs from the list" in page
    assert "not recorded" in page


def test_show_tells_what_the_conference_said(decided: str) -> None:
    """Line by line."""
    told = run("log", "show", decided, "--number", "2").stdout

    assert "this departs from the list" in told
    assert "present: rheumatology, cardiology, pulmonology" in told
    assert "would stop it: new arrhythmia" in told
    assert "review on 2026-12-07" in told


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("therapie: ivig\n", "1:1: unknown-field: `therapie` is not a field"),
        ("- ivig\n", "1:1: not-a-mapping"),
        ("therapy: {a: b}\n", "1:10: not-a-value"),
        ("therapy: ivig\ndecision: chosen\nreview_on: soon\n", "3:12: not-a-date: `soon` is not a day"),
        ("therapy: ivig\ndecision: maybe\n", "`maybe` is not one of `chosen`"),
        ("therapy: ivig\n", "--decision is missing"),
        ("decision: chosen\n", "--therapy or --way is missing"),
        ("therapy: teclistimab\ndecision: chosen\n", "did you mean `teclistamab`"),
        (
            "therapy: ivig\ndecision: chosen\nheld_on: 2026-10-14\nreview_on: 2026-10-14\n",
            "does not lie behind",
        ),
        (
            "therapy: ivig\ndecision: chosen\nheld_on: 2026-10-01\n",
            "the conference on 2026-10-01 lies before the assessment",
        ),
        (
            f"therapy: ivig\ndecision: chosen\nreason: {'x' * 10}\nstop_if: [{'y' * 2001}]\n",
            "more than 2000 characters",
        ),
        ("therapy: &a ivig\n", "anchor"),
    ],
)
def test_a_decision_that_cannot_be_read_is_refused_whole(
    text: str, said: str, log: str, tmp_path: Path
) -> None:
    """With line and column; nothing is recorded."""
    (tmp_path / "d.yaml").write_text(text)

    assert said in refused("log", "decide", log, "--entry", "1", "--file", str(tmp_path / "d.yaml"))
    assert len(list(stored_rows(log))) == 1


def test_what_is_said_at_length_is_bounded() -> None:
    """A list of a hundred roles is none."""
    from escalate.files.decision_log.conference import conference_plain

    with pytest.raises(UsageError, match="more than 30 entries"):
        conference_plain(Conference(present=("role",) * 31))


# -- the pages


def test_the_page_for_the_record(decided: str) -> None:
    """Who, what, what the list said by rule, why, what would stop it, when; and what else was open."""
    page = run("log", "page", decided, "--entry", "2", "--patient", "refractory-antisynthetase").stdout

    assert page.startswith("# Decision of the case conference on 14 October 2026\n")
    assert "Patient refractory-antisynthetase, assessed on 12 October 2026" in page
    assert "**This departs from the list: Teclistamab, only with a recorded override.**" in page
    assert "BCMA-X10: Mild manifest heart disease (C2)" in page
    assert "rheumatology, cardiology, pulmonology" in page
    assert "- LVEF below 45 %" in page
    assert "- open for discussion: Clinical trial" in page
    assert page.count("open for discussion") == 1
    assert (
        "  - rule: BCMA-X10\n    therapy: teclistamab\n    on_date: 2026-10-14\n    until: 2026-12-07" in page
    )
    assert list(stored_rows(decided))[1].hash in page


def test_the_override_on_the_page_is_one_of_a_patient_file(decided: str, tmp_path: Path) -> None:
    """Pasted into the file, the next report shows it beside the rule that it names."""
    page = run("log", "page", decided, "--entry", "2").stdout
    lines = page.split("```yaml\n")[1].split("```")[0]
    (tmp_path / "next.yaml").write_text((tmp_path / "patient.yaml").read_text() + lines)
    told = run("assess", str(tmp_path / "next.yaml"), "--option", "teclistamab").stdout

    assert "earlier conference (until 2026-12-07)" in " ".join(told.split())


def test_the_page_for_the_patient_is_plain(decided: str) -> None:
    """The treatment, why, what is next, when to call, day of review; no rule, verdict or number."""
    page = run("log", "page", decided, "--entry", "2", "--for", "patient").stdout

    assert "The doctors suggest this treatment: Teclistamab." in page
    assert "The other medicines did not stop the inflammation in your lungs." in page
    assert "- you have a fever" in page
    assert "the ward, day and night" in page
    assert "7 December 2026" in page
    assert not any(word in page for word in ("BCMA", "caution", "verdict", "override", "C2", "rule", "hash"))


@pytest.mark.parametrize(
    ("therapy", "licence"),
    [
        ("teclistamab", "It is not licensed for your illness."),
        ("clinical_trial", "It is not licensed for your illness."),
        ("ivig", "It is licensed for some forms of this illness only."),
        ("brepocitinib", "It is licensed for some forms of this illness only."),
        ("glucocorticoids", None),
    ],
)
def test_what_is_not_licensed_is_never_written_like_an_approval(therapy: str, licence: str | None) -> None:
    """Nor what is licensed for another form of myositis; an entry does not hold which one the patient has."""
    library = load_knowledge()
    said = {"therapy": therapy, "decision": "chosen", "recorded_at": "2026-10-12T08:00:00Z"}
    lines = patient_page(said, library).parts[0].lines

    assert [line.split(". ")[0] + "." for line in lines if "licensed" in line] == (
        [licence] if licence else []
    )


def test_what_nobody_wrote_is_left_blank(log: str) -> None:
    """No reason, step or telephone number is made up; there is room to write."""
    run(
        "log",
        "decide",
        log,
        "--entry",
        "1",
        "--therapy",
        "ivig",
        "--decision",
        "declined",
        "--reason",
        "Kidneys.",
    )
    page = run("log", "page", log, "--entry", "2", "--for", "patient").stdout

    assert "The doctors advise against this treatment for now: Immunoglobulin IV." in page
    assert "Your doctor writes the reason here:" in page
    assert "Kidneys" not in page
    assert page.count("\\_" * 40) == 13


def test_the_patient_is_spoken_to_in_german(decided: str) -> None:
    """Formal, in short sentences."""
    page = run("log", "page", decided, "--entry", "2", "--for", "patient", "--lang", "de").stdout

    assert "Was zu Ihrer Behandlung besprochen wurde" in page
    assert "Rufen Sie sofort an, wenn" in page
    assert "Dezember 2026" in page


class _Elements(HTMLParser):
    """The elements of a page, and whether each was closed."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[str] = []
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append(tag)
        if tag not in ("meta",):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


@pytest.mark.parametrize("whom", ["record", "patient"])
def test_a_page_is_one_sheet_of_paper(whom: str, decided: str, tmp_path: Path) -> None:
    """Self-contained, without script, whole, the same bytes twice, and one page of A4."""
    weasyprint = pytest.importorskip("weasyprint")
    pypdf = pytest.importorskip("pypdf")
    arguments = ("log", "page", decided, "--entry", "2", "--for", whom, "--format", "html")
    html = run(*arguments).stdout
    elements = _Elements()
    elements.feed(html)
    pdf = pypdf.PdfReader(io.BytesIO(weasyprint.HTML(string=html).write_pdf()))

    assert run(*arguments).stdout == html
    assert elements.open == []
    assert not {"script", "img", "link", "iframe"} & set(elements.seen)
    assert "http" not in html
    assert len(pdf.pages) == 1
    assert [round(float(x) / 72 * 25.4) for x in pdf.pages[0].mediabox[2:]] == [210, 297]


@pytest.mark.parametrize("whom", ["record", "patient"])
@pytest.mark.parametrize("fmt", ["html", "markdown"])
def test_hostile_words_are_shown_as_words(whom: str, fmt: str, log: str, tmp_path: Path) -> None:
    """Markup, escape sequences and the end of a code block in every text."""
    evil = "<script>alert(1)</script> ``` \\x1b[31m # no *title*"
    lines = [f"{key}: {evil!r}" for key in ("reason",)]
    lines += [f"present: [{evil!r}]", f"stop_if: [{evil!r}]", "therapy: teclistamab", "decision: chosen"]
    lines += [
        "for_patient:",
        *(f"  {k}: {evil!r}" for k in ("why", "contact", "treatment")),
        f"  next: [{evil!r}]",
    ]
    (tmp_path / "d.yaml").write_text("\n".join(lines))
    assert run("log", "decide", log, "--entry", "1", "--file", str(tmp_path / "d.yaml")).exit_code == 0
    page = run("log", "page", log, "--entry", "2", "--for", whom, "--format", fmt).stdout

    assert "\x1b" not in page
    assert "alert(1)" in page
    assert "<script>" not in page.replace("\\<script\\>", "")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--entry", "1"), "entry 1 is no decision"),
        (("--entry", "9"), "no entry 9"),
        (("--entry", "2", "--patient", "somebody-else"), "entry 2 is not about patient somebody-else"),
    ],
)
def test_a_page_is_of_a_decision(arguments: tuple[str, ...], said: str, decided: str) -> None:
    """And of the patient that is named."""
    assert said in refused("log", "page", decided, *arguments)


def test_of_an_altered_entry_no_page_is_printed(
    decided: str, tmp_path: Path, altered: Callable[[str], None]
) -> None:
    """Neither of the decision nor of the assessment it stands on."""
    altered(decided)

    assert "was altered" in refused("log", "page", decided, "--entry", "2")


@pytest.fixture
def altered() -> Callable[[str], None]:
    """Changes the reason of entry 2 past the triggers, as an owner of the file can."""

    def change(url: str) -> None:
        with sqlite3.connect(url.removeprefix("sqlite:///")) as connection:
            connection.execute("DROP TRIGGER decision_log_update")
            connection.execute(
                "UPDATE decision_log SET entry = replace(entry, 'lungs', 'skin') WHERE number = 2"
            )

    return change


# -- signed heads


@pytest.fixture
def signed(decided: str, tmp_path: Path) -> tuple[Path, Path]:
    """The signed head of the log with its decision, and the public key."""
    assert run("log", "key", str(tmp_path / "key")).exit_code == 0
    head = tmp_path / "head.json"
    assert run("log", "sign", decided, "--key", str(tmp_path / "key"), "-o", str(head)).exit_code == 0
    return head, tmp_path / "key.pub"


def verified(log: str, head: Path, public: Path) -> Result:
    return run("log", "verify", log, "--signed", str(head), "--public-key", str(public))


def test_a_signed_head_holds_for_the_log_and_for_a_longer_one(
    decided: str, signed: tuple[Path, Path]
) -> None:
    """Entries behind it do not matter; the key of a patient file is its owner's alone."""
    first = verified(decided, *signed)
    run("log", "decide", decided, "--entry", "1", "--therapy", "ivig", "--decision", "postponed")
    second = verified(decided, *signed)
    mode = signed[1].with_name("key").stat().st_mode & 0o777

    assert (first.exit_code, second.exit_code, mode) == (0, 0, 0o600)


def test_a_cut_off_end_is_found(decided: str, signed: tuple[Path, Path]) -> None:
    """Which no chain can show by itself."""
    with sqlite3.connect(decided.removeprefix("sqlite:///")) as connection:
        connection.execute("DROP TRIGGER decision_log_delete")
        connection.execute("DELETE FROM decision_log WHERE number = 2")
    done = verified(decided, *signed)

    assert run("log", "verify", decided).exit_code == 0
    assert done.exit_code == 1
    assert "entry 2: truncated" in done.stderr


def test_a_past_that_was_written_anew_is_found(
    decided: str, signed: tuple[Path, Path], tmp_path: Path
) -> None:
    """Every hash fits, and the chain holds; the head names another one."""
    entries = [plain(row.text) or {} for row in stored_rows(decided)]
    entries[1]["reason"] = "Other words."
    forged = f"sqlite:///{tmp_path}/forged.db"
    record(forged, [{k: v for k, v in entry.items() if k != "number"} for entry in entries])
    done = verified(forged, *signed)

    assert tamperings(stored_rows(forged))[0] == ()
    assert done.exit_code == 1
    assert "entry 2: altered: the head names another hash" in done.stderr


@pytest.mark.parametrize(
    ("old", "new"),
    [('"count": 2', '"count": 1'), ('"hash": "', '"hash": "0'), ('"signed_at": "20', '"signed_at": "19')],
)
def test_an_altered_head_is_named(old: str, new: str, decided: str, signed: tuple[Path, Path]) -> None:
    """A head that nobody vouches for says nothing of the log."""
    head, public = signed
    text = head.read_text()
    changed = text.replace(old, new)
    head.write_text(
        changed
        if '"hash": "0' not in new
        else changed.replace(changed.split('"hash": "')[1][:65], changed.split('"hash": "')[1][:64])
    )
    done = verified(decided, head, public)

    assert done.exit_code == 1
    assert "altered_head: the signed head was altered" in done.stderr


def test_another_key_is_named(decided: str, signed: tuple[Path, Path], tmp_path: Path) -> None:
    """With both fingerprints."""
    run("log", "key", str(tmp_path / "other"))
    done = verified(decided, signed[0], tmp_path / "other.pub")
    as_json = run(
        "log", "verify", decided, "--signed", str(signed[0]), "--public-key", str(tmp_path / "other.pub"),
        "--format", "json",
    )  # fmt: skip

    assert done.exit_code == as_json.exit_code == 1
    assert "wrong_key: it was signed with the key" in done.stderr
    assert '"kind": "wrong_key"' in as_json.stdout


def test_a_key_is_never_overwritten(tmp_path: Path) -> None:
    """Neither half; and half a pair is not left behind."""
    run("log", "key", str(tmp_path / "key"))
    before = (tmp_path / "key").read_bytes()
    (tmp_path / "only.pub").write_text("mine")

    assert "never overwritten" in refused("log", "key", str(tmp_path / "key"))
    assert "never overwritten" in refused("log", "key", str(tmp_path / "only"))
    assert (tmp_path / "key").read_bytes() == before
    assert not (tmp_path / "only").exists()


def test_a_log_that_was_tampered_with_is_not_signed(
    decided: str, tmp_path: Path, altered: Callable[[str], None]
) -> None:
    """A signature would say that this is what was written."""
    altered(decided)
    run("log", "key", str(tmp_path / "key"))
    done = run("log", "sign", decided, "--key", str(tmp_path / "key"))

    assert done.exit_code == 1
    assert done.stdout == ""
    assert "entry 2: altered" in done.stderr


@pytest.mark.parametrize(
    "raw", [b"", b"{}", b"\xff", b"-----BEGIN PRIVATE KEY-----\nx\n-----END PRIVATE KEY-----\n"]
)
def test_what_is_no_key_or_head_is_refused(
    raw: bytes, decided: str, signed: tuple[Path, Path], tmp_path: Path
) -> None:
    """In words, whatever the file holds."""
    bad = tmp_path / "bad"
    bad.write_bytes(raw)
    head, public = signed

    assert "no private Ed25519 key" in refused("log", "sign", decided, "--key", str(bad))
    assert "no public Ed25519 key" in refused(
        "log", "verify", decided, "--signed", str(head), "--public-key", str(bad)
    )
    assert "no signed head" in refused(
        "log", "verify", decided, "--signed", str(bad), "--public-key", str(public)
    )


def test_signed_and_public_key_go_together(decided: str, signed: tuple[Path, Path]) -> None:
    """And one head is compared at a time."""
    head, public = signed

    assert "go together" in refused("log", "verify", decided, "--signed", str(head))
    assert "one head at a time" in refused(
        "log",
        "verify",
        decided,
        "--signed",
        str(head),
        "--public-key",
        str(public),
        "--head",
        "0" * 64 + ":0",
    )
