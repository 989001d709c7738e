"""What does a command say when nothing can be written to standard output?"""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

SCAN = ("phi", "scan", "data")
# Found, but written at the end alone.
SPANS = ("phi", "scan", "--spans", "texts.jsonl")


def preceptor(*words: str, cwd: Path, out: int, err: int = subprocess.PIPE) -> "subprocess.CompletedProcess[bytes]":
    command = (sys.executable, "-c", "from preceptor.cli.main import run; run()", *words)
    # As a shell's command has it: output waits in a buffer.
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}
    return subprocess.run(command, cwd=cwd, stdout=out, stderr=err, env=environment, check=False)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "a.jsonl").write_text('{"t":"SSN 123-45-6789"}\n' * 3)
    (tmp_path / "texts.jsonl").write_text('{"id":"a","text":"ok"}\n')
    return tmp_path


@pytest.fixture
def full(full_device: Path) -> Iterator[int]:
    """The same, open."""
    descriptor = os.open(full_device, os.O_WRONLY)
    yield descriptor
    os.close(descriptor)


@pytest.mark.parametrize("words", [SCAN, SPANS, ("version",), ("phi", "--help"), (*SCAN, "--report", "report.json")])
def test_a_full_standard_output_is_a_reason_to_try_again(words: tuple[str, ...], folder: Path, full: int) -> None:
    ended = preceptor(*words, cwd=folder, out=full)
    said = ended.stderr.decode()
    assert ended.returncode == 75, said
    assert said.count("Standard output cannot be written") == 1
    assert "bug" not in said
    assert "Traceback" not in said
    assert not (folder / "report.json").exists()


def test_wrong_use_stays_wrong_use_where_nothing_is_to_be_written(folder: Path, full: int) -> None:
    assert preceptor("phi", "scan", "absent", cwd=folder, out=full).returncode == 64


def test_a_full_standard_error_is_no_verdict(folder: Path, full: int) -> None:
    assert preceptor(*SCAN, cwd=folder, out=subprocess.PIPE, err=full).returncode == 75


@pytest.mark.parametrize("words", [SCAN, SPANS])
def test_a_closed_pipe_is_quiet(words: tuple[str, ...], folder: Path) -> None:
    read, write = os.pipe()
    os.close(read)
    ended = preceptor(*words, cwd=folder, out=write)
    os.close(write)
    assert ended.stderr == b""
    assert ended.returncode in (0, 1)
