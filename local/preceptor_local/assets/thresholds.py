"""Which thresholds does the demo's gate ask for, given what an adapter of its recipe reached on the development suite?

The rule: a metric's clinical default where its bound on the development suite meets it; else that bound, rounded away
from what is wanted to the next tenth. The rule was written down after the thresholds had been used for some time; it
gives the very numbers, from triage-dev alone, and none of them has been chosen on the suite that results are told of.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from pathlib import Path
from typing import Any

from preceptor_local.assets.phrases import ASSETS

# Where the clinical profile of the promotion policy has its defaults.
POLICY_DATA = ASSETS.parents[1] / "policies" / "promotion" / "data.json"
METRICS = ("emergency_recall", "over_triage_rate", "hallucination_rate")
_TENTH = Decimal("0.1")


def clinical_defaults(path: Path = POLICY_DATA) -> dict[str, dict[str, str]]:
    """Metric to ``{"min": …}`` or ``{"max": …}``, as the clinical profile has them."""
    document = json.loads(path.read_text(encoding="utf-8"))
    found: dict[str, dict[str, str]] = document["preceptor"]["profiles"]["clinical"]["thresholds"]
    return found


def chosen(metrics: Iterable[Mapping[str, Any]], defaults: Mapping[str, Mapping[str, str]]) -> list[dict[str, str]]:
    """The thresholds for examined metrics, each with ``lower`` and ``upper``. Raises KeyError where one is missing."""
    by_name = {metric["metric"]: metric for metric in metrics}
    return [{"metric": name} | _threshold(by_name[name], defaults[name]) for name in METRICS]


def _threshold(metric: Mapping[str, Any], default: Mapping[str, str]) -> dict[str, str]:
    if "min" in default:
        lower, wanted = Decimal(metric["lower"]), Decimal(default["min"])
        return {"min": str(wanted if lower >= wanted else _to_tenth(lower, ROUND_FLOOR))}
    upper, wanted = Decimal(metric["upper"]), Decimal(default["max"])
    return {"max": str(wanted if upper <= wanted else _to_tenth(upper, ROUND_CEILING))}


def _to_tenth(bound: Decimal, rounding: str) -> Decimal:
    return bound.quantize(_TENTH, rounding).quantize(Decimal("0.01"))
