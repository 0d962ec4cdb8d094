"""`kb check` on regimens: doses and days ascend, within the drug's maximum, from vials that exist."""

from __future__ import annotations

import pytest
from documents import knowledge

from escalate.audit.check import check

REGIMEN = """\
    therapy: methotrexate
    limits:
      max_mg_per_kg: 1.5
      vials: [{vial_mg: 30, mg_per_ml: 10}]
      source: [{ref: E01, at: posology}]
    regimens:
      - id: course
        title: A course
        route: sc
        steps:
          - {name: step-up 1, mg_per_kg: 0.06, day: 0, vial_mg: 30, mg_per_ml: 10}
          - {name: step-up 2, mg_per_kg: 0.3, day: 3, vial_mg: 30, mg_per_ml: 10}
          - {name: target 1, mg_per_kg: 1.5, day: 6, vial_mg: 30, mg_per_ml: 10}
          - {name: target 2, mg_per_kg: 1.5, day: 13, vial_mg: 30, mg_per_ml: 10}
        source: [{ref: E01, at: posology}]
    """


@pytest.mark.parametrize(
    ("old", "new", "found"),
    [
        ("", "", []),
        ("mg_per_kg: 0.3", "mg_per_kg: 0.06", [("step-up-not-ascending", 12)]),
        ("mg_per_kg: 0.3", "mg_per_kg: 0.03", [("step-up-not-ascending", 12)]),
        ("target 2, mg_per_kg: 1.5", "target 2, mg_per_kg: 1.2", [("step-up-not-ascending", 14)]),
        ("day: 3", "day: 6", [("days-not-ascending", 13)]),
        ("day: 0", "day: 1", [("days-not-ascending", 11)]),
        ("target 2, mg_per_kg: 1.5", "target 2, mg_per_kg: 1.51", [("dose-above-maximum", 14)]),
        ("mg_per_kg: 0.06", "mg_per_kg: 0", [("dose-above-maximum", 11)]),
        ("day: 13, vial_mg: 30", "day: 13, vial_mg: 31", [("unknown-vial", 14)]),
        (
            "day: 13, vial_mg: 30, mg_per_ml: 10",
            "day: 13, vial_mg: 30, mg_per_ml: 90",
            [("unknown-vial", 14)],
        ),
        ("max_mg_per_kg: 1.5", "max_mg_per_kg: much", [("not-a-number", 3)]),
        (
            "ref: E01, at: posology}]\n    regimens",
            "ref: E09, at: posology}]\n    regimens",
            [("unknown-value", 5)],
        ),
    ],
)
def test_a_schedule_that_nobody_can_mean(old: str, new: str, found: list[tuple[str, int]]) -> None:
    """Each at the dose where it goes wrong."""
    text = REGIMEN.replace(old, new, 1) if old else REGIMEN
    problems = check(knowledge(knowledge__regimens__methotrexate=text))[1]

    assert [(one.code, one.at.line) for one in problems] == found


def test_a_schedule_without_limits_is_not_checked_by_anybody() -> None:
    """So the limits must be there."""
    start, end = REGIMEN.index("    limits"), REGIMEN.index("    regimens")
    problems = check(knowledge(knowledge__regimens__methotrexate=REGIMEN[:start] + REGIMEN[end:]))[1]

    assert [one.code for one in problems] == ["dose-without-maximum"]
