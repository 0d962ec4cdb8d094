"""The page of a conference in a real browser, against a real server on this machine."""

from __future__ import annotations

import re
import socket
import threading
from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path

import pytest
import uvicorn
from playwright.sync_api import Browser, ConsoleMessage, Page, Request, expect
from pypdf import PdfReader

from escalate.files.decision_log.chain import plain
from escalate.files.decision_log.source import stored_rows
from escalate.files.decision_log.verify import tamperings
from escalate.service.app import create_app
from escalate.service.settings import Settings
from tests.browser.conftest import PROJECTOR
from tests.conftest import EXAMPLES, TODAY
from tests.helpers_page import HOSTILE, hostile_patient, recorded

EXAMPLE = EXAMPLES / "refractory-antisynthetase.yaml"
SHORT = """schema: escalate/patient/v1
id: short-case
assessed_on: 2026-10-12
diagnosis: {entity: antisynthetase_syndrome}
demographics: {age_years: 51, sex: female, weight_kg: 68}
antibodies: [{name: Jo-1, strength: strong}]
lung: {ild: true, fvc_percent_predicted: 68, dlco_percent_predicted: 52, spo2_rest_percent: 95}
heart: {echo: {lvef_percent: 62, date: 2026-10-05}}
therapies:
  - {drug: prednisolone, dose: 60 mg/day, weeks: 8, response: minimal, stopped_for: inefficacy}
  - {drug: MMF, dose: 3 g/day, weeks: 26, response: none}
"""
expect.set_options(timeout=30_000)  # a machine with other work is slow, and no less right
# What a browser says by itself about an answer that is a list of problems.
_SAID_OF_A_STATUS = "the server responded with a status of 4"


@pytest.fixture(scope="session")
def log(tmp_path_factory: pytest.TempPathFactory) -> str:
    return f"sqlite:///{tmp_path_factory.mktemp('browser') / 'decisions.db'}"


