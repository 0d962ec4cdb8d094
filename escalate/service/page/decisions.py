"""The decision of a conference: the form in which it is written down, its entry in the log, and its pages."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime

from escalate.assessment import Assessment
from escalate.files.decision_log.conference import DECISIONS, WAYS, Conference, ForPatient, Subject, subject
from escalate.files.decision_log.decided import decided
from escalate.files.decision_log.entries import Given, assessment_entry, decision_entry
from escalate.library.model import Library
from escalate.problems import PatientRefused, UsageError
from escalate.report.days import long_day
from escalate.report.decision import patient_page, record_page
from escalate.report.html.decision_page import decision_html
from escalate.report.sheet_ways import WAY_TITLES
from escalate.service.answers import Recording
from escalate.service.details import Refusal
from escalate.service.logbook import Logbook
from escalate.service.page.asked import Asked, Made
from escalate.service.page.differ import word
from escalate.service.page.exports import Exported
from escalate.service.page.render import html
from escalate.service.page.views import assessed, refused
from escalate.texts import N_, _, speaking

FIELDS = (
    "therapy", "decision", "reason", "held_on", "present", "stop_if", "review_on",
    "treatment", "why", "next", "call_if", "contact",
)  # fmt: skip
Written = Mapping[str, str]
_WAY = "way:"  # before a way, in the list from which a therapy or a way is chosen
_WORDS = {"chosen": N_("chosen"), "declined": N_("declined"), "postponed": N_("postponed")}


@dataclass(frozen=True, slots=True)
class Checked:
    """A decision that can be recorded: the entry of its assessment, and what the conference said.

    `closing` are the rules that close its therapy, of whatever kind.
    """

    entry: Mapping[str, object]
    patient: str
    written: Written
    conference: Conference
    closing: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Recorded:
    """A decision in the log: both entries, its number and its hash."""

    checked: Checked
    decision: Mapping[str, object]
    hash: str


def form(library: Library, asked: Asked, sealed: str, written: Written) -> Made:
    """Where a decision is written down. Args: sealed, the token of the form."""
    with speaking(library.language):
        try:
            assessment = assessed(library, asked)
        except PatientRefused as refusal:
            return refused(library, asked, refusal)
        return _form(library, asked, assessment, sealed, {"held_on": asked.today.isoformat(), **written}, ())


def _form(
    library: Library,
    asked: Asked,
    assessment: Assessment,
    sealed: str,
    written: Written,
    problems: tuple[str, ...],
) -> Made:
    listed = [(o.therapy.id, o.therapy.name, word(o.verdict)) for o in assessment.proposal.options]
    context = {
        "title": _("The decision of the conference"),
        "library": library,
        "asked": asked,
        "file": asked.file,
        "patient": assessment.patient,
        "day": long_day(assessment.patient.assessed_on),
        "groups": [
            (_("Open"), [one for one in listed if one[2].is_open]),
            (_("Not open"), [one for one in listed if not one[2].is_open]),
        ],
        "ways": [(f"{_WAY}{one}", _(WAY_TITLES[one])) for one in WAYS],
        "decisions": [(one, _(_WORDS[one])) for one in DECISIONS],
        "written": {name: written.get(name, "") for name in FIELDS},
        "sealed": sealed,
        "problems": problems,
    }
    return Made(html("decide.html", asked.root, library.language, context), 422 if problems else 200)


def checked(
    library: Library, asked: Asked, sealed: str, written: Written, recording: Recording | None
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
        text = asked.file.raw.decode("utf-8") if recording.keep_input else None
        form_of_text = "json" if asked.file.name.lower().endswith(".json") else "yaml"
        given = Given(None, recording.overlay_digest, text, form_of_text)
        entry = assessment_entry(assessment, given, datetime.now(UTC))
        problems = []
        if not written["therapy"]:
            problems.append(_("Choose what was decided about."))
        if not written["decision"]:
            problems.append(_("Say what was decided."))
        try:
            closing = _closing(assessment, written["therapy"])
            found = Checked(entry, assessment.patient.id, written, _conference(written), closing)
            if not problems:
                decision = _entry(found, 0, "")  # says what is wrong before anything is recorded
                problems += _unsaid(decision)
        except UsageError as wrong:
            problems.append(str(wrong))
        if problems:
            return _form(library, asked, assessment, sealed, written, tuple(problems))
        return found


def _unsaid(decision: Mapping[str, object]) -> list[str]:
    """What a conference that departs from the list has to say on this page, and did not."""
    if not decision["departs"]:
        return []
    unsaid = []
    if not decision["stop_if"]:
        unsaid.append(_("This departs from the list: say what would stop it."))
    if decision["review_on"] is None:
        unsaid.append(_("This departs from the list: say on which day it is looked at again."))
    return unsaid


def _closing(assessment: Assessment, therapy: str | None) -> tuple[str, ...]:
    """The rules that exclude or defer a therapy: a verdict is the stronger of the two kinds alone."""
    option = next((o for o in assessment.proposal.options if o.therapy.id == therapy), None)
    closing = () if option is None else (*option.excluded_by, *option.deferred_by)
    return tuple(dict.fromkeys(reason.rule.id for reason in closing))


def _conference(written: Written) -> Conference:
    return Conference(
        held_on=_day(written["held_on"]),
        present=_lines(written["present"]),
        stop_if=_lines(written["stop_if"]),
        review_on=_day(written["review_on"]),
        for_patient=ForPatient(
            treatment=written["treatment"] or None,
            why=written["why"] or None,
            next=_lines(written["next"]),
            call_if=_lines(written["call_if"]),
            contact=written["contact"] or None,
        ),
    )


def _lines(text: str) -> tuple[str, ...]:
    return tuple(line.strip() for line in text.splitlines() if line.strip())


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        said = _("`{text}` is not a day; write it like 2026-03-31")
        raise UsageError(said.format(text=text[:60])) from None


def _entry(found: Checked, about: int, hashed: str) -> Mapping[str, object]:
    return decision_entry(
        about,
        found.entry,
        hashed,
        subject=_subject(found.written["therapy"]),
        decision=found.written["decision"],
        reason=found.written["reason"],
        now=datetime.now(UTC),
        conference=found.conference,
    )


def _subject(chosen: str) -> Subject:
    """Raises: UsageError for a way that is none."""
    way = chosen.removeprefix(_WAY) if chosen.startswith(_WAY) else None
    return subject(None if way is not None else chosen, way)


async def recorded(logbook: Logbook, found: Checked) -> Recorded:
    """The entry of the assessment, and behind it that of the decision. Raises: LogFailed."""
    head = await logbook.record([found.entry])
    assert head is not None  # `checked` refuses without a log
    decision = _entry(found, head.count, head.hash)
    last = await logbook.record([decision])
    assert last is not None
    return Recorded(found, {**decision, "number": last.count}, last.hash)


def done(library: Library, asked: Asked, found: Recorded) -> Made:
    """What was recorded, as the page for the record has it."""
    with speaking(library.language):
        held = found.checked
        page = record_page(
            found.decision,
            held.entry,
            library,
            hash=found.hash,
            patient=held.patient,
            closing=held.closing,
        )
        context = {
            "title": _("Recorded in the decision log"),
            "library": library,
            "asked": asked,
            "file": asked.file,
            "page": page,
            "number": found.decision["number"],
        }
        return Made(html("recorded.html", asked.root, library.language, context))


def page_of(library: Library, asked: Asked, url: str, number: int, whom: str) -> Exported:
    """A recorded decision as one page of A4, for the record or for the patient.

    Raises: PatientRefused; UsageError where there is no such decision about this patient.
    """
    with speaking(library.language):
        now = assessed(library, asked)
        pseudonym = now.patient.id
        found = decided(url, number, pseudonym)
        if whom == "patient":
            made = patient_page(found.decision, library, patient=pseudonym)
        else:
            entry = found.assessed
            # Another file of the patient, or other knowledge, says nothing about what was closed then.
            same = entry["input"]["sha256"] == now.patient.sha256
            same = same and entry["knowledge"]["digest"] == library.digest
            made = record_page(
                found.decision,
                entry,
                library,
                hash=found.hash,
                patient=pseudonym,
                closing=_closing(now, found.decision["therapy"]) if same else (),
            )
        name = f"decision-{number}-{'patient' if whom == 'patient' else 'record'}.html"
        return Exported(name, "text/html; charset=utf-8", decision_html(made).encode())
