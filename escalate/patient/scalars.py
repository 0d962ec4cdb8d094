"""One scalar of the file to one typed value of one field; `None` is unknown."""

from __future__ import annotations

import calendar
import re
from datetime import date

from escalate.library.fold import fold
from escalate.library.model import FactType, Library
from escalate.nodes import Mapping, Node, Scalar, Sequence
from escalate.patient.bounds import read_bounds
from escalate.patient.complaints import Complaints, quoted
from escalate.patient.model import PatientValue
from escalate.patient.numbers import NotANumber, read_number, takes_bounds
from escalate.patient.offers import accepted_words, empty_list, said_words, says_nothing, word_help
from escalate.patient.vocabulary import resolve, said_kind, vocabulary
from escalate.texts import _

# Without blanks and full stops, in lower case: `k. A.` is `ka`, `n.d.` is `nd`.
_UNKNOWN = {"", "~", "null", "?", "??", "???", "n/a", "na", "k/a", "ka", "n/d", "nd"}
_UNKNOWN |= {"unknown", "notknown", "notavailable", "notdetermined", "notmeasured", "unclear", "unbekannt"}
_UNKNOWN |= {"nichtbekannt", "unklar", "keineangabe", "keineangaben", "nichtbestimmt", "nichtgemessen"}
_YES = frozenset(["true", "yes", "ja"])
_NO = frozenset(["false", "no", "nein"])
_NEVER = frozenset(["never", "nie", "niemals"])
_BLANK_OR_DOT = re.compile(r"[\s.]")
_DATE = re.compile(r"([0-9]{4})-([0-9]{2})(?:-([0-9]{2}))?")
YEARS = range(1900, 2201)  # outside: a typing error


def is_unknown(node: Node) -> bool:
    """Whether a value says that it is not known, in any of the spellings.

    "Not done" of an antibody or "n.d." is no negative result: it is no result.
    """
    return isinstance(node, Scalar) and _BLANK_OR_DOT.sub("", node.text).casefold() in _UNKNOWN


def read_field(node: Node, fact: FactType, library: Library, complaints: Complaints) -> PatientValue | None:
    """The value of one field; None where it is unknown or was complained about."""
    if is_unknown(node):
        return None
    if fact.kind == "list":
        return _read_list(node, fact, library, complaints)
    if isinstance(node, Mapping) and takes_bounds(fact):
        return read_bounds(node, fact, complaints)
    if not isinstance(node, Scalar):
        is_list = isinstance(node, Sequence)
        message = (
            _("`{name}` takes one value, not a list")
            if is_list
            else _("`{name}` takes one value, not a mapping")
        )
        complaints.add(node.at, "not-a-value", message.format(name=fact.name), accepted(fact))
        return None
    if fact.accepts_never and node.text.strip().casefold() in _NEVER:
        return PatientValue(None, node.at, node.text, never=True)
    if fact.kind == "boolean":
        return _read_boolean(node, fact, complaints)
    if fact.kind in ("number", "integer"):
        number = read_number(node.text, fact)
        if isinstance(number, NotANumber):
            complaints.add(node.at, number.code, f"`{fact.name}`: {number.message}", number.help)
            return None
        return PatientValue(number, node.at, node.text)
    if fact.kind == "date":
        return _read_date(node, fact, complaints)
    if fact.kind == "enum":
        word = read_word(node, fact, library, complaints)
        return None if word is None else PatientValue(word, node.at, node.text)
    return _read_text(node, fact, complaints)


def accepted(fact: FactType) -> str:
    """What a field takes, for a `help:` line."""
    never = _(", or `never`") if fact.accepts_never else ""
    if fact.kind == "boolean":
        return _("accepted: true or false, yes or no, ja or nein")
    if fact.kind == "date":
        month = _(", or a month like 2026-03") if fact.month else ""
        return _("accepted: a date like 2026-03-31") + month + never
    if fact.kind in ("number", "integer"):
        if fact.low is None or fact.high is None:
            return _("accepted: a number {unit}").format(unit=fact.unit).rstrip() + never
        low, high = f"{fact.low:f}", f"{fact.high:f}"
        told = _("accepted: a number from {low} to {high} {unit}").format(low=low, high=high, unit=fact.unit)
        return told.rstrip() + never
    if fact.kind == "list":
        few = ", ".join(said_words(fact.values)) if _few(fact) else ""
        what = few or _("names of {kind}").format(kind=said_kind(fact.names))
        return _("a list like [...] of {what}; [] means looked for and none").format(what=what)
    if _few(fact):
        return accepted_words(fact.values)
    if fact.names:
        return _("accepted: one name of a known {kind}").format(kind=said_kind(fact.names))
    return _("accepted: a text")


def _few(fact: FactType) -> bool:
    """Whether its words can be listed: there are over two hundred drugs."""
    return 0 < len(fact.values) < 30


