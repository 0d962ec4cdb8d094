"""`escalate kb diff`: each kind of edit, what is said of it, and to whom it happens."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from functools import cache
from itertools import islice
from pathlib import Path

import pytest
from click.testing import CliRunner

from escalate.assessment import Assessment, assess
from escalate.audit.diff import machine, markdown, say, text
from escalate.audit.diff.category import Category
from escalate.audit.diff.compare import Side, compare
from escalate.audit.diff.difference import Difference
from escalate.audit.diff.entries import entry_changes
from escalate.audit.diff.exposure import exposure_changes
from escalate.audit.diff.model import Direction, EntryChange, FieldChange, Meaning, Move, openness
from escalate.audit.diff.samples import Collected, Judge, Sample
from escalate.audit.verify.inverse import TODAY
from escalate.commands.kb import command
from escalate.files.knowledge_base import read_knowledge
from escalate.files.patient_samples import cohort_samples
from escalate.files.yaml_reader import read_text
from escalate.library.model import Library
from escalate.nodes import Document
from escalate.patient.reader import read_patient
from escalate.problems import KnowledgeRefused, PatientRefused, UsageError
from tests.planted import planted

COHORT = Path(__file__).parent / "cohort"

# A whole knowledge base in seven rules, over the fields and therapies of the shipped one.
RULES = """\
- id: D-IND
  title: Dermatomyositis
  kind: indicate
  for: teclistamab
  when: diagnosis.entity == dermatomyositis
  because: A reason.
  basis: expert_judgement
  step: 5
  order: 1
  status: active
  since: "1.0.0"
- id: D-HEART
  title: Weak heart
  kind: exclude
  for: bcma_t_cell_engager
  when: heart.echo.lvef_percent < 45
  because: A reason.
  basis: expert_judgement
  status: active
  since: "1.0.0"
- id: D-LUNG
  title: Lung
  kind: exclude
  for: [teclistamab, rituximab]
  when:
    all:
      - lung.oxygen_need
      - lung.fvc_percent_predicted < 50
  because: A reason.
  basis: expert_judgement
  status: active
  since: "1.0.0"
- id: D-IGG
  title: Low IgG
  kind: caution
  for: teclistamab
  when: labs.igg_g_per_l < 4
  because: A reason.
  basis: expert_judgement
  status: active
  since: "1.0.0"
- id: D-RTX
  title: Dermatomyositis and rituximab
  kind: indicate
  for: rituximab
  when: diagnosis.entity == dermatomyositis
  because: A reason.
  basis: expert_judgement
  step: 4
  order: 1
  status: active
  since: "1.0.0"
