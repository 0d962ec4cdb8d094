"""The one form of a knowledge file: what moves, what stays, and that it reads the same."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from escalate.audit.canonical import canonical
from escalate.commands import cli
from escalate.files.knowledge_base import read_knowledge
from escalate.library.reading import plain
from escalate.nodes import Document
from tests.documents import document

UNTIDY = """\
# A file of rules.
- title: eGFR below 30
  id: A    
  # the kidney
  when:
    all:
      - labs.egfr_ml_per_min<30
      - "a  <  b"
      - comorbidities.co_medication  in [statin ,febuxostat]
  kind: exclude
  because: >-
    # no comment, but a sentence
    of two lines


# ---- next
- id: B
  de: {title: B}
  title: B
"""
TIDY = """\
# A file of rules.
- id: A
  title: eGFR below 30
  kind: exclude
  # the kidney
  when:
    all:
      - labs.egfr_ml_per_min < 30
      - "a  <  b"
      - comorbidities.co_medication in [statin, febuxostat]
  because: >-
    # no comment, but a sentence
    of two lines

# ---- next
- id: B
  title: B
  de: {title: B}
"""
SHIPPED = read_knowledge()


def test_keys_spaces_and_blank_lines_find_their_place() -> None:
    """Comments go with their key; a quoted text and a folded one are left alone."""
    assert canonical(document(UNTIDY)) == TIDY


def test_a_second_time_changes_nothing() -> None:
    """Otherwise two people would format against each other."""
    assert canonical(document(TIDY)) == TIDY


def _meaning(node: object) -> object:
    if isinstance(node, dict):
        return {key: _meaning(value) for key, value in node.items()}
    if isinstance(node, list):
        return [_meaning(item) for item in node]
    return "".join(str(node).split())


@pytest.mark.parametrize("shipped", SHIPPED.values(), ids=SHIPPED)
def test_the_shipped_files_stand_in_their_one_form(shipped: Document) -> None:
    """So a diff of the knowledge never shows more than was meant; and the form reads as before."""
    told = canonical(shipped)

    assert told.splitlines() == list(shipped.lines)
    assert _meaning(plain(document(told).root)) == _meaning(plain(shipped.root))


def test_check_names_the_file_and_changes_nothing(tmp_path: Path) -> None:
    """Exit status 1 for a file that is not in its form; without --check it is written."""
    file = tmp_path / "rules.yaml"
    file.write_text(UNTIDY, encoding="utf-8")

    checked = CliRunner().invoke(cli, ["kb", "fmt", "--check", str(file)])
    assert (checked.exit_code, file.read_text(encoding="utf-8")) == (1, UNTIDY)

    written = CliRunner().invoke(cli, ["kb", "fmt", str(file)])
    assert (written.exit_code, file.read_text(encoding="utf-8")) == (0, TIDY)
