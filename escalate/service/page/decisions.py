"""The decision of a conference: the form in which it is written down, and its entry in the decision log."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from escalate.assessment import Assessment
from escalate.files.decision_log.entries import DECISIONS, Given, assessment_entry
from escalate.library.model import Library
from escalate.options.verdict import Verdict
from escalate.problems import PatientRefused
from escalate.service.answers import Recording
from escalate.service.details import Refusal
from escalate.service.logbook import Logbook
from escalate.service.page.asked import Asked, Made
from escalate.service.page.differ import word
from escalate.service.page.render import html
from escalate.service.page.views import assessed, refused
from escalate.texts import N_, _, speaking

FIELDS = ("therapy", "decision", "reason")
_DECISION_WORDS = {"chosen": N_("chosen"), "declined": N_("declined"), "postponed": N_("postponed")}


@dataclass(frozen=True, slots=True)
class Checked:
    """A decision that can be recorded: the entry of its assessment, and what was decided about which therapy."""

    entry: Mapping[str, object]
    patient: str
    name: str
    verdict: str
    written: Mapping[str, str]


def form(
    library: Library, asked: Asked, sealed: str, written: Mapping[str, str], problems: tuple[str, ...]
) -> Made:
    """Where a decision is written down. Args: sealed, the token of the form."""
    with speaking(library.language):
        try:
            assessment = assessed(library, asked)
        except PatientRefused as refusal:
            return refused(library, asked, refusal)
        return _form(library, asked, assessment, sealed, written, problems)


def _form(
    library: Library,
    asked: Asked,
    assessment: Assessment,
    sealed: str,
    written: Mapping[str, str],
    problems: tuple[str, ...],
) -> Made:
    options = assessment.proposal.options
    context = {
        "title": _("The decision of the conference"),
        "library": library,
        "asked": asked,
        "file": asked.file,
        "patient": assessment.patient,
        "groups": [
            (
                _("Open for discussion"),
                [(o.therapy.id, o.therapy.name, word(o.verdict)) for o in options if o.verdict.is_open],
            ),
            (
                _("Not open"),
                [(o.therapy.id, o.therapy.name, word(o.verdict)) for o in options if not o.verdict.is_open],
            ),
        ],
        "decisions": [(one, _(_DECISION_WORDS[one])) for one in DECISIONS],
        "written": {name: written.get(name, "") for name in FIELDS},
        "sealed": sealed,
        "problems": problems,
    }
    return Made(html("decision.html", asked.root, library.language, context), 422 if problems else 200)


def checked(
    library: Library, asked: Asked, sealed: str, written: Mapping[str, str], recording: Recording | None
) -> Checked | Made:
    """What is to be recorded; a page where something is missing.

    Raises: Refusal where the service keeps no log.
    """
    with speaking(library.language):
        if recording is None:
            raise Refusal(409, "no-log", _("this service was started without a decision log (--log)"))
        try:
            assessment = assessed(library, asked)
        except PatientRefused as refusal:
            return refused(library, asked, refusal)
        option = next((o for o in assessment.proposal.options if o.therapy.id == written["therapy"]), None)
        problems = []
        if option is None:
            problems.append(_("Choose the therapy that was decided about."))
        if written["decision"] not in DECISIONS:
            problems.append(_("Say what was decided."))
        if not written["reason"]:
            problems.append(_("Give the reason in the conference's own words."))
        if option is None or problems:
            return _form(library, asked, assessment, sealed, written, tuple(problems))
        text = asked.file.raw.decode("utf-8") if recording.keep_input else None
        form_of_text = "json" if asked.file.name.lower().endswith(".json") else "yaml"
        given = Given(None, recording.overlay_digest, text, form_of_text)
        return Checked(
            assessment_entry(assessment, given, datetime.now(UTC)),
            assessment.patient.id,
            option.therapy.name,
            str(option.verdict),
            written,
        )


async def recorded(logbook: Logbook, decided: Checked) -> tuple[int, str]:
    """Number and hash of the entry of the decision, behind that of its assessment. Raises: LogFailed."""
    head = await logbook.record([decided.entry])
    assert head is not None  # `checked` refuses without a log
    written = decided.written
    last = await logbook.decide(head.count, written["therapy"], written["decision"], written["reason"])
    return last.count, last.hash


def done(library: Library, asked: Asked, decided: Checked, number: int, head: str) -> Made:
    """What was recorded, to be printed."""
    with speaking(library.language):
        context = {
            "title": _("Recorded in the decision log"),
            "library": library,
            "asked": asked,
            "file": asked.file,
            "decided": decided,
            "verdict": word(decided.verdict),
            "decision": _(_DECISION_WORDS[decided.written["decision"]]),
            "departs": (decided.written["decision"] == "chosen") != Verdict(decided.verdict).is_open,
            "number": number,
            "head": head,
        }
        return Made(html("recorded.html", asked.root, library.language, context))
