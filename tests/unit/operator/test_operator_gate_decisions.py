"""What is decided about an EvalGate? Each case is a sentence."""

from dataclasses import dataclass, field, replace
from typing import Any, get_args

import pytest
from observations import (
    CONFIG,
    DIGEST,
    NOW,
    PROMPT,
    candidate,
    failed,
    gate_spec,
    good_metrics,
    metric,
    owner,
    passed,
    resource,
)
from pydantic import ValidationError

from preceptor.api.evalgate import MORE_IS_BETTER, MetricName
from preceptor.api.jobs import suites_digest
from preceptor.digests import digest_json
from preceptor_operator.evalgate.decide import decide
from preceptor_operator.evalgate.gather import Observed
from preceptor_operator.evalgate.works import Plan, evaluate_work, verify_work
from preceptor_operator.shared.decision import Decision
from preceptor_operator.shared.outcome import ABSENT, Outcome
from preceptor_operator.shared.sources import Missing, Parts

PARTS = Parts(
    adapter_uri="pvc://artifacts/a/adapter",
    adapter_digest=DIGEST["adapter"],
    base_model_uri="pvc://models/tiny",
    base_model_digest=DIGEST["baseModel"],
)
CANDIDATE = candidate()
SUITES = suites_digest(gate_spec().suites)
EVALUATED = {"digests": {"candidate": CANDIDATE.digest, "report": DIGEST["report"], "suites": SUITES}}
MISSED = (metric("emergency_recall", ">= 0.98", lower="0.97", verdict="Inconclusive"), good_metrics()[1])
NO_CASES = {"count": 0, "total": 0, "value": None, "lower": None, "upper": None}


def lying(**claims: Any) -> tuple[Any, ...]:
    """Good metrics, but for what the first one claims."""
    return (metric("emergency_recall", ">= 0.98", **claims), good_metrics()[1])


def observe(**changes: Any) -> Observed:
    """An observation of a gate whose sources are there and whose Jobs have not begun."""
    plan = Plan(owner=owner("EvalGate"), spec=gate_spec(), config=CONFIG, parts=PARTS, system_prompt=PROMPT)
    fields: dict[str, Any] = {
        "resource": resource("EvalGate", plan.spec.document()),
        "spec": plan.spec,
        "parts": PARTS,
        "verify": verify_work(plan),
        **changes,
    }
    if fields.get("verified", ABSENT).phase == "Passed":
        fields.setdefault("candidate", CANDIDATE)
        fields.setdefault("evaluate", evaluate_work(plan, CANDIDATE))
    return Observed(**fields)


def evaluated(outcome: Outcome, **changes: Any) -> Observed:
    """An observation of a gate whose candidate was verified and whose evaluation came to this."""
    return observe(verified=passed("Verify"), evaluated=outcome, **changes)


@dataclass(frozen=True)
class Case:
    """What is seen, and what must follow."""

    sentence: str
    observed: Observed
    state: str
    reason: str
    creates: tuple[str, ...] = ()
    evidence: bool = False
    stalled: bool = field(default=False)