"""


def small(rules: str) -> Library:
    """The shipped fields and therapies under these rules, with the findings a report shows."""
    return _small(rules)


@cache
def _small(rules: str) -> Library:
    library = planted(rules=rules)
    kept = (rule for rule in library.rules if rule.kind == "finding" or rule.id.startswith("D-"))
    return replace(library, rules=tuple(kept))


def assess_text(patient: str, library: Library) -> Assessment:
    document = read_text(patient, "witness.yaml", PatientRefused)
    return assess(read_patient(document, library, today=TODAY), library)


def edited(old: str, new: str, rules: str = RULES, count: int = 1) -> Difference:
    """The difference that an edit of the small knowledge makes."""
    assert rules.count(old) >= count
    after = rules.replace(old, new, count)
    return compare(Side("old", small(rules)), Side("new", small(after)), (), assess_text)


def directions(found: Difference) -> dict[str, Direction]:
    return {one.id: one.direction for one in found.therapies}


def test_openness_is_in_the_order_of_the_verdicts() -> None:
    """Closed, put off, waiting for data, and three ways to be open."""
    words = ["excluded", "deferred", "data_needed", "caution_high", "caution", "propose"]

    assert [openness(word) for word in words] == [0, 1, 2, 3, 4, 5]
    assert openness("not_indicated") == openness("not_listed") == 0


def test_a_lower_limit_loosens_and_the_witness_lies_between_the_limits() -> None:
    """LVEF below 45 closed; now below 40 does: the patient has 40 to 44."""
    found = edited("lvef_percent < 45", "lvef_percent < 40")
    rule = found.rules[0]
    shown = rule.shown[0]

    assert directions(found) == {"teclistamab": Direction.LOOSENS}
    assert (rule.meaning, shown.way, shown.rule) == (Meaning.CHANGED, "boundary", ("TRUE", "FALSE"))
    assert (rule.fields[0].old, rule.fields[0].new) == ("LVEF below 45 %", "LVEF below 40 %")
    assert any("lvef_percent: 40" in shown.file for shown in rule.shown)
    assert not any(one.differs for one in rule.shown)
    assert found.loosens
    assert not found.tightens


def test_the_boundary_itself_is_found() -> None:
    """`<` made `<=` concerns the patients with exactly 45."""
    found = edited("lvef_percent < 45", "lvef_percent <= 45")

    assert directions(found) == {"teclistamab": Direction.TIGHTENS}
    assert "lvef_percent: 45" in found.rules[0].shown[0].file


def test_a_witness_is_a_file_that_assess_takes_and_says_the_same() -> None:
    """Each one, read again under both knowledge bases."""
    found = edited("lvef_percent < 45", "lvef_percent < 40")
    old, new = small(RULES), small(RULES.replace("< 45", "< 40"))
    files = [shown for rule in found.rules for shown in rule.shown if shown.file]

    assert files
    for shown in files:
        for move in shown.moves:
            assert assess_text(shown.file, old).option(move.therapy).verdict == move.old
            assert assess_text(shown.file, new).option(move.therapy).verdict == move.new


def test_a_whole_patient_opens() -> None:
    """Beside the smallest patient, who may lack data, one for whom the option opens."""
    found = edited("lvef_percent < 45", "lvef_percent < 40")
    shown = [one for rule in found.rules for one in rule.shown]
    shown += [one for therapy in found.therapies for one in therapy.shown]
    moves = [move for one in shown for move in one.moves]

    assert Move("teclistamab", "excluded", "propose") in found.therapies[0].moves
    assert any(move.opens for move in moves)


def test_a_removed_exclusion_loosens() -> None:
    """Its patients are shown under the rule that is gone."""
    start, end = RULES.index("- id: D-HEART"), RULES.index("- id: D-LUNG")
    found = edited(RULES[start:end], "")

    assert [(rule.id, rule.what) for rule in found.rules] == [("D-HEART", "removed")]
    assert directions(found) == {"teclistamab": Direction.LOOSENS}


def test_an_added_exclusion_tightens() -> None:
    """The other way round."""
    start, end = RULES.index("- id: D-HEART"), RULES.index("- id: D-LUNG")
    without = RULES[:start] + RULES[end:]
    found = compare(Side("old", small(without)), Side("new", small(RULES)), (), assess_text)

    assert [(rule.id, rule.what) for rule in found.rules] == [("D-HEART", "added")]
    assert directions(found) == {"teclistamab": Direction.TIGHTENS}


EMERGENCY = """\
- id: D-E1
  title: Low oxygen
  kind: alert
  alert: emergency
  when: lung.spo2_rest_percent < 95
  do: [Admission today]
  because: A reason.
  basis: expert_judgement
  status: active
  since: "1.0.0"
