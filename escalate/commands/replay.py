"""`escalate replay`: recorded assessments again under this knowledge."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from escalate.commands import options
from escalate.commands.output import emit
from escalate.problems import UsageError, printable
from escalate.texts import N_, _, spoken_now

if TYPE_CHECKING:
    from escalate.audit.replay import Change, Expectations, Recorded, Replayed
    from escalate.files.decision_log.verify import Tampering
    from escalate.library.model import Library
    from escalate.report.record import Decided


@options.command(
    "replay",
    short_help=N_("Recorded assessments again: who changes, and why."),
    help=N_(
        "Assess again what each LOG holds: bit for bit the same verdicts, or who changed and why.\n\n"
        "LOG is a decision log (sqlite:///FILE, postgresql+psycopg://USER@HOST/DATABASE), a file that "
        "`escalate log export` wrote, or a folder with the output of `escalate assess --format json` beside "
        "the patient files. Exit status 1 on a change that --expect does not list, an expected one that did "
        "not come, or a log that was tampered with."
    ),
)
@click.argument("logs", nargs=-1, required=True, metavar="LOG...")
@options.option(
    "--knowledge",
    metavar="DIR|REVISION",
    help=N_("A folder with knowledge/ and rules/, or a git revision, instead of the shipped knowledge."),
)
@options.overlay
@options.option(
    "--expect",
    metavar="FILE",
    type=click.Path(dir_okay=False),
    help=N_("The changes that are meant, as YAML: a list of {patient, therapy, from, to}."),
)
@options.option("--format", "fmt", type=click.Choice(("text", "json")), default="text", show_default=True)
@options.output
@options.plain
@options.lang
def command(
    logs: tuple[str, ...],
    knowledge: str | None,
    overlay: str | None,
    expect: str | None,
    fmt: str,
    output: str | None,
    plain: bool,
) -> None:
    """Assess again what each LOG holds."""
    from escalate.audit.replay import Expectations
    from escalate.files.decision_log.source import shown
    from escalate.files.json_text import dumps
    from escalate.files.recorded import expected_changes, recorded_in

    library = _library(knowledge, overlay)
    expectations = Expectations(expected_changes(expect) if expect is not None else ())
    records: list[Recorded] = []
    tampered: list[tuple[str, Tampering]] = []
    for log in logs:
        found, done_to_it = recorded_in(log)
        records += found
        tampered += [(shown(log), one) for one in done_to_it]
    done = _replayed([_under(record, library) for record in records], library, expectations, plain)
    for log, what in tampered:
        said = _("{log}: entry {number}: {kind}: {message}")
        line = said.format(log=log, number=what.number, kind=what.kind, message=what.message)
        click.echo(printable(line), err=True)
    if all(one.skipped for one in done):
        for one in done:
            click.echo(_skipped(one), err=True)
        raise UsageError(_("no recorded assessment could be replayed (their inputs: `--log-input`)"))
    if fmt == "json":
        emit(dumps(_document(done, library, expectations)), output)
    else:
        emit("\n".join(printable(line) for line in _text(done, library, expectations)), output)
    if tampered or expectations.unmet or any(one.unexpected for one in done):
        sys.exit(1)


def _library(knowledge: str | None, overlay: str | None) -> Library:
    """The knowledge of a folder or a git revision; what is both is a folder."""
    from escalate.files.git_revision import revision_folder
    from escalate.files.knowledge_base import load_knowledge

    with ExitStack() as stack:
        folder = knowledge
        if knowledge is not None and not os.path.isdir(knowledge):
            folder = str(stack.enter_context(revision_folder(knowledge, Path.cwd())))
        return load_knowledge(folder, spoken_now(), overlay)


def _under(record: Recorded, library: Library) -> Recorded:
    """Without the overlay that it was made under, an assessment would be compared with a laxer one."""
    if record.overlay and library.overlay is None and not record.unusable:
        return replace(record, unusable=_("recorded under an overlay: give it with --overlay"))
    return record


def _replayed(
    records: Sequence[Recorded], library: Library, expectations: Expectations, plain: bool
) -> list[Replayed]:
    """Every record, with a progress bar on a terminal."""
    from escalate.audit.replay import replay
    from escalate.files.recorded import recorded_patient

    if plain or not sys.stderr.isatty():
        return [replay(one, library, recorded_patient, expectations) for one in records]
    with click.progressbar(records, label=_("recorded assessments"), file=sys.stderr) as bar:
        return [replay(one, library, recorded_patient, expectations) for one in bar]


def _counts(done: Sequence[Replayed]) -> dict[str, int]:
    replayed = [one for one in done if not one.skipped]
    changed = [one for one in replayed if one.changes or one.refused]
    return {
        "recorded": len(done),
        "replayed": len(replayed),
        "same": len(replayed) - len(changed),
        "changed": len(changed),
        "unexpected": sum(one.unexpected for one in changed),
        "not_replayable": len(done) - len(replayed),
    }


def _text(done: Sequence[Replayed], library: Library, expectations: Expectations) -> Iterator[str]:
    yield _("knowledge {version}, {digest}").format(version=library.version, digest=library.digest)
    yield _(
        "{recorded} recorded assessments: {replayed} replayed, {same} the same, {changed} changed "
        "({unexpected} unexpectedly), {not_replayable} not replayable"
    ).format(**_counts(done))
    for one in done:
        if one.skipped:
            yield _skipped(one)
        elif one.refused or one.changes:
            yield from _changed(one)
    for expected in expectations.unmet:
        yield _("{at}: expected, but it did not come: {patient}, {therapy}: {old} -> {new}").format(
            at=expected.at,
            patient=expected.patient,
            therapy=expected.therapy,
            old=expected.old,
            new=expected.new,
        )


def _skipped(one: Replayed) -> str:
    return _("{name}: not replayed: {why}").format(name=one.recorded.name, why=one.skipped)


def _changed(one: Replayed) -> Iterator[str]:
    record = one.recorded
    yield _("{name} (patient {patient}, assessed on {day}, knowledge {version}, {digest}):").format(
        name=record.name,
        patient=one.patient or record.patient[:12],
        day=record.assessed_on.isoformat(),
        version=record.version,
        digest=record.knowledge,
    )
    if one.same_knowledge:
        yield "  " + _("this is the knowledge it was recorded under: the answer must not change")
    if one.refused:
        yield "  " + _("the patient file is refused now:")
        yield from (f"    {line}" for line in one.refused.splitlines())
    for change in one.changes:
        yield f"  {_headline(change)}"
        yield "    " + _("rules before: {rules}").format(rules=_rules(change.old))
        yield "    " + _("rules now: {rules}").format(rules=_rules(change.new))


def _headline(change: Change) -> str:
    tail = _(" (expected)") if change.expected else ""
    if change.old.verdict == change.new.verdict:
        said = _("{therapy}: {verdict} as before, by other rules")
        return said.format(therapy=change.therapy, verdict=change.new.verdict) + tail
    return f"{change.therapy}: {change.old.verdict} -> {change.new.verdict}{tail}"


def _rules(decided: Decided) -> str:
    if decided.rules is None:
        return _("not recorded")
    return ", ".join(decided.rules) or _("none")


def _document(done: Sequence[Replayed], library: Library, expectations: Expectations) -> dict[str, object]:
    """The same as JSON."""
    return {
        "knowledge": {"version": library.version, "digest": library.digest},
        "summary": _counts(done),
        "changed": [
            {
                "record": one.recorded.name,
                "patient": one.patient or None,
                "patient_sha256": one.recorded.patient,
                "assessed_on": one.recorded.assessed_on.isoformat(),
                "knowledge": {"version": one.recorded.version, "digest": one.recorded.knowledge},
                "same_knowledge": one.same_knowledge,
                "refused": one.refused or None,
                "changes": [
                    {
                        "therapy": change.therapy,
                        "from": change.old.verdict,
                        "to": change.new.verdict,
                        "rules_before": None if change.old.rules is None else list(change.old.rules),
                        "rules_now": list(change.new.rules or ()),
                        "expected": change.expected,
                    }
                    for change in one.changes
                ],
            }
            for one in done
            if one.changes or one.refused
        ],
        "not_replayable": [{"record": one.recorded.name, "why": one.skipped} for one in done if one.skipped],
        "expected_but_absent": [
            {"patient": one.patient, "therapy": one.therapy, "from": one.old, "to": one.new}
            for one in expectations.unmet
        ],
    }
