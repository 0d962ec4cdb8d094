"""What a browser posted: a patient file that travels in the form itself, and what is asked about it.

The body is in memory and bounded (`edge.py`); nothing of it is written to a disk, also not for a moment.
"""

from __future__ import annotations

from base64 import b64decode, b64encode
from binascii import Error as NotBase64
from collections.abc import AsyncGenerator, Iterator, Mapping
from dataclasses import dataclass

from fastapi import Request
from starlette.datastructures import Headers, UploadFile
from starlette.formparsers import FormParser, MultiPartException, MultiPartParser

from escalate.service.details import Refusal
from escalate.service.page.given import NAMES, NONE, ROW, VALUE, WORDS, Given
from escalate.texts import LANGUAGES, _

_FIELDS = 8000
_CHANGES = 40
_NAME_LENGTH = 80


class _InMemory(MultiPartParser):
    spool_max_size = 1 << 30


@dataclass(frozen=True, slots=True)
class PatientFile:
    """The bytes of a patient file, as they were given, and how the file is called."""

    raw: bytes
    name: str

    @property
    def carried(self) -> str:
        """The bytes for a hidden field: the very same come back, whatever line ends they have."""
        return b64encode(self.raw).decode()


@dataclass(frozen=True, slots=True)
class Posted:
    """The fields of one form."""

    texts: Mapping[str, tuple[str, ...]]
    files: Mapping[str, PatientFile]

    def one(self, name: str, otherwise: str = "") -> str:
        """The last value of a field: of a button that says the same as a hidden field, the button's."""
        values = self.texts.get(name)
        return values[-1] if values else otherwise

    def language(self, otherwise: str) -> str:
        """The language that is asked for."""
        asked = self.one("lang")
        return asked if asked in LANGUAGES else otherwise

    def patient(self) -> PatientFile | None:
        """The file that is uploaded, else the text that is pasted, else the file that the form carries."""
        uploaded = self.files.get("upload")
        if uploaded is not None and uploaded.raw:
            return uploaded
        text = self.one("text")
        if text.strip():
            raw = text.replace("\r\n", "\n").encode(errors="replace")
            return PatientFile(raw, _named(self.one("name"), json=text.lstrip().startswith(("{", "["))))
        carried = self.one("patient")
        if not carried:
            return None
        try:
            return PatientFile(b64decode(carried, validate=True), _named(self.one("name"), json=None))
        except NotBase64:
            raise Refusal(400, "not-a-form", _("the form does not carry a patient file")) from None

    def changes(self, variant: str) -> tuple[tuple[str, str], ...]:
        """Field and value of each row in variant `a` or `b` that names a field."""
        dropped = self.one("drop")
        pairs = zip(
            self.texts.get(f"{variant}.field", ()), self.texts.get(f"{variant}.value", ()), strict=False
        )
        rows = [
            (field.strip(), value.strip())
            for number, (field, value) in enumerate(pairs)
            if field.strip() and dropped != f"{variant}.{number}"
        ]
        asked = self.one("ask") if variant == "a" else ""
        if asked and asked not in [field for field, _value in rows]:
            rows.append((asked, ""))
        return tuple(rows[:_CHANGES])

    def given(self) -> Given:
        """The fields of the form of the patient file."""
        values = {name[len(VALUE) :]: texts[-1] for name, texts in self._named(VALUE) if texts[-1].strip()}
        words = {name[len(WORDS) :]: texts for name, texts in self._named(WORDS)}
        for name, texts in self._named(NAMES):
            listed = tuple(word.strip() for word in texts[-1].replace("\n", ",").split(",") if word.strip())
            words |= {name[len(NAMES) :]: listed} if listed else {}
        rows = self._rows()
        for name, _texts in self._named(NONE):
            field = name[len(NONE) :]
            # Whoever names one has found one: the box beside it is not believed.
            if field in ("antibodies", "therapies", "overrides"):
                rows.setdefault(field, ())
            else:
                words.setdefault(field, ())
        return Given({name: _lines(text) for name, text in values.items()}, words, rows)

    def _named(self, start: str) -> Iterator[tuple[str, tuple[str, ...]]]:
        return ((name, texts) for name, texts in self.texts.items() if name.startswith(start) and texts)

    def _rows(self) -> dict[str, tuple[dict[str, str], ...]]:
        found: dict[str, dict[int, dict[str, str]]] = {}
        for name, texts in self._named(ROW):
            owner, _colon, rest = name[len(ROW) :].partition(":")
            number, _colon, part = rest.partition(":")
            if texts[-1].strip() and number.isdecimal() and len(number) < 6:
                found.setdefault(owner, {}).setdefault(int(number), {})[part] = _lines(texts[-1])
        return {owner: tuple(row for _number, row in sorted(rows.items())) for owner, rows in found.items()}


def _lines(text: str) -> str:
    return text.replace("\r\n", "\n").strip()


def _named(name: str, *, json: bool | None) -> str:
    """A name without folders; its end says whether the file is JSON."""
    last = name.replace("\\", "/").rpartition("/")[2].strip()[-_NAME_LENGTH:]
    if json is None:
        return last or "patient.yaml"
    stem = last.rpartition(".")[0] or last or "patient"
    return f"{stem}.json" if json else f"{stem}.yaml"


async def read_posted(request: Request) -> Posted:
    """The form of a request. Raises: Refusal, 415 where it is no form, 400 where it cannot be read."""
    body = await request.body()
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind not in ("multipart/form-data", "application/x-www-form-urlencoded"):
        raise Refusal(415, "not-a-form", _("this address takes a form"))
    headers = Headers(raw=request.headers.raw)
    try:
        if kind == "multipart/form-data":
            # No size of its own for a part: the body as a whole is bounded.
            form = await _InMemory(
                headers, _stream(body), max_files=4, max_fields=_FIELDS, max_part_size=len(body)
            ).parse()
        else:
            form = await FormParser(
                headers, _stream(body), max_fields=_FIELDS, max_part_size=len(body)
            ).parse()
    except (MultiPartException, UnicodeError, ValueError):
        raise Refusal(400, "not-a-form", _("this is not a form that can be read")) from None
    texts: dict[str, tuple[str, ...]] = {}
    files: dict[str, PatientFile] = {}
    for name, value in form.multi_items():
        if isinstance(value, UploadFile):
            raw = await value.read()
            named = value.filename or ""
            json = named.lower().endswith(".json") or raw.lstrip()[:1] == b"{"
            files[name] = PatientFile(raw, _named(named, json=json))
            await value.close()
        else:
            texts[name] = (*texts.get(name, ()), value)
    return Posted(texts, files)


async def _stream(body: bytes) -> AsyncGenerator[bytes, None]:
    for start in range(0, len(body), 65536):
        yield body[start : start + 65536]
