"""Which therapy stands at which step: the vignettes of the dossier on the shipped rules, facts by hand."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from by_hand import Reading, Stated

from escalate.library.model import Library
from escalate.truth import Truth

Read = Callable[..., Reading]


@pytest.fixture
def read(library: Library) -> Read:
    """Read the rules for stated facts; `history=True`: the lines of therapy are known."""
    return lambda values, history=True: Reading(library, Stated(values, history=history))


# The activity of a patient without any sign of damage: enough for ACT-01 to be FALSE.
ACTIVE = {"muscle.ck_ratio_to_uln": 6, "activity.physician_global_0_10": 5}
NOT_PREGNANT = {"patient.pregnant": False, "patient.conception_planned": False}
# Breathing is not worse, so that nobody asks how fast it goes: no rapidly progressive ILD (E2-AGAINST).
STEADY_LUNG = {"lung.rapidly_progressive": None, "lung.symptoms_worsening_weeks": None}
ASYS = {
    "diagnosis.entity": "antisynthetase_syndrome",
    "demographics.age_years": 50,
    **ACTIVE,
    **NOT_PREGNANT,
    **STEADY_LUNG,
}
DM = {
    "diagnosis.entity": "dermatomyositis",
    "demographics.age_years": 55,
    **ACTIVE,
    **NOT_PREGNANT,
    **STEADY_LUNG,
}
ILD2 = {
    "lung.ild": True,
    "lung.ild_stated": True,
    "lung.hrct.pattern": "nsip",
    "lung.hrct.extent_percent": 15,
    "lung.fvc_percent_predicted": 65,
    "lung.dlco_percent_predicted": 48,
    "lung.spo2_rest_percent": 95,
    "lung.oxygen_need": False,
    "lung.exertional_desaturation_points": None,
    "lung.pao2_mmhg": None,
    "lung.ventilation": None,
    "lung.symptoms_worse": False,
    "antibody.mda5.positive": False,
    "lung.hrct.before_symptom_change": None,
    "lung.hrct.age_weeks": 2,
}
NO_MUSCLE = {
    "muscle.mmt8_of_150": 150,
    "muscle.ambulant": True,
    "swallowing.aspiration": False,
    "swallowing.dysphagia": "none",
    "muscle.respiratory_muscle_weakness": False,
    "muscle.fvc_supine_fall_percent": None,
    "muscle.mri_oedema": "none",
}


def failed(*drugs: str, glucocorticoid: bool = True, **counts: int) -> dict[str, object]:
    """Facts of drugs that failed an adequate trial, with the counts the rules read."""
    facts: dict[str, object] = {}
    for drug in drugs:
        for fact in ("given", "failed", "failed_or_not_tolerated", "not_again", "tried_adequately"):
            facts[f"therapy.{drug}.{fact}"] = True
    if glucocorticoid:
        for name in ("therapy.glucocorticoids", "class.glucocorticoid"):
            facts |= {
                f"{name}.given": True,
                f"{name}.failed": True,
                f"{name}.failed_or_not_tolerated": True,
                f"{name}.not_again": True,
            }
    return facts | {f"lines.{name}": number for name, number in counts.items()}


V10 = {
    **ASYS,
    **ILD2,
    **NO_MUSCLE,
    **failed(
        "mycophenolate",
        "tacrolimus",
        "rituximab",
        "cyclophosphamide",
        "daratumumab",
        failed=6,
        failed_beside_glucocorticoid=5,
        failed_key_agents=3,
        failed_further_agents=3,
        failed_step_1=2,
    ),
    "class.calcineurin_inhibitor.failed": True,
}


def test_v10_both_step_5_agents_stand_side_by_side(read: Read):
    """Refractory antisynthetase disease: CAR-T and teclistamab with equal order, efgartigimod at step 4."""
    rules = read(V10)

    assert rules.grade("ladder_step") == ("S5", "S5")
    for therapy in ("teclistamab", "cd19_car_t"):
        assert rules.indicated(therapy) is Truth.TRUE
        assert rules.place(therapy) == (5, 1)
    assert rules.indicated("efgartigimod") is Truth.TRUE
    assert rules.place("efgartigimod") == (4, 2)


def test_v10_what_was_never_tried_stays_listed_and_caps_nothing(read: Read):
    """IVIG and JAK inhibitors are options of step 3 there; IVIG is no early agent of this pathway."""
    rules = read(V10)

    assert rules.indicated("ivig") is rules.indicated("tofacitinib") is Truth.TRUE
    assert "REF-05" not in rules.saying("teclistamab", "caution_high")
    for tried in ("mycophenolate", "tacrolimus", "rituximab", "cyclophosphamide", "daratumumab"):
        assert rules.indicated(tried) is Truth.FALSE
        assert "LINE-01" in rules.saying(tried, "against")
    assert rules.indicated("ciclosporin") is Truth.FALSE  # its class has failed


@pytest.mark.parametrize(
    "lost",
    [
        "class.glucocorticoid.failed_or_not_tolerated",
        "lines.failed_key_agents",
        "therapy.rituximab.failed_or_not_tolerated",
        "lines.failed_further_agents",
        "lung.fvc_percent_predicted",
    ],
)
def test_step_5_waits_for_every_part_of_ref_d(read: Read, lost: str):
    """A part of REF-D that is not known leaves step 5 undecided; nothing unknown opens it."""
    unknown = {**V10, lost: V10[lost]}
    rules = read(unknown)
    rules.facts[lost] = type(rules.facts[lost])(lost)
    if lost == "lung.fvc_percent_predicted":
        for name in (
            "lung.dlco_percent_predicted",
            "lung.hrct.extent_percent",
            "activity.physician_global_0_10",
        ):
            rules.facts[name] = type(rules.facts[lost])(name)

    assert rules.indicated("teclistamab") is Truth.UNKNOWN


@pytest.mark.parametrize("agents", [2, 11])
def test_without_a_failed_glucocorticoid_nobody_is_refractory(read: Read, agents: int):
    """REF-A names glucocorticoid first; no number of other agents takes its place."""
    facts = {"lines.failed_beside_glucocorticoid": agents, "lines.failed_key_agents": 1}

    assert read(facts)["ref_a"] is Truth.FALSE


def test_v09_after_mycophenolate_rituximab_tacrolimus_and_cyclophosphamide(read: Read):
    """One failed agent and confirmed decline: steps 2 and 3 of the guideline; step 5 is far away."""
    rules = read(
        {
            **ASYS,
            "lung.ild": True,
            "lung.ild_stated": True,
            "lung.fvc_relative_change_percent": -12,
            "lung.decline_confirmed": True,
            "lung.other_causes_excluded": True,
            **failed("mycophenolate", failed=2, failed_beside_glucocorticoid=1, failed_step_1=1),
        }
    )

    assert [rules.place(t) for t in ("rituximab", "tacrolimus", "cyclophosphamide")] == [
        (2, 1),
        (2, 2),
        (3, 1),
    ]
    assert all(rules.indicated(t) is Truth.TRUE for t in ("rituximab", "tacrolimus", "cyclophosphamide"))
    assert rules.indicated("teclistamab") is Truth.FALSE
    assert rules.indicated("azathioprine") is Truth.FALSE
    assert rules.indicated("nintedanib") is Truth.UNKNOWN  # fibrosis on HRCT is not known


def test_v08_naive_with_moderate_ild(read: Read):
    """Glucocorticoid with mycophenolate or tacrolimus; rituximab next; nothing of the later steps."""
    rules = read({**ASYS, **ILD2, "joints.active_arthritis": True})

    assert rules.place("glucocorticoids") == (1, 1)
    assert rules.place("mycophenolate") == (1, 2)
    assert rules.place("tacrolimus") == (1, 3)
    assert rules.place("rituximab") == (2, 1)
    assert rules.indicated("methotrexate") is Truth.FALSE
    assert rules.indicated("teclistamab") is Truth.FALSE


def test_v02_immunoglobulin_first_then_rituximab(read: Read):
    """Dermatomyositis after methotrexate: IVIG, rituximab, then the switches; step 5 is not indicated."""
    rules = read(
        {
            **DM,
            "muscle.mmt8_of_150": 130,
            **failed("methotrexate", failed=2, failed_beside_glucocorticoid=1, failed_step_1=1),
        }
    )
    places = {t: rules.place(t) for t in ("ivig", "rituximab", "mycophenolate", "tacrolimus", "tofacitinib")}

    assert sorted(places, key=lambda t: places[t] or (9, 9)) == list(places)
    assert places["ivig"] == (2, 1)
    assert all(rules.indicated(t) is Truth.TRUE for t in places)
    assert rules.indicated("teclistamab") is rules.indicated("cd19_car_t") is Truth.FALSE
    assert rules.indicated("azathioprine") is Truth.FALSE


def test_v01_severe_and_naive(read: Read):
    """Severe weakness opens immunoglobulin at the start; no JAK inhibitor, no step 4 or 5."""
    rules = read(
        {
            **DM,
            "muscle.mmt8_of_150": 118,
            "antibody.mda5.positive": False,
            "antibody.mda5.selects_pathway": False,
        }
    )

    assert rules.place("glucocorticoid_pulse") == (1, 1)
    assert rules.place("glucocorticoids") == (1, 2)
    assert rules.place("methotrexate") == (1, 3)
    assert rules.place("azathioprine") == (1, 4)
    assert rules.place("ivig") == (2, 1)
    for later in ("tofacitinib", "efgartigimod", "daratumumab", "teclistamab", "cd19_car_t"):
        assert rules.place(later) is None
    assert rules.indicated("teclistamab") is Truth.FALSE


IMNM = {**DM, "diagnosis.entity": "immune_mediated_necrotising_myopathy", "muscle.mmt8_of_150": 130}


@pytest.mark.parametrize(
    ("hmgcr", "ivig", "azathioprine"), [(True, (1, 1), Truth.FALSE), (False, (2, 2), Truth.TRUE)]
)
def test_necrotising_myopathy_hmgcr_begins_with_immunoglobulin_srp_with_rituximab(
    read: Read, hmgcr: bool, ivig: tuple[int, int], azathioprine: Truth
):
    """With HMGCR immunoglobulin leads; with SRP, or without an antibody, rituximab comes before it."""
    rules = read({**IMNM, "antibody.hmgcr.selects_pathway": hmgcr, "lines.failed_step_1": 0})

    assert rules.place("glucocorticoids") == (1, 2)
    assert rules.place("rituximab") == (2, 1)
    assert rules.place("ivig") == ivig
    assert rules.indicated("azathioprine") is azathioprine
    assert rules.indicated("tacrolimus") is not Truth.TRUE


def test_necrotising_myopathy_its_shared_agents_do_not_wait_for_the_antibody(read: Read):
    """SRP and HMGCR not known: immunoglobulin and rituximab are there, azathioprine waits."""
    rules = read({**IMNM, "lines.failed_step_1": 0})

    assert rules.indicated("ivig") is rules.indicated("rituximab") is Truth.TRUE
    assert rules.indicated("azathioprine") is Truth.UNKNOWN


def test_unspecified_polymyositis_switches_at_step_3(read: Read):
    """Immunoglobulin, rituximab and abatacept come at step 2, the switches at step 3."""
    facts = {**DM, "diagnosis.entity": "polymyositis_unspecified", "muscle.mmt8_of_150": 130}
    early = read({**facts, **failed("methotrexate", failed=2, failed_step_1=1)})
    late = read({**facts, **failed("methotrexate", "ivig", failed=3, failed_step_1=1)})

    assert [early.place(t) for t in ("ivig", "rituximab", "abatacept")] == [(2, 1), (2, 2), (2, 3)]
    assert Truth.TRUE not in (early.indicated("tacrolimus"), early.indicated("mycophenolate"))
    assert [late.place(t) for t in ("tacrolimus", "mycophenolate")] == [(3, 1), (3, 2)]


def test_methotrexate_in_dermatomyositis_waits_for_mda5_immunoglobulin_does_not(read: Read):
    """What both pathways share does not wait for the antibody; what only one has does."""
    rules = read({**DM, "muscle.mmt8_of_150": 118})

    assert rules.indicated("methotrexate") is Truth.UNKNOWN
    assert rules.indicated("ivig") is Truth.TRUE


def test_v04_a_trial_that_was_too_short_is_no_failure(read: Read):
    """Methotrexate 10 mg for 6 weeks: it can be given again, and step 2 is not reached."""
    rules = read(
        {
            **DM,
            **NO_MUSCLE,
            "muscle.mmt8_of_150": 130,
            "therapy.methotrexate.given": True,
            "ild_grade": None,
            "antibody.mda5.positive": False,
            "antibody.mda5.selects_pathway": False,
        }
    )

    assert rules.indicated("methotrexate") is Truth.TRUE


def test_v06_a_weak_unconfirmed_band_selects_no_pathway(read: Read):
    """MDA5 weak, no ILD: not MDA5 disease, and the confirmation is asked for."""
    rules = read(
        {
            "diagnosis.entity": "amyopathic_dermatomyositis",
            "antibody.mda5.positive": True,
            "antibody.mda5.selects_pathway": False,
            "lung.ild": False,
            "lung.ild_stated": False,
            "lung.hrct.pattern": "normal",
            "lung.hrct.age_weeks": 1,
            "lung.fvc_percent_predicted": 98,
            "lung.dlco_percent_predicted": 85,
            "lung.spo2_rest_percent": 98,
            "lung.symptoms_worse": False,
            "lung.hrct.extent_percent": None,
        }
    )

    assert rules["mda5_disease"] is Truth.FALSE
    assert "AB-07-MDA5" in rules.alerts("warning")


def test_mda5_with_ild_starts_with_a_combination(read: Read):
    """A weak band with ILD counts as true: both combinations are shown at the first step."""
    rules = read(
        {
            **DM,
            **ILD2,
            "antibody.mda5.positive": True,
            "antibody.mda5.selects_pathway": False,
        }
    )

    assert rules["mda5_disease"] is Truth.TRUE
    for therapy in ("glucocorticoids", "tacrolimus", "mycophenolate", "cyclophosphamide", "tofacitinib"):
        place = rules.place(therapy)
        assert place is not None
        assert place[0] == 1
    assert rules.indicated("methotrexate") is Truth.FALSE


def test_v58_untried_immunoglobulin_caps_step_5(read: Read):
    """REF-D met, immunoglobulin never given: it is open, and step 5 needs a recorded decision."""
    rules = read(
        {
            **DM,
            **ILD2,
            **NO_MUSCLE,
            **failed(
                "methotrexate",
                "mycophenolate",
                "rituximab",
                "tofacitinib",
                failed=5,
                failed_beside_glucocorticoid=4,
                failed_key_agents=2,
                failed_further_agents=1,
                failed_step_1=2,
            ),
            "comorbidities.immunoglobulin_anaphylaxis": False,
            "labs.iga_deficiency": False,
            "labs.anti_iga_antibodies": False,
            "heart.heart_failure": "none",
            "comorbidities.venous_thromboembolism_months_ago": None,
            "washout.fcrn_blocker_incomplete": False,
            "heart.myocardial_infarction_or_stroke_months_ago": None,
            "heart.coronary_disease": None,
            "heart.revascularisation_or_tia_months_ago": None,
        }
    )

    assert rules.indicated("ivig") is Truth.TRUE
    assert rules.indicated("teclistamab") is Truth.TRUE
    for therapy in ("teclistamab", "cd19_car_t"):
        assert "REF-05" in rules.saying(therapy, "caution_high")


def test_v48_a_heart_of_unknown_severity_keeps_everything_undecided(read: Read):
    """Ku overlap with only "heart" stated: rituximab and mycophenolate may come, nothing is decided."""
    rules = read({"diagnosis.entity": "overlap_myositis", "heart.involvement": "present"}, history=False)

    for therapy in ("rituximab", "mycophenolate", "teclistamab"):
        assert rules.indicated(therapy) is Truth.UNKNOWN


@pytest.mark.parametrize(
    ("organ", "first", "second"),
    [
        (ILD2, ("mycophenolate", (1, 2)), ("rituximab", (2, 1))),
        ({"muscle.mmt8_of_150": 120}, ("methotrexate", (1, 3)), ("ivig", (2, 3))),
        ({"joints.active_arthritis": True}, ("methotrexate", (1, 5)), None),
    ],
)
def test_overlap_follows_the_leading_organ(
    read: Read, organ: dict[str, object], first: tuple[str, tuple[int, int]], second: object
):
    """Lung: mycophenolate, rituximab. Muscle: methotrexate, immunoglobulin. Joints: methotrexate."""
    rules = read({"diagnosis.entity": "overlap_myositis", **ACTIVE, **organ})

    assert rules.place(first[0]) == first[1]
    if isinstance(second, tuple):
        assert rules.place(second[0]) == second[1]


IBM = {"diagnosis.entity": "inclusion_body_myositis", "demographics.age_years": 70}


@pytest.mark.parametrize("history", [True, False])
def test_v21_no_immunosuppression_in_inclusion_body_myositis(read: Read, history: bool):
    """Raised CK and inflammation in the biopsy change nothing; exercise is there whatever the history."""
    rules = read({**IBM, "muscle.ck_ratio_to_uln": 4, "diagnosis.biopsy": "rimmed_vacuoles"}, history)

    closed = (
        "glucocorticoids",
        "methotrexate",
        "azathioprine",
        "rituximab",
        "cyclophosphamide",
        "tofacitinib",
        "efgartigimod",
        "teclistamab",
        "cd19_car_t",
        "plasma_exchange",
    )
    assert all(rules.indicated(therapy) is Truth.FALSE for therapy in closed)
    assert "NEV-04" in rules.saying("rituximab", "against")
    assert rules.indicated("exercise") is Truth.TRUE


def test_immunoglobulin_in_inclusion_body_myositis_only_for_dysphagia(read: Read):
    """A time-limited attempt, with a caution; without dysphagia no indication."""
    without = read({**IBM, "swallowing.dysphagia": "none", "swallowing.aspiration": False})
    with_it = read(
        {
            **IBM,
            "swallowing.dysphagia": "severe",
            "swallowing.aspiration": False,
            "activity.physician_global_0_10": 4,
        }
    )

    assert without.indicated("ivig") is Truth.FALSE
    assert with_it.indicated("ivig") is Truth.TRUE
    assert "P-IBM-IVIG-LIMIT" in with_it.saying("ivig", "caution")


V24 = {
    "diagnosis.entity": "dermatomyositis",
    "demographics.age_years": 60,
    "muscle.mmt8_of_150": 128,
    "muscle.ck_ratio_to_uln": 1,
    "muscle.mri_oedema": "none",
    "muscle.fatty_replacement": "severe",
    "activity.physician_global_0_10": 0.5,
    "activity.damage_global_0_10": 6,
}


@pytest.mark.parametrize("history", [True, False])
def test_v24_damage_is_not_treated_with_drugs(read: Read, history: bool):
    """Weak, no activity anywhere: every immunosuppressive step is not indicated; exercise is."""
    rules = read(V24, history)

    for therapy in ("glucocorticoids", "ivig", "rituximab", "tofacitinib", "cyclophosphamide", "teclistamab"):
        assert rules.indicated(therapy) is Truth.FALSE
        assert "ACT-01" in rules.saying(therapy, "against")
    assert rules.indicated("exercise") is Truth.TRUE


@pytest.mark.parametrize(
    "activity",
    [
        {"muscle.mri_oedema": "moderate"},
        {"muscle.ck_ratio_to_uln": 1.1},
        {"activity.physician_global_0_10": 1},
    ],
)
def test_any_sign_of_activity_is_not_damage_only(read: Read, activity: dict[str, object]):
    """Oedema, a CK above normal, or the physician's judgement each make it activity."""
    assert read({**V24, **activity})["damage_only"] is Truth.FALSE


