"""Compiles the German catalogue before the package is built: the wheel, the sdist and an editable install.

The `.mo` file stands beside its `.po` and is not committed.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

LOCALE = Path(__file__).parent / "escalate" / "locale"


def compile_catalogues(folder: Path) -> list[Path]:
    """Write a `.mo` beside every `.po` below a folder, and say which.

    Raises: babel's PoFileError for a file that is no catalogue.
    """
    from babel.messages.mofile import write_mo
    from babel.messages.pofile import read_po

    written = []
    for source in sorted(folder.rglob("*.po")):
        with source.open("rb") as file:
            catalogue = read_po(file, locale=source.parent.parent.name, abort_invalid=True)
        target = source.with_suffix(".mo")
        # Tests that run side by side read the old file or the new one, never half of one.
        part = target.with_suffix(".mo.part")
        with part.open("wb") as file:
            write_mo(file, catalogue)
        part.replace(target)
        written.append(target)
    return written


class CatalogueHook(BuildHookInterface):  # type: ignore[type-arg]
    """Called by hatchling before each build."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """`artifacts` are shipped although git ignores them."""
        compile_catalogues(LOCALE)
        build_data["artifacts"].append("escalate/locale/**/*.mo")


if __name__ == "__main__":
    compile_catalogues(LOCALE)
