"""Which known patients' identifiers stand in a text?

The roster holds keyed hashes and no identifier. An identifier is recognised however it is spaced, hyphenated, accented
or cased: what is hashed is its letters and digits alone. Known identifiers are found far more surely than unknown ones
(CRIS: recall .999 against .90, https://doi.org/10.1186/s12911-017-0437-1).
"""

import hmac
import json
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, StringConstraints, ValidationError
from pydantic.alias_generators import to_camel

from preceptor.digests import digest_json
from preceptor.exits import BadInput
from preceptor.manifests import sentence_of
from preceptor.phi.fingerprint import Fingerprinter
from preceptor.phi.formats.numbers import whole
from preceptor.phi.labels import called
from preceptor.phi.normalise import normalise
from preceptor.phi.types import PhiType, Severity, Span

DETECTOR = "roster"
_TOKEN = re.compile(r"[^\W_]+")
# Groups of digits with marks between them, of which some may together be a number that the roster has in one piece.
# Atomic, since what it passes over may be a megabyte without a space.
_PIECE = r"(?>[^\W_]*\d)[^\W_]*+"
_GROUPS = re.compile(rf"(?<![^\W_]){_PIECE}(?:[ ./()+-]{{1,2}}{_PIECE})+")
_LETTERS_FIRST = re.compile(r"([^\W\d_]+)\d")
# A shorter identifier would be found in every text.
_LEAST = 4
_LEAST_NAME = 3
_MOST_TOKENS = 12
_KNOWN_TOKENS = 500_000
_Hash = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{32}$")]
_Start = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{16}$")]
_MONTHS = {
    "en": "January February March April May June July August September October November December",
    "es": "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre",
}
# What a column's name says of its values.
_COLUMNS: tuple[tuple[str, str], ...] = (
    ("mrn|medical.?record|patient.?id|chart", PhiType.MRN),
    ("ssn|social.?security", PhiType.SSN),
    ("birth|dob|date|death|admission|admitted|discharge", PhiType.DATE),
    ("mail", PhiType.EMAIL),
    ("fax", PhiType.FAX),
    ("phone|mobile|cell|tel", PhiType.PHONE),
    ("address|street|city|town|zip|postal|postcode|county", PhiType.LOCATION),
    ("member|insur|policy|plan|medicare|medicaid", PhiType.HEALTH_PLAN),
    ("account|iban|card", PhiType.ACCOUNT),
    ("licen", PhiType.LICENCE),
    ("plate|vin$|vehicle", PhiType.VEHICLE),
    ("device|serial|udi", PhiType.DEVICE),
    ("name|surname|family|given|nombre|apellido", PhiType.NAME),
)


class RosterFile(BaseModel):
    """The roster as it is stored: the type of each identifier's hash, and hashes of the words that they begin with."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, extra="forbid", frozen=True)

    schema_version: Literal[1] = 1
    kind: Literal["PhiRoster"] = "PhiRoster"
    key_id: _Start
    lengths: tuple[int, ...]
    starts: frozenset[_Start]
    entries: dict[_Hash, str]

    @property
    def digest(self) -> str:
        """Digest of the roster."""
        return digest_json({"keyId": self.key_id, "entries": dict(sorted(self.entries.items()))})


class Roster:
    """Finds the roster's identifiers. Holds a key: never print it."""

    def __init__(self, file: RosterFile, fingerprinter: Fingerprinter) -> None:
        self._hasher = _Hasher(fingerprinter)
        if file.key_id != self._hasher.key_id:
            raise BadInput(
                "The roster was made with another fingerprint key: use that key, or make the roster again.",
                reason="RosterKeyDiffers",
            )
        self.digest = file.digest
        self._entries = {bytes.fromhex(hash): kind for hash, kind in file.entries.items()}
        self._starts = {bytes.fromhex(hash) for hash in file.starts}
        self._lengths = frozenset(file.lengths)
        self._longest = max(file.lengths, default=0)
        # Words that were hashed before: those that begin no identifier, and those that do.
        self._cold: set[str] = set()
        self._hot: set[str] = set()

    def spans(self, text: str) -> list[Span]:
        """Where the roster's identifiers stand in a text, in code points of it."""
        normal = normalise(text)
        return [
            Span(*normal.source_span(start, end), kind, DETECTOR, Severity.HIGH)
            for start, end, kind in self._found(normal.text)
        ]

    def _found(self, text: str) -> Iterator[tuple[int, int, str]]:
        tokens = _TOKEN.findall(text)
        words = set(tokens)
        if len(self._cold) > _KNOWN_TOKENS:
            self._cold.clear()
        for word in words - self._cold - self._hot:
            (self._hot if self._hasher.start(plain(word)) in self._starts else self._cold).add(word)
        if not self._hot.isdisjoint(words):
            places = list(_TOKEN.finditer(text))
            for index, token in enumerate(tokens):
                if token in self._hot:
                    yield from self._longest_from(places, index)
        for group in _GROUPS.finditer(text):
            yield from self._in_group(group.start(), group.group())

    def _longest_from(self, places: list[re.Match[str]], index: int) -> Iterator[tuple[int, int, str]]:
        compact = ""
        best: tuple[int, int, str] | None = None
        for place in places[index : index + _MOST_TOKENS]:
            compact += plain(place.group())
            if len(compact) > self._longest:
                break
            kind = self._kind(compact)
            if kind is not None:
                best = places[index].start(), place.end(), kind
        if best is not None:
            yield best

    def _in_group(self, offset: int, group: str) -> Iterator[tuple[int, int, str]]:
        places = list(_TOKEN.finditer(group))
        for index in range(min(len(places), 64)):
            for start, end, kind in self._longest_from(places, index):
                yield offset + start, offset + end, kind

    def _kind(self, compact: str) -> str | None:
        return self._entries.get(self._hasher.whole(compact)) if len(compact) in self._lengths else None


