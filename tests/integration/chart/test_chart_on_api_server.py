"""Does a real API server take what the chart renders, and give each account exactly its rights?"""

import json
import subprocess
from typing import Any

import pytest
import yaml
from chart_manifests import CHART, RIGHTS, chart_manifests
from cluster_processes import ApiServer

from preceptor_local.tools import binary

# Names of this module's own: other tests on the same server give rights to the usual ones.
SYSTEM, CLINICAL, GROUP = "chart-system", "chart-clinical", "chart-governance"
OPERATOR = f"system:serviceaccount:{SYSTEM}:preceptor-operator"
GATEWAY = f"system:serviceaccount:{CLINICAL}:triage-gateway"
REVIEWER = ("--as=rhea", f"--as-group={GROUP}", "--as-group=system:authenticated")


@pytest.fixture(scope="module")
def manifests() -> list[dict[str, Any]]:
    """Everything that the chart renders with one gateway."""
    return chart_manifests(
        SYSTEM,
        {
            "caCertificate": "PEM",
            "signingPublicKey": "PEM",
            "gateways": [{"name": "triage-gateway", "namespace": CLINICAL, "claims": ["models", "artifacts"]}],
            "governance": {"approverGroups": [GROUP], "reviewerGroups": [GROUP]},
        },
    )


@pytest.fixture(scope="module")
def cluster(crds_installed: ApiServer, manifests: list[dict[str, Any]]) -> ApiServer:
    """The API server with the chart's accounts and rights, in namespaces that enforce the restricted standard."""
    for name in (SYSTEM, CLINICAL):
        namespace = {
            "apiVersion": "v1",
            "kind": "Namespace",
            "metadata": {"name": name, "labels": {"pod-security.kubernetes.io/enforce": "restricted"}},
        }
        applied = crds_installed.kubectl("admin", "apply", "--server-side", "-f", "-", manifest=namespace)
        assert applied.returncode == 0, applied.stderr
    rights = [manifest for manifest in manifests if manifest["kind"] in RIGHTS]
    applied = crds_installed.kubectl("admin", "apply", "--server-side", "--force-conflicts", "-f", "-", manifest=rights)
    assert applied.returncode == 0, applied.stderr
    return crds_installed


def test_api_server_accepts_every_manifest(cluster: ApiServer, manifests: list[dict[str, Any]]) -> None:
    done = cluster.kubectl(
        "admin", "apply", "--server-side", "--force-conflicts", "--dry-run=server", "--validate=strict", "-f", "-",
        manifest=manifests,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "Warning" not in done.stderr


def test_chart_asks_the_cluster_where_its_api_server_is(cluster: ApiServer) -> None:
    place = {"name": "kubernetes", "namespace": "default"}
    there = cluster.kubectl("admin", "get", "endpointslice", "kubernetes", "-n", "default", "-o", "json")
    if there.returncode:
        # This server listens on loopback, which it tells nobody: an address of its own stands for it.
        made = {
            "apiVersion": "discovery.k8s.io/v1",
            "kind": "EndpointSlice",
            "metadata": place,
            "addressType": "IPv4",
            "endpoints": [{"addresses": ["192.0.2.7"]}],
            "ports": [],
        }
        assert cluster.kubectl("admin", "create", "-f", "-", manifest=made).returncode == 0
        there = cluster.kubectl("admin", "get", "endpointslice", "kubernetes", "-n", "default", "-o", "json")
    service = json.loads(cluster.kubectl("admin", "get", "service", "-o", "json", "-n", "default", "kubernetes").stdout)
    addresses = {address for endpoint in json.loads(there.stdout)["endpoints"] for address in endpoint["addresses"]}
    rendered = subprocess.run(
        [
            binary("helm"), "template", "preceptor", CHART, "--namespace", SYSTEM, "--dry-run=server",
            "--kube-version", "1.36.3", "--kubeconfig", cluster.kubeconfig("admin"),
            "--show-only", "templates/networkpolicies.yaml",
        ],
        capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert rendered.returncode == 0, rendered.stderr
    for policy in yaml.safe_load_all(rendered.stdout):
        peers = [
            peer["ipBlock"]["cidr"]
            for rule in policy["spec"]["egress"]
            for peer in rule.get("to", [])
            if "ipBlock" in peer
        ]
        assert set(peers) == {f"{address}/32" for address in addresses | set(service["spec"]["clusterIPs"])}


def test_every_pod_is_admitted_under_the_restricted_standard(
    cluster: ApiServer, manifests: list[dict[str, Any]]
) -> None:
    deployments = [manifest for manifest in manifests if manifest["kind"] == "Deployment"]
    assert len(deployments) == 3
    for deployment in deployments:
        metadata = deployment["metadata"]
        pod = {
            "apiVersion": "v1",
            "kind": "Pod",
            "metadata": {"name": metadata["name"], "namespace": metadata["namespace"]},
            "spec": deployment["spec"]["template"]["spec"],
        }
        done = cluster.kubectl("admin", "create", "--dry-run=server", "-f", "-", manifest=pod)
        assert done.returncode == 0, done.stderr


def test_the_restricted_standard_is_really_enforced_here(cluster: ApiServer) -> None:
    pod = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "x", "namespace": CLINICAL},
        "spec": {"containers": [{"name": "x", "image": "x"}]},
    }
    done = cluster.kubectl("admin", "create", "--dry-run=server", "-f", "-", manifest=pod)
    assert "violates PodSecurity" in done.stderr


