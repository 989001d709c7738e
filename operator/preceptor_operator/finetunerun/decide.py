"""What should become of a FineTuneRun, given what is known?"""

from datetime import datetime
from typing import Any

from preceptor.api.finetunerun import Artifact, FineTuneRunStatus, Progress, Scan, State, TrainingStatus
from preceptor.evidence import statement_digest
from preceptor_operator.finetunerun import reasons
from preceptor_operator.finetunerun.evidence import end_record, sealed_records, stage_records
from preceptor_operator.finetunerun.gather import Observed
from preceptor_operator.finetunerun.works import CONDITION, SCANS, STAGES, TERMINAL, Stage, digest
from preceptor_operator.shared.clock import rfc3339
from preceptor_operator.shared.conditions import Fact, carried, merge
from preceptor_operator.shared.decision import Decision, Notice, Record
from preceptor_operator.shared.outcome import Outcome

WATCH_SECONDS = 15.0

RUNNING: dict[Stage, tuple[State, str]] = {
    "scanDataset": ("Scanning", reasons.SCANNING),
    "fetchBase": ("Fetching", reasons.FETCHING),
    "prove": ("Proving", reasons.PROVING),
    "train": ("Training", reasons.STEPS_RUNNING),
    "scanOutputs": ("Verifying", reasons.SCANNING),
    "seal": ("Verifying", reasons.SEALING),
}
PASSED: dict[Stage, tuple[str, str]] = {
    "scanDataset": (reasons.CLEAN, "The dataset matches its manifest and holds no PHI that the scanner knows."),
    "fetchBase": (
        reasons.FETCHED,
        "The base model was copied from its hub into the store, and has the digest asked for.",
    ),
    "prove": (reasons.REPRODUCIBLE, "The first steps, trained twice in fresh processes, gave the same adapter."),
    "train": (reasons.TRAINED, "The adapter was trained."),
    "scanOutputs": (reasons.CLEAN, "Training logs and samples hold no PHI that the scanner knows."),
    "seal": (reasons.SEALED, "The adapter is sealed: every file's digest is in its manifest."),
}
SPARED: dict[Stage, Fact] = {
    "fetchBase": Fact(
        type=CONDITION["fetchBase"],
        status="True",
        reason=reasons.IN_STORE,
        message="The base model lies in a store: nothing has to be fetched.",
    ),
    # Nobody has shown it: that is no yes.
    "prove": Fact(
        type=CONDITION["prove"],
        status="Unknown",
        reason=reasons.NOT_ASKED,
        message="No proof was asked for: set spec.proof in another FineTuneRun.",
    ),
}


def decide(observed: Observed, now: datetime) -> Decision:
    """Pure: the one place that says what happens next to a run."""
    resource = observed.resource
    if resource.status.get("state") in TERMINAL:
        return Decision(status=carried(resource.status, resource.generation), expire=_expire(observed))
    if resource.deleting:
        return Decision(status=resource.status)
    if observed.plan is None:
        return _end(
            observed,
            now,
            "Failed",
            reasons.SPEC_INVALID,
            f"The spec cannot be used: {observed.fault}. Correct it in a new FineTuneRun.",
        )
    if observed.plan.spec.cancel:
        return _cancel(observed, now)
    for stage in observed.plan.stages:
        outcome = observed.outcomes[stage]
        if outcome.phase == "Passed":
            if (contradiction := _contradiction(observed, stage)) is not None:
                reason, message = contradiction
                return _end(observed, now, "Failed", reason, message, stage=stage)
            continue
        if outcome.phase in ("Failed", "Inconclusive"):
            return _stopped(observed, now, stage, outcome)
        return _continue(observed, now, stage, outcome)
    return _succeed(observed, now)


