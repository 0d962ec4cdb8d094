"""The page and the Markdown text of an assessment: safe, whole, the same bytes, in both languages."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from html.parser import HTMLParser
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner

from escalate import assess, load_knowledge, load_patient
from escalate.assessment import Assessment
from escalate.commands import cli
from escalate.files.patient_file import patient_of
from escalate.library.model import Library
from escalate.problems import UsageError
from escalate.report.html import html_parts, html_report
from escalate.report.markdown import escaped, markdown_report
from tests.conftest import EXAMPLES, TODAY

FILES = sorted(EXAMPLES.glob("*.yaml"))
HOSTILE = "<script>alert(1)</script>\"'><img src=x onerror=y>&amp;\x1b[31m\u202e{{ 7 * 7 }} | [a](b) `c` # d"
VOID = {"meta", "link", "br", "img", "hr", "circle", "path"}
# Control characters reach a reader spelled out, and the page shows the rest as it was written.
SHOWN = HOSTILE.replace("\x1b", "\\x1b").replace("\u202e", "\\u202e")


class Read(HTMLParser):
    """A page as a browser takes it, with everything that is not closed in order."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str, str]] = []
        self.headings: list[int] = []
        self.wrong: list[str] = []
        self.words: list[str] = []
        self._open: list[str] = []
        self.feed(page)
        self.close()
        self.wrong += self._open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(tag, name, value or "") for name, value in attrs]
        if re.fullmatch("h[1-6]", tag):
            self.headings.append(int(tag[1]))
        if tag not in VOID:
            self._open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(tag, name, value or "") for name, value in attrs]

    def handle_endtag(self, tag: str) -> None:
        if not self._open or self._open.pop() != tag:
            self.wrong.append(tag)

    def handle_data(self, data: str) -> None:
        if self._open and self._open[-1] != "style":
            self.words.append(data)

    @property
    def text(self) -> str:
        return " ".join("".join(self.words).split())

    def values(self, name: str) -> list[str]:
        return [value for _tag, attribute, value in self.attributes if attribute == name]


@pytest.fixture(scope="module", params=FILES, ids=lambda path: path.stem)
def example(request: pytest.FixtureRequest, library: Library) -> Assessment:
    return assess(load_patient(request.param, library, today=TODAY), library)


@pytest.fixture(scope="module")
def page(example: Assessment) -> str:
    return html_report(example)


def test_a_page_is_well_formed(page: str) -> None:
    """Every element is closed in its order, no id stands twice, and every link leads somewhere."""
    read = Read(page)
    ids = read.values("id")
    inside = [href[1:] for href in read.values("href") if href.startswith("#")]
    named = [name for value in read.values("aria-labelledby") for name in value.split()]

    assert not read.wrong
    assert len(ids) == len(set(ids))
    assert {*inside, *named} <= set(ids)


def test_headings_and_landmarks(page: str) -> None:
    """One title, no level skipped; a screen reader finds the head, the main part and the foot."""
    read = Read(page)
    steps = [b - a for a, b in zip(read.headings, read.headings[1:], strict=False)]

    assert read.headings[0] == 1
    assert read.headings.count(1) == 1
    assert max(steps) <= 1
    assert {"header", "main", "footer", "title"} <= set(read.tags)
    assert ("html", "lang", "en") in read.attributes


def test_one_file_without_script(page: str) -> None:
    """Nothing runs, nothing is fetched, and it can be sent by mail."""
    read = Read(page)

    assert not {"script", "link", "iframe", "object", "form"} & set(read.tags)
    assert not [name for _tag, name, _value in read.attributes if name.startswith("on") or name == "style"]
    assert all(src.startswith("data:image/svg+xml;base64,") for src in read.values("src"))
    assert all(href.startswith(("#", "https://doi.org/")) for href in read.values("href"))
    assert page.count("url(") == page.count('url("data:image/svg+xml,')
    assert "@import" not in page
    assert len(page.encode()) < 300_000


def test_the_same_assessment_gives_the_same_bytes(example: Assessment, page: str) -> None:
    """A page can be compared with the one of the last conference."""
    assert html_report(example) == page


def test_every_open_option_and_every_closed_one_is_there(example: Assessment, page: str) -> None:
    """With its verdict in words: colour alone says nothing."""
    text = Read(page).text
    names = [o.therapy.name for o in example.proposal.options]

    assert [name for name in names if name not in text] == []
    for option in example.proposal.options:
        assert f"badge {option.verdict}" in page


def test_two_reports_share_a_page(example: Assessment) -> None:
    """Each with its own ids, without a landmark or a first heading of its own."""
    page = "".join(html_parts(example, at=at).body for at in ("a-", "b-"))
    read = Read(page)
    ids = read.values("id")

    assert not read.wrong
    assert len(ids) == len(set(ids))
    assert {href[1:] for href in read.values("href") if href.startswith("#")} <= set(ids)
    assert not {"main", "h1", "style", "html"} & set(read.tags)


