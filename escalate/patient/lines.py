"""Lines of therapy and what each counts as: the words of the contract, and the truths behind them.

Dossier 4.5 (IR-01 to IR-03) and 4.6. One word per entry is shown; rules count on the truths, because a word
cannot be half known: an entry below the minimum dose whose reason for stopping is not stated is shown as
`inadequate_trial`, while it stays UNKNOWN whether it was stopped for toxicity.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from escalate.library.model import Library
from escalate.patient.parameters import parameters_of
from escalate.patient.trials import Setting, Trial, read_trial, setting_of
from escalate.problems import Span
from escalate.texts import N_, _, figure
from escalate.truth import Truth

if TYPE_CHECKING:
    from escalate.patient.model import Patient, TherapyLine


@dataclass(frozen=True, slots=True)
class Line:
    """One entry of the history.

    `counts_as`: failed, stopped_for_toxicity, inadequate_trial, responded, running, unknown or not_a_line.
    `failed` is an adequate trial without effect, `not_tolerated` a stop for intolerance or a
    contraindication, `closed` either of them; `counts` is a reason for a higher step, which a
    contraindication is not (LAD-03); `not_again` also what is being given adequately.
    `tried_adequately` leaves the response open. `missing` are the fields that would settle what is UNKNOWN.
    """

    therapy: str
    counts_as: str
    because: str
    at: Span
    entry: int
    given: Truth
    present: Truth
    tried_adequately: Truth
    failed: Truth
    not_tolerated: Truth
    closed: Truth
    counts: Truth
    not_again: Truth
    relapsed: Truth
    in_order: bool  # its dates can all be true
    missing: tuple[str, ...]
    source: TherapyLine


def read_lines(
    patient: Patient, library: Library, blanked: frozenset[str] = frozenset()
) -> tuple[Line, ...] | None:
    """What each entry of `therapies` counts as; None while the history is unknown, () when treatment-naive.

    Args: blanked, field paths (`therapies[2].stopped_on`, `lung.ild`) that a contradiction made unknown.
    """
    if patient.therapies is None or "therapies" in blanked:
        return None
    parameters = parameters_of(library)
    setting = setting_of(patient, parameters, blanked)
    names = library.drugs.labels
    return tuple(
        _read(line, _disputed(line, blanked), names.get(line.drug, line.drug), setting)
        for line in patient.therapies
    )


def _disputed(line: TherapyLine, blanked: frozenset[str]) -> frozenset[str]:
    """The parts of an entry that a contradiction made unknown."""
    here = f"therapies[{line.entry}]."
    return frozenset(path[len(here) :] for path in blanked if path.startswith(here)) - {"drug"}


def _read(stated: TherapyLine, disputed: frozenset[str], name: str, setting: Setting) -> Line:
    if stated.status == "planned" and "status" not in disputed:
        return _not_a_line(stated, name)
    line: TherapyLine = replace(stated, **dict.fromkeys(disputed)) if disputed else stated  # type: ignore[arg-type]
    trial = read_trial(line, setting)
    disorder = _out_of_order(stated, setting)
    if disputed and not disorder:
        disorder = _cannot_be(stated, disputed)
    present = _present(stated, setting)
    if disputed & {"status", "stopped_on"} and not _stops_later(stated, setting):
        present = Truth.UNKNOWN
    effect = _without_effect(line)
    not_tolerated = _not_tolerated(line)
    failed = effect & trial.adequate
    closed, counts = failed | not_tolerated, failed | _intolerance(line)
    if disorder:
        # Such a line opens nothing; that the drug was not tolerated still closes it.
        failed, closed, counts = failed & Truth.UNKNOWN, Truth.UNKNOWN, Truth.UNKNOWN
    not_again = failed | not_tolerated | (present & trial.dose)
    counts_as, why = _word(line, trial, failed, not_tolerated, disorder)
    missing: tuple[str, ...] = ()
    if Truth.UNKNOWN in (failed, not_tolerated, not_again):
        missing = _missing(line, trial, effect, not_tolerated, present)
        if disorder:
            missing = _to_check(stated, disputed)
    return Line(
        therapy=line.drug,
        counts_as=counts_as,
        because=f"{name}{_facts(line)}: {why}",
        at=line.at,
        entry=line.entry,
        given=Truth.UNKNOWN if stated.status == "planned" else Truth.TRUE,
        present=present,
        tried_adequately=trial.adequate | not_tolerated,
        failed=failed,
        not_tolerated=not_tolerated,
        closed=closed,
        counts=counts,
        not_again=not_again,
        relapsed=Truth.of(None if line.response is None else line.response == "relapse_after_response"),
        in_order=not disorder,
        missing=missing,
        source=line,
    )


def _not_a_line(line: TherapyLine, name: str) -> Line:
    no = Truth.FALSE
    because = _("{name}: planned, so it is no line of therapy").format(name=name)
    return Line(
        line.drug, "not_a_line", because, line.at, line.entry,
        no, no, no, no, no, no, no, no, no, True, (), line,
    )  # fmt: skip


def _cannot_be(stated: TherapyLine, disputed: frozenset[str]) -> str:
    """What a contradiction says of the entry, for the reason why it is not counted."""
    if disputed <= {"dose", "adequate"}:
        return _("its dose `{dose}` cannot be right").format(dose=stated.dose)
    words = _(" and ").join(sorted(disputed)).replace("_", " ")
    return _("its {disputed} cannot be true together").format(disputed=words)


def _out_of_order(line: TherapyLine, setting: Setting) -> str:
    """What is impossible about the dates, or the empty string."""
    start, last, stop = line.started_on, line.last_dose_on, line.stopped_on
    if start and stop and start.first > stop.last:
        return _("it stops ({stop}) before it starts ({start})").format(stop=stop, start=start)
    if start and last and start.first > last.last:
        return _("its last dose ({last}) is before its start ({start})").format(last=last, start=start)
    if stop and last and last.first > stop.last:
        return _("its last dose ({last}) is after its stop ({stop})").format(last=last, stop=stop)
    if start and start.first > setting.assessed_on:
        return _("it starts ({start}) after the day of the assessment").format(start=start)
    if line.status == "ongoing" and line.stopped_for is not None:
        return _("it is marked as ongoing and as stopped")
    return ""


def _present(line: TherapyLine, setting: Setting) -> Truth:
    """Whether it is being given on the day of the assessment."""
    if _stops_later(line, setting):
        return Truth.TRUE
    stop = line.stopped_on
    if stop is not None:
        if stop.last > setting.assessed_on or line.status == "ongoing":
            return Truth.UNKNOWN
        return Truth.FALSE
    return Truth.of({"ongoing": True, "past": False}.get(line.status or ""))


def _stops_later(line: TherapyLine, setting: Setting) -> bool:
    """It is stopped on a day after the assessment, so it is still being given."""
    return line.stopped_on is not None and line.stopped_on.first > setting.assessed_on


def _without_effect(line: TherapyLine) -> Truth:
    """No effect by the stated response, or by the stated reason for stopping (a loss of effect too)."""
    if line.stopped_for == "inefficacy" or line.response in ("none", "worsening"):
        return Truth.TRUE
    if line.response in ("major", "moderate", "relapse_after_response"):
        settled = line.stopped_for is not None or line.status == "ongoing"
        return Truth.FALSE if settled else Truth.UNKNOWN
    return Truth.UNKNOWN


def _not_tolerated(line: TherapyLine) -> Truth:
    if line.stopped_for in ("intolerance", "contraindication"):
        return Truth.TRUE
    if line.stopped_for is not None or line.status == "ongoing":
        return Truth.FALSE
    return Truth.UNKNOWN


def _intolerance(line: TherapyLine) -> Truth:
    return _not_tolerated(line) & Truth.of(line.stopped_for != "contraindication")


def _word(
    line: TherapyLine, trial: Trial, failed: Truth, not_tolerated: Truth, disorder: str
) -> tuple[str, str]:
    """The contract's word for an entry and its reason."""
    if disorder:
        return "unknown", _("not counted, because {disorder}").format(disorder=disorder)
    if not_tolerated is Truth.TRUE:
        contraindicated = line.stopped_for == "contraindication"
        why = _("a contraindication") if contraindicated else _("stopped for intolerance")
        return "stopped_for_toxicity", why
    how = "; ".join(trial.why)
    ongoing = line.status == "ongoing"
    if failed is Truth.TRUE:
        return "failed", _("{effect} although the trial was adequate ({how})").format(
            effect=_effect(line), how=how
        )
    if line.stopped_for != "inefficacy" and line.response in ("major", "moderate", "relapse_after_response"):
        return "responded", _(_RESPONSES[line.response])
    if ongoing and trial.dose is not Truth.FALSE and trial.weeks is Truth.FALSE and _not_judged(line):
        return "running", _("too early to judge ({how})").format(how=how)
    if trial.adequate is Truth.FALSE:
        return "inadequate_trial", _("no adequate trial ({how})").format(how=how)
    if ongoing and line.response in (None, "minimal"):
        return "running", _("being given, with minimal response so far") if line.response else _(
            "being given"
        )
    if line.response == "minimal" and line.stopped_for != "inefficacy":
        return "unknown", _(
            "minimal response, and not stopped for inefficacy: neither a failure nor a response"
        )
    if line.response is None and line.stopped_for != "inefficacy":
        return "unknown", _("the response is not stated")
    return "unknown", _("{effect}, but whether the trial was adequate is not known ({how})").format(
        effect=_effect(line), how=how
    )


