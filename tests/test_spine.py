"""From a patient file to an explained proposal: what the examples and the 18 series patients must show."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from escalate.assessment import Assessment
from escalate.options.verdict import Verdict

ROOT = Path(__file__).parent.parent
EXAMPLES = ROOT / "examples"
SERIES = sorted((EXAMPLES / "series").glob("patient-??.yaml"))
COMPLETE = EXAMPLES / "refractory-antisynthetase.yaml"
OPEN = {Verdict.PROPOSE, Verdict.CAUTION, Verdict.CAUTION_HIGH}


def ids(reasons: object) -> set[str]:
    return {reason.rule.id for reason in reasons}  # type: ignore[attr-defined]


def run(*arguments: str, cwd: Path = ROOT) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "escalate", *arguments], cwd=cwd, capture_output=True, text=True, timeout=120
    )


@pytest.mark.parametrize("path", SERIES, ids=lambda p: p.stem)
def test_from_the_table_alone_no_series_patient_gets_an_engager(
    path: Path, assess_file: Callable[..., Assessment]
):
    """Heart and infection are unknown, so nothing is open, and the report says what is missing."""
    assessment = assess_file(path)
    option = assessment.option("teclistamab")

    (heart,) = [f for f in assessment.findings if f.name == "heart_grade"]
    (infection,) = [f for f in assessment.findings if f.name == "infection_active"]

    assert option.verdict not in OPEN
    assert heart.value == infection.value == "unknown"
    assert "heart.echo.lvef_percent" in heart.missing
    assert "infection.active" in infection.missing


@pytest.mark.parametrize("path", SERIES, ids=lambda p: p.stem)
def test_the_series_waits_for_heart_and_infection(path: Path, assess_file: Callable[..., Assessment]):
    """One row says more: 15 names no glucocorticoid, so REF-A is not met (BCMA-X37)."""
    option = assess_file(path).option("teclistamab")
    expected = Verdict.NOT_INDICATED if path.stem == "patient-15" else Verdict.DATA_NEEDED

    assert option.verdict is expected
    if expected is Verdict.DATA_NEEDED:
        asked = {m.fact for m in option.missing}
        assert {"heart.echo.lvef_percent", "infection.active"} <= asked


@pytest.mark.parametrize("path", SERIES, ids=lambda p: p.stem)
def test_series_scopes(path: Path, assess_file: Callable[..., Assessment]):
    """7, 10, 13 and 15 are myositis; the other fourteen get the safety gate alone."""
    expected = "iim" if path.stem[-2:] in ("07", "10", "13", "15") else "bcma_safety_only"

    assert assess_file(path).proposal.scope == expected


@pytest.mark.parametrize("number", ["03", "07", "10", "11", "14"])
def test_a_listed_heart_is_neither_normal_nor_advanced(number: str, assess_file: Callable[..., Assessment]):
    """A heart in an organ list is at least C1 and at most C3 (CARD-05)."""
    assessment = assess_file(EXAMPLES / "series" / f"patient-{number}.yaml")
    (grade,) = [f for f in assessment.findings if f.name == "heart_grade"]

    assert (grade.value, grade.at_least, grade.at_most) == ("unknown", "C1", "C3")


@pytest.mark.parametrize("number", ["06", "18"])
def test_with_the_text_the_two_fatal_cases_are_excluded_for_the_heart(
    number: str, assess_file: Callable[..., Assessment]
):
    """Severe heart disease in the text is C3 until a graded work-up shows otherwise."""
    option = assess_file(EXAMPLES / "series" / f"patient-{number}-with-text.yaml").option("teclistamab")

    assert option.verdict is Verdict.EXCLUDED
    assert "BCMA-X01" in ids(option.excluded_by)


def test_outside_the_ladder_only_the_engager_gate_is_shown(assess_file: Callable[..., Assessment]):
    """SSc, SLE, UCTD and IgG4-RD: no ladder and no other therapy."""
    assessment = assess_file(EXAMPLES / "series" / "patient-09.yaml")

    assert assessment.proposal.ladder is None
    listed = {o.therapy.id for o in (*assessment.proposal.options, *assessment.proposal.not_indicated)}
    assert listed <= {"teclistamab", "elranatamab", "linvoseltamab"}


def test_the_complete_example_opens_engager_and_car_t_side_by_side(variant: Callable[..., Assessment]):
    """V10: both proposed at step 5 with one rank, each naming what was never tried."""
    assessment = variant({})
    teclistamab, car_t = assessment.option("teclistamab"), assessment.option("cd19_car_t")

    assert teclistamab.verdict is Verdict.PROPOSE
    assert car_t.verdict is Verdict.PROPOSE
    assert teclistamab.rank == car_t.rank
    assert teclistamab.step == car_t.step == 5
    assert any("not yet tried" in note for note in teclistamab.notes)


SAFETY_FACTS = [
    "heart.echo.lvef_percent",
    "heart.troponin_i.ng_per_l",
    "heart.nt_probnp.pg_per_ml",
    "heart.ecg.finding",
    "heart.nyha_class",
    "heart.active_myocarditis",
    "heart.arrhythmia",
    "heart.syncope_unexplained",
    "heart.pulmonary_arterial_hypertension",
    "heart.right_heart_failure",
    "heart.heart_failure_admission_last_6_months",
    "heart.myocardial_infarction_or_stroke_months_ago",
    "heart.echo.date",
    "infection.active",
    "infection.sars_cov_2_last_on",
    "infection.sars_cov_2_pcr",
    "infection.hbsag",
    "infection.anti_hbc",
    "infection.hcv_rna",
    "infection.hiv",
    "infection.tuberculosis",
    "infection.pml_history",
    "labs.neutrophils_per_nl",
    "labs.platelets_per_nl",
    "labs.haemoglobin_g_per_dl",
    "labs.egfr_ml_per_min",
    "labs.igg_g_per_l",
    "lung.spo2_rest_percent",
    "lung.dlco_percent_predicted",
    "comorbidities.malignancy",
    "comorbidities.cancer_screen",
    "demographics.age_years",
    "demographics.weight_kg",
    "vaccination.live_vaccine_last_on",
    "consent.documented",
    "therapies",
]


@pytest.mark.parametrize("fact", SAFETY_FACTS)
def test_without_one_safety_fact_the_engager_waits_for_it(fact: str, variant: Callable[..., Assessment]):
    """Unknown is never normal: the verdict is `data_needed`, and it names the fact."""
    option = variant({fact: None}).option("teclistamab")

    assert option.verdict is Verdict.DATA_NEEDED
    assert any(m.fact.startswith(fact) for m in option.missing)


@pytest.mark.parametrize(
    ("changes", "verdict", "rule"),
    [
        ({"heart.echo.lvef_percent": "44"}, Verdict.EXCLUDED, "BCMA-X04"),
        ({"heart.echo.lvef_percent": "45", "heart.nyha_class": "2"}, Verdict.CAUTION_HIGH, "BCMA-X10"),
        ({"heart.nt_probnp.pg_per_ml": "1000"}, Verdict.EXCLUDED, "BCMA-X01"),
        ({"heart.nt_probnp.pg_per_ml": "999"}, Verdict.CAUTION_HIGH, "BCMA-X10"),
        ({"labs.igg_g_per_l": "3.8"}, Verdict.DEFERRED, "BCMA-X24a"),
        ({"labs.igg_g_per_l": "4.0"}, Verdict.CAUTION, "BCMA-X24b"),
        ({"infection.sars_cov_2_last_on": "2026-07-20"}, Verdict.PROPOSE, None),
        ({"infection.sars_cov_2_last_on": "2026-07-21"}, Verdict.CAUTION_HIGH, "BCMA-X08"),
        ({"infection.active": "suspected"}, Verdict.DEFERRED, "BCMA-X13"),
        (
            {"infection.hbsag": "positive", "infection.hbv_prophylaxis": "false"},
            Verdict.DEFERRED,
            "BCMA-X20a",
        ),
        ({"demographics.age_years": "76"}, Verdict.CAUTION_HIGH, "BCMA-X25a"),
        ({"comorbidities.malignancy": "active"}, Verdict.EXCLUDED, "BCMA-X19a"),
    ],
)
def test_one_changed_safety_fact_changes_the_verdict(
    changes: dict[str, str], verdict: Verdict, rule: str | None, variant: Callable[..., Assessment]
):
    """The boundaries of V11 and V28 to V33, on the engager, with the rule that gives the reason."""
    option = variant(changes).option("teclistamab")

    assert option.verdict is verdict
    if rule:
        assert rule in ids((*option.excluded_by, *option.deferred_by, *option.cautions))


def test_json_has_the_fixed_keys_and_is_the_same_bytes_twice():
    """The contract's order of keys, and no time, order or address that changes between runs."""
    first = run("assess", "--format", "json", "examples/refractory-antisynthetase.yaml")
    second = run("assess", "--format", "json", "examples/refractory-antisynthetase.yaml")
    parsed = json.loads(first.stdout)

    assert first.stdout == second.stdout
    assert first.returncode == 0
    assert list(parsed) == [
        "schema", "patient", "knowledge", "software", "scope", "alerts", "findings", "lines_of_therapy",
        "ladder", "options", "not_indicated", "missing_data", "evidence",
    ]  # fmt: skip
    assert list(parsed["options"][0])[:19] == [
        "therapy", "class", "step", "rank", "verdict", "indicated_by", "excluded_by", "deferred_by",
        "cautions", "missing", "warnings", "work_up", "monitoring", "prophylaxis", "washout",
        "status", "evidence_level",
        "regimen", "exposure",
    ]  # fmt: skip


