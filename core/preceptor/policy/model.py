"""What may an output policy file say?"""

import re
from typing import Annotated, Literal, Self

import re2
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator
from pydantic.alias_generators import to_camel

Decision = Literal["PASS", "WARN", "BLOCK"]
Acting = Literal["WARN", "BLOCK"]
Identifier = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9]*(-[a-z0-9]+)*$", max_length=64)]
ListName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$", max_length=64)]
Pattern = Annotated[str, StringConstraints(min_length=1, max_length=2000)]
Patterns = Annotated[tuple[Pattern, ...], Field(min_length=1)]

_TERM = re.compile(r"\{([a-z_]+)\}")


class _Model(BaseModel):
    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, extra="forbid", frozen=True)


class _Rule(_Model):
    """``category`` groups rules for reports; ``message`` is shown to people and must not depend on the answer."""

    id: Identifier
    decision: Acting
    message: Annotated[str, StringConstraints(min_length=1, max_length=300)]


class PhrasesRule(_Rule):
    """Fires when the answer matches at least one phrase of every list in ``all``."""

    kind: Literal["phrases"]
    category: Literal["prescriptive", "diagnosis", "other"]
    all: Annotated[tuple[ListName, ...], Field(min_length=1)]


class PhiRule(_Rule):
    """Fires when a PHI detector fires on the answer, unless its type or detector is excepted."""

    kind: Literal["phi"]
    except_types: tuple[str, ...] = ()
    except_detectors: tuple[str, ...] = ()

    @property
    def category(self) -> str:
        """The rule's group."""
        return "phi"


class GroundingRule(_Rule):
    """Fires when a sentence makes a claim (a phrase of the list ``claims``) that no context bears out.

    A context bears it out when the sentence cites (a phrase of ``citations``) while contexts were given, or when one
    context holds at least ``minimum_overlap`` of its content words. Sentences under ``minimum_words`` claim nothing.
    """

    kind: Literal["grounding"]
    claims: ListName
    citations: ListName
    minimum_overlap: Annotated[float, Field(gt=0, le=1)] = 0.6
    minimum_words: Annotated[int, Field(ge=1, le=100)] = 4

    @property
    def category(self) -> str:
        """The rule's group."""
        return "grounding"


class EmptyRule(_Rule):
    """Fires on an answer without a letter or digit."""

    kind: Literal["empty"]

    @property
    def category(self) -> str:
        """The rule's group."""
        return "other"


AnyRule = Annotated[PhrasesRule | PhiRule | GroundingRule | EmptyRule, Field(discriminator="kind")]


class PolicyDocument(_Model):
    """A policy file. Patterns are RE2, matched in any case on normalised text; ``{name}`` stands for a list of terms.

    ``harmless`` phrases are taken out of the answer before phrases and claims are looked for.
    """

    schema_version: Literal[1]
    name: Identifier
    terms: dict[ListName, Patterns] = {}
    phrases: dict[ListName, Patterns]
    harmless: tuple[Pattern, ...] = ()
    rules: Annotated[tuple[AnyRule, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        identifiers = [rule.id for rule in self.rules]
        if len(set(identifiers)) != len(identifiers):
            raise ValueError("rule ids must differ")
        for rule in self.rules:
            for name in _lists_of(rule):
                if name not in self.phrases:
                    raise ValueError(f"rule {rule.id} names the phrase list {name}, which is not there")
        for place, patterns in (*self.phrases.items(), ("harmless", self.harmless)):
            for pattern in patterns:
                _compilable(self.expanded(pattern), place)
        return self

    def expanded(self, pattern: str) -> str:
        """A pattern with its terms written out. Raises ValueError for a term that is not there."""

        def term(match: re.Match[str]) -> str:
            if match[1] not in self.terms:
                raise ValueError(f"the term {match[1]} is not there")
            return "(?:" + "|".join(_TERM.sub(term, entry) for entry in self.terms[match[1]]) + ")"

        return _TERM.sub(term, pattern)


def _lists_of(rule: PhrasesRule | PhiRule | GroundingRule | EmptyRule) -> tuple[str, ...]:
    if isinstance(rule, PhrasesRule):
        return rule.all
    return (rule.claims, rule.citations) if isinstance(rule, GroundingRule) else ()


def _compilable(pattern: str, place: str) -> None:
    options = re2.Options()
    options.log_errors = False
    try:
        re2.compile(pattern, options)
    except re2.error as error:
        raise ValueError(f"a pattern of {place} is no RE2 pattern ({error})") from None
