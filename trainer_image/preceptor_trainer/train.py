"""How does a Job become an adapter?"""

from __future__ import annotations

import time

from preceptor.api.jobs import Result, TrainJob
from preceptor.digests import canonical_json
from preceptor.exits import BadInput
from preceptor.manifests import Manifest
from preceptor.snapshot import scratch_folder
from preceptor.stores import local_path
from preceptor_trainer import environment, export, inputs, model, reasons, samples
from preceptor_trainer.conversation import Encoded, FolderReader, Weighting, encode
from preceptor_trainer.inputs import Inputs
from preceptor_trainer.loop import Loop, Step
from preceptor_trainer.output import Output, write_lines
from preceptor_trainer.plan import Plan, key
from preceptor_trainer.progress import Progress
from preceptor_trainer.recipe import Recipe
from preceptor_trainer.schedule import Schedule


def train(job: TrainJob, *, began: float) -> Result:
    """Train the adapter of a Job and publish it below its outputUri, or find that this was already done.

    ``began`` is the monotonic second in which the process started. Raises PreceptorError with a reason of
    ``preceptor_trainer.reasons``; nothing is visible below outputUri then.
    """
    environment.prepare(job.reproducibility.mode)
    _check_numbers(job)
    with scratch_folder("preceptor-training-") as scratch:
        return _run_job(job, inputs.gather(job, scratch), began)


def _run_job(job: TrainJob, found: Inputs, began: float) -> Result:
    _say(began, f"Base model {found.base.name} and dataset {found.dataset.name} ({len(found.rows)} rows) are as named.")
    recipe = Recipe(job, found)
    output = Output(local_path(job.output_uri), job.output_uri)
    done = output.finished(recipe)
    if done is not None:
        _say(began, "This very training is already complete here: nothing is run twice.")
        return _passed(found, *done)
    with output.writing():
        manifest, counts = _train(job, found, recipe, output, began)
    return _passed(found, manifest, counts)


def _train(
    job: TrainJob, found: Inputs, recipe: Recipe, output: Output, began: float
) -> tuple[Manifest, dict[str, int]]:
    reader = model.load_reader(found.base_folder)
    rows = _encode(job, found, reader)
    truncated = sum(row.truncated for row in rows)
    _say(began, f"The answers of all rows are found; {truncated} rows were cut to {job.training.max_length} tokens.")

    seed, training = job.reproducibility.seed, job.training
    device = environment.configure_torch(job.reproducibility.mode)
    environment.seed_everything(seed)
    base = model.load_base(found.base_folder, device)
    # Whatever loading drew, the adapter's first values are drawn from here.
    environment.seed_everything(key("adapter", seed) % 2**32)
    adapted = model.attach(base, job.method, found.base.name)
    output.require_space(sum(4 * parameter.numel() for _, parameter in model.trainable(adapted)))
    plan = Plan.make(
        [len(row.ids) for row in rows],
        seed=seed,
        batch_size=training.batch_size,
        epochs=training.epochs,
        max_steps=training.max_steps,
        invariant=job.reproducibility.mode == "invariant",
    )
    schedule = Schedule(float(training.learning_rate), float(training.warmup_ratio), plan.total)
    _say(began, f"{plan.total} steps of {plan.batch_size} rows in {plan.shards} shards on {device.type}.")
    loop = Loop(adapted, rows, plan, schedule, device)
    last, tokens = _run(loop, output, Progress(job.progress))
    counts = {"steps": last.step, "tokens": tokens, "records": len(rows), "truncated": truncated}

    tensors = export.tensors_of(adapted)
    export.write(adapted, tensors, found.base_folder, output.adapter)
    merged, difference = export.reload_and_merge(adapted, tensors, output.adapter, rows)
    _say(began, f"The written adapter loads, and merging changes no logit by more than {difference:.1e}.")
    write_lines(output.samples, samples.answers(merged, reader, found.rows, seed))
    manifest = output.publish(recipe, counts)
    _say(began, f"Adapter {manifest.digest}")
    return manifest, counts | {"seconds": int(last.seconds)}


def _run(loop: Loop, output: Output, progress: Progress) -> tuple[Step, int]:
    steps: list[Step] = []
    with output.log.open("ab", buffering=0) as log:

        def on_step(step: Step) -> None:
            steps.append(step)
            log.write(canonical_json(step.document()) + b"\n")
            progress.show(step)

        try:
            loop.run(on_step)
        finally:
            progress.close()
    return steps[-1], sum(step.tokens for step in steps)


def _encode(job: TrainJob, found: Inputs, reader: FolderReader) -> tuple[Encoded, ...]:
    training = job.training
    weighting = Weighting(first=training.first_tokens, weight=float(training.first_tokens_weight))
    return encode(found.rows, reader, max_length=training.max_length, weighting=weighting)


def _check_numbers(job: TrainJob) -> None:
    training = job.training
    for field, value in (
        ("learningRate", float(training.learning_rate)),
        ("firstTokensWeight", float(training.first_tokens_weight)),
    ):
        if not 0 < value < float("inf"):
            raise BadInput(f"training.{field} must be above 0 and finite.", reason=reasons.TRAINING_INVALID)


def _passed(found: Inputs, manifest: Manifest, counts: dict[str, int]) -> Result:
    return Result(
        kind="Train",
        verdict="pass",
        reason=reasons.TRAINED,
        message=f"Trained {counts.get('steps', 0)} steps on {counts.get('records', 0)} rows.",
        digests={"adapter": manifest.digest} | found.digests,
        counts=counts,
    )


def _say(began: float, sentence: str) -> None:
    print(f"[{time.monotonic() - began:6.1f} s] {sentence}", flush=True)
