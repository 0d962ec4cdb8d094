"""One scalar of the file to one typed value of one field; `None` is unknown."""

from __future__ import annotations

import calendar
import re
from datetime import date

from escalate.library.fold import fold
from escalate.library.model import FactType, Library
from escalate.nodes import Node, Scalar, Sequence
from escalate.patient.complaints import Complaints, listed, quoted
from escalate.patient.model import PatientValue
from escalate.patient.numbers import NotANumber, read_number
from escalate.patient.vocabulary import resolve, vocabulary
from escalate.problems import nearest

# Without blanks and full stops, in lower case: `k. A.` is `ka`, `n.d.` is `nd`.
_UNKNOWN = {"", "~", "null", "?", "??", "???", "n/a", "na", "k/a", "ka", "n/d", "nd"}
_UNKNOWN |= {"unknown", "notknown", "notavailable", "notdetermined", "notmeasured", "unclear", "unbekannt"}
_UNKNOWN |= {"nichtbekannt", "unklar", "keineangabe", "keineangaben", "nichtbestimmt", "nichtgemessen"}
_YES = frozenset(["true", "yes", "ja"])
_NO = frozenset(["false", "no", "nein"])
_NEVER = frozenset(["never", "nie", "niemals"])
_DATE = re.compile(r"([0-9]{4})-([0-9]{2})(?:-([0-9]{2}))?")
YEARS = range(1900, 2201)  # outside: a typing error


def is_unknown(node: Node) -> bool:
    """Whether a value says that it is not known, in any of the spellings.

    "Not done" of an antibody or "n.d." is no negative result: it is no result.
    """
    return isinstance(node, Scalar) and re.sub(r"[\s.]", "", node.text).casefold() in _UNKNOWN


def read_field(node: Node, fact: FactType, library: Library, complaints: Complaints) -> PatientValue | None:
    """The value of one field; None where it is unknown or was complained about."""
    if is_unknown(node):
        return None
    if fact.kind == "list":
        return _read_list(node, fact, library, complaints)
    if not isinstance(node, Scalar):
        kind = "list" if isinstance(node, Sequence) else "mapping"
        complaints.add(node.at, "not-a-value", f"`{fact.name}` takes one value, not a {kind}", accepted(fact))
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
    if fact.kind == "boolean":
        return "accepted: true or false, yes or no, ja or nein"
    if fact.kind == "date":
        return "accepted: a date like 2026-03-31" + (", or a month like 2026-03" if fact.month else "") + (
            ", or `never`" if fact.accepts_never else ""
        )  # fmt: skip
    if fact.kind in ("number", "integer"):
        span = "" if fact.low is None or fact.high is None else f" from {fact.low:f} to {fact.high:f}"
        never = ", or `never`" if fact.accepts_never else ""
        return f"accepted: a number{span} {fact.unit}".rstrip() + never
    if fact.kind == "list":
        what = ", ".join(fact.values) if fact.values and len(fact.values) < 30 else f"names of {fact.names}"
        return f"a list like [...] of {what}; [] means looked for and none"
    if fact.values and len(fact.values) < 30:
        return listed(fact.values)
    return f"accepted: one name of a known {fact.names}" if fact.names else "accepted: a text"


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
        message = f"{quoted(text)} is {found}, which is not a value of `{fact.name}`"
        complaints.add(node.at, "unknown-value", message, listed(fact.values))
        return None
    if found is not None and found.code == "ambiguous-name":
        complaints.add(node.at, found.code, f"`{fact.name}`: {found.message}", found.help)
        return None
    folded = fold(text)
    same = [v for v in fact.values if fold(v) == folded]
    if len(same) == 1:
        return same[0]
    if found is not None:
        complaints.add(node.at, found.code, f"`{fact.name}`: {found.message}", found.help)
        return None
    help = nearest(text, fact.values) or listed(fact.values)
    complaints.add(node.at, "unknown-value", f"{quoted(text)} is not a value of `{fact.name}`", help)
    return None


def _read_list(node: Node, fact: FactType, library: Library, complaints: Complaints) -> PatientValue | None:
    if not isinstance(node, Sequence):
        what = quoted(node.text) if isinstance(node, Scalar) else "a mapping"
        message = f"`{fact.name}` takes a list, not {what}"
        complaints.add(node.at, "not-a-list", message, accepted(fact))
        return None
    words: list[str] = []
    for item in node.items:
        if not isinstance(item, Scalar) or is_unknown(item):
            message = f"`{fact.name}`: an item of the list is not a word"
            complaints.add(item.at, "not-a-value", message, "leave out the whole list where it is not known")
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
    message = f"`{fact.name}`: {quoted(node.text)} is neither yes nor no"
    complaints.add(node.at, "not-a-boolean", message, accepted(fact))
    return None


def _read_date(node: Scalar, fact: FactType, complaints: Complaints) -> PatientValue | None:
    text = node.text.strip()
    month = bool(fact.month) and len(text) == len("2026-03")
    day = calendar_day(f"{text}-01" if month else text)
    if day is None:
        hit = _DATE.fullmatch(text)
        what = "is not a day"
        if hit and int(hit[1]) not in YEARS:
            what = f"is not in the years {YEARS[0]} to {YEARS[-1]}"
        elif hit and hit[3]:
            what = "is not in the calendar"
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
        message = f"`{fact.name}`: {quoted(node.text)} is not accepted"
        complaints.add(node.at, "unknown-value", message, listed(fact.values))
        return None
    if fact.max_length is not None and len(node.text) > fact.max_length:
        message = f"`{fact.name}` has {len(node.text)} characters"
        complaints.add(node.at, "too-long", message, f"accepted: up to {fact.max_length} characters")
        return None
    return PatientValue(node.text, node.at, node.text)