def read_word(node: Scalar, fact: FactType, library: Library, complaints: Complaints) -> str | None:
    """The word of an enum, or the project's own name for a spelling; None after a complaint."""
    text = node.text.strip()
    if text in fact.values:
        return text
    # The vocabulary first: it knows what must not be guessed, and one look-up finds a spelling.
    found = resolve(text, vocabulary(library, fact.names), fact.names) if fact.names else None
    if isinstance(found, str):
        if not fact.values or found in fact.values:
            return found
        message = _("{text} is {found}, which is not a value of `{name}`").format(
            text=quoted(text), found=found, name=fact.name
        )
        complaints.add(node.at, "unknown-value", message, accepted_words(fact.values))
        return None
    if found is not None and found.code == "ambiguous-name":
        complaints.add(node.at, found.code, f"`{fact.name}`: {found.message}", found.help)
        return None
    folded = fold(text)
    same = [v for v in fact.values if fold(v) == folded]
    if len(same) == 1:
        return same[0]
    if found is not None:
        labels = vocabulary(library, fact.names).labels
        help = word_help(text, fact.values, labels) if _few(fact) else found.help
        complaints.add(node.at, found.code, f"`{fact.name}`: {found.message}", help)
        return None
    complaints.add(
        node.at,
        "unknown-value",
        _("{text} is not a value of `{name}`").format(text=quoted(text), name=fact.name),
        word_help(text, fact.values),
    )
    return None


def _read_list(node: Node, fact: FactType, library: Library, complaints: Complaints) -> PatientValue | None:
    if not isinstance(node, Sequence):
        what = quoted(node.text) if isinstance(node, Scalar) else _("a mapping")
        message = _("`{name}` takes a list, not {what}").format(name=fact.name, what=what)
        complaints.add(node.at, "not-a-list", message, accepted(fact))
        return None
    words: list[str] = []
    for item in node.items:
        if not isinstance(item, Scalar) or is_unknown(item):
            message = _("`{name}`: an item of the list is not a word").format(name=fact.name)
            complaints.add(
                item.at, "not-a-value", message, _("leave out the whole list where it is not known")
            )
            continue
        if says_nothing(item.text) and item.text.strip() not in fact.values:
            message = _("`{name}`: {text} is no item of a list").format(
                name=fact.name, text=quoted(item.text)
            )
            complaints.add(item.at, "not-a-value", message, empty_list())
            continue
        word = read_word(item, fact, library, complaints)
        if word is not None:
            words.append(word)
    given = ", ".join(i.text for i in node.items if isinstance(i, Scalar))
    return PatientValue(frozenset(words), node.at, f"[{given}]")


def _read_boolean(node: Scalar, fact: FactType, complaints: Complaints) -> PatientValue | None:
    word = node.text.strip().casefold()
    if word in _YES or word in _NO:
        return PatientValue(word in _YES, node.at, node.text)
    message = _("`{name}`: {text} is neither yes nor no").format(name=fact.name, text=quoted(node.text))
    complaints.add(node.at, "not-a-boolean", message, accepted(fact))
    return None


def _read_date(node: Scalar, fact: FactType, complaints: Complaints) -> PatientValue | None:
    text = node.text.strip()
    month = bool(fact.month) and len(text) == len("2026-03")
    day = calendar_day(f"{text}-01" if month else text)
    if day is None:
        hit = _DATE.fullmatch(text)
        what = _("is not a day")
        if hit and int(hit[1]) not in YEARS:
            what = _("is not in the years {first} to {last}").format(first=YEARS[0], last=YEARS[-1])
        elif hit and hit[3]:
            what = _("is not in the calendar")
        complaints.add(node.at, "not-a-date", f"`{fact.name}`: {quoted(node.text)} {what}", accepted(fact))
        return None
    latest = day.replace(day=calendar.monthrange(day.year, day.month)[1]) if month else day
    return PatientValue(day, node.at, node.text, latest=latest)


def calendar_day(text: str) -> date | None:
    """The day that YYYY-MM-DD names; None for any other spelling, and for a year that is a typing error."""
    hit = _DATE.fullmatch(text)
    if hit is None or hit[3] is None or int(hit[1]) not in YEARS:
        return None
    try:
        return date(int(hit[1]), int(hit[2]), int(hit[3]))
    except ValueError:
        return None


def _read_text(node: Scalar, fact: FactType, complaints: Complaints) -> PatientValue | None:
    if fact.values and node.text not in fact.values:
        message = _("`{name}`: {text} is not accepted").format(name=fact.name, text=quoted(node.text))
        complaints.add(node.at, "unknown-value", message, accepted_words(fact.values))
        return None
    if fact.max_length is not None and len(node.text) > fact.max_length:
        message = _("`{name}` has {count} characters").format(name=fact.name, count=len(node.text))
        complaints.add(
            node.at,
            "too-long",
            message,
            _("accepted: up to {max_length} characters").format(max_length=fact.max_length),
        )
        return None
    return PatientValue(node.text, node.at, node.text)
