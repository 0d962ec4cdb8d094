"""The gates of every therapy except the BCMA engagers and CAR-T, rule by rule, on the shipped rules.

Facts are set by hand, so that each rule is tested alone: a complete normal patient, one change at a time.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal

import pytest
from gate_cases import CASES, Case
from gate_normal import NEVER, NORMAL, OTHER_HEADS, Value

from escalate.language.evaluate import evaluate, head_name, leaves_of
from escalate.language.facts import Fact, Status
from escalate.language.tree import AtLevel, Flag
from escalate.library.model import Library, Rule
from escalate.truth import Truth, some

FILES = (
    "rules/gates/abatacept.yaml", "rules/gates/allergy.yaml", "rules/gates/antifibrotics.yaml",
    "rules/gates/azathioprine.yaml", "rules/gates/c5_inhibitors.yaml",
    "rules/gates/calcineurin_inhibitors.yaml", "rules/gates/cancer.yaml",
    "rules/gates/cyclophosphamide.yaml", "rules/gates/daratumumab.yaml", "rules/gates/exercise.yaml",
    "rules/gates/fcrn_inhibitors.yaml", "rules/gates/glucocorticoids.yaml",
    "rules/gates/hydroxychloroquine.yaml", "rules/gates/immunoglobulin.yaml",
    "rules/gates/infection.yaml", "rules/gates/interactions.yaml",
    "rules/gates/jak_inhibitors_cautions.yaml", "rules/gates/jak_inhibitors_closed.yaml",
    "rules/gates/methotrexate.yaml", "rules/gates/mycophenolate.yaml",
    "rules/gates/plasma_exchange.yaml", "rules/gates/pregnancy.yaml", "rules/gates/rituximab.yaml",
    "rules/gates/tocilizumab.yaml", "rules/gates/trials.yaml", "rules/gates/washout.yaml",
)  # fmt: skip
HARD = ("exclude", "defer", "ask")


class Heads(Mapping[str, Truth]):
    """The findings: those of other files as set, the others computed from the facts."""

    def __init__(self, library: Library, facts: Mapping[str, Fact], stated: Mapping[str, Truth]) -> None:
        self.library, self.facts, self.stated = library, facts, stated

    def __getitem__(self, head: str) -> Truth:
        if head in self.stated:
            return self.stated[head]
        name, _, level = head.partition(">=")
        levels = self.library.findings[name].levels
        proving = levels[levels.index(level) :] if level else ("",)
        rules = [r for r in self.library.rules if r.kind == "finding" and r.targets == (name,)]
        return some(evaluate(r.when, self.facts, self) for r in rules if r.level in proving)

    def __iter__(self) -> Iterator[str]:
        return iter(self.stated)

    def __len__(self) -> int:
        return len(self.stated)


def fact(name: str, value: Value | None) -> Fact:
    if value is None:
        return Fact(name)
    if value == NEVER and name not in ("demographics.smoking", "diagnosis.statin_exposure"):
        return Fact(name, status=Status.ABSENT)
    if isinstance(value, tuple):
        return Fact(name, frozenset(value), Status.KNOWN)
    if isinstance(value, int | float) and not isinstance(value, bool):
        return Fact(name, Decimal(str(value)), Status.KNOWN)
    return Fact(name, value, Status.KNOWN)


def value_of(library: Library, rule: Rule, changes: Mapping[str, Value | None]) -> Truth:
    """The rule's value for the normal patient with these changes (None: unknown)."""
    stated = dict.fromkeys(OTHER_HEADS, Truth.FALSE)
    stated |= {
        name: Truth.UNKNOWN if value is None else Truth.of(bool(value))
        for name, value in changes.items()
        if name in OTHER_HEADS
    }
    facts = {name: fact(name, value) for name, value in NORMAL.items()}
    facts |= {name: fact(name, False) for name in library.facts if name.endswith(".allergy")}
    facts |= {name: fact(name, value) for name, value in changes.items() if name not in OTHER_HEADS}
    return evaluate(rule.when, facts, Heads(library, facts, stated))


def gate_rules(library: Library) -> list[Rule]:
    return [rule for rule in library.rules if str(rule.at.file).endswith(FILES)]


def rule_of(library: Library, case: Case) -> Rule:
    found = [
        rule
        for rule in gate_rules(library)
        if rule.id == case.rule and (not case.therapy or case.therapy in rule.targets)
    ]
    assert found, case.rule
    return found[0]


