"""Does `preceptor approve` sign what it shows, with the API server having the last word?"""

import concurrent.futures
import json
import os
import subprocess
import sys
from typing import Any

import pytest
from cluster_processes import OPERATOR, ApiServer
from releases import REVISION, release

from preceptor.api.adapterrelease import request_digest
from preceptor.api.candidate import CandidateManifest

EVIDENCE = "sha256:" + "e" * 64
PARTS = CandidateManifest(
    adapter="sha256:" + "1" * 64,
    base_model="sha256:" + "2" * 64,
    tokenizer="sha256:" + "3" * 64,
    chat_template="sha256:" + "4" * 64,
    system_prompt="sha256:" + "5" * 64,
    output_policy="sha256:" + "6" * 64,
)


@pytest.fixture(scope="session")
def people(admission_installed: ApiServer) -> ApiServer:
    """alice edits and approves, carol and dave approve, the operator writes status."""
    server = admission_installed
    server.kubeconfig(OPERATOR)
    rules = [
        {
            "apiGroups": ["preceptor.dev"],
            "resources": ["adapterreleases/status", "evalgates/status"],
            "verbs": ["get", "update", "patch"],
        },
        {"apiGroups": ["preceptor.dev"], "resources": ["adapterreleases", "evalgates"], "verbs": ["get"]},
    ]
    documents: list[dict[str, Any]] = [
        {
            "apiVersion": "rbac.authorization.k8s.io/v1",
            "kind": "ClusterRole",
            "metadata": {"name": "cli-status"},
            "rules": rules,
        },
        _binding("cli-status", "cli-status", OPERATOR),
        _binding("cli-edit", "preceptor-edit", "alice"),
        _binding("cli-approve", "preceptor-approve", "alice", "carol", "dave"),
    ]
    applied = server.kubectl("admin", "apply", "--server-side", "-f", "-", manifest=documents)
    assert applied.returncode == 0, applied.stderr
    return server


def _binding(name: str, role: str, *users: str) -> dict[str, Any]:
    return {
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": "ClusterRoleBinding",
        "metadata": {"name": name},
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": role},
        "subjects": [{"apiGroup": "rbac.authorization.k8s.io", "kind": "User", "name": user} for user in users],
    }


@pytest.fixture
def waiting(people: ApiServer, namespace: str) -> str:
    """A namespace with a passed EvalGate and a release of alice's that awaits approval."""
    gate = {
        "apiVersion": "preceptor.dev/v1alpha1",
        "kind": "EvalGate",
        "metadata": {"name": "triage", "namespace": namespace},
        "spec": {
            "adapter": {"fineTuneRunRef": {"name": "triage"}},
            "serving": {
                "systemPrompt": {"configMapRef": {"name": "prompt"}},
                "outputPolicy": {"digest": PARTS.output_policy},
            },
            "suites": [{"uri": "pvc://suites/one", "digest": EVIDENCE}],
            "thresholds": [
                {"metric": "emergency_recall", "min": "0.90"},
                {"metric": "over_triage_rate", "max": "0.20"},
            ],
            "report": "pvc://artifacts/report",
        },
    }
    asked = release(namespace, candidateDigest=PARTS.digest)
    created = people.kubectl("alice", "create", "-f", "-", manifest=[gate, asked])
    assert created.returncode == 0, created.stderr
    metric = {
        "metric": "emergency_recall", "value": "0.97", "lower": "0.93", "count": 97, "total": 100,
        "threshold": ">= 0.90", "verdict": "Pass",
    }  # fmt: skip
    write_status(
        people, namespace, "evalgate",
        state="Passed", candidate=PARTS.document(), candidateDigest=PARTS.digest, metrics=[metric],
        evidenceDigest=EVIDENCE,
    )  # fmt: skip
    found = read(people, namespace)
    write_status(
        people, namespace, "adapterrelease",
        state="AwaitingApproval",
        requestDigest=request_digest(namespace, "triage", found["metadata"]["uid"], found["spec"]),
        evidenceDigest=EVIDENCE, policyRevision=REVISION,
    )  # fmt: skip
    return namespace


