"""Is a training repeated from what was sealed and signed about it, and not from a record that somebody changed?"""

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from finished_runs import (
    BASE,
    CONFIG,
    DATA,
    ENVIRONMENT,
    adapter_of,
    finished,
    seal,
    statement,
)

from preceptor import evidence, seals
from preceptor.digests import canonical_json
from preceptor.exits import BadInput, CheckFailed
from preceptor.keys import SigningKey
from preceptor_trainer import commands, provenance, reproduce
from preceptor_trainer.output import RECORD_FILE
from preceptor_trainer.record import Record


def change_record(folder: Path, change: Callable[[dict[str, Any]], None]) -> None:
    path = folder / RECORD_FILE
    document = json.loads(path.read_bytes())
    change(document)
    path.write_bytes(canonical_json(document))


@pytest.fixture
def run(tmp_path: Path) -> Path:
    return finished(tmp_path / "run")


def test_a_folder_without_a_seal_is_taken_at_its_word_and_that_is_said(run: Path) -> None:
    found, said = reproduce.vouched(reproduce.find(str(run), []), None, ())
    assert found.config == CONFIG
    assert said == ["No seal and no signed provenance: training.json is taken at its word.", reproduce.ONLY_SIGNED]
    assert "--statement" in reproduce.ONLY_SIGNED


def test_a_statement_that_is_neither_sealed_nor_signed_vouches_for_nothing(run: Path) -> None:
    (run / seals.PROVENANCE_FILE).write_bytes(canonical_json(statement(adapter_of(run))))
    _, said = reproduce.vouched(reproduce.find(str(run), []), None, ())
    assert "taken at its word" in said[0]
    assert "vouches" not in " ".join(said)
    assert said[1:] == [reproduce.ONLY_SIGNED]


def test_a_signed_statement_alone_vouches(run: Path) -> None:
    adapter, key = adapter_of(run), SigningKey.generate()
    seal(run, adapter)
    signed = run.parent / "statement.json"
    signed.write_text(json.dumps(evidence.sign(statement(adapter), key)))
    others = (SigningKey.generate().public, key.public)
    _, said = reproduce.vouched(reproduce.find(str(run), []), signed, others)
    assert said == [
        "The sealed provenance.json agrees on adapter, inputs and parameters.",
        "The signed provenance vouches for adapter, inputs and parameters.",
    ]


