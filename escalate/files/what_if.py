"""What if a field of a patient file held another value: the same file with the change put in, read as ever.

    patient_with(raw, "patient.yaml", library, [("heart.echo.lvef_percent", "44")])

A change names a field with dots, or a part of an entry: `therapies[0].dose` by its number, counted from 0,
`therapies[rituximab].response` and `antibodies[Jo-1].strength` by its name, `therapies[+]` for a new one. A
value is written as in a patient file, lists as `[a, b]`, entries as `{drug: rituximab}`; `unknown` or `null`
takes the field, or the entry, away. Places of changed values are `what-if:NUMBER:COLUMN`, the number being
the change's.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from escalate.files.patient_file import document_of
from escalate.files.what_if_edit import Change, put_in
from escalate.files.yaml_text import yaml_text
from escalate.library.model import Library
from escalate.nodes import Document, Mapping
from escalate.patient.model import WHAT_IF, Patient
from escalate.patient.reader import read_patient
from escalate.problems import PatientRefused, Problem, UsageError
from escalate.texts import _, speaking

Changes = Sequence[tuple[str, str]]


class WhatIfRefused(PatientRefused):
    """A change cannot be put in: the patient file is sound, the question is not."""

    exit_status = 2


def change_of(text: str) -> tuple[str, str]:
    """`FIELD=VALUE` as a change. Raises: UsageError where there is no `=`, or no field before it."""
    field, equals, value = text.partition("=")
    if not equals or not field.strip():
        raise UsageError(
            _("`{text}` is not FIELD=VALUE, for instance heart.echo.lvef_percent=44").format(text=text)
        )
    return field.strip(), value.strip()


def patient_with(
    raw: bytes,
    name: str,
    library: Library,
    changes: Changes,
    *,
    as_of: date | None = None,
    today: date | None = None,
) -> Patient:
    """The patient of a file's bytes with some fields changed; its `sha256` is that of `changed_bytes`.

    Args:    name, how the file is called, which says whether it is JSON; changes, field and value, in the
             order in which they are put in; as_of and today, as `load_patient` takes them.
    Raises:  PatientRefused where the file itself is refused, WhatIfRefused naming each change that is.
    """
    with speaking(library.language):
        day = today or date.today()
        document = document_of(raw, name, library, as_of or day)
        patient = read_patient(document, library, today=day, as_of=as_of)
        if not changes:
            return patient
        asked = _numbered(changes)
        changed = _changed(document, library, asked)
        try:
            return read_patient(changed, library, today=day, as_of=as_of)
        except PatientRefused as refusal:
            raise WhatIfRefused([_named(problem, asked) for problem in refusal.problems]) from None


def changed_bytes(raw: bytes, name: str, library: Library, changes: Changes) -> bytes:
    """The patient file with the changes put in, as YAML in UTF-8; comments are not kept.

    Raises: PatientRefused where the file is no document, WhatIfRefused where a change names no field.
    """
    with speaking(library.language):
        document = document_of(raw, name, library, date.today())
        return yaml_text(_changed(document, library, _numbered(changes)).root).encode()


def _numbered(changes: Changes) -> tuple[Change, ...]:
    return tuple(Change(number, field.strip(), value) for number, (field, value) in enumerate(changes, 1))


def _changed(document: Document, library: Library, changes: Sequence[Change]) -> Document:
    if not isinstance(document.root, Mapping):
        return document  # the reader says what a patient file is
    problems: list[Problem] = []
    root = document.root
    fields: dict[str, int] = {}
    for change in changes:
        first = fields.setdefault(change.field, change.number)
        if first != change.number and not change.field.endswith("[+]"):
            message = _("`{field}` is changed twice").format(field=change.field)
            problems.append(change.problem("duplicate-key", message, _("keep one of them")))
            continue
        put = put_in(root, change, library)
        if isinstance(put, Mapping):
            root = put
        else:
            problems += put
    if problems:
        raise WhatIfRefused(problems)
    digest = hashlib.sha256(yaml_text(root).encode()).hexdigest()
    return replace(document, root=root, sha256=digest)


def _named(problem: Problem, changes: Sequence[Change]) -> Problem:
    """A problem of the changed file, so that the change it comes of is named."""
    if problem.at.file == WHAT_IF and 0 < problem.at.line <= len(changes):
        return replace(problem, excerpt=changes[problem.at.line - 1].text)
    # The file was sound before: an old value does not go with a new one.
    said = _("with {changes}: {message}")
    return replace(problem, message=said.format(changes=_listed(changes), message=problem.message))


def _listed(changes: Sequence[Change]) -> str:
    return ", ".join(f"`{change.short}`" for change in changes)
