"""Which real servers do the integration tests share?"""

import itertools
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from chart_manifests import RIGHTS, chart_manifests
from cluster_processes import OPERATOR, ApiServer, running_api_server
from opa_process import Opa, running_opa

ROOT = Path(__file__).resolve().parents[2]
CRDS = ROOT / "crds"
ADMISSION = ROOT / "policies" / "admission"

_numbers = itertools.count(1)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything below this folder is an integration test."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.integration)


@pytest.fixture(scope="session")
def api_server() -> Iterator[ApiServer]:
    """A real kube-apiserver with etcd and RBAC, without controllers: nothing runs pods or deletes children."""
    with running_api_server() as server:
        yield server


@pytest.fixture(scope="session")
def crds_installed(api_server: ApiServer) -> ApiServer:
    """The API server with our three kinds, established."""
    applied = api_server.kubectl("admin", "apply", "--server-side", "-f", str(CRDS))
    assert applied.returncode == 0, applied.stderr
    waited = api_server.kubectl(
        "admin", "wait", "--for=condition=Established", "--timeout=60s", "--recursive=false", "-f", str(CRDS)
    )
    assert waited.returncode == 0, waited.stderr
    return api_server


@pytest.fixture(scope="session")
def admission_installed(crds_installed: ApiServer) -> ApiServer:
    """The API server with our kinds and the admission policies in force."""
    applied = crds_installed.kubectl("admin", "apply", "--server-side", "-f", str(ADMISSION))
    assert applied.returncode == 0, applied.stderr
    _wait_until_in_force(crds_installed)
    return crds_installed


@pytest.fixture(scope="session")
def operator_rights(crds_installed: ApiServer) -> ApiServer:
    """The API server on which ``OPERATOR`` has exactly the rights that the chart gives it."""
    crds_installed.kubeconfig(OPERATOR)
    rights = [manifest for manifest in chart_manifests("preceptor-system") if manifest["kind"] in RIGHTS]
    applied = crds_installed.kubectl("admin", "apply", "--server-side", "--force-conflicts", "-f", "-", manifest=rights)
    assert applied.returncode == 0, applied.stderr
    return crds_installed


def _wait_until_in_force(server: ApiServer) -> None:
    """For some seconds after a CRD is created its mutating policy answers ServiceUnavailable, and none denies yet."""
    probe = {
        "apiVersion": "preceptor.dev/v1alpha1",
        "kind": "AdapterRelease",
        "metadata": {"name": "probe", "namespace": "default"},
        "spec": {
            "candidateDigest": "sha256:" + "0" * 64,
            "evalGateRef": {"name": "probe"},
            "target": {"gatewayRef": {"name": "probe"}, "stage": "live"},
            "policy": {"profile": "demo", "revision": "probe"},
        },
    }
    deadline = time.monotonic() + 60
    while True:
        created = server.kubectl("admin", "create", "--dry-run=server", "-o", "yaml", "-f", "-", manifest=probe)
        stamped = created.returncode == 0 and "requestedBy: admin" in created.stdout
        written = server.kubectl(
            "admin", "create", "--dry-run=server", "-f", "-",
            manifest={**probe, "spec": {**probe["spec"], "approvals": [_approval()]}},  # type: ignore[dict-item]
        )  # fmt: skip
        if stamped and "cannot be created approved" in written.stderr:
            return
        assert time.monotonic() < deadline, f"admission never came into force: {created.stderr} {written.stderr}"
        time.sleep(0.2)


def _approval() -> dict[str, str]:
    digest = "sha256:" + "0" * 64
    return {
        "approver": "admin",
        "candidateDigest": digest,
        "evidenceDigest": digest,
        "requestDigest": digest,
        "policyRevision": "probe",
        "meaning": "probe",
        "expires": "2099-01-01T00:00:00Z",
    }


@pytest.fixture
def namespace(api_server: ApiServer) -> str:
    """A fresh namespace; it stays until the server ends, since nothing here finishes deletions."""
    name = f"test-{next(_numbers)}-{time.time_ns() % 1_000_000:06d}"
    created = api_server.kubectl("admin", "create", "namespace", name)
    assert created.returncode == 0, created.stderr
    return name


@pytest.fixture(scope="session")
def opa(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Opa]:
    """A real OPA that serves the signed promotion bundle on 127.0.0.1."""
    with running_opa(tmp_path_factory.mktemp("opa")) as server:
        yield server