V23 = {
    "diagnosis.entity": "polymyositis_unspecified",
    **ACTIVE,
    "muscle.mmt8_of_150": 120,
    **failed(
        "azathioprine",
        "methotrexate",
        "ivig",
        "rituximab",
        failed=5,
        failed_beside_glucocorticoid=4,
        failed_key_agents=2,
        failed_further_agents=1,
        failed_step_1=2,
    ),
}


@pytest.mark.parametrize(
    ("rechecked", "expected"),
    [
        ({}, Truth.UNKNOWN),
        ({"diagnosis.rechecked": False}, Truth.FALSE),
        ({"diagnosis.rechecked": True}, Truth.TRUE),
    ],
)
def test_v23_the_diagnosis_is_reviewed_before_steps_4_and_5(
    read: Read, rechecked: dict[str, object], expected: Truth
):
    """Unspecified polymyositis after five agents: steps 4 and 5 open only after the review."""
    rules = read({**V23, **rechecked})

    assert "ENT-03-REVIEW" in rules.alerts("warning")
    for therapy in ("efgartigimod", "teclistamab", "cd19_car_t"):
        assert rules.indicated(therapy) is expected


def test_ref_06_asks_before_refractory_is_accepted(read: Read):
    """Not rechecked: the first advice; it gates nothing."""
    rules = read({**V10, "diagnosis.rechecked": False})

    assert "REF-06" in rules.alerts("warning")
    assert rules.indicated("teclistamab") is Truth.TRUE