@pytest.fixture(scope="session")
def served(log: str) -> Iterator[str]:
    """The address of one server for all tests, on the day of the example."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        port = listening.getsockname()[1]
        app = create_app(Settings(port=port, log_url=log, reload_seconds=0), lambda: TODAY)
        server = uvicorn.Server(uvicorn.Config(app, log_level="error"))
        thread = threading.Thread(target=server.run, args=([listening],), daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{port}"
        server.should_exit = True
        thread.join(20)


@pytest.fixture
def said(page: Page) -> list[str]:
    """Whatever the browser complains about: a policy that is broken, a script that fails, a dialog."""
    heard: list[str] = []

    def hear(message: ConsoleMessage) -> None:
        if message.type in ("error", "warning") and _SAID_OF_A_STATUS not in message.text:
            heard.append(message.text)

    page.on("console", hear)
    page.on("pageerror", lambda fault: heard.append(str(fault)))
    page.on("dialog", lambda dialog: (heard.append(dialog.message), dialog.dismiss()))
    return heard


@pytest.fixture
def opened(page: Page, served: str, said: list[str]) -> Iterator[Callable[[str], Page]]:
    """The report of a text that was pasted; in the end the browser had nothing to complain about."""

    def open_it(text: str = SHORT, language: str = "en") -> Page:
        page.goto(f"{served}/?lang={language}")
        page.locator("#text").fill(text)
        page.locator("form.wide button.main").click()
        page.wait_for_load_state()
        return page

    yield open_it

    assert said == []


def ask(page: Page, field: str, value: str, letter: str = "a", row: int = 0) -> None:
    """Type a field and a value, and press Enter."""
    page.locator(f"#{letter}-field-{row}").fill(field)
    page.locator(f"#{letter}-value-{row}").fill(value)
    page.locator(f"#{letter}-value-{row}").press("Enter")


def tab(page: Page, path: str) -> None:
    """Go to another page about the same patient."""
    page.locator(f"button.tab[formaction$='/page/{path}']").click()
    page.wait_for_load_state()


def test_an_uploaded_file_is_open_on_the_first_screen(page: Page, served: str, said: list[str]) -> None:
    """Ten seconds on a projector: emergency, what is asked, what is open, which fact is missing."""
    page.goto(served)
    page.locator("#upload").set_input_files(EXAMPLE)
    page.locator("form.wide button.main").click()
    tiles = page.locator(".tile")

    expect(tiles).to_have_count(4)
    for number in range(4):
        box = tiles.nth(number).bounding_box()
        assert box is not None
        assert box["y"] + box["height"] <= PROJECTOR["height"]
    assert said == []


def test_a_what_if_is_answered_in_place(opened: Callable[[str], Page], served: str) -> None:
    """Typed and sent with the keyboard alone; the page is not loaded again, and the cursor stays."""
    page = opened(EXAMPLE.read_text())
    page.evaluate("window.same = true")
    page.locator("#a-field-0").focus()
    page.keyboard.type("LVEF")
    page.keyboard.press("Tab")
    page.keyboard.type("44")
    page.keyboard.press("Enter")
    row = page.locator(".turns tr", has_text="Teclistamab")

    expect(row).to_contain_text("excluded")
    expect(row).to_contain_text("44 %")
    expect(page.locator("#changes")).to_contain_text("verdicts change")
    expect(page.locator("#a-field-0")).to_have_value("heart.echo.lvef_percent")
    assert page.evaluate("window.same") is True
    assert page.evaluate("document.activeElement.id") == "a-value-0"

    page.locator("button[name=whole]").click()
    expect(page.locator(".sheet .changed").first).to_contain_text("was:")


def test_what_is_missing_first_is_one_click_away(opened: Callable[[str], Page]) -> None:
    """The fields that would decide most are offered; choosing one asks for its value."""
    page = opened()
    page.locator(".chip-button").first.click()

    expect(page.locator("#a-field-0")).not_to_have_value("")
    expect(page.locator("#a-now-0")).to_contain_text("in the file: unknown")


def test_two_variants_stand_side_by_side(opened: Callable[[str], Page]) -> None:
    """Each with its change; what differs from the file is marked."""
    page = opened(EXAMPLE.read_text())
    tab(page, "compare")
    ask(page, "LVEF", "44", "a")
    expect(page.locator("table.beside")).to_be_visible()
    ask(page, "IgG", "3.5", "b")

    expect(page.locator("table.beside thead th")).to_have_count(4)
    expect(page.locator("table.beside td.differs").first).to_be_visible()
    row = page.locator("table.beside tr", has_text="Teclistamab").first
    expect(row.locator("td.differs")).to_have_count(2)


def test_the_form_changes_a_value(opened: Callable[[str], Page]) -> None:
    """From the file to the form and back; a wrong value is marked where it stands, and mended there."""
    page = opened()
    tab(page, "form")
    field = page.locator("[name='f:heart.echo.lvef_percent']")
    expect(field).to_have_value("62")
    field.fill("forty")
    page.locator(".form-head button.main").click()
    expect(page.locator("[name='f:heart.echo.lvef_percent']")).to_have_attribute("aria-invalid", "true")
    page.locator("button[name=row_for][value=therapies]").click()
    expect(page.locator("[name='r:therapies:2:drug']")).to_be_visible()
    page.locator("[name='r:therapies:2:drug']").fill("rituximab")
    page.locator("[name='f:heart.echo.lvef_percent']").fill("44")
    page.locator(".form-head button.main").click()

    expect(page.locator(".tile").first).to_be_visible()
    tab(page, "text")
    expect(page.locator("#text")).to_have_value(re.compile(r"lvef_percent: 44"))
    expect(page.locator("#text")).to_have_value(re.compile(r"drug: rituximab"))


def test_a_refused_text_is_mended_on_the_page(opened: Callable[[str], Page]) -> None:
    """Every problem with line and column, and the text to mend it in."""
    page = opened(SHORT.replace("lvef_percent", "lvef"))

    expect(page.locator(".problems")).to_contain_text("line 8, column")
    expect(page.locator(".problems")).to_contain_text("heart.echo.lvef_percent")
    page.locator("#text").fill(SHORT)
    page.locator(".editor button.main").click()
    expect(page.locator(".tile").first).to_be_visible()


def test_a_what_if_is_read_on_a_telephone(opened: Callable[[str], Page]) -> None:
    """What changes stands under each other, and so do two variants: nothing is scrolled sideways."""
    page = opened()
    page.set_viewport_size({"width": 390, "height": 844})
    ask(page, "heart.echo.lvef_percent", "44")
    expect(page.locator("#changes")).to_be_visible()
    cells = page.evaluate("[...document.querySelectorAll('.turns tbody td')].map((cell) => cell.clientWidth)")

    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert min(cells) > 300
    tab(page, "compare")
    expect(page.locator("table.beside")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_a_decision_is_recorded(opened: Callable[[str], Page], log: str) -> None:
    """The verdicts of the day and the conference's words, as two entries of a log that holds."""
    page = opened()
    tab(page, "decision")
    page.locator("#therapy").select_option("ivig")
    page.locator("input[name=decision][value=postponed]").check()
    page.locator("#reason").fill("First the lung.")
    page.locator("#present").fill("rheumatology\npulmonology")
    page.locator("button[formaction$='/page/record'].main").click()
    expect(page.locator("h1")).to_contain_text("Recorded in the decision log")
    rows = list(stored_rows(log))
    entry = plain(rows[-1].text)

    assert entry is not None
    assert entry["decision"] == "postponed"
    assert entry["present"] == ["rheumatology", "pulmonology"]
    assert not tamperings(rows)[0]
    with page.expect_download() as downloading:
        page.locator("button[name=whom][value=patient]").click()
    assert "treatment" in Path(downloading.value.path()).read_text(encoding="utf-8")


