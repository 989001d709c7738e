"""Does the API server let nobody but the operator and Kubernetes itself speak through the operator's Jobs?"""

import json
import time
from collections.abc import Callable
from typing import Any

import pytest
from cluster_processes import OPERATOR, ApiServer

JOB_CONTROLLER = "system:serviceaccount:kube-system:job-controller"
CONTROLLER_MANAGER = "system:kube-controller-manager"
COLLECTOR = "system:serviceaccount:kube-system:generic-garbage-collector"
KUEUE = "system:serviceaccount:kueue-system:kueue-controller-manager"
NODE, SCHEDULER = "system:node:worker-1", "system:kube-scheduler"
NAME = "triage-train-0123456789"
POD = f"{NAME}-abcde"
# As people and tools call theirs.
OTHER = "nightly-train-29012345"
OURS = {"app.kubernetes.io/managed-by": "preceptor", "preceptor.dev/role": "train"}
QUEUED = {**OURS, "kueue.x-k8s.io/queue-name": "gpus"}
OWNER = {"apiVersion": "preceptor.dev/v1alpha1", "kind": "FineTuneRun", "name": "triage", "uid": "u1"}
SPEC = {"restartPolicy": "Never", "containers": [{"name": "main", "image": "trainer:1"}]}
REFUSED = "ValidatingAdmissionPolicy"
Labels = dict[str, str] | None


@pytest.fixture(scope="session")
def cluster(admission_installed: ApiServer) -> ApiServer:
    """The API server once the policies on children are in force too."""
    deadline = time.monotonic() + 60
    while REFUSED not in create(admission_installed, "admin", job("default", OURS), "--dry-run=server"):
        assert time.monotonic() < deadline, "the policies on children never came into force"
        time.sleep(0.2)
    while REFUSED not in create(admission_installed, "admin", pod("default", OURS), "--dry-run=server"):
        assert time.monotonic() < deadline, "the policies on pods never came into force"
        time.sleep(0.2)
    return admission_installed


def acting(user: str) -> list[str]:
    """As somebody with every right that RBAC can give, so that only admission is asked."""
    groups = ["system:masters", *(["system:nodes"] if user == NODE else [])]
    return [f"--as={user}", *(f"--as-group={group}" for group in groups)]


def create(server: ApiServer, user: str, manifest: dict[str, Any], *options: str) -> str:
    """What the API server says against it; nothing when it creates it."""
    return str(server.kubectl("admin", "create", "-f", "-", *options, *acting(user), manifest=manifest).stderr)


def change(server: ApiServer, user: str, what: str, namespace: str, patch: Any, *options: str) -> str:
    """What the API server says against a merge patch."""
    done = server.kubectl(
        "admin", "patch", *what.split("/"), "-n", namespace, "--type=merge", f"--patch={json.dumps(patch)}",
        *options, *acting(user),
    )  # fmt: skip
    return str(done.stderr)


def metadata(namespace: str, name: str, labels: Labels = None, owner: dict[str, Any] | None = None) -> dict[str, Any]:
    return {"name": name, "namespace": namespace, "labels": labels or {}, "ownerReferences": [owner] if owner else []}


def job(
    namespace: str,
    labels: Labels = None,
    owner: dict[str, Any] | None = None,
    inside: Labels = None,
    name: str = NAME,
) -> dict[str, Any]:
    return {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": metadata(namespace, name, labels, owner),
        "spec": {"suspend": True, "template": {"metadata": {"labels": inside or labels or {}}, "spec": SPEC}},
    }


def config(
    namespace: str, labels: Labels = None, owner: dict[str, Any] | None = None, name: str = NAME
) -> dict[str, Any]:
    return {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": metadata(namespace, name, labels, owner),
        "data": {"job.json": "{}"},
    }


def service(
    namespace: str, labels: Labels = None, owner: dict[str, Any] | None = None, name: str = NAME
) -> dict[str, Any]:
    spec = {"clusterIP": "None", "selector": {"batch.kubernetes.io/job-name": NAME}, "ports": [{"port": 29400}]}
    return {"apiVersion": "v1", "kind": "Service", "metadata": metadata(namespace, name, labels, owner), "spec": spec}


