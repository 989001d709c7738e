"""Does a job become the same adapter whenever, wherever and however often it is run?"""

import json
import multiprocessing
import os
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file
from trainer_world import LAYERS, World, make_rows

from preceptor import manifests
from preceptor.api.jobs import Result, job_digest, parse_result
from preceptor_trainer.main import run

Train = Callable[[Path], tuple[int, Result]]
LINEAR_LAYERS = 7
# More steps than any test waits for.
ENDLESS = {"maxSteps": 100_000, "epochs": 1000, "batchSize": 1}


def test_two_fresh_processes_with_unlike_hash_seeds_give_the_same_adapter(world: World, python: str) -> None:
    processes = [
        subprocess.Popen(
            [python, "-m", "preceptor_trainer", "run", "--job", str(world.write_job(name))],
            env=os.environ | {"PYTHONHASHSEED": seed, "PRECEPTOR_TERMINATION_LOG": str(world.stores / f"{name}.log")},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        for name, seed in (("first", "1"), ("second", "2"))
    ]
    outputs = [process.communicate()[0] for process in processes]
    assert [process.returncode for process in processes] == [0, 0], outputs
    first, second = (parse_result((world.stores / f"{name}.log").read_text()) for name in ("first", "second"))
    assert made(first) == made(second)
    assert first.digests["job"] != second.digests["job"]
    assert manifests.verify(world.artifacts / "second" / "adapter").digest == first.digests["adapter"]


def test_another_seed_gives_another_adapter(world: World, train: Train) -> None:
    _, one = train(world.write_job("one"))
    _, other = train(world.write_job("other", reproducibility={"seed": 4}))
    weights = [load_file(world.artifacts / name / "adapter" / "adapter_model.safetensors") for name in ("one", "other")]
    assert one.digests["adapter"] != other.digests["adapter"]
    assert any(not torch.equal(weights[0][name], weights[1][name]) for name in weights[0])


@pytest.mark.parametrize("mode", ["fast", "deterministic", "invariant"])
def test_a_run_leaves_adapter_logs_and_samples_and_says_their_digests(world: World, train: Train, mode: str) -> None:
    job = world.write_job(reproducibility={"mode": mode})
    code, result = train(job)

    assert (code, result.verdict, result.reason) == (0, "pass", "Trained")
    folder = world.artifacts / "run"
    assert sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()) == [
        "adapter/adapter_config.json",
        "adapter/adapter_model.safetensors",
        "adapter/chat_template.jinja",
        "adapter/manifest.json",
        "logs/train.jsonl",
        "report.html",
        "samples/samples.jsonl",
        "trace/trace.jsonl",
        "training.json",
    ]
    base, dataset = manifests.read(world.base), manifests.read(world.dataset)
    assert result.digests == {
        "adapter": manifests.verify(folder / "adapter").digest,
        "baseModel": base.digest,
        "tokenizer": manifests.tokenizer_digest(base),
        "chatTemplate": manifests.chat_template_digest(base),
        "dataset": dataset.digest,
        "job": job_digest(json.loads(job.read_bytes())),
    }
    assert {name: result.counts[name] for name in ("steps", "records", "truncated")} == {
        "steps": 3,
        "records": 12,
        "truncated": 0,
    }
    assert (folder / "adapter" / "chat_template.jinja").read_bytes() == (
        world.base / "chat_template.jinja"
    ).read_bytes()
    weights = load_file(folder / "adapter" / "adapter_model.safetensors")
    assert len(weights) == LAYERS * LINEAR_LAYERS * 2
    assert all(tensor.numel() and tensor.any() for tensor in weights.values())


def test_logs_hold_numbers_and_samples_hold_no_prompt(world: World, train: Train) -> None:
    train(world.write_job())
    folder = world.artifacts / "run"
    steps = [json.loads(line) for line in (folder / "logs" / "train.jsonl").read_text().splitlines()]
    assert [step["step"] for step in steps] == [1, 2, 3]
    assert {name for step in steps for name in step} == {
        "step",
        "total",
        "loss",
        "gradNorm",
        "learningRate",
        "tokens",
        "tokensPerSecond",
        "seconds",
    }
    assert all(isinstance(value, (int, float)) for step in steps for value in step.values())
    samples = [json.loads(line) for line in (folder / "samples" / "samples.jsonl").read_text().splitlines()]
    assert len(samples) == 8
    assert all(set(sample) == {"file", "line", "answer"} for sample in samples)


