"""`escalate log decide`: what the conference decided about a recorded assessment, beside it in the log."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import click

from escalate.commands import options
from escalate.files.decision_log.conference import DECISIONS, WAYS, Conference, subject
from escalate.problems import UsageError
from escalate.texts import N_, _


@options.command(
    "decide",
    short_help=N_("Record what the conference decided."),
    help=N_(
        "Record in LOG what the conference decided about a recorded assessment: about one therapy, or about "
        "another way (to change nothing, for example). Choosing a therapy that is not open on the list, or "
        "open only with an override, departs from it and needs a reason.\n\n"
        "Everything can stand in a YAML file (--file); an option given here goes before it. The words are "
        "kept as they are: name roles, not people."
    ),
)
@click.argument("log", metavar="LOG")
@options.option(
    "--entry", type=click.IntRange(1), required=True, help=N_("The number of the assessment in the log.")
)
@options.option("--therapy", metavar="THERAPY", help=N_("The therapy that was decided about."))
@options.option("--way", type=click.Choice(WAYS), help=N_("The way, where it was about no therapy."))
@options.option("--decision", type=click.Choice(DECISIONS), help=N_("What was decided about it."))
@options.option("--reason", metavar="TEXT", help=N_("Why, in the conference's own words."))
@options.option("--present", metavar="ROLE", multiple=True, help=N_("Who sat there, by role (repeatable)."))
@options.option(
    "--stop-if", "stop_if", metavar="TEXT", multiple=True, help=N_("What would stop it (repeatable).")
)
@options.option("--review", metavar="DATE", help=N_("When it is looked at again (YYYY-MM-DD)."))
@options.option(
    "--held-on", "held_on", metavar="DATE", help=N_("The day of the conference; today by default.")
)
@options.option("--file", "file", metavar="FILE", help=N_("A YAML file with the decision."))
@options.knowledge_not_read
@options.plain
@options.lang
def decide(
    log: str,
    entry: int,
    therapy: str | None,
    way: str | None,
    decision: str | None,
    reason: str | None,
    present: tuple[str, ...],
    stop_if: tuple[str, ...],
    review: str | None,
    held_on: str | None,
    file: str | None,
    plain: bool,
) -> None:
    """Record what the conference decided."""
    from escalate.files.decision_log.decision_file import Stated, read_decision
    from escalate.files.decision_log.source import record_decision

    stated = read_decision(file) if file is not None else Stated(None, None, None, None, Conference())
    said = stated.conference
    if therapy is None and way is None:
        therapy, way = stated.therapy, stated.way
    if therapy is None and way is None:
        raise UsageError(_("--therapy or --way is missing, and no --file says it"))
    about, decision = subject(therapy, way), decision or stated.decision
    if decision is None:
        raise UsageError(_("{option} is missing, and no --file says it").format(option="--decision"))
    if decision not in DECISIONS:
        raise UsageError(
            _("`{decision}` is not one of {accepted}").format(
                decision=decision, accepted=", ".join(f"`{word}`" for word in DECISIONS)
            )
        )
    conference = replace(
        said,
        held_on=options.day(held_on, "--held-on") or said.held_on or date.today(),
        present=present or said.present,
        stop_if=stop_if or said.stop_if,
        review_on=options.day(review, "--review") or said.review_on,
    )
    head = record_decision(
        log,
        entry,
        subject=about,
        decision=decision,
        reason=reason if reason is not None else stated.reason or "",
        now=datetime.now(UTC),
        conference=conference,
    )
    click.echo(
        _("escalate: recorded the decision as entry {number}; the head of the log is {head}").format(
            number=head.count, head=head
        )
    )
