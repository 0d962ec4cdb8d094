"""`kb mutate`: which mutants there are, what notices them, and that a planted survivor is named."""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from pathlib import Path

import pytest
from click.testing import CliRunner
from reference_cohort import TODAY

from escalate.assessment import assess
from escalate.audit.mutate import choose
from escalate.audit.mutate.ground import ground
from escalate.audit.mutate.mutants import Mutant, mutants, with_ground
from escalate.audit.mutate.opens import Opens
from escalate.audit.mutate.patients import columns, fact_tests, row, settler
from escalate.audit.mutate.planes import Plane, at_least, plane_of
from escalate.audit.mutate.run import Judged, judge_all
from escalate.audit.mutate.verdicts import speaking, verdicts
from escalate.audit.mutate.world import World
from escalate.audit.mutate.written import written_targets
from escalate.commands.kb import command
from escalate.files.knowledge_base import read_knowledge
from escalate.files.vignettes import observed, vignette_cases
from escalate.files.yaml_reader import read_text
from escalate.library.build import assemble
from escalate.library.model import Library
from escalate.library.read_statements import statements_of
from escalate.nodes import Document, Mapping
from escalate.options.verdict import Verdict
from escalate.patient.model import Patient
from escalate.patient.reader import read_patient
from escalate.problems import KnowledgeRefused, PatientRefused

ROOT = Path(__file__).parent.parent
RULES = """\
- id: SMALL-DM
  title: Dermatomyositis
  kind: indicate
  for: ivig
  when: diagnosis.entity == dermatomyositis
  step: 2
  order: 1
  because: For the test.
  basis: expert_judgement
  status: active
  since: "1.0.0"

- id: SMALL-PLATELETS
  title: Few platelets
  kind: exclude
  for: [ivig, rituximab]
  when: labs.platelets_per_nl < 50
  because: For the test.
  basis: expert_judgement
  status: active
  since: "1.0.0"

- id: SMALL-INFECTION
  title: Fever or sepsis
  kind: defer
  for: ivig
  when:
    any:
      - infection.fever
      - infection.sepsis
  because: For the test.
  basis: expert_judgement
  status: active
  since: "1.0.0"
"""
# Everything that the three rules read is stated, so that each verdict is settled.
HELD = {
    "labs.platelets_per_nl: 49": "excluded",
    "labs.platelets_per_nl: 50": "propose",
    "infection.fever: true": "deferred",
    "infection.sepsis: true": "deferred",
    "diagnosis.entity: inclusion_body_myositis": "not_indicated",
}


@pytest.fixture(scope="module")
def small() -> Library:
    """The shipped fields, therapies, findings and ladder under three rules."""
    kept = ("knowledge/", "rules/findings/", "rules/ladder.yaml")
    documents = {path: d for path, d in read_knowledge().items() if path.startswith(kept)}
    documents["rules/small.yaml"] = read_text(RULES, "rules/small.yaml", KnowledgeRefused)
    library, problems = assemble(documents)
    assert problems == ()
    return library


def vignettes(place: Path, held: dict[str, str]) -> Path:
    """A folder of vignettes: one patient with dermatomyositis, changed, and the verdict on immunoglobulin."""
    folder = place / "tests" / "vignettes"
    (folder / "patients").mkdir(parents=True)
    shutil.copy(ROOT / "tests" / "vignettes" / "patients" / "complete-normal.yaml", folder / "patients")
    base = "diagnosis.entity: dermatomyositis, infection.sepsis: false"
    (folder / "X.yaml").write_text(
        "".join(
            f"- {{name: '{change}', patient: complete-normal, change: {{{base}}}, "
            f"and_if: [{{change: {{{change}}}, expect: {{ivig: {verdict}}}}}]}}\n"
            for change, verdict in held.items()
        )
    )
    return folder


def read(root: Mapping, library: Library) -> Patient:
    return read_patient(Document(root, (), "", root.at.file), library, today=TODAY)


def judged(library: Library, folder: Path, cohort: Sequence[Mapping] = ()) -> dict[str, Judged]:
    """The safety mutants of the three rules by name."""
    written = {"SMALL-PLATELETS": ("ivig", "rituximab")}
    chosen = [one for one in mutants(library, written) if one.safety and one.rule.startswith("SMALL")]
    cases = list(vignette_cases(folder))
    found = judge_all(library, chosen, cases, read, cohort=cohort, processes=1)
    return {one.mutant.name: one for one in found}