def pod(namespace: str, labels: Labels = None, owner: dict[str, Any] | None = None) -> dict[str, Any]:
    return {"apiVersion": "v1", "kind": "Pod", "metadata": metadata(namespace, POD, labels, owner), "spec": SPEC}


def other_job(name: str) -> dict[str, Any]:
    return {"apiVersion": "batch/v1", "kind": "Job", "name": name, "uid": "u2", "controller": True}


Make = Callable[[str], dict[str, Any]]
FORGED: dict[str, Make] = {
    "a Job with our label": lambda n: job(n, {"app.kubernetes.io/managed-by": "preceptor"}),
    "a Job with another label of ours": lambda n: job(n, {"preceptor.dev/role": "train"}),
    "a Job of a run": lambda n: job(n, owner=OWNER),
    "a Job whose pods look like ours": lambda n: job(n, inside=OURS, name=OTHER),
    "a Job with the name of ours": job,
    "a ConfigMap with the name of what our Job is told": config,
    "a ConfigMap with the name of what our scan is told": lambda n: config(n, name="triage-scan-data-0123456789"),
    "a ConfigMap with the name of what our verification is told": lambda n: config(
        n, name="triage-verify-release-0123456789"
    ),
    "a Service with the name by which our pods meet": service,
    "a ConfigMap with our label": lambda n: config(n, OURS),
    "a ConfigMap of a run": lambda n: config(n, owner=OWNER),
    "a Service with our label": lambda n: service(n, OURS),
    "a Service of a run": lambda n: service(n, owner=OWNER),
    "a pod with our label": lambda n: pod(n, OURS),
    "a pod of a run": lambda n: pod(n, owner=OWNER),
    "a pod with the label of our Job": lambda n: pod(n, {"batch.kubernetes.io/job-name": NAME}),
    "a pod with the old label of our Job": lambda n: pod(n, {"job-name": NAME}),
    "a pod of our Job": lambda n: pod(n, owner=other_job(NAME)),
    "a pod of our proof": lambda n: pod(n, {"batch.kubernetes.io/job-name": "triage-prove-0123456789"}),
    "a pod of our Fetch Job": lambda n: pod(n, {"batch.kubernetes.io/job-name": "triage-fetch-0123456789"}),
}


@pytest.mark.parametrize("user", ["alice", "admin", "system:serviceaccount:clinical-ai:builder", KUEUE, NODE])
@pytest.mark.parametrize("make", FORGED.values(), ids=FORGED)
def test_nobody_else_makes_what_passes_for_ours(cluster: ApiServer, namespace: str, make: Make, user: str) -> None:
    assert REFUSED in create(cluster, user, make(namespace), "--dry-run=server")


@pytest.mark.parametrize("user", [JOB_CONTROLLER, CONTROLLER_MANAGER])
def test_kubernetes_makes_pods_of_our_jobs_and_no_jobs(cluster: ApiServer, namespace: str, user: str) -> None:
    assert create(cluster, user, pod(namespace, OURS), "--dry-run=server") == ""
    assert REFUSED in create(cluster, user, job(namespace, OURS), "--dry-run=server")


def test_cron_job_cannot_make_a_job_of_ours(cluster: ApiServer, namespace: str) -> None:
    controller = "system:serviceaccount:kube-system:cronjob-controller"
    assert REFUSED in create(cluster, controller, job(namespace, OURS), "--dry-run=server")


def test_operator_makes_jobs_and_instructions_and_no_pods(cluster: ApiServer, namespace: str) -> None:
    assert create(cluster, OPERATOR, job(namespace, OURS, OWNER), "--dry-run=server") == ""
    assert create(cluster, OPERATOR, config(namespace, OURS, OWNER), "--dry-run=server") == ""
    assert create(cluster, OPERATOR, service(namespace, OURS, OWNER), "--dry-run=server") == ""
    assert REFUSED in create(cluster, OPERATOR, pod(namespace, OURS), "--dry-run=server")