"""


@pytest.mark.parametrize(
    ("old", "new", "lost"),
    [
        ("percent < 95", "percent < 85", ("D-E1",)),
        ("percent < 95", "percent < 97", ()),
        ("status: active", "status: draft", ("D-E1",)),
        ("alert: emergency", "alert: warning", ("D-E1",)),
        (EMERGENCY, "", ("D-E1",)),
        ("Low oxygen", "Little oxygen", ()),
    ],
)
def test_an_emergency_that_nobody_is_told_of_any_more_loosens(
    old: str, new: str, lost: tuple[str, ...]
) -> None:
    """Whatever becomes of the options: later, no more, or as a warning alone. Earlier is no loss."""
    assert old in EMERGENCY
    found = compare(
        Side("old", small(RULES + EMERGENCY)),
        Side("new", small(RULES + EMERGENCY.replace(old, new))),
        (),
        assess_text,
    )

    assert found.lost_emergencies == lost
    assert found.loosens is bool(lost)
    assert ("D-E1" in say.verdict_of(found)) is bool(lost)


def test_a_draft_says_nothing() -> None:
    """An exclusion that is made a draft is one that is gone."""
    before = RULES.index("status: active", RULES.index("D-HEART"))
    after = RULES[:before] + RULES[before:].replace("status: active", "status: draft", 1)
    found = compare(Side("old", small(RULES)), Side("new", small(after)), (), assess_text)

    assert directions(found) == {"teclistamab": Direction.LOOSENS}
    assert ("status", "active", "draft") in [(f.name, f.old, f.new) for f in found.rules[0].fields]


@pytest.mark.parametrize(
    ("kind", "direction"),
    [
        ("caution", Direction.LOOSENS),
        ("caution_high", Direction.LOOSENS),
        ("defer", Direction.LOOSENS),
        ("against", Direction.SHIFTS),
    ],
)
def test_a_milder_kind_loosens(kind: str, direction: Direction) -> None:
    """The condition stays, and what it does where it holds is another thing; what is only said otherwise of a
    closed option opens nothing."""
    found = edited("kind: exclude\n  for: bcma_t_cell_engager", f"kind: {kind}\n  for: bcma_t_cell_engager")

    assert directions(found)["teclistamab"] is direction
    assert found.rules[0].fields[0].category is Category.ROLE
    assert found.rules[0].meaning is Meaning.CHANGED


def test_a_narrower_target_loosens_what_it_leaves_out() -> None:
    """Only that therapy; the other one is as before."""
    found = edited("for: [teclistamab, rituximab]", "for: [teclistamab]")

    assert directions(found) == {"rituximab": Direction.LOOSENS}
    assert ("Rituximab, Teclistamab", "Teclistamab") in [(f.old, f.new) for f in found.rules[0].fields]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (
            "all:\n      - lung.oxygen_need\n      - lung.fvc_percent_predicted < 50",
            "all:\n      - lung.fvc_percent_predicted < 50\n      - lung.oxygen_need",
        ),
        (
            "all:\n      - lung.oxygen_need\n      - lung.fvc_percent_predicted < 50",
            "none:\n      - not lung.oxygen_need\n      - lung.fvc_percent_predicted >= 50",
        ),
        (
            "when: heart.echo.lvef_percent < 45",
            "when:\n    any:\n      - heart.echo.lvef_percent < 45\n      - heart.echo.lvef_percent < 40",
        ),
    ],
)
def test_an_equivalent_refactor_is_proved_equal(old: str, new: str) -> None:
    """Another order, de Morgan, a part that another covers: the same for everybody, UNKNOWN too."""
    found = edited(old, new)

    assert [rule.meaning for rule in found.rules] == [Meaning.EQUAL]
    assert found.rules[0].is_harmless
    assert not found.therapies
    assert not found.means_anything


@pytest.mark.parametrize(
    ("old", "new", "category"),
    [
        ("title: Weak heart", "title: Heart that is weak", Category.TEXT),
        ("because: A reason.", "because: Another reason.", Category.TEXT),
        ('since: "1.0.0"', 'since: "1.1.0"', Category.RECORD),
    ],
)
def test_words_are_harmless(old: str, new: str, category: Category) -> None:
    """They are shown, and mean nothing to any patient."""
    found = edited(old, new)

    assert found.rules[0].fields[0].category is category
    assert found.rules[0].is_harmless
    assert not found.means_anything


@pytest.mark.parametrize(
    ("old", "new", "category"),
    [
        ("2 deaths in 18 patients.", "no deaths in 18 patients.", Category.FIGURE),
        ("2 deaths in 18 patients.", "12 deaths in 18 patients.", Category.FIGURE),
        ("It is given.", "It is not given.", Category.FIGURE),
        ("2 deaths in 18 patients.", "Of 18 patients 2 died.", Category.TEXT),
    ],
)
def test_a_text_with_another_figure_is_not_harmless(old: str, new: str, category: Category) -> None:
    """The same figures said otherwise are."""
    found = edited(old, new, RULES.replace("because: A reason.", f"because: {old}"))

    assert [field.category for field in found.rules[0].fields] == [category]
    assert found.rules[0].is_harmless is (category is Category.TEXT)


def test_comments_order_and_lines_are_no_difference() -> None:
    """Rules in another order, a comment, blank lines."""
    start = RULES.index("- id: D-LUNG")
    found = edited(RULES, "# a comment\n\n" + RULES[start:] + "\n" + RULES[:start])

    assert not found.rules
    assert not found.therapies


def test_the_place_on_the_ladder_is_not_harmless() -> None:
    """No verdict changes, and the conference reads the options in another order."""
    found = edited("step: 5", "step: 4")

    assert found.rules[0].fields[0].category is Category.LADDER
    assert found.rules[0].meaning is Meaning.EQUAL
    assert found.means_anything


def test_another_basis_is_not_harmless() -> None:
    """Evidence is what a reviewer judges."""
    found = edited(
        "basis: expert_judgement",
        "source:\n    - {ref: S2, at: Results, supports: a case}\n  basis: source",
    )

    assert {field.category for field in found.rules[0].fields} == {Category.EVIDENCE}
    assert found.means_anything


CITED = "source:\n    - {ref: S2, at: Results, supports: a case}\n  basis: "
CITED_RULES = RULES.replace("basis: expert_judgement", CITED + "unverified", 1)


@pytest.mark.parametrize(
    ("old", "new", "category"),
    [
        ("basis: unverified", "basis: source", Category.BASIS_RAISED),
        ("basis: unverified", "basis: expert_judgement", Category.BASIS_RAISED),
        ("supports: a case}\n  basis: unverified", "supports: two}\n  basis: source", Category.BASIS_RAISED),
        ("Results, supports: a case}\n  basis: unverified", "Table 2, supports: two}\n  basis: source",
         Category.EVIDENCE),
        ("basis: expert_judgement", "basis: unverified", Category.BASIS_LOWERED),
    ],
)  # fmt: skip
def test_a_basis_is_not_raised_without_a_source(old: str, new: str, category: Category) -> None:
    """Where nothing new is cited a reviewer has to confirm it; what claims less is harmless."""
    found = edited(old, new, CITED_RULES)
    (rule,) = found.rules
    raised = category is Category.BASIS_RAISED

    assert category in {field.category for field in rule.fields}
    assert rule.is_harmless is (category is Category.BASIS_LOWERED)
    assert found.raised == ((rule.id,) if raised else ())
    assert machine.document(found)["basis_raised"] == list(found.raised)
    for lines in (text.lines(found), markdown.lines(found), machine.github(found)):
        assert ("basis raised without a new source" in "\n".join(lines)) is raised
    (result,) = machine.sarif(found)["runs"][0]["results"]  # type: ignore[index]
    assert (result["ruleId"], result["level"]) == {
        Category.BASIS_RAISED: ("basis-raised", "warning"),
        Category.EVIDENCE: ("changed", "note"),
        Category.BASIS_LOWERED: ("harmless", "note"),
    }[category]


def test_a_basis_raised_beside_a_loosening_is_said_too() -> None:
    """The stronger finding gives the code, and the words name both."""
    cited = RULES.replace("lvef_percent < 45\n  because: A reason.\n  basis: expert_judgement",
                          f"lvef_percent < 45\n  because: A reason.\n  {CITED}unverified")  # fmt: skip
    raised = cited.replace("lvef_percent < 45", "lvef_percent < 40").replace("unverified", "source")
    found = compare(Side("old", small(cited)), Side("new", small(raised)), (), assess_text)
    (said,) = machine.github(found)

    assert (found.loosens, found.raised) == (True, ("D-HEART",))
    assert said.startswith("::error")
    assert "basis raised without a new source" in said


def test_a_fact_that_is_now_needed_shows_the_patient_who_lacks_it() -> None:
    """A second criterion: who has no value of it waits, or is let through no longer."""
    found = edited(
        "when: heart.echo.lvef_percent < 45",
        "when:\n    any:\n      - heart.echo.lvef_percent < 45\n      - heart.right_heart_failure",
    )
    ways = {shown.way for shown in found.rules[0].shown}

    assert directions(found) == {"teclistamab": Direction.TIGHTENS}
    assert {"missing", "combination"} <= ways


def test_a_criterion_that_swaps_its_fact_goes_both_ways() -> None:
    """Some patients are let in, others are closed."""
    found = edited("when: heart.echo.lvef_percent < 45", "when: heart.right_heart_failure")

    assert directions(found) == {"teclistamab": Direction.BOTH}
    assert found.loosens
    assert found.tightens


def test_a_new_id_is_a_rename() -> None:
    """The rest is the same; nothing is gone, and nothing is new."""
    found = edited("- id: D-HEART", "- id: D-HEART-2")

    assert [(rule.what, rule.was, rule.id) for rule in found.rules] == [("renamed", "D-HEART", "D-HEART-2")]
    assert found.rules[0].is_harmless


def test_a_change_that_another_rule_covers_moves_no_verdict() -> None:
    """Its value changes, and the other one closes all the same."""
    twin = RULES + RULES[RULES.index("- id: D-HEART") : RULES.index("- id: D-LUNG")].replace(
        "D-HEART", "D-TWIN"
    )
    found = edited("lvef_percent < 45", "lvef_percent < 40", twin)

    assert found.rules[0].meaning is Meaning.HIDDEN
    assert not found.therapies


def test_a_drug_that_is_not_listed_any_more_closes() -> None:
    """`listed` stands in the therapy's file, not in a rule."""
    old = small(RULES)
    new = replace(
        old,
        digest="sha256:other",
        therapies={**old.therapies, "teclistamab": replace(old.therapies["teclistamab"], listed=False)},
    )
    role = documents("knowledge/therapies/teclistamab.yaml", "listed: true", "listed: false")
    found = compare(Side("old", old, role[0]), Side("new", new, role[1]), ())

    assert directions(found)["teclistamab"] is Direction.TIGHTENS


