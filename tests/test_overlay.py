"""A centre's overlay: it tightens, it never loosens, and every report names it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from escalate import assess, load_knowledge, load_patient
from escalate.commands import cli
from escalate.language.evaluate import tests_of as in_condition
from escalate.library.model import Library
from escalate.problems import KnowledgeRefused

EXAMPLE = Path(__file__).parent.parent / "examples" / "refractory-antisynthetase.yaml"
HEAD = "name: Heart failure board\nbecause: Our own decision.\n"
STRICTER = "  - {rule: CARD-C3-LVEF, fact: heart.echo.lvef_percent, limit: 65, because: Board}\n"
OWN_RULE = """
- id: OWN-NIGHT
  title: Nobody answers a fever at night
  kind: defer
  for: bcma_t_cell_engager
  when: {condition}
  because: The centre requires it.
  basis: expert_judgement
"""


def overlay(tmp_path: Path, body: str, rules: str = "") -> Path:
    (tmp_path / "overlay.yaml").write_text(HEAD + body, encoding="utf-8")
    if rules:
        (tmp_path / "rules").mkdir()
        (tmp_path / "rules" / "own.yaml").write_text(rules, encoding="utf-8")
    return tmp_path


def refused(folder: Path) -> list[str]:
    with pytest.raises(KnowledgeRefused) as caught:
        load_knowledge(overlay=folder)
    return [problem.code for problem in caught.value.problems]


def run(*arguments: str) -> Result:
    return CliRunner().invoke(cli, arguments)


def verdict(library: Library, therapy: str = "teclistamab") -> str:
    return str(assess(load_patient(EXAMPLE, library), library).option(therapy).verdict)


def test_a_stricter_limit_closes(tmp_path: Path) -> None:
    """The example's LVEF of 62 % is open as shipped and closed where the centre asks for 65 %."""
    stricter = load_knowledge(overlay=overlay(tmp_path, "limits:\n" + STRICTER))

    assert verdict(load_knowledge()) == "propose"
    assert verdict(stricter) == "excluded"


def test_a_looser_limit_is_refused(tmp_path: Path) -> None:
    """40 % instead of 45 % would open an engager for a weaker heart."""
    folder = overlay(tmp_path, "limits:\n" + STRICTER.replace("65", "40"))

    assert refused(folder) == ["loosens"]


def test_a_limit_that_rules_read_both_ways_is_refused(tmp_path: Path) -> None:
    """The lung grade closes some therapies and opens others: no number is stricter for all."""
    limit = "  - {rule: ILD3-FVC, fact: lung.fvc_percent_predicted, limit: 55, because: Board}\n"

    assert refused(overlay(tmp_path, "limits:\n" + limit)) == ["both-directions"]


@pytest.mark.parametrize(
    "limit",
    [
        # An infection defers where the course is not rapid: who narrows that defers more, and is told later.
        "{rule: HYPOXIA, fact: lung.spo2_rest_percent, limit: 85, because: Board}",
        "{rule: RP-HYPOXIA, fact: lung.symptoms_worsening_weeks, limit: 4, instead_of: 13, because: Board}",
        "{rule: RP-IMAGE, fact: lung.symptoms_worsening_weeks, limit: 4, instead_of: 13, because: Board}",
        "{rule: E1, fact: lung.symptoms_worsening_weeks, limit: 4, instead_of: 13, because: Board}",
        "{rule: E4, fact: swallowing.weight_loss_percent, limit: 20, because: Board}",
        "{rule: CARD-C3-LVEF, fact: heart.echo.lvef_percent, limit: 40, because: Board}",
    ],
)
def test_an_emergency_is_never_announced_later(tmp_path: Path, limit: str) -> None:
    """Neither in its own rule nor in a finding that it reads, whatever else would close by it."""
    codes = refused(overlay(tmp_path, f"limits:\n  - {limit}\n"))

    assert set(codes) <= {"loosens", "both-directions"}


def test_an_emergency_may_be_announced_earlier(tmp_path: Path) -> None:
    """A centre may ask for the swallow at a smaller loss of weight."""
    limit = "  - {rule: E4, fact: swallowing.weight_loss_percent, limit: 5, because: Board}\n"

    assert load_knowledge(overlay=overlay(tmp_path, "limits:\n" + limit)).overlay is not None


OWN_ALERT = """
- id: OWN-ALERT
  title: The oximeter of the ward
  kind: alert
  {alert}
  when: lung.oxygen_need
  because: The centre says so.
  basis: expert_judgement
"""


@pytest.mark.parametrize(
    "alert",
    [
        "alert: contradiction\n  makes_unknown: [lung.spo2_rest_percent]",
        "alert: scope\n  scope: bcma_safety_only",
        "alert: emergency\n  do:\n    - {text: A pulse, therapies: [glucocorticoid_pulse]}",
    ],
)
def test_an_alert_of_the_centre_silences_nothing_and_starts_nothing(tmp_path: Path, alert: str) -> None:
    """A fact made unknown announces no emergency and closes no option; another scope drops rules; what an
    emergency starts is indicated by it."""
    assert "loosens" in refused(overlay(tmp_path, "", OWN_ALERT.format(alert=alert)))


