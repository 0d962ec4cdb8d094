"""The trace as a page for `docs/`: one table a section of the dossier."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby

from escalate.audit.trace import Row

_HEAD = """\
# Where each id of the clinical dossier is held

Made by `escalate kb trace` from `tests/traceability/ids.yaml`, the rules, the knowledge and the tests; a test
fails when this page is not what that command makes, and on an id without a home and a test or a reason.

Of {count} ids {held} are held in rules, knowledge or program, and {none} are not, with the reason. Lists are
cut after {few} names. A vignette is named without its folder, a source by where it is cited.
"""
_FEW = 4
_SECTIONS = {
    "1": "What the engine must never do",
    "2": "Diseases",
    "3": "Antibodies",
    "4": "Activity, damage, response, failure",
    "5": "Lung",
    "6": "Heart and gates",
    "7": "Therapies",
    "8": "Ladder, pathways, emergencies",
    "9": "Teclistamab",
    "10": "The series of 18 patients",
    "11": "Vignettes",
    "12": "Sources and cancer tiers",
    "13": "Open questions",
}


def page(rows: Sequence[Row]) -> str:
    """The page as Markdown; the same rows give the same bytes."""
    none = sum(bool(row.entry.none) for row in rows)
    return _HEAD.format(count=len(rows), held=len(rows) - none, none=none, few=_FEW) + "".join(_tables(rows))


def _tables(rows: Sequence[Row]) -> Iterator[str]:
    for chapter, group in groupby(rows, key=lambda row: row.entry.section.partition(".")[0]):
        yield f"\n## {chapter} {_SECTIONS.get(chapter, '')}".rstrip() + "\n\n"
        yield "| Id | Section | What | Rules | Knowledge and program | Tests |\n|---|---|---|---|---|---|\n"
        for row in group:
            entry = row.entry
            # A rule says more than the file it stands in.
            known = ("rules/", "tests/") if row.rules else ("tests/",)
            homes = (home for home in row.homes if not home.startswith(known))
            cells = (
                entry.id,
                entry.section,
                row.words,
                _few(row.rules),
                entry.none or _few(homes),
                entry.untested or _few(_short(test) for test in sorted(row.tests, key=_vignettes_first)),
            )
            yield f"| {' | '.join(cell.replace('|', '/') for cell in cells)} |\n"


def _few(names: Iterable[str]) -> str:
    listed = list(dict.fromkeys(names))
    return ", ".join(f"`{name}`" for name in listed[:_FEW]) + (", ..." if len(listed) > _FEW else "")


def _vignettes_first(path: str) -> tuple[bool, str]:
    return not path.startswith("tests/vignettes/V"), path


def _short(path: str) -> str:
    return path.removeprefix("tests/vignettes/").removesuffix(".yaml") if "vignettes/" in path else path
