"""`escalate kb verify`: a small sound base passes each check, and a planted fault is shown with a patient.

The small base has one drug with an indication, a gate and a caution. Each twin plants one fault; its witness
has been run through durable_rules and the evaluator before it is shown (`replayed` is empty).
"""

from __future__ import annotations

import os
import pty
import re
import subprocess
import sys
from contextlib import suppress
from dataclasses import replace
from datetime import date
from decimal import Decimal
from functools import cache
from itertools import product
from pathlib import Path
from textwrap import dedent

import pytest
from click.testing import CliRunner

from escalate.assessment import Assessment, assess
from escalate.audit.verify.cells import Cell, choose
from escalate.audit.verify.prover import Prover
from escalate.audit.verify.rail import ALWAYS, NEVER, Rail
from escalate.audit.verify.result import Failure, Outcome, Result
from escalate.audit.verify.verify import CHECKS, ON_REQUEST, verify
from escalate.audit.verify.witness import Watch, Witnesses
from escalate.commands import cli, kb_verify
from escalate.files.knowledge_base import read_knowledge
from escalate.files.vignettes import assessor, vignette_cases
from escalate.files.yaml_reader import read_text
from escalate.language.evaluate import evaluate
from escalate.language.facts import Status
from escalate.language.tree import All, Compare, Known, Leaf
from escalate.library.build import build_library
from escalate.library.model import FactType, Library
from escalate.library.read_statements import statements_of
from escalate.library.statements import Statements
from escalate.nodes import Document
from escalate.options import verdict as verdicts
from escalate.options.verdict import Verdict
from escalate.patient.reader import read_patient
from escalate.problems import KnowledgeRefused, PatientRefused
from escalate.truth import Truth
from tests.documents import document, knowledge

EXAMPLES = Path(__file__).parent.parent / "examples"
VIGNETTES = Path(__file__).parent / "vignettes"
# Two diseases: of one alone every answer would be the same.
ENTITIES = "dermatomyositis: {label: Dermatomyositis}\ninclusion_body_myositis: {label: IBM}\n"
FINDINGS = """\
    heart_grade: {title: Heart grade, levels: [C0, C1, C2], shown: true}
    refractory: {title: Refractory, shown: true}
    ladder_step: {title: Step, levels: [S0, S1, S2, S3, S4, S5], shown: true}
    """
RULES = """\
    - {id: HEART, title: Low LVEF, kind: finding, for: heart_grade, level: C2,
       when: heart.echo.lvef_percent < 45, because: Stated., basis: expert_judgement}
    - {id: HEART-C1, title: LVEF below normal, kind: finding, for: heart_grade, level: C1,
       when: heart.echo.lvef_percent < 55, because: Stated., basis: expert_judgement}
    - {id: REFRACTORY, title: Refractory, kind: finding, for: refractory,
       when: diagnosis.entity == dermatomyositis, because: Stated., basis: expert_judgement}
    - {id: STEP, title: Step 1, kind: finding, for: ladder_step, level: S1,
       when: refractory, because: Stated., basis: expert_judgement}
    - {id: MTX, title: Methotrexate, kind: indicate, for: methotrexate, step: 1, order: 1,
       when: refractory, because: Stated., basis: expert_judgement}
    - {id: MTX-HEART, title: Heart, kind: exclude, for: methotrexate,
       when: heart_grade >= C2, because: Stated., basis: expert_judgement}
    - {id: MTX-INFECTION, title: Infection, kind: defer, for: methotrexate,
       when: "infection.active in [suspected, active]", because: Stated., basis: expert_judgement}
    - {id: MTX-C1, title: Mild heart disease, kind: caution, for: methotrexate,
       when: heart_grade >= C1, because: Stated., basis: expert_judgement}
    """
INVARIANTS = """\
    - {id: INV-LVEF, title: No drug with a weak or unmeasured heart, for: methotrexate, never: open,
       while_not_ruled_out: heart.echo.lvef_percent < 45, because: Stated., basis: expert_judgement}
    - {id: HARM-LVEF, title: A weaker heart opens nothing, for: methotrexate, worse: lower,
       of: [heart.echo.lvef_percent], because: Stated., basis: expert_judgement}
    - {id: HARM-INFECTION, title: A graver infection opens nothing, for: methotrexate,
       worse: [none, suspected, active], of: [infection.active], because: Stated., basis: expert_judgement}
    - {id: GAP, title: Somebody refractory gets an option or a reason, for: methotrexate,
       option_or_reason_while: refractory, because: Stated., basis: expert_judgement}
    """


