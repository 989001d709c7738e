"""Is a FineTuneRun repeated by its name, as its status says and from where its sealed folder lies?"""

import copy
import json
import shutil
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import typer
from finished_runs import BASE, COMPUTE, DATA, adapter_of, finished, parameters, seal, statement

from preceptor import evidence, keys
from preceptor.api.trainconfig import TrainConfig
from preceptor.cluster import Cluster, NotFound
from preceptor.digests import canonical_json
from preceptor.exits import BadInput, CheckFailed, TryAgain
from preceptor_trainer import cluster_run, commands, reproduce
from preceptor_trainer.output import RECORD_FILE

FOLDER = "triage-0123456789ab"


class OneRun:
    """An API server that has one FineTuneRun."""

    def __init__(self, document: dict[str, Any]) -> None:
        self.document = document

    def send(
        self, method: str, path: str, *, body: Any = None, headers: Mapping[str, str] | None = None
    ) -> tuple[int, bytes]:
        assert (method, body) == ("GET", None)
        if path != "/apis/preceptor.dev/v1alpha1/namespaces/clinical-ai/finetuneruns/triage":
            return 404, json.dumps({"message": "not found"}).encode()
        return 200, json.dumps(self.document).encode()


def resource(adapter: str, **status: Any) -> dict[str, Any]:
    artifact = {
        "uri": f"pvc://artifacts/adapters/{FOLDER}/adapter",
        "digest": adapter,
        "baseModelUri": "pvc://models/tiny",
        "baseModelDigest": BASE,
        "tokenizerDigest": BASE,
        "chatTemplateDigest": BASE,
        "provenanceDigest": evidence.statement_digest(statement(adapter)),
    }
    spec = {
        "baseModel": {"uri": "pvc://models/tiny", "digest": BASE},
        "dataset": {"uri": "pvc://datasets/triage", "manifestDigest": DATA},
        **{name: parameters()[name] for name in ("method", "training", "reproducibility")},
        "compute": COMPUTE,
        "output": {"uri": "pvc://artifacts/adapters"},
    }
    return {"spec": spec, "status": {"state": "Succeeded", "artifact": artifact, **status}}


