"""Which triage label does a free-text answer give?

Reading the label from free text, rather than forcing a choice, is deliberate: forced choices are a known cause of
under-triage in evaluations (reply to Nature Medicine 2026, doi:10.1038/s41591-026-04297-7).
"""

import re
from typing import Final, Literal

Predicted = Literal["emergency", "routine", "unparsable"]

# A heading or list mark and a field's name may stand before the label.
_LEAD: Final = re.compile(r"^[\s*_#>\"'`-]*(?:(?:triage|label|answer|urgency)\s*[:=-]\s*)?[\s*_\"'`]*", re.IGNORECASE)
_FIRST: Final = re.compile(r"(emergency|routine)\b", re.IGNORECASE)
_PHRASE_ENDS: Final = re.compile(r"[\s*_\"'`]*(?:[.:!,;\n-]|$)")
_CAPITAL: Final = re.compile(r"\b(EMERGENCY|ROUTINE)\b")
_NEGATED_BEFORE: Final = re.compile(
    r"\b(?:not?|non|isn't|isn’t|never|without|neither|nor)(?:\s+(?:an?|the))?[\s-]+$", re.IGNORECASE
)
_NEGATED_AFTER: Final = re.compile(r"^[\s*_\"'`]*[:=?-][\s*_\"'`]*(?:no|not|none|false|unlikely)\b", re.IGNORECASE)


def label_of(answer: str) -> Predicted:
    """The label of an answer: the one that it starts with, or else the only one that it spells in capitals.

    ``unparsable`` where there is none, where both are spelt in capitals, or where the label is negated. The caller
    counts an unparsable answer as wrong in both directions.
    """
    lead = _LEAD.match(answer)
    body = answer[lead.end() if lead else 0 :]
    capitals = list(_CAPITAL.finditer(body))
    if any(_is_negated(body, match) for match in capitals):
        return "unparsable"
    labels = {match[1].lower() for match in capitals}
    first = _FIRST.match(body)
    # "Emergency services …" begins a sentence; it is the label only in capitals or where a mark follows it.
    if first is not None and (first[0].isupper() or _PHRASE_ENDS.match(body, first.end())):
        if _is_negated(body, first):
            return "unparsable"
        labels.add(first[0].lower())
    if labels == {"emergency"}:
        return "emergency"
    if labels == {"routine"}:
        return "routine"
    return "unparsable"


def _is_negated(body: str, match: re.Match[str]) -> bool:
    return bool(_NEGATED_BEFORE.search(body[: match.start()]) or _NEGATED_AFTER.match(body[match.end() :]))