def test_vignettes_on_every_boundary_leave_only_what_they_cannot_see(small: Library, tmp_path: Path) -> None:
    """Both sides of the threshold, each clause alone: the survivor is on a therapy that nothing indicates."""
    found = judged(small, vignettes(tmp_path, HELD))

    assert len(found) == 13
    assert [name for name, one in found.items() if not one.fate.by] == [
        "SMALL-PLATELETS: target: no longer for rituximab"
    ]


@pytest.mark.parametrize(
    ("without", "survivor", "line"),
    [
        (
            "labs.platelets_per_nl: 49",
            "SMALL-PLATELETS: threshold: `labs.platelets_per_nl < 50` -> `labs.platelets_per_nl < 49`",
            17,
        ),
        ("infection.fever: true", "SMALL-INFECTION: clause: without `infection.fever`", 29),
        ("infection.sepsis: true", "SMALL-INFECTION: clause: without `infection.sepsis`", 30),
    ],
)
def test_a_boundary_that_no_vignette_meets_is_a_survivor_with_its_line(
    small: Library, tmp_path: Path, without: str, survivor: str, line: int
) -> None:
    """The place is that of the criterion, not of the rule."""
    found = judged(small, vignettes(tmp_path, {k: v for k, v in HELD.items() if k != without}))

    assert found[survivor].fate.by == ""
    assert (found[survivor].mutant.at.file, found[survivor].mutant.at.line) == ("rules/small.yaml", line)


def test_a_witness_is_the_case_that_notices(small: Library, tmp_path: Path) -> None:
    """Whoever wonders why a mutant is dead can read the vignette."""
    found = judged(small, vignettes(tmp_path, HELD))

    assert "infection.fever" in found["SMALL-INFECTION: clause: without `infection.fever`"].fate.witness


def test_the_cohort_counts_apart(small: Library, tmp_path: Path) -> None:
    """A patient of the cohort whose verdict changes notices what no vignette does."""
    folder = vignettes(tmp_path, {"labs.platelets_per_nl: 50": "propose"})
    root = next(
        iter(vignette_cases(vignettes(tmp_path / "cohort", {"infection.fever: true": "deferred"})))
    ).patient
    name = "SMALL-INFECTION: clause: without `infection.fever`"

    assert judged(small, folder)[name].fate.by == ""
    assert judged(small, folder, [root])[name].fate.by == "cohort"


def test_a_failing_vignette_notices_nothing(small: Library, tmp_path: Path) -> None:
    """A case that does not hold as it is would kill every mutant that it touches."""
    found = judged(small, vignettes(tmp_path, {"labs.platelets_per_nl: 49": "propose"}))

    assert {one.fate.by for one in found.values()} == {""}


def test_what_a_rule_says_more_often_is_no_safety_mutant(small: Library) -> None:
    """A limit that closes earlier may be wrong, but opens nothing."""
    said = {one.said: one.safety for one in mutants(small, {}) if one.rule == "SMALL-PLATELETS"}

    assert said["`labs.platelets_per_nl < 50` -> `labs.platelets_per_nl < 49`"]
    assert not said["`labs.platelets_per_nl < 50` -> `labs.platelets_per_nl < 51`"]
    assert not said["`labs.platelets_per_nl < 50` -> `labs.platelets_per_nl <= 50`"]


def test_every_kind_of_change_is_made_of_the_shipped_rules(library: Library) -> None:
    """A kind of change that is never made proves nothing."""
    documents = read_knowledge()
    found = {one.what for one in (*mutants(library, written_targets(documents)), *ground(library, documents))}

    assert found == {
        "operator", "threshold", "word", "clause", "connective", "not", "count", "kind", "target", "removed",
        "reversible", "step", "order", "level", "basis", "evidence", "do", "do_not", "dose",
        "default", "test", "parameter",
    }  # fmt: skip