def read(server: ApiServer, namespace: str) -> dict[str, Any]:
    found: dict[str, Any] = server.get("admin", "adapterrelease", "triage", "-n", namespace)
    return found


def write_status(server: ApiServer, namespace: str, kind: str, **status: Any) -> None:
    done = server.kubectl(
        OPERATOR, "patch", kind, "triage", "-n", namespace, "--subresource=status", "--type=merge",
        f"--patch={json.dumps({'status': status})}",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr


def approve(server: ApiServer, user: str, namespace: str, *words: str) -> subprocess.CompletedProcess[str]:
    """Run the command as a user, as a process of its own and without a terminal."""
    code = "from preceptor.cli.main import run; run()"
    return subprocess.run(
        [sys.executable, "-c", code, "approve", "triage", "-n", namespace, *words],
        env={**os.environ, "KUBECONFIG": str(server.kubeconfig(user))},
        stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=120,
    )  # fmt: skip


def test_the_clinician_sees_every_digest_and_the_entry_binds_them(people: ApiServer, waiting: str) -> None:
    done = approve(people, "carol", waiting, "--yes", "--meaning", "Fit for the pilot.", "--expires", "12h")
    assert done.returncode == 0, done.stderr
    for part in (PARTS.digest, EVIDENCE, *(value for value in PARTS.document().values() if "sha256" in str(value))):
        assert str(part) in done.stdout
    assert "below the clinical default of 0.98" in done.stdout
    (entry,) = read(people, waiting)["spec"]["approvals"]
    assert entry["approver"] == "carol"
    assert entry["candidateDigest"] == PARTS.digest
    assert entry["evidenceDigest"] == EVIDENCE
    assert entry["policyRevision"] == REVISION
    assert entry["meaning"] == "Fit for the pilot."
    assert entry["requestDigest"] in done.stdout
    again = approve(people, "carol", waiting, "--yes")
    assert (again.returncode, "approved this already" in again.stdout) == (0, True)


def test_the_requesters_own_approval_is_refused_in_the_api_servers_words(people: ApiServer, waiting: str) -> None:
    done = approve(people, "alice", waiting, "--yes")
    assert done.returncode == 1
    assert "You requested this release: somebody else must approve it." in done.stderr
    assert "approvals" not in read(people, waiting)["spec"]


def test_without_a_terminal_nothing_is_signed_unasked(people: ApiServer, waiting: str) -> None:
    done = approve(people, "carol", waiting)
    assert done.returncode == 64
    assert "approvals" not in read(people, waiting)["spec"]


def test_approvals_at_the_same_moment_are_both_kept(people: ApiServer, waiting: str) -> None:
    with concurrent.futures.ThreadPoolExecutor() as both:
        done = list(both.map(lambda user: approve(people, user, waiting, "--yes"), ["carol", "dave"]))
    assert [one.returncode for one in done] == [0, 0], [one.stderr for one in done]
    assert {entry["approver"] for entry in read(people, waiting)["spec"]["approvals"]} == {"carol", "dave"}


def test_a_release_that_awaits_nothing_is_not_signed(people: ApiServer, waiting: str) -> None:
    write_status(people, waiting, "adapterrelease", state="Denied")
    done = approve(people, "carol", waiting, "--yes")
    assert done.returncode == 1
    assert "is Denied, not AwaitingApproval" in done.stderr


def test_nothing_is_signed_where_a_digest_disagrees(people: ApiServer, waiting: str) -> None:
    write_status(people, waiting, "evalgate", candidate={"adapter": EVIDENCE})
    done = approve(people, "carol", waiting, "--yes")
    assert done.returncode == 1
    assert "does not agree" in done.stderr
    assert "approvals" not in read(people, waiting)["spec"]


def test_a_missing_release_and_a_stranger_are_told_so(people: ApiServer, waiting: str) -> None:
    missing = approve(people, "carol", "default", "--yes")
    assert (missing.returncode, "There is no AdapterRelease triage" in missing.stderr) == (64, True)
    stranger = approve(people, "mallory", waiting, "--yes")
    assert stranger.returncode == 1
    assert "The API server refused AdapterRelease triage" in stranger.stderr
