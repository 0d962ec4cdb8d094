"""The static site: nothing is lost on the way, every link leads somewhere, a browser needs no help."""

from __future__ import annotations

import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import cache
from html.parser import HTMLParser
from pathlib import Path, PurePosixPath
from posixpath import normpath
from urllib.parse import unquote

import pytest
from babel.messages.extract import extract
from click.testing import CliRunner

from escalate.commands import cli
from escalate.files.knowledge_base import read_knowledge
from escalate.library.build import build_library
from escalate.library.model import Library
from escalate.site.chapters import CHAPTERS
from escalate.site.render import MARK, STYLE, site
from escalate.site.rows import read_rows
from escalate.texts import LANGUAGES, catalogue

ROOT = Path(__file__).parent.parent
TEMPLATES = sorted((ROOT / "escalate" / "site" / "templates").glob("*.html"))
GATE = ("exclude", "defer", "caution_high", "caution", "ask", "against")


class Read(HTMLParser):
    """What a page holds that tests look at."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.hrefs: list[str] = []
        self.tags: Counter[str] = Counter()
        self.headings: list[int] = []
        self.outside: list[str] = []
        self.language: str | None = None
        self.text: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        self.tags[tag] += 1
        if found.get("id"):
            self.ids.append(str(found["id"]))
        if tag == "a":
            self.hrefs.append(str(found["href"]))
        if tag == "html":
            self.language = found.get("lang")
        if tag in ("h1", "h2", "h3", "h4", "h5", "h6"):
            self.headings.append(int(tag[1]))
        if found.get("src") or (tag == "link" and "//" in str(found.get("href"))):
            self.outside.append(tag)

    def handle_data(self, data: str) -> None:
        self.text.append(data)


@cache
def built(language: str) -> tuple[Library, Mapping[str, str]]:
    documents = read_knowledge()
    library = build_library(documents, language)
    return library, site(library, documents, language)


@cache
def read(language: str) -> Mapping[str, Read]:
    return {path: Read(text) for path, text in built(language)[1].items() if path.endswith(".html")}


def inside(path: str, pages: Mapping[str, Read]) -> Iterator[tuple[str, str, str]]:
    """Each link of a page that stays in the site: as written, its page, its anchor."""
    for href in pages[path].hrefs:
        if not href.startswith("https://"):
            target, _, anchor = href.partition("#")
            page = normpath(str(PurePosixPath(path).parent / unquote(target))) if target else path
            yield href, page, unquote(anchor)


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_link_is_dead(language: str) -> None:
    """Every link inside the site leads to a page that is there, and to an anchor on it."""
    pages = read(language)
    dead = [
        f"{path}: {href}"
        for path in pages
        for href, page, anchor in inside(path, pages)
        if page not in pages or (anchor and anchor not in pages[page].ids)
    ]

    assert dead == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_active_rule_has_one_home(language: str) -> None:
    """Its id is an anchor once in the whole site, however many pages show it."""
    library, _ = built(language)
    homes = Counter(name for page in read(language).values() for name in page.ids)
    wrong = {r.id: homes[r.id] for r in library.rules if r.status == "active" and homes[r.id] != 1}

    assert wrong == {}


def test_an_anchor_stands_once_on_a_page() -> None:
    """A browser goes to the first of two, and a reader never sees the second."""
    twice = {
        path: [name for name, count in Counter(page.ids).items() if count > 1]
        for path, page in read("en").items()
        if len(set(page.ids)) != len(page.ids)
    }

    assert twice == {}


def test_every_source_is_linked() -> None:
    """Each entry of the register is the target of a link, and where it has an address, that is linked too."""
    library, _ = built("en")
    pages = read("en")
    reached = {anchor for path in pages for _, page, anchor in inside(path, pages) if page == "evidence.html"}
    linked = set(pages["evidence.html"].hrefs)
    unlinked = [
        e.id
        for e in library.evidence.values()
        if (e.doi and f"https://doi.org/{e.doi}" not in linked)
        or (e.pmid and f"https://pubmed.ncbi.nlm.nih.gov/{e.pmid}/" not in linked)
        or (e.pmc and f"https://pmc.ncbi.nlm.nih.gov/articles/{e.pmc}/" not in linked)
    ]

    assert {f"source-{name}" for name in library.evidence} - reached == set()
    assert unlinked == []


def test_a_page_for_each_therapy_antibody_and_pathway() -> None:
    """What the issue names has its page, and the first pages lead to it."""
    library, files = built("en")
    pages = read("en")
    pathways = {rule.pathway for rule in library.rules if rule.pathway}
    anchors = {name for path, page in pages.items() for name in page.ids if "pathways/" in path}
    anchors |= set(pages["ladder/general.html"].ids)
    antibodies = [path for path in files if path.startswith("antibodies/") and "index" not in path]

    assert {f"therapies/{t.id}.html" for t in library.therapies.values() if t.listed} <= files.keys()
    assert len(antibodies) == len(library.antibodies.labels)
    assert {f"pathway-{name}" for name in pathways} - anchors == set()


def test_a_therapy_shows_its_whole_gate() -> None:
    """Every rule that closes, defers, cautions or asks, with a link to its home."""
    library, _ = built("en")
    pages = read("en")
    lost = [
        f"{therapy.id}: {rule.id}"
        for therapy in library.therapies.values()
        if therapy.listed
        for rule in library.rules
        if rule.status == "active" and therapy.id in rule.targets and rule.kind in GATE
        if not any(href.endswith(f"#{rule.id}") for href in pages[f"therapies/{therapy.id}.html"].hrefs)
    ]

    assert lost == []


def test_a_criterion_is_said_with_its_limit_unit_and_ground() -> None:
    """`LVEF below 55 %`, because of what, on what ground."""
    text = " ".join(" ".join(read("en")["findings/heart.html"].text).split())

    assert "LVEF below 55 % Finding judgement CARD-C1-LVEF When LVEF below 55 % Because" in text


def test_a_finding_in_a_gate_says_what_proves_it() -> None:
    """`Advanced heart failure` alone would hide the limit that closes the option."""
    text = " ".join(" ".join(read("en")["therapies/teclistamab.html"].text).split())

    assert "LVEF below 45 %" in text.partition("BCMA-X04 When")[2].partition("Because")[0]


def test_every_fact_has_its_entry() -> None:
    """Each field, each derived fact and each finding is an anchor."""
    library, _ = built("en")
    pages = read("en")
    anchors = {name for page in pages.values() for name in page.ids}
    fields = {n.replace("[]", "") for n, f in library.facts.items() if not f.derived}

    assert fields - set(pages["fields.html"].ids) == set()
    assert library.findings.keys() - anchors == set()


def test_every_file_of_rules_has_its_chapter() -> None:
    """A new file is given a title and a place on purpose; a centre's own file still gets a page."""
    library, _ = built("en")
    known = {f"rules/{file}.yaml" for chapter in CHAPTERS for file in chapter.files}

    assert {rule.at.file for rule in library.rules} - known == set()


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_page_can_be_heard_and_needs_nobody_else(language: str) -> None:
    """Its language is said, it has one title and no heading skips a level; no script, no other server."""
    wrong = [
        path
        for path, page in read(language).items()
        if page.language != language
        or page.headings.count(1) != 1
        or page.headings[0] != 1
        or any(after > before + 1 for before, after in zip(page.headings, page.headings[1:], strict=False))
        or page.tags["script"]
        or page.outside
        or page.tags["main"] != 1
    ]

    assert wrong == []