CASES = [
    Case(
        "a gate whose run is missing waits",
        observe(missing=Missing(reason="FineTuneRunMissing", message="Create it.")),
        "Pending",
        "FineTuneRunMissing",
    ),
    Case(
        "a gate whose run failed fails",
        observe(missing=Missing(reason="FineTuneRunFailed", message="It failed.", final=True)),
        "Failed",
        "FineTuneRunFailed",
        stalled=True,
    ),
    Case("a gate verifies what it examines first", observe(), "Running", "PodStarting", creates=("verify",)),
    Case(
        "a changed adapter fails the gate",
        observe(verified=failed("Verify", "ManifestMismatch")),
        "Failed",
        "ManifestMismatch",
        stalled=True,
    ),
    Case("a verified candidate is evaluated", evaluated(ABSENT), "Running", "PodStarting", creates=("evaluate",)),
    Case("an evaluation that runs is waited for", evaluated(Outcome(phase="Running")), "Running", "EvaluationRunning"),
    Case(
        "bounds on the right side pass",
        evaluated(passed("Evaluate", metrics=good_metrics(), **EVALUATED)),
        "Passed",
        "ThresholdsMet",
        evidence=True,
    ),
    Case(
        "a pass whose bound misses its threshold is not believed",
        evaluated(passed("Evaluate", metrics=MISSED, **EVALUATED)),
        "Inconclusive",
        "NeedsMoreCases",
        evidence=True,
    ),
    Case(
        "a pass that lacks a metric is not believed",
        evaluated(passed("Evaluate", metrics=good_metrics()[:1], **EVALUATED)),
        "Inconclusive",
        "NeedsMoreCases",
        evidence=True,
    ),
    Case(
        "a bound that is no number is not believed",
        evaluated(
            passed(
                "Evaluate", metrics=(good_metrics()[0], metric("over_triage_rate", "<= 0.20", upper=None)), **EVALUATED
            )
        ),
        "Inconclusive",
        "NeedsMoreCases",
        evidence=True,
    ),
    Case(
        "a metric of no cases is not believed",
        evaluated(
            passed(
                "Evaluate", metrics=(good_metrics()[0], metric("over_triage_rate", "<= 0.20", **NO_CASES)), **EVALUATED
            )
        ),
        "Inconclusive",
        "NeedsMoreCases",
        evidence=True,
    ),
    *(
        Case(
            f"metrics that contradict themselves are not believed: {sentence}",
            evaluated(passed("Evaluate", metrics=lying(**claims), **EVALUATED)),
            "Failed",
            "ResultContradictory",
            stalled=True,
        )
        for sentence, claims in (
            ("one of many is no rate of 1", {"count": 1}),
            ("the value is another one", {"value": "0.999998"}),
            ("the value is no number", {"value": None}),
            ("the bound is better than the counts", {"lower": "0.990064"}),
            ("the bound is that of a lower confidence", {"lower": "0.992353"}),
            ("more are counted than there are", {"count": 301}),
            ("fewer than none are counted", {"count": -1}),
            ("a rate without cases", {"count": 0, "total": 0}),
            ("a bound without cases", {"count": None, "total": None, "value": None, "upper": None}),
            ("a bound of everything", {"lower": "1"}),
        )
    ),
    Case(
        "what failed and contradicts itself says so",
        evaluated(failed("Evaluate", "ThresholdsMissed", metrics=lying(count=1), **EVALUATED)),
        "Failed",
        "ResultContradictory",
        stalled=True,
    ),
    Case(
        "a failed evaluation with metrics fails with evidence",
        evaluated(failed("Evaluate", "ThresholdsMissed", metrics=MISSED, **EVALUATED)),
        "Failed",
        "ThresholdsMissed",
        evidence=True,
        stalled=True,
    ),
    Case(
        "a failed pod that claims good metrics still fails",
        evaluated(failed("Evaluate", "ThresholdsMissed", metrics=good_metrics(), **EVALUATED)),
        "Failed",
        "ThresholdsMissed",
        evidence=True,
        stalled=True,
    ),
    Case(
        "an evaluation without a Result fails",
        evaluated(Outcome(phase="Failed", reason="ResultMissing", message="No.")),
        "Failed",
        "ResultMissing",
        stalled=True,
    ),
    Case(
        "an evaluation of another candidate fails",
        evaluated(
            passed("Evaluate", metrics=good_metrics(), digests={**EVALUATED["digests"], "candidate": DIGEST["seal"]})
        ),
        "Failed",
        "ResultIncomplete",
        stalled=True,
    ),
    Case(
        "an evaluation on other suites than the spec's fails",
        evaluated(
            passed(
                "Evaluate",
                metrics=good_metrics(),
                digests={**EVALUATED["digests"], "suites": digest_json([DIGEST["seal"]])},
            )
        ),
        "Failed",
        "ResultIncomplete",
        stalled=True,
    ),
    Case(
        "an evaluation that does not name its suites fails",
        evaluated(
            passed(
                "Evaluate",
                metrics=good_metrics(),
                digests={"candidate": CANDIDATE.digest, "report": DIGEST["report"]},
            )
        ),
        "Failed",
        "ResultIncomplete",
        stalled=True,
    ),
    Case(
        "an evaluation without a report fails",
        evaluated(
            passed("Evaluate", metrics=good_metrics(), digests={"candidate": CANDIDATE.digest, "suites": SUITES})
        ),
        "Failed",
        "ResultIncomplete",
        stalled=True,
    ),
    Case(
        "a candidate that changes after it was fixed fails",
        evaluated(
            ABSENT, resource=resource("EvalGate", gate_spec().document(), status={"candidateDigest": DIGEST["seal"]})
        ),
        "Failed",
        "CandidateChanged",
        stalled=True,
    ),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.sentence)
def test_gate(case: Case) -> None:
    decision = decide(case.observed, NOW)
    assert (decision.status["state"], decision.status["reason"]) == (case.state, case.reason)
    assert tuple(work.role for work in decision.create) == case.creates
    conditions = {c["type"]: c for c in decision.status["conditions"]}
    assert set(conditions) == {"CandidateFixed", "Passed", "Stalled"}
    assert (conditions["Stalled"]["status"] == "True") == case.stalled
    assert (conditions["Passed"]["status"] == "True") == (case.state == "Passed")
    assert ("evidenceDigest" in decision.status) == case.evidence
    assert any(record.statement for record in decision.records) == case.evidence
    if case.reason in ("ResultIncomplete", "ResultContradictory"):
        # Whatever is wrong with a Result: nothing can be mended in it.
        assert "examine again in another EvalGate" in conditions["Stalled"]["message"]


@pytest.mark.parametrize(
    ("recall", "over"),
    [({"min": "0.98"}, {"max": "1"}), ({"min": "0.98"}, {"min": "0"}), ({"max": "0.98"}, {"max": "0.2"})],
)
def test_a_spec_under_which_one_answer_to_everything_passes_cannot_be_used(
    recall: dict[str, str], over: dict[str, str]
) -> None:
    """Also where the API server has older rules than the operator."""
    thresholds = [{"metric": "emergency_recall", **recall}, {"metric": "over_triage_rate", **over}]
    with pytest.raises(ValidationError):
        gate_spec(thresholds=thresholds)


