"""Does a command write where it was told, and never over what it reads, a link or a device?"""

import os
import stat
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
import typer

from preceptor.cli import main as cli
from preceptor.cli import phi, policy
from preceptor.writing import write_whole

Call = Callable[..., int]
ROW = '{"t":"ok"}\n'


@pytest.fixture
def call(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Call:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PRECEPTOR_PHI_KEY_FILE", "key")
    Path("key").write_text("k" * 32)

    def invoke(app: typer.Typer, *words: object) -> int:
        monkeypatch.setattr("sys.argv", ["preceptor", *map(str, words)])
        return cli.guarded(app)

    return invoke


@pytest.mark.parametrize("report", ["data/a.jsonl", "hard", "soft", "policy.yml", "key", "allow.yml"])
def test_a_report_is_no_input_of_its_scan(call: Call, report: str) -> None:
    Path("data").mkdir()
    Path("data/a.jsonl").write_text(ROW)
    os.link("data/a.jsonl", "hard")
    os.symlink("data/a.jsonl", "soft")
    Path("policy.yml").write_text("schemaVersion: 1\n")
    Path("allow.yml").write_text("[]\n")
    before = Path(report).read_bytes()
    words = ("--policy", "policy.yml", "--allow", "allow.yml", "--report", report)
    assert call(phi.app, "scan", "data/a.jsonl", *words) == 64
    assert call(phi.app, "scan", "data", *words) == 64
    assert Path(report).read_bytes() == before
    assert Path("data/a.jsonl").read_text() == ROW


def test_a_report_may_be_new_in_the_scanned_folder_and_replaced_outside_it(call: Call) -> None:
    Path("data").mkdir()
    Path("data/a.jsonl").write_text(ROW)
    assert call(phi.app, "scan", "data", "--report", "data/report.json") == 0
    for _ in range(2):
        assert call(phi.app, "scan", "data", "--report", "report.json") == 0
    assert sorted(path.name for path in Path().iterdir()) == ["data", "key", "report.json"]


def test_a_report_that_is_a_folder_is_refused_before_anything_is_read(
    call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    Path("a.jsonl").write_text(ROW)
    monkeypatch.setattr("preceptor.cli.phi.scan.pieces_of", lambda *_, **__: pytest.fail("a file was read"))
    assert call(phi.app, "scan", "a.jsonl", "--report", ".") == 64


def test_a_roster_is_not_written_over_its_patients_or_its_key(call: Call) -> None:
    patients = "mrn,name\n12345678,Nadja Brockmann\n"
    Path("patients.csv").write_text(patients)
    os.symlink("patients.csv", "link")
    for out in ("patients.csv", "link", "key", "."):
        assert call(phi.app, "roster", "create", "patients.csv", "--out", out) == 64
    assert Path("patients.csv").read_text() == patients
    assert Path("key").read_text() == "k" * 32
    assert call(phi.app, "roster", "create", "patients.csv", "--out", "roster.json") == 0
    assert stat.S_IMODE(Path("roster.json").stat().st_mode) == 0o600


def test_a_merged_report_is_no_shard(call: Call) -> None:
    Path("a.jsonl").write_text(ROW)
    assert call(phi.app, "scan", "a.jsonl", "--shard", "0/1", "--report", "shard.json") == 0
    before = Path("shard.json").read_bytes()
    assert call(phi.app, "merge", "shard.json", "--report", "shard.json") == 64
    assert Path("shard.json").read_bytes() == before
    assert call(phi.app, "merge", "shard.json", "--report", "whole.json") == 0


def test_a_samples_result_is_no_sheet(call: Call) -> None:
    Path("a.jsonl").write_text(ROW)
    assert call(phi.app, "sample", "draw", "a.jsonl", "--out", "sample") == 0
    sheets = {path: path.read_text().replace('"done": false', '"done": true') for path in Path("sample").iterdir()}
    for path, text in sheets.items():
        path.write_text(text)
    for path in sheets:
        assert call(phi.app, "sample", "report", "sample", "--out", path) == 64
    assert {path: path.read_text() for path in sheets} == sheets
    assert call(phi.app, "sample", "report", "sample", "--out", "sample/result.json") == 0


@pytest.mark.parametrize("out", ["bundle.key", "rego/policy.rego", "rego/policy_test.rego", "."])
def test_a_bundle_is_neither_its_key_nor_its_policy(call: Call, out: str) -> None:
    Path("rego").mkdir()
    for name in ("bundle.key", "rego/policy.rego", "rego/policy_test.rego"):
        Path(name).write_text("mine")
    # A program that makes whatever is asked of it, and finds no fault with a profile.
    Path("opa").write_text(
        """#!/bin/sh
if [ "$1" = eval ]; then echo '{"result": [{"expressions": [{"value": [["clinical"], {}]}]}]}'; exit; fi
while [ "$1" != --output ]; do shift; done
echo bundle > "$2"
"""
    )
    Path("opa").chmod(0o755)
    words = ("bundle", "--key", "bundle.key", "--source", "rego", "--opa", Path("opa").absolute())
    assert call(policy.app, *words, "--out", out) == 64
    assert {Path(name).read_text() for name in ("bundle.key", "rego/policy.rego", "rego/policy_test.rego")} == {"mine"}
    assert call(policy.app, *words, "--out", "made/bundle.tar.gz") == 0
    assert Path("made/bundle.tar.gz").read_text() == "bundle\n"


def test_a_link_stays_and_its_target_is_written(call: Call) -> None:
    Path("a.jsonl").write_text(ROW)
    Path("there").mkdir()
    os.symlink("there/report.json", "link")
    for _ in range(2):
        assert call(phi.app, "scan", "a.jsonl", "--report", "link") == 0
        assert Path("link").is_symlink()
        assert b'"verdict"' in Path("there/report.json").read_bytes()
    assert [path.name for path in Path("there").iterdir()] == ["report.json"]


def test_a_pipe_is_written_into(call: Call) -> None:
    Path("a.jsonl").write_text(ROW)
    os.mkfifo("pipe")
    read: list[bytes] = []
    reader = threading.Thread(target=lambda: read.append(Path("pipe").read_bytes()), daemon=True)
    reader.start()
    assert call(phi.app, "scan", "a.jsonl", "--report", "pipe") == 0
    reader.join(10)
    assert stat.S_ISFIFO(Path("pipe").stat().st_mode)
    assert b'"verdict"' in read[0]


def test_a_full_device_is_a_reason_to_try_again_and_stays_a_device(call: Call, full_device: Path) -> None:
    Path("a.jsonl").write_text(ROW)
    Path("patients.csv").write_text("mrn\n12345678\n")
    assert call(phi.app, "scan", "a.jsonl", "--report", full_device) == 75
    assert call(phi.app, "roster", "create", "patients.csv", "--out", full_device) == 75
    assert stat.S_ISCHR(full_device.lstat().st_mode)


def test_what_was_there_stays_until_the_new_is_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "report.json"
    path.write_text("old")

    def fails(_: int) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr("os.fsync", fails)
        with pytest.raises(OSError, match="No space"):
            write_whole(path, b"new")
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]
    write_whole(path, b"new")
    assert path.read_text() == "new"
