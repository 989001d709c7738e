"""Does a model come from a hub whole, once, and only as what was asked for? The client is the real huggingface_hub."""

import errno
import json
import os
import shutil
import uuid
from pathlib import Path
from typing import Any

import pytest
from hub_world import COMMIT, NAME, Served
from typer.testing import CliRunner

from preceptor import manifests
from preceptor.api.jobs import FetchJob, Owner, Result, parse_result
from preceptor_eval.hub import client
from preceptor_eval.jobs import guard

URI = f"hf://{NAME}@{COMMIT}"
TARGET = "pvc://artifacts/adapters/base-models/0123"
WANTED = {
    "LICENSE",
    "README.md",
    "chat_template.jinja",
    "config.json",
    "model.safetensors",
    "tokenizer.json",
    "tokenizer_config.json",
    "vocab.txt",
}
# What the files above and the URI come to: a change here is a change for everybody who has a digest in a spec.
DIGEST = "sha256:2145e440069592654c8b36a6d3156d217fab701d97624b9ecbc8c7a0c7af9e2d"
OTHER = "sha256:" + "0" * 64


def run(tmp_path: Path, **fields: Any) -> tuple[int, Result]:
    """Run a Fetch Job as a pod does; exit code and Result."""
    owner = Owner(kind="FineTuneRun", namespace="clinic", name="triage", uid="uid-1")
    job = FetchJob.model_validate({"owner": owner, "source": URI, "digest": DIGEST, "target_uri": TARGET, **fields})
    path, log = tmp_path / "job.json", tmp_path / "termination-log"
    path.write_text(json.dumps(job.document()))
    code = guard.run_job(path, termination_log=log)
    return code, parse_result(log.read_text())


def folder(store: Path) -> Path:
    return store / "artifacts" / "adapters" / "base-models" / "0123"


def nothing_is_left(store: Path) -> bool:
    """Neither the model nor an unfinished folder of it."""
    return not folder(store).parent.exists() or list(folder(store).parent.iterdir()) == []


def test_a_model_is_copied_with_a_manifest_that_says_where_it_is_from(
    tmp_path: Path, store: Path, served: Served
) -> None:
    code, result = run(tmp_path)
    assert (code, result.verdict, result.reason) == (0, "pass", "Fetched"), result.message
    manifest = manifests.verify(folder(store), DIGEST)
    assert {entry.path for entry in manifest.files} == WANTED
    assert manifest.document() == {
        **manifest.document(),
        "kind": "model",
        "name": NAME,
        "source": URI,
        "curator": "clinic",
        "date": "2024-05-06",
        "licence": "apache-2.0",
        "provenanceId": str(uuid.uuid5(uuid.NAMESPACE_URL, URI)),
        "recordCount": 0,
        "schema": "model",
    }
    assert result.digests["baseModel"] == DIGEST
    assert (result.counts["files"], result.counts["downloaded"]) == (len(WANTED), 1)


def test_nothing_lies_in_the_folder_but_what_the_manifest_names(tmp_path: Path, store: Path, served: Served) -> None:
    run(tmp_path)
    found = {path.relative_to(folder(store)).as_posix() for path in folder(store).rglob("*")}
    assert found == WANTED | {"manifest.json"}
    assert not any(path.is_symlink() for path in folder(store).rglob("*"))
    assert [path.name for path in folder(store).parent.iterdir()] == ["0123"]


def test_pickles_code_and_other_forms_are_not_even_asked_for(tmp_path: Path, store: Path, served: Served) -> None:
    run(tmp_path)
    asked = {Path(path).name for path in served.downloads}
    assert asked == WANTED


def test_a_model_that_is_there_is_verified_and_not_downloaded(tmp_path: Path, store: Path, served: Served) -> None:
    run(tmp_path)
    served.hub.asked.clear()
    code, result = run(tmp_path)
    assert (code, result.reason, result.counts["downloaded"]) == (0, "Fetched", 0)
    assert served.hub.asked == []


def test_a_copy_that_was_changed_is_neither_used_nor_overwritten(tmp_path: Path, store: Path, served: Served) -> None:
    run(tmp_path)
    (folder(store) / "config.json").write_text("{}")
    code, result = run(tmp_path)
    assert (code, result.reason) == (1, "ManifestMismatch")
    assert "config.json" in result.message
    assert (folder(store) / "config.json").read_text() == "{}"


