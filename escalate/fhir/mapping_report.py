"""The mapping report in words: every entry used, ignored or rejected, with the reason."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from escalate.fhir.model import Entry, Understood, Use
from escalate.problems import printable
from escalate.texts import N_, _, ngettext

_WORDS = {Use.USED: N_("used"), Use.IGNORED: N_("ignored"), Use.REJECTED: N_("rejected")}


def summary(understood: Understood) -> str:
    """One line: how many entries of each kind."""
    count = Counter(entry.use for entry in understood.entries)
    whole = len(understood.entries)
    told = ngettext("{file}: {whole} entry", "{file}: {whole} entries", whole).format(
        file=printable(understood.patient_document.file), whole=whole
    )
    return f"{told}: " + ", ".join(f"{count[use]} {_(word)}" for use, word in _WORDS.items())


def mapping_report(understood: Understood) -> str:
    """The whole report: the summary, what was noticed, then one line for each entry."""
    return "\n".join(_lines(understood)) + "\n"


def mapping_document(understood: Understood) -> dict[str, object]:
    """The same for JSON."""
    return {
        "schema": "escalate/mapping/v1",
        "file": printable(understood.patient_document.file),
        "sha256": understood.patient_document.sha256,
        "patient": understood.patient_id,
        "whole_history": understood.whole_history,
        "notes": [printable(note) for note in understood.notes],
        "hints": [
            {"field": h.field, "words": list(h.words), "because": printable(h.because), "entry": h.item.path}
            for h in understood.hints
        ],
        "entries": [entry.as_plain() for entry in understood.entries],
    }


def _lines(understood: Understood) -> Iterator[str]:
    yield summary(understood)
    yield from (f"  {printable(note)}" for note in understood.notes)
    for use in (Use.REJECTED, Use.IGNORED, Use.USED):
        yield from (_line(entry) for entry in understood.entries if entry.use is use)


def _line(entry: Entry) -> str:
    facts = f" -> {', '.join(entry.facts)}" if entry.facts else ""
    said = f"  {_(_WORDS[entry.use])}: {entry.path} {entry.resource} ({entry.at}){facts}: {entry.reason}"
    return f"{said}\n      {_('shown, not read')}: {entry.shown}" if entry.shown else said