@pytest.mark.parametrize(
    "alert", ["alert: warning", "alert: emergency\n  do: [The chest physician is called.]"]
)
def test_an_alert_of_the_centre_warns(tmp_path: Path, alert: str) -> None:
    """What is only said, and an emergency of the centre's own, is more and never less."""
    library = load_knowledge(overlay=overlay(tmp_path, "", OWN_ALERT.format(alert=alert)))

    assert "OWN-ALERT" in {rule.id for rule in library.rules}


def test_a_rule_of_the_centre_takes_no_emergencys_place(tmp_path: Path) -> None:
    """An id is taken once."""
    own = OWN_ALERT.format(alert="alert: warning").replace("OWN-ALERT", "E1")

    assert refused(overlay(tmp_path, "", own)) == ["duplicate-id"]


def test_no_parameter_that_a_centre_may_set_is_read_by_an_emergency(library: Library) -> None:
    """Washouts and adequate trials go into facts of the history, and no emergency turns on one of these."""
    ways = library.parameters["overlayable"]
    assert isinstance(ways, Mapping)
    assert {str(key).partition(".")[0] for key in ways} == {"washouts", "fcrn_washout", "adequate_trials"}
    read: set[str] = set()
    waiting = [
        test.name for rule in library.rules if rule.alert == "emergency" for test in in_condition(rule.when)
    ]
    while waiting:
        name = waiting.pop()
        if name not in read:
            read.add(name)
            proving = (rule for rule in library.rules if rule.kind == "finding" and rule.targets[0] == name)
            waiting += [test.name for rule in proving for test in in_condition(rule.when)]

    assert "rp_ild" in read
    assert [name for name in read if name.startswith(("washout.", "lines.", "therapy."))] == []


@pytest.mark.parametrize(
    ("limit", "code"),
    [
        ("{rule: CARD-C3-LVFE, fact: heart.echo.lvef_percent, limit: 60, because: B}", "unknown-rule"),
        ("{rule: CARD-C3-LVEF, fact: heart.nyha, limit: 60, because: B}", "unknown-limit"),
        ("{rule: CARD-C3-LVEF, fact: heart.echo.lvef_percent, limit: 600, because: B}", "out-of-range"),
        ("{rule: CARD-C3-LVEF, fact: heart.echo.lvef_percent, limit: 45, because: B}", "no-change"),
        ("{rule: CARD-C3-LVEF, fact: heart.echo.lvef_percent, limit: 60}", "missing-key"),
    ],
)
def test_what_cannot_be_set_is_named(tmp_path: Path, limit: str, code: str) -> None:
    """A typing error in an overlay never falls back to the shipped limit in silence."""
    assert code in refused(overlay(tmp_path, f"limits:\n  - {limit}\n"))


def test_a_longer_washout_is_taken_and_a_shorter_one_refused(tmp_path: Path) -> None:
    """Parameters of derived facts name in knowledge/parameters which direction is stricter."""
    longer = "parameters:\n  - {key: washouts.methotrexate.days, value: 28, because: Board}\n"
    library = load_knowledge(overlay=overlay(tmp_path, longer))

    assert library.parameters["washouts"]["methotrexate"]["days"] == 28  # type: ignore[index]
    assert refused(overlay(tmp_path, longer.replace("28", "7"))) == ["loosens"]
    assert refused(overlay(tmp_path, longer.replace("days", "hours"))) == ["unknown-parameter"]


def test_a_rule_of_the_centre_closes(tmp_path: Path) -> None:
    """What no number can say is a rule of its own."""
    rule = OWN_RULE.format(condition="demographics.age_years >= 50")
    library = load_knowledge(overlay=overlay(tmp_path, "", rule))

    assert verdict(library) == "deferred"
    assert verdict(library, "cd19_car_t") == "propose"


def test_a_rule_of_the_centre_cannot_open(tmp_path: Path) -> None:
    """An indication is the knowledge base's own."""
    rule = OWN_RULE.format(condition="demographics.age_years >= 50").replace("defer", "indicate")

    assert "loosens" in refused(overlay(tmp_path, "", rule))


def test_the_reports_name_the_overlay(tmp_path: Path) -> None:
    """Text and JSON say whose limit it is, what it was before, and have a digest of their own."""
    folder = str(overlay(tmp_path, "limits:\n" + STRICTER))

    told = run("assess", str(EXAMPLE), "--overlay", folder, "--plain")
    explained = run("explain", str(EXAMPLE), "teclistamab", "--overlay", folder)
    as_json = json.loads(run("assess", str(EXAMPLE), "--overlay", folder, "--format", "json").stdout)

    assert "Overlay active: Heart failure board. Our own decision." in told.stdout
    assert "LVEF below 45 % [overlay: heart.echo.lvef_percent < 65]" in " ".join(explained.stdout.split())
    assert as_json["knowledge"]["overlay"]["changes"][0]["old"] == "heart.echo.lvef_percent < 45"
    assert as_json["knowledge"]["digest"] != load_knowledge().digest


def test_a_missing_overlay_is_an_error_not_the_shipped_limits(tmp_path: Path) -> None:
    """Whoever asked for stricter limits is told that they are not there."""
    nowhere = tmp_path / "nowhere"

    assert refused(nowhere) == ["missing-file"]
    assert run("assess", str(EXAMPLE), "--overlay", str(nowhere)).stdout == ""
