"""The grade of interstitial lung disease on the shipped rules (dossier 5.1), at every boundary."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from escalate.assessment import Assessment

# The example has NSIP, FVC 65, DLCO 48, SpO2 95, 18 % of the lung: here all but the pattern is mild.
MILD: dict[str, Any] = {
    "lung.fvc_percent_predicted": 90,
    "lung.dlco_percent_predicted": 85,
    "lung.spo2_rest_percent": 97,
    "lung.hrct.extent_percent": 5,
    "lung.exertional_desaturation_points": 1,
}
NO_ILD: dict[str, Any] = {
    **MILD,
    "lung.ild": "false",
    "lung.hrct.date": "2026-09-21",
    "lung.hrct.pattern": "normal",
    "lung.hrct.extent_percent": None,
    "lung.hrct.progression": None,
}


def span(assessment: Assessment) -> tuple[str | None, str | None]:
    (found,) = [f for f in assessment.findings if f.name == "ild_grade"]
    return found.at_least, found.at_most


@pytest.mark.parametrize(
    ("changes", "level"),
    [
        ({}, "ILD1"),
        ({"lung.fvc_percent_predicted": 80}, "ILD1"),
        ({"lung.fvc_percent_predicted": "79.9"}, "ILD2"),
        ({"lung.fvc_percent_predicted": 60}, "ILD2"),
        ({"lung.fvc_percent_predicted": "59.9"}, "ILD3"),
        ({"lung.fvc_percent_predicted": 40}, "ILD3"),
        ({"lung.fvc_percent_predicted": "39.9"}, "ILD4"),
        ({"lung.dlco_percent_predicted": 60}, "ILD1"),
        ({"lung.dlco_percent_predicted": "59.9"}, "ILD2"),
        ({"lung.dlco_percent_predicted": 40}, "ILD2"),
        ({"lung.dlco_percent_predicted": "39.9"}, "ILD3"),
        ({"lung.dlco_percent_predicted": 30}, "ILD3"),
        ({"lung.dlco_percent_predicted": "29.9"}, "ILD4"),
        ({"lung.hrct.extent_percent": "9.9"}, "ILD1"),
        ({"lung.hrct.extent_percent": 10}, "ILD2"),
        ({"lung.hrct.extent_percent": 20}, "ILD2"),
        ({"lung.hrct.extent_percent": "20.1"}, "ILD3"),
        ({"lung.hrct.extent_percent": None}, "ILD1"),
        ({"lung.spo2_rest_percent": 95}, "ILD1"),
        ({"lung.spo2_rest_percent": 94}, "ILD2"),
        ({"lung.spo2_rest_percent": 92}, "ILD2"),
        ({"lung.spo2_rest_percent": 91}, "ILD3"),
        ({"lung.spo2_rest_percent": 88}, "ILD3"),
        ({"lung.spo2_rest_percent": 87}, "ILD4"),
        ({"lung.exertional_desaturation_points": 4}, "ILD3"),
        ({"lung.exertional_desaturation_points": "3.9"}, "ILD1"),
        ({"lung.exertional_desaturation_points": None}, "ILD1"),
        ({"lung.pao2_mmhg": 60}, "ILD1"),
        ({"lung.pao2_mmhg": "59.9"}, "ILD4"),
        ({"lung.oxygen_need": "true"}, "ILD4"),
        ({"lung.ventilation": "high_flow", "lung.oxygen_need": "true"}, "ILD4"),
        # stated in the referral, no pattern known
        ({"lung.hrct.extent_percent": None, "lung.hrct.pattern": None}, "ILD1"),
        ({"lung.ild": None}, "ILD1"),
    ],
    ids=str,
)
def test_the_worst_column_gives_the_grade(
    changes: dict[str, Any], level: str, variant: Callable[..., Assessment]
):
    """One column at a time, with interstitial lung disease present."""
    assert span(variant({**MILD, **changes})) == (level, level)


NO_HRCT: dict[str, Any] = {"lung.hrct.date": None, "lung.hrct.pattern": None}
LOW: dict[str, Any] = {"lung.fvc_percent_predicted": 55, "lung.dlco_percent_predicted": 35}


@pytest.mark.parametrize(
    ("changes", "least", "most"),
    [
        # a normal, recent HRCT is ILD0 whatever the function says
        (LOW, "ILD0", "ILD0"),
        ({**LOW, "lung.ild": None}, "ILD0", "ILD0"),
        # 12 weeks are recent, a day more is not: then the worst column is read
        ({**LOW, "lung.hrct.date": "2026-07-20"}, "ILD0", "ILD0"),
        ({**LOW, "lung.hrct.date": "2026-07-19"}, "ILD3", "ILD3"),
        # with a low saturation, new symptoms or MDA5 it must be of the last 2 weeks
        ({**LOW, "lung.spo2_rest_percent": 94}, "ILD3", "ILD3"),
        ({**LOW, "lung.spo2_rest_percent": 94, "lung.hrct.date": "2026-09-28"}, "ILD0", "ILD0"),
        ({**LOW, "lung.spo2_rest_percent": 94, "lung.hrct.date": "2026-09-27"}, "ILD3", "ILD3"),
        ({**LOW, "antibodies": [{"name": "MDA5", "strength": "weak"}]}, "ILD3", "ILD3"),
        # and taken after the change
        (
            {
                **LOW,
                "lung.symptoms_worse": "true",
                "lung.symptoms_worsening_weeks": 3,
                "lung.hrct.date": "2026-10-05",
            },
            "ILD0",
            "ILD0",
        ),
        (
            {
                **LOW,
                "lung.symptoms_worse": "true",
                "lung.symptoms_worsening_weeks": "0.5",
                "lung.hrct.date": "2026-10-05",
            },
            "ILD3",
            "ILD3",
        ),
        ({**LOW, "lung.symptoms_worse": "true", "lung.hrct.date": "2026-10-05"}, "ILD0", "ILD3"),
        # not known: open between no disease and the worst column
        ({**LOW, **NO_HRCT}, "ILD0", "ILD3"),
        ({**LOW, "lung.hrct.date": None}, "ILD0", "ILD3"),
        (NO_HRCT, "ILD0", "ILD1"),
        # a contradiction does not lower the grade
        ({**LOW, "lung.ild": "true"}, "ILD0", "ILD3"),
        ({**LOW, "lung.hrct.pattern": "nsip"}, "ILD3", "ILD3"),
    ],
    ids=str,
)
def test_what_a_normal_hrct_is_worth(
    changes: dict[str, Any], least: str, most: str, variant: Callable[..., Assessment]
):
    """Normal, recent and after the change it settles the question; else the function is read."""
    assert span(variant({**NO_ILD, **changes})) == (least, most)


@pytest.mark.parametrize(
    "missing", ["lung.fvc_percent_predicted", "lung.dlco_percent_predicted", "lung.spo2_rest_percent"]
)
def test_a_missing_column_leaves_the_grade_open(missing: str, variant: Callable[..., Assessment]):
    """With the disease present an unmeasured function may be critical."""
    assert span(variant({**MILD, missing: None, "lung.exertional_desaturation_points": None})) == (
        "ILD1",
        "ILD4",
    )


def test_vascular_disease_is_asked_for_behind_a_normal_scan(variant: Callable[..., Assessment]):
    """V57: HRCT normal, FVC 92, DLCO 35: no ILD, the vessels are looked at, the gate still warns."""
    assessment = variant({**NO_ILD, "lung.fvc_percent_predicted": 92, "lung.dlco_percent_predicted": 35})

    assert span(assessment) == ("ILD0", "ILD0")
    assert "LUNG-LOW-DLCO" in {alert.id for alert in assessment.proposal.alerts}
    key = next(rule.key for rule in assessment.library.rules if rule.id == "BCMA-X23b")
    assert assessment.reasons.values[key].name == "TRUE"


def test_weak_respiratory_muscles_are_asked_for_behind_a_normal_scan(variant: Callable[..., Assessment]):
    """V52: a low FVC with a normal HRCT is not interstitial lung disease."""
    assessment = variant({**NO_ILD, "lung.fvc_percent_predicted": 55})

    assert "LUNG-LOW-FVC" in {alert.id for alert in assessment.proposal.alerts}
