"""Does a stranger get the same adapter from what a run left, on the command line, and a sentence where it cannot be?"""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from trainer_world import World, gang, make_rows

from preceptor import seals
from preceptor.digests import canonical_json, digest_bytes
from preceptor_trainer.output import RECORD_FILE

SCAN_KEY = "a key of at least sixteen bytes"


def preceptor(*words: str | Path) -> subprocess.CompletedProcess[str]:
    program = "import sys; from preceptor.cli.main import run; sys.argv[0] = 'preceptor'; run()"
    return subprocess.run(
        [sys.executable, "-c", program, *map(str, words)], capture_output=True, text=True, check=False, timeout=300
    )


def seal(run: Path) -> None:
    """As the operator's SealJob does."""
    record = json.loads((run / RECORD_FILE).read_bytes())
    config = record["config"]
    provenance: dict[str, Any] = {
        "schemaVersion": 1,
        "parameters": {
            **{name: config[name] for name in ("method", "training", "reproducibility")},
            "compute": {"nodes": 1, "gpusPerNode": 0, "strategy": config["strategy"]},
        },
        "inputs": {"baseModel": config["baseModel"], "dataset": config["dataset"]},
        "digests": {"adapter": record["adapter"]},
    }
    content = canonical_json(provenance)
    (run / seals.PROVENANCE_FILE).write_bytes(content)
    document = seals.seal_document(run, record["adapter"], digest_bytes(content))
    (run / seals.SEAL_FILE).write_bytes(canonical_json(document))


def test_a_sealed_run_comes_out_again_and_a_changed_record_is_refused(world: World) -> None:
    config, run = world.write_config(training={"maxSteps": 2, "saveSteps": 0}), world.artifacts / "run"
    digest = gang(config, run).digest
    seal(run)

    again = preceptor("reproduce", digest, "--in", world.artifacts)
    assert again.returncode == 0, again.stderr
    assert "The sealed provenance.json agrees on" in again.stdout
    assert again.stdout.splitlines()[-1] == f"The same adapter again, to the last bit: {digest}"

    record = json.loads((run / RECORD_FILE).read_bytes())
    record["config"]["reproducibility"]["seed"] += 1
    (run / RECORD_FILE).write_bytes(canonical_json(record))
    refused = preceptor("reproduce", run)
    assert refused.returncode == 64
    assert "disagree on reproducibility.seed" in refused.stderr
    assert "step 1" not in refused.stdout


def test_a_parquet_dataset_gets_its_manifest_is_scanned_and_is_trained_on(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    import pyarrow
    from pyarrow.parquet import write_table

    monkeypatch.setenv("PRECEPTOR_PHI_KEY", SCAN_KEY)
    folder = world.stores / "datasets" / "table"
    folder.mkdir(parents=True)
    rows = [{"messages": row["messages"]} for row in make_rows(8)]
    write_table(pyarrow.Table.from_pylist(rows), folder / "train.parquet", row_group_size=3)
    words = ["--source", "made by a test", "--deid-method", "synthetic", "--curator", "test", "--licence", "Apache-2.0"]
    made = preceptor(
        "manifest", "create", folder, "--name", "table", "--record-count", "8", "--schema", "messages", *words
    )
    assert made.returncode == 0, made.stderr
    scanned = preceptor("phi", "scan", folder)
    assert scanned.returncode == 0, scanned.stdout + scanned.stderr
    config = world.write_config(
        dataset={"uri": "datasets/table", "manifestDigest": made.stdout.strip()}, training={"maxSteps": 2}
    )
    assert gang(config, world.artifacts / "run").digest.startswith("sha256:")

    rows[6]["messages"][1]["content"] = "Call Jane Roe, SSN 123-45-6789."
    write_table(pyarrow.Table.from_pylist(rows), folder / "train.parquet", row_group_size=3)
    found = preceptor("phi", "scan", folder)
    assert found.returncode == 1
    assert "train.parquet:7/messages/1/content [19:30] SSN" in found.stdout