def test_every_closing_reason_names_value_place_rule_and_source(variant: Callable[..., Assessment]):
    """A reason can be followed back to a line of the file, a rule and a source or a stated judgement."""
    option = variant({"heart.echo.lvef_percent": "44"}).option("teclistamab")
    (reason,) = [r for r in option.excluded_by if r.rule.id == "BCMA-X04"]

    assert any(
        "44" in line and "heart.echo.lvef_percent" in line and "patient.yaml:" in line
        for line in reason.because
    )
    assert reason.rule.sources or reason.rule.basis == "expert_judgement"
    assert reason.rule.at.file.endswith("bcma_t_cell_engager.yaml")


def test_an_emergency_is_said_before_anything_else_and_does_not_wait():
    """MDA5 with rapid lung disease: the alert stands although nearly everything is unknown."""
    done = run("assess", "examples/mda5-emergency.yaml")

    assert done.returncode == 0
    assert done.stdout.index("EMERGENCY") < done.stdout.index("LADDER")


def test_early_disease_does_not_reach_step_4_or_5(assess_file: Callable[..., Assessment]):
    """Untreated disease: steps 4 and 5 are not indicated, whatever else is known."""
    assessment = assess_file(EXAMPLES / "early-dermatomyositis.yaml")

    assert assessment.option("teclistamab").verdict is Verdict.NOT_INDICATED
    assert assessment.option("cd19_car_t").verdict is Verdict.NOT_INDICATED
    assert assessment.proposal.ladder is not None
    assert assessment.proposal.ladder.reached_step == 2  # severe weakness starts there (V01)