def can(cluster: ApiServer, user: str, verb: str, resource: str, namespace: str, group: str = "") -> bool:
    """Ask the API server's authorizer about a user, without signing in as them; ``pods:log`` is a subresource."""
    resource, _, subresource = resource.partition(":")
    groups = [f"--as-group={group}"] if group else []
    done = cluster.kubectl(
        "admin",
        "auth",
        "can-i",
        verb,
        resource,
        "-n",
        namespace,
        f"--as={user}",
        *groups,
        f"--subresource={subresource}",
    )
    return done.stdout.strip() == "yes"


@pytest.mark.parametrize(
    ("verb", "resource", "namespace"),
    [
        ("list", "finetuneruns.preceptor.dev", CLINICAL),
        ("patch", "adapterreleases.preceptor.dev:status", CLINICAL),
        ("patch", "evalgates.preceptor.dev", CLINICAL),
        ("create", "jobs.batch", CLINICAL),
        ("delete", "jobs.batch", CLINICAL),
        ("create", "configmaps", CLINICAL),
        ("list", "pods", CLINICAL),
        ("create", "events.events.k8s.io", CLINICAL),
        ("get", "services", CLINICAL),
        ("create", "tokenreviews.authentication.k8s.io", CLINICAL),
        ("create", "leases.coordination.k8s.io", SYSTEM),
        ("update", "leases.coordination.k8s.io/preceptor-operator", SYSTEM),
    ],
)
def test_operator_may(cluster: ApiServer, verb: str, resource: str, namespace: str) -> None:
    assert can(cluster, OPERATOR, verb, resource, namespace)


@pytest.mark.parametrize(
    ("verb", "resource", "namespace"),
    [
        ("get", "secrets", SYSTEM),
        ("list", "secrets", CLINICAL),
        ("create", "pods", CLINICAL),
        ("create", "pods:exec", CLINICAL),
        ("get", "pods:log", CLINICAL),
        ("update", "configmaps", CLINICAL),
        ("create", "adapterreleases.preceptor.dev", CLINICAL),
        ("delete", "adapterreleases.preceptor.dev", CLINICAL),
        ("approve", "adapterreleases.preceptor.dev", CLINICAL),
        ("create", "rolebindings.rbac.authorization.k8s.io", CLINICAL),
        ("create", "serviceaccounts:token", CLINICAL),
        ("update", "leases.coordination.k8s.io/another", SYSTEM),
        ("list", "namespaces", ""),
        ("delete", "validatingadmissionpolicybindings.admissionregistration.k8s.io", ""),
    ],
)
def test_operator_may_not(cluster: ApiServer, verb: str, resource: str, namespace: str) -> None:
    assert not can(cluster, OPERATOR, verb, resource, namespace)


def test_gateway_may_ask_who_calls_and_nothing_else(cluster: ApiServer) -> None:
    assert can(cluster, GATEWAY, "create", "tokenreviews.authentication.k8s.io", CLINICAL)
    for verb, resource in (("get", "secrets"), ("get", "configmaps"), ("list", "pods"), ("list", "adapterreleases")):
        assert not can(cluster, GATEWAY, verb, resource, CLINICAL)


def test_governance_approves_and_reviews_in_the_gateways_namespace_only(cluster: ApiServer) -> None:
    for namespace, expected in ((CLINICAL, True), (SYSTEM, False)):
        assert can(cluster, "rhea", "approve", "adapterreleases.preceptor.dev", namespace, GROUP) is expected
        assert can(cluster, "rhea", "create", "serviceaccounts/preceptor-reviewer:token", namespace, GROUP) is expected
        assert not can(cluster, "rhea", "create", "serviceaccounts/default:token", namespace, GROUP)
    assert not can(cluster, "rhea", "create", "adapterreleases.preceptor.dev", CLINICAL, GROUP)
    assert not can(cluster, "rhea", "approve", "adapterreleases.preceptor.dev", CLINICAL)


def test_reviewer_gets_the_token_that_the_gateway_asks_for(cluster: ApiServer) -> None:
    arguments = ("create", "token", "preceptor-reviewer", "-n", CLINICAL, "--audience=preceptor-gateway")
    assert cluster.kubectl("admin", *arguments, *REVIEWER).returncode == 0
    assert "forbidden" in cluster.kubectl("nobody", *arguments).stderr
    other = cluster.kubectl("admin", "create", "token", "triage-gateway", "-n", CLINICAL, *REVIEWER)
    assert "forbidden" in other.stderr
    assert not can(cluster, f"system:serviceaccount:{CLINICAL}:preceptor-reviewer", "get", "pods", CLINICAL)


def test_reviewer_reaches_gateways_through_the_api_servers_proxy_and_no_other_service(cluster: ApiServer) -> None:
    def get(service: str) -> str:
        path = f"/api/v1/namespaces/{CLINICAL}/services/{service}/proxy/healthz"
        return cluster.kubectl("admin", "get", "--raw", path, *REVIEWER).stderr

    # There is no such Service here, so that who is let through learns that it is not found.
    for service in ("triage-gateway:8080", "triage-gateway", "http:triage-gateway:8080", "triage-gateway:http"):
        assert "NotFound" in get(service)
    assert "Forbidden" in get("another:8080")