def test_two_edits_are_told_apart() -> None:
    """Each rule is shown with patients of whom the other one says what it said before."""
    after = RULES.replace("lvef_percent < 45", "lvef_percent < 40").replace(
        "igg_g_per_l < 4", "igg_g_per_l < 6"
    )
    found = compare(Side("old", small(RULES)), Side("new", small(after)))
    said = {rule.id: rule.direction for rule in found.rules}

    assert said == {"D-HEART": Direction.LOOSENS, "D-IGG": Direction.TIGHTENS}
    assert directions(found) == {"teclistamab": Direction.BOTH}


# -- what stands outside the rules


@cache
def shipped() -> dict[str, Document]:
    return dict(read_knowledge())


def documents(path: str, old: str, new: str) -> tuple[dict[str, Document], dict[str, Document]]:
    """One file before and after an edit."""
    before = "\n".join(shipped()[path].lines) + "\n"
    assert old in before
    return (
        {path: read_text(before, path, KnowledgeRefused)},
        {path: read_text(before.replace(old, new, 1), path, KnowledgeRefused)},
    )


@pytest.mark.parametrize(
    ("path", "old", "new", "entry", "category"),
    [
        (
            "knowledge/regimens/teclistamab.yaml",
            "target 1, mg_per_kg: 1.5",
            "target 1, mg_per_kg: 2.5",
            "teclistamab: step_up_and_4_target_doses",
            Category.DOSE,
        ),
        (
            "knowledge/regimens/teclistamab.yaml",
            "mg_per_kg: 1.5, day: 6",
            "mg_per_kg: 1.5, day: 5",
            "teclistamab: step_up_and_4_target_doses",
            Category.SCHEDULE,
        ),
        (
            "knowledge/therapies/teclistamab.yaml",
            "0.06 and 0.3",
            "0.06 and 0.4",
            "teclistamab",
            Category.DOSE,
        ),
        (
            "knowledge/therapies/teclistamab.yaml",
            "- IgG every 2 to 4 weeks",
            "- IgG every 8 weeks",
            "teclistamab",
            Category.MONITORING,
        ),
        ("knowledge/evidence.yaml", "direction: neutral", "direction: against", "S0", Category.EVIDENCE),
        (
            "knowledge/parameters/adequate_trials.yaml",
            "weeks: 12",
            "weeks: 8",
            "adequate_trials.methotrexate",
            Category.PARAMETER,
        ),
        ("knowledge/version.yaml", "version: ", "version: 9", "version", Category.RECORD),
    ],
)
def test_each_kind_of_knowledge_is_compared_field_by_field(
    path: str, old: str, new: str, entry: str, category: Category
) -> None:
    """Old and new of the one field that was edited, at its place."""
    found = entry_changes(*documents(path, old, new))

    assert [(one.file, one.entry) for one in found] == [(path, entry)]
    assert {field.category for field in found[0].fields} == {category}


