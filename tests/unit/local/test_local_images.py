"""Does an image's name change exactly when something that it is made from does?"""

import re
from pathlib import Path

import pytest

from preceptor_local import images, locks, paths, volumes
from preceptor_local.errors import LocalError


def test_what_python_leaves_beside_a_source_changes_no_image(tmp_path: Path) -> None:
    (tmp_path / "core" / "__pycache__").mkdir(parents=True)
    (tmp_path / "core" / "a.py").write_text("x = 1\n")
    before = list(images.content(["core"], tmp_path))
    (tmp_path / "core" / "__pycache__" / "a.cpython-311.pyc").write_bytes(b"x")
    assert list(images.content(["core"], tmp_path)) == before


@pytest.mark.parametrize("change", ["edited", "renamed", "added"])
def test_a_changed_source_changes_the_image(tmp_path: Path, change: str) -> None:
    source = tmp_path / "core" / "a.py"
    source.parent.mkdir()
    source.write_text("x = 1\n")
    before = list(images.content(["core"], tmp_path))
    if change == "edited":
        source.write_text("x = 2\n")
    elif change == "renamed":
        source.rename(source.with_name("b.py"))
    else:
        (source.parent / "c.py").write_text("")
    assert list(images.content(["core"], tmp_path)) != before


def test_every_source_of_an_image_is_in_the_repository() -> None:
    missing = {
        source for image in images.BUILT.values() for source in image.sources if not (paths.ROOT / source).exists()
    }
    assert missing == set()


def test_slim_and_full_images_are_never_mistaken_for_each_other() -> None:
    assert images.reference("trainer") != images.reference("trainer-full")


def test_no_reference_is_latest() -> None:
    assert all(len(images.reference(name).rsplit(":", 1)[1]) == 12 for name in images.BUILT)


def test_the_committed_locks_are_what_the_workspaces_lock_says() -> None:
    assert list(locks.stale()) == []


def test_the_operators_image_installs_no_torch() -> None:
    assert "torch" not in locks.entries((paths.ROOT / "operator" / "requirements.lock").read_text())


@pytest.mark.parametrize("folder", ["trainer_image", "eval_image"])
def test_slim_and_mounted_packages_make_the_full_set(folder: str) -> None:
    full = locks.entries((paths.ROOT / folder / "requirements.lock").read_text())
    slim = locks.entries((paths.ROOT / folder / "requirements-slim.lock").read_text())
    assert "torch" in full
    assert "torch" not in slim
    assert slim.items() <= full.items()
    assert full.keys() <= slim.keys() | locks.entries(locks.heavy()).keys()


def test_a_package_that_each_python_has_at_another_version_keeps_all_of_them() -> None:
    # Without networkx for Python 3.11, torch cannot import what DeepSpeed asks of it.
    assert locks.heavy().count("\nnetworkx==") == 2


def test_every_locked_package_has_a_hash() -> None:
    for lock in locks.LOCKS:
        for name, entry in locks.entries((paths.ROOT / lock.path).read_text()).items():
            assert "--hash=sha256:" in entry, (lock.path, name)


def test_one_package_at_two_versions_is_refused(tmp_path: Path) -> None:
    for folder, version in (("trainer_image", "1"), ("eval_image", "2")):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "requirements.lock").write_text(f"torch=={version} \\\n    --hash=sha256:aa\n")
        (tmp_path / folder / "requirements-slim.lock").write_text("")
    with pytest.raises(LocalError, match="torch is locked twice"):
        locks.heavy(tmp_path)


def test_a_volume_is_bound_to_one_claim_and_no_other() -> None:
    volume, claim = volumes.manifests("models", "clinical-ai", "models", Path("/data/models"), read_only=True)
    text = f"{volume} {claim}"
    assert "'claimRef': {'namespace': 'clinical-ai', 'name': 'models'}" in text
    assert "'volumeName': 'models'" in text
    assert "ReadWrite" not in text
    assert "'persistentVolumeReclaimPolicy': 'Retain'" in text


def test_the_trainers_image_and_its_page_of_drivers_name_the_locked_versions() -> None:
    locked = locks.entries((paths.ROOT / "trainer_image" / "requirements-gpu.lock").read_text())
    dockerfile = (paths.ROOT / "trainer_image" / "Dockerfile").read_text()
    page = (paths.ROOT / "docs" / "how-to" / "train.md").read_text()
    for label, package in (
        ("torch", "torch"),
        ("cuda", "cuda-toolkit"),
        ("cudnn", "nvidia-cudnn-cu13"),
        ("nccl", "nvidia-nccl-cu13"),
    ):
        version = re.split(r"[ \\]", locked[package].split("==")[1])[0]
        # Of `full` and of `gpu`.
        assert dockerfile.count(f'dev.preceptor.{label}="{version}"') == 2, package
        assert f"| {version} |" in page, package
    python = re.search(r"python:([0-9.]+)-", dockerfile)
    assert python is not None
    assert dockerfile.count(f'dev.preceptor.python="{python[1]}"') == 2


def test_the_cuda_base_of_the_gpu_image_is_of_the_locked_cuda() -> None:
    locked = locks.entries((paths.ROOT / "trainer_image" / "requirements-gpu.lock").read_text())
    dockerfile = (paths.ROOT / "trainer_image" / "Dockerfile").read_text()
    base = re.search(r"^ARG CUDA_BASE=docker\.io/(nvidia/cuda:([0-9.]+)-base-\S+)$", dockerfile, re.MULTILINE)
    assert base is not None
    assert locked["cuda-toolkit"].startswith(f"cuda-toolkit=={base[2]}.")
    assert f"`{base[1]}`" in (paths.ROOT / "docs" / "how-to" / "train.md").read_text()


def test_the_full_trainer_locks_every_library_that_decides_a_number() -> None:
    locked = locks.entries((paths.ROOT / "trainer_image" / "requirements-gpu.lock").read_text())
    assert {
        "torch",
        "transformers",
        "accelerate",
        "tokenizers",
        "peft",
        "deepspeed",
        "bitsandbytes",
        "huggingface-hub",
        "datasets",
        "numpy",
        "safetensors",
    } <= locked.keys()