def _continue(observed: Observed, now: datetime, stage: Stage, outcome: Outcome) -> Decision:
    """A stage is to be started, held, resumed or waited for."""
    assert observed.plan is not None
    spec, work = observed.plan.spec, observed.works[stage]
    state, reason = RUNNING[stage]
    queued = work.queue_name is not None
    if outcome.phase == "Foreign":
        return _ongoing(observed, now, "Pending", reasons.NAME_TAKEN, outcome.message, stage, requeue=WATCH_SECONDS)
    if spec.suspend:
        return _hold(observed, now, stage, outcome, queued=queued)
    if outcome.phase == "Absent":
        waiting: State = "Queued" if queued else state
        why = reasons.QUEUED if queued else reasons.POD_STARTING
        return _ongoing(observed, now, waiting, why, "The Job is being created.", stage, create=True)
    if outcome.phase == "Suspended":
        if queued:
            message = f"The Job waits in queue {work.queue_name} for quota."
            return _ongoing(observed, now, "Queued", reasons.QUEUED, message, stage, requeue=WATCH_SECONDS * 4)
        return _ongoing(
            observed, now, state, reasons.POD_STARTING, "The Job is resumed.", stage, suspend=((work.name, False),)
        )
    if outcome.phase == "Waiting":
        return _ongoing(observed, now, state, reasons.POD_STARTING, outcome.message, stage, requeue=WATCH_SECONDS)
    return _ongoing(observed, now, state, reason, "The Job is running.", stage, requeue=WATCH_SECONDS)


def _hold(observed: Observed, now: datetime, stage: Stage, outcome: Outcome, *, queued: bool) -> Decision:
    """``spec.suspend``: start nothing, and free what runs. A queued Job is deleted, since its queue would resume it."""
    name = observed.works[stage].name
    message = "Suspended by spec.suspend: set it to false to go on. A training goes on from its last checkpoint."
    if outcome.phase in ("Absent", "Suspended") and not (queued and outcome.phase == "Suspended"):
        return _ongoing(observed, now, "Suspended", reasons.SUSPENDED, message, stage)
    if queued:
        return _ongoing(observed, now, "Suspended", reasons.SUSPENDED, message, stage, delete=(name,))
    return _ongoing(observed, now, "Suspended", reasons.SUSPENDED, message, stage, suspend=((name, True),))


def _cancel(observed: Observed, now: datetime) -> Decision:
    running = tuple(
        observed.works[stage].name
        for stage, outcome in observed.outcomes.items()
        if stage in observed.works and outcome.phase not in ("Absent", "Foreign") and not outcome.finished
    )
    message = "Cancelled by spec.cancel. What was already written stays where it is; nothing of it is sealed."
    return _end(observed, now, "Cancelled", reasons.CANCELLED, message, delete=running)


def _stopped(observed: Observed, now: datetime, stage: Stage, outcome: Outcome) -> Decision:
    blocked = outcome.reason == reasons.PHI_FOUND
    return _end(observed, now, "Blocked" if blocked else "Failed", outcome.reason, outcome.message, stage=stage)


