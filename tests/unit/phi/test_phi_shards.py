"""Are the findings the same however many processes and pods look, and is a lost worker never a clean verdict?"""

import json
import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from preceptor.cli import main as cli
from preceptor.cli import phi
from preceptor.exits import BadInput, TryAgain
from preceptor.phi import pieces as pieces_module
from preceptor.phi import pool
from preceptor.phi.config import Settings
from preceptor.phi.cpus import available
from preceptor.phi.pieces import Piece, pieces_of
from preceptor.phi.policy import Policy
from preceptor.phi.run import Run
from preceptor.phi.scan import Scanner
from preceptor.phi.shards import Shard

SETTINGS = Settings(b"k" * 32, "file", Policy())
ROWS = [json.dumps({"t": f"SSN {100 + n % 500}-45-{1000 + n}" if n % 7 == 0 else "ok " * (n % 11)}) for n in range(400)]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "data"
    folder.mkdir()
    (folder / "a.jsonl").write_text("\n".join(ROWS) + "\n")
    (folder / "b.csv").write_text("id,ssn\n" + "".join(f"{n},123-45-{1000 + n}\n" for n in range(50)))
    (folder / "c.txt").write_text("\n\nMr. Alvarez\n" * 40)
    (folder / "d.json").write_bytes(b"\xff")
    return folder


def cut(folder: Path, size: int) -> list[Piece]:
    return [
        piece
        for path in sorted(folder.iterdir())
        for piece in pieces_of(path, path.name, size=size)
    ]  # fmt: skip


def test_several_processes_find_what_one_does(folder: Path) -> None:
    one, several = Run(SETTINGS, jobs=1), Run(SETTINGS, jobs=2)
    pieces = cut(folder, 700)
    assert len(pieces) > 15
    expected = list(one.findings(cut(folder, 1 << 30)))
    assert list(several.findings(pieces)) == expected
    assert several.tally.types == one.tally.types
    assert (several.tally.files, several.tally.records, several.tally.bytes) == (
        one.tally.files, one.tally.records, one.tally.bytes,
    )  # fmt: skip


def test_many_findings_of_a_piece_wait_on_the_disk(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pool, "_IN_MEMORY", 5)
    (tmp_path / "spill").mkdir()
    monkeypatch.setitem(pool._worker, "spill", str(tmp_path / "spill"))
    (piece,) = pieces_of(folder / "b.csv", "b.csv")
    answer = pool._answer(SETTINGS.scanner(), piece)
    assert len(answer.findings) < 6
    assert list(pool._taken(answer)) == list(SETTINGS.scanner().piece(piece))
    assert list((tmp_path / "spill").iterdir()) == []


def kill(piece: Piece) -> Iterator[Any]:
    os.kill(os.getpid(), signal.SIGKILL)
    yield


def fail(piece: Piece) -> Iterator[Any]:
    raise ValueError("SSN 123-45-6789")
    yield


class Faulty(Settings):
    """Settings whose scanner does what the test wants; module-level, so that a worker can load them."""

    def scanner(self) -> Scanner:
        scanner = super().scanner()
        scanner.piece = kill if self.origin == "kill" else fail  # type: ignore[method-assign]
        return scanner


def test_worker_that_is_killed_ends_the_scan_without_a_verdict(folder: Path) -> None:
    run = Run(Faulty(b"k" * 32, "kill", Policy()), jobs=2)
    with pytest.raises(TryAgain) as lost:
        list(run.findings(cut(folder, 700)))
    assert lost.value.reason == "WorkerLost"


def test_worker_that_fails_ends_the_scan_and_its_words_stay_unsaid(
    folder: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    run = Run(Faulty(b"k" * 32, "fail", Policy()), jobs=2)
    with pytest.raises(pool.ScanCrashed) as crashed:
        list(run.findings(cut(folder, 700)))
    assert int(crashed.value.exit_code) == 70
    assert "123-45" not in str(crashed.value) + "".join(capfd.readouterr())


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(0, 100), max_size=30), st.integers(1, 9))
def test_every_piece_belongs_to_exactly_one_shard_and_they_follow_one_another(sizes: list[int], count: int) -> None:
    pieces = [Piece(Path("x"), "x", size=size) for size in sizes]
    parts = [Shard(index, count).part(pieces) for index in range(count)]
    assert [number for part in parts for number, _ in part] == list(range(len(pieces)))


