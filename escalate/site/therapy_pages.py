"""One page per listed therapy: what it is, what is known of it, its whole gate, and where it is indicated."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal

from escalate.library.model import Library, Rule, Therapy
from escalate.site import said
from escalate.site.addresses import Addresses
from escalate.site.cards import Link, Maker
from escalate.site.chapter_pages import by_kind, step_name
from escalate.site.page import Page
from escalate.site.rows import items, row, text
from escalate.texts import N_, _, figure, ngettext

_GATE = ("exclude", "defer", "caution_high", "caution", "against", "ask")
_REGIONS = {"eu": "EU", "us": "US"}
_LISTS = {
    "work_up": N_("Work-up"),
    "monitoring": N_("Monitoring"),
    "prophylaxis": N_("Prophylaxis"),
    "washout": N_("Washout"),
}
# The words of a dose that a parameter file states in a form the code reads.
_DOSE_WORDS = {"day": N_("day"), "week": N_("week"), "weeks": N_("weeks")}


def therapy_pages(library: Library, at: Addresses) -> Iterator[Page]:
    """The listed therapies by name."""
    make = Maker(library, at)
    for therapy in sorted(library.therapies.values(), key=lambda t: t.name.casefold()):
        if therapy.listed:
            yield _page(therapy, make)


def status_words(therapy: Therapy) -> dict[str, str]:
    """`EU`: `off label`, and the day of the verification."""
    return {shown: said.of({}, therapy.status[k]) for k, shown in _REGIONS.items() if k in therapy.status}


def _verified(therapy: Therapy) -> str:
    day = therapy.status.get("verified_on", "")
    return _("verified on {day}").format(day=day) if day[:1].isdigit() else _("not verified")


def _page(therapy: Therapy, make: Maker) -> Page:
    library = make.library
    files = list(make.at.chapters)
    mine = sorted(
        (r for r in library.rules if r.status == "active" and therapy.id in r.targets),
        key=lambda rule: files.index(rule.at.file),
    )
    gate = [make.card(rule) for rule in mine if rule.kind in _GATE]
    alerts = {rule.id: rule for rule in library.rules if rule.status == "active" and _acts(rule, therapy)}
    return Page(
        f"therapies/{therapy.id}.html",
        "therapy.html",
        therapy.name,
        above=(Link(_("Therapies"), "therapies/index.html"),),
        values={
            "therapy": therapy,
            "classes": ", ".join(said.capital(said.class_name(one)) for one in therapy.classes),
            "spellings": ", ".join(therapy.synonyms),
            "status": status_words(therapy),
            "verified": _verified(therapy),
            "approved_in": tuple(
                Link(library.entities.labels.get(name, name), make.at.entity(name))
                for name in therapy.approved_in
            ),
            "level": said.of(said.LEVELS, therapy.evidence_level) if therapy.evidence_level else "",
            "evidence": tuple((library.evidence[name], make.at.evidence(name)) for name in therapy.evidence),
            "trial": _adequate_trial(therapy, library),
            "washed_out": _washed_out(therapy, library),
            "model": row(library.pk_models.get(therapy.pk_model)) if therapy.pk_model else {},
            "regimens": tuple((r, tuple(map(make.source, r.source))) for r in therapy.regimens),
            "lists": tuple((key, _(title), getattr(therapy, key)) for key, title in _LISTS.items()),
            "disagreements": tuple(make.card(rule) for rule in mine if rule.alert == "disagreement"),
            "gate": tuple(by_kind(gate)),
            "indications": tuple(_indications(mine, make)),
            "alerts": tuple(
                Link(f"{rule.id}: {rule.title}", make.at.rules[rule.id]) for rule in alerts.values()
            ),
        },
    )


def _acts(rule: Rule, therapy: Therapy) -> bool:
    return any(therapy.id in action.therapies for action in rule.do)


def _indications(rules: list[Rule], make: Maker) -> Iterator[dict[str, object]]:
    for rule in sorted(rules, key=lambda r: (r.pathway or "~", r.step or 0, r.order or 0)):
        if rule.kind == "indicate":
            chapter = make.at.chapters[rule.at.file]
            yield {
                "pathway": Link(_(chapter.title), make.at.pathways.get(rule.pathway, chapter.path)),
                "pathway_id": rule.pathway,
                "step": step_name(99 if rule.step is None else rule.step),
                "rule": Link(rule.id, make.at.rules[rule.id]),
                "title": rule.title,
            }


def _adequate_trial(therapy: Therapy, library: Library) -> dict[str, str]:
    """The least dose and duration of a trial, where the parameters hold one."""
    entry = row(row(library.parameters.get("adequate_trials")).get(therapy.id))
    if not entry:
        return {}
    parts = [_(" or ").join(_dose(str(dose)) for dose in items(entry.get("least_dose")))]
    if level := text(entry, "trough_ng_per_ml"):
        parts.append(_("trough level at least {level} ng/mL").format(level=figure(level)))
    if courses := text(entry, "courses"):
        count = int(courses)
        parts.append(
            ngettext("at least {count} course", "at least {count} courses", count).format(count=count)
        )
    if weeks := text(entry, "weeks"):
        parts.append(_("at least {weeks} weeks").format(weeks=weeks))
    if weeks := text(entry, "weeks_ild"):
        parts.append(_("{weeks} weeks for interstitial lung disease").format(weeks=weeks))
    return {
        "text": "; ".join(part for part in parts if part),
        "basis": text(entry, "basis"),
        "basis_word": said.of(said.BASES, text(entry, "basis")),
        "source": text(entry, "source"),
    }


def _washed_out(therapy: Therapy, library: Library) -> dict[str, str]:
    """How long the drug is left out before a T-cell engager or CAR-T cells."""
    entry = row(row(library.parameters.get("washouts")).get(therapy.id))
    days = entry.get("days")
    if not isinstance(days, Decimal):
        return {}
    count = int(days)
    return {
        "text": ngettext("{count} day", "{count} days", count).format(count=count)
        if count
        else _("no interval needed"),
        "basis": text(entry, "basis"),
        "basis_word": said.of(said.BASES, text(entry, "basis")),
    }


def _dose(dose: str) -> str:
    return re.sub(r"[a-z]{3,}", lambda word: _(_DOSE_WORDS.get(word[0], word[0])), figure(dose))
