"""Do the commands that an auditor types end with the exit codes of the contract?"""

import json
from pathlib import Path

import pytest
import typer
from audit_chains import KEY, build, tamper
from typer.testing import CliRunner

from preceptor.audit.chain import Record
from preceptor.cli import audit, keys
from preceptor.cli.main import guarded


def run(application: typer.Typer, monkeypatch: pytest.MonkeyPatch, *words: str) -> int:
    monkeypatch.setattr("sys.argv", ["preceptor", *words])
    return guarded(application)


@pytest.fixture
def chain(tmp_path: Path) -> Path:
    log = build(tmp_path / "audit.db", 7, checkpoint_key=KEY)
    checkpoint = log.checkpoint()
    assert checkpoint is not None
    (tmp_path / "checkpoint.json").write_text(json.dumps(checkpoint.document()))
    (tmp_path / "short.json").write_text("{}")
    log.close()
    return tmp_path / "audit.db"


def test_a_whole_chain_exits_0(
    chain: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(audit.app, monkeypatch, "verify", str(chain)) == 0
    out = capsys.readouterr().out
    assert "7 records, 2 statements" in out
    assert "Signatures were not checked" in out


def test_a_tampered_chain_exits_1_and_names_the_first_bad_record(
    chain: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    tamper(chain, "UPDATE records SET body = '{}' WHERE sequence IN (5, 6)")
    assert run(audit.app, monkeypatch, "verify", str(chain)) == 1
    assert "the first bad record is 5" in capsys.readouterr().out


def test_a_checkpoint_and_a_public_key_are_used(chain: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = chain.parent
    assert run(keys.app, monkeypatch, "generate", "--out", str(folder / "keys"), "--dns", "localhost") == 0
    stranger = str(folder / "keys" / "signing.pub")
    checkpoint = str(folder / "checkpoint.json")
    assert run(audit.app, monkeypatch, "verify", str(chain), "--checkpoint", checkpoint) == 0
    words = ("verify", str(chain), "--checkpoint", checkpoint, "--public-key", stranger)
    assert run(audit.app, monkeypatch, *words) == 1


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("verify", "{folder}/nothing.db"), 64),
        (("verify", "{folder}/audit.db", "--checkpoint", "{folder}/nothing.json"), 64),
        (("verify", "{folder}/audit.db", "--checkpoint", "{folder}/short.json"), 1),
        (("verify", "{folder}/audit.db", "--public-key", "{folder}/nothing.pub"), 64),
        (("verify", "{folder}/short.json"), 1),
        (("verify",), 64),
        (("export", "{folder}/nothing.db"), 64),
        (("export", "{folder}/short.json"), 1),
    ],
)
def test_what_cannot_be_verified_never_exits_0(
    chain: Path, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...], code: int
) -> None:
    assert run(audit.app, monkeypatch, *(word.format(folder=chain.parent) for word in words)) == code


def test_an_exported_line_holds_what_its_hash_is_made_of(chain: Path) -> None:
    lines = [json.loads(line) for line in CliRunner().invoke(audit.app, ["export", str(chain)]).output.splitlines()]
    assert [line["sequence"] for line in lines] == [1, 2, 3, 4, 5, 6, 7]
    assert lines[2]["envelope"] is not None
    for line in lines:
        names = {"prev_hash": "prevHash", "envelope": "envelopeDigest"}
        record = Record(**{name: line[names.get(name, name)] for name in Record.__dataclass_fields__})
        assert record.computed_hash() == line["hash"]
