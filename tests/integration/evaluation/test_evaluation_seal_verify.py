"""Claims about sealed folders."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from evaluation_folders import make_manifest

from preceptor import manifests
from preceptor.api.jobs import Owner, SealJob, VerifyArtifact, VerifyJob
from preceptor.digests import digest_file, digest_json
from preceptor.exits import BadInput, CheckFailed
from preceptor_eval.jobs import seal, verify

OWNER = Owner(kind="FineTuneRun", namespace="clinical-ai", name="run", uid="0" * 36)


def write_run(folder: Path, *, base: str = "sha256:" + "0" * 64) -> manifests.Manifest:
    for name in ("adapter", "logs", "samples"):
        (folder / name).mkdir(parents=True)
    (folder / "adapter" / "adapter_model.safetensors").write_bytes(b"weights")
    (folder / "adapter" / "adapter_config.json").write_text("{}")
    (folder / "logs" / "train.jsonl").write_text('{"step": 1}\n')
    (folder / "samples" / "samples.jsonl").write_text("{}\n")
    return make_manifest(folder / "adapter", "adapter", "run", baseModel=base)


def seal_job(folder: Path, digest: str, **provenance: object) -> SealJob:
    return SealJob(
        owner=OWNER, output_uri=f"file://{folder}", adapter_digest=digest, provenance=provenance or {"builder": "tests"}
    )


def verify_job(*artifacts: tuple[str, Path, str]) -> VerifyJob:
    return VerifyJob(
        owner=OWNER,
        artifacts=tuple(
            VerifyArtifact.model_validate({"role": role, "uri": f"file://{path}", "digest": digest})
            for role, path, digest in artifacts
        ),
    )


@pytest.fixture
def run(tmp_path: Path) -> tuple[Path, manifests.Manifest]:
    return tmp_path / "run", write_run(tmp_path / "run")


Run = tuple[Path, manifests.Manifest]


def test_sealing_names_every_file_and_sealing_again_changes_nothing(run: Run) -> None:
    folder, manifest = run
    first = seal.run(seal_job(folder, manifest.digest))
    content = (folder / "seal.json").read_bytes()
    assert seal.run(seal_job(folder, manifest.digest)) == first
    assert (folder / "seal.json").read_bytes() == content
    outputs = first.digests["outputs"]
    assert first.digests == {
        "outputs": outputs,
        "adapter": manifest.digest,
        "provenance": digest_json({"builder": "tests"}),
        "seal": digest_file(folder / "seal.json"),
    }
    assert [entry["path"] for entry in json.loads(content)["files"]] == [
        "adapter/adapter_config.json",
        "adapter/adapter_model.safetensors",
        "logs/train.jsonl",
        "samples/samples.jsonl",
    ]


def test_a_sealed_folder_is_never_sealed_with_other_content(run: Run) -> None:
    folder, manifest = run
    seal.run(seal_job(folder, manifest.digest))
    for change in (lambda: None, lambda: (folder / "logs" / "train.jsonl").write_text("other")):
        change()
        with pytest.raises(CheckFailed) as error:
            seal.run(seal_job(folder, manifest.digest, builder="another"))
        assert error.value.reason == "SealedOtherwise"


def add(name: str) -> Callable[[Path], None]:
    def change(folder: Path) -> None:
        (folder / "adapter" / name).write_bytes(b"x")
        make_manifest(folder / "adapter", "adapter", "run")

    return change


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (add("adapter_model.bin"), "UnexpectedFile"),
        (add("modeling.py"), "UnexpectedFile"),
        (lambda f: (f / "adapter" / "adapter_config.json").write_text("[]"), "ManifestMismatch"),
        (lambda f: shutil.rmtree(f / "samples"), "OutputMissing"),
        (lambda f: make_manifest(f / "adapter", "model", "run"), "UnexpectedKind"),
    ],
)
def test_what_is_no_plain_adapter_is_not_sealed(run: Run, change: Callable[[Path], object], reason: str) -> None:
    folder, _ = run
    change(folder)
    with pytest.raises(CheckFailed) as error:
        seal.run(seal_job(folder, manifests.read(folder / "adapter").digest))
    assert error.value.reason == reason
    assert not (folder / "seal.json").exists()


def test_another_adapter_than_the_job_names_is_not_sealed(run: Run) -> None:
    with pytest.raises(CheckFailed) as error:
        seal.run(seal_job(run[0], "sha256:" + "1" * 64))
    assert error.value.reason == "ManifestMismatch"


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("adapter/adapter_model.safetensors", "ManifestMismatch"),
        ("logs/train.jsonl", "SealMismatch"),
        ("samples/samples.jsonl", "SealMismatch"),
        ("provenance.json", "SealMismatch"),
        ("seal.json", "SealMismatch"),
    ],
)
def test_one_changed_byte_anywhere_in_a_sealed_run_is_found(run: Run, path: str, reason: str) -> None:
    folder, manifest = run
    sealed = seal.run(seal_job(folder, manifest.digest))
    job = verify_job(("adapter", folder / "adapter", manifest.digest))
    outputs = {"outputs": sealed.digests["outputs"]}
    assert verify.run(job).digests | outputs == sealed.digests
    content = bytearray((folder / path).read_bytes())
    content[0] ^= 1
    (folder / path).write_bytes(content)
    with pytest.raises(CheckFailed) as error:
        verify.run(job)
    assert error.value.reason == reason


def test_a_base_model_is_verified_with_its_tokenizer_and_chat_template(tiny_base: Path, tiny_adapter: Path) -> None:
    base, adapter = manifests.read(tiny_base), manifests.read(tiny_adapter)
    result = verify.run(verify_job(("adapter", tiny_adapter, adapter.digest), ("baseModel", tiny_base, base.digest)))
    assert result.digests == {
        "adapter": adapter.digest,
        "baseModel": base.digest,
        "tokenizer": manifests.tokenizer_digest(base),
        "chatTemplate": digest_file(tiny_base / "chat_template.jinja"),
    }


def test_an_adapter_of_another_base_model_does_not_verify_beside_this_one(run: Run, tiny_base: Path) -> None:
    folder, manifest = run
    job = verify_job(
        ("adapter", folder / "adapter", manifest.digest), ("baseModel", tiny_base, manifests.read(tiny_base).digest)
    )
    with pytest.raises(CheckFailed) as error:
        verify.run(job)
    assert error.value.reason == "BaseModelMismatch"


def test_two_suites_have_two_digests(tmp_path: Path) -> None:
    digests = []
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "cases.jsonl").write_text(name)
        digests.append(make_manifest(tmp_path / name, "suite", name).digest)
    result = verify.run(verify_job(("suite", tmp_path / "one", digests[0]), ("suite", tmp_path / "two", digests[1])))
    assert result.digests == {"suite": digests[0], "suite.2": digests[1]}


def test_a_folder_in_the_wrong_role_and_nothing_at_all_do_not_verify(tiny_base: Path, tmp_path: Path) -> None:
    with pytest.raises(CheckFailed):
        verify.run(verify_job(("dataset", tiny_base, manifests.read(tiny_base).digest)))
    with pytest.raises(BadInput):
        verify.run(verify_job())
    with pytest.raises(BadInput) as error:
        verify.run(verify_job(("dataset", tmp_path / "gone", "sha256:" + "0" * 64)))
    assert error.value.reason == "ManifestMissing"
