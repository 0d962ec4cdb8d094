"""Cards: what is said about a patient in a line, with the rest behind it, and what may be done about it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid5

from escalate.assessment import Assessment
from escalate.findings.say import say
from escalate.library.model import Library
from escalate.options.model import Alert, NotIndicated, Option
from escalate.options.verdict import Verdict
from escalate.problems import printable
from escalate.report.calendar import verdict_line
from escalate.report.counts import Counts, counted
from escalate.service.hooks.call import Call
from escalate.service.hooks.services import KNOWLEDGE_SYSTEM, override_reasons
from escalate.texts import N_, _, ngettext

_SUMMARY = 139  # characters: the specification says fewer than 140
_LAST_STEP = 5
_SHOWN = 10  # lines of a kind in a card; the page has them all
_MARKS = str.maketrans({c: f"\\{c}" for c in "\\`*_{}[]<>()#+!|~"})
_CLOSED = (Verdict.EXCLUDED, Verdict.DEFERRED)
Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Board:
    """What every card of one call has in common."""

    call: Call
    library: Library
    page: str  # the address of the page

    def card(self, name: str, indicator: str, summary: str, detail: Sequence[str], **more: object) -> Json:
        """One card; `name` tells it from the others of the call, and makes its uuid."""
        return {
            "uuid": self.uuid(name),
            "summary": cut(summary),
            "detail": "\n".join(detail),
            "indicator": indicator,
            "source": self._source(),
            **more,
            "links": [{"label": _("Open the page of the conference"), "url": self.page, "type": "absolute"}],
        }

    def uuid(self, name: str) -> str:
        """The same for the same call: a repeated call gives the same card."""
        return str(uuid5(UUID(self.call.instance), f"{self.call.service}/{name}"))

    def suggestion(self, name: str, label: str, action: Json) -> Json:
        """One thing that the user may accept."""
        return {"label": cut(label), "uuid": self.uuid(name), "actions": [action]}

    def _source(self) -> Json:
        library = self.library
        topic = {
            "system": KNOWLEDGE_SYSTEM,
            "code": library.version,
            "display": _("Knowledge {version}, {digest}").format(
                version=library.version, digest=library.digest[:19]
            ),
        }
        return {"label": "escalate", "url": self.page, "topic": topic}


def patient_cards(
    board: Board, assessment: Assessment, unread: Sequence[str], noticed: Sequence[str]
) -> list[Json]:
    """The cards for a chart: emergencies first, then where the patient stands."""
    proposal = assessment.proposal
    emergencies = [alert for alert in proposal.alerts if alert.kind == "emergency"]
    return [
        *(_emergency(board, alert) for alert in emergencies),
        _overview(board, assessment, unread, noticed),
    ]


def order_card(board: Board, assessment: Assessment, therapy: str, order: str) -> Json | None:
    """The card for a selected drug; None where nothing stands against it."""
    judged = assessment.option(therapy)
    name, verdict = judged.therapy.name, judged.verdict
    if verdict is Verdict.PROPOSE:
        return None
    heads = {
        Verdict.EXCLUDED: ("warning", N_("{name} is excluded: {reason}")),
        Verdict.DEFERRED: ("warning", N_("{name} is deferred: {reason}")),
        Verdict.CAUTION_HIGH: (
            "warning",
            N_("{name} only with a recorded decision of the conference: {reason}"),
        ),
        Verdict.CAUTION: ("info", N_("{name} with caution: {reason}")),
        Verdict.DATA_NEEDED: ("info", N_("{name} cannot be judged yet: {reason}")),
        Verdict.NOT_INDICATED: ("info", N_("{name} is not indicated: {reason}")),
    }
    indicator, summary = heads[verdict]
    reasons, detail = _told(judged)
    more: Json = {"overrideReasons": override_reasons()}
    if verdict in _CLOSED:
        action = {"type": "delete", "description": _("Take the draft order back"), "resourceId": order}
        label = _("Take back the order of {name}").format(name=name)
        more |= {
            "suggestions": [board.suggestion(f"{order}/delete", label, action)],
            "selectionBehavior": "at-most-one",
        }
    said = _(summary).format(name=name, reason=reasons[0] if reasons else say(str(verdict)))
    status = [marked(_standing(assessment, judged)), ""]
    return board.card(order, indicator, said, [*status, *detail, *_foot()], **more)


def unclear_card(board: Board, words: Sequence[str]) -> Json:
    """The card where a myositis is recorded in words that leave open which one it is."""
    summary = _("A myositis is recorded, which one is not clear from the codes; nothing is assessed")
    return board.card(
        "unclear", "info", summary, [*(f"- {marked(word)}" for word in words[:_SHOWN]), *_foot()]
    )


def death_card(board: Board, said: str) -> Json:
    """The card before those of the orders where the record says that the patient has died."""
    told = _("Check whether this is the right patient, and whether the record is right.")
    summary = said[:1].upper() + said[1:]
    return board.card("death", "warning", summary, [f"{marked(summary)}.", "", told, *_foot()])


def not_judged_card(board: Board, order: str, name: str, why: str) -> Json:
    """The card for a drug that is not judged: silence would be read as `nothing stands against it`."""
    summary = _("Not judged: {name}; {reason}").format(name=name, reason=why)
    told = _("Nothing was looked at for this order: that does not mean that nothing stands against it.")
    return board.card(order, "info", summary, [f"{marked(name)}: {marked(why)}.", "", told, *_foot()])


def _emergency(board: Board, alert: Alert) -> Json:
    detail = [marked(reason) for reason in alert.because]
    if alert.do:
        detail += ["", f"**{_('Now')}**", *(f"- {marked(one)}" for one in alert.do)]
    if alert.do_not:
        detail += ["", f"**{_('Not')}**", *(f"- {marked(one)}" for one in alert.do_not)]
    summary = _("Emergency: {title}").format(title=alert.title)
    return board.card(f"emergency/{alert.id}", "critical", summary, [*detail, *_foot()])


def _summary(counts: Counts, asked: int) -> Iterator[str]:
    """The overview in one line: what is open without more, and what is not."""
    said = ngettext("{count} option is open", "{count} options are open", counts.open)
    yield said.format(count=counts.open)
    if counts.override:
        yield _("{count} only with an override").format(count=counts.override)
    yield ngettext("{count} is closed", "{count} are closed", counts.closed).format(count=counts.closed)
    yield ngettext("{count} fact is missing", "{count} facts are missing", asked).format(count=asked)


def _overview(board: Board, assessment: Assessment, unread: Sequence[str], noticed: Sequence[str]) -> Json:
    proposal = assessment.proposal
    options = proposal.options
    opened = [o for o in options if o.verdict.is_open]
    closed = [o for o in options if o.verdict in _CLOSED]
    asked = proposal.questions
    if proposal.scope == "out_of_scope":
        alert = next((one for one in proposal.alerts if one.kind == "scope"), None)
        summary = alert.title if alert else _("This patient is outside what is assessed here")
    else:
        summary = "; ".join(_summary(counted(options), len(asked)))
    detail = [marked(one.title) for one in proposal.alerts if one.kind != "emergency"]
    if opened:
        detail += ["", f"**{_('Open for discussion')}**"]
        detail += _few([f"- {marked(_standing(assessment, o))}" for o in opened])
    if closed:
        detail += ["", f"**{_('Closed')}**"]
        detail += _few([f"- {marked(o.therapy.name)}: {marked(_told(o)[0][0])}" for o in closed])
    more: Json = {"overrideReasons": override_reasons()}
    if asked:
        detail += ["", f"**{_('To be measured or found out first')}**"]
        detail += _few([f"- {marked(one.ask)}" for one in asked])
        more |= {
            "suggestions": [
                board.suggestion(
                    f"ask/{one.fact}",
                    _("Ask for: {what}").format(what=one.ask),
                    _request(one.ask, board.call.patient_id),
                )
                for one in asked[:3]
            ],
            "selectionBehavior": "at-most-one",
        }
    if noticed:
        detail += ["", f"**{_('Noticed in the record')}**", *_few([f"- {marked(one)}" for one in noticed])]
    if unread:
        detail += ["", f"**{_('What could not be read')}**", *_few([f"- {marked(one)}" for one in unread])]
    if board.call.not_given:
        keys = ", ".join(board.call.not_given)
        detail += ["", _("Not given by the record system: {keys}").format(keys=keys)]
    return board.card("overview", "info", summary, [*detail, *_foot()], **more)


def _standing(assessment: Assessment, judged: Option | NotIndicated) -> str:
    """The verdict with the regulatory status, and at the last step the counts: never like an approval."""
    said = verdict_line(assessment, judged)
    if isinstance(judged, NotIndicated) or judged.step != _LAST_STEP:
        return said
    return "; ".join((said, *(line.rstrip(".") for line in judged.therapy.headline[:1])))


def _told(judged: Option | NotIndicated) -> tuple[list[str], list[str]]:
    """The reasons for a verdict in short, and all of them as lines of markdown."""
    if isinstance(judged, NotIndicated):
        return list(judged.because), [f"- {marked(one)}" for one in judged.because]
    if judged.verdict is Verdict.DATA_NEEDED and judged.missing:
        asked = [one.ask for one in judged.missing]
        return asked, [_("These would settle it:"), *_few([f"- {marked(one)}" for one in asked])]
    reasons = {
        Verdict.EXCLUDED: judged.excluded_by,
        Verdict.DEFERRED: judged.deferred_by,
        Verdict.DATA_NEEDED: judged.unsettled,  # nothing is missing, but something is too old or contradicts
    }.get(judged.verdict, judged.cautions)
    short = [(one.brief or one.because or (one.rule.title,))[0] for one in reasons]
    lines = []
    for one in reasons:
        lines.append(f"- **{marked(one.rule.title)}** ({one.rule.id})")
        lines += [f"  - {marked(why)}" for why in one.because]
    return short, lines


def _request(what: str, patient_id: str) -> Json:
    resource = {
        "resourceType": "ServiceRequest",
        "status": "draft",
        "intent": "proposal",
        "code": {"text": printable(what)},
        "subject": {"reference": f"Patient/{patient_id}"},
    }
    return {"type": "create", "description": printable(what), "resource": resource}


def _few(lines: list[str]) -> list[str]:
    if len(lines) <= _SHOWN:
        return lines
    rest = len(lines) - _SHOWN
    return [*lines[:_SHOWN], ngettext("- and {count} more", "- and {count} more", rest).format(count=rest)]


def _foot() -> list[str]:
    return ["", _("Options for a case conference, not orders; not a medical device.")]


def cut(text: str) -> str:
    """One line that is short enough for a card's summary or a button."""
    line = " ".join(printable(text.replace("\n", " ")).split())
    return line if len(line) <= _SUMMARY else f"{line[: _SUMMARY - 1].rstrip()}…"


def marked(text: str) -> str:
    """A text inside markdown: nothing in it is taken for markup, a link or HTML."""
    return printable(text.replace("\n", " ")).translate(_MARKS)


def uuids(cards: Sequence[Mapping[str, Any]]) -> list[str]:
    """The uuid of each card."""
    return [str(card["uuid"]) for card in cards]
