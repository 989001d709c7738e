"""What should become of an EvalGate, given what is known?"""

from dataclasses import replace
from datetime import datetime
from typing import Any, Literal

from preceptor.api.evalgate import EvalGateStatus, Report, State
from preceptor.evidence import statement_digest
from preceptor_operator.evalgate import checks, reasons
from preceptor_operator.evalgate.evidence import Verdict, end_record, evaluation_record
from preceptor_operator.evalgate.gather import Observed
from preceptor_operator.evalgate.works import TERMINAL, report_folder
from preceptor_operator.shared.children import Work
from preceptor_operator.shared.clock import rfc3339
from preceptor_operator.shared.conditions import Fact, carried, merge
from preceptor_operator.shared.decision import Decision, Notice, Record
from preceptor_operator.shared.outcome import Outcome

WATCH_SECONDS = 15.0
FIXED = ("candidate", "candidateDigest", "adapterUri", "baseModelUri")
MISSING_SECONDS = 10.0


def decide(observed: Observed, now: datetime) -> Decision:
    """Pure: the one place that says what happens next to a gate."""
    resource = observed.resource
    if resource.status.get("state") in TERMINAL:
        return Decision(status=carried(resource.status, resource.generation), expire=_expire(observed))
    if resource.deleting:
        return Decision(status=resource.status)
    if observed.missing is not None:
        missing = observed.missing
        if missing.final:
            return _end(observed, now, "Failed", missing.reason, missing.message)
        return _ongoing(observed, now, "Pending", missing.reason, missing.message, requeue=MISSING_SECONDS)
    if observed.verified.phase != "Passed":
        return _stage(observed, now, observed.verify, observed.verified, reasons.VERIFYING)
    fixed = resource.status.get("candidateDigest")
    if fixed is not None and observed.candidate is not None and observed.candidate.digest != fixed:
        message = f"The candidate was fixed as {fixed}, and a part of it changed since: examine it in a new EvalGate."
        # The status goes on naming what was fixed, and nobody waits for its evaluation any more.
        kept = replace(observed, candidate=None, parts=None)
        return _end(kept, now, "Failed", reasons.CANDIDATE_CHANGED, message, delete=observed.superfluous)
    if observed.evaluated.phase != "Passed" and observed.evaluated.result is None:
        return _stage(observed, now, observed.evaluate, observed.evaluated, reasons.EVALUATING)
    return _judge(observed, now)


def _stage(observed: Observed, now: datetime, work: Work | None, outcome: Outcome, running: str) -> Decision:
    if outcome.finished:
        return _end(observed, now, "Failed", outcome.reason, outcome.message)
    if outcome.phase == "Foreign":
        return _ongoing(observed, now, "Pending", reasons.NAME_TAKEN, outcome.message, requeue=WATCH_SECONDS)
    if outcome.phase == "Absent" and work is not None:
        return _ongoing(observed, now, "Running", reasons.POD_STARTING, "The Job is being created.", create=(work,))
    reason = running if outcome.phase == "Running" else reasons.POD_STARTING
    message = outcome.message or "The Job is running."
    return _ongoing(observed, now, "Running", reason, message, requeue=WATCH_SECONDS)


def _judge(observed: Observed, now: datetime) -> Decision:
    """The evaluation ended with a Result: the verdict is the worse of what it says and what its numbers show."""
    outcome = observed.evaluated
    assert outcome.result is not None
    assert observed.candidate is not None
    assert observed.spec is not None
    result = outcome.result
    if result.verdict == "error" or (result.verdict == "fail" and not result.metrics):
        return _end(observed, now, "Failed", outcome.reason, outcome.message)
    for fault in (
        checks.result_names_candidate(result, observed.candidate),
        checks.result_names_suites(result, observed.spec.suites),
        checks.report_has_digest(result),
    ):
        if fault is not None:
            return _end(observed, now, "Failed", reasons.RESULT_INCOMPLETE, fault)
    if contradictions := checks.numbers_agree(result.metrics, observed.spec.confidence):
        message = f"The Result contradicts itself: find out what wrote it, {checks.AGAIN}. {' '.join(contradictions)}"
        return _end(observed, now, "Failed", reasons.RESULT_CONTRADICTORY, message)
    missed = checks.every_threshold_has_a_passing_bound(observed.spec.thresholds, result.metrics)
    sentences = " ".join(sentence for _, sentence in missed)
    try:
        if outcome.phase == "Passed" and not missed:
            return _verdict(observed, now, "Passed", reasons.THRESHOLDS_MET, "Every threshold's bound is met.")
        if outcome.phase == "Inconclusive" or (outcome.phase == "Passed" and missed):
            return _verdict(observed, now, "Inconclusive", reasons.NEEDS_MORE_CASES, sentences or outcome.message)
        return _verdict(observed, now, "Failed", reasons.THRESHOLDS_MISSED, sentences or outcome.message)
    except (KeyError, ValueError):
        message = f"The evaluation's Result does not hold what a statement about it needs: {checks.AGAIN}."
        return _end(observed, now, "Failed", reasons.RESULT_INCOMPLETE, message)


