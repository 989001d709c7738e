"""Is a finding let pass only by an entry that is whole, in date and needed?"""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from preceptor.cli import main as cli
from preceptor.cli import phi
from preceptor.phi.globs import matches

Call = Callable[..., int]


@pytest.fixture
def call(monkeypatch: pytest.MonkeyPatch) -> Call:
    monkeypatch.setenv("PRECEPTOR_PHI_KEY", "k" * 32)

    def invoke(*words: object) -> int:
        monkeypatch.setattr("sys.argv", ["preceptor", *map(str, words)])
        return cli.guarded(phi.app)

    return invoke


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    folder = Path("data")
    folder.mkdir()
    (folder / "a.jsonl").write_text('{"t":"SSN 123-45-6789"}\n')
    return folder


def fingerprint(call: Call, data: Path) -> str:
    call("scan", data, "--report", "all.json")
    return str(json.loads(Path("all.json").read_text())["findings"][0]["fingerprint"])


def entry(of: str, **changes: Any) -> dict[str, Any]:
    whole = {"fingerprint": of, "path": "data/*.jsonl", "reason": "a test number", "owner": "tests"}
    return whole | {"expiry": "2999-01-01"} | changes


def written(entries: object) -> str:
    Path("allow.yml").write_text(yaml.safe_dump(entries))
    return "allow.yml"


def test_entry_lets_its_finding_pass_and_the_report_counts_it(call: Call, data: Path) -> None:
    allow = written([entry(fingerprint(call, data))])
    assert call("scan", data, "--allow", allow, "--report", "r.json") == 0
    document = json.loads(Path("r.json").read_text())
    assert document["findings"] == []
    assert (document["summary"]["verdict"], document["summary"]["allowed"]) == ("clean", 1)


def test_entry_for_another_file_or_value_lets_nothing_pass(call: Call, data: Path) -> None:
    found = fingerprint(call, data)
    assert call("scan", data, "--allow", written([entry(found, path="other/**")])) == 1
    assert call("scan", data, "--allow", written([entry("0" * 32)])) == 1


def test_entry_that_nothing_needs_fails_a_clean_scan_with_a_sentence(
    call: Call, data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (data / "a.jsonl").write_text('{"t":"ok"}\n')
    allow = written({"entries": [entry("0" * 32)]})
    assert call("scan", data, "--allow", allow, "--report", "r.json") == 1
    assert "number 1 matched nothing" in capsys.readouterr().err
    summary = json.loads(Path("r.json").read_text())["summary"]
    assert (summary["verdict"], summary["allowEntriesUnused"]) == ("allowlistStale", [1])


@pytest.mark.parametrize("field", ["fingerprint", "path", "reason", "owner", "expiry"])
def test_entry_that_lacks_something_is_refused(field: str, call: Call, data: Path) -> None:
    whole = entry(fingerprint(call, data))
    del whole[field]
    assert call("scan", data, "--allow", written([whole])) == 64
    assert call("scan", data, "--allow", written([entry("0" * 32, **{field: ""})])) == 64


def test_expired_entry_is_refused_before_a_byte_is_read(
    call: Call, data: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    allow = written([entry(fingerprint(call, data), expiry="2020-01-01")])
    monkeypatch.setattr("preceptor.phi.pieces.open_regular", pytest.fail)
    assert call("scan", data, "--allow", allow) == 64
    assert "expired" in capsys.readouterr().err


def test_allowlist_without_a_lasting_key_is_refused(call: Call, data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    allow = written([entry(fingerprint(call, data))])
    monkeypatch.delenv("PRECEPTOR_PHI_KEY")
    monkeypatch.delenv("PRECEPTOR_PHI_KEY_FILE", raising=False)
    assert call("scan", data, "--allow", allow) == 64


def test_what_cannot_be_read_is_never_allowed(call: Call, data: Path) -> None:
    (data / "a.jsonl").write_bytes(b"\xff\n")
    allow = written([entry(fingerprint(call, data))])
    assert call("scan", data, "--allow", allow) == 1


@pytest.mark.parametrize(
    ("glob", "path", "expected"),
    [
        ("a/*.json", "a/b.json", True),
        ("a/*.json", "a/b/c.json", False),
        ("a/**/*.json", "a/c.json", True),
        ("a/**/*.json", "a/b/c/d.json", True),
        ("**", "a/b", True),
        ("a?c", "abc", True),
        ("a.c", "abc", False),
    ],
)
def test_globs_say_which_paths(glob: str, path: str, expected: bool) -> None:
    assert matches(glob, path) is expected
