"""What the patient's own antibodies speak for, and against: beside the rules, and part of none."""

from __future__ import annotations

from dataclasses import dataclass

from escalate.assessment import Assessment
from escalate.report.basis import BASIS_WORDS
from escalate.texts import _


@dataclass(frozen=True, slots=True)
class Guidance:
    """One positive antibody: its name, what it speaks for, what is avoided, and on what that stands.

    `refs` are ids of the register; `support` is the word for what no source carries. Of one that is
    disputed nothing is advised.
    """

    name: str
    escalation: str
    avoid: str
    support: str
    refs: tuple[str, ...] = ()


def disputed(assessment: Assessment) -> tuple[str, ...]:
    """The antibodies that are given as positive and as negative, by name: they count as unknown."""
    unknown = {name for alert in assessment.proposal.alerts for name in alert.makes_unknown}
    stated = dict.fromkeys(one.name for one in assessment.patient.antibodies or ())
    return tuple(name for name in stated if f"antibodies[{name}]" in unknown)


def positive(assessment: Assessment) -> tuple[str, ...]:
    """The antibodies that are positive and not disputed, by name, each once."""
    doubted = disputed(assessment)
    stated = [one.name for one in assessment.patient.antibodies or () if one.result == "positive"]
    return tuple(name for name in dict.fromkeys(stated) if name not in doubted)


def guidance(assessment: Assessment) -> tuple[Guidance, ...]:
    """Of every antibody that the file states as positive, as far as something is known of it."""
    known, register = assessment.library.antibodies, assessment.library.evidence
    found = []
    for name in positive(assessment):
        if told := known.guidance.get(name):
            named = [ref.strip() for ref in told["source"].split(",") if ref.strip()]
            words = [ref for ref in named if ref not in register]
            found.append(
                Guidance(
                    known.labels.get(name, name),
                    told["escalation"],
                    told["negative_guidance"],
                    "; ".join((*words, *filter(None, [_basis(told["basis"])]))),
                    tuple(ref for ref in named if ref in register),
                )
            )
    doubt = _("disputed: nothing is advised until it is settled")
    return (*found, *(Guidance(known.labels.get(n, n), "", "", doubt) for n in disputed(assessment)))


def guidance_lines(one: Guidance) -> tuple[str, ...]:
    """The two sentences, each named."""
    return tuple(
        f"{title}: {text}"
        for title, text in ((_("escalation"), one.escalation), (_("against"), one.avoid))
        if text
    )


def _basis(word: str) -> str:
    return _(BASIS_WORDS[word]) if word in BASIS_WORDS else ""