OTHERS: dict[str, Make] = {
    "Job": lambda n: job(n, {"app": "x", "app.kubernetes.io/managed-by": "Helm"}, name=OTHER),
    "ConfigMap": lambda n: config(n, name="train-0123456789"),
    "ConfigMap of another tool": lambda n: config(n, name="triage-train-5g2h7m9t4k"),
    "Service": lambda n: service(n, name=OTHER),
    "pod": lambda n: pod(n, {"app": "x"}),
    "pod of another Job": lambda n: pod(n, {"batch.kubernetes.io/job-name": OTHER}),
    "pod of another Job, by owner": lambda n: pod(n, owner=other_job(OTHER)),
}


@pytest.mark.parametrize("make", OTHERS.values(), ids=OTHERS)
def test_what_is_not_ours_is_left_alone(cluster: ApiServer, namespace: str, make: Make) -> None:
    manifest = make(namespace)
    assert create(cluster, "alice", manifest) == ""
    what = f"{manifest['kind'].lower()}/{manifest['metadata']['name']}"
    assert change(cluster, "alice", what, namespace, {"metadata": {"labels": {"app": "y"}}}) == ""


def test_what_our_job_is_told_is_not_made_anew_by_whoever_deletes_it(cluster: ApiServer, made: str) -> None:
    gone = cluster.kubectl("admin", "delete", "configmap", NAME, "-n", made, *acting("alice"))
    assert gone.returncode == 0, gone.stderr
    assert REFUSED in create(cluster, "alice", config(made))
    assert create(cluster, OPERATOR, config(made, OURS, OWNER)) == ""


@pytest.mark.parametrize("kind", ["job", "configmap", "service", "pod"])
def test_what_is_not_ours_does_not_become_ours(cluster: ApiServer, namespace: str, kind: str) -> None:
    manifest = {
        "job": lambda: job(namespace, name=OTHER),
        "configmap": lambda: config(namespace, name=OTHER),
        "service": lambda: service(namespace, name=OTHER),
        "pod": lambda: pod(namespace),
    }[kind]()
    assert create(cluster, "alice", manifest) == ""
    what = f"{kind}/{manifest['metadata']['name']}"
    for patch in ({"labels": OURS}, {"ownerReferences": [OWNER]}):
        assert REFUSED in change(cluster, "admin", what, namespace, {"metadata": patch})


@pytest.fixture
def made(cluster: ApiServer, namespace: str) -> str:
    """A namespace with a Job of ours, its instructions and its pod."""
    assert create(cluster, OPERATOR, job(namespace, OURS, OWNER)) == ""
    assert create(cluster, OPERATOR, config(namespace, OURS, OWNER)) == ""
    labels = {**OURS, "batch.kubernetes.io/job-name": NAME}
    assert create(cluster, JOB_CONTROLLER, pod(namespace, labels, other_job(NAME))) == ""
    return namespace


NO_LABELS = {"metadata": {"labels": {"preceptor.dev/role": None}}}
NO_OWNERS = {"metadata": {"ownerReferences": None}}
ENDED = {"status": {"failed": 1}}
TERMINATED = {"name": "main", "image": "x", "imageID": "x", "ready": False, "restartCount": 0}
SAID = {
    "status": {"phase": "Succeeded", "containerStatuses": [{**TERMINATED, "state": {"terminated": {"exitCode": 0}}}]}
}