def _verdict(observed: Observed, now: datetime, state: Verdict, reason: str, message: str) -> Decision:
    record = evaluation_record(observed, state)
    assert record.statement is not None
    return _end(observed, now, state, reason, message, record=record, evidence=statement_digest(record.statement))


def _expire(observed: Observed) -> tuple[tuple[str, int], ...]:
    if observed.spec is None:
        return ()
    seconds = observed.spec.ttl_seconds_after_finished
    found = ((observed.verify, observed.verified), (observed.evaluate, observed.evaluated))
    names = [work.name for work, outcome in found if work and outcome.finished and not outcome.expires]
    return tuple((name, seconds) for name in dict.fromkeys((*names, *observed.lost)))


def _facts(observed: Observed, reason: str, message: str, passed: Literal["True", "False", "Unknown"]) -> list[Fact]:
    digest = observed.candidate.digest if observed.candidate else observed.resource.status.get("candidateDigest")
    if digest is not None:
        fixed = Fact(type="CandidateFixed", status="True", reason=reasons.FIXED, message=f"The candidate is {digest}.")
    else:
        fixed = Fact(type="CandidateFixed", status="Unknown", reason=reason, message=message)
    return [fixed, Fact(type="Passed", status=passed, reason=reason, message=message)]


def _ongoing(
    observed: Observed,
    now: datetime,
    state: State,
    reason: str,
    message: str,
    *,
    create: tuple[Work, ...] = (),
    delete: tuple[str, ...] = (),
    requeue: float | None = None,
) -> Decision:
    facts = [
        *_facts(observed, reason, message, "Unknown"),
        Fact(type="Stalled", status="False", reason=reasons.NOT_STALLED),
    ]
    return Decision(
        status=_status(observed, now, state, reason, facts),
        create=create,
        delete_jobs=delete,
        requeue_seconds=requeue,
    )


def _end(
    observed: Observed,
    now: datetime,
    state: State,
    reason: str,
    message: str,
    *,
    record: Record | None = None,
    evidence: str | None = None,
    delete: tuple[str, ...] = (),
) -> Decision:
    good, stalled = state == "Passed", state == "Failed"
    facts = [
        *_facts(observed, reason, message, "True" if good else "False"),
        Fact(
            type="Stalled",
            status="True" if stalled else "False",
            reason=reason if stalled else reasons.NOT_STALLED,
            message=message if stalled else "",
        ),
    ]
    return Decision(
        status=_status(observed, now, state, reason, facts, evidence=evidence),
        records=(record or end_record(observed, state, reason),),
        delete_jobs=delete,
        notices=(Notice(type="Normal" if good else "Warning", reason=reason, message=message),),
    )


def _status(
    observed: Observed, now: datetime, state: State, reason: str, facts: list[Fact], *, evidence: str | None = None
) -> dict[str, Any]:
    resource, candidate, result = observed.resource, observed.candidate, observed.evaluated.result
    report = None
    if result is not None and candidate is not None and observed.spec is not None and "report" in result.digests:
        folder = report_folder(observed.spec.report, candidate.digest, resource.uid)
        report = Report(uri=folder, digest=result.digests["report"])
    status = EvalGateStatus(
        observed_generation=resource.generation,
        state=state,
        reason=reason,
        candidate=candidate,
        candidate_digest=candidate.digest if candidate else None,
        adapter_uri=observed.parts.adapter_uri if observed.parts else None,
        base_model_uri=observed.parts.base_model_uri if observed.parts else None,
        metrics=result.metrics if result else (),
        baseline=result.baseline if result else (),
        report=report,
        evidence_digest=evidence,
        progress=_progress(observed),
        completed_at=rfc3339(now) if state in TERMINAL else None,
    ).document()
    # A source that is out of sight for a moment, such as its ConfigMap, does not unfix what was fixed.
    status |= {field: held for field in FIXED if field not in status and (held := resource.status.get(field))}
    status["conditions"] = merge(
        facts, resource.status.get("conditions") or (), generation=resource.generation, now=now
    )
    return status


def _progress(observed: Observed) -> str:
    """Stages done of two: the candidate is verified, then evaluated."""
    done = int(observed.verified.phase == "Passed") + int(observed.evaluated.finished)
    return f"{done}/2"
