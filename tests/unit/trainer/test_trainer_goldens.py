"""Would a run that came out differently be noticed, and named?"""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from preceptor import manifests
from preceptor.exits import BadInput, CheckFailed, Exit
from preceptor_trainer import compare, goldens, repro, trace
from preceptor_trainer.goldens import Run

ROOT = Path(__file__).parents[3]
ADAPTER, OTHER = "sha256:" + "a" * 64, "sha256:" + "b" * 64
ENVIRONMENT: dict[str, Any] = {
    "device": "cpu",
    "machine": "x86_64",
    "cpuVendor": "GenuineIntel",
    "cpuCapability": "AVX2",
    "threads": 1,
    "python": "3.11.7",
    "versions": {"torch": "2.13.0"},
    "variables": {"MKL_CBWR": "AVX2", "PYTHONHASHSEED": "0"},
}
STEPS = tuple({"step": step, "loss": 2.0 - step / 10, "gradNorm": 1.0 + step / 10} for step in (1, 2, 3))
RUN = Run("sha256:" + "c" * 64, "ddp", ADAPTER, STEPS, ENVIRONMENT)
GOLDEN = RUN.document()


def moved(name: str, by: float, step: int = 3) -> Run:
    return replace(RUN, steps=tuple(each | {name: each[name] + by} if each["step"] == step else each for each in STEPS))


def elsewhere(run: Run = RUN, **changes: Any) -> Run:
    return replace(run, environment=run.environment | changes)


def test_the_recorded_run_is_proved_to_the_last_bit() -> None:
    code, said = goldens.compare(RUN, [GOLDEN])
    assert code == Exit.PASS
    assert f"to the last bit: {ADAPTER}" in " ".join(said)


def test_another_hash_seed_is_no_other_environment() -> None:
    variables = ENVIRONMENT["variables"] | {"PYTHONHASHSEED": "7"}
    assert elsewhere(variables=variables).key == RUN.key


@pytest.mark.parametrize("name", ["loss", "gradNorm"])
@pytest.mark.parametrize("step", [1, 2, 3])
def test_a_number_that_is_more_than_the_tolerance_away_is_noticed(name: str, step: int) -> None:
    assert goldens.compare(moved(name, 0.9e-4, step), [GOLDEN])[0] == Exit.PASS
    code, said = goldens.compare(moved(name, -1.1e-4, step), [GOLDEN])
    assert code == Exit.CHECK_SAYS_NO
    assert f"{name} of step {step}" in said[0]


def test_a_loss_that_is_no_number_is_noticed() -> None:
    assert goldens.compare(moved("loss", float("nan")), [GOLDEN])[0] == Exit.CHECK_SAYS_NO


def test_a_missing_step_is_noticed() -> None:
    assert goldens.compare(replace(RUN, steps=STEPS[:2]), [GOLDEN])[0] == Exit.CHECK_SAYS_NO


def test_another_adapter_in_the_same_environment_is_noticed() -> None:
    code, said = goldens.compare(replace(RUN, adapter=OTHER), [GOLDEN])
    assert code == Exit.CHECK_SAYS_NO
    assert ADAPTER in said[0]


@pytest.mark.parametrize("change", [{"cpuCapability": "AVX512"}, {"cpuVendor": "AuthenticAMD"}, {"threads": 2}])
def test_another_adapter_in_another_environment_is_not_held_against_it_but_losses_are(change: dict[str, Any]) -> None:
    there = elsewhere(replace(RUN, adapter=OTHER), **change)
    code, said = goldens.compare(there, [GOLDEN])
    assert (code, "was not compared" in said[-1]) == (Exit.PASS, True)
    assert goldens.compare(elsewhere(moved("loss", 1e-3), **change), [GOLDEN])[0] == Exit.CHECK_SAYS_NO


@pytest.mark.parametrize("run", [replace(RUN, recipe=OTHER), replace(RUN, strategy="zero3"), elsewhere(device="cuda")])
def test_where_nothing_comparable_was_recorded_nothing_is_proved(run: Run) -> None:
    assert goldens.compare(run, [GOLDEN])[0] == Exit.INCONCLUSIVE
    assert goldens.compare(run, [])[0] == Exit.INCONCLUSIVE


def test_a_golden_that_is_written_is_the_one_that_is_read(tmp_path: Path) -> None:
    path = goldens.record(RUN, tmp_path)
    assert path.name.startswith("cpu-avx2-ddp-")
    assert goldens.read_all(tmp_path) == [GOLDEN]
    path.write_text("{}")
    with pytest.raises(BadInput, match="is no golden"):
        goldens.read_all(tmp_path)


def test_the_goldens_of_the_smoke_run_are_of_its_configuration() -> None:
    [*found] = goldens.read_all(ROOT / "trainer_image" / "goldens")
    assert found
    assert all(len(golden["steps"]) == 3 for golden in found)


