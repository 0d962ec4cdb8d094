"""The PDF of a report: tagged, in its language, numbered, the same bytes; a clear word where none is made.

What a machine can check of PDF/UA-1 without veraPDF (which neither PyPI nor Debian carries) is checked on the
file itself: the mark of the standard, language, title, tags, alternative text, header cells, embedded fonts.
"""

from __future__ import annotations

import builtins
import os
import shutil
import subprocess
import sys
import warnings
from collections import Counter
from collections.abc import Iterator
from io import BytesIO
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from pypdf import PdfReader

from escalate import assess, load_knowledge, load_patient
from escalate.commands import cli
from escalate.problems import UsageError
from tests.conftest import EXAMPLES, TODAY

NOT_TESTED = (
    "WeasyPrint or its Pango is not installed: the PDF was NOT tested "
    "(`apt-get install libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0`, which `make test` does as root)"
)
A4_POINTS = (595.28, 841.89)


@pytest.fixture(scope="module")
def pdf() -> bytes:
    """The complete patient in German, with calendars."""
    from escalate.report.pdf import pdf_report

    library = load_knowledge(language="de")
    patient = load_patient(EXAMPLES / "refractory-antisynthetase.yaml", library, today=TODAY)
    try:
        return pdf_report(assess(patient, library), TODAY)
    except UsageError:
        if os.environ.get("CI") == "true":
            pytest.fail(NOT_TESTED)
        warnings.warn(NOT_TESTED, stacklevel=1)
        pytest.skip(NOT_TESTED)


@pytest.fixture(scope="module")
def read(pdf: bytes) -> PdfReader:
    return PdfReader(BytesIO(pdf))


def elements(node: Any) -> Iterator[dict[str, Any]]:
    """Every structure element of a tagged file, from the root down."""
    node = node.get_object() if hasattr(node, "get_object") else node
    if isinstance(node, list):
        for child in node:
            yield from elements(child)
    elif isinstance(node, dict):
        if "/S" in node:
            yield node
        if "/K" in node:
            yield from elements(node["/K"])


def test_language_title_and_the_mark_of_the_standard(read: PdfReader) -> None:
    """A screen reader knows the language and announces the title; the file claims PDF/UA-1."""
    root: Any = read.trailer["/Root"]
    metadata = root["/Metadata"].get_object().get_data().decode()

    assert root["/Lang"] == "de"
    assert root["/MarkInfo"]["/Marked"]
    assert root["/ViewerPreferences"]["/DisplayDocTitle"]
    assert 'pdfuaid:part="1"' in metadata
    assert "refractory-antisynthetase" in metadata
    assert "Vorschlag für eine Fallkonferenz" in metadata


def test_tags(read: PdfReader) -> None:
    """One first heading, none skipped; every picture has words, every table has header cells."""
    found = list(elements(read.trailer["/Root"]["/StructTreeRoot"]))  # type: ignore[index]
    kinds = Counter(e["/S"] for e in found)
    levels = [int(e["/S"][2]) for e in found if e["/S"] in ("/H1", "/H2", "/H3", "/H4")]

    assert kinds["/H1"] == 1
    assert max(b - a for a, b in pairwise(levels)) <= 1
    assert all(e.get("/Alt") for e in found if e["/S"] == "/Figure")
    assert kinds["/Figure"] == 1
    assert all(any(c["/S"] == "/TH" for c in elements(e["/K"])) for e in found if e["/S"] == "/Table")
    assert kinds["/Link"] > 20


def test_a4_and_numbered(read: PdfReader) -> None:
    """Every page is A4, and says which it is, of how many, and of which patient."""
    count = len(read.pages)

    for number, page in enumerate(read.pages, start=1):
        size = float(page.mediabox.width), float(page.mediabox.height)
        assert size == pytest.approx(A4_POINTS, abs=0.5)
        text = page.extract_text()
        assert f"{number} / {count}" in text
        assert "refractory-antisynthetase" in text