def small(more: str = "", invariants: str = INVARIANTS, **changes: str) -> dict[str, Document]:
    """The sound small base, with further rules."""
    files = {
        "knowledge__entities": ENTITIES,
        "knowledge__findings": FINDINGS,
        "rules__rules": RULES,
        "rules__invariants": invariants,
        **changes,
    }
    if more:
        files["rules__more"] = more
    return knowledge(**files)


def run(documents: dict[str, Document], *only: str) -> list[Result]:
    """The checks over a knowledge base; witnesses are replayed on facts."""
    library = build_library(documents)
    return list(verify(library, statements_of(documents, library), only=only))


def failures(documents: dict[str, Document], check: str) -> tuple[Failure, ...]:
    """What one check finds."""
    (result,) = run(documents, check)
    return result.failures


def known(failure: Failure, place: int = 0) -> dict[str, object]:
    """What is known of a witness, by fact."""
    return {fact.name: fact.value for fact in failure.witnesses[place].facts}


def rule(name: str, kind: str, when: str, for_: str = "methotrexate", more: str = "") -> str:
    """One rule as a line of YAML."""
    return (
        f'- {{id: {name}, title: Planted, kind: {kind}, for: {for_}, when: "{when}", {more}'
        "because: Planted., basis: expert_judgement}\n"
    )


@pytest.mark.parametrize("check", CHECKS)
def test_the_sound_base_passes(check: str) -> None:
    """Nothing is found where nothing is wrong."""
    (result,) = run(small(), check)

    assert (result.outcome, result.failures) == (Outcome.PROVED, ())


def test_a_broken_invariant_is_shown_with_the_boundary() -> None:
    """The gate at 40 % leaves the invariant's 45 % open: the patient has an LVEF between the two."""
    (found,) = failures(
        small(rules__rules=RULES.replace("lvef_percent < 45", "lvef_percent < 40")), "invariants"
    )

    assert found.subject == "INV-LVEF"
    assert Decimal(40) <= known(found)["heart.echo.lvef_percent"] < Decimal(45)  # type: ignore[operator]
    assert found.witnesses[0].says["methotrexate"] == "caution"
    assert found.witnesses[0].replayed == ""


def test_an_impossible_condition_that_is_possible_is_shown() -> None:
    """Without targets an invariant is about a condition alone."""
    stated = "- {id: NEVER, title: T, impossible: heart_grade >= C2, because: B, basis: expert_judgement}"
    (found,) = failures(small(invariants=stated), "invariants")

    assert set(known(found)) == {"heart.echo.lvef_percent"}
    assert found.witnesses[0].says == {"heart_grade>=C2": "TRUE"}


def test_a_witness_is_minimal() -> None:
    """Of the patient who breaks the invariant nothing is known that the break does not need."""
    (found,) = failures(
        small(rules__rules=RULES.replace("lvef_percent < 45", "lvef_percent < 40")), "invariants"
    )

    assert set(known(found)) == {"diagnosis.entity", "heart.echo.lvef_percent", "infection.active"}


def test_fail_closed_reads_the_table_that_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    """A table that lets an UNKNOWN hard criterion pass is found; the witness runs through that same table."""
    sound = verdicts.verdict

    def careless(indicated: Truth, **joined: Truth) -> Verdict:
        lenient = {**joined, "defer": Truth.FALSE if joined["defer"] is Truth.UNKNOWN else joined["defer"]}
        return sound(indicated, **lenient)

    monkeypatch.setattr(verdicts, "verdict", careless)
    monkeypatch.setattr("escalate.options.propose.verdict", careless)
    (found,) = failures(small(), "fail-closed")

    assert found.subject == "MTX-INFECTION"
    assert found.witnesses[0].says["MTX-INFECTION"] == "UNKNOWN"
    assert found.witnesses[0].says["methotrexate"] in ("propose", "caution")
    assert "infection.active" not in known(found)


