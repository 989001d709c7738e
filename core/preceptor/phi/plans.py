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

    ``source`` is a pattern: what every match begins with (``begun``), or a factor that every match holds (``held``).
    ``length`` is the most characters that a ``whole`` text can have. ``always`` is for a rule that has nothing to look
    for.
    """

    how: Literal["begun", "held", "whole", "always"]
    source: str = ""
    length: int = 0


def plan(rule: Rule) -> Plan:
    """How a rule is looked for."""
    return _stored().get(digest(rule)) or worked_out(rule)


def worked_out(rule: Rule) -> Plan:
    """The same from the rule alone."""
    # Not needed where the plans are stored, and slow to import.
    from preceptor.phi.trigger import shared

    found = _looked_for(rule)
    return found._replace(source=shared(found.source))


def _looked_for(rule: Rule) -> Plan:
    from preceptor.phi.trigger import factor, longest_whole, prefix, whole

    begin = whole(rule.begin) or prefix(rule.pattern, needs_digit=_needs_digit(rule))
    if begin is not None and begin.weight >= _LEAST_WEIGHT and not rule.inside:
        return Plan("begun", begin.source)
    longest = longest_whole(rule.pattern)
    if longest is not None:
        return Plan("whole", "", longest)
    inner = factor(rule.pattern)
    return Plan("held", inner.source) if inner is not None and inner.weight >= 1 else Plan("always")


def _needs_digit(rule: Rule) -> bool:
    return bool(getattr(rule.check, "needs_digit", False))


def digest(rule: Rule) -> str:
    """Tells a rule from every other that may be looked for in another way."""
    asked = json.dumps([rule.pattern, rule.begin, rule.inside, _needs_digit(rule)])
    return hashlib.sha256(asked.encode()).hexdigest()[:32]


@cache
def _stored() -> dict[str, Plan]:
    file = files("preceptor.phi").joinpath("data", FILE)
    if not file.is_file():
        return {}
    return {digest: Plan(*each) for digest, each in json.loads(file.read_text(encoding="utf-8")).items()}