def test_a_trial_is_shown_from_step_2_upward(read: Read):
    """LAD-04, where the centre has one."""
    step_1 = read(
        {
            **DM,
            **NO_MUSCLE,
            "muscle.mmt8_of_150": 145,
            "centre.trial_available": True,
            "lung.ild": False,
            "lung.ild_stated": False,
            "lung.hrct.pattern": "normal",
            "lung.hrct.age_weeks": 1,
            "lung.symptoms_worse": False,
            "lung.spo2_rest_percent": 98,
            "antibody.mda5.positive": False,
            "ild_progression": False,
            "lung.hrct.extent_percent": None,
            "lung.fvc_percent_predicted": 95,
            "lung.dlco_percent_predicted": 90,
        }
    )
    step_2 = read({**DM, "muscle.mmt8_of_150": 118, "centre.trial_available": True})

    assert step_1.grade("ladder_step") == ("S1", "S1")
    assert step_1.indicated("clinical_trial") is Truth.FALSE
    assert step_2.indicated("clinical_trial") is Truth.TRUE


def test_brepocitinib_by_region(read: Read):
    """First JAK inhibitor in the US; in the EU an option of step 4."""
    facts = {
        **DM,
        "muscle.mmt8_of_150": 130,
        **failed("methotrexate", failed=2, failed_beside_glucocorticoid=1, failed_step_1=1),
    }
    us, eu = read({**facts, "region": "us"}), read({**facts, "region": "eu", "centre.trial_available": False})

    assert us.place("brepocitinib") == (2, 8)
    assert (us.place("brepocitinib") or (9, 9)) < (us.place("tofacitinib") or (0, 0))
    assert eu.indicated("brepocitinib") is Truth.FALSE


