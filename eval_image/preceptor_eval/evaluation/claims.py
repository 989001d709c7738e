"""Which sentences of an answer claim something that evidence has to support?"""

import re
from typing import Final

_BOUNDARY: Final = re.compile(r"(?<=[.!?])[\"')\]]*\s+|\n+")
_MARKS: Final = re.compile(r"^[\s*_#>•-]+(?:\d+[.)]\s+)?|[\s*_]+$")
_LABEL: Final = re.compile(r"^(?:triage\s*:\s*)?(?:emergency|routine)\b[\s*_]*[.:!,;-]+\s*", re.IGNORECASE)
# Whole sentences only, so that a claim cannot hide behind one of these openings.
_NOT_A_CLAIM: Final = re.compile(
    r"(?:emergency|routine"
    r"|(?:please )?(?:call|dial|ring|phone) (?:911|999|112|000|an ambulance|(?:the )?emergency services|for help)"
    r"(?: now| immediately| at once| right away| straight away)?"
    r"|(?:please )?(?:seek|get) (?:urgent |emergency |immediate )?(?:medical )?(?:care|help|attention)"
    r"(?: now| immediately| at once| right away)?"
    r"|(?:please )?go to (?:the|your) (?:nearest )?(?:emergency (?:department|room)|hospital|a&e)"
    r"(?: now| immediately| at once| right away)?"
    r"|hello|hi|thanks|thank you(?: for your (?:message|question))?|you(?:'|’)re welcome|take care|get well soon"
    r"|i hope (?:you|they|he|she) feels? better(?: soon)?"
    r"|i(?: am|'m|’m) sorry to hear (?:that|this))",
    re.IGNORECASE,
)
_WORD: Final = re.compile(r"[^\W\d_]{2,}|\d")


def sentences(text: str) -> list[str]:
    """Sentences and lines of a text, without list marks; empty ones are dropped."""
    parts = (_MARKS.sub("", part) for part in _BOUNDARY.split(text))
    return [part for part in parts if part]


def check_worthy(answer: str) -> list[str]:
    """The sentences that assert or advise something beyond the label, a call for help, courtesy or a question.

    A question with a number in it stays: "Why not take 400 mg?" advises.
    """
    found = []
    for sentence in sentences(answer):
        claim = _LABEL.sub("", sentence).strip()
        bare = claim.rstrip(" .!?;:,")
        if not _WORD.search(bare) or _NOT_A_CLAIM.fullmatch(bare):
            continue
        if claim.endswith("?") and not re.search(r"\d", claim):
            continue
        found.append(claim)
    return found