def test_texts_of_the_knowledge_are_texts() -> None:
    """A sign of HTML in a rule is shown, never obeyed."""
    documents = read_knowledge()
    library = build_library(documents)
    first = replace(library.rules[0], title="<script>x</script>")

    pages = site(replace(library, rules=(first, *library.rules[1:])), documents, "en")

    assert not any("<script" in page for page in pages.values())
    assert any("&lt;script&gt;x" in page for page in pages.values())


def test_the_same_knowledge_gives_the_same_bytes() -> None:
    """Whatever the order in which a process happens to hold its sets."""
    code = (
        "import hashlib\n"
        "from escalate.files.knowledge_base import read_knowledge\n"
        "from escalate.library.build import build_library\n"
        "from escalate.site.render import site\n"
        "documents = read_knowledge()\n"
        "files = site(build_library(documents), documents, 'en')\n"
        "print(hashlib.sha256(repr(sorted(files.items())).encode()).hexdigest())\n"
    )

    digests = {
        subprocess.run(
            [sys.executable, "-c", code],
            env={**os.environ, "PYTHONHASHSEED": seed},
            check=True,
            capture_output=True,
            text=True,
            cwd=ROOT,
        ).stdout
        for seed in ("1", "2")
    }

    assert len(digests) == 1


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: path.name)
def test_every_text_of_a_template_has_its_german(template: Path) -> None:
    """The catalogue holds what stands between the tags, too."""
    german = catalogue("de")
    keywords = {"_": None, "ngettext": (1, 2)}
    with template.open("rb") as file:
        found = [message for _, message, *_ in extract("jinja2", file, keywords)]

    missing = [m for m in found if isinstance(m, str) and m not in vars(german)["_catalog"]]

    assert missing == []


def test_a_german_page_says_in_german_how_a_fact_is_computed() -> None:
    """`means` is read by no rule, so that only this page would miss it."""
    documents = read_knowledge()
    english, german = read_rows(documents, "en").meanings, read_rows(documents, "de").meanings

    assert [name for name in english if english[name] == german[name]] == []


def test_the_command_writes_the_site_again(tmp_path: Path) -> None:
    """A page of an earlier site goes, a file of somebody else stays."""
    stale, foreign = tmp_path / "gates" / "gone.html", tmp_path / "notes.html"
    stale.parent.mkdir()
    stale.write_text(f"<html><head>{MARK}</head></html>", encoding="utf-8")
    foreign.write_text("mine", encoding="utf-8")

    done = CliRunner().invoke(cli, ["kb", "docs", "-o", str(tmp_path)])

    assert done.exit_code == 0
    assert not stale.exists()
    assert foreign.read_text(encoding="utf-8") == "mine"
    assert (tmp_path / STYLE).exists()


def test_the_command_replaces_no_page_of_another_site(tmp_path: Path) -> None:
    """An index.html that is no page of such a site is somebody's work."""
    index = tmp_path / "index.html"
    index.write_text("mine", encoding="utf-8")

    done = CliRunner().invoke(cli, ["kb", "docs", "-o", str(tmp_path)])

    assert done.exit_code != 0
    assert index.read_text(encoding="utf-8") == "mine"
    assert list(tmp_path.iterdir()) == [index]