def test_what_to_do_in_an_emergency_begins_on_the_first_page() -> None:
    """Alerts longer than the rest of page 1 are broken: they do not leave it empty and begin on the next."""
    from escalate.report.pdf import pdf_report

    library = load_knowledge(language="de")
    patient = load_patient(EXAMPLES / "mda5-emergency.yaml", library, today=TODAY)
    try:
        first = PdfReader(BytesIO(pdf_report(assess(patient, library)))).pages[0].extract_text()
    except UsageError:
        pytest.skip(NOT_TESTED)

    assert "Zu tun" in first
    assert "Zu unterlassen" in first


def test_every_font_is_in_the_file(read: PdfReader) -> None:
    """It looks the same on a machine without our fonts."""
    fonts = [
        font.get_object()
        for page in read.pages
        for font in page["/Resources"]["/Font"].values()  # type: ignore[index]
    ]
    inside = [
        any(
            key.startswith("/FontFile") for key in font["/DescendantFonts"][0].get_object()["/FontDescriptor"]
        )
        for font in fonts
    ]

    assert inside
    assert all(inside)


def test_nothing_runs_and_nothing_is_fetched(pdf: bytes) -> None:
    """No script, no attachment, no form; links lead to a DOI or within the file."""
    root: Any = PdfReader(BytesIO(pdf)).trailer["/Root"]
    addresses = {
        annotation.get_object()["/A"]["/URI"]
        for page in PdfReader(BytesIO(pdf)).pages
        for annotation in page.get("/Annots", [])
        if "/A" in annotation.get_object() and "/URI" in annotation.get_object()["/A"]
    }

    assert not {"/OpenAction", "/AA", "/AcroForm"} & set(root)
    assert addresses
    assert all(address.startswith("https://doi.org/") for address in addresses)


def test_the_same_bytes_in_another_process(tmp_path: Path, pdf: bytes) -> None:
    """Under 300 kB, without a date, and the same however the hashes of this process fell."""
    target = tmp_path / "one.pdf"
    command = [sys.executable, "-m", "escalate", "assess", str(EXAMPLES / "refractory-antisynthetase.yaml")]
    more = ["--format", "pdf", "-o", str(target), "--lang", "de", "--start", TODAY.isoformat()]
    subprocess.run([*command, *more], check=True, env={**os.environ, "PYTHONHASHSEED": "7"})

    assert target.read_bytes() == pdf
    assert len(pdf) < 300_000
    assert oct(target.stat().st_mode)[-3:] == "600"


def test_the_pages_can_be_drawn(tmp_path: Path, pdf: bytes) -> None:
    """By another library than the one that wrote them."""
    program = shutil.which("pdftoppm")
    if program is None:
        pytest.skip("pdftoppm (poppler-utils) is not installed")
    file = tmp_path / "one.pdf"
    file.write_bytes(pdf)
    done = subprocess.run(
        [program, "-r", "20", "-gray", str(file), str(tmp_path / "page")], capture_output=True, text=True
    )

    assert (done.returncode, done.stderr) == (0, "")
    assert len(list(tmp_path.glob("page*"))) == len(PdfReader(BytesIO(pdf)).pages)


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        (
            ImportError("no module"),
            "WeasyPrint is not installed; it comes with `pip install 'escalate[pdf]'`",
        ),
        (OSError("cannot load library 'libpango-1.0-0'"), "WeasyPrint does not find Pango on this system"),
    ],
)
def test_what_is_missing_is_said(
    fault: Exception, said: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Without the extra or Pango: a clear word, nothing written."""
    real = builtins.__import__

    def importing(name: str, *rest: Any, **more: Any) -> Any:
        if name == "weasyprint":
            raise fault
        return real(name, *rest, **more)

    monkeypatch.setattr(builtins, "__import__", importing)
    target = tmp_path / "x.pdf"
    arguments = ["assess", str(EXAMPLES / "early-dermatomyositis.yaml"), "--format", "pdf", "-o", str(target)]
    result = CliRunner().invoke(cli, arguments)

    assert isinstance(result.exception, UsageError)
    assert said in str(result.exception)
    assert not target.exists()


def test_the_library_comes_with_a_pdf_alone() -> None:
    """Whoever writes HTML does not need it."""
    code = "import sys, escalate.report.pdf, escalate.report.html; print('weasyprint' in sys.modules)"
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout

    assert said.strip() == "False"
