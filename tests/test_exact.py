"""`explain --exact`: which missing facts can still change a verdict, against every value tried by hand."""

from __future__ import annotations

from itertools import product

import pytest
from click.testing import CliRunner

from escalate import assess, load_knowledge
from escalate.audit.exact import matters
from escalate.commands import cli
from escalate.files.knowledge_base import read_knowledge
from escalate.files.patient_file import patient_of
from escalate.files.what_if import patient_with
from escalate.library.read_statements import statements_of
from escalate.options.model import Option
from tests.conftest import EXAMPLES, TODAY

LIBRARY = load_knowledge()
STATEMENTS = statements_of(read_knowledge(), LIBRARY)
COMPLETE = (EXAMPLES / "refractory-antisynthetase.yaml").read_bytes()
# Facts of the complete example, and values that lie on every side of what the rules ask of them.
VALUES = {
    "heart.echo.lvef_percent": ("35", "44", "52", "62"),
    "infection.hbsag": ("positive", "negative"),
    "labs.igg_g_per_l": ("1", "3.5", "9"),
}


def verdict(changes: list[tuple[str, str]]) -> str:
    patient = patient_with(COMPLETE, "patient.yaml", LIBRARY, changes, today=TODAY)
    return str(assess(patient, LIBRARY).option("teclistamab").verdict)


@pytest.mark.parametrize(
    "unknown",
    [
        ["heart.echo.lvef_percent"],
        ["infection.hbsag", "labs.igg_g_per_l"],
        ["heart.echo.lvef_percent", "labs.igg_g_per_l"],
    ],
    ids=lambda names: "+".join(names),
)
def test_a_fact_that_changes_a_verdict_by_hand_is_said_to(unknown: list[str]) -> None:
    """With all others at any of their values: what is found by trying is found by the solver."""
    patient = patient_with(
        COMPLETE, "patient.yaml", LIBRARY, [(name, "unknown") for name in unknown], today=TODAY
    )
    assessment = assess(patient, LIBRARY)
    option = assessment.option("teclistamab")

    assert isinstance(option, Option)
    found = {one.field: one.decides for one in matters(assessment, option, STATEMENTS)}
    for name in unknown:
        others = [other for other in unknown if other != name]
        tried = any(
            len({verdict([*zip(others, held, strict=True), (name, value)]) for value in VALUES[name]}) > 1
            for held in product(*(VALUES[other] for other in others))
        )

        assert found.get(name, False) is tried


def test_a_fact_that_no_longer_matters_is_said_not_to() -> None:
    """A caution that the kidney could add to others changes no verdict: none of its values does."""
    raw = (EXAMPLES / "mda5-emergency.yaml").read_bytes()
    assessment = assess(patient_of(raw, "patient.yaml", LIBRARY, today=TODAY), LIBRARY)
    option = assessment.option("hydroxychloroquine")

    assert isinstance(option, Option)
    found = matters(assessment, option, STATEMENTS)
    tried = [
        assess(
            patient_with(raw, "patient.yaml", LIBRARY, [("labs.egfr_ml_per_min", value)], today=TODAY),
            LIBRARY,
        )
        for value in ("5", "25", "45", "90")
    ]

    assert [one.field for one in found if not one.decides] == ["labs.egfr_ml_per_min"]
    assert len(found) > 1
    assert {each.option("hydroxychloroquine").verdict for each in tried} == {option.verdict}


def test_the_command_says_what_each_missing_fact_decides() -> None:
    """Behind the explanation; nothing of it without the option."""
    path = str(EXAMPLES / "early-dermatomyositis.yaml")

    def printed(*more: str) -> str:
        return CliRunner().invoke(cli, ["explain", path, "rituximab", *more]).stdout

    assert "can change the verdict: infection.pml_history" in printed("--exact")
    assert "WHAT EACH MISSING FACT DECIDES" not in printed()
