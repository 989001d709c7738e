"""Which decision, and which verification, does an AdapterRelease read?"""

from typing import Any

import pytest
from observations import CONFIG, NOW, resource
from release_observations import (
    APPROVED,
    CANDIDATE,
    EVIDENCE,
    STATEMENT,
    YES,
    QuietCluster,
    observe,
    signed_by,
    spec_of,
)

from preceptor.evidence import statement_digest
from preceptor_operator.adapterrelease import checks
from preceptor_operator.adapterrelease.evidence import grant_records
from preceptor_operator.adapterrelease.gather import gather
from preceptor_operator.adapterrelease.observed import Observed, PolicyAnswer

GATE = {
    "metadata": {"namespace": "clinic", "name": "triage", "uid": "gate-1"},
    "spec": {"serving": {"systemPrompt": {"configMapRef": {"name": "prompt"}}}},
    "status": {
        "state": "Passed",
        "candidate": CANDIDATE.document(),
        "candidateDigest": CANDIDATE.digest,
        "adapterUri": "pvc://artifacts/a/adapter",
        "baseModelUri": "pvc://models/tiny",
        "evidenceDigest": EVIDENCE.digest,
    },
}


class World(QuietCluster):
    """A cluster, a chain with these decisions, a policy that says yes, and a gateway that serves nothing."""

    def __init__(self, *decisions: dict[str, Any]) -> None:
        self.statements = {statement_digest(found): found for found in (*decisions, STATEMENT)}
        self.decisions = list(decisions)

    async def read(self, plural: str, namespace: str, name: str) -> dict[str, Any] | None:
        return GATE

    async def statement(self, digest: str) -> dict[str, Any]:
        return self.statements[digest]

    async def envelope(self, digest: str) -> dict[str, Any]:
        return {"payload": digest}

    async def statements_about(self, subject: str, kind: str) -> list[dict[str, Any]]:
        return self.decisions if kind == "statement.decision" else []

    async def decide(self, document: dict[str, Any]) -> PolicyAnswer:
        return YES

    async def gathered(self, spec: dict[str, Any]) -> Observed:
        """What is known of a release."""
        held = resource("AdapterRelease", spec)
        return await gather(
            held,
            reader=self,  # type: ignore[arg-type]
            evidence=self,  # type: ignore[arg-type]
            policy=self,
            gateway=self,
            config=CONFIG,
            now=NOW,
        )


def _decision(at: str) -> dict[str, Any]:
    observed = observe(spec=APPROVED)
    statement = grant_records(observed, YES, at, checks.approvals(observed, NOW))[-1].statement
    assert statement is not None
    return statement


@pytest.mark.parametrize("order", [1, -1])
async def test_the_newest_decision_counts_in_whatever_order_they_are_found(order: int) -> None:
    old, new = _decision("2026-11-24T11:00:00Z"), _decision("2026-12-24T11:00:00+02:00")
    observed = await World(*[old, new][::order]).gathered(APPROVED)
    assert observed.decided == new["predicate"]
    assert observed.grant == {"payload": statement_digest(new)}


async def test_the_verification_that_is_looked_for_is_the_one_after_these_approvals() -> None:
    one = await World().gathered(APPROVED)
    two = await World().gathered(spec_of(approvals=[signed_by("carol"), signed_by("dave")]))
    assert one.verify_release is not None
    assert two.verify_release is not None
    assert one.verify_release.name != two.verify_release.name
    assert one.verify_release.job.document()["approvals"] == checks.approvals_digest(one, NOW)
    # Nothing that people say changes what was hashed before they were asked.
    assert one.verify_request == two.verify_request