def test_a_change_stands_beside_its_verdict(example: Assessment) -> None:
    """At the option it belongs to, open, closed or waiting."""
    ids = [o.therapy.id for o in example.proposal.options]
    body = html_parts(example, changes=dict.fromkeys(ids, f"was: {HOSTILE}")).body

    assert body.count('<ins class="changed">was: &lt;script&gt;') == len(ids)
    assert all(f'id="option-{therapy}"' in body for therapy in ids)


def test_at_most_five_questions(example: Assessment, page: str) -> None:
    """What is asked for first is what decides most; a list of eighty is no question."""
    asked = example.proposal.questions
    section = page.partition('<ol class="asks">')[2].partition("</ol>")[0]

    assert section.count("<li>") == min(5, len(asked))


def test_an_emergency_stands_on_the_first_screen(library: Library) -> None:
    """Before the ladder and before any option, by name."""
    patient = load_patient(EXAMPLES / "mda5-emergency.yaml", library, today=TODAY)
    assessment = assess(patient, library)
    glance = html_report(assessment).partition('id="alerts"')[0]
    titles = [alert.title for alert in assessment.proposal.alerts if alert.kind == "emergency"]

    assert titles
    assert all(title in glance for title in titles)


def test_a_closed_option_shows_the_value_that_closes_it(variant: Callable[..., Assessment]) -> None:
    """The value, its limit and its verdict, without the place in the file."""
    assessment = variant({"heart.echo.lvef_percent": "38"})
    text = Read(html_report(assessment)).text
    closed = text.partition("Closed, and by what")[2].partition("Lines of therapy")[0]

    assert "EXCLUDED Teclistamab" in closed
    assert re.search(r"LVEF: 38 %", closed)
    assert "patient.yaml" not in text


def test_the_first_day_to_look_again(variant: Callable[..., Assessment]) -> None:
    """Where time alone ends what stands against an option, the day is said."""
    text = Read(html_report(variant({"infection.sars_cov_2_last_on": "2026-09-03"}))).text

    assert "not before 26 November 2026" in text


def test_off_label_stands_in_the_line_of_the_verdict(library: Library) -> None:
    """An off-label use never looks licensed, and its evidence is named beside it."""
    patient = load_patient(EXAMPLES / "refractory-antisynthetase.yaml", library, today=TODAY)
    card = html_report(assess(patient, library)).partition('id="option-teclistamab"')[2]
    line = card.partition('<p class="verdict">')[2].partition("</p>")[0]

    assert "OPEN FOR DISCUSSION" in line
    assert "EU off-label" in line
    assert "evidence: case series" in line


def test_a_failed_line_says_whether_it_was_adequate(library: Library) -> None:
    """On the ladder and in the table; a drug that is being given has its own word."""
    patient = load_patient(EXAMPLES / "refractory-antisynthetase.yaml", library, today=TODAY)
    text = Read(html_report(assess(patient, library))).text

    assert "Rituximab failed, adequate trial" in text
    assert "Glucocorticoids (prednisolone, prednisone) running" in text


def test_a_sentence_shared_by_options_stands_once(library: Library) -> None:
    """Two JAK inhibitors share the warnings of their class: said at the first, referred to at the second."""
    patient = load_patient(EXAMPLES / "refractory-antisynthetase.yaml", library, today=TODAY)
    text = Read(html_report(assess(patient, library))).text

    assert text.count("FDA boxed warning (1 September 2021)") == 1
    assert "(also: Tofacitinib)" in text


def hostile_file(folder: Path) -> Path:
    """The complete example with hostile words wherever the file takes free text."""
    stated = yaml.load((EXAMPLES / "refractory-antisynthetase.yaml").read_text(), yaml.BaseLoader)
    stated["id"] = f"id {HOSTILE}"
    stated["note"] = f"note {HOSTILE}\nsecond line"
    for line in stated["therapies"]:
        line["note"] = f"line {HOSTILE}"
    stated["overrides"] = [
        {
            "rule": f"rule {HOSTILE}", "therapy": "teclistamab", "by": f"by {HOSTILE}",
            "on_date": "2026-09-01", "reason": f"reason {HOSTILE}",
        }
    ]  # fmt: skip
    file = folder / "<b>(muscle.mmt8_of_150, x.yaml"
    file.write_text(yaml.safe_dump(stated, allow_unicode=True), encoding="utf-8")
    return file


@pytest.fixture
def hostile(library: Library, tmp_path: Path) -> Assessment:
    return assess(load_patient(hostile_file(tmp_path), library, today=TODAY), library)


@pytest.mark.parametrize("field", ["id", "note", "line", "rule", "by", "reason"])
def test_hostile_text_is_shown_as_text(hostile: Assessment, field: str) -> None:
    """It is neither run nor lost: a reader sees what the file says."""
    read = Read(html_report(hostile))

    assert f"{field} {SHOWN}" in read.text
    assert "script" not in read.tags
    assert all(src.startswith("data:") for src in read.values("src"))
    assert not [name for _tag, name, _value in read.attributes if name.startswith("on")]
    assert not read.wrong


