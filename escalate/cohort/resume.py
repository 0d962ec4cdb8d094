"""What a run was asked, written down before anything is read: one that died goes on only as it began.

Parts of a run may be kept only where the same rows would come of them again. What decides that is compared:
the bytes of the registry, the digests of the knowledge, the options that change rows, and the version of the
program.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import date
from pathlib import Path

from escalate.cohort.files import Files
from escalate.cohort.registry import files_of
from escalate.problems import UsageError
from escalate.texts import N_, _

_NOTE = "asked.json"
# What each entry of the note is called.
_NAMES = {
    "registry": N_("the registry"),
    "knowledge": N_("the knowledge"),
    "compare": N_("the knowledge of --compare"),
    "mapping": N_("the mapping"),
    "--as-of": "--as-of",
    "--part": "--part",
    "--engine": "--engine",
    "--lang": "--lang",
    "version": N_("the version of escalate"),
}


def begin(files: Files, asked: Mapping[str, str], today: date, *, resume: bool) -> date:
    """Make the folder of a run ready: empty, or as the run left it that is to go on.

    Args:    asked, what decides the rows, by the names of `_NAMES`.
    Returns: the day that counts as today; of a run that goes on the day on which it began.
    Raises:  UsageError where what is asked has changed since.
    """
    note = files.work / _NOTE
    if resume and note.exists():
        earlier = json.loads(note.read_text(encoding="utf-8"))
        changed = [name for name in _NAMES if earlier.get(name, "") != asked.get(name, "")]
        if changed:
            message = _("--resume: changed since that run began: {what}; without --resume it begins anew")
            raise UsageError(message.format(what=", ".join(_(_NAMES[name]) for name in changed)))
        return date.fromisoformat(earlier["today"])
    files.clear()
    files.work.mkdir(parents=True)
    half = note.with_suffix(".half")
    half.write_text(json.dumps({**asked, "today": today.isoformat()}), encoding="utf-8")
    half.replace(note)
    return today


def registry_digest(place: Path) -> str:
    """SHA-256 over the names and the bytes of a registry's files. Raises: UsageError."""
    whole = hashlib.sha256()
    try:
        for path in files_of(place):
            name = path.relative_to(place).as_posix() if place.is_dir() else path.name
            with path.open("rb") as content:
                one = hashlib.file_digest(content, "sha256").hexdigest()
            whole.update(f"{one} {name}\n".encode())
    except OSError as fault:
        raise UsageError(_("{place}: {fault}").format(place=place, fault=fault)) from None
    return whole.hexdigest()
