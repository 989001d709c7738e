"""Which Job does each stage of a FineTuneRun run?"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from preceptor.api.base import BaseModelSource
from preceptor.api.finetunerun import FineTuneRunSpec
from preceptor.api.jobs import (
    FetchJob,
    Gang,
    Job,
    PhiScanInput,
    PhiScanJob,
    ProgressEndpoint,
    ProveJob,
    SealJob,
    TrainJob,
)
from preceptor.api.jobs import Owner as JobOwner
from preceptor.hub import is_hub
from preceptor.stores import join
from preceptor_operator.config import OperatorConfig, PodSettings
from preceptor_operator.shared.children import Owner, Work
from preceptor_operator.shared.names import run_folder
from preceptor_operator.shared.outcome import Outcome

Stage = Literal["scanDataset", "fetchBase", "prove", "train", "scanOutputs", "seal"]
# In this order; which of them a run has, its plan says.
STAGES: tuple[Stage, ...] = ("scanDataset", "fetchBase", "prove", "train", "scanOutputs", "seal")
KINDS: dict[Stage, str] = {
    "scanDataset": "PhiScan",
    "fetchBase": "Fetch",
    "prove": "Prove",
    "train": "Train",
    "scanOutputs": "PhiScan",
    "seal": "Seal",
}
CONDITION: dict[Stage, str] = {
    "scanDataset": "DatasetClean",
    "fetchBase": "BaseModelFetched",
    "prove": "Reproducible",
    "train": "Trained",
    "scanOutputs": "OutputsClean",
    "seal": "Sealed",
}
SCANS: dict[Stage, Literal["dataset", "outputs"]] = {"scanDataset": "dataset", "scanOutputs": "outputs"}
TERMINAL: frozenset[str] = frozenset({"Succeeded", "Blocked", "Failed", "Cancelled"})
EVAL_COMMAND = ("preceptor-eval", "job")
TRAIN_COMMAND = ("preceptor-trainer", "run")
BASE_MODELS = "base-models"
# Hex digits of the digest in the name of a base model's copy; every use checks the whole digest.
PREFIX_LENGTH = 12


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What the works are built from; ``progress_ca`` is PEM text of the operator's certificate authority."""

    owner: Owner
    spec: FineTuneRunSpec
    config: OperatorConfig
    progress_ca: str | None = None

    @property
    def stages(self) -> tuple[Stage, ...]:
        """The stages of this run: only the model of a hub has to be fetched, only what is asked for is proven."""
        spared = {"fetchBase": not self.fetches, "prove": self.spec.proof is None}
        return tuple(stage for stage in STAGES if not spared.get(stage, False))

    @property
    def world_size(self) -> int:
        """How many processes train together."""
        compute = self.spec.compute
        return compute.nodes * max(1, compute.gpus_per_node)

    @property
    def fetches(self) -> bool:
        """Whether the base model lies on a hub and is first copied into the store."""
        return is_hub(self.spec.base_model.uri)

    @property
    def base_model(self) -> BaseModelSource:
        """The base model where the run's Jobs read it: in a store, also when it comes from a hub.

        The copy's folder is named by its content, so that all runs of one ``output.uri`` share it.
        """
        base = self.spec.base_model
        if not self.fetches:
            return BaseModelSource(uri=base.uri, digest=base.digest)
        name = base.digest.removeprefix("sha256:")[:PREFIX_LENGTH]
        return BaseModelSource(uri=join(self.spec.output.uri, BASE_MODELS, name), digest=base.digest)

    @property
    def run_uri(self) -> str:
        """The folder of this run: of its UID and of everything that shapes the adapter."""
        shaping = self.spec.model_dump(
            mode="json",
            by_alias=True,
            include={"base_model", "dataset", "method", "training", "reproducibility", "output"},
            exclude_none=True,
        )
        if self.world_size > 1 or self.spec.compute.strategy != "ddp":
            shaping["world"] = [self.spec.compute.strategy, self.world_size]
        return join(self.spec.output.uri, run_folder(self.owner.uid, shaping))

    @property
    def adapter_uri(self) -> str:
        """The folder of the adapter itself."""
        return join(self.run_uri, "adapter")


