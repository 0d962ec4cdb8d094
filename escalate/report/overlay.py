"""The centre's overlay in every report: which limits are not the shipped ones, and by whose decision."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from escalate.library.model import Library
from escalate.texts import _


def overlay_lines(library: Library) -> Iterator[str]:
    """One line for the overlay, then one for each of its changes; nothing without one."""
    overlay = library.overlay
    if overlay is None:
        return
    yield _("Overlay active: {name}. {because}").format(name=overlay.name, because=overlay.because)
    for change in overlay.changes:
        if change.old:
            yield (
                _("{what}: {new} instead of {old}. {because}")
                .format(what=change.what, new=change.new, old=change.old, because=change.because)
                .rstrip()
            )
        else:
            yield _("{what}: a rule of the centre's own: {new}").format(what=change.what, new=change.new)


def overlay_document(library: Library) -> dict[str, Any]:
    """`{"overlay": ...}` for the JSON object `knowledge`; nothing without one."""
    overlay = library.overlay
    if overlay is None:
        return {}
    return {
        "overlay": {
            "name": overlay.name,
            "because": overlay.because,
            "changes": [
                {"what": c.what, "old": c.old or None, "new": c.new, "because": c.because}
                for c in overlay.changes
            ],
        }
    }