@pytest.fixture
def stores(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where claims would be mounted; none is."""
    monkeypatch.setattr("preceptor.stores.STORES", tmp_path / "stores")
    return tmp_path / "stores"


@pytest.fixture
def run(tmp_path: Path, stores: Path) -> Path:
    folder = finished(tmp_path / "elsewhere" / "copied")
    seal(folder, adapter_of(folder))
    return folder


def named(document: dict[str, Any], name: str = "triage") -> cluster_run.ClusterRun:
    return cluster_run.sealed(Cluster(OneRun(document)), "clinical-ai", name)


class Trained:
    """A training that gives back what was trained before, and keeps the configuration that it was asked for."""

    def __init__(self, run: Path) -> None:
        self.run = run
        self.config: TrainConfig | None = None

    def __call__(self, config: Path, out: Path, overrides: list[str], ranks: int) -> int:
        self.config = TrainConfig.model_validate_json(config.read_bytes())
        shutil.copytree(self.run, out)
        return 0


@pytest.fixture
def trained(run: Path, monkeypatch: pytest.MonkeyPatch) -> Trained:
    found = Trained(run)
    document = resource(adapter_of(run))
    monkeypatch.setattr(commands, "_train", found)
    monkeypatch.setattr(commands, "connect", lambda context: Cluster(OneRun(document)))
    return found


def test_a_run_is_found_in_its_store_where_the_claim_is_mounted_and_so_are_its_inputs(
    run: Path, stores: Path, trained: Trained, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.copytree(run, stores / "artifacts" / "adapters" / FOLDER)
    for inputs in ("models/tiny", "datasets/triage"):
        (stores / inputs).mkdir(parents=True)
    commands.reproduce_run("triage", namespace="clinical-ai")
    printed = capsys.readouterr().out.splitlines()
    assert printed[0] == "FineTuneRun clinical-ai/triage says the same."
    assert printed[-1] == f"The same adapter again, to the last bit: {adapter_of(run)}"
    digest = evidence.statement_digest(statement(adapter_of(run)))
    assert [line for line in printed if digest in line and "preceptor audit export" in line]
    assert trained.config is not None
    assert trained.config.base_model.uri == f"file://{stores}/models/tiny"
    assert trained.config.dataset.uri == f"file://{stores}/datasets/triage"


def test_a_folder_that_was_copied_out_is_named_and_its_inputs_too(run: Path, trained: Trained, tmp_path: Path) -> None:
    commands.reproduce_run("triage", namespace="clinical-ai", places=[run.parent], dataset=tmp_path / "data")
    assert trained.config is not None
    assert trained.config.dataset.uri == f"file://{tmp_path}/data"
    # Where it lay when it was trained: nothing says where it lies now.
    assert trained.config.base_model.uri == "file:///here/base"


@pytest.mark.parametrize("has_place", [False, True])
def test_a_store_that_is_not_mounted_here_is_said_to_be_so_with_what_to_do(
    has_place: bool, run: Path, stores: Path, trained: Trained, tmp_path: Path
) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(BadInput, match="claim artifacts of namespace clinical-ai") as caught:
        commands.reproduce_run("triage", namespace="clinical-ai", places=[tmp_path / "empty"] if has_place else None)
    assert (caught.value.exit_code, caught.value.reason) == (64, "StoreUnreadable")
    assert all(word in str(caught.value) for word in ("kubectl cp", "--in", str(stores / "artifacts")))
    assert (str(tmp_path / "empty") in str(caught.value)) == has_place
    assert trained.config is None


def test_a_store_without_the_record_is_not_said_to_be_missing(stores: Path, run: Path) -> None:
    (stores / "artifacts" / "adapters" / FOLDER).mkdir(parents=True)
    with pytest.raises(BadInput) as caught:
        cluster_run.find(named(resource(adapter_of(run))), [])
    assert caught.value.reason == "RecordMissing"


@pytest.mark.parametrize(
    ("status", "kind", "exit_code", "words"),
    [
        ({"state": "Training", "artifact": None}, TryAgain, 75, "has not ended (Training)"),
        ({"state": None, "artifact": None}, TryAgain, 75, "not begun"),
        ({"state": "Blocked", "artifact": None}, BadInput, 64, "ended as Blocked"),
        ({"artifact": {"uri": "s3://elsewhere"}}, BadInput, 64, "not of this version"),
    ],
)
def test_a_run_without_a_sealed_adapter_is_told(
    status: dict[str, Any], kind: type[Exception], exit_code: int, words: str
) -> None:
    with pytest.raises(kind) as caught:
        named(resource(BASE, **status))
    assert words in str(caught.value)
    assert getattr(caught.value, "exit_code", None) == exit_code


def test_a_name_that_the_cluster_has_not_is_wrong_usage() -> None:
    with pytest.raises(NotFound, match="FineTuneRun other in clinical-ai"):
        named(resource(BASE), "other")


def test_a_context_alone_is_refused_before_a_cluster_is_asked() -> None:
    with pytest.raises(BadInput, match="--context needs --namespace"):
        commands.reproduce_run("triage", context="there")


def test_a_record_of_another_training_than_the_cluster_names_is_refused_by_the_field(run: Path) -> None:
    document = resource(adapter_of(run))
    document["spec"]["reproducibility"] = {**document["spec"]["reproducibility"], "seed": 99}
    asked = named(document)
    with pytest.raises(BadInput, match=r"FineTuneRun clinical-ai/triage and .* disagree on reproducibility\.seed"):
        reproduce.vouched(cluster_run.find(asked, [run.parent]), None, (), asked=asked.said)


def test_another_adapter_that_lies_in_the_store_is_not_taken_for_the_one_that_the_cluster_names(
    run: Path, stores: Path
) -> None:
    shutil.copytree(run, stores / "artifacts" / "adapters" / FOLDER)
    with pytest.raises(BadInput, match="No record of an adapter"):
        cluster_run.find(named(resource(DATA)), [])


def test_a_changed_byte_in_the_store_is_no_ground_to_train_on(run: Path, trained: Trained) -> None:
    (run / "logs" / "file").write_text("other")
    with pytest.raises(CheckFailed) as caught:
        commands.reproduce_run("triage", namespace="clinical-ai", places=[run.parent])
    assert caught.value.reason == "SealMismatch"
    assert trained.config is None


def test_the_statement_that_the_run_names_is_the_one_that_counts(run: Path, trained: Trained, tmp_path: Path) -> None:
    # Two runs that made one adapter: each has a statement of its own, and another run's says nothing of this one.
    keys.write(keys.generate(("localhost",), datetime.now(UTC)), tmp_path / "keys")
    key, mine = keys.load_signing_key(tmp_path / "keys" / "signing.key"), statement(adapter_of(run))
    other = copy.deepcopy(mine)
    other["predicate"]["runDetails"]["metadata"]["invocationId"] = "FineTuneRun/clinical-ai/other/u-2"
    export = tmp_path / "chain.jsonl"

    def exported(*statements: dict[str, Any]) -> Path:
        lines = [
            {"kind": "statement.provenance", "envelope": json.dumps(evidence.sign(each, key))} for each in statements
        ]
        export.write_bytes(b"".join(canonical_json(line) + b"\n" for line in lines))
        return export

    def again(*statements: dict[str, Any]) -> None:
        commands.reproduce_run(
            "triage",
            namespace="clinical-ai",
            places=[run.parent],
            statement=exported(*statements),
            public_key=[tmp_path / "keys" / "signing.pub"],
        )

    with pytest.raises(BadInput) as caught:
        again(other)
    assert caught.value.reason == "ProvenanceMissing"
    assert evidence.statement_digest(mine) in str(caught.value)
    assert trained.config is None
    again(other, mine)
    assert trained.config is not None


def test_another_adapter_than_the_run_made_is_exit_1(
    run: Path, trained: Trained, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    trained.run = tmp_path / "other"
    shutil.copytree(run, trained.run)
    record = json.loads((trained.run / RECORD_FILE).read_bytes())
    (trained.run / RECORD_FILE).write_bytes(canonical_json({**record, "adapter": DATA}))
    with pytest.raises(typer.Exit) as caught:
        commands.reproduce_run("triage", namespace="clinical-ai", places=[run.parent])
    assert caught.value.exit_code == 1
    assert f"Another adapter: {DATA} instead of {adapter_of(run)}." in capsys.readouterr().out