def test_a_question_that_learning_raises_is_not_monotone() -> None:
    """`is known` in an `ask`: who tells the LVEF closes what was open before. Both patients are shown."""
    planted = rule("ASK", "ask", "heart.holter.nsvt")
    documents = small(planted)
    library = build_library(documents)
    asked = next(r for r in library.rules if r.id == "ASK")
    leaf = Leaf(Known("infection.fever"), False, "infection.fever is known", asked.at)
    changed = replace(library, rules=tuple(replace(r, when=leaf) if r is asked else r for r in library.rules))
    found = [
        failure
        for result in verify(_with_rails(changed), statements_of(documents, library), only=("knowledge",))
        for failure in result.failures
    ]

    assert {failure.subject for failure in found} == {"ASK", "methotrexate"}
    before, after = next(f for f in found if f.subject == "methotrexate").witnesses
    assert before.says["methotrexate"] in ("propose", "caution")
    assert after.says["methotrexate"] == "data_needed"
    assert before.replayed == after.replayed == ""


def test_a_hard_criterion_that_reads_whether_something_is_known_is_not_monotone() -> None:
    """Past the parser: an exclusion that needs its fact to be known is FALSE first, and TRUE later."""
    documents = small()
    library = build_library(documents)
    heart = next(r for r in library.rules if r.id == "MTX-HEART")
    test = Compare("heart.echo.lvef_percent", "<", Decimal(45))
    both = All((Leaf(Known(test.name), False, "known", heart.at), Leaf(test, False, "low", heart.at)))
    changed = replace(library, rules=tuple(replace(r, when=both) if r is heart else r for r in library.rules))
    (result,) = verify(_with_rails(changed), statements_of(documents, library), only=("knowledge",))

    assert "MTX-HEART" in {failure.subject for failure in result.failures}


def test_a_worse_heart_that_opens_is_shown_as_two_patients() -> None:
    """An exclusion of the good heart lets go when the heart gets worse."""
    planted = rule("GOOD", "exclude", "heart.echo.lvef_percent >= 60")
    found = failures(small(planted), "harm")

    opened = next(f for f in found if f.witnesses[0].says.keys() == {"methotrexate"})
    values = [known(opened, place)["heart.echo.lvef_percent"] for place in (0, 1)]
    assert values[0] > values[1]  # type: ignore[operator]
    before, after = (witness.says["methotrexate"] for witness in opened.witnesses)
    assert before == "excluded"
    assert after in ("propose", "caution")
    assert "GOOD" in " ".join(f.message for f in found)


def test_a_graver_word_that_opens_is_shown() -> None:
    """Words have an order, too: an exclusion of the milder word alone."""
    planted = RULES.replace("infection.active in [suspected, active]", "infection.active == suspected")
    found = failures(small(rules__rules=planted), "harm")

    assert {known(failure, 1)["infection.active"] for failure in found} == {"active"}
    assert all(not witness.replayed for failure in found for witness in failure.witnesses)


def test_a_rule_that_can_never_be_true_is_named() -> None:
    """Nobody can be shown; the place of the rule is."""
    planted = (
        "- {id: NEVER, title: Planted, kind: caution, for: methotrexate, because: Planted.,\n   basis: "
        'expert_judgement, when: {all: [heart_grade >= C2, "heart.echo.lvef_percent >= 50"]}}\n'
    )
    (found,) = failures(small(planted), "unreachable")

    assert (found.subject, found.witnesses, str(found.at)) == ("NEVER", (), "rules/more.yaml:1:3")


def test_a_rule_that_is_always_true_is_shown_with_the_empty_patient() -> None:
    """A tautology over what is known: TRUE although nothing is."""
    planted = (
        "- {id: ALWAYS, title: Planted, kind: ask, for: methotrexate, because: Planted.,\n   basis: "
        "expert_judgement, when: {any: [infection.fever is known, infection.fever is unknown]}}\n"
    )
    (found,) = failures(small(planted), "always")

    assert (found.subject, known(found)) == ("ALWAYS", {})
    assert found.witnesses[0].says == {"ALWAYS": "TRUE"}


@pytest.mark.parametrize(
    ("when", "text"),
    [
        ("heart.echo.lvef_percent < 30", "`COPY` speaks only where `MTX-HEART` speaks too"),
        ("heart.echo.lvef_percent < 45", "`COPY` says the same of every patient as `MTX-HEART`"),
    ],
)
def test_a_covered_or_repeated_rule_is_shown(when: str, text: str) -> None:
    """Covered by what a finding means, not by its words."""
    found = failures(small(rule("COPY", "exclude", when)), "covered")

    assert text in [failure.message for failure in found]
    assert found[0].witnesses[0].says == {"COPY": "TRUE", "MTX-HEART": "TRUE"}


