"""What is one detection rule?"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from preceptor.phi.lexicon import alternation
from preceptor.phi.types import Severity


@dataclass(slots=True)
class Candidate:
    """What a pattern matched, before the exact check: ``text[start:end]``, in a normalised text.

    Made for every match, and so not frozen: freezing costs as much as most checks.
    """

    text: str
    start: int
    end: int

    @property
    def value(self) -> str:
        """The matched text. It may be PHI: never log it or put it into an exception."""
        return self.text[self.start : self.end]

    @property
    def digits(self) -> str:
        """The digits of the value."""
        return "".join(filter(str.isdigit, self.value))

    def before(self, length: int) -> str:
        """Up to ``length`` code points left of the value."""
        return self.text[max(0, self.start - length) : self.start]

    def after(self, length: int) -> str:
        """Up to ``length`` code points right of the value."""
        return self.text[self.end : self.end + length]

    def stands_alone(self) -> bool:
        """Whether the value is no part of a longer number, word, UUID or dotted version."""
        left, right = self.before(2), self.after(2)
        if left and (left[-1].isalnum() or left[-1] == "_"):
            return False
        if len(left) == 2 and left[-1] in "-." and left[0].isalnum():
            return False
        if right and (right[0].isalnum() or right[0] == "_"):
            return False
        return not (len(right) == 2 and right[0] in "-." and right[1].isalnum())


@dataclass(slots=True)
class Verdict:
    """What a check says that knows more than how severe a candidate is: what it is and where exactly it stands.

    ``type`` and ``detector`` replace the rule's where they are not empty; ``start`` and ``end`` (code points of the
    candidate's text) replace the candidate's, and may lie outside it: a rule may look for a label and judge its value.
    """

    severity: Severity
    start: int
    end: int
    type: str = ""
    detector: str = ""


# What a detector whose name ends so says is a finding only where something else was found that tells of somebody: in
# a text without PHI it is a score, a value or a code.
IN_COMPANY = "-in-company"

# A check that knows of several identifiers in its candidate answers with all of them. One that knows that its rule has
# nothing to say of what begins before a place further on answers with the place, a code point of the candidate's text.
Check = Callable[[Candidate], Severity | Verdict | Sequence[Verdict] | int | None]


class Near(NamedTuple):
    """So many ASCII digits stand from ``before`` characters in front of where a match begins to ``behind`` after it."""

    digits: int
    before: int
    behind: int


@dataclass(frozen=True, slots=True)
class Rule:
    """A pattern (RE2) that proposes and a check that disposes.

    The pattern's group ``v`` is the value; without it the whole match is. ``check`` returns the severity, or None where
    the candidate is nothing. ``cued`` rules need a word beside the value: only these read bare JSON numbers. ``inside``
    says that what every match begins with is common and what it holds further on is rarer: the engine looks for that.
    ``begin`` is a pattern of what stands wherever a match begins that the check takes, where that is rarer than the
    beginning of ``pattern``. ``behind_capital`` says that the check takes only what stands behind a word that begins
    with a capital, with at most spaces, commas, full stops, dashes, brackets and apostrophes between, and ``behind``
    that it takes only what stands right behind one of these, and ``near`` that digits stand about: elsewhere it is not
    asked.
    """

    id: str
    type: str
    pattern: str
    severity: Severity = Severity.HIGH
    check: Check | None = None
    cued: bool = False
    # Names that the check's verdicts may carry instead of ``id``.
    names: frozenset[str] = frozenset()
    inside: bool = False
    begin: str = ""
    behind_capital: bool = False
    behind: tuple[str, ...] = ()
    near: Near | None = None


# Between a cue and its value: "MRN: 12", "MRN number is 12", '"mrn":"12"', "MRN#12".
SEPARATOR = (
    r"(?:[ _]{0,2}(?:numbers?|no\b\.?|num\b\.?|nr\b\.?|ids?\b|identifiers?|codes?\b|#))?"
    r"""["']?\s{0,3}(?:is\b|was\b|are\b|:|=|#|-)?\s{0,3}["'(#\[]{0,2}"""
)
# An identifier as people write it; the check asks for enough digits.
IDENTIFIER = r"[A-Z0-9](?:[A-Z0-9/.-]{0,28}[A-Z0-9])?"


def cue(list_name: str, value: str = IDENTIFIER) -> str:
    """A pattern for a value that stands after one of the cues of a list of ``phi/data/cues.yml``, in any case."""
    return after(alternation(list_name), value)


def after(words: str, value: str = IDENTIFIER) -> str:
    """A pattern for a value that stands after one of the cue words (an RE2 alternation), in any case."""
    return rf"(?i)\b(?:{words}){SEPARATOR}(?P<v>{value})"


@dataclass(frozen=True, slots=True)
class EnoughDigits:
    """A check: from ``minimum`` to ``maximum`` digits, and not cut out of a longer word."""

    minimum: int
    severity: Severity = Severity.HIGH
    maximum: int = 40

    @property
    def needs_digit(self) -> bool:
        """Read by the engine: a place without a digit need not be looked at."""
        return self.minimum > 0

    def __call__(self, candidate: Candidate) -> Severity | None:
        """The severity, or None."""
        right = candidate.after(1)
        if right and (right.isalnum() or right == "_"):
            return None
        return self.severity if self.minimum <= len(candidate.digits) <= self.maximum else None


def enough_digits(minimum: int, severity: Severity = Severity.HIGH, maximum: int = 40) -> Check:
    """A check: from ``minimum`` to ``maximum`` digits, and not cut out of a longer word."""
    return EnoughDigits(minimum, severity, maximum)