def test_no_mg_without_a_weight(variant: Callable[..., Assessment]):
    """A dose in mg needs a weight; without one there is no figure, and no exposure."""
    assessment = variant({"demographics.weight_kg": None})
    option = assessment.option("teclistamab")
    plan = assessment.plan(option)  # type: ignore[arg-type]

    assert plan.regimen is None
    assert plan.exposure is None


def test_several_files_good_ones_are_assessed_and_refused_ones_named(tmp_path: Path):
    """Exit 3, the refused file on standard error alone, the good one on standard output."""
    bad = tmp_path / "bad.yaml"
    bad.write_text("schema: escalate/patient/v1\nid: secret-case\nlabs: {igg_g_per_l: 420}\n")
    done = run("assess", "--format", "json", str(COMPLETE), str(bad))

    assert done.returncode == 3
    assert len(json.loads(done.stdout)) == 1
    assert "secret-case" not in done.stdout
    assert "bad.yaml:3:" in done.stderr
    assert "Traceback" not in done.stderr


def test_markup_and_control_bytes_in_an_id_come_out_harmless(tmp_path: Path):
    """What a file calls its patient is shown as text: no escape sequence reaches the terminal."""
    hostile = tmp_path / "hostile.yaml"
    hostile.write_text('schema: escalate/patient/v1\nid: "<script>\\e[31m\\u202Ex"\nnote: "\\a<b>"\n')
    for fmt in ("text", "json"):
        done = run("assess", "--format", fmt, str(hostile))
        assert "\x1b" not in done.stdout + done.stderr
        assert "\u202e" not in done.stdout + done.stderr
        assert "Traceback" not in done.stderr


def test_help_loads_neither_pydantic_nor_numpy():
    """The first thing anyone types answers at once."""
    code = (
        "import sys\nfrom escalate.commands import cli\n"
        "try:\n    cli.main(['--help'])\nexcept SystemExit:\n    pass\n"
        "heavy = {'pydantic', 'numpy', 'yaml', 'durable'} & set(sys.modules)\nassert not heavy, heavy"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)

    assert done.returncode == 0, done.stderr


def test_a_report_without_exposure_never_loads_numpy():
    """numpy is paid for only where an exposure is shown; scipy and matplotlib never are."""
    code = (
        "import sys\nfrom escalate.commands import cli\n"
        "cli.main(['assess', 'examples/early-dermatomyositis.yaml'], standalone_mode=False)\n"
        "heavy = {'numpy', 'scipy', 'matplotlib', 'rich', 'sqlalchemy'} & set(sys.modules)\n"
        "assert not heavy, heavy"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT)

    assert done.returncode == 0, done.stderr


def test_an_earlier_decision_stands_beside_its_entry_and_changes_no_verdict(tmp_path: Path):
    """One that meets its rule is shown there; one whose rule does not speak today is shown apart."""
    text = COMPLETE.read_text(encoding="utf-8").replace("lvef_percent: 62", "lvef_percent: 47")
    text += (
        "overrides:\n"
        "  - {rule: BCMA-X10, therapy: teclistamab, by: board, on_date: 2026-09-01, reason: heart treated}\n"
        "  - {rule: BCMA-X24b, therapy: teclistamab, by: board, on_date: 2026-01-01, reason: IgG replaced,\n"
        "     until: 2026-06-01}\n"
    )
    path = tmp_path / "patient.yaml"
    path.write_text(text, encoding="utf-8")
    done = json.loads(run("assess", "--format", "json", str(path)).stdout)
    (option,) = [o for o in done["options"] if o["therapy"] == "teclistamab"]
    (entry,) = [c for c in option["cautions"] if c["rule"] == "BCMA-X10"]
    (apart,) = done["patient"]["overrides_without_entry"]

    assert option["verdict"] == "caution_high"
    assert entry["overrides"][0]["reason"] == "heart treated"
    assert (apart["rule"], apart["lapsed"]) == ("BCMA-X24b", True)
    assert "meet no entry today".upper() in run("assess", str(path)).stdout
