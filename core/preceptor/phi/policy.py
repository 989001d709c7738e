"""Which findings does an organisation's policy file count?"""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Literal, Self

import re2
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError, model_validator
from pydantic.alias_generators import to_camel

from preceptor.digests import digest_json
from preceptor.exits import BadInput
from preceptor.phi.detect import default_detector
from preceptor.phi.rule import IDENTIFIER, SEPARATOR, Candidate, Rule
from preceptor.phi.rules.schemes import schemes
from preceptor.phi.types import NATIONAL, PhiType, Severity, Span, among
from preceptor.phi.written import Written

_WORDS = r"\p{Lu}[\p{L}'.-]*(?: \p{Lu}[\p{L}'.-]*){0,3}"


class _Model(BaseModel):
    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, extra="forbid", frozen=True)


class Types(_Model):
    """Which types count: only these, or all but these."""

    only: tuple[str, ...] | None = None
    without: tuple[str, ...] | None = None

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        if (self.only is None) == (self.without is None):
            raise ValueError("types takes either only or without")
        return self


class Policy(_Model):
    """What counts as a finding. Without a file, everything does."""

    schema_version: Literal[1] = 1
    types: Types | None = None
    # Hospitals' and other organisations' names, which Safe Harbor does not list by themselves.
    organisations: bool = True
    minimum_severity: Severity = Severity.LOW
    # More words that stand before a value, by the type of the value.
    cues: dict[str, tuple[Annotated[str, StringConstraints(min_length=2, max_length=64)], ...]] = Field(
        default_factory=dict
    )

    @property
    def digest(self) -> str:
        """Digest of the policy, whatever its file looks like."""
        return digest_json(self.model_dump(mode="json", by_alias=True))

    @property
    def is_default(self) -> bool:
        """Whether everything counts."""
        return self == Policy()

    def counts(self, span: Span) -> bool:
        """Whether a span is a finding."""
        kind = str(span.type)
        if self.types is not None:
            if self.types.only is not None and not among(kind, self.types.only):
                return False
            if self.types.without is not None and among(kind, self.types.without):
                return False
        if not self.organisations and kind == PhiType.ORGANISATION:
            return False
        return span.severity.rank >= self.minimum_severity.rank

    def rules(self) -> tuple[Rule, ...]:
        """The rules for the additional cues."""
        return tuple(_cue_rule(kind, words) for kind, words in sorted(self.cues.items()) if words)

    def is_known(self) -> bool:
        """Whether there is every type that the policy speaks of."""
        known = known_types()
        counted = (*(self.types.only or ()), *(self.types.without or ())) if self.types is not None else ()
        # A value behind a cue has a type of its own.
        return known.issuperset(self.cues) and (known | {NATIONAL}).issuperset(counted)


def load_policy(path: Path | None) -> Policy:
    """Read a policy file, or take the default one.

    Raises BadInput on a file that cannot be read, an unknown field or an unknown type.
    """
    if path is None:
        return Policy()
    written = Written.read(path, "policy", "--policy")
    try:
        policy = Policy.model_validate({} if written.document is None else written.document)
    except ValidationError as error:
        fields = ", ".join(str(field.alias) for field in Policy.model_fields.values())
        raise BadInput(f"{written.refused(error)} The fields of a policy are {fields}.") from None
    if not policy.is_known():
        raise BadInput(f"{written.called} names a type that there is not. The types are {_listed()}.")
    return policy


def known_types() -> frozenset[str]:
    """Every type that a finding can have, the unreadable place apart."""
    rules = (str(rule.type) for rule in default_detector().rules)
    return frozenset(PhiType) | frozenset(rules) | frozenset(scheme.type for scheme in schemes())


def _listed() -> str:
    beginning = f"{NATIONAL}_"
    known = sorted(known_types())
    plain = [kind for kind in known if not kind.startswith(beginning)]
    numbers = [kind.removeprefix(beginning) for kind in known if kind.startswith(beginning)]
    return (
        f"{', '.join(plain)}; {NATIONAL}, which means every national number and is no type of a cue's; and of these "
        f"each by itself, {beginning} with {', '.join(numbers)}"
    )


def _cue_rule(kind: str, words: Sequence[str]) -> Rule:
    cues = "|".join(re.sub(r"\\? +", r"[ _-]?", re2.escape(word.strip())) for word in words)
    value = _WORDS if kind in (PhiType.NAME, PhiType.LOCATION) else IDENTIFIER
    flagged = value if kind in (PhiType.NAME, PhiType.LOCATION) else f"(?i:{value})"
    return Rule(
        f"policy-cue-{kind.lower().replace('_', '-')}",
        kind,
        rf"(?i:\b(?:{cues}){SEPARATOR})(?P<v>{flagged})",
        check=None if kind in (PhiType.NAME, PhiType.LOCATION) else _has_a_digit,
        cued=True,
    )


def _has_a_digit(candidate: Candidate) -> Severity | None:
    """A code after one of the policy's own cue words."""
    return Severity.HIGH if candidate.digits else None