def test_comments_and_order_of_keys_are_no_difference() -> None:
    """Neither says anything to a patient."""
    path = "knowledge/therapies/teclistamab.yaml"
    found = entry_changes(
        *documents(path, "id: teclistamab\nname: Teclistamab\n", "# x\nname: Teclistamab\nid: teclistamab\n")
    )

    assert found == ()


@pytest.mark.parametrize(
    ("old", "new", "category"),
    [
        ("{days: 14, basis: expert_judgement", "{days: 14, basis: source", Category.BASIS_RAISED),
        ("{days: 14, basis: source", "{days: 14, basis: unverified", Category.BASIS_LOWERED),
    ],
)
def test_the_basis_of_a_number_is_not_raised_without_a_source(old: str, new: str, category: Category) -> None:
    """A row of knowledge/parameters names its basis and its source as a rule does."""
    (found,) = entry_changes(*documents("knowledge/parameters/washouts.yaml", old, new))

    assert [field.category for field in found.fields] == [category]
    assert found.is_harmless is (category is Category.BASIS_LOWERED)
    assert not found.is_unproved


@pytest.mark.parametrize(("weeks", "stricter"), [(16, True), (8, False)])
def test_a_parameter_says_which_way_is_stricter(weeks: int, stricter: bool) -> None:
    """knowledge/parameters/overlayable.yaml: a longer trial counts as failed later."""
    path, ways = "knowledge/parameters/adequate_trials.yaml", "knowledge/parameters/overlayable.yaml"
    old, new = documents(path, "weeks: 12", f"weeks: {weeks}")
    same = {ways: shipped()[ways]}
    found = entry_changes({**old, **same}, {**new, **same})

    assert found[0].stricter is stricter