def test_a_declared_cover_is_noted_and_a_stale_one_fails() -> None:
    """What stands there on purpose is no failure; a declaration that has come untrue is one."""
    declared = (
        dedent(INVARIANTS)
        + "- {id: ON-PURPOSE, title: T, covered: [COPY, MTX-C1], because: B, basis: expert_judgement}\n"
    )
    (result,) = run(small(rule("COPY", "exclude", "heart.echo.lvef_percent < 30"), declared), "covered")

    assert [failure.subject for failure in result.failures] == ["ON-PURPOSE"]
    assert "`MTX-C1`" in result.failures[0].message
    assert "COPY" in result.notes[0]


def test_an_indication_that_its_gate_always_defeats_is_shown() -> None:
    """The patient for whom it speaks, with the verdict that follows."""
    found = failures(
        small(rule("LOST", "indicate", "heart.echo.lvef_percent < 40", more="step: 1, order: 2, ")),
        "defeated",
    )

    assert [failure.subject for failure in found] == ["LOST"]
    assert found[0].witnesses[0].says == {"LOST": "TRUE", "methotrexate": "excluded"}


def test_a_patient_without_option_and_reason_is_shown() -> None:
    """Refractory, and neither an indication nor a word why not."""
    gap = RULES.replace(
        "step: 1, order: 1,\n       when: refractory", "step: 1, order: 1,\n       when: infection.fever"
    )
    (found,) = failures(small(rules__rules=gap), "gaps")

    assert known(found) == {"diagnosis.entity": "dermatomyositis", "infection.fever": False}
    assert found.witnesses[0].replayed == ""


@pytest.mark.parametrize(
    ("rules", "fact", "word"),
    [
        (
            "{any: ['heart.echo.lvef_percent < 50', 'heart.echo.lvef_percent >= 50']}",
            "infection.active",
            "TRUE",
        ),
        ("{all: [infection.active == none, infection.active == active]}", "infection.fever", "FALSE"),
    ],
)
def test_a_blind_spot_of_kleene_logic_is_shown(rules: str, fact: str, word: str) -> None:
    """`a or not a` stays UNKNOWN where `a` is; the witness is the patient of whom nothing is known."""
    head = f"- {{id: BLIND, title: Planted, kind: caution, for: methotrexate, when: {rules},"
    planted = f"{head}\n   because: Planted., basis: expert_judgement}}\n"
    (found,) = failures(small(planted), "blind-spots")

    assert found.subject == f"BLIND {word}"
    assert (known(found), found.witnesses[0].says) == ({}, {"BLIND": "UNKNOWN"})


def test_a_blind_spot_over_the_rules_of_one_finding_is_shown() -> None:
    """Two rules of a finding that complete each other."""
    planted = rule("LOW", "finding", "heart.echo.lvef_percent < 50", "refractory") + rule(
        "HIGH", "finding", "heart.echo.lvef_percent >= 50", "refractory"
    )
    (found,) = failures(small(planted), "blind-spots")

    assert found.subject == "refractory TRUE"


def test_a_question_in_vain_is_shown_with_the_patient_who_is_asked() -> None:
    """One rule closes the drug with fever, another without: whoever is asked for it waits for nothing."""
    planted = rule("HOT", "exclude", "infection.fever") + rule("COLD", "exclude", "not infection.fever")
    (found,) = failures(small(planted), "vain-questions")
    (witness,) = found.witnesses

    assert (found.subject, witness.says, witness.replayed) == (
        "methotrexate",
        {"methotrexate": "data_needed"},
        "",
    )
    assert "infection.fever" not in known(found)
    assert witness.file


def test_what_takes_too_long_is_not_proved() -> None:
    """A question without an answer is neither a proof nor a failure."""
    documents = small()
    library = build_library(documents)
    prover = Prover(library, statements_of(documents, library))

    class Slow:
        def check(self, *_: object) -> object:
            import z3

            return z3.unknown

    prover.space.solver = Slow()
    answer = prover.ask(prover.rules.rule("MTX").true)

    assert (answer.undecided, answer.impossible, answer.found) == (True, False, False)