def test_no_control_character_reaches_a_page(hostile: Assessment) -> None:
    """Neither a terminal nor the direction of a line can be taken over."""
    for text in (html_report(hostile), markdown_report(hostile)):
        assert {c for c in text if not c.isprintable()} == {"\n"}


def unescaped(line: str) -> Iterator[str]:
    """The signs of Markdown in a line that no backslash takes away."""
    yield from re.findall(r"(?<!\\)(?:\\\\)*([<>`\[\]|#])", line)


def test_hostile_text_is_text_in_markdown(hostile: Assessment) -> None:
    """Every sign of Markdown in a text of the file is taken away, so that none opens HTML or a link."""
    report = markdown_report(hostile)
    lines = [line for line in report.splitlines() if "alert(1)" in line]

    assert lines
    assert {sign for line in lines for sign in unescaped(line.removeprefix("# "))} == set()


@pytest.mark.parametrize(
    ("text", "shown"),
    [("1. x", "1\\. x"), ("- x", "\\- x"), ("2 * 3", "2 \\* 3"), ("a\nb", "a b"), ("5-10", "5-10")],
)
def test_what_markdown_would_read_as_a_sign(text: str, shown: str) -> None:
    """Only where it would be read as one."""
    assert escaped(text) == shown


@pytest.mark.parametrize("report", [html_report, markdown_report])
def test_german(report: Callable[[Assessment], str]) -> None:
    """Every word around the patient's own is German, and decimals have a comma."""
    library = load_knowledge(language="de")
    patient = load_patient(EXAMPLES / "refractory-antisynthetase.yaml", library, today=TODAY)
    text = report(assess(patient, library))

    assert "Offene Optionen" in text
    assert "OFFEN ZUR DISKUSSION" in text
    assert "off-label" in text
    assert "Talspiegel 7,5 ng/mL" in text
    assert "Lines of therapy" not in text
    assert 'lang="de"' in text or report is markdown_report


def test_the_command_writes_a_page(tmp_path: Path) -> None:
    """`--format html -o FILE` for one patient."""
    target = tmp_path / "page.html"
    result = CliRunner().invoke(cli, ["assess", str(FILES[0]), "--format", "html", "-o", str(target)])

    assert result.exit_code == 0
    assert target.read_text(encoding="utf-8").startswith("<!doctype html>")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([str(FILES[0]), "--format", "html"], "-o FILE names the file"),
        ([str(FILES[0]), "--format", "pdf"], "-o FILE names the file"),
        ([*map(str, FILES), "--format", "html", "-o", str(FILES[0])], "this is a file"),
        ([str(FILES[0]), "--start", "2026-12-07"], "--start goes with the formats html and pdf"),
        (
            [str(FILES[0]), "--format", "html", "-o", "x", "--start", "7.12.26"],
            "a date is written YYYY-MM-DD",
        ),
        ([str(FILES[0]), "--format", "markdown", "--option", "ivig"], "a page shows every option"),
    ],
)
def test_what_a_page_cannot_be_is_refused(arguments: list[str], said: str) -> None:
    """Clearly, and before anything is read or written."""
    result = CliRunner().invoke(cli, ["assess", *arguments])

    assert isinstance(result.exception, UsageError)
    assert said in str(result.exception)


def test_the_template_library_comes_with_a_page_alone() -> None:
    """A report as text or Markdown does not pay for it."""
    code = "import sys, escalate.commands.assess, escalate.report.markdown; print('jinja2' in sys.modules)"
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout

    assert said.strip() == "False"


def test_markdown_names_every_option(example: Assessment) -> None:
    """Compact is not less: every option with its verdict stands in the text for the record."""
    text = markdown_report(example)

    assert [
        o.therapy.id for o in example.proposal.options if f"**{escaped(o.therapy.name)}**" not in text
    ] == []


def test_a_page_names_no_field_of_the_file(library: Library) -> None:
    """Antibodies, lines of therapy and defaults in words: also where the file contradicts itself."""
    lines = "{drug: tacrolimus, weeks: 400, started_on: 2026-01}, {drug: mycophenolate, dose: 200 g/day}"
    raw = f"{{schema: escalate/patient/v1, id: a, antibodies: [{{name: Jo-1}}], therapies: [{lines}]}}"
    page = Read(html_report(assess(patient_of(raw.encode(), "a.yaml", library, today=TODAY), library))).text
    fields = re.compile(
        r"(?:antibodies|therapies)\[|\b(?:heart|lung|labs|infection|diagnosis|therapies)\.[a-z]"
    )

    assert fields.findall(page) == []
    assert "Mycophenolate mofetil: Dose" in page
    assert "Result of the antibody test = positive (Jo-1); Region = eu" in page
