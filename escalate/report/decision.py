"""The conference's decision as one page: for the record, or in plain words for the patient.

It stands on two entries of the decision log, the decision and the assessment it concerns. Nothing is added to
what they hold but how far a therapy is licensed: plain words are the conference's own, and what it did not
write is left blank.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from escalate.library.model import Library
from escalate.report.changes_said import verdict_words
from escalate.report.days import long_day
from escalate.report.decision_plain import plain_decision
from escalate.report.head import FOOTER
from escalate.report.sheet_ways import WAY_TITLES
from escalate.texts import N_, _, speaking

_OPEN = ("propose", "caution", "caution_high")
_DECIDED = {
    "chosen": N_("chosen"),
    "declined": N_("declined"),
    "postponed": N_("postponed"),
}


@dataclass(frozen=True, slots=True)
class Part:
    """A heading with its lines. Without lines `blank` says what is written there by hand, and how long."""

    title: str
    lines: tuple[str, ...]
    blank: str = ""
    blank_lines: int = 0
    is_list: bool = False


@dataclass(frozen=True, slots=True)
class DecisionPage:
    """One page: `kind` is record or patient; `notice` stands out, `code` is for the patient file."""

    kind: str
    language: str
    title: str
    lead: str
    notice: str
    parts: tuple[Part, ...]
    code: str
    signatures: tuple[str, ...]
    foot: tuple[str, ...]


def record_page(
    decision: Mapping[str, Any],
    assessed: Mapping[str, Any],
    library: Library,
    *,
    hash: str,
    patient: str | None = None,
    closing: Sequence[str] = (),
) -> DecisionPage:
    """The page for the record.

    Args: decision and assessed, the two entries; hash, that of the decision; patient, the pseudonym, of which
          an entry holds the digest alone; closing, every rule that closes the therapy, where the file is at
          hand: an entry names those of its verdict, and an excluded therapy may wait for something besides.
    """
    with speaking(library.language):
        about, therapy = decision["about"], decision["therapy"]
        verdict, rules = _verdict(decision)
        day = decision.get("held_on") or decision["recorded_at"][:10]
        parts = [
            Part(
                _("What was decided"),
                (
                    _decided(decision, library),
                    *_licence(
                        decision,
                        library,
                        _("not licensed for this use in the EU or the US"),
                        _("licensed in the EU or the US for these forms alone: {forms}"),
                    ),
                ),
            ),
            Part(
                _("What the list said"),
                _listed(verdict, rules, [rule for rule in closing if rule not in rules], library),
            )
            if verdict
            else Part(_("What the list said"), (_("it gives no verdict on what is no therapy"),)),
            Part(
                _("Why, and why it departs from the list") if _departs(decision) else _("Why"),
                (decision["reason"],) if decision["reason"].strip() else (),
                _("no reason is recorded"),
            ),
            Part(
                _("Who was present (roles)"),
                _one(", ".join(decision.get("present") or ())),
                _("not recorded"),
            ),
            Part(
                _("What would stop it"), tuple(decision.get("stop_if") or ()), _("not recorded"), is_list=True
            ),
            Part(
                _("Review"),
                _one(_long(decision["review_on"]) if decision.get("review_on") else None),
                _("no day is recorded"),
            ),
            Part(
                _("Also open on that day"),
                _also_open(assessed, therapy, library),
                _("nothing else"),
                is_list=True,
            ),
        ]
        departing = _("This departs from the list: {therapy}, {verdict}.")
        who = patient or _("digest {digest}").format(digest=decision["patient"][:16])
        return DecisionPage(
            kind="record",
            language=library.language,
            title=_("Decision of the case conference on {day}").format(day=_long(day)),
            lead=_("Patient {patient}, assessed on {day}").format(
                patient=who, day=_long(assessed["assessed_on"])
            ),
            notice=departing.format(therapy=_name(therapy, library), verdict=verdict_words(verdict))
            if _departs(decision)
            else "",
            parts=tuple(parts),
            code=_override(decision, rules, day) if verdict == "caution_high" and _departs(decision) else "",
            signatures=(_("Date"), _("Signature")),
            foot=(
                _(
                    "Entry {number} of the decision log, hash {hash}; about entry {about}, hash {about_hash}."
                ).format(
                    number=decision["number"], hash=hash, about=about["number"], about_hash=about["hash"]
                ),
                _("Knowledge {version}, {digest}; escalate {escalate}, {engine}.").format(
                    **assessed["knowledge"],
                    escalate=assessed["software"]["escalate"],
                    engine=assessed["software"]["engine"],
                ),
                _(FOOTER),
            ),
        )


def _licence(decision: Mapping[str, Any], library: Library, none: str, some: str) -> tuple[str, ...]:
    """`none` where no region licenses the therapy for anybody with myositis, `some` where one does for some.

    An entry does not hold the entity: whether this patient's is among the `{forms}` is for the reader to say.
    """
    if decision["therapy"] is None:
        return ()
    therapy = library.therapies.get(decision["therapy"])
    words = {therapy.status.get(region) for region in ("eu", "us")} if therapy is not None else {None}
    if words <= {"off_label", "investigational"}:
        return (none,)
    forms = therapy.approved_in if therapy is not None else ()
    labels = library.entities.labels
    return (some.format(forms=", ".join(labels.get(form, form) for form in forms)),) if forms else ()


def patient_page(
    decision: Mapping[str, Any], library: Library, *, patient: str | None = None
) -> DecisionPage:
    """The page for the patient, in plain words; what the conference did not write stays to be filled in."""
    with speaking(library.language):
        said = decision.get("for_patient") or {}
        what = plain_decision(decision, said.get("treatment"), _name(decision["therapy"] or "", library))
        day = decision.get("held_on") or decision["recorded_at"][:10]
        review = decision.get("review_on")
        contact = said.get("contact")
        return DecisionPage(
            kind="patient",
            language=library.language,
            title=_("What was decided about your treatment"),
            lead=_("On {day} doctors of several fields talked about your illness together.").format(
                day=_long(day)
            ),
            notice="",
            parts=(
                Part(
                    _("The decision"),
                    (
                        what,
                        *_licence(
                            decision,
                            library,
                            _("It is not licensed for your illness. Your doctors explain what that means."),
                            _("It is licensed for some forms of this illness only. Ask if yours is one."),
                        ),
                        _("You decide whether you want it."),
                    ),
                ),
                Part(_("Why"), _one(said.get("why")), _("Your doctor writes the reason here:"), 3),
                Part(
                    _("What happens next"),
                    tuple(said.get("next") or ()),
                    _("Your doctor writes the next steps here:"),
                    4,
                    is_list=True,
                ),
                Part(
                    _("Call at once if"),
                    tuple(said.get("call_if") or ()),
                    _("Your doctor writes here what you should call for:"),
                    4,
                    is_list=True,
                ),
                Part(_("Whom to call"), _one(contact), _("Telephone, also at night:"), 1),
                Part(
                    _("When we look at it again"),
                    _one(_long(review) if review else None),
                    _("Date:"),
                    1,
                ),
            ),
            code="",
            signatures=(),
            foot=(
                _("Nobody can promise that a treatment will help. Please ask whatever you want to know."),
                _("This page does not replace the talk with your doctor."),
                _("Patient: {patient}").format(patient=patient or "____________"),
            ),
        )


def _long(iso: str) -> str:
    return long_day(date.fromisoformat(iso))


def _one(text: str | None) -> tuple[str, ...]:
    return (text,) if text else ()


def _departs(decision: Mapping[str, Any]) -> bool:
    """Entries of before this was kept say it by their verdict."""
    stated = decision.get("departs")
    if isinstance(stated, bool):
        return stated
    return decision["decision"] == "chosen" and decision["verdict"]["verdict"] not in ("propose", "caution")


def _verdict(decision: Mapping[str, Any]) -> tuple[str, Sequence[str]]:
    """The verdict then and its rules; nothing where the decision is about no therapy."""
    held = decision["verdict"]
    return (held["verdict"], held["rules"]) if held is not None else ("", ())


def _decided(decision: Mapping[str, Any], library: Library) -> str:
    way = decision.get("way")
    name = _name(decision["therapy"], library) if way is None else _(WAY_TITLES[way])
    return _("{therapy}: {decision}").format(therapy=name, decision=_(_DECIDED[decision["decision"]]))


def _listed(verdict: str, rules: Sequence[str], besides: Sequence[str], library: Library) -> tuple[str, ...]:
    """The verdict with the rules it follows from; on a line of its own what closes the therapy besides."""
    named = _titles(rules, library)
    said = f"{verdict_words(verdict)} ({named})" if named else verdict_words(verdict)
    further = _("It is closed besides by {rules}.").format(rules=_titles(besides, library))
    return (said, further) if besides else (said,)


def _titles(rules: Sequence[str], library: Library) -> str:
    titles = {rule.id: rule.title for rule in library.rules}
    return "; ".join(f"{id}: {titles[id]}" if id in titles else id for id in rules)


def _also_open(assessed: Mapping[str, Any], therapy: str | None, library: Library) -> tuple[str, ...]:
    """What else could have been chosen, each verdict once."""
    held = {id: one["verdict"] for id, one in assessed["verdicts"].items() if id != therapy}
    names = {verdict: [_name(id, library) for id in held if held[id] == verdict] for verdict in _OPEN}
    return tuple(f"{verdict_words(verdict)}: {', '.join(found)}" for verdict, found in names.items() if found)


def _name(therapy: str, library: Library) -> str:
    known = library.therapies.get(therapy)
    return known.name if known is not None else therapy


def _override(decision: Mapping[str, Any], rules: Sequence[str], day: str) -> str:
    """Lines for the patient file, so that the next report shows the decision beside what it concerns."""
    until = decision.get("review_on")
    lines = ["overrides:"]
    for rule in rules:
        lines += [f"  - rule: {rule}", f"    therapy: {decision['therapy']}", f"    on_date: {day}"]
        lines += [f"    until: {until}"] if until else []
    return "\n".join(lines)
