"""How do weights fare on texts that they were not learnt from?"""

import random
import re
from collections.abc import Iterable, Iterator, Sequence

from benchmarks.phi import written
from benchmarks.phi.evidence.examples import Example
from benchmarks.phi.evidence.learnt import COPIES, learnt, own, swapped
from benchmarks.phi.scoring import Row

_FOLDS = 5
_WORD = re.compile(r"\w+")
_THRESHOLDS = (100, 50, 0, -50, -100)


def lines(seed: int = 1) -> Iterator[dict[str, float]]:
    """For each threshold, in hundredths: what is found and what is flagged, each row with the weights of others.

    ``left`` are marked words alone in their place that rules and finders miss, ``swapped`` those of a copy with other
    names that nothing was learnt from; ``false`` is told per 1,000 words of the unmarked rest of the queries.
    """
    rows = list(own())
    random.Random(seed).shuffle(rows)
    left: list[tuple[int, Example]] = []
    others: list[tuple[int, Example]] = []
    for fold in range(_FOLDS):
        judged = rows[fold::_FOLDS]
        weights = learnt(sorted(set(rows) - set(judged)))
        for into, source in ((left, own()), (others, swapped()[COPIES])):
            into += [(_total(weights, each), each) for row in judged for each in source.get(row, ())]
    length = sum(_unmarked(row) for row in written.studied() if row.spans)
    for threshold in _THRESHOLDS:
        hit = [each for total, each in left if total > threshold and each.in_company]
        found = [each for total, each in others if total > threshold and each.in_company]
        clean = {each.row.id for each in hit if not each.row.spans}
        false = sum(not each.marked and bool(each.row.spans) for each in hit)
        yield {
            "threshold": threshold,
            "left": len(_lone(hit)),
            "of left": len(_lone(each for _, each in left)),
            "swapped": len(_lone(found)),
            "of swapped": len(_lone(each for _, each in others)),
            "false per 1,000 words": round(1000 * false / length, 2),
            "clean texts": len(clean),
        }


def _unmarked(row: Row) -> int:
    """The words of a row outside what is marked."""
    marked = sum(len(_WORD.findall(row.text[span.start : span.end])) for span in row.spans)
    return len(_WORD.findall(row.text)) - marked


def _total(weights: dict[str, int], example: Example) -> int:
    return sum(weights.get(fact, 0) for fact in example.facts)


def _lone(examples: Iterable[Example]) -> Sequence[Example]:
    """The marked ones that are all of what is marked there."""
    return [each for each in examples if each.marked and _is_whole(each)]


def _is_whole(example: Example) -> bool:
    return any(
        span.start <= example.start
        and example.end <= span.end
        and len(_WORD.findall(example.row.text[span.start : span.end])) == 1
        for span in example.row.spans
    )
