"""What goes into the audit chain about a FineTuneRun?"""

from typing import Any

from preceptor.api.audit import Append
from preceptor.api.jobs import Owner, Result
from preceptor.evidence import Material, phi_scan, repetition, training_provenance
from preceptor.stores import join
from preceptor_operator.finetunerun.gather import Observed
from preceptor_operator.finetunerun.works import CONDITION, SCANS, STAGES, Plan, Stage, digest, stage_key, stage_kind
from preceptor_operator.shared.conditions import find
from preceptor_operator.shared.decision import Record
from preceptor_operator.shared.recorded import memory


def stage_records(observed: Observed) -> tuple[Record, ...]:
    """Records of stages that ended since the last status.

    Each has a key made of the owner's UID and the stage, so that appending it again is harmless.
    """
    return tuple(_stage(observed, stage) for stage in STAGES if _is_new(observed, stage))


def end_record(observed: Observed, state: str, reason: str) -> Record:
    """The record of a run that ended otherwise than well.

    What was decided is part of the key: an operator that was killed after recording an end may find another one when it
    comes back, and the chain then shows both.
    """
    body = {"about": _about(observed), "state": state, "reason": reason}
    return Record(append=Append(key=f"{observed.resource.uid}:end:{state}:{reason}", kind="finetunerun.end", body=body))


def sealed_records(observed: Observed, plan: Plan) -> tuple[Record, ...]:
    """The evidence of a sealed adapter: both PHI scans, a proof where there is one, and last the training provenance,
    each to be signed.

    Raises KeyError when a Result lacks a digest, ValueError when what was scanned is not what the adapter comes from.
    """
    adapter = digest(observed.outcomes["seal"], "adapter")
    proof = (_proof(observed, plan, adapter),) if plan.spec.proof is not None else ()
    return (*(_scan(observed, plan, adapter, stage) for stage in SCANS), *proof, _provenance(observed, plan, adapter))


def _is_new(observed: Observed, stage: Stage) -> bool:
    outcome = observed.outcomes.get(stage)
    if outcome is None or not outcome.finished:
        return False
    told = find(observed.resource.status.get("conditions") or (), CONDITION[stage])
    return told is None or told.get("status") == "Unknown"


def _about(observed: Observed) -> dict[str, Any]:
    resource = observed.resource
    return {"kind": resource.kind, "namespace": resource.namespace, "name": resource.name, "uid": resource.uid}


def _owner(plan: Plan) -> Owner:
    return Owner(kind="FineTuneRun", namespace=plan.owner.namespace, name=plan.owner.name, uid=plan.owner.uid)


def _stage(observed: Observed, stage: Stage) -> Record:
    body = {"about": _about(observed), "stage": stage, **memory(observed.outcomes[stage])}
    return Record(append=Append(key=stage_key(observed.resource.uid, stage), kind=stage_kind(stage), body=body))


def _result(observed: Observed, stage: Stage) -> Result:
    result = observed.outcomes[stage].result
    if result is None:
        raise KeyError(stage)
    return result


def _scan(observed: Observed, plan: Plan, adapter: str, stage: Stage) -> Record:
    outcome, result, target = observed.outcomes[stage], _result(observed, stage), SCANS[stage]
    uri = join(plan.run_uri, f"scan-{target}")
    scanned = Material(target, digest(outcome, target), plan.spec.dataset.uri if target == "dataset" else plan.run_uri)
    used = plan.spec.dataset.manifest_digest if target == "dataset" else digest(observed.outcomes["seal"], "outputs")
    if result.verdict != "pass" or scanned.digest != used:
        raise ValueError(f"the {target} that the adapter comes from are not those whose PHI scan passed")
    statement = phi_scan(
        digest=adapter,
        target=target,
        passed=result.verdict == "pass",
        scanned=scanned,
        counts=result.counts,
        report=Material("report", digest(outcome, "report"), uri),
        owner=_owner(plan),
        finished_at=_time(outcome.finished_at),
    )
    append = Append(
        key=f"{plan.owner.uid}:scan-{target}:statement",
        kind="statement.phiscan",
        subject=adapter,
        body={"about": _about(observed), "target": target},
    )
    return Record(append=append, statement=statement)


def _proof(observed: Observed, plan: Plan, adapter: str) -> Record:
    outcome = observed.outcomes["prove"]
    assert plan.spec.proof is not None
    statement = repetition(
        adapter=adapter,
        steps=plan.spec.proof.steps,
        digests=(digest(outcome, "first"), digest(outcome, "second")),
        owner=_owner(plan),
        finished_at=_time(outcome.finished_at),
    )
    append = Append(
        key=f"{plan.owner.uid}:proof:statement",
        kind="statement.repetition",
        subject=adapter,
        body={"about": _about(observed)},
    )
    return Record(append=append, statement=statement)


def _provenance(observed: Observed, plan: Plan, adapter: str) -> Record:
    spec, train = plan.spec, observed.outcomes["train"]
    before = plan.stages[plan.stages.index("train") - 1]
    statement = training_provenance(
        adapter=adapter,
        base_model=Material("baseModel", spec.base_model.digest, spec.base_model.uri),
        dataset=Material("dataset", spec.dataset.manifest_digest, spec.dataset.uri),
        tokenizer=digest(train, "tokenizer"),
        chat_template=digest(train, "chatTemplate"),
        parameters={
            "method": spec.method.document(),
            "training": spec.training.document(),
            "reproducibility": spec.reproducibility.document(),
            "compute": spec.compute.document(),
        },
        owner=_owner(plan),
        started_at=_time(observed.outcomes[before].finished_at),
        finished_at=_time(train.finished_at),
        image=train.image,
        image_id=train.image_id,
    )
    append = Append(
        key=f"{plan.owner.uid}:provenance:statement",
        kind="statement.provenance",
        subject=adapter,
        body={"about": _about(observed), "uri": plan.adapter_uri},
    )
    return Record(append=append, statement=statement)


def _time(text: str | None) -> str:
    if text is None:
        raise KeyError("completionTime")
    return text
