"""Does the demo's own profile fit what the demo does?"""

import json
from decimal import Decimal

from preceptor import manifests
from preceptor_local.assets.phrases import ASSETS
from preceptor_local.demo import install
from preceptor_local.demo.world import World

PROFILE = json.loads(install.PROFILES.read_text())["demo"]


def test_demos_profile_pins_the_suite_that_the_demos_gate_examines_on() -> None:
    assert PROFILE["suites"] == [manifests.read(ASSETS / "suites" / World.suite).digest]


def test_demos_gate_is_as_strict_as_the_demos_profile() -> None:
    asked = {threshold["metric"]: threshold for threshold in install.thresholds()}
    for metric, bound in PROFILE["thresholds"].items():
        if "min" in bound:
            assert Decimal(asked[metric]["min"]) >= Decimal(bound["min"])
        else:
            assert Decimal(asked[metric]["max"]) <= Decimal(bound["max"])
