"""With what does a scan look: which key, which policy, which roster?"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Self

from preceptor.digests import digest_json
from preceptor.phi.detect import Detector, Query, default_detector, merge
from preceptor.phi.fingerprint import Fingerprinter
from preceptor.phi.policy import Policy, load_policy
from preceptor.phi.report import config_digest
from preceptor.phi.roster import Roster, RosterFile, read_roster
from preceptor.phi.scan import Scanner
from preceptor.phi.types import Span


class ConfiguredDetector(Detector):
    """The detector that ships, with a policy's cues and a roster added, and what the policy does not count left out."""

    def __init__(self, policy: Policy, roster: Roster | None = None) -> None:
        shipped = default_detector()
        rules = (*shipped.rules, *policy.rules())
        super().__init__(rules, shipped.finders, policy.counts, policy.organisations, shipped.followers)
        self._roster = roster

    def _block(self, queries: Sequence[Query]) -> list[list[Span]]:
        found = super()._block(queries)
        if self._roster is None:
            return found
        known = [self._roster.spans(query.text) for query in queries]
        return [merge([*spans, *more]) if more else spans for spans, more in zip(found, known, strict=True)]


@dataclass(frozen=True, slots=True)
class Settings:
    """What a worker needs to look as its parent does. Holds a key: never print it."""

    key: bytes
    origin: str
    policy: Policy
    roster: RosterFile | None = None

    @classmethod
    def load(cls, *, policy: Path | None = None, roster: Path | None = None, needed_for: str = "") -> Self:
        """Read key, policy and roster. Raises BadInput on an unusable one, before any data is read."""
        fingerprinter = Fingerprinter.from_environment(needed_for=needed_for or ("A roster" if roster else ""))
        settings = cls(
            *fingerprinter.secret(), load_policy(policy), read_roster(roster) if roster is not None else None
        )
        settings.detector()
        return settings

    @property
    def fingerprinter(self) -> Fingerprinter:
        """The keyed fingerprints."""
        return Fingerprinter(self.key, self.origin)

    def detector(self) -> Detector:
        """The detector; the one that ships where there is neither policy nor roster."""
        if self.policy.is_default and self.roster is None:
            return default_detector()
        return _configured(self)

    def scanner(self) -> Scanner:
        """A scanner that has seen nothing yet."""
        return Scanner(self.fingerprinter, self.detector())

    @property
    def digest(self) -> str:
        """Digest of everything that decides what is found."""
        parts = {"detector": config_digest(self.detector()), "policy": self.policy.digest}
        return digest_json(parts if self.roster is None else {**parts, "roster": self.roster.digest})

    def __hash__(self) -> int:
        return hash((self.key, self.policy.digest, self.roster.digest if self.roster else ""))

    def __repr__(self) -> str:
        return "Settings(…)"


@lru_cache(maxsize=4)
def _configured(settings: Settings) -> Detector:
    roster = Roster(settings.roster, settings.fingerprinter) if settings.roster is not None else None
    return ConfiguredDetector(settings.policy, roster)