def test_a_sample_hangs_on_names_alone(library: Library) -> None:
    """A rule that is added moves no other mutant in or out of its lot."""
    all_ = list(mutants(library, {}))
    some = choose.sample(all_, 200, 1)
    inside = [one for one in all_ if one in some or one.rule.startswith("BCMA")]

    def names(found: Sequence[Mutant]) -> set[str]:
        return {one.name for one in found}

    assert names(some) <= names(choose.sample(inside, 200, 1))
    assert names(some) != names(choose.sample(all_, 200, 2))


def test_at_least_two_of_three_over_all_patients() -> None:
    """TRUE where two are, FALSE where two cannot be, UNKNOWN between."""
    # Five patients; the columns hold 0 FALSE, 1 UNKNOWN, 2 TRUE.
    planes = [plane_of(bytes(column)) for column in ([2, 2, 0, 1, 0], [2, 0, 0, 2, 1], [0, 1, 2, 0, 1])]
    found = at_least(2, planes, 0b11111)

    assert [int(found.of(place)) for place in range(5)] == [2, 1, 0, 1, 1]


def test_all_patients_at_once_are_each_patient_alone(library: Library) -> None:
    """The planes give every rule the evaluator's value, and every therapy the verdict of the report."""
    cases = [
        case for place, case in enumerate(vignette_cases(ROOT / "tests" / "vignettes")) if place % 60 == 0
    ]
    seen = list(observed(cases, library))
    tests, settle = fact_tests(library, ()), settler(library)
    patients = []
    for case in cases:
        try:
            patients.append(read(case.patient, library))
        except PatientRefused:
            continue
    rows = [row(settle(patient), tests) for patient in patients]
    others = [rule for rule in library.rules if rule.alert != "contradiction"]
    world = World(others, library, columns([one.settled for one in rows], tests), len(rows))
    for place, one in enumerate(seen):
        assert {key: plane.of(place) for key, plane in world.rules.items()} == {
            key: one.rules[key] for key in world.rules
        }

    first = patients[0]
    proposal = assess(first, library).proposal
    stated = {option.therapy.id: option.verdict for option in proposal.options}
    stated |= {entry.therapy.id: Verdict.NOT_INDICATED for entry in proposal.not_indicated}
    by_therapy = speaking(library)
    for therapy, verdict in stated.items():
        who = verdicts(
            therapy,
            by_therapy[therapy],
            lambda rule: world.rules.get(rule.key, Plane(0, world.all)),
            world.all,
            listed=library.therapies[therapy].listed,
        )
        assert who[verdict] & 1, therapy


def test_the_command_names_survivors_and_fails_for_a_safety_mutant(tmp_path: Path) -> None:
    """One vignette holds LVEF 44; nothing then holds the criterion of a falling kidney function."""
    folder = vignettes(tmp_path, {"diagnosis.entity: dermatomyositis": "not_indicated"})
    result = CliRunner().invoke(
        command, ["mutate", str(folder), "--rules", "BCMA-X17b", "--safety", "--plain"]
    )

    assert result.exit_code == 1
    assert "rules/gates/bcma_t_cell_engager.yaml:" in result.output
    assert "safety: BCMA-X17b: not: not `kidney_function_falling`" in result.output


def test_the_lock_notices_a_rule_that_is_gone(tmp_path: Path) -> None:
    """`kb check` holds what no vignette does: that a closing rule is there, and how firmly."""
    folder = vignettes(tmp_path, {"diagnosis.entity: dermatomyositis": "not_indicated"})
    arguments = ["mutate", str(folder), "--rules", "BCMA-X17b", "--safety", "--format", "json"]
    fates = json.loads(CliRunner().invoke(command, arguments).output)["fates"]

    assert {fate["change"]: fate["killed_by"] for fate in fates if fate["change"] in ("removed", "kind")} == {
        "removed": "check",
        "kind": "check",
    }


def test_a_clause_that_others_imply_changes_nobody() -> None:
    """Every active myocarditis has grade C2 or more: the rule is the same without that clause."""
    result = CliRunner().invoke(command, ["mutate", "--rules", "JAK-X4-HEART", "--safety", "--plain"])

    assert "1 proved to change nobody" in result.output
    assert result.exit_code == 0


def test_a_rule_that_nobody_knows_is_wrong_use(tmp_path: Path) -> None:
    """With the nearest id."""
    result = CliRunner().invoke(command, ["mutate", "--rules", "BCMA-X4"])

    assert result.exit_code != 0
    assert "BCMA-X4" in str(result.exception)


