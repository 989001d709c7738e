"""Do the hooks judge the staged blobs, with a real git, and let nothing pass that they cannot read?"""

import io
import json
import os
import re
import subprocess
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import yaml

from preceptor import manifests
from preceptor.cli import main as cli
from preceptor.cli import phi

ROOT = Path(__file__).resolve().parents[3]
PHI = '{"t":"SSN 123-45-6789"}\n'
Call = Callable[..., int]


def git(*words: str) -> str:
    return subprocess.run(["git", *words], check=True, capture_output=True, text=True).stdout


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in [name for name in os.environ if name.startswith("GIT_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
    monkeypatch.chdir(tmp_path)
    git("init", "-q", ".")
    git("config", "user.email", "tests@example.org")
    git("config", "user.name", "tests")
    return tmp_path


@pytest.fixture
def hook(monkeypatch: pytest.MonkeyPatch) -> Call:
    def invoke(check: str, *words: object) -> int:
        monkeypatch.setattr("sys.argv", ["preceptor", "hook", "--check", check, *map(str, words)])
        return cli.guarded(phi.app)

    return invoke


def stage(path: str, content: str | bytes) -> None:
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    Path(path).write_bytes(content if isinstance(content, bytes) else content.encode())
    git("add", "--", path)


def test_what_is_staged_counts_and_not_what_lies_in_the_work_tree(repository: Path, hook: Call) -> None:
    stage("a.jsonl", PHI)
    Path("a.jsonl").write_text('{"t":"ok"}\n')
    assert hook("phi") == 1
    stage("a.jsonl", '{"t":"ok"}\n')
    Path("a.jsonl").write_text(PHI)
    assert hook("phi") == 0


def test_only_what_the_commit_changes_is_looked_at_unless_files_are_named(repository: Path, hook: Call) -> None:
    stage("old.jsonl", PHI)
    git("commit", "-qm", "old")
    stage("new.jsonl", '{"t":"ok"}\n')
    assert hook("phi") == 0
    assert hook("phi", "--", "old.jsonl", "new.jsonl") == 1
    assert hook("phi", "--", "new.jsonl") == 0


def test_deleted_and_renamed_files_are_understood(repository: Path, hook: Call) -> None:
    stage("gone.jsonl", PHI)
    stage("was.jsonl", PHI)
    git("commit", "-qm", "old")
    git("rm", "-q", "gone.jsonl")
    assert hook("phi") == 0
    git("mv", "was.jsonl", "is.jsonl")
    assert hook("phi") == 1


@pytest.mark.parametrize("check", ["phi", "weights", "datasets", "format"])
@pytest.mark.parametrize("path", ["nosuch.jsonl", "unstaged.jsonl", "sub/b.jsonl", "/etc/passwd", "../x", ""])
def test_a_named_path_that_is_not_staged_is_wrong_use(
    check: str, path: str, repository: Path, hook: Call, capsys: pytest.CaptureFixture[str]
) -> None:
    stage("sub/b.jsonl", PHI)
    Path("unstaged.jsonl").write_text(PHI)
    os.chdir("sub")
    assert hook(check, "--", "b.jsonl", path) == 64
    assert "is not in git's index here" in capsys.readouterr().err


def test_a_named_path_counts_from_the_present_folder_and_its_label_from_the_root(
    repository: Path, hook: Call, capsys: pytest.CaptureFixture[str]
) -> None:
    stage("sub/b.jsonl", PHI)
    assert hook("phi", "sub/b.jsonl") == 1
    os.chdir("sub")
    for words in (("b.jsonl",), (".",), (str(repository / "sub" / "b.jsonl"),), ()):
        capsys.readouterr()
        assert hook("phi", *words) == 1
        assert capsys.readouterr().out.startswith("sub/b.jsonl:1/t ")


def test_a_named_path_may_be_staged_as_deleted(repository: Path, hook: Call) -> None:
    stage("gone.jsonl", PHI)
    stage("left.jsonl", PHI)
    stage("folder/one.jsonl", PHI)
    git("commit", "-qm", "old")
    git("rm", "-q", "gone.jsonl", "folder/one.jsonl")
    assert hook("phi", "gone.jsonl", "folder") == 0
    assert hook("phi", "gone.jsonl", "left.jsonl") == 1


def test_no_value_is_shown_and_no_name_that_is_phi(
    repository: Path, hook: Call, capsys: pytest.CaptureFixture[str]
) -> None:
    stage("Walter_Price.jsonl", PHI)
    assert hook("phi") == 1
    assert hook("datasets") == 1
    assert hook("weights", "--max-megabytes", "0") == 1
    shown = "".join(capsys.readouterr())
    assert "SSN" in shown
    assert not any(word in shown for word in ("123-45", "Walter", "Price"))


def test_what_somebody_answers_for_passes_and_entries_that_nothing_staged_needs_are_no_error(
    repository: Path, hook: Call, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PRECEPTOR_PHI_KEY", "k" * 32)
    stage("data/a.jsonl", PHI)
    monkeypatch.setattr("sys.argv", ["preceptor", "scan", "data", "--report", "report.json"])
    assert cli.guarded(phi.app) == 1
    found = json.loads(Path("report.json").read_text())["findings"]
    entry = {"path": "data/*.jsonl", "reason": "a test number", "owner": "tests", "expiry": "2999-01-01"}
    entries = [{"fingerprint": each, **entry} for each in (found[0]["fingerprint"], "0" * 32)]
    Path("allow.yml").write_text(json.dumps(entries))
    assert hook("phi", "--allow", "allow.yml") == 0
    monkeypatch.chdir("data")
    assert hook("phi", "--allow", "../allow.yml", "--", "a.jsonl") == 0
    monkeypatch.chdir(repository)
    stage("data/b.jsonl", PHI.replace("6789", "6788"))
    capsys.readouterr()
    assert hook("phi", "--allow", "allow.yml") == 1
    assert "1 finding(s)" in capsys.readouterr().err
    stage("elsewhere/a.jsonl", PHI)
    assert hook("phi", "--allow", "allow.yml", "--", "elsewhere/a.jsonl") == 1


def test_an_allowlist_of_a_hook_is_held_to_the_rules_of_a_scans(
    repository: Path, hook: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage("a.jsonl", '{"t":"ok"}\n')
    entry = {"fingerprint": "0" * 32, "path": "*", "reason": "r", "owner": "o", "expiry": "2999-01-01"}
    Path("allow.yml").write_text(json.dumps([entry]))
    assert hook("phi", "--allow", "allow.yml") == 64, "without a key that lasts"
    monkeypatch.setenv("PRECEPTOR_PHI_KEY", "k" * 32)
    assert hook("phi", "--allow", "allow.yml") == 0
    assert hook("weights", "--allow", "allow.yml") == 64
    Path("allow.yml").write_text(json.dumps([{**entry, "expiry": "2020-01-01"}]))
    assert hook("phi", "--allow", "allow.yml") == 64


def test_what_cannot_be_read_blocks(repository: Path, hook: Call) -> None:
    stage("a.jsonl", b"\xff\n")
    assert hook("phi") == 1


def test_odd_names_links_and_submodules_are_taken_as_they_are(repository: Path, hook: Call) -> None:
    stage('od d\t"é.jsonl', PHI)
    assert hook("phi") == 1
    git("rm", "-q", "--cached", 'od d\t"é.jsonl')
    os.symlink("somewhere", "link.txt")
    git("add", "link.txt")
    git("update-index", "--add", "--cacheinfo", f"160000,{'1' * 40},module")
    assert hook("phi") == 0
    assert hook("format") == 0


def test_outside_a_repository_is_wrong_use(tmp_path: Path, hook: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    assert hook("phi") == 64


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("model.safetensors", b"x", 1),
        ("a.dat", (16).to_bytes(8, "little") + b'{"a":{}}        ', 1),
        ("b.dat", b"GGUF\x03\0\0\0", 1),
        ("c.zip", b"PK\x03\x04" + b"\0" * 26 + b"archive/data.pkl", 1),
        ("big.txt", b"x" * 2_000_001, 1),
        ("small.txt", b"x" * 100, 0),
        ("bitmap.bin.txt", b"{}", 0),
    ],
)
def test_weights_and_large_files_are_blocked_whatever_they_are_called(
    name: str, content: bytes, code: int, repository: Path, hook: Call
) -> None:
    stage(name, content)
    assert hook("weights", "--max-megabytes", "2") == code


def test_dataset_needs_a_staged_manifest_that_names_exactly_it(
    repository: Path, hook: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage("data/sub/a.jsonl", '{"t":"ok"}\n')
    assert hook("datasets") == 1
    manifest = manifests.create(
        Path("data"), kind="dataset", name="n", provenance_id="00000000-0000-4000-8000-000000000001", source="tests",
        deid_method="none", curator="tests", date="2026-11-24", licence="MIT", record_count=1, schema_name="text",
    )  # fmt: skip
    manifests.write(manifest, Path("data"))
    assert hook("datasets") == 1
    git("add", "data/manifest.json")
    assert hook("datasets") == 0
    with monkeypatch.context() as elsewhere:
        elsewhere.chdir("data/sub")
        assert hook("datasets", "a.jsonl") == 0
    stage("data/sub/a.jsonl", '{"t":"changed"}\n')
    assert hook("datasets") == 1
    stage("data/sub/b.csv", "a\n")
    assert hook("datasets", "--", "data/sub/b.csv") == 1


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("a.py", b"x = 1\n", 0),
        ("a.py", b"x = 1", 1),
        ("a.py", b"x = 1 \n", 1),
        ("a.md", b"line  \nbreak\n", 0),
        ("a.txt", b"a\r\n", 1),
        ("a.txt", b"<<<<<<< HEAD\n", 1),
        ("a.txt", b"\xff\xfe\n", 1),
        ("a.json", b"{\n", 1),
        ("a.yml", b"a: [\n", 1),
        ("a.yaml", b"a: {{ .Values.x }}\n", 0),
        ("a.yaml", b"a: 1\n---\nb: 2\n", 0),
        ("a.png", b"\x89PNG\0", 0),
        ("empty", b"", 0),
    ],
)
def test_text_is_as_every_tool_expects_it(name: str, content: bytes, code: int, repository: Path, hook: Call) -> None:
    stage(name, content)
    assert hook("format") == code


def test_git_itself_is_stopped_by_the_hook(repository: Path) -> None:
    script = repository / ".git" / "hooks" / "pre-commit"
    script.write_text(f"#!/bin/sh\nexec {ROOT / '.venv' / 'bin' / 'preceptor'} phi hook\n")
    if not (ROOT / ".venv" / "bin" / "preceptor").exists():
        pytest.skip("the command is not installed beside the checkout")
    script.chmod(0o755)
    stage("a.jsonl", PHI)
    stopped = subprocess.run(["git", "commit", "-qm", "x"], capture_output=True, text=True, check=False)
    assert stopped.returncode != 0
    assert "123-45" not in stopped.stdout + stopped.stderr
    # A commit of some files has an index of its own.
    stage("b.jsonl", '{"t":"ok"}\n')
    subprocess.run(["git", "commit", "-qm", "x", "--", "b.jsonl"], check=True, capture_output=True)


@pytest.mark.parametrize("name", ["notes.parquet", "notes.jsonl", "notes.csv.gz", "notes.txt"])
def test_shipped_hook_for_phi_is_given_every_format_that_is_read(name: str) -> None:
    shipped = {each["id"]: each for each in yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text())}
    chosen = shipped["preceptor-phi"]
    assert re.search(chosen["files"], name)
    assert not re.search(chosen["exclude"], name)


def test_parquet_that_is_staged_is_read(repository: Path, hook: Call) -> None:
    written = io.BytesIO()
    pq.write_table(pa.table({"ssn": pa.array([123456789, None]).cast(pa.float64())}), written)
    stage("rows.parquet", written.getvalue())
    assert hook("phi", "rows.parquet") == 1


def test_shipped_hook_for_phi_takes_the_options_that_its_reference_gives() -> None:
    """Of args, a repository's own take the place of the shipped: none of them may come to stand behind ``--``."""
    chosen = next(
        each for each in yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text()) if each["id"] == "preceptor-phi"
    )
    assert chosen["entry"].split()[-1] != "--"
    assert chosen["args"] == ["--"]
    assert chosen["entry"].split()[:3] == ["preceptor", "phi", "hook"]


def test_shipped_hooks_name_checks_that_there_are_and_the_repository_uses_them() -> None:
    shipped = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text())
    used = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text())["repos"][0]["hooks"]
    ids = [hook["id"] for hook in shipped]
    assert ids == ["preceptor-phi", "preceptor-weights", "preceptor-datasets", "preceptor-format"]
    assert set(ids) <= {hook["id"] for hook in used}
    for hook in shipped:
        assert re.match(r"preceptor phi hook --check \w+", hook["entry"])
        assert json.dumps(hook)
