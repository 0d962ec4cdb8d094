"""`escalate log`: what was assessed and decided, and that nobody altered it."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from escalate.commands import options
from escalate.commands.log_decide import decide
from escalate.commands.log_page import page
from escalate.commands.log_sign import key, sign
from escalate.commands.output import emit
from escalate.commands.spoken import Group
from escalate.problems import UsageError, printable
from escalate.texts import N_, _, ngettext

if TYPE_CHECKING:
    from escalate.files.decision_log.chain import Row

_OPEN = ("propose", "caution", "caution_high")
_log = click.argument("log", metavar="LOG")
_format = options.option(
    "--format", "fmt", type=click.Choice(("text", "json")), default="text", show_default=True
)


@click.group(
    "log",
    cls=Group,
    short_help=N_("The decision log: show, verify and export it."),
    help=N_(
        "Look at a decision log, which `escalate assess --log URL` writes.\n\n"
        "LOG is its address, sqlite:///FILE or postgresql+psycopg://USER@HOST/DATABASE, or a file that "
        "`escalate log export` wrote."
    ),
)
def command() -> None:
    """Look at a decision log."""


@options.command("show", help=N_("Print the entries; those that were tampered with are marked."))
@_log
@options.option("--number", type=click.IntRange(1), help=N_("Only the entry with this number."))
@_format
@options.output
@options.knowledge_not_read
@options.plain
@options.lang
def show(log: str, number: int | None, fmt: str, output: str | None, plain: bool) -> None:
    """Print the entries; those that were tampered with are marked."""
    from escalate.files.decision_log.lines import as_plain
    from escalate.files.decision_log.source import shown, stored_rows
    from escalate.files.decision_log.verify import in_words, tamperings
    from escalate.files.json_text import dumps

    rows = list(stored_rows(log))
    found, _head = tamperings(rows)
    if number is not None:
        rows = [row for row in rows if row.place == number]
        if not rows:
            raise UsageError(_("{log}: there is no entry {number}").format(log=shown(log), number=number))
    if fmt == "json":
        emit(dumps([as_plain(row) for row in rows]), output)
    else:
        emit("\n".join(line for row in rows for line in _entry(row)), output)
    places = {row.place for row in rows}
    for one in found:
        if number is None or one.number in places:
            click.echo(in_words(one), err=True)


@options.command(
    "verify",
    help=N_(
        "Check that every entry is the one that was written: what was altered, removed, inserted or "
        "reordered is named, with exit status 1.\n\n"
        "An end that was cut off, and a log that was written anew, show against a head that was noted "
        "elsewhere: give it with --head, or a signed one with --signed and --public-key."
    ),
)
@_log
@options.option("--head", metavar="HASH:COUNT", help=N_("The end of the log as an earlier check printed it."))
@options.option("--signed", metavar="FILE", help=N_("A signed head, of `escalate log sign`."))
@options.option(
    "--public-key", "public_key", metavar="FILE", help=N_("The public key of who signed the head.")
)
@_format
@options.output
@options.knowledge_not_read
@options.plain
@options.lang
def verify(
    log: str,
    head: str | None,
    signed: str | None,
    public_key: str | None,
    fmt: str,
    output: str | None,
    plain: bool,
) -> None:
    """Check that every entry is the one that was written."""
    from escalate.files.decision_log.source import read_head, stored_rows
    from escalate.files.decision_log.verify import in_words, tamperings
    from escalate.files.json_text import dumps

    if (signed is None) != (public_key is None):
        raise UsageError(_("--signed and --public-key go together"))
    if head is not None and signed is not None:
        raise UsageError(_("--head and --signed: one head at a time"))
    noted = read_head(head) if head is not None else None
    fault = None
    if signed is not None and public_key is not None:
        from escalate.files.decision_log.signing import fault_of, read_signed

        held = read_signed(Path(signed))
        fault = fault_of(held, Path(public_key))
        # A head that nobody vouches for says nothing about the log.
        noted = held.head if fault is None else None
    found, now = tamperings(stored_rows(log), noted)
    if fmt == "json":
        rows = [{"entry": one.number, "kind": one.kind, "message": one.message} for one in found]
        if fault is not None:
            rows.append({"entry": None, "kind": fault.kind, "message": fault.message})
        emit(dumps({"intact": not rows, "head": str(now), "found": rows}), output)
    else:
        for one in found:
            click.echo(in_words(one), err=True)
        if fault is not None:
            click.echo(f"{signed}: {fault.kind}: {fault.message}", err=True)
    if found or fault is not None:
        sys.exit(1)
    if fmt == "text":
        said = ngettext(
            "{count} entry, the chain holds; head {head}",
            "{count} entries, the chain holds; head {head}",
            now.count,
        )
        emit(said.format(count=now.count, head=now), output)


@options.command("export", help=N_("Write the log as JSON lines, which verify and replay read."))
@_log
@options.output
@options.knowledge_not_read
@options.plain
@options.lang
def export(log: str, output: str | None, plain: bool) -> None:
    """Write the log as JSON lines."""
    from escalate.files.decision_log.lines import line_of
    from escalate.files.decision_log.source import stored_rows

    emit("\n".join(line_of(row) for row in stored_rows(log)), output)


for _one in (show, verify, export, decide, page, key, sign):
    command.add_command(_one)


def _entry(row: Row) -> Iterator[str]:
    """One entry for people."""
    from escalate.files.decision_log.chain import plain

    entry: Any = plain(row.text)
    try:
        tell = {"decision": _decision, "feedback": _feedback}.get(entry["kind"], _assessment)
        lines = list(tell(entry))
        lead = _("entry {number}, {when}").format(number=row.place, when=entry["recorded_at"])
    except (KeyError, TypeError, AttributeError):  # altered, or of a later version
        yield _("entry {number}: its text cannot be read").format(number=row.place)
        return
    yield printable(f"{lead}: {lines[0]}")
    for line in lines[1:]:
        yield printable(f"  {line}")


def _assessment(entry: Mapping[str, Any]) -> Iterator[str]:
    kept = _("the file is kept") if "text" in entry["input"] else _("the file is not kept")
    yield _("assessed on {day}, patient {patient}").format(
        day=entry["assessed_on"], patient=entry["patient"][:12]
    )
    yield _("input {digest} ({kept})").format(digest=entry["input"]["sha256"], kept=kept)
    yield _("knowledge {version}, {digest}; escalate {escalate}, {engine}").format(
        **entry["knowledge"], escalate=entry["software"]["escalate"], engine=entry["software"]["engine"]
    )
    if entry["overlay"]:
        yield _("overlay {name}, {digest}").format(**entry["overlay"])
    verdicts = entry["verdicts"]
    for therapy, decided in verdicts.items():
        if decided["verdict"] != "not_indicated":
            yield f"{therapy}: {decided['verdict']} ({', '.join(decided['rules'])})"
    yield _("open: {open} of {count} therapies").format(
        open=sum(decided["verdict"] in _OPEN for decided in verdicts.values()), count=len(verdicts)
    )


def _decision(entry: Mapping[str, Any]) -> Iterator[str]:
    """Entries of before a conference's further words were kept hold none of them."""
    yield _("decision of the conference on entry {number}, patient {patient}").format(
        number=entry["about"]["number"], patient=entry["patient"][:12]
    )
    about = entry.get("way") or f"{entry['therapy']} ({entry['verdict']['verdict']})"
    yield f"{about}: {entry['decision']}"
    if entry.get("departs"):
        yield _("this departs from the list")
    yield _("reason: {reason}").format(reason=entry["reason"])
    if entry.get("present"):
        yield _("present: {roles}").format(roles=", ".join(entry["present"]))
    for text in entry.get("stop_if") or ():
        yield _("would stop it: {text}").format(text=text)
    if entry.get("review_on"):
        yield _("review on {day}").format(day=entry["review_on"])


def _feedback(entry: Mapping[str, Any]) -> Iterator[str]:
    yield _("feedback on card {card} of {service}: {outcome}").format(
        card=entry["card"], service=entry["service"], outcome=entry["outcome"]
    )
    if entry["comment"]:
        yield _("comment: {text}").format(text=entry["comment"])
