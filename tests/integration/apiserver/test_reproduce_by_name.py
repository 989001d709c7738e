"""Does `preceptor reproduce NAME -n NAMESPACE` read what a real API server holds, as whoever asks?"""

import json
from pathlib import Path

import pytest
import yaml
from cluster_processes import ApiServer

from preceptor.cluster import Denied, NotFound, connect
from preceptor.exits import BadInput, TryAgain
from preceptor_trainer import cluster_run

SAMPLE = Path(__file__).resolve().parents[3] / "crds" / "samples" / "finetunerun.yaml"
ADAPTER, PROVENANCE = "sha256:" + "a" * 64, "sha256:" + "e" * 64
DIGEST = "sha256:" + "1" * 64


def test_a_run_is_named_by_its_status_and_only_to_who_may_read_it(
    crds_installed: ApiServer, namespace: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    document = yaml.safe_load(SAMPLE.read_text())
    name, document["metadata"]["namespace"] = document["metadata"]["name"], namespace
    created = crds_installed.kubectl("admin", "create", "-f", "-", manifest=document)
    assert created.returncode == 0, created.stderr
    monkeypatch.setenv("KUBECONFIG", str(crds_installed.kubeconfig("admin")))

    with pytest.raises(TryAgain, match="not begun"):
        cluster_run.sealed(connect(), namespace, name)
    artifact = {
        "uri": "pvc://artifacts/adapters/triage-0123456789ab/adapter",
        "digest": ADAPTER,
        "baseModelUri": "pvc://models/tiny-triage",
        "baseModelDigest": DIGEST,
        "tokenizerDigest": DIGEST,
        "chatTemplateDigest": DIGEST,
        "provenanceDigest": PROVENANCE,
    }
    status = {"status": {"state": "Succeeded", "conditions": [], "artifact": artifact}}
    # As the operator, which alone may write status where the admission policies are installed.
    operator = ("--as=system:serviceaccount:preceptor-system:preceptor-operator", "--as-group=system:masters")
    where = (name, "-n", namespace, "--subresource=status", "--type=merge", *operator)
    patched = crds_installed.kubectl("admin", "patch", "finetunerun", *where, "-p", json.dumps(status))
    assert patched.returncode == 0, patched.stderr

    run = cluster_run.sealed(connect(), namespace, name)
    assert (run.artifact.digest, run.artifact.provenance_digest) == (ADAPTER, PROVENANCE)
    # Defaults that the API server filled in are part of what was asked for.
    assert (run.said.world_size, run.said.config.training.max_length) == (1, 256)
    with pytest.raises(BadInput, match=f"claim artifacts of namespace {namespace}"):
        cluster_run.find(run, [])
    with pytest.raises(NotFound):
        cluster_run.sealed(connect(), namespace, "other")
    monkeypatch.setenv("KUBECONFIG", str(crds_installed.kubeconfig("nobody")))
    with pytest.raises(Denied):
        cluster_run.sealed(connect(), namespace, name)