def test_a_proof_names_the_assumption_it_needs() -> None:
    """Without the assumption there is a patient; with it the proof stands, under its name."""
    gate = RULES.replace("lvef_percent < 45", "lvef_percent < 40")
    assumed = (
        "- {id: ASSUME, title: No LVEF between 40 and 45, because: Planted., basis: expert_judgement,\n"
        "   never: {all: ['heart.echo.lvef_percent >= 40', 'heart.echo.lvef_percent < 45']}}\n"
    )
    (without,) = run(small(rules__rules=gate), "invariants")
    (under,) = run(small(rules__rules=gate, rules__assumptions=assumed), "invariants")

    assert without.outcome is Outcome.FAILED
    assert (under.outcome, under.used) == (Outcome.PROVED, ("ASSUME",))


@pytest.mark.parametrize("values", list(product((ALWAYS, NEVER, Rail(NEVER.true, NEVER.true)), repeat=2)))
def test_rails_are_kleene(values: tuple[Rail, Rail]) -> None:
    """Both rails of a conjunction agree with the truth table."""
    from escalate.audit.verify.rail import every
    from escalate.audit.verify.rail import some as any_of

    def truth(rail: Rail) -> Truth:
        import z3

        if z3.is_true(z3.simplify(rail.true)):
            return Truth.TRUE
        return Truth.FALSE if z3.is_true(z3.simplify(rail.false)) else Truth.UNKNOWN

    one, other = map(truth, values)

    assert truth(every(values)) is one & other
    assert truth(any_of(values)) is one | other


@pytest.mark.parametrize(
    ("cell", "typical", "expected"),
    [
        (Cell(Decimal(40), True, Decimal(45), False), None, "40"),
        (Cell(None, False, Decimal(45), False), Decimal(62), "40"),
        (Cell(Decimal(45), True, None, False), Decimal(62), "62"),
        (Cell(Decimal(45), True, Decimal(45), True), None, "45"),
    ],
)
def test_a_value_is_taken_from_its_cell(cell: Cell, typical: Decimal | None, expected: str) -> None:
    """The typical value where it lies inside, else an end or a round number next to it."""
    found = choose(cell, FactType("x", "number", low=Decimal(5), high=Decimal(85)), typical)

    assert found in cell
    assert found == Decimal(expected)


# ---------------------------------------------------------------- the shipped knowledge


@cache
def shipped() -> tuple[dict[str, Document], Library, Statements]:
    documents = dict(read_knowledge())
    library = build_library(documents)
    return documents, library, statements_of(documents, library)


def weaker_kidney(documents: dict[str, Document]) -> dict[str, Document]:
    """The shipped knowledge with the engager's limit of the eGFR moved from 30 to 25."""
    gate = documents["rules/gates/bcma_t_cell_engager.yaml"]
    text = "\n".join(gate.lines).replace("labs.egfr_ml_per_min < 30", "labs.egfr_ml_per_min < 25")
    return {**documents, gate.file: document(text, gate.file)}


def read(text: str, library: Library) -> Assessment:
    """A witness file through the whole way."""
    return assess(
        read_patient(read_text(text, "w.yaml", PatientRefused), library, today=date(2026, 1, 15)), library
    )


def test_a_witness_file_of_the_shipped_rules_reads_back() -> None:
    """A limit moved too low: the file written is a patient for whom `assess` leaves the option open."""
    documents, _, _ = shipped()
    weaker = weaker_kidney(documents)
    library = build_library(weaker)
    statements = statements_of(weaker, library)
    kept = replace(
        statements, invariants=tuple(i for i in statements.invariants if i.about.id == "INV-KIDNEY")
    )
    (result,) = verify(library, kept, lambda text: read(text, library), only=("invariants",))
    (found,) = result.failures
    (witness,) = found.witnesses

    assert witness.replayed == ""
    assert read(witness.file, library).option("teclistamab").verdict.is_open
    egfr = next(fact for fact in witness.facts if fact.name == "labs.egfr_ml_per_min")
    assert Decimal(25) <= egfr.value < Decimal(30)  # type: ignore[operator]


