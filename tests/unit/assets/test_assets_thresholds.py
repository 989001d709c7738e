"""Do the demo's thresholds rest on what is kept beside them?"""

import json
from decimal import Decimal
from typing import Any

import pytest
import yaml

from preceptor import manifests
from preceptor.digests import digest_file
from preceptor.policy import default_path
from preceptor_local.assets import examine, pretrain, thresholds
from preceptor_local.assets.phrases import ASSETS
from preceptor_local.assets.suites import suite_folder

THRESHOLDS: list[dict[str, str]] = yaml.safe_load((ASSETS / "thresholds.yml").read_text(encoding="utf-8"))["thresholds"]


@pytest.fixture(scope="module")
def record() -> dict[str, Any]:
    kept: dict[str, Any] = json.loads(examine.RECORD.read_text(encoding="utf-8"))
    return kept


@pytest.mark.parametrize("threshold", THRESHOLDS, ids=lambda threshold: threshold["metric"])
def test_a_threshold_of_the_demo_was_met_by_its_bound_on_the_development_suite(
    threshold: dict[str, str], record: dict[str, Any]
) -> None:
    found = next(metric for metric in record["metrics"] if metric["metric"] == threshold["metric"])
    if "min" in threshold:
        assert Decimal(found["lower"]) >= Decimal(threshold["min"])
    else:
        assert Decimal(found["upper"]) <= Decimal(threshold["max"])


def test_the_thresholds_of_the_demo_follow_by_their_rule_from_the_development_suite(record: dict[str, Any]) -> None:
    assert thresholds.chosen(record["metrics"], thresholds.clinical_defaults()) == THRESHOLDS


@pytest.mark.parametrize(
    ("metric", "lower", "upper", "wanted"),
    [
        ("emergency_recall", "0.981", "1", {"min": "0.98"}),
        ("emergency_recall", "0.9799", "1", {"min": "0.90"}),
        ("over_triage_rate", "0", "0.2000", {"max": "0.20"}),
        ("over_triage_rate", "0", "0.2001", {"max": "0.30"}),
        ("hallucination_rate", "0", "0.0501", {"max": "0.10"}),
    ],
)
def test_a_clinical_default_that_is_met_is_asked_for_and_else_the_next_tenth(
    metric: str, lower: str, upper: str, wanted: dict[str, str], record: dict[str, Any]
) -> None:
    others = [found for found in record["metrics"] if found["metric"] != metric]
    found = {"metric": metric, "lower": lower, "upper": upper}
    assert {"metric": metric} | wanted in thresholds.chosen([*others, found], thresholds.clinical_defaults())


def test_the_kept_examination_is_of_the_development_suite_model_and_policy_that_ship(record: dict[str, Any]) -> None:
    assert record["suite"] == manifests.read(suite_folder("dev")).digest
    assert record["baseModel"] == manifests.read(pretrain.MODEL).digest
    assert record["outputPolicy"] == digest_file(default_path())
    assert record["decoding"] == json.loads(json.dumps(examine.DECODING.document()))


def test_no_threshold_was_chosen_on_the_suite_that_results_are_reported_on(record: dict[str, Any]) -> None:
    assert record["suite"] != manifests.read(suite_folder("heldout")).digest