@pytest.mark.parametrize(
    ("mmt8", "expected"),
    [
        (150, "inactive"),
        (148, "inactive"),
        (147, "mild"),
        (142, "mild"),
        (141, "moderate"),
        (125, "moderate"),
        (124, "severe"),
    ],
)
def test_muscle_activity_boundaries(read: Read, mmt8: int, expected: str):
    """The classes of the activity table, at their borders."""
    facts = {**NO_MUSCLE, "muscle.mmt8_of_150": mmt8, "muscle.ck_ratio_to_uln": 1.2}
    assert read(facts).grade("muscle_activity") == (expected, expected)


@pytest.mark.parametrize(("ratio", "expected"), [(1.2, "inactive"), (1.3, "unclear"), (42, "unclear")])
def test_ck_alone_is_neither_inactive_nor_activity(read: Read, ratio: float, expected: str):
    """ACT-02: a raised CK with normal strength is not inactive, opens no step, and makes nothing active."""
    rules = read({**DM, **NO_MUSCLE, "muscle.ck_ratio_to_uln": ratio})

    assert rules.grade("muscle_activity") == (expected, expected)
    assert rules.grade("ladder_step")[0] != "S2"


@pytest.mark.parametrize(("ratio", "step"), [(9.9, "S0"), (10, "S2")])
def test_v17_necrotising_myopathy_with_ck_of_ten_times_the_limit(read: Read, ratio: float, step: str):
    """The pathway of necrotising myopathy has no limit of strength; other entities wait for activity."""
    facts = {**DM, **NO_MUSCLE, "diagnosis.entity": "immune_mediated_necrotising_myopathy"}

    assert (
        read({**facts, "muscle.ck_ratio_to_uln": ratio, "activity.physician_global_0_10": 0}).grade(
            "ladder_step"
        )[0]
        == step
    )


