"""Is nothing lost by looking behind everyday words for values of four digits only?"""

import random
import re

from preceptor.phi.detect import Detector
from preceptor.phi.rule import Candidate, Verdict
from preceptor.phi.rules import ALL
from preceptor.phi.rules.label_words import words_of_numbers

USUAL = next(rule for rule in ALL if rule.id == "beside-a-usual-word")
LABELS = Detector([rule for rule in ALL if rule.check is USUAL.check])
LINKS = (
    " ",
    "#",
    ": ",
    " no. ",
    " number ",
    "-",
    " is ",
    " last 4 digits of ",
    " ending in last 4 ",
    " (",
    " the ",
    ", ",
)
PIECES = ("1", "23", "456", "7890", "AB", "c", "-", " ", "/", ".", "XXX-", "(7)", "@")


def written() -> list[str]:
    chance = random.Random(11)
    # A label's pattern as words: without its choices.
    words = [
        re.sub(r"\(\?:([^|)]*)[^)]*\)|\[([^\]])[^\]]*\]|\\|[?]", r"\1\2", word) for word in sorted(words_of_numbers())
    ]
    texts = []
    for _ in range(12_000):
        link = "".join(chance.choice(LINKS) for _ in range(chance.randint(1, 3)))
        value = "".join(chance.choice(PIECES) for _ in range(chance.randint(1, 6)))
        texts.append(
            f"Then the {chance.choice(words)}{link}{value}{chance.choice((' mg', ' and more', '.', ' 12', ''))}"
        )
    return texts


def answers(text: str) -> set[tuple[int, int]]:
    """What the check says of a label at each place where a word begins."""
    assert USUAL.check is not None
    found = set()
    for match in re.finditer(r"\b[a-z]", text):
        told = USUAL.check(Candidate(text, match.start(), match.end()))
        assert not isinstance(told, int)
        if isinstance(told, list):
            found.update((verdict.start, verdict.end) for verdict in told if isinstance(verdict, Verdict))
    return found


def test_every_value_that_the_check_knows_is_found() -> None:
    known = missed = 0
    for text in written():
        spans = [(span.start, span.end) for span in LABELS.detect(text)]
        for start, end in answers(text):
            known += 1
            missed += not any(first <= start and end <= last for first, last in spans)
    assert known > 1000
    assert missed == 0


def test_patient_before_fewer_digits_is_not_looked_at() -> None:
    assert not LABELS.detect("The patient is a 52-year-old man, BP 120/80.")
    assert LABELS.detect("Patient 4471823 was seen.")
