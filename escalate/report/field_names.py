"""Fields as a page names them: by label, a line of therapy by its drug, an antibody by its name."""

from __future__ import annotations

import re

from escalate.assessment import Assessment
from escalate.findings.say import say
from escalate.texts import _

_ANTIBODY = re.compile(r"antibodies\[(?!\d+\])([^\]]+)\](?:\.([a-z_]+))?")
_ENTRY = re.compile(r"(antibodies|therapies)\[(\d+)\](?:\.([a-z_0-9]+))?")
_BARE = re.compile(r"therapies\[\d+\], ")  # before the name of its drug, in our sentences
_FIELD = re.compile(rf"{_ANTIBODY.pattern}|{_ENTRY.pattern}|[a-z][a-z0-9_]*(?:\.[a-z0-9_]+)+")


def field_name(field: str, assessment: Assessment) -> str:
    """The field in words; as the file writes it where nobody knows a word.

    `antibodies[MDA5]` is `antibody MDA5`, `therapies[2].response` is `Methotrexate: Response`.
    """
    if named := _ANTIBODY.fullmatch(field):
        said = _("antibody {name}").format(name=named[1])
        return f"{said}: {_label(f'antibodies[].{named[2]}', assessment)}" if named[2] else said
    if entry := _ENTRY.fullmatch(field):
        of, number, part = entry[1], int(entry[2]), entry[3]
        drug = _drug(number, assessment) if of == "therapies" else ""
        label = _label(f"{of}[].{part}", assessment) if part else ""
        return ": ".join(said for said in (drug, label) if said) or field
    return _label(field, assessment)


def in_words(sentence: str, assessment: Assessment) -> str:
    """A sentence of ours with the names of its fields in words."""
    return _FIELD.sub(lambda found: field_name(found[0], assessment), _BARE.sub("", sentence))


def _drug(number: int, assessment: Assessment) -> str:
    """The drug of an entry of the file; where it stands there more than once, with the number of its line."""
    lines = assessment.patient.therapies or ()
    drug = next((line.drug for line in lines if line.entry == number), None)
    if drug is None:
        return ""
    name = assessment.library.drugs.labels.get(drug, say(drug))
    if [line.drug for line in lines].count(drug) == 1:
        return name
    return _("{drug} (line {number})").format(drug=name, number=number + 1)


def _label(field: str, assessment: Assessment) -> str:
    spec = assessment.library.facts.get(field)
    return (spec.label if spec else "") or field
