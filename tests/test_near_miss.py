"""Values just beside a line: what counts as beside, and that only what turns a verdict is told."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import pytest

from escalate.assessment import Assessment
from escalate.near_miss import NearMiss, near_misses
from escalate.options.verdict import Verdict
from escalate.report.sheet_near import nears
from escalate.report.sheet_said import Voice

Variant = Callable[..., Assessment]
LVEF, IGG = "heart.echo.lvef_percent", "labs.igg_g_per_l"


def of(assessment: Assessment, field: str) -> list[NearMiss]:
    return [miss for miss in near_misses(assessment) if miss.fact == field]


@pytest.mark.parametrize(
    ("lvef", "other", "now", "there"),
    [
        ("45", "44", Verdict.CAUTION_HIGH, Verdict.EXCLUDED),
        ("44", "45", Verdict.EXCLUDED, Verdict.CAUTION_HIGH),
        ("44.6", "45", Verdict.EXCLUDED, Verdict.CAUTION_HIGH),  # 45, as the rule writes its limit
    ],
)
def test_both_sides_of_a_line(variant: Variant, lvef: str, other: str, now: Verdict, there: Verdict) -> None:
    """LVEF 45 is not below 45, and one step beside it is: both verdicts are told."""
    (miss,) = of(variant({LVEF: lvef, "heart.involvement": None}), LVEF)

    assert (miss.limit, miss.other) == (Decimal(45), Decimal(other))
    assert ("teclistamab", now, there) in [(t.therapy, t.now, t.there) for t in miss.turned]


@pytest.mark.parametrize("lvef", ["62", "46", "45.4", "44.4", "43"])
def test_two_steps_away_is_not_beside(variant: Variant, lvef: str) -> None:
    """Where the other side of the line is further off than one step, nothing is said about it."""
    assert of(variant({LVEF: lvef, "heart.involvement": None}), LVEF) == []


@pytest.mark.parametrize(
    ("igg", "told"), [("4.0", ["3.9"]), ("3.9", ["4.0"]), ("3.7", ["4.0"]), ("4.2", []), ("3.4", [])]
)
def test_the_step_is_that_of_the_written_number(variant: Variant, igg: str, told: list[str]) -> None:
    """IgG 4.0 is written to 0.1 g/L: 3.9 lies beside it; 3.7 is 4 as the rule writes it, 3.4 is not."""
    found = [str(miss.other) for miss in of(variant({IGG: igg}), IGG) if miss.limit == 4]

    assert found == told


def test_a_value_in_another_unit_has_the_step_of_what_is_written(variant: Variant) -> None:
    """400 mg/dL is written to 1 mg/dL, which is 0.01 g/L."""
    (miss,) = [m for m in of(variant({IGG: "400 mg/dL"}), IGG) if m.limit == 4]

    assert miss.other == Decimal("3.99")


def test_what_turns_no_verdict_is_left_out(variant: Variant) -> None:
    """The complete example lies beside no line, although its ECOG and NYHA class are next to several."""
    assert near_misses(variant({})) == ()


def test_every_rule_told_bears_on_what_turns(variant: Variant) -> None:
    """A rule about a drug whose verdict stays is not named beside the line that it shares."""
    for miss in near_misses(variant({IGG: "4.0"})):
        turned = {t.therapy for t in miss.turned}

        assert all(rule.kind == "finding" or turned & set(rule.targets) for rule in miss.rules)


def test_a_value_that_a_contradiction_made_unknown_is_beside_nothing(variant: Variant) -> None:
    """What counts as unknown has no line beside it."""
    changes = {"lung.ild": "false", "lung.fvc_percent_predicted": "70"}
    assessment = variant(changes)
    blanked = {f for alert in assessment.proposal.alerts for f in alert.makes_unknown}

    assert blanked
    assert not blanked & {miss.fact for miss in near_misses(assessment)}


MIP = "muscle.mip_cmh2o"


@pytest.mark.parametrize(
    ("mip", "begins", "ends"), [("-30", ("E3",), ()), ("-29", (), ("E3",)), ("-32", (), ())]
)
def test_an_emergency_one_step_away_is_told(
    variant: Variant, mip: str, begins: tuple[str, ...], ends: tuple[str, ...]
) -> None:
    """Also where the therapy that it starts is named: the page says what would begin."""
    found = of(variant({MIP: mip}), MIP)

    assert [(miss.begins, miss.ends) for miss in found] == ([(begins, ends)] if begins or ends else [])


def test_an_emergency_that_turns_no_verdict_is_told(variant: Variant) -> None:
    """In inclusion body myositis nothing is started by failing breathing muscles, and it is one step away."""
    assessment = variant({"diagnosis.entity": "inclusion_body_myositis", MIP: "-30"})
    (miss,) = of(assessment, MIP)
    rows = nears(assessment, Voice(assessment))

    assert miss.begins == ("E3",)
    assert "E3" in {rule.id for rule in miss.rules}
    assert ("Emergency (Failing breathing muscles)", "no", "yes") in [row for n in rows for row in n.turned]
