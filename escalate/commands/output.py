"""Where a command's answer goes: the screen, or a file that is whole or absent."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

import click

from escalate.problems import UsageError
from escalate.texts import _


def width_and_colour(plain: bool, output: str | None) -> tuple[int, bool]:
    """Columns and colour for a text report: a terminal's own width up to 120, 100 anywhere else."""
    if plain or output is not None or not sys.stdout.isatty():
        return 100, False
    columns = shutil.get_terminal_size((100, 24)).columns
    return max(60, min(columns, 120)), "NO_COLOR" not in os.environ


def emit(text: str, output: str | None) -> None:
    """Print, or write to a file by way of a temporary one, so that nobody reads half a report.

    A link is followed, and what is no regular file (a pipe, a device) is written to, never replaced.
    """
    if output is None:
        click.echo(text, nl=not text.endswith("\n"))
        return
    emit_bytes((text if text.endswith("\n") else text + "\n").encode(), output)


def emit_bytes(whole: bytes, output: str) -> None:
    """Write to a file as `emit` does. Raises: UsageError where it cannot be written."""
    if not output:
        raise UsageError(_("-o: the name of the file is empty"))
    target = Path(output)
    try:
        if target.exists() and not target.is_file():
            target.write_bytes(whole)
        else:
            _replace(Path(os.path.realpath(target)), whole)
    except OSError as error:
        raise UsageError(f"-o {output}: {error.strerror}") from None


def emit_folder(files: Mapping[str, bytes], output: str) -> None:
    """Write files into a folder, which is made where it is not there; each is whole or absent.

    Raises: UsageError where one cannot be written.
    """
    folder = Path(output)
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
        for name, whole in files.items():
            _replace(folder / name, whole)
    except OSError as error:
        raise UsageError(f"-o {output}: {error.strerror}") from None


def _replace(target: Path, whole: bytes) -> None:
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=".escalate-")
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(whole)
        if target.exists():
            shutil.copymode(target, name)
        os.replace(name, target)
    except BaseException:
        # Half a report on a patient is not left lying about.
        Path(name).unlink(missing_ok=True)
        raise
