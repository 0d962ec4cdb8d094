"""What an earlier run made of the same knowledge files, kept in the user's cache folder.

JSON, never pickle: a pickle in a folder that others may write to is code. The file is named by the
digest of the knowledge, its language and the code that reads it, and begins with the SHA-256 of its own
text, so that a torn or edited file is not believed. Whatever goes wrong here, the YAML files are read
instead and the answer is the same.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
from contextlib import suppress
from functools import cache
from pathlib import Path

from escalate._version import VERSION
from escalate.library.model import Library

# Older ones of other digests are removed when a new one is written.
_KEPT = 8
_READING_CODE = ("language", "library")


def load(digest: str, language: str = "en") -> Library | None:
    """The Library of these knowledge files, or None where there is nothing to believe."""
    path = _path(digest, language)
    if path is None:
        return None
    try:
        raw = path.read_bytes()
        stated, _, text = raw.partition(b"\n")
        if stated.decode() != hashlib.sha256(text).hexdigest():
            return None
        from escalate.library.packed import unpack

        library = unpack(json.loads(text))
    # A file that another version wrote may hold anything; none of it is worth an error.
    except (OSError, ValueError, LookupError, TypeError):
        return None
    return library if (library.digest, library.language) == (digest, language) else None


def save(library: Library) -> None:
    """Keep a Library for later runs; silently nothing where the folder cannot be written."""
    path = _path(library.digest, library.language)
    if path is None:
        return
    import tempfile  # costs more to import than the cache to read, and is needed once

    from escalate.library.packed import pack

    text = json.dumps(pack(library), ensure_ascii=False, separators=(",", ":")).encode()
    with suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=".knowledge-")
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(hashlib.sha256(text).hexdigest().encode() + b"\n" + text)
            # Readers see the old file or the new one, never half of one.
            os.replace(name, path)
        except OSError:
            os.unlink(name)
            raise
        _forget_old(path.parent)


def _forget_old(folder: Path) -> None:
    kept = sorted(folder.glob("knowledge-*.json"), key=lambda path: path.stat().st_mtime, reverse=True)
    for path in kept[_KEPT:]:
        path.unlink(missing_ok=True)


def _path(digest: str, language: str) -> Path | None:
    folder = cache_folder()
    if folder is None:
        return None
    name = hashlib.sha256(f"{digest}\0{language}\0{_code_version(language)}".encode()).hexdigest()[:32]
    return folder / f"knowledge-{name}.json"


def cache_folder() -> Path | None:
    """The user's cache folder for this package, by the custom of the system; None where there is none."""
    stated = os.environ.get("XDG_CACHE_HOME") or os.environ.get("LOCALAPPDATA")
    if stated:
        return Path(stated) / "escalate"
    try:
        home = Path.home()
    except RuntimeError:
        return None
    return home / ("Library/Caches" if sys.platform == "darwin" else ".cache") / "escalate"


@cache
def _code_version(language: str) -> str:
    """Changes whenever the code that makes a Library does, in a checkout too; in German the catalogue too.

    Asked once: a service that outlives an update keeps nothing under the name of code that it does not run.
    """
    package = Path(__file__).resolve().parent.parent
    parts = [VERSION, f"{sys.version_info.major}.{sys.version_info.minor}"]
    for room in _READING_CODE:
        with os.scandir(package / room) as entries:
            for entry in sorted(entries, key=lambda entry: entry.name):
                if entry.name.endswith(".py"):
                    state = entry.stat()
                    parts.append(f"{entry.name}:{state.st_size}:{state.st_mtime_ns}")
    if language != "en":
        with suppress(OSError):
            state = (package / "locale" / language / "LC_MESSAGES" / "escalate.mo").stat()
            parts.append(f"{language}:{state.st_size}:{state.st_mtime_ns}")
    return "\n".join(parts)