def test_a_dose_that_changed_shows_exposure_before_and_after() -> None:
    """More milligrams, more exposure; the other schedules are left alone."""
    edit = ("knowledge/regimens/teclistamab.yaml", "target 4, mg_per_kg: 1.5", "target 4, mg_per_kg: 3.0")
    found = exposure_changes(planted(), planted(edit))
    auc = {name: (old, new) for name, old, new in found[0].measures}["auc_0_inf_ug_day_per_ml"]

    assert [one.regimen for one in found] == ["step_up_and_4_target_doses"]
    assert found[0].cumulative_mg_per_kg == (6.36, 7.86)
    assert auc[0] is not None
    assert auc[1] is not None
    assert auc[0] < auc[1]


# -- patients who are there already

HEAD = "schema: escalate/patient/v1\nassessed_on: 2026-10-12\n"
PATIENT = {
    "diagnosis": {"entity": "dermatomyositis"},
    "lung": {"oxygen_need": False},
    "labs": {"igg_g_per_l": 9},
}


def lines_of(*lvef: int | None) -> str:
    """A cohort as JSON Lines, one patient for each LVEF."""
    rows = []
    for number, value in enumerate(lvef, 1):
        heart = {} if value is None else {"heart": {"echo": {"lvef_percent": value}}}
        row = {"schema": "escalate/patient/v1", "id": f"P{number}", "assessed_on": "2026-10-12"}
        rows.append(json.dumps({**row, **PATIENT, **heart}))
    return "\n".join(rows) + "\n"


def cohort(place: Path, content: str) -> Iterator[Sample]:
    file = place / "cohort.jsonl"
    file.write_text(content, encoding="utf-8")
    return cohort_samples(file)


def test_patients_of_a_cohort_change_from_one_verdict_to_another(tmp_path: Path) -> None:
    """42 is let in, 30 and 60 are as before, the last is not known; a bad line is counted, not fatal."""
    patients = Collected("cohort", cohort(tmp_path, lines_of(42, 30, 60, None) + '{"id": "bad"}\n'))
    after = RULES.replace("lvef_percent < 45", "lvef_percent < 40")
    found = compare(Side("old", small(RULES)), Side("new", small(after)), [patients], assess_text)
    tally = found.tallies[0]

    assert (tally.read, len(tally.not_read)) == (4, 1)
    assert [(case.name, case.moves) for case in tally.changed] == [
        ("P1", (Move("teclistamab", "excluded", "propose"),))
    ]


def test_who_could_not_be_read_is_named(tmp_path: Path) -> None:
    """With the place and the code of the first fault, in each report; the first few, and how many more."""
    bad = "".join(f'{{"id": "bad {number}"}}\n' for number in range(7))
    patients = Collected("cohort", cohort(tmp_path, lines_of(60) + bad))
    library = small(RULES)
    found = compare(Side("old", library), Side("new", library), [patients], assess_text)
    first = found.tallies[0].not_read[0]

    assert (first.name, first.code, first.side) == ("bad 0", "missing-field", "")
    for report in ("\n".join(text.lines(found)), "\n".join(markdown.lines(found))):
        assert f"{first.at}: missing-field (bad 0)" in report
        assert ("bad 4" in report, "bad 5" in report, "and 2 more" in report) == (True, False, True)
    (said,) = json.loads(json.dumps(machine.document(found)))["patients"]
    assert (said["refused"], len(said["not_read"])) == (7, 7)
    assert said["not_read"][0] == {
        "patient": "bad 0", "at": str(first.at), "code": "missing-field", "only": None,
    }  # fmt: skip