def test_the_smoke_dataset_is_what_its_manifest_says(tmp_path: Path) -> None:
    data = ROOT / "trainer_image" / "minimal_deterministic_dataset.jsonl"
    (tmp_path / data.name).write_bytes(data.read_bytes())
    (tmp_path / manifests.FILE_NAME).write_bytes(data.with_suffix(".manifest.json").read_bytes())
    manifest = manifests.verify(tmp_path)
    assert manifest.record_count == len(data.read_text().splitlines()) == 30


def test_the_smoke_runs_job_is_the_one_that_production_would_run(tmp_path: Path) -> None:
    job = repro.job_of(ROOT / "trainer_image" / "smoke.yaml", tmp_path / "out")
    assert (job["kind"], job["outputUri"]) == ("Train", f"file://{tmp_path / 'out'}")
    assert job["training"]["epochs"] == 1


def run_folder(folder: Path, adapter: str = ADAPTER, lines: list[dict[str, Any]] | None = None) -> Path:
    (folder / "logs").mkdir(parents=True)
    (folder / "trace").mkdir()
    record = {"recipe": RUN.recipe, "config": {"strategy": "ddp"}, "adapter": adapter, "environment": ENVIRONMENT}
    (folder / "training.json").write_text(json.dumps(record))
    (folder / "logs" / "train.jsonl").write_text("".join(json.dumps(step) + "\n" for step in STEPS))
    lines = [trace.header(NAMES, ["0", "1"]), *(LINES if lines is None else lines)]
    (folder / "trace" / "trace.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    return folder


NAMES = ["layer.lora_A", "layer.lora_B"]
LINES = [trace.line(step, 1.5, [f"{step}a", f"{step}b"], [f"{step}c", f"{step}d"]) for step in (1, 2, 3)]


def test_two_adapters_of_fresh_processes_are_told_apart(tmp_path: Path) -> None:
    one, other = run_folder(tmp_path / "one"), run_folder(tmp_path / "other", OTHER)
    assert repro.same(one, one) == ADAPTER
    with pytest.raises(CheckFailed, match="diff-runs"):
        repro.same(one, other)


@pytest.mark.parametrize(
    ("step", "change", "sentence"),
    [
        (2, {"gradient": ["2a", "x"]}, "at step 2: the gradient differs in 1 tensor(s), the first is layer.lora_B"),
        (3, {"parameters": ["x", "3d"]}, "at step 3: the update gave other values in 1 tensor(s)"),
        (1, {"loss": (1.25).hex()}, "at step 1: the loss differs"),
    ],
)
def test_the_first_step_and_tensor_that_differ_are_named(
    tmp_path: Path, step: int, change: dict[str, Any], sentence: str
) -> None:
    lines = [line | change if line["step"] == step else line for line in LINES]
    parting = compare.diff(run_folder(tmp_path / "one"), run_folder(tmp_path / "other", lines=lines))
    assert parting is not None
    assert sentence in parting.sentence()


def test_a_run_that_ends_before_the_other_is_told(tmp_path: Path) -> None:
    parting = compare.diff(run_folder(tmp_path / "one"), run_folder(tmp_path / "other", lines=LINES[:2]))
    assert parting is not None
    assert (parting.step, "other ends before it" in parting.sentence()) == (3, True)


def test_runs_that_are_alike_part_nowhere(tmp_path: Path) -> None:
    assert compare.diff(run_folder(tmp_path / "one"), run_folder(tmp_path / "other", OTHER)) is None


@pytest.mark.parametrize("lines", [LINES[1:], [LINES[0] | {"gradient": []}], [{}]])
def test_a_trace_that_is_not_whole_is_refused(tmp_path: Path, lines: list[dict[str, Any]]) -> None:
    with pytest.raises(BadInput, match="is no trace"):
        compare.diff(run_folder(tmp_path / "one"), run_folder(tmp_path / "other", lines=lines))


def test_a_checksum_knows_every_bit_and_every_place() -> None:
    import torch

    sums = trace.Checksums([3, 2], torch.device("cpu"))
    values = torch.tensor([1.0, 2.0, 3.0, 1.0, 2.0])
    before = sums.of(values)
    assert sums.of(values.clone()) == before
    for place in range(5):
        changed = values.clone()
        changed.view(torch.int32)[place] ^= 1
        after = sums.of(changed)
        assert [one != other for one, other in zip(before, after, strict=True)] == [place < 3, place >= 3]
    swapped = torch.tensor([2.0, 1.0, 3.0, 1.0, 2.0])
    assert sums.of(swapped)[0] != before[0]
    assert sums.of(torch.tensor([0.0, 0, 0, 0, 0])) != sums.of(torch.tensor([-0.0, 0, 0, 0, 0]))