def test_another_digest_than_asked_for_says_both_and_keeps_nothing(tmp_path: Path, store: Path, served: Served) -> None:
    code, result = run(tmp_path, digest=OTHER)
    assert (code, result.verdict, result.reason) == (1, "fail", "ManifestMismatch")
    assert DIGEST in result.message
    assert OTHER in result.message
    assert nothing_is_left(store)


@pytest.mark.parametrize(
    ("changes", "source", "code", "reason", "word"),
    [
        ({}, "hf://clinic/unknown@" + COMMIT, 64, "BaseModelMissing", "no model clinic/unknown"),
        ({}, f"hf://{NAME}@{'f' * 40}", 64, "BaseModelMissing", "no commit ffff"),
        ({}, f"hf://a--b@{COMMIT}", 64, "BadUri", "no name that a hub can have"),
        ({"status": 401}, URI, 64, "HubAccessDenied", "HF_TOKEN"),
        ({"status": 401, "code": "GatedRepo"}, URI, 64, "HubAccessDenied", "accept the model's terms"),
        ({"status": 403, "code": "GatedRepo"}, URI, 64, "HubAccessDenied", "accept the model's terms"),
        ({"status": 403}, URI, 64, "HubAccessDenied", "HF_TOKEN"),
        ({"status": 400}, URI, 64, "HubAccessDenied", "status 400"),
        ({"gate": "a token"}, URI, 64, "HubAccessDenied", "HF_TOKEN"),
        ({"status": 500}, URI, 75, "HubUnavailable", "status 500"),
        ({"status": 503}, URI, 75, "HubUnavailable", "status 503"),
        ({"status": 429}, URI, 75, "HubUnavailable", "status 429"),
        ({"answers_for": "e" * 40}, URI, 75, "HubUnavailable", "another commit"),
        ({"truncated": True}, URI, 75, "HubUnavailable", "does not answer as a hub does"),
    ],
)
def test_what_a_hub_refuses_or_fails_at_ends_in_a_sentence_and_leaves_nothing(
    tmp_path: Path,
    store: Path,
    served: Served,
    changes: dict[str, Any],
    source: str,
    code: int,
    reason: str,
    word: str,
) -> None:
    for name, value in changes.items():
        setattr(served.model, name, value)
    ended, result = run(tmp_path, source=source)
    assert (ended, result.reason) == (code, reason), result.message
    assert word in result.message
    assert result.message.endswith(".")
    assert nothing_is_left(store)


