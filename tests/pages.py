"""Pages whose commands are run: each `$ command` of a console block, with what is printed under it."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

_LEFT_OUT = "..."
_STATUS = re.compile(r"\[exit status (\d+)\]")


def run(line: str, place: Path) -> tuple[int, list[str]]:
    """A command line in a folder: its exit status, and the lines that it printed."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        ["bash", "-c", line],
        cwd=place,
        env={**os.environ, "PATH": path},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, (done.stdout + done.stderr).splitlines()


def blocks(page: Path, language: str) -> list[str]:
    """The fenced blocks of one language, in the page's order."""
    return re.findall(
        rf"^```{language}\n(.*?)^```", page.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE
    )


def commands(page: Path) -> Iterator[tuple[str, list[str]]]:
    """Every command of a page, with the lines that are printed under it."""
    for block in blocks(page, "console"):
        for command in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            line, *printed = command.splitlines()
            yield line, printed


def first_missing(expected: list[str], printed: list[str]) -> str | None:
    """The first expected line that does not follow; lines may only be left out where the page says so."""
    place, gap = 0, False
    for line in expected:
        if line == _LEFT_OUT:
            gap = True
            continue
        if gap and line in printed[place:]:
            place = printed.index(line, place)
        if place >= len(printed) or printed[place] != line:
            return line
        place, gap = place + 1, False
    return None


def runs(page: Path, place: Path) -> None:
    """Run every command of a page; each prints what stands under it and ends with its status."""
    for line, expected in commands(page):
        status = next((int(hit[1]) for text in expected if (hit := _STATUS.fullmatch(text))), 0)
        code, printed = run(line, place)
        missing = first_missing([text for text in expected if not _STATUS.fullmatch(text)], printed)

        assert (line, code, missing) == (line, status, None), "\n".join(printed)