@pytest.mark.parametrize("text", ["", "3", "3/3", "a/b", "1/0", "-1/2", "0/"])
def test_shard_that_cannot_be_is_refused(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("JOB_COMPLETION_INDEX", raising=False)
    with pytest.raises(BadInput):
        Shard.parse(text)


def test_pod_of_an_indexed_job_knows_its_shard(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JOB_COMPLETION_INDEX", "2")
    assert Shard.parse("4") == Shard(2, 4)


Call = Callable[..., int]


@pytest.fixture
def call(monkeypatch: pytest.MonkeyPatch) -> Call:
    monkeypatch.setenv("PRECEPTOR_PHI_KEY", "k" * 32)

    def invoke(*words: object) -> int:
        monkeypatch.setattr("sys.argv", ["preceptor", *map(str, words)])
        return cli.guarded(phi.app)

    return invoke


def sharded(call: Call, folder: Path, count: int) -> list[Path]:
    reports = [folder.parent / f"shard-{index}.json" for index in range(count)]
    for index, report in enumerate(reports):
        assert call("scan", folder, "--shard", f"{index}/{count}", "--report", report) in (0, 1)
    return reports


@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.integers(1, 7), st.sampled_from([300, 900, 5000]))
def test_merged_shards_say_what_one_scan_says(call: Call, folder: Path, count: int, size: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            pieces_module.pieces_of, "__kwdefaults__", {**pieces_module.pieces_of.__kwdefaults__, "size": size}
        )
        reports = sharded(call, folder, count)
        assert call("merge", *reversed(reports), "--report", folder.parent / "merged.json") == 1
    assert call("scan", folder, "--report", folder.parent / "whole.json") == 1
    merged, whole = (json.loads((folder.parent / f"{name}.json").read_text()) for name in ("merged", "whole"))
    assert merged["findings"] == whole["findings"]
    for field in ("verdict", "files", "records", "bytes", "findings", "byType", "configDigest", "versions"):
        assert merged["summary"][field] == whole["summary"][field], field


def test_shards_find_the_same_beside_what_else_is_found(call: Call, tmp_path: Path) -> None:
    folder = tmp_path / "data"
    folder.mkdir()
    (folder / "a.txt").write_text("MRN 4471902, wheezing.\nStung by a wasp in Quilpie.\n\nWent to Quilpie.\n" * 40)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            pieces_module.pieces_of, "__kwdefaults__", {**pieces_module.pieces_of.__kwdefaults__, "size": 300}
        )
        reports = sharded(call, folder, 3)
        assert call("merge", *reports, "--report", tmp_path / "merged.json") == 1
    assert call("scan", folder, "--report", tmp_path / "whole.json") == 1
    merged, whole = (json.loads((tmp_path / f"{name}.json").read_text())["findings"] for name in ("merged", "whole"))
    assert merged == whole
    assert any(finding["detector"] == "town-by-evidence" for finding in whole)


def test_missing_double_or_foreign_shard_is_never_clean(call: Call, folder: Path, tmp_path: Path) -> None:
    for path in list(folder.iterdir()):
        path.write_text("ok\n") if path.suffix == ".txt" else path.unlink()
    (folder / "d.txt").write_text("ok\n")
    first, second = sharded(call, folder, 2)
    out = tmp_path / "m.json"
    assert call("merge", first, second, "--report", out) == 0
    assert call("merge", first, "--report", out) == 64
    assert call("merge", first, first, "--report", out) == 64
    broken = json.loads(second.read_text())
    broken["summary"]["findings"] = 1
    (tmp_path / "b.json").write_text(json.dumps(broken))
    assert call("merge", first, tmp_path / "b.json", "--report", out) == 64
    (folder / "d.txt").write_text("ok ok\n")
    assert call("scan", folder, "--shard", "1/2", "--report", second) == 0
    assert call("merge", first, second, "--report", out) == 64


def test_shard_without_a_lasting_key_is_refused(call: Call, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PRECEPTOR_PHI_KEY")
    monkeypatch.delenv("PRECEPTOR_PHI_KEY_FILE", raising=False)
    assert call("scan", folder, "--shard", "0/2", "--report", folder.parent / "r.json") == 64


def test_merge_says_of_the_key_what_the_shards_say(
    call: Call, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    key = folder.parent / "key"
    key.write_text("k" * 32)
    (folder.parent / "allow.yml").write_text("[]")
    reports = sharded(call, folder, 2)
    monkeypatch.setenv("PRECEPTOR_PHI_KEY_FILE", str(key))
    for told in ("environment", "environment and file"):
        if "file" in told:
            assert call("scan", folder, "--shard", "1/2", "--report", reports[1]) == 1
        with monkeypatch.context() as patch:
            patch.delenv("PRECEPTOR_PHI_KEY")
            patch.delenv("PRECEPTOR_PHI_KEY_FILE")
            capsys.readouterr()
            merged = folder.parent / "merged.json"
            assert call("merge", *reports, "--report", merged, "--allow", folder.parent / "allow.yml") == 1
        assert f"Fingerprint key: {told}.\n" in capsys.readouterr().err
        assert json.loads(merged.read_text())["summary"]["fingerprintKey"] == told


@pytest.mark.parametrize("harm", ["changed", "gone"])
@pytest.mark.parametrize("jobs", [1, 2])
def test_what_is_wrong_with_a_whole_file_is_told_once(harm: str, jobs: int, folder: Path) -> None:
    pieces = cut(folder, 700)
    assert sum(piece.name == "a.jsonl" for piece in pieces) > 5
    for name in ("a.jsonl", "c.txt"):
        (folder / name).unlink() if harm == "gone" else os.utime(folder / name, (1, 1))
    why = {"changed": "ChangedWhileRead", "gone": "ReadError"}[harm]
    run = Run(SETTINGS, jobs=jobs)
    found = list(run.findings(pieces))
    assert [finding.file for finding in found if finding.detector == why] == ["a.jsonl", "c.txt"]
    assert run.tally.findings == len(found)


def test_what_is_wrong_with_a_whole_file_is_told_once_of_all_shards(
    call: Call, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    defaults = {**pieces_module.pieces_of.__kwdefaults__, "size": 700}
    monkeypatch.setattr(pieces_module.pieces_of, "__kwdefaults__", defaults)
    monkeypatch.setattr("preceptor.phi.scan._identity", lambda _: (0, 0, 0))
    merged = folder.parent / "merged.json"
    assert call("merge", *sharded(call, folder, 3), "--report", merged) == 1
    document = json.loads(merged.read_text())
    changed = [each["file"] for each in document["findings"] if each["detector"] == "ChangedWhileRead"]
    assert len(changed) == len(set(changed)) == 4
    assert document["summary"]["findings"] == len(document["findings"])


@pytest.mark.parametrize(("quota", "most"), [("max 100000", 64), ("150000 100000", 1), ("50000 100000", 1), ("x", 64)])
def test_container_s_quota_bounds_the_processes(quota: str, most: int, tmp_path: Path) -> None:
    (tmp_path / "cpu.max").write_text(quota)
    assert 1 <= available(tmp_path / "cpu.max") <= most
