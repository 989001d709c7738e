"""Do the commands phi, manifest and output exit as DESIGN.md says and print no value?"""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
import typer

from preceptor.cli import main as cli
from preceptor.cli import manifest, output, phi

Call = Callable[..., int]
LONG = [
    "--name",
    "n",
    "--source",
    "s",
    "--deid-method",
    "none",
    "--curator",
    "c",
    "--licence",
    "MIT",
    "--record-count",
    "1",
    "--schema",
    "text",
]


@pytest.fixture
def call(monkeypatch: pytest.MonkeyPatch) -> Call:
    def invoke(app: typer.Typer, *words: object) -> int:
        monkeypatch.setattr("sys.argv", ["preceptor", *map(str, words)])
        return cli.guarded(app)

    return invoke


def test_scan_exits_by_what_it_found(call: Call, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "a.jsonl").write_text('{"t":"ok"}\n')
    assert call(phi.app, "scan", tmp_path) == 0
    (tmp_path / "b.jsonl").write_text('{"t":"SSN 123-45-6789"}\n')
    report = tmp_path / "out" / "report.json"
    assert call(phi.app, "scan", tmp_path, "--report", report) == 1
    (tmp_path / "b.jsonl").write_bytes(b"\xff\n")
    assert call(phi.app, "scan", tmp_path / "b.jsonl") == 1
    shown = "".join(capsys.readouterr()) + report.read_text()
    assert "/t [4:15] SSN high" in shown
    assert "123-45" not in shown
    assert set(json.loads(report.read_text())) == {"findings", "summary"}


@pytest.mark.parametrize(
    "words",
    [
        ("scan",),
        ("scan", "absent"),
        ("scan", ".", "--format", "xml"),
        ("scan", "x", "--spans", "y"),
        ("scan", ".", "--jobs", "-1"),
        ("scan", ".", "--shard", "0/2"),
        ("scan", ".", "--policy", "absent"),
        ("scan", ".", "--allow", "absent"),
        ("nothing",),
    ],
)
def test_wrong_use_exits_64(call: Call, words: tuple[str, ...]) -> None:
    assert call(phi.app, *words) == 64


def test_spans_answer_every_line_in_order(call: Call, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source = tmp_path / "in.jsonl"
    source.write_text('{"id":"b","text":"ok"}\n{"id":"a","text":"SSN 123-45-6789"}\n')
    assert call(phi.app, "scan", "--spans", source) == 0
    out = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert out == [{"id": "b", "spans": []}, {"id": "a", "spans": [{"start": 4, "end": 15, "type": "SSN"}]}]
    source.write_text('{"id":"b"}\n')
    assert call(phi.app, "scan", "--spans", source) == 64


def test_manifest_is_created_verified_and_refused_when_a_byte_changes(
    call: Call, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "a.jsonl").write_text("{}\n")
    assert call(manifest.app, "create", tmp_path, *LONG) == 0
    digest = capsys.readouterr().out.strip()
    assert call(manifest.app, "verify", tmp_path, "--digest", digest) == 0
    assert call(manifest.app, "verify", tmp_path, "--digest", "sha256:" + "0" * 64) == 1
    (tmp_path / "a.jsonl").write_text("{ }\n")
    assert call(manifest.app, "verify", tmp_path) == 1
    assert call(manifest.app, "verify", tmp_path / "absent") == 64
    assert call(manifest.app, "create", tmp_path, *LONG, "--kind", "poem") == 64
    assert call(manifest.app, "create", tmp_path, *LONG[2:]) == 64


def test_output_check_exits_by_the_decision(call: Call, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    answer, contexts = tmp_path / "answer.txt", tmp_path / "contexts.json"
    answer.write_text("Call emergency services now.")
    assert call(output.app, "check", answer) == 0
    assert capsys.readouterr().out == "PASS\n"
    answer.write_text("Xylodine reduces high fever.")
    assert call(output.app, "check", answer, "--json") == 0
    assert json.loads(capsys.readouterr().out)["decision"] == "WARN"
    contexts.write_text('["Xylodine reduces high fever in adults."]')
    assert call(output.app, "check", answer, "--contexts", contexts) == 0
    assert capsys.readouterr().out == "PASS\n"
    answer.write_text("Take 40 mg of xylodine.")
    assert call(output.app, "check", answer) == 1
    assert "xylodine" not in capsys.readouterr().out
    assert call(output.app, "check", tmp_path / "absent") == 64
    assert call(output.app, "check", answer, "--policy", tmp_path / "absent") == 64