def stage_key(owner_uid: str, stage: Stage) -> str:
    """Key of the audit record that says how a stage ended."""
    return f"{owner_uid}:{stage}"


def stage_kind(stage: Stage) -> str:
    """Kind of that record."""
    return f"finetunerun.{stage}"


def work(stage: Stage, plan: Plan, outcomes: Mapping[Stage, Outcome]) -> Work:
    """The work of one stage, from the Results of those before it. Raises KeyError when a Result lacks a digest."""
    if stage == "scanDataset":
        return _scan_dataset(plan)
    if stage == "fetchBase":
        return _fetch_base(plan)
    if stage == "prove":
        return _prove(plan)
    if stage == "train":
        return _train(plan)
    if stage == "scanOutputs":
        return _scan_outputs(plan)
    return _seal(plan, outcomes)


def _job_owner(plan: Plan) -> JobOwner:
    return JobOwner(kind="FineTuneRun", namespace=plan.owner.namespace, name=plan.owner.name, uid=plan.owner.uid)


def _work(plan: Plan, role: str, job: Job, settings: PodSettings, **more: Any) -> Work:
    """What all works of a run have in common; they run on the eval image unless ``more`` says otherwise."""
    where = {"image": plan.config.images.eval, "command": EVAL_COMMAND}
    spec = plan.spec
    return Work(
        owner=plan.owner,
        role=role,
        job=job,
        settings=settings,
        retries=spec.retries,
        deadline_seconds=spec.active_deadline_seconds,
        **(where | more),
    )


def _trainer_work(plan: Plan, role: str, job: Job, **more: Any) -> Work:
    """A work on the trainer's image, with its inputs, queue and GPUs."""
    spec = plan.spec
    return _work(
        plan,
        role,
        job,
        plan.config.jobs.train,
        image=plan.config.images.trainer,
        command=TRAIN_COMMAND,
        reads=(plan.base_model.uri, spec.dataset.uri),
        queue_name=spec.compute.queue_name,
        gpus=spec.compute.gpus_per_node,
        **more,
    )


def _scan_dataset(plan: Plan) -> Work:
    dataset = plan.spec.dataset
    report_uri = join(plan.run_uri, "scan-dataset")
    job = PhiScanJob(
        owner=_job_owner(plan),
        target="dataset",
        inputs=(PhiScanInput(uri=dataset.uri, manifest_digest=dataset.manifest_digest),),
        report_uri=report_uri,
    )
    return _work(
        plan,
        "scan-data",
        job,
        plan.config.jobs.phi_scan,
        phi_key_secret=plan.config.phi_key_secret,
        reads=(dataset.uri,),
        writes=(report_uri,),
    )


def _fetch_base(plan: Plan) -> Work:
    target = plan.base_model
    job = FetchJob(owner=_job_owner(plan), source=plan.spec.base_model.uri, digest=target.digest, target_uri=target.uri)
    return _work(
        plan,
        "fetch",
        job,
        plan.config.jobs.fetch,
        writes=(target.uri,),
    )


def _training(plan: Plan, progress: ProgressEndpoint | None) -> TrainJob:
    spec, compute = plan.spec, plan.spec.compute
    gang = Gang(nodes=compute.nodes, processes_per_node=max(1, compute.gpus_per_node))
    return TrainJob(
        owner=_job_owner(plan),
        base_model=plan.base_model,
        dataset=spec.dataset,
        method=spec.method,
        training=spec.training,
        reproducibility=spec.reproducibility,
        gang=gang if plan.world_size > 1 else None,
        strategy=spec.compute.strategy,
        ddp_timeout_seconds=spec.compute.ddp_timeout_seconds,
        output_uri=plan.run_uri,
        progress=progress,
    )