@pytest.mark.parametrize(
    "threshold",
    [
        {"metric": "hallucination_rate", "min": "0.05"},
        {"metric": "phi_leak_rate", "min": "0.5"},
        {"metric": "phi_leak_rate", "max": "1"},
        {"metric": "prescriptive_rate", "max": "1.0"},
        {"metric": "policy_block_rate", "min": "0"},
        {"metric": "accuracy", "max": "0.9"},
        {"metric": "accuracy", "min": "0.0"},
    ],
    ids=str,
)
def test_a_threshold_the_wrong_way_round_cannot_be_used(threshold: dict[str, str]) -> None:
    with pytest.raises(ValidationError, match=r"is a (min above 0|max below 1)"):
        gate_spec(thresholds=[threshold])


@pytest.mark.parametrize(
    "threshold", [{"metric": "phi_leak_rate", "max": "0"}, {"metric": "accuracy", "min": "1"}], ids=str
)
def test_the_strictest_threshold_can_be_used(threshold: dict[str, str]) -> None:
    assert gate_spec(thresholds=[threshold]).thresholds[0].document() == threshold


@pytest.mark.parametrize("confidence", ["0.01", "0.4999", "0", "1", "1.0"])
def test_a_confidence_that_shows_nothing_cannot_be_used(confidence: str) -> None:
    with pytest.raises(ValidationError, match=r"from 0\.5 up to but not including 1"):
        gate_spec(confidence=confidence)


def test_it_is_said_of_every_metric_on_which_side_its_threshold_lies() -> None:
    assert set(MORE_IS_BETTER) == set(get_args(MetricName))


FIXED_STATUS = {
    "candidate": CANDIDATE.document(),
    "candidateDigest": CANDIDATE.digest,
    "adapterUri": PARTS.adapter_uri,
    "baseModelUri": PARTS.base_model_uri,
}
HELD = resource("EvalGate", gate_spec().document(), status=FIXED_STATUS)


@pytest.mark.parametrize(
    ("sentence", "observed"),
    [
        ("its prompt is missing", observe(resource=HELD, missing=Missing(reason="SystemPromptMissing", message="It."))),
        ("its run was deleted", observe(resource=HELD, parts=None, missing=Missing(reason="NoRun", message="It."))),
        ("its candidate is verified again", observe(resource=HELD, verified=Outcome(phase="Running"))),
        ("its verification failed", observe(resource=HELD, verified=failed("Verify", "ManifestMismatch"))),
    ],
)
def test_a_fixed_candidate_stays_in_the_status_while(sentence: str, observed: Observed) -> None:
    status = decide(observed, NOW).status
    assert {field: status.get(field) for field in FIXED_STATUS} == FIXED_STATUS
    fixed = next(c for c in status["conditions"] if c["type"] == "CandidateFixed")
    assert (fixed["status"], fixed["message"]) == ("True", f"The candidate is {CANDIDATE.digest}.")


def test_a_changed_candidate_leaves_the_fixed_one_in_the_status_and_ends_its_evaluation() -> None:
    status = {**FIXED_STATUS, "candidateDigest": DIGEST["seal"]}
    held = resource("EvalGate", gate_spec().document(), status=status)
    decision = decide(evaluated(ABSENT, resource=held, superfluous=("triage-evaluate-1",)), NOW)
    assert decision.status["reason"] == "CandidateChanged"
    assert {field: decision.status.get(field) for field in status} == status
    assert decision.delete_jobs == ("triage-evaluate-1",)


@pytest.mark.parametrize("state", ["Passed", "Failed", "Inconclusive"])
def test_a_verdict_stands_whatever_happens_later(state: str) -> None:
    observed = evaluated(ABSENT, resource=resource("EvalGate", {}, status={"state": state, "observedGeneration": 0}))
    decision = decide(observed, NOW)
    assert decision.status == {"state": state, "observedGeneration": 1}
    assert replace(decision, status={}, expire=()) == Decision(status={})


def test_jobs_expire_only_once_their_gate_has_ended() -> None:
    running = evaluated(Outcome(phase="Running"))
    assert decide(running, NOW).expire == ()
    ended = resource("EvalGate", {}, status={"state": "Passed", "observedGeneration": 1})
    jobs = decide(evaluated(passed("Evaluate"), resource=ended), NOW).expire
    assert [name.split("-")[1] for name, _ in jobs] == ["verify", "evaluate"]
    assert {seconds for _, seconds in jobs} == {604_800}
    told = replace(passed("Evaluate"), expires=True)
    assert [name.split("-")[1] for name, _ in decide(evaluated(told, resource=ended), NOW).expire] == ["verify"]


def test_the_evaluation_is_told_every_digest_of_the_candidate() -> None:
    work = evaluated(ABSENT).evaluate
    assert work is not None
    told = work.job.document()
    assert told["candidateDigest"] == CANDIDATE.digest
    assert told["candidate"] == CANDIDATE.document()
    assert told["sources"]["systemPrompt"] == PROMPT