def heads_read(library: Library, names: set[str]) -> set[str]:
    """Every fact that a set of findings reads, through all findings in between but those set by hand."""
    seen: set[str] = set()
    for rule in library.rules:
        if rule.kind == "finding" and rule.targets[0] in names:
            seen |= facts_read(library, rule)
    return seen


def facts_read(library: Library, rule: Rule) -> set[str]:
    facts: set[str] = set()
    findings: set[str] = set()
    for test in (leaf.test for leaf in leaves_of(rule.when)):
        if isinstance(test, AtLevel):
            if head_name(test.name, test.level) not in OTHER_HEADS:
                findings.add(test.name)
        elif isinstance(test, Flag) and test.finding:
            if test.name not in OTHER_HEADS:
                findings.add(test.name)
        else:
            facts.add(test.name)
    return facts | (heads_read(library, findings) if findings else set())


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.rule)
def test_a_criterion_is_met_on_its_side_of_the_boundary_only(library: Library, case: Case) -> None:
    """A rule holds for the value that meets it, and not for the value just across, nor when all is normal."""
    rule = rule_of(library, case)
    assert value_of(library, rule, case.met) is Truth.TRUE
    assert value_of(library, rule, case.spared) is Truth.FALSE
    assert value_of(library, rule, {}) is Truth.FALSE


@pytest.mark.parametrize(
    ("case", "missing"),
    [(case, missing) for case in CASES for missing in case.asked],
    ids=lambda item: item.rule if isinstance(item, Case) else item,
)
def test_a_missing_fact_never_counts_as_normal(library: Library, case: Case, missing: str) -> None:
    """Without the fact that meets it, the criterion is unknown: neither met nor cleared."""
    others = {name: value for name, value in case.met.items() if name != missing}
    assert value_of(library, rule_of(library, case), others | {missing: None}) is Truth.UNKNOWN


def test_hepatitis_b_dna_counts_without_hbsag(library: Library) -> None:
    """Occult hepatitis B defers too; unmeasured DNA leaves it open where HBsAg is unknown as well."""
    rule = next(rule for rule in gate_rules(library) if rule.id == "RTX-X1-HBV")
    assert value_of(library, rule, {"infection.hbv_dna_iu_per_ml": 20}) is Truth.TRUE
    unknown: dict[str, Value | None] = {"infection.hbv_dna_iu_per_ml": None, "infection.hbsag": None}
    assert value_of(library, rule, unknown) is Truth.UNKNOWN


def test_every_rule_of_these_gates_has_a_boundary_case(library: Library) -> None:
    """No rule can be added without saying where its boundary lies."""
    assert {rule.id for rule in gate_rules(library)} == {case.rule for case in CASES}


def test_a_complete_normal_patient_leaves_no_hard_criterion_open(library: Library) -> None:
    """Nothing is asked of a patient whose facts are all known and normal."""
    hard = [rule for rule in gate_rules(library) if rule.kind in HARD]
    assert len(hard) > 50
    assert [rule.key for rule in hard if value_of(library, rule, {}) is not Truth.FALSE] == []


def test_the_normal_patient_names_every_fact_these_gates_read(library: Library) -> None:
    """The table of normal facts is complete, so that no test passes for a missing name."""
    read = {name for rule in gate_rules(library) for name in facts_read(library, rule)}
    assert {name for name in read if not name.endswith(".allergy")} <= set(NORMAL)


def test_glucocorticoids_never_wait_for_data(library: Library) -> None:
    """An emergency starts them at once, so they have cautions and no hard criterion."""
    for therapy in ("glucocorticoids", "glucocorticoid_pulse"):
        kinds = {rule.kind for rule in library.rules if therapy in rule.targets}
        assert not kinds & {"exclude", "defer"}, therapy


def verdict_rules(
    library: Library, therapy: str, changes: Mapping[str, Value | None]
) -> set[tuple[str, str]]:
    """(kind, id) of every rule that holds for a therapy."""
    return {
        (rule.kind, rule.id)
        for rule in gate_rules(library)
        if therapy in rule.targets and value_of(library, rule, changes) is Truth.TRUE
    }


def test_pulmonary_embolism_five_weeks_ago(library: Library) -> None:
    """Vignette V03: immunoglobulin waits, JAK inhibitors are closed, rituximab stays open."""
    recent: dict[str, Value | None] = {"comorbidities.venous_thromboembolism_months_ago": 1.2}
    assert ("defer", "IVIG-X3") in verdict_rules(library, "ivig", recent)
    assert ("exclude", "JAK-X1-VTE") in verdict_rules(library, "tofacitinib", recent)
    assert verdict_rules(library, "rituximab", recent) == set()