def test_the_loss_falls(world: World, train: Train) -> None:
    training = {"maxSteps": 30, "epochs": 10, "learningRate": "1e-2"}
    train(world.write_job(training=training, method={"dropout": "0", "rank": 16, "alpha": 32}))
    log = (world.artifacts / "run" / "logs" / "train.jsonl").read_text().splitlines()
    losses = [json.loads(line)["loss"] for line in log]
    assert losses[-1] < 0.8 * losses[0]


def test_a_finished_run_is_not_run_again(world: World, train: Train) -> None:
    job = world.write_job()
    _, first = train(job)
    log = world.artifacts / "run" / "logs" / "train.jsonl"
    written = log.stat().st_mtime_ns

    code, again = train(job)

    assert (code, again) == (0, first)
    assert log.stat().st_mtime_ns == written


def test_a_finished_run_is_recognised_whoever_owns_it(world: World, train: Train) -> None:
    _, first = train(world.write_job())
    code, again = train(world.write_job(owner={"name": "renamed", "uid": "another"}))
    assert (code, made(again)) == (0, made(first))


def test_another_training_never_overwrites_an_adapter(world: World, train: Train) -> None:
    _, first = train(world.write_job())
    code, result = train(world.write_job(training={"maxSteps": 2}))
    assert (code, result.reason) == (64, "OutputOccupied")
    assert manifests.verify(world.artifacts / "run" / "adapter", first.digests["adapter"])


def test_a_finished_adapter_that_was_changed_is_refused(world: World, train: Train) -> None:
    train(world.write_job())
    weights = world.artifacts / "run" / "adapter" / "adapter_model.safetensors"
    changed = bytearray(weights.read_bytes())
    changed[-1] ^= 1
    weights.write_bytes(changed)
    code, result = train(world.write_job())
    assert (code, result.verdict, result.reason) == (1, "fail", "ManifestMismatch")


def test_a_killed_run_leaves_nothing_that_counts_and_the_next_gives_the_same_adapter(
    world: World, train: Train
) -> None:
    epochs = {"maxSteps": 12, "epochs": 4}
    _, undisturbed = train(world.write_job("undisturbed", training=epochs))
    child = _started(world.write_job("killed", training=ENDLESS), world)
    os.kill(child.pid or 0, signal.SIGKILL)
    child.join()
    assert not (world.artifacts / "killed" / "adapter").exists()
    assert (world.artifacts / "killed" / ".incomplete").exists()

    code, result = train(world.write_job("killed", training=epochs))

    assert (code, made(result)) == (0, made(undisturbed))
    assert not (world.artifacts / "killed" / ".incomplete").exists()


def test_a_run_told_to_stop_says_try_again_and_leaves_a_checkpoint_alone(world: World, train: Train) -> None:
    child = _started(world.write_job("run", training=ENDLESS), world)
    os.kill(child.pid or 0, signal.SIGTERM)
    child.join()
    result = parse_result((world.stores / "child.log").read_text())
    assert (child.exitcode, result.verdict, result.reason) == (75, "error", "Interrupted")
    assert [path.name for path in (world.artifacts / "run").iterdir()] == [".checkpoints"]


def _started(job: Path, world: World) -> "multiprocessing.context.ForkProcess":
    """A process that trains, once it has done a step. Forked, since torch is imported here already."""

    def work() -> None:
        os.environ["PRECEPTOR_TERMINATION_LOG"] = str(world.stores / "child.log")
        os._exit(run(["run", "--job", str(job)]))

    child = multiprocessing.get_context("fork").Process(target=work)
    child.start()
    log = world.artifacts / job.stem / ".incomplete" / "logs" / "train.jsonl"
    deadline = time.monotonic() + 120
    while not (log.exists() and log.stat().st_size):
        assert child.is_alive(), "the training ended by itself"
        assert time.monotonic() < deadline, "no step was done"
        time.sleep(0.02)
    return child


def test_rows_that_do_not_fit_are_cut_and_counted(world: World, train: Train) -> None:
    rows = make_rows(11)
    rows[3]["messages"][1]["content"] = "ROUTINE. " + "Rest well. " * 20
    world.write_rows([*rows, make_rows(1)[0]])
    code, result = train(world.write_job("refused", training={"maxTruncated": "0.05"}))
    assert (code, result.reason) == (64, "DatasetInvalid")
    assert "1 of 12 rows are longer than training.maxLength 96" in result.message
    code, result = train(world.write_job(training={"maxTruncated": "0.1"}))
    assert (code, result.counts["truncated"]) == (0, 1)


def made(result: Result) -> dict[str, str]:
    """What a training made, without which Job it was asked by."""
    return {role: digest for role, digest in result.digests.items() if role != "job"}
