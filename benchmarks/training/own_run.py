"""Trains with our own loop and prints what the measured steps cost: a process of its own, as the peer's is.

``python -m benchmarks.training.own_run SPEC.json``: the spec and the answer are those of trl_run.py, with ``training``
and ``mode`` for what our own options should be. Under torchrun the processor time is that of all ranks together.
"""

import json
import sys
import time
import warnings
from pathlib import Path

from preceptor.api.finetunerun import Method, Training
from preceptor_trainer import environment

# Seconds that one rank waits for another.
_PATIENCE = 300


def main() -> None:
    """Train as the spec says."""
    with open(sys.argv[1], encoding="utf-8") as file:
        spec = json.load(file)
    environment.prepare(spec["mode"])
    warnings.simplefilter("ignore")

    from preceptor_trainer import loss, model, packing
    from preceptor_trainer.conversation import Weighting, encode
    from preceptor_trainer.loop import Loop, Step
    from preceptor_trainer.plan import Plan, least_shards
    from preceptor_trainer.ranks import Place, Ranks
    from preceptor_trainer.rows import Message, Row
    from preceptor_trainer.schedule import Schedule

    training = Training.model_validate(spec["training"])
    rows = [
        Row("rows", number, tuple(Message(**message) for message in row)) for number, row in enumerate(spec["rows"], 1)
    ]
    base_folder = Path(spec["base"])
    reader = model.load_reader(base_folder)
    encoded = encode(rows, reader, max_length=spec["maxLength"], weighting=Weighting())
    device = environment.configure_torch(spec["mode"])
    ranks = Ranks.connect(Place.of_environment(), device, _PATIENCE)
    environment.seed_everything(17)
    base = model.load_base(base_folder, device, training.precision)
    adapted = model.attach(base, Method(rank=spec["rank"], alpha=2 * spec["rank"]), "base")
    total = spec["warmup"] + spec["steps"]
    packs = packing.pack(encoded, spec["maxLength"]) if training.packing == "best-fit" else encoded
    plan = Plan.make(
        [len(row.ids) for row in packs],
        seed=17,
        batch_size=training.batch_size,
        epochs=1000,
        max_steps=total,
        least=least_shards(
            training.batch_size, invariant=spec["mode"] == "invariant", stated=None, world_size=ranks.size
        ),
    )
    way, sentence = loss.choose(adapted, encoded, device)
    sys.stderr.write(f"{sentence}\n")
    loop = Loop(adapted, packs, plan, Schedule(2e-4, 0.0, total), ranks, shard_loss=way)
    seen: list[tuple[int, float, float]] = []
    losses: list[float] = []

    def on_step(step: Step) -> None:
        losses.append(step.loss)
        seen.append((step.tokens, time.process_time(), time.perf_counter()))

    loop.run(on_step)
    begun = spec["warmup"] - 1
    (_, cpu, clock), (_, cpu_end, clock_end) = seen[begun], seen[-1]
    answer = {
        "tokens": sum(tokens for tokens, _, _ in seen[begun + 1 :]),
        "cpuSeconds": sum(ranks.everyone(cpu_end - cpu)),
        "seconds": clock_end - clock,
        "losses": losses,
    }
    if ranks.first:
        print(json.dumps(answer))


if __name__ == "__main__":
    main()
