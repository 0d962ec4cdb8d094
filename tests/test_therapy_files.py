"""What stands in the files of knowledge/therapies and in the register of evidence."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from escalate.assessment import Assessment
from escalate.options.model import NotIndicated, Option
from escalate.report.document import document

KNOWLEDGE = Path(__file__).parents[1] / "knowledge"


def _read(path: Path) -> dict[str, Any]:
    loaded = yaml.safe_load(path.read_text(encoding="utf-8"))
    assert isinstance(loaded, dict)
    return loaded


THERAPIES = {p.stem: _read(p) for p in sorted((KNOWLEDGE / "therapies").glob("*.yaml"))}
EVIDENCE = _read(KNOWLEDGE / "evidence.yaml")


@pytest.mark.parametrize("therapy", THERAPIES.values(), ids=list(THERAPIES))
def test_a_therapy_speaks_of_published_doses_and_names_its_sources(therapy: Mapping[str, Any]) -> None:
    """A listed therapy has a dose text that is no order, an evidence level and entries of the register."""
    assert set(therapy["status"]) == {"eu", "us", "verified_on"}
    assert set(therapy["evidence"]) <= set(EVIDENCE)
    dose = therapy.get("dose", "")
    assert not re.search(r"\b(give|take|start with|administer|must)\b", dose)
    if therapy["listed"]:
        assert therapy["evidence"]
        assert dose.startswith(("Usual published", "No dose is shown"))
    if therapy["id"] in {"elranatamab", "linvoseltamab"}:
        assert not therapy["listed"]
        assert not dose


def test_methotrexate_names_the_weekday_rule() -> None:
    """A daily dose of methotrexate kills: every dose text says once weekly."""
    assert "once WEEKLY" in THERAPIES["methotrexate"]["dose"]
    assert "never daily" in THERAPIES["methotrexate"]["dose"]


def test_the_classes_of_the_contract_hold_their_members() -> None:
    """The class names that rules are written for."""

    def members(of: str) -> set[str]:
        return {name for name, therapy in THERAPIES.items() if of in therapy["classes"]}

    assert members("bcma_t_cell_engager") == {"teclistamab", "elranatamab", "linvoseltamab"}
    assert members("car_t") == {"cd19_car_t", "bcma_car_t"}
    assert members("jak_inhibitor") == {
        "tofacitinib",
        "baricitinib",
        "ruxolitinib",
        "upadacitinib",
        "brepocitinib",
    }
    assert members("calcineurin_inhibitor") == {"tacrolimus", "ciclosporin"}
    assert members("cd20_antibody") == {"rituximab"}
    assert members("fcrn_inhibitor") == {"efgartigimod", "nipocalimab"}
    assert members("c5_inhibitor") == {"zilucoplan", "eculizumab", "ravulizumab"}
    assert members("cd38_antibody") == {"daratumumab"}
    assert members("antimetabolite") == {"azathioprine", "methotrexate", "mycophenolate"}
    assert members("immunoglobulin") == {"ivig", "scig"}


def test_a_negative_trial_speaks_against() -> None:
    """The register says of each source in which direction it speaks."""
    for source in ("R8", "R10", "R11", "R12", "R13", "R14", "R33", "E63", "E71", "E92"):
        assert EVIDENCE[source]["direction"] == "against"
    assert {entry["direction"] for entry in EVIDENCE.values()} == {"for", "against", "neutral"}


@pytest.mark.parametrize("therapy", THERAPIES.values(), ids=list(THERAPIES))
def test_a_therapy_stands_in_a_file_of_its_name(therapy: Mapping[str, Any]) -> None:
    """One file a therapy, so that a change of one is a change of one file."""
    assert THERAPIES[therapy["id"]] is therapy


def test_teclistamab_is_shown_for_discussion_and_with_its_deaths() -> None:
    """The option nearest to an experiment says so first, counts its harm, names its model's limits."""
    therapy = THERAPIES["teclistamab"]
    assert "Open for discussion, off-label, case series" in therapy["warnings"][0]
    assert any("Two of 18 patients died" in text for text in therapy["warnings"])
    assert any("exploratory" in text and "myeloma" in text for text in therapy["warnings"])
    assert therapy["pk_model"] == "teclistamab_miao_2023"
    assert set(therapy["for_and_against"]) == {"for", "against"}


def test_an_approval_names_entities_that_exist() -> None:
    """`approved_in` is read against the patient's entity, so it must spell entities."""
    entities = _read(KNOWLEDGE / "entities.yaml")
    for therapy in THERAPIES.values():
        assert set(therapy.get("approved_in", [])) <= set(entities), therapy["id"]
        assert not therapy.get("approved_in") or "approved" in therapy["status"].values()


@pytest.mark.parametrize(
    ("entity", "ivig", "azathioprine"),
    [
        ("dermatomyositis", "approved", "approved"),
        ("polymyositis_unspecified", "off_label", "approved"),
        ("antisynthetase_syndrome", "off_label", "off_label"),
        (None, "off_label", "off_label"),
    ],
)
def test_no_approval_is_claimed_for_another_disease(
    variant: Callable[..., Assessment], entity: str | None, ivig: str, azathioprine: str
) -> None:
    """NEV-10: immunoglobulin is approved in dermatomyositis only, glucocorticoids in no one entity."""
    assessment = variant({"diagnosis.entity": entity})
    judged: list[Option | NotIndicated] = [*assessment.proposal.options, *assessment.proposal.not_indicated]
    status = {option.therapy.id: option.therapy.status_in(entity)["eu"] for option in judged}

    assert (status["ivig"], status["azathioprine"]) == (ivig, azathioprine)
    assert status["glucocorticoids"] == "approved"
    options: Any = document(assessment)["options"]
    shown = {option["therapy"]: option["status"]["eu"] for option in options}
    assert shown["ivig"] == ivig
