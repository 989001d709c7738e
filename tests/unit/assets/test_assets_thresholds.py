"""Do the demo's thresholds rest on what is kept beside them?"""

import json
from decimal import Decimal
from typing import Any

import pytest
import yaml

from preceptor import manifests
from preceptor.digests import digest_file
from preceptor.policy import default_path
from preceptor_local.assets import examine, pretrain
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


def test_the_kept_examination_is_of_the_development_suite_model_and_policy_that_ship(record: dict[str, Any]) -> None:
    assert record["suite"] == manifests.read(suite_folder("dev")).digest
    assert record["baseModel"] == manifests.read(pretrain.MODEL).digest
    assert record["outputPolicy"] == digest_file(default_path())
    assert record["decoding"] == json.loads(json.dumps(examine.DECODING.document()))


def test_no_threshold_was_chosen_on_the_suite_that_results_are_reported_on(record: dict[str, Any]) -> None:
    assert record["suite"] != manifests.read(suite_folder("heldout")).digest
