"""Weights of many facts, each said of few words, by logistic regression."""

from collections import Counter
from collections.abc import Sequence

import numpy as np
from scipy.optimize import minimize
from scipy.sparse import csr_matrix

Weighted = tuple[Sequence[str], bool, float]

# Facts that are said of fewer words weigh nothing, and neither do those that weigh less than so much.
_LEAST = 5
_SMALLEST = 0.2
# How much a weight costs that is far from 0 (half of its square).
_RIDGE = 0.5
_ROUNDS = 1000
_STILL = 1e-7


def fit(examples: Sequence[Weighted]) -> dict[str, int]:
    """The weight of each fact, in hundredths, of examples with their facts, answers and counts.

    What is minimised is convex: where it ends does not depend on the way.
    """
    seen = Counter(fact for facts, _, _ in examples for fact in set(facts))
    names = sorted(fact for fact, count in seen.items() if count >= _LEAST)
    places = {fact: place for place, fact in enumerate(names)}
    rows = [sorted({places[fact] for fact in facts if fact in places}) for facts, _, _ in examples]
    ends = np.cumsum([0, *map(len, rows)])
    columns = np.concatenate([np.array(row, dtype=np.int64) for row in rows])
    said = csr_matrix((np.ones(len(columns)), columns, ends), shape=(len(rows), len(names)))
    signs = np.array([1.0 if answer else -1.0 for _, answer, _ in examples])
    counts = np.array([count for _, _, count in examples])

    def cost(weights: np.ndarray) -> tuple[float, np.ndarray]:
        sure = signs * (said @ weights)
        slope = said.T @ (-signs * counts / (1 + np.exp(sure))) + _RIDGE * weights
        return float(counts @ np.logaddexp(0, -sure) + _RIDGE / 2 * (weights @ weights)), slope

    options = {"maxiter": _ROUNDS, "ftol": 0.0, "gtol": _STILL}
    weights = minimize(cost, np.zeros(len(names)), jac=True, method="L-BFGS-B", options=options).x
    return {
        fact: round(100 * float(weight))
        for fact, weight in zip(names, weights, strict=True)
        if abs(weight) >= _SMALLEST
    }
