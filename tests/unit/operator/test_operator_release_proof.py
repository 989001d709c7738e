"""Does what a run signed about its adapter reach the policy's question about a release of it?"""

import asyncio
from collections.abc import Mapping
from typing import Any

import pytest
from observations import CONFIG, DIGEST, NOW, owner, passed, resource, run_spec
from release_observations import CANDIDATE, STATEMENT, QuietCluster, observe, spec_of

from preceptor.evidence import statement_digest
from preceptor.exits import CheckFailed
from preceptor_operator.adapterrelease.gather import gather
from preceptor_operator.adapterrelease.question import policy_input
from preceptor_operator.finetunerun.evidence import sealed_records
from preceptor_operator.finetunerun.gather import Observed
from preceptor_operator.finetunerun.works import KINDS, STAGES, Plan
from preceptor_operator.shared.decision import Record

GATE = {
    "metadata": {"namespace": "clinic", "name": "triage", "uid": "gate-1"},
    "spec": {"serving": {"systemPrompt": {"configMapRef": {"name": "prompt"}}}},
    "status": {
        "state": "Passed",
        "candidate": CANDIDATE.document(),
        "candidateDigest": CANDIDATE.digest,
        "evidenceDigest": statement_digest(STATEMENT),
    },
}


def sealed(**spec: Any) -> tuple[Record, ...]:
    """What a run with this spec signs once its adapter is sealed."""
    plan = Plan(owner=owner("FineTuneRun"), spec=run_spec(**spec), config=CONFIG)
    outcomes = {stage: passed(KINDS[stage]) for stage in STAGES}
    same = {"first": DIGEST["seal"], "second": DIGEST["seal"]}
    outcomes["prove"] = passed("Prove", digests=same)
    found = Observed(resource=resource("FineTuneRun", {}), plan=plan, works={}, outcomes=outcomes)
    return sealed_records(found, plan)


class World(QuietCluster):
    """A cluster with one EvalGate, and an audit chain with what was signed; remembers what the policy is asked."""

    def __init__(self, records: tuple[Record, ...]) -> None:
        self.records = records
        self.asked: list[dict[str, Any]] = []

    async def read(self, plural: str, namespace: str, name: str) -> dict[str, Any] | None:
        return GATE if plural == "evalgates" else None

    async def statement(self, digest: str) -> Mapping[str, Any]:
        if digest != statement_digest(STATEMENT):
            raise CheckFailed("The chain holds no such statement.")
        return STATEMENT

    async def envelope(self, digest: str) -> dict[str, Any]:
        raise CheckFailed("The chain holds no such statement.")

    async def statements_about(self, subject: str, kind: str) -> list[Mapping[str, Any]]:
        about = [r for r in self.records if (r.append.subject, r.append.kind) == (subject, kind)]
        return [record.statement for record in about if record.statement is not None]

    async def decide(self, document: dict[str, Any]) -> None:
        self.asked.append(document)


def asked_after(records: tuple[Record, ...]) -> Any:
    """What the policy is told of the adapter's making when these records are in the chain."""
    world = World(records)
    held = resource("AdapterRelease", spec_of())
    found = gather(held, reader=world, evidence=world, policy=world, gateway=world, config=CONFIG, now=NOW)
    asyncio.run(found)
    assert [document["phase"] for document in world.asked] == ["request", "release"]
    return world.asked[0]["provenance"]


CLEAN = [{"target": target, "verdict": "pass"} for target in ("dataset", "outputs")]


def test_a_policy_that_wants_a_proof_is_told_of_the_one_that_a_run_signed() -> None:
    assert asked_after(sealed(proof={"steps": 3})) == {
        "present": True,
        "verified": True,
        "repeated": True,
        "scans": CLEAN,
    }


def test_a_policy_is_told_of_no_proof_where_none_was_signed() -> None:
    assert asked_after(sealed()) == {"present": True, "verified": True, "repeated": False, "scans": CLEAN}


def test_every_kind_of_statement_that_a_run_signs_is_asked_for() -> None:
    everything = sealed(proof={"steps": 3})
    for kind in {record.append.kind for record in everything}:
        less = tuple(record for record in everything if record.append.kind != kind)
        assert asked_after(less) != asked_after(everything), kind


@pytest.mark.parametrize("digests", [DIGEST | {"adapter": DIGEST["seal"]}, {}], ids=["another adapter", "none"])
def test_the_policy_is_not_told_that_bytes_are_verified_which_another_verification_hashed(
    digests: dict[str, str],
) -> None:
    good, bad = passed("Verify"), passed("Verify", digests=digests)
    assert policy_input(observe(verified_request=good), "request", NOW)["components"]["verified"] is True
    assert policy_input(observe(verified_request=bad), "request", NOW)["components"]["verified"] is False
    observed = observe(verified_request=good, verified_release=bad)
    assert policy_input(observed, "release", NOW)["components"]["verified"] is False