# -- beneath the rules

BENEATH = {
    "labs.platelets_per_nl: null": "data_needed",
    "therapies: [{drug: methotrexate, dose: 15 mg/week, weeks: 12, response: none, stopped_for: inefficacy}]":
        "lines failed",
    "therapies: [{drug: methotrexate, dose: 14 mg/week, weeks: 12, response: none, stopped_for: inefficacy}]":
        "lines inadequate_trial",
}  # fmt: skip


def beneath(small: Library, place: Path, names: Sequence[str], held: dict[str, str]) -> dict[str, str]:
    """What notices these mutants, by name, of vignettes on verdicts and on how lines are counted."""
    folder = vignettes(place, {change: word for change, word in held.items() if not word.startswith("lines")})
    for number, (change, word) in enumerate(held.items()):
        if word.startswith("lines"):
            (folder / f"{number}.yaml").write_text(
                f"- {{name: '{number}', patient: complete-normal, change: {{{change}}}, "
                f"expect: {{lines: {{methotrexate: {word.removeprefix('lines ')}}}}}}}\n"
            )
    chosen = [one for one in ground(small, read_knowledge()) if one.name in names]
    assert len(chosen) == len(names)
    cases = list(vignette_cases(folder))
    return {one.mutant.name: one.fate.by for one in judge_all(small, chosen, cases, read, processes=1)}


def test_an_absence_that_is_taken_for_not_there_is_noticed_by_the_patient_who_lacks_it(
    small: Library, tmp_path: Path
) -> None:
    """Without the patient whose platelets nobody counted the mutant survives."""
    name = "labs.platelets_per_nl: default: not known is taken for not there"
    without = {"labs.platelets_per_nl: 50": "propose"}

    assert beneath(small, tmp_path / "with", [name], BENEATH)[name] == "vignette"
    assert beneath(small, tmp_path / "without", [name], without)[name] == ""


def test_each_way_of_a_number_is_noticed_by_the_patient_on_its_side(small: Library, tmp_path: Path) -> None:
    """The least dose itself, and the step below it."""
    lower, higher = (
        f"adequate_trials.methotrexate.least_dose: parameter: 15 mg/week -> {dose} mg/week"
        for dose in (14, 16)
    )
    below = {change: word for change, word in BENEATH.items() if "15 mg" not in change}

    assert beneath(small, tmp_path / "both", [lower, higher], BENEATH) == {
        lower: "vignette", higher: "vignette"
    }  # fmt: skip
    assert beneath(small, tmp_path / "below", [lower, higher], below) == {lower: "vignette", higher: ""}


def test_which_way_a_number_is_stricter_is_said_by_the_knowledge(library: Library) -> None:
    """A shorter washout opens earlier; a list of which nothing is said counts as safety both ways."""
    said = {
        one.said: one.safety
        for one in ground(library, read_knowledge())
        if "washouts.daratumumab" in one.rule
    }

    assert said == {"28 -> 27": True, "28 -> 29": False}


def test_a_test_that_is_called_for_less_often_is_a_safety_mutant(library: Library) -> None:
    """And so is one that is replaced more often; what asks more is none."""
    found = {
        one.said: one.safety for one in ground(library, read_knowledge()) if one.rule == "test renal_crisis"
    }

    assert found["never called for"]
    assert not found["nothing replaces it"]
    assert found[
        "replaced_by: `labs.egfr_fall_percent_4_weeks >= 0` -> `labs.egfr_fall_percent_4_weeks >= -1`"
    ]


def test_a_detail_that_opens_nothing_is_proved_so(library: Library) -> None:
    """Sepsis refines the active infection: where both are not known, the infection alone keeps all shut."""
    documents = read_knowledge()
    opens = Opens(library, statements_of(documents, library))
    by_field = {
        one.rule: opens.nothing(with_ground(library, one.under), one, frozenset())
        for one in ground(library, documents)
        if one.under is not None
        and one.rule in ("infection.sepsis", "labs.platelets_per_nl")
        and one.said == "not known is taken for not there"
    }

    assert by_field == {"infection.sepsis": True, "labs.platelets_per_nl": False}
