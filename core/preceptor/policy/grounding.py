"""Which sentences of an answer claim something that no context bears out?"""

import re
from collections.abc import Callable, Sequence

_SENTENCE = re.compile(r"[^.!?\n]+(?:\.(?=\d)[^.!?\n]+)*[.!?]*")
_WORD = re.compile(r"[^\W\d_]{3,}|\d+(?:[.,]\d+)?")
_FUNCTION_WORD_TEXT = """
the and for with that this these those from into onto have has had was were are been being not but you your yours his
her hers its our their they them she him who whom which what when where will would can could may might must shall
should does did done than then there here also very more most some any all each both such only just about after before
over under until while because
"""
_FUNCTION_WORDS = frozenset(_FUNCTION_WORD_TEXT.split())

Matcher = Callable[[str], bool]


def unsupported(
    text: str, contexts: Sequence[str], *, claims: Matcher, cites: Matcher, minimum_overlap: float, minimum_words: int
) -> int:
    """How many sentences of a text make a claim without support in the contexts.

    A sentence is supported by a citation while there are contexts, or by one context that holds at least
    ``minimum_overlap`` (0 to 1) of its content words.
    """
    vocabularies = [content_words(context) for context in contexts]
    count = 0
    for sentence in _SENTENCE.findall(text):
        if len(sentence.split()) < minimum_words or sentence.rstrip().endswith("?") or not claims(sentence):
            continue
        if vocabularies and cites(sentence):
            continue
        wanted = content_words(sentence)
        if wanted and not any(len(wanted & held) >= minimum_overlap * len(wanted) for held in vocabularies):
            count += 1
    return count


def content_words(text: str) -> frozenset[str]:
    """The words that carry meaning, in lower case and without a plural's or third person's s."""
    return frozenset(
        word.removesuffix("s") if len(word) > 3 else word
        for word in _WORD.findall(text.lower())
        if word not in _FUNCTION_WORDS
    )
