"""How does a request become an adapter?"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Sequence
from contextlib import nullcontext, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from preceptor.api.jobs import Result
from preceptor.digests import canonical_json
from preceptor.exits import BadInput
from preceptor.manifests import Manifest
from preceptor.snapshot import scratch_folder
from preceptor_trainer import (
    environment,
    export,
    heldout,
    inputs,
    loss,
    model,
    packing,
    page,
    promises,
    reasons,
    record,
    samples,
    trace,
)
from preceptor_trainer.checkpoint import Checkpoint, Checkpoints
from preceptor_trainer.conversation import Encoded, FolderReader, Weighting, encode, limit_truncation
from preceptor_trainer.gpu import usable
from preceptor_trainer.heldout import HeldOut
from preceptor_trainer.inputs import Inputs
from preceptor_trainer.loop import Loop, Step
from preceptor_trainer.output import LOG_FILE, TRACE_FILE, Output, write_lines
from preceptor_trainer.plan import Plan, key, least_shards
from preceptor_trainer.progress import Progress
from preceptor_trainer.ranks import Place, Ranks
from preceptor_trainer.recipe import Recipe
from preceptor_trainer.request import Request
from preceptor_trainer.schedule import Schedule
from preceptor_trainer.stopping import Interrupted, Stop
from preceptor_trainer.updates import AdamW
from preceptor_trainer.zero import DividedAdamW, divide_base

if TYPE_CHECKING:
    import torch

    from preceptor_trainer.updates import Updates

Finished = tuple[Manifest, dict[str, int]]


def train(request: Request, *, began: float, stop: Stop) -> Result:
    """Train the adapter of a request and publish it, or find that this was already done.

    Run by every rank alike: the first writes, the others compute. ``began`` is the monotonic second in which the
    process started. Raises PreceptorError with a reason of ``preceptor_trainer.reasons``, and Interrupted once a
    checkpoint was written; no adapter is visible then.
    """
    environment.prepare(request.reproducibility.mode)
    place = Place.of_environment()
    promises.check(request, place.size)

    def say(sentence: str) -> None:
        if place.first:
            print(f"[{time.monotonic() - began:6.1f} s] {sentence}", flush=True)

    if place.first:
        # What is in the caller's hands is said before gigabytes are read.
        Output(request.output, request.output_called).require_writable()
    with scratch_folder("preceptor-training-") as scratch:
        # The first process of a machine checks and copies, before anything heavy is imported; the others wait for it.
        found = inputs.gather(request, scratch) if place.first_here else None
        device = environment.configure_torch(request.reproducibility.mode, place.local_rank)
        ranks = Ranks.connect(place, device, request.timeout_seconds, always=request.strategy != "ddp")
        if ranks.shared and request.strategy != "ddp":
            raise BadInput(
                f"strategy {request.strategy} needs a GPU for each rank of a machine, and here several share one: "
                "use strategy ddp, or fewer ranks.",
                reason=reasons.TRAINING_INVALID,
            )
        found = _together(request, found, scratch, ranks)
        say(f"Base model {found.base.name} and dataset {found.dataset.name} ({len(found.rows)} rows) are as named.")
        manifest, counts = _unless_done(request, found, ranks, say, stop)
        # Only here: after a failure the others may wait elsewhere.
        ranks.close()
    return _passed(found, manifest, counts)


def _together(request: Request, found: Inputs | None, scratch: Path, ranks: Ranks) -> Inputs:
    """The inputs of this rank. Raises BadInput when another machine found other bytes under the same names."""
    copies = ranks.everyone((ranks.place.node, found.base_folder if found else None))
    if found is None:
        copied = next(folder for node, folder in copies if node == ranks.place.node and folder is not None)
        found = inputs.join(request, scratch, copied)
    if len({str(sorted(digests.items())) for digests in ranks.everyone(found.digests)}) > 1:
        raise BadInput(
            "The machines of this training hold different bytes under the names of base model and dataset: "
            "let all read the same store.",
            reason=reasons.DATASET_INVALID,
        )
    return found


def _unless_done(request: Request, found: Inputs, ranks: Ranks, say: Callable[[str], None], stop: Stop) -> Finished:
    recipe = Recipe(request, found, ranks.size)
    output = Output(request.output, request.output_called)
    done = ranks.from_first(lambda: output.finished(recipe))
    if done is not None:
        say("This very training is already complete here: nothing is run twice.")
        return done
    with output.writing() if ranks.first else nullcontext():
        return _train(recipe, output, ranks, say, stop)


def _train(recipe: Recipe, output: Output, ranks: Ranks, say: Callable[[str], None], stop: Stop) -> Finished:
    request, found = recipe.request, recipe.inputs
    reader = model.load_reader(found.base_folder)
    rows = _encode(request, found, reader)
    truncated = limit_truncation(rows, float(request.training.max_truncated), request.training.max_length)
    say(f"The answers of all rows are found; {truncated} rows were cut to {request.training.max_length} tokens.")

    rows, unseen = heldout.split(rows, float(request.training.held_out), request.reproducibility.seed)
    held = heldout.HeldOut(unseen, request.training.held_out_steps, request.training.patience)
    adapted = _adapted(request, found, ranks)
    ranks.from_first(
        lambda: output.require_space(sum(4 * parameter.numel() for _, parameter in model.trainable(adapted)))
    )
    packs = packing.pack(rows, request.training.max_length) if request.training.packing == "best-fit" else rows
    plan = _plan(request, packs, ranks)
    schedule = Schedule(float(request.training.learning_rate), float(request.training.warmup_ratio), plan.total)
    say(
        f"{plan.total} steps of {plan.batch_size} rows in {plan.shards} shards on {ranks.size} rank(s), "
        f"{ranks.device.type}, strategy {request.strategy}."
    )
    if plan.shards < ranks.size:
        say(
            f"{ranks.size - plan.shards} rank(s) have nothing to do: choose more reproducibility.shards or fewer ranks."
        )
    # ZeRO-3 gathers a layer's weights where the layer itself is called.
    shard_loss, sentence = loss.choose(
        adapted,
        rows,
        ranks.device,
        fused=request.strategy != "zero3",
        flash=request.training.attention == "flash",
    )
    say(sentence)
    computed = {"way": loss.described(shard_loss), **usable.described(ranks.device)}
    if not request.invariant:
        # There gradients are gathered, and no bit depends on who adds them.
        computed |= ranks.described()
    if len({str(each) for each in ranks.everyone(computed)}) > 1:
        raise BadInput(
            "The ranks of this training do not compute the same loss for the same rows: let all run on one kind of "
            "machine.",
            reason=reasons.MODE_NOT_KEPT,
        )
    if request.training.packing != "none" and not loss.in_one_line(shard_loss):
        raise BadInput(
            "training.packing best-fit is refused: this base model's rows would see each other in one pack. "
            "Set training.packing to none.",
            reason=reasons.MODE_NOT_KEPT,
        )
    loop = Loop(
        adapted,
        packs,
        plan,
        schedule,
        ranks,
        in_order=request.invariant,
        in_step=request.strategy == "zero3",
        optimizer=_optimizer(request, ranks),
        shard_loss=shard_loss,
    )
    checkpoints = Checkpoints(output.folder, recipe.document(), _surroundings(ranks, computed), say)
    run = _Run(loop, output, checkpoints, ranks, say, held, shard_loss)
    run.resume()
    tokens = run.to_the_end(Progress(request.progress if ranks.first else None), request.training.save_steps, stop)
    counts = {"steps": loop.step, "tokens": tokens, "records": len(rows) + len(unseen), "truncated": truncated}
    wasted = output.waste.steps

    def finish() -> Manifest:
        tensors = export.tensors_of(adapted)
        export.write(adapted, tensors, found.base_folder, output.adapter)
        # Where the trained base is not the one that the adapter is for, or not whole, the latter is read anew.
        changed = (
            request.method.quantization != "none" or request.method.init in model.SHIFTED or request.strategy == "zero3"
        )
        fresh = model.load_base(found.base_folder, ranks.device, "fp32") if changed else None
        merged, difference = export.reload_and_merge(adapted, tensors, output.adapter, rows, fresh)
        say(f"The written adapter loads, and merging changes no logit by more than {difference:.1e}.")
        write_lines(output.samples, samples.answers(merged, reader, found.rows, request.reproducibility.seed))
        manifest = output.seal(recipe, counts)
        content = record.document(
            recipe,
            adapter=manifest.digest,
            shards=plan.shards,
            steps=loop.step,
            environment=environment.describe(ranks.device) | computed,
            resumed=run.resumed,
            wasted=wasted,
        )
        record.write(output.record, content)
        looks = held.lines()
        output.page.write_text(page.render(content, output.log.read_bytes(), looks, counts), encoding="utf-8")
        output.publish()
        run.checkpoints.clear()
        say(f"Adapter {manifest.digest}")
        return manifest

    manifest = ranks.from_first(finish)
    return manifest, counts | {"seconds": int(loop.seconds), "wastedSteps": wasted}


def _surroundings(ranks: Ranks, computed: dict[str, Any]) -> list[dict[str, Any]]:
    """What may decide a bit where the ranks compute, each kind once: any number of them may go on on such machines."""
    found = ranks.everyone(environment.deciding(environment.describe(ranks.device)) | computed)
    return [each for place, each in enumerate(found) if each not in found[:place]]


def _adapted(request: Request, found: Inputs, ranks: Ranks) -> Any:
    seed = request.reproducibility.seed
    environment.seed_everything(seed)
    base = _base(request, found, ranks)
    if request.strategy == "zero3":
        base = divide_base(base, ranks)
    # Whatever loading drew, the adapter's first values are drawn from here.
    environment.seed_everything(key("adapter", seed) % 2**32)
    adapted = model.attach(base, request.method, found.base.name)
    if request.training.gradient_checkpointing:
        flash = request.training.attention == "flash"
        model.checkpoint_gradients(adapted, loss.only_flash if flash else nullcontext)
    return adapted


def _base(request: Request, found: Inputs, ranks: Ranks) -> Any:
    return model.load_base(
        found.base_folder,
        ranks.device,
        request.training.precision,
        attention=request.training.attention,
        quantization=request.method.quantization,
    )


def _plan(request: Request, rows: Sequence[Encoded], ranks: Ranks) -> Plan:
    training, reproducibility = request.training, request.reproducibility
    return Plan.make(
        [len(row.ids) for row in rows],
        seed=reproducibility.seed,
        batch_size=training.batch_size,
        epochs=training.epochs,
        max_steps=training.max_steps,
        least=least_shards(
            training.batch_size,
            invariant=request.invariant,
            stated=reproducibility.shards,
            world_size=ranks.size,
        ),
    )


def _optimizer(request: Request, ranks: Ranks) -> Callable[[torch.Tensor], Updates]:
    if request.strategy == "zero2":
        return lambda flat: DividedAdamW(flat, ranks)
    return AdamW


class _Run:
    """One pass through the loop, from the last checkpoint to the end or to the next order to stop."""

    def __init__(
        self,
        loop: Loop,
        output: Output,
        checkpoints: Checkpoints,
        ranks: Ranks,
        say: Callable[[str], None],
        held: HeldOut,
        shard_loss: loss.ShardLoss,
    ) -> None:
        self.loop, self.output, self.checkpoints, self.ranks, self.say = loop, output, checkpoints, ranks, say
        self.held, self._shard_loss = held, shard_loss
        self.resumed: list[int] = []
        self._tokens = 0

    def resume(self) -> None:
        """Go on from the newest whole checkpoint, where there is one."""
        state: dict[str, torch.Tensor] = {}

        def read() -> tuple[int, float, int, list[int]] | None:
            found = self.checkpoints.newest()
            self.output.waste.went_on(found.step if found else 0)
            if found is None:
                lines = [trace.header(self.loop.names, self.loop.checksums())]
                self.output.trace.write_bytes(_line(lines[0]))
                return None
            state.update(found.tensors)
            if heldout.FILE in found.files:
                self.held.restore(found.files[heldout.FILE], state.pop(heldout.TENSOR, None))
            self.output.log.write_bytes(found.files[LOG_FILE])
            self.output.trace.write_bytes(found.files[TRACE_FILE])
            logged = [json.loads(line) for line in found.files[LOG_FILE].splitlines()]
            resumed = [int(step) for step in json.loads(found.files[RESUMED_FILE])]
            return found.step, float(logged[-1]["seconds"]), sum(line["tokens"] for line in logged), resumed

        place = self.ranks.from_first(read)
        if place is not None:
            step, seconds, self._tokens, resumed = place
            self.resumed = [*resumed, step]
            self.loop.restore(state if self.ranks.first else None, step, seconds)
            self.say(f"Going on after step {step} of {self.loop.plan.total}, from its checkpoint.")

    def to_the_end(self, progress: Progress, save_steps: int, stop: Stop) -> int:
        """Run what is left and return the tokens read in all. Raises Interrupted when all ranks agreed to stop."""

        def on_step(step: Step) -> None:
            self._tokens += step.tokens
            if self.ranks.first:
                _append(self.output.log, step.document())
                _append(self.output.trace, trace.line(step.step, step.loss, step.gradient, step.parameters))
                progress.show(step)
            last = step.step == step.total
            if self.held.due(step.step, step.total) and self.ranks.from_first(self._look) and not last:
                self.say(f"No smaller loss on the rows held out in {self.held.patience} looks: enough.")
                raise _Enough
            # After the last step of a long run, so that a process stopped while it exports need not train again.
            due = save_steps and (step.step % save_steps == 0 or (last and step.step > save_steps))
            if due or (step.stop and not last):
                self._save(step.step)
            if step.stop and not last:
                self.say(f"Told to stop: everything until step {step.step} is kept.")
                raise Interrupted

        try:
            with stop.noted(), suppress(_Enough):
                self.loop.run(on_step, lambda: stop.requested)
        finally:
            progress.close()
        if self.held.best is not None:
            self.say(f"The adapter is that of step {self.held.best_step}, the best on the rows held out.")
            self.loop.flat.copy_(self.held.best)
        return self._tokens

    def _look(self) -> bool:
        value = heldout.loss_of(self.loop.model, self.held.rows, self._shard_loss, self.ranks.device)
        enough = self.held.look(self.loop.step, value, self.loop.flat)
        self.output.held_out.write_bytes(self.held.lines())
        self.say(f"Loss on {len(self.held.rows)} rows held out after step {self.loop.step}: {value:.4f}")
        return enough

    def _save(self, step: int) -> None:
        # Parts of it may lie with other ranks: all give theirs, the first writes.
        state = self.loop.state()

        def write() -> None:
            files = {
                LOG_FILE: self.output.log.read_bytes(),
                TRACE_FILE: self.output.trace.read_bytes(),
                RESUMED_FILE: canonical_json(self.resumed),
            }
            if self.held.best is not None:
                state[heldout.TENSOR] = self.held.best
            if self.held.looks:
                files[heldout.FILE] = self.held.lines()
            self.checkpoints.save(Checkpoint(step, state, files))

        self.ranks.from_first(write)


class _Enough(Exception):
    """The patience with rows held out is at its end, on every rank after the same step."""


RESUMED_FILE = "resumed.json"


def _append(path: Path, document: dict[str, Any]) -> None:
    # Unbuffered: a full disk is met here, and a killed process has written whole lines.
    with path.open("ab", buffering=0) as file:
        file.write(_line(document))


def _line(document: dict[str, Any]) -> bytes:
    return canonical_json(document) + b"\n"


def _encode(request: Request, found: Inputs, reader: FolderReader) -> tuple[Encoded, ...]:
    training = request.training
    weighting = Weighting(first=training.first_tokens, weight=float(training.first_tokens_weight))
    return encode(found.rows, reader, max_length=training.max_length, weighting=weighting)


def _passed(found: Inputs, manifest: Manifest, counts: dict[str, int]) -> Result:
    return Result(
        kind="Train",
        verdict="pass",
        reason=reasons.TRAINED,
        message=f"Trained {counts.get('steps', 0)} steps on {counts.get('records', 0)} rows.",
        digests={"adapter": manifest.digest} | found.digests,
        counts=counts,
    )
