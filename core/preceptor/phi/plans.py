"""How is each rule looked for in a text?

Worked out from its pattern by :mod:`preceptor.phi.trigger`. For the rules that ship that is done beforehand, since it
takes longer than to scan a megabyte: ``phi/data/plans.json`` is generated (``make generate``). A rule that the file
does not know is worked out on the spot.
"""

import hashlib
import json
from functools import cache
from importlib.resources import files
from typing import Literal, NamedTuple

from preceptor.phi.rule import Rule

FILE = "plans.json"
# A beginning that weighs less stands at too many places to be looked up each time.
_LEAST_WEIGHT = 1.8


class Plan(NamedTuple):
    """What is looked for.

    ``source`` is a pattern: the beginning of every match, for which all rules whose own begin alike (``word``,
    ``digits``, ``letters``, ``foreign``) are looked for at once, or the rule's pattern ``alone``, or a ``factor`` that
    every match holds. ``length`` is the most characters that it reads; of a ``whole`` text, the most that it can have.
    ``always`` is for a rule that has nothing to look for.
    """

    how: Literal["word", "digits", "letters", "alone", "factor", "whole", "always"]
    source: str = ""
    length: int = 0


def plan(rule: Rule) -> Plan:
    """How a rule is looked for."""
    return _stored().get(digest(rule)) or worked_out(rule)


def worked_out(rule: Rule) -> Plan:
    """The same from the rule alone."""
    # Not needed where the plans are stored, and slow to import.
    from preceptor.phi.trigger import factor, longest_whole, opening, prefix, whole

    if rule.alone:
        return Plan("alone", rule.pattern)
    begin = whole(rule.begin) or prefix(rule.pattern, needs_digit=_needs_digit(rule))
    if begin is not None and begin.weight >= _LEAST_WEIGHT and not rule.inside:
        return Plan(opening(rule.pattern), begin.source, begin.length)
    longest = longest_whole(rule.pattern)
    if longest is not None:
        return Plan("whole", "", longest)
    inner = factor(rule.pattern)
    return Plan("factor", inner.source, inner.length) if inner is not None and inner.weight >= 1 else Plan("always")


def _needs_digit(rule: Rule) -> bool:
    return bool(getattr(rule.check, "needs_digit", False))


def digest(rule: Rule) -> str:
    """Tells a rule from every other that may be looked for in another way."""
    asked = json.dumps([rule.pattern, rule.begin, rule.inside, rule.alone, _needs_digit(rule)])
    return hashlib.sha256(asked.encode()).hexdigest()[:32]


@cache
def _stored() -> dict[str, Plan]:
    file = files("preceptor.phi").joinpath("data", FILE)
    if not file.is_file():
        return {}
    return {digest: Plan(*each) for digest, each in json.loads(file.read_text(encoding="utf-8")).items()}