@pytest.mark.parametrize("user", ["alice", "admin", KUEUE])
@pytest.mark.parametrize(
    ("what", "patch", "options"),
    [
        (f"job/{NAME}", NO_LABELS, ()),
        (f"job/{NAME}", NO_OWNERS, ()),
        (f"job/{NAME}", {"spec": {"template": {"metadata": {"annotations": {"a": "b"}}}}}, ()),
        (f"job/{NAME}", ENDED, ("--subresource=status",)),
        (f"configmap/{NAME}", {"data": {"job.json": '{"kind": "Other"}'}}, ()),
        (f"configmap/{NAME}", {"binaryData": {"more": "YQ=="}}, ()),
        (f"configmap/{NAME}", NO_OWNERS, ()),
        (f"pod/{POD}", NO_LABELS, ()),
        (f"pod/{POD}", {"metadata": {"labels": {"batch.kubernetes.io/job-name": "x"}}}, ()),
        (f"pod/{POD}", NO_OWNERS, ()),
        (f"pod/{POD}", {"spec": {"activeDeadlineSeconds": 60}}, ()),
        (f"pod/{POD}", SAID, ("--subresource=status",)),
    ],
)  # fmt: skip
def test_nobody_else_changes_what_ours_are_or_say(
    cluster: ApiServer, made: str, user: str, what: str, patch: dict[str, Any], options: tuple[str, ...]
) -> None:
    assert REFUSED in change(cluster, user, what, made, patch, *options)


@pytest.mark.parametrize("labels", [OURS, QUEUED], ids=["ours", "of a queue"])
def test_nobody_exchanges_the_image_of_a_pod_of_ours(cluster: ApiServer, namespace: str, labels: Labels) -> None:
    assert create(cluster, JOB_CONTROLLER, pod(namespace, labels)) == ""
    for user in ("alice", OPERATOR, KUEUE):
        done = cluster.kubectl("admin", "set", "image", f"pod/{POD}", "main=evil", "-n", namespace, *acting(user))
        assert REFUSED in done.stderr


def test_nobody_adds_a_container_to_a_pod_of_ours(cluster: ApiServer, made: str) -> None:
    done = cluster.kubectl("admin", "debug", POD, "-n", made, "--image=evil", "--profile=general", "-c", "in")
    assert REFUSED in done.stderr


# The pod of a Job with the longest name: Kubernetes cuts it.
LONG_POD = ("x" * 39 + "-scan-outputs-0123456789-")[:58] + "abcde"


# Of several that train together.
GANG_POD = f"{NAME}-11-abcde"
FETCH_POD = "triage-fetch-0123456789-abcde"


@pytest.mark.parametrize("name", [POD, LONG_POD, FETCH_POD, GANG_POD, "triage-verify-release-0123456789-abcde"])
@pytest.mark.parametrize("way", ["exec", "attach", "portforward"])
def test_nobody_reaches_into_a_pod_of_ours(cluster: ApiServer, namespace: str, way: str, name: str) -> None:
    for user in ("admin", OPERATOR):
        assert REFUSED in _reach(cluster, user, namespace, name, way)


def _reach(cluster: ApiServer, user: str, namespace: str, name: str, way: str) -> str:
    path = f"/api/v1/namespaces/{namespace}/pods/{name}/{way}?command=x&ports=80"
    return str(cluster.kubectl("admin", "create", "--raw", path, "-f", "/dev/null", *acting(user)).stderr)


@pytest.mark.parametrize(
    "name", ["triage-gateway-5b6c7d8f9-x2x7k", "nightly-train-29012345-x2x7k", "nightly-train-7d9f8b6c5d"]
)
@pytest.mark.parametrize("way", ["exec", "attach", "portforward"])
def test_others_are_reached_into_as_before(cluster: ApiServer, namespace: str, way: str, name: str) -> None:
    told = _reach(cluster, "admin", namespace, name, way)
    assert "not found" in told
    assert REFUSED not in told


def test_kubernetes_does_its_work_on_ours(cluster: ApiServer, made: str) -> None:
    finalizers = {"metadata": {"finalizers": ["batch.kubernetes.io/job-tracking"]}}
    running = {"status": {"active": 1, "startTime": "2026-01-01T00:00:00Z"}}
    bound = {"status": {"conditions": [{"type": "PodScheduled", "status": "True"}]}}
    orphaned = {"metadata": {"ownerReferences": None}}
    for user in (JOB_CONTROLLER, CONTROLLER_MANAGER):
        assert change(cluster, user, f"job/{NAME}", made, running, "--subresource=status") == ""
        assert change(cluster, user, f"pod/{POD}", made, finalizers) == ""
    assert change(cluster, SCHEDULER, f"pod/{POD}", made, bound, "--subresource=status") == ""
    assert change(cluster, NODE, f"pod/{POD}", made, SAID, "--subresource=status") == ""
    for user in (COLLECTOR, CONTROLLER_MANAGER):
        for what in (f"job/{NAME}", f"configmap/{NAME}", f"pod/{POD}"):
            assert change(cluster, user, what, made, orphaned) == ""


