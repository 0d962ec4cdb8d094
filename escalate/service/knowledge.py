"""The knowledge base in use: one digest in every language, replaced whole while requests run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from threading import Lock

from escalate.files.knowledge_base import load_knowledge, overlay_digest
from escalate.library.model import Library
from escalate.problems import KnowledgeRefused, Problem, Span
from escalate.texts import LANGUAGES, _

_TRIES = 3  # files may be saved while they are read for one language after the other


@dataclass(frozen=True, slots=True)
class _InUse:
    digest: str
    libraries: Mapping[str, Library]
    overlay_digest: str | None


class Knowledge:
    """What every request reads; a request keeps the library it began with."""

    def __init__(self, folder: str | None = None, overlay: str | None = None) -> None:
        """Raises: KnowledgeRefused with every problem, sorted by place."""
        self._folder, self._overlay = folder, overlay
        self._lock = Lock()  # of reloading; readers need none, they read one reference
        self._refused: KnowledgeRefused | None = None
        self._in_use = self._read()

    @property
    def digest(self) -> str:
        """`sha256:...` over the files in use."""
        return self._in_use.digest

    @property
    def refused(self) -> KnowledgeRefused | None:
        """Why the files as they are now were not taken; None where they are in use."""
        return self._refused

    @property
    def overlay_digest(self) -> str | None:
        """`sha256:...` over the files of the overlay alone, where there is one."""
        return self._in_use.overlay_digest

    @property
    def libraries(self) -> Mapping[str, Library]:
        """By language, all of one digest."""
        return self._in_use.libraries

    def library(self, language: str = "en") -> Library:
        """The library of a language, one of `escalate.texts.LANGUAGES`."""
        return self._in_use.libraries[language]

    def reload(self) -> bool:
        """Read the files again; whether another digest is in use now.

        Files that are refused change nothing: what was in use stays, and `refused` says why.
        """
        with self._lock:
            try:
                new = self._read()
            except KnowledgeRefused as refused:
                self._refused = refused
                return False
            self._refused = None
            if new.digest == self._in_use.digest:
                return False
            self._in_use = new
            return True

    def _read(self) -> _InUse:
        for _attempt in range(_TRIES):
            libraries = {
                language: load_knowledge(self._folder, language, self._overlay) for language in LANGUAGES
            }
            digests = {library.digest for library in libraries.values()}
            if len(digests) == 1:
                over = overlay_digest(self._overlay) if self._overlay is not None else None
                return _InUse(digests.pop(), libraries, over)
        raise KnowledgeRefused([_changing()])


def _changing() -> Problem:
    message = _("the knowledge files change while they are read")
    return Problem(Span("knowledge", 1, 1), "unsettled-files", message, _("try again once they are saved"))
