"""The empty patient file and the schema are made from the table the reader uses."""

from __future__ import annotations

import re

import pytest
from helpers_patient import LIBRARY, TODAY, read

from escalate.patient.schema import patient_schema
from escalate.patient.template import template
from escalate.problems import UsageError


@pytest.mark.parametrize("entity", [None, "IBM", "dermatomyositis"])
def test_the_empty_file_reads_without_a_problem(entity: str | None) -> None:
    """Nothing is known of that patient but the diagnosis."""
    patient = read("", head=template(LIBRARY, entity, TODAY))

    assert set(patient.values) == ({"diagnosis.entity"} if entity else set())
    assert (patient.antibodies, patient.therapies) == (None, None)


def test_the_empty_file_has_every_field() -> None:
    """None of them renamed, none forgotten."""
    text = template(LIBRARY, None, TODAY)

    assert [n for n in LIBRARY.facts if not re.search(rf"\b{re.escape(n.split('.')[-1])}:", text)] == []
    assert max(map(len, text.splitlines())) <= 120


def test_an_unknown_diagnosis_gets_no_empty_file() -> None:
    """It is wrong use of the command, with the nearest name."""
    with pytest.raises(UsageError, match="dermatomyositis"):
        template(LIBRARY, "dermatomyositiss", TODAY)


def test_the_schema_has_every_field_of_the_contract() -> None:
    """Nested as the file nests them, with the words of the contract."""
    schema = patient_schema(LIBRARY)
    echo = schema["properties"]["heart"]["anyOf"][0]["properties"]["echo"]["anyOf"][0]["properties"]
    scale = schema["properties"]["muscle"]["anyOf"][0]["properties"]["mmt8_scale"]

    assert echo["lvef_percent"]["anyOf"][0] == {"type": "number", "minimum": 5.0, "maximum": 85.0}
    assert scale["anyOf"][0]["enum"] == ["150", "80", 150, 80]
    assert schema["properties"]["therapies"]["anyOf"][0]["items"]["required"] == ["drug"]