class _Hasher:
    """Hashes under a key that is derived from the fingerprints' key, so that the two cannot be compared."""

    def __init__(self, fingerprinter: Fingerprinter) -> None:
        self._key = fingerprinter.derived("roster")
        self.key_id = hmac.digest(self._key, b"key id", "sha256").hex()[:16]
        self.whole = lru_cache(maxsize=65_536)(self._whole)

    def _whole(self, compact: str) -> bytes:
        return hmac.digest(self._key, b"whole\0" + compact.encode("utf-8", "replace"), "sha256")[:16]

    def start(self, token: str) -> bytes:
        return hmac.digest(self._key, b"start\0" + token.encode("utf-8", "replace"), "sha256")[:8]


def plain(token: str) -> str:
    """Letters and digits alone, without case and accents."""
    if token.isascii():
        return token.lower()
    return "".join(c for c in unicodedata.normalize("NFKD", token.casefold()) if c.isalnum())


def build(identifiers: Iterable[tuple[str, str]], fingerprinter: Fingerprinter) -> tuple[RosterFile, int]:
    """The roster of (type, identifier) pairs, and how many were left out as too short to tell anything."""
    hasher = _Hasher(fingerprinter)
    entries: dict[str, str] = {}
    starts: set[str] = set()
    lengths: set[int] = set()
    short = 0
    for kind, identifier in identifiers:
        for form in forms(kind, identifier):
            tokens = [plain(token) for token in _TOKEN.findall(normalise(form).text)][:_MOST_TOKENS]
            compact = "".join(tokens)
            if len(compact) < (_LEAST_NAME if kind == PhiType.NAME else _LEAST):
                short += 1
                continue
            entries[hasher.whole(compact).hex()] = kind
            starts |= {hasher.start(tokens[0]).hex(), hasher.start(compact).hex()}
            letters = _LETTERS_FIRST.match(compact)
            if letters:
                # "PT12345678" may be written "PT 1234 5678".
                starts.add(hasher.start(letters.group(1)).hex())
            lengths.add(len(compact))
    file = RosterFile(
        key_id=hasher.key_id,
        lengths=tuple(sorted(lengths)),
        starts=frozenset(starts),
        entries=entries,
    )
    return file, short


def forms(kind: str, identifier: str) -> Iterator[str]:
    """The ways in which an identifier is written: a name with either part first, a day as people write it."""
    yield identifier
    tokens = _TOKEN.findall(identifier)
    if kind == PhiType.NAME and 2 <= len(tokens) <= 4:
        yield " ".join([*tokens[1:], tokens[0]])
        yield " ".join([tokens[-1], *tokens[:-1]])
    if kind == PhiType.DATE:
        day = _day(identifier)
        if day is not None:
            yield from _forms_of_day(day)


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text.strip()[:10])
    except ValueError:
        return None


def _forms_of_day(day: date) -> Iterator[str]:
    y, m, d = day.year, day.month, day.day
    for month, number in ((f"{m:02}", f"{d:02}"), (str(m), str(d))):
        yield f"{y}-{month}-{number}"
        for year in (f"{y}", f"{y % 100:02}"):
            yield f"{month}/{number}/{year}"
            yield f"{number}/{month}/{year}"
    english, spanish = (_MONTHS[language].split()[m - 1] for language in ("en", "es"))
    for name in (english, english[:3]):
        yield f"{name} {d}, {y}"
        yield f"{d} {name} {y}"
    yield f"{d} de {spanish} de {y}"


@lru_cache(maxsize=1024)
def type_of_column(name: str) -> str:
    """The type that a column's values have, by its name; ``OTHER_ID`` where the name says nothing."""
    words = re.sub(r"[\W_]+", " ", name.lower())
    return next((kind for pattern, kind in _COLUMNS if re.search(pattern, words)), PhiType.OTHER_ID)


def identifiers_of(rows: Iterable[Mapping[str, Any]]) -> Iterator[tuple[str, str]]:
    """(type, identifier) of every field of every row that holds something."""
    for row in rows:
        for name, value in row.items():
            is_whole = isinstance(value, float) and value.is_integer()
            if (isinstance(value, str | int) or is_whole) and not isinstance(value, bool) and str(value).strip():
                yield str(type_of_column(name)), whole(str(value))


def read_roster(path: Path) -> RosterFile:
    """Read a roster. Raises BadInput when it cannot be read or is none."""
    try:
        return RosterFile.model_validate_json(path.read_bytes())
    except (OSError, ValueError) as error:
        why = sentence_of(error) if isinstance(error, ValidationError) else "it cannot be read"
        raise BadInput(
            f"The roster {called(path, '--roster')} is not usable: {why}. Make it with `preceptor phi roster create`."
        ) from None


def roster_document(file: RosterFile) -> str:
    """The roster as text for its file, the same for the same identifiers and key."""
    document = file.model_dump(mode="json", by_alias=True)
    document["starts"] = sorted(document["starts"])
    document["entries"] = dict(sorted(document["entries"].items()))
    return json.dumps(document, separators=(",", ":")) + "\n"
