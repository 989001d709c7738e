"""Trains a large model of drawn weights with our own loop, and prints what the measured steps took.

``python -m benchmarks.training.gpu_own SPEC.json``; the answer is one JSON line {tokens, seconds, memoryGiB, losses,
parameters, way, gpu, versions}: ``parameters`` is a checksum of every trained bit after the last step.
"""

import hashlib
import json
import sys
import time
import warnings
from importlib.metadata import PackageNotFoundError, version

from preceptor.api.finetunerun import Method
from preceptor_trainer import environment

PACKAGES = ("torch", "transformers", "peft", "triton", "nvidia-cudnn-frontend")


def main() -> None:
    """Train as the spec says."""
    with open(sys.argv[1], encoding="utf-8") as file:
        spec = json.load(file)
    environment.prepare(spec["mode"])
    warnings.simplefilter("ignore")

    import torch
    from benchmarks.training import gpu_model

    from preceptor_trainer import loss, model
    from preceptor_trainer.conversation import Encoded
    from preceptor_trainer.loop import Loop, Step
    from preceptor_trainer.plan import Plan, least_shards
    from preceptor_trainer.ranks import Place, Ranks
    from preceptor_trainer.schedule import Schedule

    device = environment.configure_torch(spec["mode"])
    base = gpu_model.make(spec["model"], device)
    environment.seed_everything(spec["seed"])
    adapted = model.attach(base, Method(rank=spec["rank"], alpha=2 * spec["rank"], dropout="0"), "base")
    steps, batch, length = spec["warmup"] + spec["steps"], spec["batch"], spec["length"]
    drawn = gpu_model.rows(steps * batch, length, spec["model"]["vocab_size"], spec["seed"])
    rows = [Encoded(tuple(ids), (0.0,) + (1.0,) * (length - 1), truncated=False) for ids in drawn]
    least = least_shards(batch, invariant=spec["mode"] == "invariant", stated=None, world_size=1)
    plan = Plan.make([length] * len(rows), seed=spec["seed"], batch_size=batch, epochs=1, least=least)
    assert plan.batch_size // plan.shards == spec["rowsAtOnce"], "the published figure computes so many rows at once"
    way, sentence = loss.choose(adapted, rows, device)
    loop = Loop(adapted, rows, plan, Schedule(2e-4, 0.0, plan.total), Ranks(Place(), device), shard_loss=way)
    seen: list[tuple[int, float]] = []
    losses: list[float] = []

    def on_step(step: Step) -> None:
        if device.type == "cuda":
            torch.cuda.synchronize(device)
        losses.append(step.loss)
        seen.append((step.tokens, time.perf_counter()))

    loop.run(on_step)
    begun = spec["warmup"] - 1
    answer = {
        "tokens": sum(tokens for tokens, _ in seen[begun + 1 :]),
        "seconds": seen[-1][1] - seen[begun][1],
        "memoryGiB": round(torch.cuda.max_memory_allocated() / 2**30, 1) if device.type == "cuda" else 0,
        "losses": losses,
        "parameters": hashlib.sha256("".join(loop.checksums()).encode()).hexdigest(),
        "way": sentence,
        "gpu": torch.cuda.get_device_name() if device.type == "cuda" else "none",
        "versions": {
            name: _version(name) for name in ("torch", "transformers", "peft", "triton", "nvidia-cudnn-frontend")
        },
    }
    print(json.dumps(answer))


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "none"


if __name__ == "__main__":
    main()
