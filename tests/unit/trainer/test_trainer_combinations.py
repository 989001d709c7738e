"""Is every combination of method and options that cannot be kept refused with a sentence, before anything is read?"""

from pathlib import Path
from typing import Any

import pytest

from preceptor.api.finetunerun import Method, Reproducibility, Training
from preceptor.exits import BadInput
from preceptor_trainer.promises import check
from preceptor_trainer.request import Request, Source


def request(
    method: dict[str, Any] | None = None,
    training: dict[str, Any] | None = None,
    strategy: Any = "ddp",
    mode: Any = "fast",
) -> Request:
    return Request(
        base=Source(Path("base"), None, "base"),
        dataset=Source(Path("rows"), None, "rows"),
        method=Method.model_validate(method or {}),
        training=Training.model_validate(training or {}),
        reproducibility=Reproducibility(mode=mode),
        strategy=strategy,
        timeout_seconds=None,
        output=Path("out"),
        output_called="out",
    )


@pytest.fixture(autouse=True)
def everything_is_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("preceptor_trainer.promises.find_spec", lambda _: object())


NF4 = {"quantization": "nf4"}


@pytest.mark.parametrize(
    ("wanted", "sentence"),
    [
        (request(NF4, mode="deterministic"), "mode deterministic is not kept with method.quantization nf4"),
        (request({"quantization": "int8"}, mode="invariant"), "mode invariant is not kept with"),
        (request(NF4, strategy="zero3"), "cannot be joined with strategy zero3"),
        (request(NF4 | {"init": "pissa"}), "method.init pissa changes the base model's weights"),
        (request({"init": "olora", "type": "dora"}), "cannot be written as plain weights with type dora"),
        (request({"init": "pissa"}, strategy="zero3"), "reads whole weights, which strategy zero3 has parted"),
        (request({"init": "orthogonal", "rank": 5}), "halves the rank, which is 5"),
        (request(training={"attention": "flash", "precision": "fp32"}), "flash computes in half precision only"),
        (
            request(training={"attention": "eager", "packing": "best-fit"}),
            "keeps rows apart in attention sdpa and flash",
        ),
        (request(training={"patience": 2}), "but training.heldOut is 0"),
        (request(training={"heldOut": "1"}), "leaves no row to train on"),
        (request(training={"heldOut": "0.1"}, strategy="zero3"), "is looked at by one rank"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_cannot_be_kept_is_refused(wanted: Request, sentence: str) -> None:
    with pytest.raises(BadInput, match=sentence) as caught:
        check(wanted, 1)
    assert caught.value.reason == "ModeNotKept"


@pytest.mark.parametrize(
    "wanted",
    [
        request(NF4),
        request({"type": "dora", "init": "orthogonal", "modulesToSave": ["norm"]}, mode="invariant"),
        request({"init": "pissa", "type": "rslora"}, strategy="zero2", mode="deterministic"),
        request(training={"attention": "flash", "precision": "bf16"}, mode="deterministic"),
        request(training={"attention": "flash", "packing": "best-fit"}, mode="invariant"),
        request(training={"packing": "best-fit", "heldOut": "0.1", "patience": 3}, mode="invariant"),
    ],
)
def test_what_can_be_kept_is_not_refused(wanted: Request) -> None:
    check(wanted, 1)


def test_a_package_that_is_missing_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("preceptor_trainer.promises.find_spec", lambda _: None)
    with pytest.raises(BadInput, match="needs the package bitsandbytes"):
        check(request(NF4), 1)