@pytest.mark.parametrize("where", ["itself", "link", "copy", "adapter alone"])
def test_a_training_that_would_not_be_run_proves_nothing(
    where: str, run: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = run.parent / "out"
    if where == "itself":
        out = run
    elif where == "link":
        out.symlink_to(run)
    elif where == "copy":
        shutil.copytree(run, out)
    else:
        shutil.copytree(run / "adapter", out / "adapter")
    monkeypatch.setattr(commands, "_train", lambda *_: pytest.fail("it was trained"))
    with pytest.raises(BadInput, match="holds a run already") as caught:
        commands.reproduce_run(str(run), out=out)
    assert (caught.value.exit_code, caught.value.reason) == (64, "OutputOccupied")


def test_a_sealed_run_is_trained_again_as_its_seal_says_from_where_the_inputs_lay(run: Path) -> None:
    seal(run, adapter_of(run))
    found, said = reproduce.vouched(reproduce.find(str(run), []), None, ())
    assert found.config == CONFIG
    assert said == ["The sealed provenance.json agrees on adapter, inputs and parameters.", reproduce.ONLY_SIGNED]
    assert found.images == ("registry/trainer@sha256:1234",)


@pytest.mark.parametrize(
    ("field", "change"),
    [
        ("training.learningRate", lambda d: d["config"]["training"].update(learningRate="2e-3")),
        ("reproducibility.seed", lambda d: d["config"]["reproducibility"].update(seed=18)),
        ("baseModel.digest", lambda d: d["config"]["baseModel"].update(digest="sha256:" + "e" * 64)),
        ("dataset.manifestDigest", lambda d: d["config"]["dataset"].update(manifestDigest="sha256:" + "e" * 64)),
        ("method.rank", lambda d: d["config"]["method"].update(rank=64)),
        ("strategy", lambda d: d["config"].update(strategy="zero2")),
        ("worldSize", lambda d: d.update(worldSize=4)),
    ],
)
@pytest.mark.parametrize("source", ["seal", "signature", "statement beside it"])
def test_a_record_that_says_otherwise_than_seal_or_signature_is_refused_by_the_field(
    source: str, field: str, change: Callable[[dict[str, Any]], None], run: Path
) -> None:
    adapter, key = adapter_of(run), SigningKey.generate()
    signed = run.parent / "statement.json"
    signed.write_text(json.dumps(evidence.sign(statement(adapter), key)))
    if source == "seal":
        seal(run, adapter)
    elif source == "statement beside it":
        (run / seals.PROVENANCE_FILE).write_bytes(canonical_json(statement(adapter)) + b"\n")
    given = (signed, (key.public,)) if source == "signature" else (None, ())
    reproduce.vouched(reproduce.find(str(run), []), *given)
    change_record(run, change)
    with pytest.raises(BadInput, match=rf"disagree on {field}:") as caught:
        reproduce.vouched(reproduce.find(str(run), []), *given)
    assert caught.value.reason == "ProvenanceDiffers"


def test_an_adapter_that_is_not_the_recorded_one_is_refused(run: Path) -> None:
    (run / "adapter" / "file").write_text("other")
    with pytest.raises(CheckFailed) as caught:
        reproduce.vouched(reproduce.find(str(run), []), None, ())
    assert caught.value.reason == "ManifestMismatch"


@pytest.mark.parametrize("name", ["logs/file", "provenance.json", "seal.json"])
def test_a_seal_that_does_not_hold_is_no_ground_to_train_on(name: str, run: Path) -> None:
    seal(run, adapter_of(run))
    path = run / name
    path.write_bytes(path.read_bytes().replace(b"1", b"2", 1) + b" ")
    with pytest.raises(CheckFailed) as caught:
        reproduce.vouched(reproduce.find(str(run), []), None, ())
    assert caught.value.reason == "SealMismatch"


def test_a_sealed_run_whose_record_is_gone_is_found_by_its_digest_and_trained_from_the_seal(run: Path) -> None:
    adapter = adapter_of(run)
    seal(run, adapter)
    (run / RECORD_FILE).unlink()
    found, said = reproduce.vouched(reproduce.find(adapter, [run.parent]), None, ())
    assert (found.adapter, found.world_size) == (adapter, 2)
    assert found.config.training == CONFIG.training
    assert "training.json is gone" in said[0]
    _, sentences = reproduce.verdict(found, replace(found, adapter=BASE, environment=ENVIRONMENT))
    assert "Where it was trained is not known" in " ".join(sentences)


def test_a_statement_is_taken_from_an_export_of_the_chain_and_only_with_its_signature(run: Path) -> None:
    adapter, key = adapter_of(run), SigningKey.generate()
    signers = ((BASE, SigningKey.generate()), (adapter, key))
    envelopes = [json.dumps(evidence.sign(statement(digest), signer)) for digest, signer in signers]
    lines = [{"kind": "finetunerun.stage", "envelope": None}]
    lines += [{"kind": "statement.provenance", "envelope": envelope} for envelope in envelopes]
    export = run.parent / "chain.jsonl"
    export.write_text("".join(json.dumps(line) + "\n" for line in lines))
    said = provenance.signed(export, adapter, (key.public,))
    assert (said.adapter, said.world_size, said.config.training) == (adapter, 2, CONFIG.training)
    with pytest.raises(CheckFailed) as caught:
        provenance.signed(export, adapter, (SigningKey.generate().public,))
    assert caught.value.reason == "KeyUnknown"
    with pytest.raises(BadInput) as missing:
        provenance.signed(export, DATA, (key.public,))
    assert missing.value.reason == "ProvenanceMissing"


def test_another_processor_or_library_is_named_and_called_no_surprise() -> None:
    before = Record(Path("none"), BASE, CONFIG, 2, ENVIRONMENT, ("trainer@sha256:1234",))
    other = {**ENVIRONMENT, "cpuVendor": "AuthenticAMD", "versions": {"torch": "2.14.0", "numpy": "2.4.6"}}
    same, said = reproduce.verdict(before, Record(Path("none"), DATA, CONFIG, 2, other))
    text = " ".join(said)
    assert not same
    assert "cpuVendor (GenuineIntel then, AuthenticAMD now), versions.torch (2.13.0 then, 2.14.0 now)" in text
    assert "With another cpuVendor and versions.torch, another digest is no surprise" in text
    assert "trainer@sha256:1234" in text
    seeded = {**ENVIRONMENT, "variables": {"PYTHONHASHSEED": "7"}}
    _, said = reproduce.verdict(before, Record(Path("none"), DATA, CONFIG, 2, seeded))
    assert "None of these should decide a bit" in " ".join(said)
    _, said = reproduce.verdict(before, Record(Path("none"), DATA, CONFIG, 2, ENVIRONMENT))
    assert "this should not happen" in " ".join(said)