def test_operator_holds_resumes_and_expires_its_jobs(cluster: ApiServer, made: str) -> None:
    for spec in ({"suspend": False}, {"suspend": True}, {"ttlSecondsAfterFinished": 60}):
        assert change(cluster, OPERATOR, f"job/{NAME}", made, {"spec": spec}) == ""


def test_administrator_of_the_namespace_deletes_what_is_ours(cluster: ApiServer, made: str) -> None:
    for what in (f"job/{NAME}", f"configmap/{NAME}", f"pod/{POD}"):
        done = cluster.kubectl("admin", "delete", *what.split("/"), "-n", made, "--wait=false", *acting("alice"))
        assert done.returncode == 0, done.stderr


def test_kueue_places_the_pods_of_a_job_of_its_queue_and_changes_nothing_else(
    cluster: ApiServer, namespace: str
) -> None:
    assert create(cluster, OPERATOR, job(namespace, QUEUED, OWNER)) == ""
    placed = {"template": {"metadata": {"annotations": {"a": "b"}}, "spec": {"nodeSelector": {"gpu": "a100"}}}}
    assert change(cluster, KUEUE, f"job/{NAME}", namespace, {"spec": {**placed, "suspend": False}}) == ""
    assert change(cluster, KUEUE, f"job/{NAME}", namespace, {"spec": {"suspend": True}}) == ""
    other = {"containers": [{"name": "main", "image": "evil"}]}
    # The API server's own rule comes first here.
    assert "immutable" in change(cluster, KUEUE, f"job/{NAME}", namespace, {"spec": {"template": {"spec": other}}})
    stolen = {"metadata": {"labels": {"preceptor.dev/role": "seal"}}}
    assert REFUSED in change(cluster, KUEUE, f"job/{NAME}", namespace, {"spec": {"template": stolen}})
    gated = {**SPEC, "schedulingGates": [{"name": "kueue.x-k8s.io/topology"}]}
    assert create(cluster, JOB_CONTROLLER, {**pod(namespace, QUEUED), "spec": gated}) == ""
    ungated = {"spec": {"schedulingGates": None, "nodeSelector": {"gpu": "a100"}}}
    assert change(cluster, KUEUE, f"pod/{POD}", namespace, ungated) == ""


@pytest.mark.parametrize("policy", ["children", "pods", "pod-connections"])
def test_admission_of_children_fails_closed(cluster: ApiServer, policy: str) -> None:
    found = cluster.get("admin", "validatingadmissionpolicy", f"{policy}.preceptor.dev")
    assert found["spec"]["failurePolicy"] == "Fail"
    assert found.get("status", {}).get("typeChecking", {}).get("expressionWarnings", []) == []
    binding = cluster.get("admin", "validatingadmissionpolicybinding", f"{policy}.preceptor.dev")
    assert binding["spec"]["validationActions"] == ["Deny", "Audit"]


@pytest.mark.parametrize("user", ["alice", "admin", KUEUE])
def test_nobody_else_says_where_the_pods_of_a_training_meet(cluster: ApiServer, namespace: str, user: str) -> None:
    assert create(cluster, OPERATOR, service(namespace, OURS, OWNER)) == ""
    elsewhere = {"spec": {"selector": {"app": "mine"}}}
    assert REFUSED in change(cluster, user, f"service/{NAME}", namespace, elsewhere)
    assert REFUSED in change(cluster, user, f"service/{NAME}", namespace, NO_LABELS)