def test_the_report_prints_without_the_bar(opened: Callable[[str], Page]) -> None:
    """On paper the report alone: no bar, no what-if, and every page of A4."""
    page = opened()
    printed = PdfReader(BytesIO(page.pdf(prefer_css_page_size=True)))
    text = " ".join(sheet.extract_text() for sheet in printed.pages)

    assert "short-case" in text
    assert "Export" not in text
    assert "What if" not in text
    assert {round(float(sheet.mediabox.height)) for sheet in printed.pages} == {842}


def test_the_page_speaks_german_at_a_switch(opened: Callable[[str], Page]) -> None:
    """The file and the question come along; words, numbers and the language of the page are German."""
    page = opened()
    ask(page, "LVEF", "44")
    expect(page.locator(".difference")).to_be_visible()
    page.locator("button.tongue[value=de]").click()

    expect(page.locator("html")).to_have_attribute("lang", "de")
    expect(page.locator("#whatif")).to_have_text("Was wäre, wenn")
    expect(page.locator("#a-value-0")).to_have_value("44")
    expect(page.locator(".difference")).to_contain_text("in der Datei")


def test_everything_works_without_javascript(browser: Browser, served: str, log: str) -> None:
    """Plain forms: open, ask, compare, fill in, decide; each is a page of its own."""
    context = browser.new_context(java_script_enabled=False, viewport=PROJECTOR)
    page = context.new_page()
    page.goto(served)
    page.locator("#text").fill(SHORT)
    page.locator("form.wide button.main").click()
    expect(page.locator(".tile")).to_have_count(4)
    ask(page, "LVEF", "44")
    expect(page.locator("#changes")).to_be_visible()
    page.locator(".drop-row").first.click()
    expect(page.locator("#changes")).to_have_count(0)
    tab(page, "compare")
    ask(page, "LVEF", "44", "b")
    expect(page.locator("table.beside")).to_be_visible()
    tab(page, "form")
    page.locator("button[name=row_for][value=antibodies]").click()
    expect(page.locator("[name='r:antibodies:1:name']")).to_be_visible()
    page.locator(".form-head button.main").click()
    expect(page.locator(".tile")).to_have_count(4)
    tab(page, "decision")
    page.locator("#therapy").select_option("ivig")
    page.locator("input[name=decision][value=declined]").check()
    before = recorded(log)
    page.locator("button[formaction$='/page/record'].main").click()
    expect(page.locator("h1")).to_contain_text("Recorded")
    context.close()

    assert recorded(log) == before + 2


