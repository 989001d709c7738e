"""Which identifier stands beside which label?

The label is looked for first, since labels are rarer than numbers: then the value right after it ("MRN: 12"), one a few
words later ("her record number, which I have here, is 12345"), or one before it ("12345 is my record number").
"""

import re
from functools import cache

from preceptor.phi.rule import Candidate, Near, Rule, Verdict
from preceptor.phi.rules.label_values import AHEAD, BEHIND, is_letter, is_of_nobody, judged, listed, places
from preceptor.phi.rules.label_words import (
    LONG,
    begins_in_latin,
    detectors,
    label_length,
    meaning_of,
    spaced,
    words_of,
    words_of_numbers,
)
from preceptor.phi.types import PhiType

# A label's characters at most.
MOST = 80


@cache
def _digits(count: int) -> re.Pattern[str]:
    """Matches so many digits, whatever stands between them."""
    return re.compile(rf"\d(?:\D*\d){{{count - 1}}}")


def _labelled(candidate: Candidate) -> list[Verdict] | None:
    text = candidate.text
    start = candidate.start
    end = start + label_length(text[start : start + MOST])
    if end == start:
        return None
    if (is_letter(text, start - 1) and text[start].isascii()) or (
        is_letter(text, end) and text[end - 1].isalpha() and not _GLUED.match(text, end)
    ):
        return None
    meaning = meaning_of(text[start:end].lower())
    if meaning.least and not _digits(meaning.least).search(text, max(0, start - BEHIND), end + AHEAD):
        return None
    for value_start, value_end, near in places(text, start, end, meaning):
        verdict = judged(text, value_start, value_end, meaning, near)
        if verdict is not None:
            nobody = is_of_nobody(text, start, end, verdict)
            return None if nobody else [verdict, *listed(text, verdict, meaning)]
    return None


def _pattern(words: list[str], end: str) -> str:
    begin = r"(?:\b|_)" if begins_in_latin(words[0]) else ""
    return rf"(?i){begin}(?P<v>{'|'.join(map(spaced, words))}){end}"


# An everyday word is a label only where a digit follows soon.
_SOON = r"(?:[^a-z\d][^\d]{0,26})?"
# Most of them only before four digits that may be one value, see label_values; or before any digit where a sign
# makes another label of them: "policy #AB-12". ("Last 4 digits of" is a label itself.)
_NUMBER = (
    rf"(?:{_SOON}\d(?:(?:[a-z./_+\\:()*•-]*|[a-z]{{0,2}}[ \t][a-z]{{0,2}})\d){{3}}"
    r"|(?:[^a-z\d#º°][^\d#º°]{0,25})?[#º°][^\d]{0,26}\d)"
)
# "faxNumber" is a label, "faxes" is none.
_END = r"(?:[^a-z]|$|number|num\b|no\b|id\b|code\b)"
_GLUED = re.compile(r"(?i)(?:number|num|no|id|code)(?![a-z])")


def labelled_rules() -> tuple[Rule, ...]:
    """The rules for all labels: their check says which of them it was."""
    names = detectors()
    of_numbers = words_of_numbers()

    def latin(*, strong: bool, long: bool) -> list[str]:
        return [w for w in words_of(strong=strong, long=long) if begins_in_latin(w) and (strong or w not in of_numbers)]

    # "Cell", "contact" and "call" stand in every abstract.
    far = Near(digits=LONG, before=BEHIND, behind=MOST + AHEAD)
    return tuple(
        Rule(
            id,
            PhiType.OTHER_ID,
            # The check looks for the label itself: it is asked where one begins.
            r"_?(?P<v>[^_])",
            check=_labelled,
            cued=True,
            names=names,
            begin=pattern,
            near=near,
        )
        for id, near, pattern in (
            ("labelled", None, _pattern(latin(strong=True, long=False), _END)),
            ("labelled-long", far, _pattern(latin(strong=True, long=True), _END)),
            # RE2 knows no word boundary in other scripts.
            ("labelled-in-another-script", None, _pattern([w for w in words_of() if not begins_in_latin(w)], _END)),
            ("beside-a-word", None, _pattern(latin(strong=False, long=False), rf"{_SOON}\d")),
            ("long-beside-a-word", far, _pattern(latin(strong=False, long=True), rf"{_SOON}\d")),
            # "Patient" stands in every note. "Policy #AB-12" has a label of its own, with fewer digits.
            (
                "beside-a-usual-word",
                None,
                _pattern([w for w in words_of(strong=False) if begins_in_latin(w) and w in of_numbers], _NUMBER),
            ),
        )
    )
