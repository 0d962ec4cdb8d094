"""Patient and Condition, and the resources of which nothing is read: DiagnosticReport, Procedure, others."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from escalate.fhir.model import Candidate, Found, Hint, Item, Told
from escalate.fhir.observations import Context
from escalate.fhir.shapes import codings, mapping, named, objects, short, text
from escalate.fhir.times import When, when
from escalate.library.terms import UNVERIFIED
from escalate.texts import _

_SEXES = ("female", "male", "other")
_VOID = ("refuted", "entered-in-error", "cancelled")
_NOT_YET = ("registered", "partial", "preliminary", "unknown")
_NOT_CONFIRMED = ("unconfirmed", "provisional", "differential")
_NOT_DONE = ("not-done", "entered-in-error")
_PAST = ("inactive", "remission", "resolved")


def read_patient_resource(item: Item, today: date) -> Found:
    """Age on the day of the assessment and sex; a year of birth alone gives the two ages it may be."""
    resource = item.resource
    candidates: list[Candidate] = []
    rejected: list[str] = []
    ignored: list[str] = []
    born = when(resource.get("birthDate"))
    of_today = When(today, today, "")
    if born is not None and born.first <= today:
        oldest, youngest = _years(born.first, today), max(_years(born.last, today), 0)
        if oldest == youngest:
            candidates.append(Candidate("demographics.age_years", Told(str(oldest)), of_today, item))
        else:
            note = _("born {born}: {youngest} or {oldest} years").format(
                born=born.given, youngest=youngest, oldest=oldest
            )
            told = Told(bounds=(("at_least", str(youngest)), ("at_most", str(oldest))))
            candidates.append(Candidate("demographics.age_years", told, of_today, item, (), note))
    elif resource.get("birthDate") is not None:
        rejected.append(_("its birthDate is no date before the assessment"))
        lost = Candidate("demographics.age_years", Told(), of_today, item, unread=rejected[-1])
        candidates.append(lost)
    if resource.get("gender") in _SEXES:
        candidates.append(Candidate("demographics.sex", Told(text(resource["gender"])), None, item))
    elif resource.get("gender") not in (None, "unknown"):
        rejected.append(_("its gender is none of FHIR's"))
        candidates.append(Candidate("demographics.sex", Told(), None, item, unread=rejected[-1]))
    death, notes = death_of(resource), tuple(_out_of_use(resource))
    ignored += (*death, *notes)
    return Found(
        tuple(candidates), ignored=tuple(ignored), rejected=tuple(rejected), deaths=death, notes=notes
    )


def _out_of_use(resource: Mapping[str, Any]) -> Iterator[str]:
    """That the record is no longer the one of this patient."""
    if resource.get("active") not in (None, True):
        yield _("the record of the patient says that it is no longer in use")
    for link in objects(resource.get("link")):
        if link.get("type") == "replaced-by":
            other = short(mapping(link.get("other")).get("reference")) or "?"
            yield _("the record of the patient was replaced by {other}").format(other=other)


def death_of(resource: Mapping[str, Any]) -> tuple[str, ...]:
    """That the record says that the patient has died, with the day as it stands there; () where it does not.

    A value of the wrong type says so as well: who lives has `false`, or nothing.
    """
    on = resource.get("deceasedDateTime")
    if not on and not resource.get("deceasedBoolean"):
        return ()
    said, day = _("the record says that the patient has died"), short(on, 40)
    return (f"{said} ({day})" if day else said,)


def _years(born: date, today: date) -> int:
    return today.year - born.year - ((today.month, today.day) < (born.month, born.day))


def read_condition(item: Item, context: Context) -> Found:
    """A hint at the entity: no code tells the subtypes, so nothing is read from it."""
    resource = item.resource
    verified = _words(resource.get("verificationStatus"))
    void = [word for word in _VOID if word in verified]
    if void:
        return Found(ignored=(_("its verificationStatus is {status}").format(status=void[0]),))
    matches = {
        context.terms.diagnoses[coding.system, coding.code]
        for coding in codings(resource.get("code"))
        if (coding.system, coding.code) in context.terms.diagnoses
    }
    called = named(resource.get("code")) or "?"
    read = [match for match in matches if match[1] != UNVERIFIED]
    words = tuple(sorted({word for _entry, _grade, hints in read for word in hints}))
    if not words:
        return Found(ignored=(_("no field is read from the diagnosis {called}").format(called=called),))
    past = [word for word in _PAST if word in _words(resource.get("clinicalStatus"))]
    over = _(", and its clinicalStatus is {status}").format(status=past[0]) if past else ""
    unsure = [word for word in _NOT_CONFIRMED if word in verified]
    if unsure:
        over += _(", and its verificationStatus is {status}").format(status=unsure[0])
    because = _("{called}: subtype not determined from record{over}").format(called=called, over=over)
    return Found(hints=(Hint("diagnosis.entity", words, because, item),), ignored=(because,))


def _words(concept: Any) -> set[str]:
    return {text(coding.get("code")) for coding in objects(mapping(concept).get("coding"))}


def read_report(item: Item) -> Found:
    """The text of a report for the board: shown, never read; of a void one not even shown."""
    status = text(item.resource.get("status"))
    said = _("its status is {status}").format(status=short(status, 40))
    if status in _VOID:
        return Found(ignored=(said,))
    shown = short(item.resource.get("conclusion"), 1000)
    told = _("its text is shown and not read; its results stand for themselves")
    return Found(ignored=(told, said) if status in _NOT_YET else (told,), shown=shown)


def read_procedure(item: Item) -> Found:
    """No code of a procedure is read; that one was not done is said."""
    called = named(item.resource.get("code")) or "?"
    said = [_("no field is read from the procedure {called}").format(called=called)]
    status = text(item.resource.get("status"))
    if status in _NOT_DONE:
        said.append(_("its status is {status}").format(status=status))
    return Found(ignored=tuple(said))


def read_other(resource: Mapping[str, Any]) -> Found:
    """What is no resource of a kind that is read."""
    kind = short(resource.get("resourceType"), 40)
    if not kind:
        return Found(rejected=(_("it has no resourceType"),))
    return Found(ignored=(_("resources of the kind {kind} are not read").format(kind=kind),))