_RESPONSES = {
    "major": N_("major response"),
    "moderate": N_("moderate response"),
    "relapse_after_response": N_("response, then relapse"),
}


def _not_judged(line: TherapyLine) -> bool:
    """Nobody has said that the running trial is below the minimum."""
    return line.adequate is None and line.adherence != "poor"


def _effect(line: TherapyLine) -> str:
    if line.response in ("none", "worsening"):
        return _("no response") if line.response == "none" else _("worsening")
    return _("stopped for inefficacy")


def _facts(line: TherapyLine) -> str:
    """Dose, duration and dates as the file states them, for the sentence."""
    parts = [line.dose or ""]
    if line.weeks is not None:
        parts.append(_("{weeks} weeks").format(weeks=figure(line.weeks.normalize(), "f")))
    if line.courses is not None:
        parts.append(_("{courses} courses").format(courses=line.courses))
    if line.started_on or line.stopped_on:
        end = line.stopped_on or (_("now") if line.status == "ongoing" else "?")
        parts.append(_("{started_on} to {end}").format(started_on=line.started_on or "?", end=end))
    said = ", ".join(part for part in parts if part)
    return f" ({said})" if said else ""


def _missing(
    line: TherapyLine, trial: Trial, effect: Truth, not_tolerated: Truth, present: Truth
) -> tuple[str, ...]:
    here = f"therapies[{line.entry}]"
    paths: list[str] = []
    if present is Truth.UNKNOWN:
        paths.append(f"{here}.status")
    if effect is Truth.UNKNOWN and trial.adequate is not Truth.FALSE:
        ended = line.stopped_for is not None or line.status == "ongoing"
        paths.append(f"{here}.response" if line.response is None or ended else f"{here}.stopped_for")
    if not_tolerated is Truth.UNKNOWN:
        paths.append(f"{here}.stopped_for")
    if trial.adequate is Truth.UNKNOWN and effect is not Truth.FALSE:
        paths += trial.missing
    return tuple(dict.fromkeys(paths))


def _to_check(line: TherapyLine, disputed: frozenset[str]) -> tuple[str, ...]:
    """The statements of an entry of which one is wrong."""
    dates = [part for part in ("started_on", "last_dose_on", "stopped_on") if getattr(line, part) is not None]
    return tuple(f"therapies[{line.entry}].{part}" for part in sorted(disputed) or dates or ["status"])
