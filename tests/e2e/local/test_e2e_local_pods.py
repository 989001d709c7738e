"""Is the local cluster a real one: users, volumes, addresses, limits, and no way out?"""

import json
import os
import ssl
import urllib.error
import urllib.request
from collections.abc import Iterator

import pytest
from local_footprint import own_cluster

from preceptor_local import cluster, images, machine, volumes
from preceptor_local.connection import Connection, uses_current
from preceptor_local.errors import LocalError
from preceptor_local.paths import beside_state

STATE = beside_state("preceptor-pods")

pytestmark = [
    pytest.mark.skipif(uses_current(), reason="CLUSTER=current starts no cluster"),
    pytest.mark.skipif(bool(machine.lacking()), reason="this machine cannot run a cluster of its own"),
]

POD = """
apiVersion: v1
kind: Namespace
metadata: {{name: t, labels: {{pod-security.kubernetes.io/enforce: restricted}}}}
---
apiVersion: v1
kind: Service
metadata: {{name: web, namespace: t}}
spec: {{selector: {{app: web}}, ports: [{{port: 80, targetPort: 8080}}]}}
---
apiVersion: v1
kind: Pod
metadata: {{name: web, namespace: t, labels: {{app: web}}}}
spec:
  automountServiceAccountToken: false
  securityContext: {{runAsNonRoot: true, seccompProfile: {{type: RuntimeDefault}}}}
  containers:
  - name: web
    image: {image}
    command: [python3, -m, http.server, "8080", --directory, /data]
    securityContext: {{allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: {{drop: [ALL]}}}}
    resources: {{limits: {{memory: 120Mi, cpu: "1"}}}}
    readinessProbe: {{tcpSocket: {{port: 8080}}, periodSeconds: 1}}
    volumeMounts:
    - {{name: data, mountPath: /data}}
    - {{name: fixed, mountPath: /fixed, readOnly: true}}
  volumes:
  - {{name: data, persistentVolumeClaim: {{claimName: data}}}}
  - {{name: fixed, persistentVolumeClaim: {{claimName: fixed, readOnly: true}}}}
"""

REACH = """
import socket, sys
for address in sys.argv[1:]:
    host, port = address.rsplit(":", 1)
    try:
        socket.create_connection((host, int(port)), timeout=3).close()
        print(address, "reached")
    except OSError:
        print(address, "not reached")
"""


@pytest.fixture(scope="module")
def local(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Connection]:
    """A cluster with one pod that serves a volume."""
    folder = tmp_path_factory.mktemp("volumes")
    os.chmod(folder.parent, 0o755)
    (folder / "fixed").mkdir()
    (folder / "fixed" / "file").write_text("fixed")
    with own_cluster(STATE):
        made = cluster.up()
        image = images.ensure(["operator"])["operator"]
        made.apply("apiVersion: v1\nkind: Namespace\nmetadata: {name: t}\n")
        volumes.local_volume("data", "t", "data", folder / "data")
        volumes.local_volume("fixed", "t", "fixed", folder / "fixed", read_only=True)
        (folder / "data" / "index.html").write_text("served")
        made.apply(POD.format(image=image))
        made.kubectl("-n", "t", "wait", "--for=condition=Ready", "pod/web", "--timeout=120s")
        yield made


def inside(local: Connection, *command: str) -> str:
    return local.kubectl("-n", "t", "exec", "web", "--", *command)


def test_a_pod_reaches_a_service_by_name_and_gets_what_the_volume_holds(local: Connection) -> None:
    code = "import urllib.request as u; print(u.urlopen('http://web.t.svc.cluster.local/', timeout=10).read().decode())"
    assert inside(local, "python3", "-c", code).strip() == "served"


def test_a_pod_has_no_way_out(local: Connection) -> None:
    server = local.kubectl("config", "view", "--minify", "-o", "jsonpath={.clusters[0].cluster.server}")
    machine_end = server.removeprefix("https://").split(":")[0].rsplit(".", 1)
    link = f"{machine_end[0]}.{int(machine_end[1]) - 1}"
    told = inside(local, "python3", "-c", REACH, "10.96.0.1:443", f"{link}:22", "192.0.2.1:53", "1.1.1.1:443")
    assert told.splitlines() == [
        "10.96.0.1:443 reached", f"{link}:22 not reached", "192.0.2.1:53 not reached", "1.1.1.1:443 not reached",
    ]  # fmt: skip


def test_a_pod_writes_to_a_writable_volume_and_not_to_a_read_only_one(local: Connection) -> None:
    assert inside(local, "sh", "-c", "id -u; echo x > /data/x && echo written").split() == ["10001", "written"]
    with pytest.raises(LocalError, match="Read-only"):
        inside(local, "sh", "-c", "echo x > /fixed/x")
    assert inside(local, "cat", "/fixed/file") == "fixed"


def test_a_pods_user_has_a_name(local: Connection) -> None:
    assert inside(local, "id", "-un").strip() == "preceptor"


def test_a_container_that_takes_more_memory_than_its_limit_is_killed(local: Connection) -> None:
    # exec'd into the container, so that the limit of the pod's own cgroup is what stops it
    with pytest.raises(LocalError, match="137"):
        inside(local, "python3", "-c", "bytearray(400 << 20)")


@pytest.mark.parametrize(
    ("user", "group"), [("alice", "ml-engineers"), ("carol", "clinical-governance"), ("dave", "clinical-governance")]
)
def test_the_api_server_knows_each_user_by_certificate(local: Connection, user: str, group: str) -> None:
    answer = json.loads(local.as_user(user).kubectl("auth", "whoami", "-o", "json"))["status"]["userInfo"]
    assert answer["username"] == user
    assert group in answer["groups"]


def test_users_may_do_nothing_until_they_are_given_a_role(local: Connection) -> None:
    assert not local.as_user("alice").succeeds("get", "pods", "-n", "t")


def test_the_api_server_tells_nothing_to_a_stranger(local: Connection) -> None:
    server = local.kubectl("config", "view", "--minify", "-o", "jsonpath={.clusters[0].cluster.server}")
    with pytest.raises(urllib.error.HTTPError) as told:
        urllib.request.urlopen(f"{server}/api", context=ssl._create_unverified_context(), timeout=10)
    assert told.value.code == 401


def test_an_image_that_the_cluster_has_is_not_built_again(local: Connection, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_build(_name: str) -> str:
        raise AssertionError("built again")

    monkeypatch.setattr(images, "_build", no_build)
    assert images.ensure(["operator"])["operator"].startswith("localhost/preceptor-operator:")


def test_mutating_admission_policies_are_served(local: Connection) -> None:
    assert "mutatingadmissionpolicies" in local.kubectl(
        "api-resources", "--api-group=admissionregistration.k8s.io", "-o", "name"
    )