def test_a_gated_model_is_given_to_who_has_the_token(
    tmp_path: Path, store: Path, served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    served.model.gate = "hf_secret"
    monkeypatch.setenv("HF_TOKEN", "hf_secret")
    assert run(tmp_path)[0] == 0
    monkeypatch.setenv("HF_TOKEN", "hf_wrong")
    shutil.rmtree(folder(store))
    code, result = run(tmp_path)
    assert (code, result.reason) == (64, "HubAccessDenied")
    assert "hf_wrong" not in result.message


def test_a_hub_that_refuses_connections_is_tried_again(
    tmp_path: Path, store: Path, served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_ENDPOINT", "http://somebody:secret@127.0.0.1:9")
    code, result = run(tmp_path)
    assert (code, result.reason) == (75, "HubUnavailable"), result.message
    assert "The hub 127.0.0.1:9" in result.message
    assert "secret" not in result.message


def test_a_hub_that_does_not_answer_in_time_is_tried_again(
    tmp_path: Path, store: Path, served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client, "ANSWER_SECONDS", 0.2)
    served.model.delay = 1.0
    code, result = run(tmp_path)
    assert (code, result.reason) == (75, "HubUnavailable"), result.message


def test_a_server_that_is_no_hub_is_said_to_be_none(tmp_path: Path, store: Path, served: Served) -> None:
    served.hub._information = lambda request, repository, rest, body: (  # type: ignore[method-assign]
        request.send_response(200),
        request.send_header("Content-Length", "7"),
        request.end_headers(),
        request.wfile.write(b"<html/>"),
    )
    code, result = run(tmp_path)
    assert (code, result.reason) == (75, "HubUnavailable")
    assert "HF_ENDPOINT" in result.message


@pytest.mark.parametrize("missing", ["config.json", "tokenizer.json", "model.safetensors"])
def test_what_training_could_not_use_is_refused_before_anything_is_downloaded(
    tmp_path: Path, store: Path, served: Served, missing: str
) -> None:
    (served.model.folder / missing).unlink()
    code, result = run(tmp_path)
    assert (code, result.reason) == (64, "BaseModelInvalid")
    assert served.downloads == []
    assert nothing_is_left(store)


def test_what_a_killed_fetch_left_is_removed_and_the_model_is_whole(
    tmp_path: Path, store: Path, served: Served
) -> None:
    half = folder(store).with_name(".incomplete-0123-uid-1")
    half.mkdir(parents=True)
    (half / "config.json").write_text("half")
    (half / "evil.bin").write_text("x")
    assert run(tmp_path)[0] == 0
    assert not half.exists()
    manifests.verify(folder(store), DIGEST)


def test_a_fetch_that_is_told_to_stop_leaves_nothing(
    tmp_path: Path, store: Path, served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stopped(*_: object) -> None:
        (folder(store).parent / ".incomplete-0123-uid-1").mkdir()
        raise guard.Interrupted

    monkeypatch.setattr(client, "download", stopped)
    code, result = run(tmp_path)
    assert (code, result.reason) == (75, "Interrupted")
    assert nothing_is_left(store)


def test_two_runs_that_fetch_one_model_at_once_both_have_it(
    tmp_path: Path, store: Path, served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    download = client.download

    def overtaken(*arguments: Any) -> None:
        monkeypatch.setattr(client, "download", download)
        owner = {"kind": "FineTuneRun", "namespace": "clinic", "name": "other", "uid": "uid-2"}
        (tmp_path / "other").mkdir()
        assert run(tmp_path / "other", owner=owner)[0] == 0
        download(*arguments)

    monkeypatch.setattr(client, "download", overtaken)
    code, result = run(tmp_path)
    assert (code, result.reason) == (0, "Fetched"), result.message
    assert [path.name for path in folder(store).parent.iterdir()] == ["0123"]


def test_a_store_without_room_is_said_before_anything_is_downloaded(
    tmp_path: Path, store: Path, served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: shutil._ntuple_diskusage(10, 9, 1))  # type: ignore[attr-defined]
    code, result = run(tmp_path)
    assert (code, result.reason) == (75, "StoreFull")
    assert served.downloads == []


@pytest.mark.parametrize(
    ("number", "code", "reason"),
    [(errno.ENOSPC, 75, "StoreFull"), (errno.EDQUOT, 75, "StoreFull"), (errno.EROFS, 64, "OutputUnwritable")],
)
def test_a_store_that_fails_while_it_is_written_ends_in_a_sentence(
    tmp_path: Path,
    store: Path,
    served: Served,
    monkeypatch: pytest.MonkeyPatch,
    number: int,
    code: int,
    reason: str,
) -> None:
    def fail(*_: object) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(client, "download", fail)
    ended, result = run(tmp_path)
    assert (ended, result.reason) == (code, reason)
    assert nothing_is_left(store)


def preceptor(*arguments: str) -> Any:
    """The command as a person calls it: exit code and what it prints."""
    from preceptor.cli import main

    main.load_commands()
    runner = CliRunner()
    return runner.invoke(main.app, list(arguments))


def test_a_person_gets_the_very_folder_that_a_run_makes(tmp_path: Path, store: Path, served: Served) -> None:
    run(tmp_path)
    made = tmp_path / "mine"
    ended = preceptor("model", "fetch", URI, str(made))
    assert (ended.exit_code, ended.stdout) == (0, f"{DIGEST}\n")
    ours = {path.name: path.read_bytes() for path in made.iterdir()}
    assert ours == {path.name: path.read_bytes() for path in folder(store).iterdir()}


def test_a_person_who_fetches_again_gets_the_digest_without_a_download(tmp_path: Path, served: Served) -> None:
    preceptor("model", "fetch", URI, str(tmp_path / "mine"))
    served.hub.asked.clear()
    ended = preceptor("model", "fetch", URI, str(tmp_path / "mine"), "--digest", DIGEST)
    assert (ended.exit_code, ended.stdout, served.hub.asked) == (0, f"{DIGEST}\n", [])


def test_a_folder_with_something_else_is_left_alone(tmp_path: Path, served: Served) -> None:
    mine = tmp_path / "mine"
    mine.mkdir()
    (mine / "notes.txt").write_text("mine")
    ended = preceptor("model", "fetch", URI, str(mine))
    assert ended.exception.exit_code == 1
    assert "delete it" in str(ended.exception)
    assert [path.name for path in mine.iterdir()] == ["notes.txt"]


def test_a_branch_is_refused_with_a_sentence(tmp_path: Path, served: Served) -> None:
    ended = preceptor("model", "fetch", f"hf://{NAME}@main", str(tmp_path / "mine"))
    assert ended.exception.exit_code == 64
    assert "never a branch or a tag" in str(ended.exception)
    assert served.hub.asked == []
