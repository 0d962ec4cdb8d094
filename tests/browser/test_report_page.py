"""The report and the list of a conference in a real browser: axe, the first screen, nothing that runs."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page

from escalate import assess, load_knowledge, load_patient
from escalate.assessment import Assessment
from escalate.library.model import Library
from escalate.report.html import html_report, index_page, page_names
from tests.conftest import EXAMPLES, TODAY
from tests.test_report_html import hostile_file

START = TODAY


@pytest.fixture(scope="module")
def german() -> Library:
    return load_knowledge(language="de")


@pytest.fixture
def shown(page: Page, tmp_path: Path) -> Callable[[str], Page]:
    """A page of ours, opened from a file as a conference opens it."""

    def show(text: str) -> Page:
        file = tmp_path / "page.html"
        file.write_text(text, encoding="utf-8")
        page.goto(file.as_uri())
        return page

    return show


def assessed(path: Path, library: Library) -> Assessment:
    return assess(load_patient(path, library, today=TODAY), library)


@pytest.mark.parametrize("name", ["refractory-antisynthetase", "mda5-emergency", "early-dermatomyositis"])
def test_axe_finds_nothing(
    name: str, library: Library, shown: Callable[[str], Page], violations: Callable[[Page], list[str]]
) -> None:
    """With calendars, so that every part of the page is there."""
    page = shown(html_report(assessed(EXAMPLES / f"{name}.yaml", library), START))

    assert violations(page) == []


def test_axe_finds_nothing_in_german_nor_in_the_list(
    german: Library, shown: Callable[[str], Page], violations: Callable[[Page], list[str]]
) -> None:
    """The list of a conference, with a file that was refused."""
    assessments = [assessed(path, german) for path in sorted(EXAMPLES.glob("*.yaml"))]
    page = shown(index_page(assessments, page_names(assessments, "html"), ["torn.yaml"]))

    assert violations(page) == []


def test_hostile_text_runs_nothing(
    tmp_path: Path, library: Library, shown: Callable[[str], Page], violations: Callable[[Page], list[str]]
) -> None:
    """It is shown, no dialogue opens, and axe still finds nothing."""
    dialogues: list[str] = []
    assessment = assessed(hostile_file(tmp_path), library)
    page = shown("<!doctype html><title>x</title>")
    page.on("dialog", lambda dialogue: dialogues.append(dialogue.message))
    shown(html_report(assessment))

    assert dialogues == []
    assert "<script>alert(1)</script>" in page.inner_text("h1")
    assert violations(page) == []


def test_the_first_screen(library: Library, shown: Callable[[str], Page]) -> None:
    """Emergency or not, what is asked, what is open, what is missing: on the projector without scrolling."""
    page = shown(html_report(assessed(EXAMPLES / "mda5-emergency.yaml", library)))
    box = page.locator(".tiles").bounding_box()

    assert box is not None
    assert box["y"] + box["height"] <= 720
    assert page.locator(".tile").count() == 4


UNGRADED = """schema: escalate/patient/v1
id: ungraded
assessed_on: 2026-10-12
demographics: {age_years: 57, sex: male, weight_kg: 81}
diagnosis: {entity: immune_mediated_necrotising_myopathy}
"""
# The boxes of the words themselves: a grid cell is as wide as its column, also where its text is not.
CLASHES = """() => {
  const words = (node) => { const range = document.createRange(); range.selectNodeContents(node);
                            return [...range.getClientRects()]; };
  const tile = (row) => row.closest(".tile").getBoundingClientRect();
  return [...document.querySelectorAll(".summary div")].filter((row) => {
    const left = words(row.querySelector("dt")), right = words(row.querySelector("dd"));
    return [...left, ...right].some((a) => a.left < tile(row).left || a.right > tile(row).right) ||
      left.some((a) => right.some((b) => a.right > b.left && a.left < b.right &&
                                          a.bottom > b.top + 2 && a.top + 2 < b.bottom));
  }).map((row) => row.innerText);
}"""


@pytest.mark.parametrize("width", [390, 1000, 1160, 1280])
def test_a_long_grade_stays_beside_its_name(
    width: int, german: Library, shown: Callable[[str], Page], tmp_path: Path
) -> None:
    """German words are long: a grade of which only bounds are known stays off its name and in its tile."""
    file = tmp_path / "ungraded.yaml"
    file.write_text(UNGRADED, encoding="utf-8")
    page = shown(html_report(assessed(file, german)))
    page.set_viewport_size({"width": width, "height": 720})

    assert "ILD4" in page.locator(".summary").inner_text()
    assert page.evaluate(CLASHES) == []


@pytest.mark.parametrize("width", [320, 768, 1280])
def test_nothing_runs_out_of_the_page(width: int, library: Library, shown: Callable[[str], Page]) -> None:
    """On a telephone, a tablet and the projector nothing has to be scrolled sideways."""
    page = shown(html_report(assessed(EXAMPLES / "refractory-antisynthetase.yaml", library), START))
    page.set_viewport_size({"width": width, "height": 720})

    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_the_list_of_a_conference_is_read_on_a_telephone(
    german: Library, shown: Callable[[str], Page]
) -> None:
    """Its columns stand under each other, each with its heading, and no word is broken for want of room."""
    assessments = [assessed(path, german) for path in sorted(EXAMPLES.glob("*.yaml"))]
    page = shown(index_page(assessments, page_names(assessments, "html")))
    page.set_viewport_size({"width": 390, "height": 844})
    widths = page.evaluate("[...document.querySelectorAll('.list td')].map((cell) => cell.clientWidth)")
    label = "getComputedStyle(document.querySelector('.list td'), '::before').content"

    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert min(widths) > 300
    assert "Notfall" in page.evaluate(label)


def test_every_fold_is_read_in_its_order(library: Library, shown: Callable[[str], Page]) -> None:
    """A screen reader hears the sections in the order in which a conference needs them."""
    page = shown(html_report(assessed(EXAMPLES / "refractory-antisynthetase.yaml", library)))
    headings = [text.split("\n")[0] for text in page.locator("h2").all_inner_texts()]

    assert headings[:3] == ["At a glance", "Alerts", "The ladder"]
    assert headings[-1] == "Sources"