@pytest.mark.parametrize("side", ["old", "new"])
def test_a_file_that_only_one_side_refuses_says_which(tmp_path: Path, side: str) -> None:
    """A field whose range became narrower, or wider: 60 % lies inside the one and outside the other."""
    wide = small(RULES)
    lvef = wide.facts["heart.echo.lvef_percent"]
    narrow = replace(
        wide, digest="sha256:narrow", facts={**wide.facts, lvef.name: replace(lvef, high=Decimal(50))}
    )
    sides = (narrow, wide) if side == "old" else (wide, narrow)
    judge = Judge(*sides, ["teclistamab"], (), rules_alone=False)
    tally = judge.tally(Collected("cohort", cohort(tmp_path, lines_of(60))))

    assert [(one.code, one.side) for one in tally.not_read] == [("out-of-range", side)]
    assert say.not_read(tally.not_read[0]).endswith(f", only by the {side} knowledge")


def test_a_folder_of_patient_files_is_a_cohort(tmp_path: Path) -> None:
    """Named by their files."""
    (tmp_path / "a.yaml").write_text(HEAD + "id: a\n", encoding="utf-8")

    assert [sample.name for sample in cohort_samples(tmp_path)] == ["a.yaml"]


def test_a_verdict_of_the_quick_look_is_that_of_the_assessment(tmp_path: Path, library: Library) -> None:
    """The judge and the whole way say the same of every therapy, with the shipped rules."""
    from escalate.audit.diff.witness import verdicts
    from escalate.files.patient_samples import cohort_samples as samples

    judge = Judge(library, library, list(library.therapies), (), rules_alone=False)
    files = [
        one for one in samples(Path(__file__).parent.parent / "examples") if one.name.endswith(".yaml")
    ]  # a FHIR record is none
    for sample in files:
        patient = sample.read(library)
        case = judge.side(new=True).case(patient)
        said = verdicts(assess(patient, library).proposal)

        assert {t: case.verdict(t) for t in said} == said
    assert files


@pytest.mark.parametrize(
    "edit",
    [
        ("knowledge/parameters/washouts.yaml", "    days: 92", "    days: 28"),
        ("knowledge/tests.yaml", "heart.echo.spap_mmhg >= 40", "heart.echo.spap_mmhg >= 20"),
    ],
)
def test_whom_a_number_beneath_the_rules_leaves_alone_changes_in_nothing(edit: tuple[str, str, str]) -> None:
    """Facts compared first, or every verdict worked out on both sides: the same patients change."""
    old, new = planted(), planted(edit)
    judge = Judge(old, new, list(old.therapies), (), rules_alone=False)
    changed = 0
    for sample in islice(cohort_samples(COHORT), 205):
        before = judge.side(new=False).case(sample.read(old))
        after = judge.side(new=True).case(sample.read(new))
        said = [(t, before.verdict(t), after.verdict(t)) for t in old.therapies]

        assert judge.moves(sample) == tuple(Move(t, was, now) for t, was, now in said if was != now)
        changed += any(was != now for _, was, now in said)
    assert changed, "nobody shows that a change is seen"


# -- the reports


@pytest.fixture(scope="module")
def loosened() -> Difference:
    return edited("lvef_percent < 45", "lvef_percent < 40")


def test_the_text_says_it_in_clinical_words(loosened: Difference) -> None:
    """Verdict first, then the therapy, the rule with old and new, and the patient file."""
    said = list(text.lines(loosened))

    assert said[1] == "LOOSENS"
    assert "  LOOSENS: Teclistamab (D-HEART)" in said
    assert "      - LVEF below 45 %" in said
    assert "      + LVEF below 40 %" in said
    assert any(line.endswith("|     lvef_percent: 40") for line in said)


def test_the_markdown_is_a_review_comment(loosened: Difference) -> None:
    """A short table on top; what is folded is closed again; a cell stays a cell."""
    said = "\n".join(markdown.lines(loosened))

    assert said.startswith("### escalate kb diff: LOOSENS\n")
    assert "| Teclistamab | **LOOSENS** |" in said
    assert said.count("<details>") == said.count("</details>") > 0
    assert said.index("| Therapy |") < said.index("<details>")


