"""What to say of a therapy that the scope of this patient leaves out."""

from __future__ import annotations

from escalate.assessment import Assessment
from escalate.findings.say import say
from escalate.texts import _, in_its_language


@in_its_language
def outside(assessment: Assessment, therapy: str) -> str:
    """One sentence for a known therapy that is neither an option nor `not_indicated`; else nothing."""
    proposal = assessment.proposal
    options = {option.therapy.id for option in proposal.options}
    if therapy in options | {entry.therapy.id for entry in proposal.not_indicated}:
        return ""
    name = assessment.library.therapies[therapy].name
    why = next((alert.title for alert in proposal.alerts if alert.kind == "scope"), "")
    return _("{name} is not looked at in this scope ({scope}): {why}").format(
        name=name, scope=say(proposal.scope), why=why
    )
