"""Weights of facts by logistic regression: how much more likely is a word a name where a fact is said of it?"""

from collections import Counter
from collections.abc import Sequence

import numpy as np

Weighted = tuple[Sequence[str], bool, float]

# Facts that are said of fewer words weigh nothing.
_LEAST = 5
# How much a weight costs that is far from 0 (half of its square).
_RIDGE = 3.0
_ROUNDS = 50
_STILL = 1e-10
# Rows of the matrix of facts that are multiplied at once.
_BLOCK = 2048


def fit(examples: Sequence[Weighted]) -> dict[str, int]:
    """The weight of each fact, in hundredths, of examples with their facts, answers and counts.

    By Newton's method until nothing moves: where it ends does not depend on the way.
    """
    seen = Counter(fact for facts, _, _ in examples for fact in facts)
    names = sorted(fact for fact, count in seen.items() if count >= _LEAST)
    places = {fact: place for place, fact in enumerate(names)}
    said = np.zeros((len(examples), len(names)))
    for row, (facts, _, _) in zip(said, examples, strict=True):
        row[[places[fact] for fact in facts if fact in places]] = 1.0
    answers = np.array([float(answer) for _, answer, _ in examples])
    counts = np.array([count for _, _, count in examples])
    weights = np.zeros(len(names))
    for _ in range(_ROUNDS):
        likely = 1 / (1 + np.exp(-(said @ weights)))
        slope = said.T @ (counts * (likely - answers)) + _RIDGE * weights
        curve = _RIDGE * np.eye(len(names))
        for first in range(0, len(said), _BLOCK):
            block = said[first : first + _BLOCK]
            sure = (counts * likely * (1 - likely))[first : first + _BLOCK]
            curve += block.T @ (block * sure[:, None])
        step = np.linalg.solve(curve, slope)
        weights -= step
        if np.abs(step).max() < _STILL:
            break
    hundredths = {fact: round(100 * float(weight)) for fact, weight in zip(names, weights, strict=True)}
    return {fact: weight for fact, weight in hundredths.items() if weight}
