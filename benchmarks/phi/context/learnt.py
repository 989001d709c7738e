"""Which vocabulary and weights do the labelled texts teach, and how do they fare on other texts?"""

import json
import random
import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import preceptor_phi_native as native
from benchmarks.phi import written
from benchmarks.phi.context.examples import Example, Reader, examples, vocabulary
from benchmarks.phi.context.fitted import Weighted, fit
from benchmarks.phi.scoring import Row

import preceptor.phi.rules.context as context
from preceptor.phi.finder import Known

FILE = Path(context.__file__).parents[1] / "data" / context.FILE
# The fact that is said of every word, and how much more is added to it, in hundredths: what is missed is worse than
# what is found too much in a text about somebody.
ALWAYS, _READINESS = "always", 100
_OF_A_CLEAN_TEXT = 0.3
_SEED, _FOLDS = 1, 4
_FALSE = (1, 3, 5, 10)
_WORD = re.compile(r"\w+")
# Another processor may add in another order.
_NEAR = 2


@cache
def _read() -> Mapping[Row, Known]:
    reader = Reader()
    return {row: reader.known(row) for row in written.studied()}


def _examples(rows: Sequence[Row], words: list[str], seed: int) -> list[Example]:
    weights, chance = native.ContextWeights(words, {}), random.Random(seed)
    return [each for row in rows for each in examples(row, _read()[row], weights, chance)]


def _weights(rows: Sequence[Row], words: list[str]) -> dict[str, int]:
    learnt: list[Weighted] = [
        (each.facts, each.marked, 1.0 if each.row.spans else _OF_A_CLEAN_TEXT) for each in _examples(rows, words, _SEED)
    ]
    weights = fit(learnt)
    weights[ALWAYS] = weights.get(ALWAYS, 0) + _READINESS
    return weights


def learnt() -> dict[str, Any]:
    """What the file holds: the vocabulary and the weights that all rows teach."""
    rows = list(_read())
    words = vocabulary(rows)
    return {"vocabulary": words, "weights": dict(sorted(_weights(rows, words).items()))}


def are_current() -> bool:
    """Whether the file holds what the texts teach, nearly: see above."""
    stored: dict[str, Any] = json.loads(FILE.read_text(encoding="utf-8")) if FILE.is_file() else {}
    taught = learnt()
    if stored.get("vocabulary") != taught["vocabulary"]:
        return False
    old, new = stored["weights"], taught["weights"]
    # Those at the edge of what is left out may come and go.
    both = old.keys() & new.keys()
    return all(abs(old[fact] - new[fact]) <= _NEAR for fact in both) and len(both) >= 0.99 * max(len(old), len(new))


def page(document: Mapping[str, Any]) -> str:
    """The file: one word or fact a line."""
    return json.dumps(document, indent=0, ensure_ascii=False) + "\n"


def judged() -> Iterator[dict[str, float]]:
    """By cross-validation: how many of the marked things that were taken away are found, at so many false alarms.

    False alarms are words in 1,000 of the unmarked rest of the texts that tell of somebody.
    """
    rows = list(_read())
    random.Random(_SEED).shuffle(rows)
    things: dict[tuple[int, int], float] = {}
    false: list[float] = []
    length = 0
    for fold in range(_FOLDS):
        judged_on = rows[fold::_FOLDS]
        chosen = set(judged_on)
        others = [row for row in rows if row not in chosen]
        words = vocabulary(others)
        weights = _weights(others, words)
        for each in _examples(judged_on, words, _SEED + 1):
            total = sum(weights.get(fact, 0) for fact in set(each.facts)) / 100
            if each.marked:
                key = (id(each.row), each.thing)
                things[key] = min(total, things.get(key, total))
            elif each.row.spans:
                false.append(total)
        length += sum(_unmarked(row) for row in judged_on if row.spans)
    false.sort(reverse=True)
    found = np.array(list(things.values()))
    for rate in _FALSE:
        threshold = false[min(len(false) - 1, round(rate * length / 1000))]
        share = float((found > threshold).mean())
        yield {"false per 1,000 words": rate, "threshold": round(threshold, 2), "found": round(share, 4)}


def _unmarked(row: Row) -> int:
    marked = sum(len(_WORD.findall(row.text[span.start : span.end])) for span in row.spans)
    return len(_WORD.findall(row.text)) - marked
