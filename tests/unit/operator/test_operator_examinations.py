"""Is the policy told of every signed examination of a candidate, and on which suites it was?"""

from collections.abc import Mapping
from typing import Any, Literal

import pytest
from observations import CONFIG, DIGEST, NOW, PROMPT, candidate, good_metrics, metric, resource

from preceptor.api.gateway import Serving
from preceptor.api.jobs import Owner
from preceptor.evidence import Material, evaluation, statement_digest
from preceptor.exits import CheckFailed
from preceptor_operator.adapterrelease.examinations import examinations_of
from preceptor_operator.adapterrelease.gather import gather
from preceptor_operator.adapterrelease.observed import PolicyAnswer

CANDIDATE = candidate()
EASY, HARD = DIGEST["dataset"], DIGEST["outputs"]
SPEC = {
    "candidateDigest": CANDIDATE.digest,
    "evalGateRef": {"name": "easy"},
    "target": {"gatewayRef": {"name": "gateway"}, "stage": "live"},
    "policy": {"profile": "clinical", "revision": "r1"},
    "withdrawn": False,
    "requestedBy": "alice",
}


def examined(
    name: str, verdict: Literal["Passed", "Failed"], suite: str, at: str, about: str = CANDIDATE.digest
) -> dict[str, Any]:
    """The signed statement of one gate."""
    return evaluation(
        adapter=CANDIDATE.adapter,
        candidate=about,
        verdict=verdict,
        metrics=good_metrics() if verdict == "Passed" else [metric("emergency_recall", ">= 0.98", verdict="Fail")],
        confidence="0.95",
        suites=[Material("suite-0", suite)],
        report=Material("report", DIGEST["report"]),
        owner=Owner(kind="EvalGate", namespace="clinic", name=name, uid=f"{name}-1"),
        finished_at=at,
    )


PASSED = examined("easy", "Passed", EASY, "2026-11-24T10:00:00Z")
FAILED = examined("hard", "Failed", HARD, "2026-11-24T09:00:00Z")
PASSED_DOCUMENT = {
    "digest": statement_digest(PASSED),
    "gate": "clinic/easy",
    "verdict": "pass",
    "suites": [EASY],
    "finishedAt": "2026-11-24T10:00:00Z",
}
FAILED_DOCUMENT = {
    "digest": statement_digest(FAILED),
    "gate": "clinic/hard",
    "verdict": "fail",
    "suites": [HARD],
    "finishedAt": "2026-11-24T09:00:00Z",
}


class Cluster:
    """One gate, its prompt, and no Jobs."""

    async def read(self, plural: str, namespace: str, name: str) -> dict[str, Any]:
        return {
            "metadata": {"namespace": namespace, "name": name, "uid": "easy-1"},
            "spec": {"serving": {"systemPrompt": {"configMapRef": {"name": "prompt", "key": "prompt"}}}},
            "status": {
                "state": "Passed",
                "candidate": CANDIDATE.document(),
                "candidateDigest": CANDIDATE.digest,
                "evidenceDigest": statement_digest(PASSED),
            },
        }

    async def config_map(self, namespace: str, name: str) -> dict[str, Any]:
        return {"data": {"prompt": PROMPT}}

    async def service_exists(self, namespace: str, name: str) -> bool:
        return True

    async def siblings(self, plural: str, namespace: str) -> list[dict[str, Any]]:
        return []

    async def serving(self, namespace: str, name: str, release_uid: str) -> Serving:
        return Serving(state="Empty")


class Chain:
    """Signed statements by kind of record and subject."""

    def __init__(self, *examinations: dict[str, Any]) -> None:
        self.found = {(CANDIDATE.digest, "statement.evaluation"): list(examinations)}

    async def statement(self, digest: str) -> Mapping[str, Any]:
        for statement in self.found[CANDIDATE.digest, "statement.evaluation"]:
            if statement_digest(statement) == digest:
                return statement
        raise CheckFailed("The chain holds no such statement.", reason="StatementMissing")

    async def envelope(self, digest: str) -> dict[str, Any]:
        raise AssertionError

    async def statements_about(self, subject: str, kind: str) -> list[Mapping[str, Any]]:
        return [*self.found.get((subject, kind), ())]


class Policy:
    """Remembers what it was asked."""

    def __init__(self) -> None:
        self.asked: list[dict[str, Any]] = []

    async def decide(self, document: dict[str, Any]) -> PolicyAnswer | None:
        self.asked.append(document)
        return None


async def questions(*examinations: dict[str, Any]) -> list[dict[str, Any]]:
    """What the policy is asked about a release that rests on the easy gate."""
    cluster, policy = Cluster(), Policy()
    await gather(
        resource("AdapterRelease", SPEC),
        reader=cluster,  # type: ignore[arg-type]
        evidence=Chain(*examinations),
        policy=policy,
        gateway=cluster,
        config=CONFIG,
        now=NOW,
    )
    return policy.asked


async def test_the_policy_is_told_of_the_examination_that_another_gate_failed() -> None:
    for asked in await questions(FAILED, PASSED):
        assert asked["examinations"] == [FAILED_DOCUMENT, PASSED_DOCUMENT]


async def test_the_policy_is_told_the_suites_and_the_end_of_the_examination_that_the_release_rests_on() -> None:
    (request, release) = await questions(PASSED)
    assert (request["phase"], release["phase"]) == ("request", "release")
    for asked in (request, release):
        assert asked["evidence"]["suites"] == [EASY]
        assert asked["evidence"]["finishedAt"] == "2026-11-24T10:00:00Z"
        assert asked["examinations"] == [PASSED_DOCUMENT]


def test_an_examination_of_another_candidate_is_none_of_this_one() -> None:
    other = examined("hard", "Failed", HARD, "2026-11-24T09:00:00Z", about=DIGEST["seal"])
    assert examinations_of([other, PASSED], CANDIDATE.digest)[0].digest == statement_digest(PASSED)
    assert len(examinations_of([other, PASSED], CANDIDATE.digest)) == 1


@pytest.mark.parametrize("predicate", [None, {}, {"preceptor_verdict": "Good", "preceptor_invocationId": "x"}])
def test_a_statement_that_cannot_be_read_is_handed_over_as_no_pass(predicate: Any) -> None:
    (found,) = examinations_of([{**FAILED, "predicate": predicate}], CANDIDATE.digest)
    assert (found.verdict, found.gate, found.suites, found.finished_at) == ("missing", None, (), None)