@pytest.mark.parametrize(
    ("cdasi", "expected"),
    [(5, "inactive"), (6, "mild"), (14, "mild"), (15, "moderate"), (24, "moderate"), (25, "severe")],
)
def test_skin_activity_boundaries(read: Read, cdasi: int, expected: str):
    """The classes of the activity table, at their borders."""
    facts = {"skin.cdasi_activity": cdasi, "skin.ulceration": False, "skin.signs": []}

    assert read(facts).grade("skin_activity") == (expected, expected)


def test_v35_a_score_of_unknown_scale_gives_no_class(read: Read):
    """MMT-8 of 78 without its scale: the activity stays open."""
    known = {k: v for k, v in NO_MUSCLE.items() if k != "muscle.mmt8_of_150"}

    assert read({**known, "muscle.mri_oedema": "none"}).grade("muscle_activity") == ("inactive", "severe")


def test_e3_in_inclusion_body_myositis_is_no_reason_for_immunoglobulin(read: Read):
    """Weak breathing muscles fire the emergency; immunoglobulin stays for dysphagia (NEV-04, P-IBM)."""
    ibm = {"diagnosis.entity": "inclusion_body_myositis", "muscle.mip_cmh2o": -25}
    rules = read({**ibm, "swallowing.dysphagia": "none", "swallowing.aspiration": False})

    assert "E3" in rules.alerts("emergency")
    assert rules.indicated("ivig") is Truth.FALSE
    assert read({**ibm, "swallowing.dysphagia": "severe"}).indicated("ivig") is Truth.TRUE


