"""Is what a mode or a strategy cannot keep refused with a sentence, before anything is read?"""

from pathlib import Path
from typing import Any

import pytest

from preceptor.api.finetunerun import Method, Reproducibility, Training
from preceptor.exits import BadInput, TryAgain
from preceptor_trainer.launch import Gang, await_name, code_of, parse
from preceptor_trainer.promises import check
from preceptor_trainer.ranks import Place
from preceptor_trainer.request import Request, Source


def request(strategy: Any = "ddp", training: dict[str, Any] | None = None, **reproducibility: Any) -> Request:
    return Request(
        base=Source(Path("base"), None, "base"),
        dataset=Source(Path("rows"), None, "rows"),
        method=Method(),
        training=Training.model_validate(training or {}),
        reproducibility=Reproducibility.model_validate(reproducibility),
        strategy=strategy,
        timeout_seconds=None,
        output=Path("out"),
        output_called="out",
    )


@pytest.mark.parametrize(
    ("wanted", "size", "reason", "sentence"),
    [
        (request(training={"learningRate": "0"}), 1, "TrainingInvalid", "training.learningRate must be above 0"),
        (request(mode="invariant", shards=3), 1, "TrainingInvalid", "shards is 3 and training.batchSize 16"),
        (request(mode="deterministic", shards=4), 1, "ModeNotKept", "shards belongs to mode invariant"),
        (request("zero2", mode="invariant"), 3, "ModeNotKept", "not with 3"),
        (request("zero2", mode="invariant"), 6, "ModeNotKept", "not with 6"),
    ],
)
def test_what_cannot_be_kept_is_refused(wanted: Request, size: int, reason: str, sentence: str) -> None:
    with pytest.raises(BadInput, match=sentence) as caught:
        check(wanted, size)
    assert caught.value.reason == reason


@pytest.mark.parametrize(
    ("wanted", "size"),
    [
        (request(mode="invariant"), 3),
        (request("zero2", mode="invariant"), 8),
        (request("zero2", mode="deterministic"), 3),
        (request("zero3", mode="invariant"), 3),
        (request(mode="fast"), 7),
    ],
)
def test_what_can_be_kept_is_not_refused(wanted: Request, size: int) -> None:
    check(wanted, size)


def test_a_strategy_whose_package_is_missing_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("preceptor_trainer.promises.find_spec", lambda _: None)
    with pytest.raises(BadInput, match="needs the package deepspeed"):
        check(request("zero3"), 1)
    check(request("ddp"), 1)


@pytest.mark.parametrize(
    ("codes", "code"),
    [
        ([64, 75, 75], 64),
        ([75, 70], 70),
        ([75, 1], 1),
        ([75, 75], 75),
        ([75, -9], 137),
        ([-15, 75], 143),
        ([3], 70),
    ],
)
def test_a_gang_ends_with_the_code_that_says_why(codes: list[int], code: int) -> None:
    assert code_of(codes) == code


def test_a_gangs_words_are_told_from_the_trainers() -> None:
    gang, words = parse(
        ["--nproc-per-node", "2", "--nnodes", "4", "--rdzv-endpoint", "a:1", "--rdzv-id", "r", "--", "run"]
    )
    assert (gang, words) == (Gang(2, 4, "a:1", "r"), ["run"])


@pytest.mark.parametrize("words", [[], ["--nnodes", "2", "--", "run"], ["--nproc-per-node", "0", "--", "run"]])
def test_a_gang_that_cannot_meet_is_wrong_usage(words: list[str]) -> None:
    with pytest.raises(BadInput) as caught:
        parse(words)
    assert caught.value.reason == "Usage"


def test_a_first_machine_that_nobody_knows_is_tried_again() -> None:
    await_name("localhost")
    with pytest.raises(TryAgain, match="is known to nobody"):
        await_name("nobody.invalid", 0.0)


@pytest.mark.parametrize("variables", [{"RANK": "2", "WORLD_SIZE": "2"}, {"RANK": "x"}, {"WORLD_SIZE": "0"}])
def test_a_rank_outside_its_world_is_wrong_usage(monkeypatch: pytest.MonkeyPatch, variables: dict[str, str]) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(BadInput, match="start with torchrun"):
        Place.of_environment()