def test_hostile_words_are_text_everywhere(opened: Callable[[str], Page]) -> None:
    """In every free text of the file, in a what-if, and in the words of a decision: shown, never run."""
    page = opened(hostile_patient().decode())
    expect(page.locator(".sheet")).to_contain_text(HOSTILE)
    ask(page, HOSTILE, HOSTILE)
    expect(page.locator(".problems")).to_contain_text("<img src=x")
    for path in ("compare", "form", "text", "decision"):
        tab(page, path)
        assert page.locator("img[src=x]").count() == 0
    page.locator("#therapy").select_option("teclistamab")
    page.locator("input[name=decision][value=declined]").check()
    for name in ("reason", "present", "stop_if"):
        page.locator(f"#{name}").fill(HOSTILE)
    page.locator("button[formaction$='/page/record'].main").click()

    expect(page.locator(".paper")).to_contain_text(HOSTILE)
    assert page.locator("img[src=x]").count() == 0


@pytest.mark.parametrize("language", ["en", "de"])
def test_axe_finds_nothing_on_any_page(
    language: str, opened: Callable[[str, str], Page], violations: Callable[[Page], list[str]], served: str
) -> None:
    """The start, the report, a what-if, the variants, the form with a problem, the text, the decision."""
    page = opened(EXAMPLE.read_text(), language)
    assert violations(page) == []
    ask(page, "heart.echo.lvef_percent", "44")
    expect(page.locator(".difference")).to_be_visible()
    assert violations(page) == []
    tab(page, "compare")
    expect(page.locator("table.beside")).to_be_visible()
    assert violations(page) == []
    tab(page, "decision")
    page.locator(".plainly summary").click()
    assert violations(page) == []
    tab(page, "text")
    page.locator("#text").fill(SHORT.replace("62", "sixty"))
    page.locator(".editor button.main").click()
    expect(page.locator(".problems")).to_be_visible()
    assert violations(page) == []
    tab(page, "form")
    page.locator(".form-head button.main").click()
    expect(page.locator(".problems")).to_be_visible()
    assert violations(page) == []
    page.goto(f"{served}/?lang={language}")
    assert violations(page) == []


def test_no_fact_of_a_patient_is_in_an_address(
    page: Page, opened: Callable[[str], Page], served: str
) -> None:
    """Whatever is opened and asked, the addresses are those of the pages and their files."""
    asked: list[Request] = []
    page.on("request", lambda request: asked.append(request))
    opened()
    ask(page, "LVEF", "44")
    expect(page.locator(".difference")).to_be_visible()
    tab(page, "compare")
    addresses = {request.url.removeprefix(served) for request in asked if not request.url.startswith("data:")}

    assert {re.sub(r"\?v=[0-9a-f]{12}$", "", address) for address in addresses} <= {
        "/?lang=en", "/page/report", "/page/compare", "/static/htmx.min.js", "/static/page.js",
        "/static/page.css", "/static/report.css", "/static/icon.svg",
    }  # fmt: skip


def test_the_page_is_used_with_the_keyboard(page: Page, served: str, said: list[str]) -> None:
    """The first stop leads to the content; every button of the start is reached and seen."""
    page.goto(served)
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    reached = []
    for _step in range(12):
        page.keyboard.press("Tab")
        reached.append(
            page.evaluate("document.activeElement.id || document.activeElement.textContent.trim()")
        )

    assert {"upload", "text", "Show the report", "entity", "Fill in a form", "Open the example"} <= set(
        reached
    )
    outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
    assert outline != "none"
    assert said == []