def test_sarif_and_github_name_the_place(loosened: Difference) -> None:
    """One result per rule, as an error where it loosens."""
    log = machine.sarif(loosened)
    result = json.loads(json.dumps(log))["runs"][0]["results"][0]
    place = result["locations"][0]["physicalLocation"]

    assert (log["version"], result["ruleId"], result["level"]) == ("2.1.0", "loosens", "error")
    assert place["artifactLocation"]["uri"] == "rules/planted.yaml"
    assert next(machine.github(loosened)).startswith(
        "::error file=rules/planted.yaml,line=12,col=3,title=loosens::D-HEART"
    )


def test_json_holds_everything(loosened: Difference) -> None:
    """For a program that decides."""
    said = json.loads(json.dumps(machine.document(loosened)))

    assert (said["schema"], said["loosens"], said["tightens"]) == ("escalate/diff/v1", True, False)
    assert said["rules"][0]["witnesses"][0]["file"]
    assert said["therapies"][0]["direction"] == "loosens"


def test_a_parameter_that_is_less_strict_loosens() -> None:
    """No proof reaches below derived facts: the declared way counts, and a note says so."""
    place = shipped()["knowledge/version.yaml"].root.at
    entry = EntryChange("knowledge/parameters/x.yaml", "washouts.x", place, (), stricter=False)
    library = small(RULES)
    found = replace(compare(Side("old", library), Side("new", library)), entries=(entry,))

    assert found.loosens
    assert not found.tightens


@pytest.mark.parametrize(
    ("path", "old", "new"),
    [
        ("knowledge/drugs.yaml", "[cd20_antibody, immunosuppressant, igg_drug]", "[igg_drug]"),
        ("knowledge/terminology/units.yaml", "'ng/mL': ng/mL", "'ng/mL': ng/L"),
    ],
)
def test_what_lies_below_the_facts_is_not_proved(path: str, old: str, new: str) -> None:
    """The class of a drug that no rule names, the meaning of a unit in a record."""
    found = entry_changes(*documents(path, old, new))

    assert found
    assert all(one.is_unproved for one in found)


def test_what_no_proof_reaches_is_not_called_safe() -> None:
    """A parameter of which nobody says which way is stricter may do both."""
    place = shipped()["knowledge/version.yaml"].root.at
    fields = (FieldChange("weeks", "12", "8", Category.PARAMETER),)
    entry = EntryChange("knowledge/parameters/x.yaml", "x", place, fields)
    library = small(RULES)
    found = replace(compare(Side("old", library), Side("new", library)), entries=(entry,))

    assert found.not_proved
    assert (found.loosens, found.tightens) == (True, True)
    assert say.verdict_of(found).startswith("NOT PROVED")


# -- the command


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("a", "b", "c"), "OLD and NEW"),
        (("no-such-place",), "neither a folder"),
        (("--output=x..HEAD",), "neither a folder"),
        (("tests", "."), "holds no `knowledge/` and `rules/`"),
        ((".", ".", "--cohort", "no-such-file"), "--cohort no-such-file"),
        ((".", ".", "--knowledge", "no-such-folder"), "no such folder"),
    ],
)
def test_a_wrong_use_is_named(arguments: tuple[str, ...], message: str) -> None:
    """Exit status 2, before anything is compared."""
    arguments = ("--", *arguments) if arguments[0].startswith("-") else arguments
    done = CliRunner().invoke(command, ["diff", *arguments])

    assert isinstance(done.exception, UsageError)
    assert message in str(done.exception)


@pytest.mark.parametrize(("fail_on", "status"), [("loosens", 1), ("tightens", 0), ("any", 1)])
def test_a_shorter_washout_is_less_strict(fail_on: str, status: int, tmp_path: Path) -> None:
    """Two folders through the command: no rule changed, and overlayable.yaml says which way is stricter."""
    folders = [tmp_path / name for name in ("old", "new")]
    for folder in folders:
        for part in ("knowledge", "rules"):
            shutil.copytree(Path(__file__).parent.parent / part, folder / part)
    file = folders[1] / "knowledge" / "parameters" / "washouts.yaml"
    file.write_text(file.read_text("utf-8").replace("days: 92", "days: 28", 1), encoding="utf-8")
    done = CliRunner().invoke(command, ["diff", *map(str, folders), "--plain", "--fail-on", fail_on])

    assert done.exit_code == status
    assert "(less strict)" in done.stdout
    assert done.stdout.splitlines()[1] == "LOOSENS"
