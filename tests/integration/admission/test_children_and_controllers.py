"""Do the real controllers of Kubernetes still do their work on the operator's Jobs?"""

import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from cluster_processes import OPERATOR, ApiServer, process, running_api_server

from preceptor_local.tools import ensure

CHILDREN = Path(__file__).resolve().parents[3] / "policies" / "admission" / "children.yaml"
MANAGER = "system:kube-controller-manager"
NAME = "triage-seal-0123456789"
OURS = {"app.kubernetes.io/managed-by": "preceptor", "preceptor.dev/role": "seal"}


@pytest.fixture(scope="module", params=[True, False], ids=["an account for each controller", "one user for all"])
def server(request: pytest.FixtureRequest) -> Iterator[ApiServer]:
    """An API server of its own with the policy in force and a controller manager: its collector tidies up."""
    with running_api_server() as api:
        applied = api.kubectl("admin", "apply", "--server-side", "-f", str(CHILDREN))
        assert applied.returncode == 0, applied.stderr
        api.kubectl("admin", "create", "namespace", "work")
        job = {**_job(), "metadata": {**_job()["metadata"], "name": "probe"}}
        until(lambda: "only the preceptor operator makes" in _create(api, "admin", job, "--dry-run=server").lower())
        # One user for all needs the rights of all, as the documentation of the flag says.
        bound = ("create", "clusterrolebinding", "manager", "--clusterrole=cluster-admin", f"--user={MANAGER}")
        assert request.param or api.kubectl("admin", *bound).returncode == 0
        command = [
            ensure(["kube-controller-manager"])["kube-controller-manager"],
            f"--kubeconfig={api.kubeconfig(MANAGER)}",
            "--controllers=job-controller,garbage-collector-controller,ttl-after-finished-controller",
            f"--service-account-private-key-file={api.folder / 'sa.key'}",
            f"--use-service-account-credentials={str(request.param).lower()}",
            "--leader-elect=false",
            "--secure-port=0",
        ]
        with process("kube-controller-manager", command, api.folder):
            yield api


def until(done: Callable[[], Any], seconds: float = 60) -> Any:
    """Wait for an answer that is true, and return it."""
    deadline = time.monotonic() + seconds
    while not (found := done()):
        assert time.monotonic() < deadline, "it never happened"
        time.sleep(0.2)
    return found


def _job() -> dict[str, Any]:
    spec = {"restartPolicy": "Never", "containers": [{"name": "main", "image": "eval:1"}]}
    return {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": {"name": NAME, "namespace": "work", "labels": OURS},
        "spec": {"template": {"metadata": {"labels": OURS}, "spec": spec}},
    }


def _create(api: ApiServer, user: str, manifest: dict[str, Any], *options: str) -> str:
    arguments = ("create", "-f", "-", *options, f"--as={user}", "--as-group=system:masters")
    return str(api.kubectl("admin", *arguments, manifest=manifest).stderr)


def _pods(api: ApiServer) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = api.get("admin", "pods", "-n", "work", "-l", f"batch.kubernetes.io/job-name={NAME}")[
        "items"
    ]
    return found


def test_a_job_gets_its_pod_ends_and_is_tidied_up(server: ApiServer) -> None:
    assert _create(server, OPERATOR, _job()) == ""
    (pod,) = until(lambda: _pods(server))
    assert OURS.items() <= pod["metadata"]["labels"].items()
    ended = {"name": "main", "image": "x", "imageID": "x", "ready": False, "restartCount": 0}
    status = {
        "phase": "Succeeded",
        "containerStatuses": [{**ended, "state": {"terminated": {"exitCode": 0, "message": "{}"}}}],
    }
    told = server.kubectl(
        "admin", "patch", "pod", pod["metadata"]["name"], "-n", "work", "--subresource=status", "--type=merge",
        f"--patch={json.dumps({'status': status})}", "--as=system:node:n", "--as-group=system:nodes",
        "--as-group=system:masters",
    )  # fmt: skip
    assert told.returncode == 0, told.stderr

    def complete() -> bool:
        conditions = server.get("admin", "job", NAME, "-n", "work")["status"].get("conditions", [])
        return any(condition["type"] == "Complete" for condition in conditions)

    until(complete)
    assert "finalizers" not in _pods(server)[0]["metadata"]
    expired = server.kubectl(
        "admin", "patch", "job", NAME, "-n", "work", "--type=merge", '--patch={"spec":{"ttlSecondsAfterFinished":0}}',
        f"--as={OPERATOR}", "--as-group=system:masters",
    )  # fmt: skip
    assert expired.returncode == 0, expired.stderr
    until(lambda: not server.get("admin", "jobs", "-n", "work")["items"] and not _pods(server))


def test_a_job_is_deleted_without_its_pod(server: ApiServer) -> None:
    assert _create(server, OPERATOR, _job()) == ""
    until(lambda: _pods(server))
    server.kubectl("admin", "delete", "job", NAME, "-n", "work", "--cascade=orphan", "--wait=false")
    until(lambda: not server.get("admin", "jobs", "-n", "work")["items"])
    (pod,) = _pods(server)
    assert "ownerReferences" not in pod["metadata"]
