"""Does the shipped output policy decide its own test vectors?"""

from pathlib import Path
from typing import Any

import pytest
import yaml

from preceptor.policy import OutputPolicy, load

FOLDER = Path(__file__).resolve().parents[3] / "policies" / "output"
VECTORS: list[dict[str, Any]] = yaml.safe_load((FOLDER / "vectors.yml").read_text())["vectors"]


@pytest.fixture(scope="module")
def policy() -> OutputPolicy:
    return load(FOLDER / "policy.yml")


@pytest.mark.parametrize("vector", VECTORS, ids=lambda v: v["name"])
def test_policy_decides_as_its_vector_says(vector: dict[str, Any], policy: OutputPolicy) -> None:
    verdict = policy.check(vector["answer"], vector.get("contexts", []))
    assert (verdict.decision, list(verdict.rules)) == (vector["decision"], vector.get("rules", []))


def test_every_rule_has_a_vector_that_fires_it(policy: OutputPolicy) -> None:
    fired = {rule for vector in VECTORS for rule in vector.get("rules", [])}
    assert fired == {rule.id for rule in policy.document.rules}


def test_vectors_have_different_names() -> None:
    names = [vector["name"] for vector in VECTORS]
    assert len(set(names)) == len(names)