@pytest.mark.parametrize("scope", ["iim", "out_of_scope"])
def test_no_dose_of_a_witness_lies_before_birth(scope: str) -> None:
    """The middle of a range of days is sixty years ago; for an adult and a child it lies within a life."""
    _, library, statements = shipped()
    prover = Prover(library, statements)
    child = prover.rules.rule("SCOPE-AGE")
    question = (
        child.true if scope == "out_of_scope" else child.false,
        prover.rules.state("therapy.azathioprine.days_since_last_dose").present,
        prover.rules.state("vaccination.live_vaccine_days_ago").present,
        prover.rules.state("diagnosis.biopsy_age_months").present,
    )
    (witness,) = Witnesses(prover).of(question, Watch(("SCOPE-AGE",)))
    patient = read_patient(
        read_text(witness.file, "w.yaml", PatientRefused), library, today=date(2026, 1, 15)
    )
    age = patient.values["demographics.age_years"].value
    dates = re.findall(r"(?:_on|date): (\d{4}-\d\d-\d\d)", witness.file.partition("assessed_on")[2])

    assert isinstance(age, Decimal)
    assert (age < 18) is (scope == "out_of_scope")
    assert len(dates) >= 3
    for day in map(date.fromisoformat, dates):
        assert date(2026 - int(age), 1, 15) < day <= date(2026, 1, 15)


def test_a_witness_is_a_usual_patient_where_the_question_leaves_a_choice() -> None:
    """A heart and an age that must be known, whatever they are, are typical ones; the question goes first."""
    _, library, statements = shipped()
    prover = Prover(library, statements)
    rules, typical = prover.rules, statements.typical
    named = ("demographics.age_years", "labs.igg_g_per_l")
    question = [rules.state(name).present for name in (*named, "heart.echo.lvef_percent")]
    question.append(rules.rule("BCMA-X24a").true)  # IgG below its limit
    (witness,) = Witnesses(prover).of(question, Watch(("BCMA-X24a",)))
    said = {fact.name: fact.value for fact in witness.facts}

    assert said["demographics.age_years"] == typical["demographics.age_years"]
    assert said["heart.echo.lvef_percent"] == typical["heart.echo.lvef_percent"]
    assert said["labs.igg_g_per_l"] < typical["labs.igg_g_per_l"]  # type: ignore[operator]
    assert witness.replayed == ""


def test_the_encoding_agrees_with_both_engines_on_the_shipped_rules() -> None:
    """Every sixtieth rule, with the smallest patient for whom it speaks, as both engines see him."""
    _, library, statements = shipped()
    prover = Prover(library, statements)
    witnesses = Witnesses(prover)
    for one in [r for r in library.rules if r.status == "active"][::60]:
        (witness,) = witnesses.of((prover.rules.rule(one.key).true,), Watch((one.key,)))

        assert (witness.replayed, witness.says) == ("", {one.key: "TRUE"})


def broken(assessment: Assessment, statements: Statements) -> list[str]:
    """The assumptions that a patient breaks."""
    reasons = assessment.reasons

    def ranged(name: str) -> bool:
        fact = reasons.facts[name]
        return fact.status is Status.UNKNOWN and (fact.low is not None or fact.high is not None)

    return [
        one.about.id
        for one in statements.assumptions
        if any(evaluate(never, reasons.facts, reasons.heads) is Truth.TRUE for never in one.never)
        or any(reasons.facts[name].status is Status.ABSENT for name in one.always_applies)
        or any(map(ranged, one.exact))
    ]


@pytest.mark.parametrize("path", sorted(EXAMPLES.glob("*.yaml")), ids=lambda path: path.stem)
def test_every_assumption_holds_for_the_examples(path: Path) -> None:
    """What proofs take for granted is true of the patients we have."""
    _, library, statements = shipped()

    assert broken(read(path.read_text(encoding="utf-8"), library), statements) == []


def test_every_assumption_holds_for_the_vignettes() -> None:
    """Every seventh case of the vignettes, which name the corners of the rules."""
    _, library, statements = shipped()
    run_case = assessor(library)
    found: dict[str, list[str]] = {}
    for case in list(vignette_cases(VIGNETTES))[::7]:
        with suppress(PatientRefused):
            if wrong := broken(run_case(case.patient), statements):
                found[case.name] = wrong

    assert found == {}


# ---------------------------------------------------------------- statements and command


