"""Does a proof say yes for two equal digests and for nothing else?"""

from pathlib import Path
from typing import Any

import pytest

from preceptor.api.jobs import ProveJob, Result, TrainJob
from preceptor.exits import BadInput, CheckFailed
from preceptor_trainer import proof
from preceptor_trainer.launch import Gang

SAME, OTHER = "sha256:" + "a" * 64, "sha256:" + "b" * 64


def job(mode: str = "invariant", **fields: Any) -> ProveJob:
    """A proof of a training of 100 steps on two pods."""
    owner = {"kind": "FineTuneRun", "namespace": "clinic", "name": "triage", "uid": "uid-1"}
    train = {
        "owner": owner,
        "baseModel": {"uri": "pvc://models/tiny", "digest": SAME},
        "dataset": {"uri": "pvc://datasets/triage", "manifestDigest": SAME},
        "method": {},
        "training": {"maxSteps": 100},
        "reproducibility": {"mode": mode},
        "gang": {"nodes": 2, "processesPerNode": 1},
        "outputUri": "pvc://artifacts/triage/run-1",
    }
    return ProveJob.model_validate({"owner": owner, "steps": 3, "ranks": 2, "train": train, **fields})


def trained(digest: str) -> Result:
    """What a training says."""
    return Result(kind="Train", verdict="pass", reason="Trained", digests={"adapter": digest})


def test_two_equal_digests_are_a_proof_and_both_are_told() -> None:
    result = proof.prove(job(), lambda *_: trained(SAME))
    assert (result.kind, result.verdict, result.reason) == ("Prove", "pass", "SameDigest")
    assert (result.digests["first"], result.digests["second"]) == (SAME, SAME)
    assert result.counts == {"steps": 3, "ranks": 2}


def test_two_digests_that_differ_are_both_named() -> None:
    digests = iter((SAME, OTHER))
    with pytest.raises(CheckFailed, match=f"{SAME} and, done again, {OTHER}") as caught:
        proof.prove(job(), lambda *_: trained(next(digests)))
    assert caught.value.reason == "NotReproducible"


def test_only_the_first_steps_are_trained_into_folders_that_are_thrown_away() -> None:
    asked: list[tuple[TrainJob, int]] = []

    def run(train: TrainJob, name: str, ranks: int, scratch: Path) -> Result:
        asked.append((train, ranks))
        return trained(SAME)

    proof.prove(job(), run)
    assert [(train.training.max_steps, train.gang, ranks) for train, ranks in asked] == [(3, None, 1), (3, None, 2)]
    folders = {train.output_uri for train, _ in asked}
    assert len(folders) == 2
    assert all(uri.startswith("file://") and not Path(uri.removeprefix("file://")).exists() for uri in folders)


def test_mode_fast_cannot_be_proven() -> None:
    with pytest.raises(BadInput, match="promises no repetition"):
        proof.prove(job("fast"), lambda *_: trained(SAME))


def test_what_stops_one_of_the_two_trainings_is_what_stops_the_proof() -> None:
    # The stores of this Job are not there.
    with pytest.raises(BadInput) as caught:
        proof.prove(job())
    assert caught.value.reason in ("BaseModelMissing", "DatasetMissing", "StoreUnreadable")


@pytest.mark.parametrize(
    ("index", "endpoint"),
    [(None, "a-0.a:29400"), ("0", None), ("2", "a-0.a:29400"), ("-1", "a-0.a:29400"), ("0", "a-0")],
)
def test_a_pod_that_does_not_say_which_it_is_trains_nothing(
    monkeypatch: pytest.MonkeyPatch, index: str | None, endpoint: str | None
) -> None:
    for name, value in (("JOB_COMPLETION_INDEX", index), ("PRECEPTOR_RENDEZVOUS", endpoint)):
        monkeypatch.delenv(name, raising=False)
        if value is not None:
            monkeypatch.setenv(name, value)
    with pytest.raises(BadInput, match="This is a training of 2 pods"):
        Gang.of_environment(2, 1, "uid-1")