def _succeed(observed: Observed, now: datetime) -> Decision:
    assert observed.plan is not None
    train, scan, seal = (observed.outcomes[stage] for stage in ("train", "scanOutputs", "seal"))
    try:
        artifact = Artifact(
            uri=observed.plan.adapter_uri,
            digest=digest(seal, "adapter"),
            base_model_uri=observed.plan.base_model.uri,
            base_model_digest=digest(train, "baseModel"),
            tokenizer_digest=digest(train, "tokenizer"),
            chat_template_digest=digest(train, "chatTemplate"),
        )
        fetched = digest(observed.outcomes["fetchBase"], "baseModel") if observed.plan.fetches else None
        changed = digest(scan, "outputs") != digest(seal, "outputs")
        evidence = () if changed else sealed_records(observed, observed.plan)
    except ValueError as contradiction:
        message = f"The Results contradict themselves ({contradiction}), so nothing is sealed: report this."
        return _end(observed, now, "Failed", reasons.RESULT_CONTRADICTORY, message, stage="seal")
    except KeyError as missing:
        message = f"The Results lack the digest {missing.args[0]}, so nothing can be released from them: report this."
        return _end(observed, now, "Failed", "ResultIncomplete", message, stage="seal")
    if changed:
        message = (
            "Logs and samples changed between their PHI scan and the seal: see who wrote to the store; train again."
        )
        return _end(observed, now, "Failed", reasons.DIGEST_MISMATCH, message, stage="seal")
    if (
        artifact.digest != digest(train, "adapter")
        or digest(train, "dataset") != observed.plan.spec.dataset.manifest_digest
        or artifact.base_model_digest != observed.plan.spec.base_model.digest
        or fetched not in (None, artifact.base_model_digest)
    ):
        message = "Adapter, base model or dataset is not the one sealed, trained on or asked for: train again."
        return _end(observed, now, "Failed", reasons.DIGEST_MISMATCH, message, stage="seal")
    provenance = evidence[-1].statement
    assert provenance is not None
    artifact = artifact.model_copy(update={"provenance_digest": statement_digest(provenance)})
    message = PASSED["seal"][1]
    return _end(observed, now, "Succeeded", reasons.SEALED, message, artifact=artifact, evidence=evidence)


def _contradiction(observed: Observed, stage: Stage) -> tuple[str, str] | None:
    """Why a scan that passed is none of what it was to scan, as reason and sentence: what it does not say is no yes."""
    if stage not in SCANS:
        return None
    assert observed.plan is not None
    result = observed.outcomes[stage].result
    if result is None or result.counts.get("findings") != 0:
        message = "The PHI scan passed, but does not say that it found nothing: see its log, and report this."
        return reasons.RESULT_CONTRADICTORY, message
    if stage == "scanDataset" and result.digests.get("dataset") != observed.plan.spec.dataset.manifest_digest:
        message = "The dataset that was scanned is not the one that the spec names: restore it, and run again."
        return reasons.DIGEST_MISMATCH, message
    return None


def _expire(observed: Observed) -> tuple[tuple[str, int], ...]:
    if observed.plan is None:
        return ()
    seconds = observed.plan.spec.ttl_seconds_after_finished
    found = ((work.name, observed.outcomes[stage]) for stage, work in observed.works.items())
    names = [name for name, outcome in found if outcome.finished and not outcome.expires]
    return tuple((name, seconds) for name in dict.fromkeys((*names, *observed.lost)))


def _facts(observed: Observed, current: Stage | None, reason: str, message: str) -> list[Fact]:
    """One condition a stage: passed, running, failed, not reached, or not needed."""
    facts = []
    for stage in STAGES:
        outcome = observed.outcomes.get(stage)
        if observed.plan is not None and stage not in observed.plan.stages:
            facts.append(SPARED[stage])
        elif outcome is not None and outcome.phase == "Passed" and stage == current:
            # Its Job passed, and what it says is not believed.
            facts.append(Fact(type=CONDITION[stage], status="False", reason=reason, message=message))
        elif outcome is not None and outcome.phase == "Passed":
            facts.append(Fact(type=CONDITION[stage], status="True", reason=PASSED[stage][0], message=PASSED[stage][1]))
        elif outcome is not None and outcome.finished:
            facts.append(Fact(type=CONDITION[stage], status="False", reason=outcome.reason, message=outcome.message))
        elif stage == current:
            facts.append(Fact(type=CONDITION[stage], status="Unknown", reason=reason, message=message))
        else:
            facts.append(
                Fact(type=CONDITION[stage], status="Unknown", reason=reasons.NOT_STARTED, message="Not reached yet.")
            )
    return facts