@pytest.mark.parametrize(
    ("file", "entry", "code"),
    [
        ("rules__invariants", "{id: X, title: T, because: B, for: methotrexate, never: open}", "missing-key"),
        ("rules__invariants", "{id: X, title: T, because: B, impossible: heart_grad >= C1}", "unknown-name"),
        (
            "rules__invariants",
            "{id: X, title: T, because: B, worse: down, of: [infection.fever]}",
            "unknown-value",
        ),
        ("rules__assumptions", "{id: X, title: T, because: B}", "missing-key"),
        ("rules__assumptions", "{id: X, title: T, because: B, typical: {lvef: 3}}", "unknown-name"),
    ],
)
def test_a_statement_that_cannot_be_read_is_refused(file: str, entry: str, code: str) -> None:
    """With its place, like any other knowledge."""
    with pytest.raises(KnowledgeRefused) as refused:
        build_library(
            small(**{file: f"- {entry}\n"})
            if file != "rules__invariants"
            else small(invariants=f"- {entry}\n")
        )

    assert code in {problem.code for problem in refused.value.problems}


def write(folder: Path, documents: dict[str, Document]) -> Path:
    for path, one in documents.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text("\n".join(one.lines) + "\n", encoding="utf-8")
    return folder


def test_the_command_offers_every_check() -> None:
    """The names stand in the command too, which must not load z3 to print its help."""
    assert tuple(CHECKS) == kb_verify.CHECKS


def test_the_command_says_what_is_proved(tmp_path: Path) -> None:
    """One line a check, exit status 0."""
    base = write(tmp_path, small())
    result = CliRunner().invoke(cli, ["kb", "verify", "--knowledge", str(base), "--plain"])

    assert result.exit_code == 0, result.output
    assert result.output.count("\nproved ") == len(CHECKS) - len(ON_REQUEST)


def test_the_command_fails_with_the_patient_and_his_file(tmp_path: Path) -> None:
    """Exit status 1, the message, what is known of the patient, and a file that `assess` takes."""
    documents, _, _ = shipped()
    base = write(tmp_path, weaker_kidney(documents))
    folder = tmp_path / "witnesses"
    args = ["kb", "verify", "--knowledge", str(base), "--check", "invariants", "--witnesses", str(folder)]
    result = CliRunner().invoke(cli, args)
    (file,) = folder.iterdir()
    assessed = CliRunner().invoke(
        cli, ["assess", str(file), "--knowledge", str(base), "--option", "teclistamab"]
    )

    assert (result.exit_code, assessed.exit_code) == (1, 0)
    assert "(labs.egfr_ml_per_min)" in result.output
    assert f"file: {file}" in result.output


def test_the_command_speaks_json(tmp_path: Path) -> None:
    """The same as data."""
    import json

    base = write(tmp_path, small())
    result = CliRunner().invoke(
        cli, ["kb", "verify", "--knowledge", str(base), "--check", "gaps", "--format", "json"]
    )
    said = json.loads(result.output)

    assert (said["holds"], said["checks"][0]["check"], said["checks"][0]["outcome"]) == (
        True,
        "gaps",
        "proved",
    )


def _with_rails(library: Library) -> Library:
    """The library with its rails compiled anew, as a loader would for the changed rules."""
    from escalate.library.rails import compile_rails

    def refuse(_: object, message: str) -> None:
        raise AssertionError(message)

    return replace(library, rails=compile_rails(library.rules, refuse))


def test_the_progress_bar_moves_on_a_terminal_and_leaves_the_report_alone(tmp_path: Path) -> None:
    """On a pseudo-terminal the bar names the check that is under way; the report goes to standard output."""
    base = write(tmp_path, small())
    screen, terminal = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "escalate", "kb", "verify", "--knowledge", str(base)],
        stdout=subprocess.PIPE,
        stderr=terminal,
        env={**os.environ, "TERM": "xterm", "COLUMNS": "80"},
    )
    os.close(terminal)
    drawn = b""
    with suppress(OSError):  # the terminal is gone once the command has ended
        while part := os.read(screen, 4096):
            drawn += part
    os.close(screen)
    report, _nothing = process.communicate(timeout=120)

    assert process.returncode == 0
    assert b"blind-spots" in drawn
    assert b"\x1b[" in drawn
    assert b"\x1b" not in report
    assert report.count(b"\nproved ") == len(CHECKS) - len(ON_REQUEST)