def _prove(plan: Plan) -> Work:
    """One pod is enough: what is compared are processes."""
    spec = plan.spec
    assert spec.proof is not None
    # Two ranks show what mode invariant promises; but not on one GPU.
    several = spec.reproducibility.mode == "invariant" and spec.compute.gpus_per_node != 1
    job = ProveJob(
        owner=_job_owner(plan),
        steps=spec.proof.steps,
        ranks=2 if several else 1,
        train=_training(plan, None),
    )
    return _trainer_work(
        plan,
        "prove",
        job,
    )


def _train(plan: Plan) -> Work:
    spec, progress = plan.spec, plan.config.progress
    reports = progress.url is not None and plan.progress_ca is not None
    url = f"{progress.url}/v1/namespaces/{plan.owner.namespace}/finetuneruns/{plan.owner.name}/progress"
    job = _training(plan, ProgressEndpoint(url=url) if reports else None)
    return _trainer_work(
        plan,
        "train",
        job,
        writes=(plan.run_uri,),
        pods=spec.compute.nodes,
        progress_ca=plan.progress_ca if reports else None,
        progress_audience=progress.audience if reports else None,
    )


def _scan_outputs(plan: Plan) -> Work:
    inputs = tuple(PhiScanInput(uri=join(plan.run_uri, part)) for part in ("logs", "samples"))
    report_uri = join(plan.run_uri, "scan-outputs")
    job = PhiScanJob(owner=_job_owner(plan), target="outputs", inputs=inputs, report_uri=report_uri)
    return _work(
        plan,
        "scan-outputs",
        job,
        plan.config.jobs.phi_scan,
        phi_key_secret=plan.config.phi_key_secret,
        writes=(report_uri,),
    )


def _seal(plan: Plan, outcomes: Mapping[Stage, Outcome]) -> Work:
    job = SealJob(
        owner=_job_owner(plan),
        output_uri=plan.run_uri,
        adapter_digest=digest(outcomes["train"], "adapter"),
        provenance=provenance(plan, outcomes),
    )
    return _work(
        plan,
        "seal",
        job,
        plan.config.jobs.seal,
        writes=(plan.run_uri,),
    )


def digest(outcome: Outcome, name: str) -> str:
    """One digest of a passed Job's Result. Raises KeyError naming it when the Result lacks it."""
    if outcome.result is None or name not in outcome.result.digests:
        raise KeyError(name)
    return outcome.result.digests[name]


def _image(outcome: Outcome) -> dict[str, str]:
    found = {"reference": outcome.image, "id": outcome.image_id}
    return {name: text for name, text in found.items() if text is not None}


def provenance(plan: Plan, outcomes: Mapping[Stage, Outcome]) -> dict[str, object]:
    """How the adapter came to be: what was asked, on which inputs, by which images, with which counts."""
    train = outcomes["train"].result
    return {
        "schemaVersion": 1,
        "run": {"namespace": plan.owner.namespace, "name": plan.owner.name, "uid": plan.owner.uid},
        "parameters": {
            "method": plan.spec.method.document(),
            "training": plan.spec.training.document(),
            "reproducibility": plan.spec.reproducibility.document(),
            "compute": plan.spec.compute.document(),
        },
        "inputs": {"baseModel": plan.spec.base_model.document(), "dataset": plan.spec.dataset.document()},
        # What ran, which need not be what is configured now: a run may outlive an upgrade of the operator.
        "images": {
            stage: _image(outcome)
            for stage, outcome in outcomes.items()
            if stage != "seal" and outcome.phase == "Passed"
        },
        "digests": dict(train.digests) if train else {},
        "counts": dict(train.counts) if train else {},
        "scans": [
            {
                "target": target,
                "verdict": result.verdict if (result := outcomes[stage].result) else "missing",
                "reportDigest": result.digests.get("report", "") if result else "",
            }
            for stage, target in SCANS.items()
        ],
    }
