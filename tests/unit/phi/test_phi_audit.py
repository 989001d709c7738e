"""Are values shown to a person at a terminal and to nothing else, and is every detector explained?"""

import json
import os
import pty
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from preceptor.cli import main as cli
from preceptor.cli import phi
from preceptor.phi.detect import default_detector
from preceptor.phi.explain import explain

Call = Callable[..., int]
RUN = "import sys; from preceptor.cli.main import run; run()"


@pytest.fixture
def call(monkeypatch: pytest.MonkeyPatch) -> Call:
    monkeypatch.setenv("PRECEPTOR_PHI_KEY", "k" * 32)

    def invoke(*words: object) -> int:
        monkeypatch.setattr("sys.argv", ["preceptor", *map(str, words)])
        return cli.guarded(phi.app)

    return invoke


def at_a_terminal(*words: object) -> str:
    leader, follower = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-c", RUN, "phi", *map(str, words)], stdout=follower, stderr=follower, stdin=follower
    )
    os.close(follower)
    shown = b""
    while True:
        try:
            chunk = os.read(leader, 65536)
        except OSError:
            break
        if not chunk:
            break
        shown += chunk
    process.wait()
    os.close(leader)
    return shown.decode()


def test_values_are_shown_at_a_terminal_and_refused_elsewhere(
    call: Call, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = tmp_path / "data"
    data.mkdir()
    (data / "a.jsonl").write_text('{"t":"ok"}\n{"t":"his SSN 123-45-6789 is","jane@example.com":"x"}\n')
    (data / "Walter_Price.txt").write_text("fine\nSSN 987-65-4321\n")
    report = tmp_path / "r.json"
    assert call("scan", data, "--report", report) == 1
    capsys.readouterr()
    assert call("audit", report, data) == 64
    assert "123-45" not in "".join(capsys.readouterr())
    shown = at_a_terminal("audit", report, data)
    assert all(value in shown for value in ("123-45-6789", "987-65-4321", "jane@example.com", "Price"))


def test_report_that_is_none_is_refused(call: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdout.isatty", lambda: True, raising=False)
    (tmp_path / "r.json").write_text("{}")
    assert call("audit", tmp_path / "r.json") == 64


def test_every_detector_is_explained_in_sentences() -> None:
    detector = default_detector()
    for name in sorted(detector.detectors):
        sentences = explain(name, detector).sentences
        assert sentences
        assert all(sentence.endswith(".") for sentence in sentences), name


def test_text_is_explained_without_its_values(call: Call, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = tmp_path / "t.txt"
    text.write_text("SSN 123-45-6789")
    assert call("explain", "--text", text) == 0
    shown = "".join(capsys.readouterr())
    assert "[4:15]" in shown
    assert "Safe Harbor (G)" in shown
    assert "123-45" not in shown
    assert call("explain", "NotUtf8", "roster") == 0
    assert call("explain", "nothing-like-it") == 64
    assert call("explain", "roster", "--text", text) == 64


def test_findings_of_a_report_are_explained(call: Call, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "a.jsonl").write_text('{"t":"SSN 123-45-6789"}\n\xff\n', encoding="latin-1")
    report = tmp_path / "r.json"
    assert call("scan", tmp_path / "a.jsonl", "--report", report) == 1
    names = {finding["detector"] for finding in json.loads(report.read_text())["findings"]}
    capsys.readouterr()
    assert call("explain", "--report", report) == 0
    shown = capsys.readouterr().out
    assert all(name in shown for name in names)
