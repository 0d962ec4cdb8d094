"""`escalate pk`: the exposure that a regimen would give, and the patient's own IgG after depletion."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

import click

from escalate.commands import options
from escalate.commands.output import emit, width_and_colour
from escalate.problems import UsageError
from escalate.texts import N_, _, spoken_now

if TYPE_CHECKING:
    from escalate.pk.document import Question

_FORMATS = ("text", "json", "csv", "events")


@options.command(
    "pk",
    short_help=N_("The exposure of any regimen."),
    help=N_(
        "Exposure of a regimen in MODEL, a therapy or a model id; `igg` is the patient's own IgG.\n\n"
        "Dose times are days from the first dose. Simulated exposure is exploratory, not a dose "
        "recommendation."
    ),
)
@click.argument("model", required=False)
@options.option("--weight", type=float, metavar="KG", help=N_("Body weight."))
@options.option(
    "--dose", "doses", multiple=True, metavar="DOSE", help=N_('"0.06 mg/kg @0"; may be repeated.')
)
@options.option(
    "--events", metavar="FILE", type=click.Path(), help=N_("Doses and samples, a NONMEM table in CSV.")
)
@options.option(
    "--patient",
    metavar="FILE",
    type=click.Path(),
    help=N_("Weight, doses received and regimen from a patient file."),
)
@options.option(
    "--new-course",
    "new_course",
    is_flag=True,
    help=N_("With --patient: leave out doses already received; the clearance starts anew."),
)
@options.option("--route", type=click.Choice(("sc", "iv", "oral")), help=N_("Route of doses that name none."))
@options.option("--covariate", "covariates", multiple=True, metavar="NAME=VALUE", help=N_("May be repeated."))
@options.option(
    "--vary",
    "varied",
    multiple=True,
    metavar="COVARIATE",
    help=N_("How a covariate differs between virtual patients: weight_kg=74+-15, 50..100, female=60%."),
)
@options.option("--no-time-dependent-clearance", "constant", is_flag=True, help=N_("With CL2 = 0."))
@options.option("--at", metavar="DAYS", help=N_("Days of the concentrations, as in 10,30,60."))
@options.option("--threshold", type=float, metavar="C", help=N_("A concentration in the model's unit."))
@options.option("--population", type=click.IntRange(0, 1_000_000), metavar="N", help=N_("Virtual patients."))
@options.option(
    "--uncertainty",
    type=click.IntRange(0, 100_000),
    default=0,
    metavar="N",
    help=N_("Draws of the parameters from their standard errors."),
)
@options.option("--seed", type=click.IntRange(0), metavar="S", help=N_("Seed of the virtual patients."))
@options.option("--workers", type=click.IntRange(1, 64), default=1, show_default=True)
@options.option(
    "--level", "levels", multiple=True, metavar="LEVEL", help=N_('Measured: "8.2 @14"; repeatable.')
)
@options.option(
    "--target",
    metavar="TARGET",
    help=N_('The dose that reaches "auc 500", "trough 10 @27" or "above 30" (time above).'),
)
@options.option(
    "--interval",
    metavar="TARGET",
    help=N_('The longest interval that keeps "trough 5", "auc 20" (a day) or "above 90" (percent).'),
)
@options.option(
    "--beside", multiple=True, metavar="REGIMEN", help=N_("A published regimen beside it, or `all`.")
)
@options.option(
    "--among", metavar="FILE", type=click.Path(), help=N_("A table of patients in CSV to be placed among.")
)
@options.option(
    "--restart", metavar="LAST@DAYS", help=N_("step_up_1, step_up_2, weekly or biweekly @ days since.")
)
@options.option("--baseline", type=float, metavar="G/L", help=N_("IgG before the drug (`escalate pk igg`)."))
@options.option(
    "--figure", metavar="FILE", type=click.Path(), help=N_("Write the curve to FILE.svg or FILE.png.")
)
@options.option(
    "--format", "fmt", type=click.Choice(_FORMATS), help=N_("Default: text; `escalate pk igg`: json.")
)
@options.output
@options.knowledge
@options.plain
@options.lang
def command(
    model: str | None,
    fmt: str | None,
    output: str | None,
    knowledge: str | None,
    plain: bool,
    figure: str | None,
    **asked: Any,
) -> None:
    """Exposure of a regimen in MODEL, a therapy or a model id; `igg` is the patient's own IgG."""
    from escalate.commands import pk_igg
    from escalate.commands.pk_beside import besides, besides_text
    from escalate.commands.pk_help import additions, additions_text
    from escalate.files import pk_question as ask
    from escalate.files.json_text import dumps
    from escalate.files.knowledge_base import load_knowledge

    library = load_knowledge(knowledge, spoken_now())
    try:
        if model == "igg":
            if figure is not None or fmt not in (None, "text", "json"):
                raise UsageError(_("pk igg: it is written as text or json, without a figure"))
            found = pk_igg.igg_answer(library, asked)
            width = width_and_colour(plain, output)[0]
            emit(pk_igg.igg_text(found, width) if fmt == "text" else dumps(found), output)
            return
        question = ask.question(library, model, asked, date.today())
        if fmt == "events":
            from escalate.pk.events import write_events

            emit(write_events(question.given, question.model, question.at), output)
            return
        document = _answered(question, plain)
        around = besides(library, question, document, asked)
        more = additions(library, question, asked)
        if figure is not None:
            _draw(question, figure)
        if fmt == "json":
            emit(dumps(document | around | more), output)
        elif fmt == "csv":
            from escalate.pk.table import table_csv

            emit(table_csv(document), output)
        else:
            from escalate.pk.table import text

            shown = text(document, width_and_colour(plain, output)[0])
            emit(shown + besides_text(around) + additions_text(more, question.model), output)
    except ValueError as error:
        raise UsageError(f"pk: {error}") from error


def _answered(question: Question, plain: bool) -> dict[str, object]:
    """The document, with a progress bar on the terminal where many virtual patients are drawn."""
    import sys

    from escalate.pk.document import answer

    slow = question.persons > (5_000 if question.model.is_linear else 50)
    if plain or not slow or not sys.stderr.isatty():
        return answer(question)
    with click.progressbar(length=question.persons, label=_("virtual patients"), file=sys.stderr) as bar:
        return answer(question, bar.update)


def _draw(question: Question, path: str) -> None:
    from pathlib import Path

    kind = Path(path).suffix.lower().lstrip(".")
    if kind not in ("svg", "png"):
        raise UsageError(_("--figure {path}: the name ends in .svg or .png").format(path=path))
    try:
        from escalate.pk.figure import picture
    except ImportError:
        raise UsageError(_("--figure: matplotlib is not installed")) from None
    try:
        Path(path).write_bytes(picture(question, kind))
    except OSError as error:
        raise UsageError(f"--figure {path}: {error.strerror}") from None
