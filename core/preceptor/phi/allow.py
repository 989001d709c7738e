"""Which findings has somebody looked at and answers for?"""

from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from preceptor.digests import digest_json
from preceptor.exits import BadInput
from preceptor.phi.globs import matches
from preceptor.phi.types import UNREADABLE, Finding
from preceptor.phi.written import Written

_Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=512)]


class Entry(BaseModel):
    """One finding that is allowed: its fingerprint, where it may stand, why, who answers for it, and until when."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    fingerprint: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{32}$")]
    # A glob over the names that a report uses: ** reaches across folders.
    path: _Text
    reason: _Text
    owner: _Text
    expiry: date

    @property
    def digest(self) -> str:
        """Tells entries apart in the report of a shard."""
        return digest_json(self.model_dump(mode="json"))


class _Document(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    entries: Annotated[tuple[Entry, ...], Field(max_length=100_000)]


class Allowlist:
    """Entries by fingerprint, with those that were needed so far."""

    def __init__(self, entries: Iterable[Entry] = ()) -> None:
        self.entries = tuple(entries)
        self.used: set[str] = set()
        self.count = 0
        self._by_fingerprint: dict[str, list[Entry]] = {}
        for entry in self.entries:
            self._by_fingerprint.setdefault(entry.fingerprint, []).append(entry)

    def allows(self, finding: Finding) -> bool:
        """Whether an entry covers the finding; what cannot be read is never allowed."""
        if finding.type == UNREADABLE:
            return False
        found = False
        for entry in self._by_fingerprint.get(finding.fingerprint, ()):
            if matches(entry.path, finding.file):
                self.used.add(entry.digest)
                found = True
        self.count += found
        return found

    def unused(self, used: Iterable[str] | None = None) -> list[int]:
        """The entries, counted from 1, that no finding needed."""
        needed = self.used if used is None else set(used)
        return [number for number, entry in enumerate(self.entries, start=1) if entry.digest not in needed]

    def digests(self) -> list[str]:
        """The entries' digests in order."""
        return [entry.digest for entry in self.entries]


def load_allowlist(path: Path | None, today: date) -> Allowlist:
    """Read an allowlist: a list of entries, or a mapping with ``entries``.

    Raises BadInput when it cannot be read, an entry lacks something, or an entry has expired by ``today``.
    """
    if path is None:
        return Allowlist()
    written = Written.read(path, "allowlist", "--allow")
    document = written.document
    try:
        entries = _Document.model_validate(
            document if isinstance(document, dict) else {"entries": document or []}
        ).entries
    except ValidationError as error:
        raise BadInput(
            f"{written.refused(error)} An entry needs fingerprint, path, reason, owner and expiry."
        ) from None
    expired = [number for number, entry in enumerate(entries, start=1) if entry.expiry < today]
    if expired:
        raise BadInput(
            f"{written.called} has expired entries ({listed(expired)}): look at each again, then renew or remove it.",
            reason="AllowEntryExpired",
        )
    return Allowlist(entries)


def listed(numbers: list[int]) -> str:
    """Entries' numbers in a sentence."""
    shown = ", ".join(f"number {number}" for number in numbers[:5])
    return f"{shown} and {len(numbers) - 5} more" if len(numbers) > 5 else shown