def test_pregnancy_leaves_the_drugs_that_stay(library: Library) -> None:
    """Vignette V27: azathioprine, tacrolimus, hydroxychloroquine, immunoglobulin and glucocorticoids."""
    pregnant: dict[str, Value | None] = {"patient.pregnant": True, "patient.pregnant_or_breastfeeding": True}
    for therapy in ("azathioprine", "tacrolimus", "hydroxychloroquine", "ivig", "glucocorticoids"):
        assert verdict_rules(library, therapy, pregnant) == set(), therapy
    for therapy in ("mycophenolate", "methotrexate", "cyclophosphamide", "baricitinib", "daratumumab"):
        assert any(kind == "exclude" for kind, _ in verdict_rules(library, therapy, pregnant)), therapy
    assert verdict_rules(library, "rituximab", pregnant) == {("caution_high", "RTX-X1-PREGNANCY")}


def test_smoker_of_67_with_an_infarction_eight_months_ago(library: Library) -> None:
    """Vignette V26: JAK inhibitors are closed, immunoglobulin needs an override."""
    facts: dict[str, Value | None] = {
        "demographics.age_years": 67,
        "demographics.smoking": "current",
        "demographics.smoking_pack_years": 30,
        "heart.myocardial_infarction_or_stroke_months_ago": 8,
    }
    assert ("exclude", "JAK-X2") in verdict_rules(library, "upadacitinib", facts)
    ivig = verdict_rules(library, "ivig", facts)
    assert {("caution_high", "IVIG-X1-RISK-HIGH"), ("caution_high", "IVIG-X1-ARTERIAL")} <= ivig
    assert not any(kind in HARD for kind, _ in ivig)


def test_anaemia_and_lymphopenia_tell_the_jak_inhibitors_apart(library: Library) -> None:
    """Vignette V61: haemoglobin 8.6 and lymphocytes 0.6 defer tofacitinib, not baricitinib."""
    facts: dict[str, Value | None] = {"labs.haemoglobin_g_per_dl": 8.6, "labs.lymphocytes_per_nl": 0.6}
    tofacitinib = verdict_rules(library, "tofacitinib", facts)
    assert {("defer", "JAK-X1-HB-TOF"), ("defer", "JAK-X1-LYMPHOCYTES-TOF")} <= tofacitinib
    assert verdict_rules(library, "baricitinib", facts) == set()


def test_suspected_infection_holds_nothing_up_in_rapidly_progressive_disease(library: Library) -> None:
    """Vignette V05: with the PCR panel pending, treatment and infection work-up start together."""
    pending: dict[str, Value | None] = {"infection.active": "suspected", "rp_ild": True}
    for therapy in ("cyclophosphamide", "tacrolimus", "tofacitinib", "rituximab"):
        kinds = {kind for kind, _ in verdict_rules(library, therapy, pending)}
        assert kinds == {"caution"}, therapy


def test_active_myocarditis_leaves_rituximab_and_cautions_jak_inhibitors(library: Library) -> None:
    """Vignette V50: LVEF 48, NYHA II, oedema on MRI."""
    facts: dict[str, Value | None] = {
        "active_myocarditis": True, "heart_grade>=C2": True, "heart_grade>=C3": True, "heart.nyha_class": 2,
    }  # fmt: skip
    assert verdict_rules(library, "tofacitinib", facts) == {("caution_high", "JAK-X4-HEART")}
    assert verdict_rules(library, "ivig", facts) == {("caution", "IVIG-X2-NYHA")}
    assert verdict_rules(library, "rituximab", facts) == set()
    assert verdict_rules(library, "cyclophosphamide", facts) == {("caution", "CYC-X1-HEART-MYOCARDITIS")}
    assert verdict_rules(library, "exercise", facts) >= {("exclude", "TX-EXER-MYOCARDITIS")}


def test_suspicious_finding_without_histology(library: Library) -> None:
    """Vignette V19: JAK inhibitors and cyclophosphamide are closed, GC and IVIG stay."""
    facts: dict[str, Value | None] = {"cancer_active": True}
    assert ("exclude", "P-CAM-JAK") in verdict_rules(library, "ruxolitinib", facts)
    assert ("exclude", "P-CAM-CYC") in verdict_rules(library, "cyclophosphamide", facts)
    assert verdict_rules(library, "glucocorticoids", facts) == set()
    assert verdict_rules(library, "ivig", facts) == {("caution", "IVIG-X1-RISK")}