def _ongoing(
    observed: Observed,
    now: datetime,
    state: State,
    reason: str,
    message: str,
    stage: Stage,
    *,
    create: bool = False,
    suspend: tuple[tuple[str, bool], ...] = (),
    delete: tuple[str, ...] = (),
    requeue: float | None = None,
) -> Decision:
    facts = [
        *_facts(observed, stage, reason, message),
        Fact(type="Succeeded", status="Unknown", reason=reasons.IN_PROGRESS, message=message),
        Fact(type="Stalled", status="False", reason=reasons.NOT_STALLED),
    ]
    return Decision(
        status=_status(observed, now, state, reason, facts),
        records=stage_records(observed),
        create=(observed.works[stage],) if create else (),
        suspend=suspend,
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
    stage: Stage | None = None,
    delete: tuple[str, ...] = (),
    artifact: Artifact | None = None,
    evidence: tuple[Record, ...] = (),
) -> Decision:
    good = state == "Succeeded"
    facts = [
        *_facts(observed, stage, reason, message),
        Fact(type="Succeeded", status="True" if good else "False", reason=reason, message=message),
        Fact(
            type="Stalled",
            status="False" if good else "True",
            reason=reasons.NOT_STALLED if good else reason,
            message="" if good else message,
        ),
    ]
    return Decision(
        status=_status(observed, now, state, reason, facts, artifact=artifact),
        records=(*stage_records(observed), *(evidence or (end_record(observed, state, reason),))),
        delete_jobs=delete,
        notices=(Notice(type="Normal" if good else "Warning", reason=reason, message=message),),
    )


def _status(
    observed: Observed,
    now: datetime,
    state: State,
    reason: str,
    facts: list[Fact],
    *,
    artifact: Artifact | None = None,
) -> dict[str, Any]:
    resource = observed.resource
    ended = state in TERMINAL
    status = FineTuneRunStatus(
        observed_generation=resource.generation,
        state=state,
        reason=reason,
        progress=_progress(observed),
        training=_training(observed),
        scans=_scans(observed),
        artifact=artifact,
        started_at=resource.status.get("startedAt") or rfc3339(now),
        completed_at=rfc3339(now) if ended else None,
    ).document()
    status["conditions"] = merge(
        facts, resource.status.get("conditions") or (), generation=resource.generation, now=now
    )
    return status


def _progress(observed: Observed) -> Progress | None:
    """The latest report; after training, all steps are done, whether the last report arrived or not."""
    held = observed.resource.status.get("progress")
    latest = observed.progress or (Progress.model_validate(held) if held else None)
    train = observed.outcomes.get("train")
    if train is not None and train.phase == "Passed" and train.result is not None:
        steps = train.result.counts.get("steps", 0)
        kept = latest.model_dump() if latest else {}
        return Progress.model_validate(
            {**kept, "step": steps, "total": steps, "text": f"{steps}/{steps}", "percentage": 100, "eta_seconds": 0}
        )
    return latest


def _training(observed: Observed) -> TrainingStatus | None:
    """How it is trained; what that took so far is kept when the pods that told it are gone."""
    if observed.plan is None:
        return None
    spec, held = observed.plan.spec, observed.resource.status.get("training") or {}
    train = observed.outcomes.get("train")
    seconds, wasted = held.get("podSeconds"), held.get("wastedSteps")
    if train is not None:
        seconds = max(seconds or 0, train.pod_seconds) if train.pod_seconds is not None else seconds
        wasted = train.result.counts.get("wastedSteps", wasted) if train.result is not None else wasted
    return TrainingStatus(
        mode=spec.reproducibility.mode,
        strategy=spec.compute.strategy,
        world_size=observed.plan.world_size,
        pod_seconds=seconds,
        gpu_seconds=seconds * spec.compute.gpus_per_node if seconds is not None else None,
        wasted_steps=wasted,
    )


def _scans(observed: Observed) -> tuple[Scan, ...]:
    found = []
    for stage, target in SCANS.items():
        outcome = observed.outcomes.get(stage)
        if outcome is None or outcome.result is None:
            continue
        result = outcome.result
        found.append(
            Scan(
                target=target,
                verdict=outcome.reason,
                records=result.counts.get("records"),
                findings=result.counts.get("findings"),
                report_digest=result.digests.get("report"),
            )
        )
    return tuple(found)