def test_v27_pregnancy_leaves_azathioprine_and_immunoglobulin(read: Read):
    """After failed step-1 agents the drugs that stay in pregnancy are listed all the same (P-PREG)."""
    facts = {
        **ASYS,
        **ILD2,
        **NO_MUSCLE,
        **failed("mycophenolate", "rituximab", failed=3, failed_step_1=1),
        "patient.pregnant": True,
    }
    rules = read(facts)

    for stays in ("azathioprine", "tacrolimus", "ivig"):
        assert rules.indicated(stays) is Truth.TRUE
    assert "P-PREG-CARE" in rules.alerts("warning")
    assert read({**facts, "patient.pregnant": False}).indicated("azathioprine") is Truth.FALSE


def test_methotrexate_comes_first_with_arthritis_and_no_ild(read: Read):
    """P-ASYS-NOILD: azathioprine first, methotrexate where there is arthritis."""
    no_ild = {**ASYS, **NO_MUSCLE, "muscle.mmt8_of_150": 140, "lung.ild": False, "lung.ild_stated": False}
    rules = read({**no_ild, "joints.active_arthritis": True})
    (joints,) = [r for r in rules.library.rules if r.id == "P-ASYS-NOILD-S1-MTX-JOINTS"]
    orders = {r.id: r.order for r in rules.library.rules}

    assert joints.order < orders["P-ASYS-NOILD-S1-AZA"] < orders["P-ASYS-NOILD-S1-MTX"]
