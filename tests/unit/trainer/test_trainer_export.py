"""Is what describes an adapter a function of its recipe alone?"""

import errno
import json
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest.mock import Mock

import pytest

from preceptor import manifests
from preceptor.api.jobs import TrainJob
from preceptor.exits import BadInput
from preceptor_trainer.export import configuration
from preceptor_trainer.output import Output
from preceptor_trainer.recipe import Recipe
from preceptor_trainer.request import of_job

DIGEST = "sha256:" + "a" * 64


def manifest(folder: Path, kind: str) -> manifests.Manifest:
    folder.mkdir()
    (folder / "file").write_text(kind)
    return manifests.create(
        folder,
        kind=kind,
        name=folder.name,
        provenance_id="7d9e7d0e-8f0a-4a43-b1cc-0d6f4bb1a001",
        source="made by a test",
        deid_method="synthetic",
        curator="test",
        date="2026-01-31",
        licence="Apache-2.0",
        record_count=2,
        schema_name="messages",
    )


@pytest.fixture
def recipe_of(tmp_path: Path) -> Any:
    base, dataset = manifest(tmp_path / "base", "model"), manifest(tmp_path / "rows", "dataset")
    digests = {"baseModel": base.digest, "tokenizer": DIGEST, "chatTemplate": DIGEST, "dataset": dataset.digest}
    found: Any = SimpleNamespace(base=base, dataset=dataset, digests=digests)

    def make(name: str = "one", ranks: int = 1, **changes: Any) -> Recipe:
        document = {
            "owner": {"kind": "FineTuneRun", "namespace": "a", "name": name, "uid": name},
            "baseModel": {"uri": f"pvc://models/{name}", "digest": base.digest},
            "dataset": {"uri": f"pvc://datasets/{name}", "manifestDigest": dataset.digest},
            "method": {},
            "training": {},
            "reproducibility": {},
            "outputUri": f"pvc://artifacts/{name}",
        }
        return Recipe(of_job(TrainJob.model_validate(document | changes)), found, ranks)

    return make


COUNTS = {"steps": 1, "tokens": 2, "records": 3, "truncated": 0}


def test_owner_and_places_do_not_change_the_recipe(recipe_of: Any) -> None:
    assert recipe_of("one").digest == recipe_of("two").digest
    assert recipe_of("one").manifest_fields(COUNTS) == recipe_of("two").manifest_fields(COUNTS)


@pytest.mark.parametrize(
    "change", [{"training": {"epochs": 2}}, {"reproducibility": {"seed": 1}}, {"method": {"rank": 8}}]
)
def test_everything_that_changes_the_bytes_changes_the_recipe(recipe_of: Any, change: dict[str, Any]) -> None:
    assert recipe_of(**change).digest != recipe_of().digest
    assert (
        recipe_of(**change).manifest_fields(COUNTS)["provenance_id"]
        != recipe_of().manifest_fields(COUNTS)["provenance_id"]
    )


def test_what_changes_no_byte_changes_no_recipe(recipe_of: Any) -> None:
    assert recipe_of(training={"saveSteps": 7}).digest == recipe_of().digest
    for mode in ("fast", "invariant"):
        one, four = (recipe_of(reproducibility={"mode": mode}, ranks=ranks) for ranks in (1, 4))
        assert one.manifest_fields(COUNTS) == four.manifest_fields(COUNTS)


def test_mode_deterministic_is_another_recipe_on_another_number_of_ranks(recipe_of: Any) -> None:
    assert recipe_of(ranks=2).digest != recipe_of(ranks=1).digest
    assert recipe_of(strategy="zero2").digest != recipe_of().digest


def test_published_files_carry_a_manifest_without_a_clock(recipe_of: Any, tmp_path: Path) -> None:
    found = []
    for name in ("one", "two"):
        output = Output(tmp_path / name, f"pvc://artifacts/{name}")
        with output.writing():
            (output.adapter / "adapter_config.json").write_text("{}")
            output.record.write_text("{}")
            output.page.write_text("<html>")
            found.append(output.seal(recipe_of(name), COUNTS))
            output.publish()
        made = sorted(path.name for path in (tmp_path / name).iterdir())
        assert made == ["adapter", "logs", "report.html", "samples", "trace", "training.json"]
    assert found[0] == found[1]
    assert found[0].date.isoformat() == "2026-01-31"


def test_a_failed_run_leaves_nothing(tmp_path: Path) -> None:
    output = Output(tmp_path / "run", "pvc://artifacts/run")

    def fail() -> None:
        with output.writing():
            (output.adapter / "half").write_text("x")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fail()
    assert list((tmp_path / "run").iterdir()) == []


def test_a_folder_that_is_nobodys_adapter_is_left_alone(recipe_of: Any, tmp_path: Path) -> None:
    (tmp_path / "run" / "adapter").mkdir(parents=True)
    with pytest.raises(BadInput, match="without a manifest"):
        Output(tmp_path / "run", "pvc://artifacts/run").finished(recipe_of())


@pytest.mark.parametrize("place", ["/file", "/file/below", "/" + "n" * 300, "/loop", "!/proc/run"])
def test_a_store_that_cannot_be_written_is_bad_input(place: str, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    (tmp_path / "loop").symlink_to("loop")
    output = Output(Path(place[1:] if place[0] == "!" else f"{tmp_path}{place}"), "pvc://a/b")

    def write() -> None:
        with output.writing():
            pass

    for attempt in (output.require_writable, write):
        with pytest.raises(BadInput, match="Nothing can be written") as caught:
            attempt()
        assert caught.value.reason == "OutputUnwritable"


@pytest.mark.parametrize(("code", "passes"), [(errno.ENOSPC, True), (errno.EIO, True), (errno.EROFS, False)])
def test_a_store_that_is_full_or_does_not_answer_is_tried_again(
    code: int, passes: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Path, "mkdir", Mock(side_effect=OSError(code, "said")))
    with pytest.raises(OSError if passes else BadInput):
        Output(tmp_path / "run", "pvc://a/b").require_writable()


def test_asking_whether_a_store_can_be_written_changes_none(tmp_path: Path) -> None:
    (tmp_path / "there").mkdir()
    (tmp_path / "there" / "kept").write_text("x")
    for name in ("there", "new"):
        Output(tmp_path / name, "pvc://a/b").require_writable()
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["kept", "there"]


def test_what_cannot_be_written_is_said_before_anything_is_read(tmp_path: Path) -> None:
    config = tmp_path / "config.yaml"
    config.write_text("baseModel: {uri: none}\ndataset: {uri: none}\n")
    command = [sys.executable, "-m", "preceptor_trainer", str(config), "--out", "/proc/run"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 64
    assert done.stderr.startswith("OutputUnwritable: Nothing can be written to --out /proc/run")


def test_sets_of_the_configuration_are_sorted() -> None:
    names = {f"module_{number}" for number in range(20)}
    assert json.loads(configuration({"target_modules": names}))["target_modules"] == sorted(names)
