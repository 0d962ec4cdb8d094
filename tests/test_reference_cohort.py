"""The reference cohort is drawn again to the letter, can be read, and fires every rule."""

from __future__ import annotations

from reference_cohort import FILE, LOOKED_AT, SIZE, TODAY, checked_in, checked_in_margins, drawn, fired

from escalate.files.yaml_reader import read_text
from escalate.library.model import Library
from escalate.patient.reader import read_patient
from escalate.problems import PatientRefused


def test_the_cohort_is_small_and_whole() -> None:
    """Two thousand patients in less than a megabyte, each once."""
    ids = [line.split('"id":"', 1)[1].split('"', 1)[0] for line in checked_in()]

    assert len(set(ids)) == len(ids) == SIZE
    assert FILE.stat().st_size < 1_000_000


def test_the_drawn_patients_are_drawn_again() -> None:
    """The same seed gives the same patients; those behind them are taken from vignettes and say so."""
    lines = checked_in()
    count = sum('"id":"reference-' in line for line in lines)

    assert list(drawn(checked_in_margins(), count)) == lines[:count]
    assert all('"id":"directed-' in line for line in lines[count:])


def test_every_patient_is_read(library: Library) -> None:
    """A refused patient would be looked at by nobody."""
    for line in checked_in():
        document = read_text(line, "cohort.json", PatientRefused)

        assert read_patient(document, library, today=TODAY).id


def test_every_active_rule_fires(library: Library) -> None:
    """So a rule that is gone, or turned off, changes what is said of somebody."""
    lines = checked_in()
    directed = [line for line in lines if '"id":"directed-' in line]
    active = {rule.id for rule in library.rules if rule.status == "active"}

    assert active - fired([*lines[:LOOKED_AT], *directed], library) == set()
