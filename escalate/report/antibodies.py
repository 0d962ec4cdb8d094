"""What the patient's own antibodies speak for, and against: beside the rules, and part of none."""

from __future__ import annotations

from dataclasses import dataclass

from escalate.assessment import Assessment
from escalate.report.basis import BASIS_WORDS
from escalate.texts import _


@dataclass(frozen=True, slots=True)
class Guidance:
    """One positive antibody: its name, what it speaks for, what is avoided, and on what that stands."""

    name: str
    escalation: str
    avoid: str
    support: str


def guidance(assessment: Assessment) -> tuple[Guidance, ...]:
    """Of every antibody that the file states as positive, as far as something is known of it."""
    known = assessment.library.antibodies
    positive = [one.name for one in assessment.patient.antibodies or () if one.result == "positive"]
    return tuple(
        Guidance(
            known.labels.get(name, name),
            told["escalation"],
            told["negative_guidance"],
            "; ".join(part for part in (told["source"], _basis(told["basis"])) if part),
        )
        for name in dict.fromkeys(positive)
        if (told := known.guidance.get(name))
    )


def guidance_lines(one: Guidance) -> tuple[str, ...]:
    """The two sentences, each named."""
    return tuple(
        f"{title}: {text}"
        for title, text in ((_("escalation"), one.escalation), (_("against"), one.avoid))
        if text
    )


def _basis(word: str) -> str:
    return _(BASIS_WORDS[word]) if word in BASIS_WORDS else ""
