"""Does a run whose base model lies on a hub fetch it in a real pod, train on the copy, and name the hub?"""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import yaml

from preceptor_local import tools
from preceptor_local.demo import manifests
from preceptor_local.demo.install import CHART
from preceptor_local.demo.world import KEEPER, NAMESPACE, SYSTEM, World, said

# The standard library alone, so that a pod can run it as it is.
SERVER = Path(__file__).resolve().parents[2] / "integration" / "hub" / "hub_server.py"
COMMIT = "0123456789abcdef0123456789abcdef01234567"
URI = f"hf://demo/tiny-triage@{COMMIT}"
HUB, PORT = "hub", 8080
SECURITY = {"runAsNonRoot": True, "runAsUser": 10001, "fsGroup": 10001, "seccompProfile": {"type": "RuntimeDefault"}}


def _pod(image: str) -> dict[str, object]:
    """A pod that serves the demo's model from its claim, as a hub does."""
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": HUB, "labels": {"app": HUB}},
        "spec": {
            "automountServiceAccountToken": False,
            "terminationGracePeriodSeconds": 1,
            "securityContext": SECURITY,
            "containers": [
                {
                    "name": "main",
                    "image": image,
                    "command": ["python3", f"/hub/{SERVER.name}", str(PORT)],
                    "args": [f"demo/tiny-triage={COMMIT}=/stores/models/tiny-triage"],
                    "securityContext": {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}},
                    "readinessProbe": {"tcpSocket": {"port": PORT}, "periodSeconds": 1},
                    "volumeMounts": [
                        {"name": "hub", "mountPath": "/hub"},
                        {"name": "models", "mountPath": "/stores/models", "readOnly": True},
                    ],
                }
            ],
            "volumes": [
                {"name": "hub", "configMap": {"name": HUB}},
                {"name": "models", "persistentVolumeClaim": {"claimName": "models", "readOnly": True}},
            ],
        },
    }


def _tell_fetch_pods_where_the_hub_is(world: World, folder: Path) -> None:
    """Over the values that the demo installed with: where Fetch pods ask, and that they may."""
    values = folder / "hub.yaml"
    endpoint = {"name": "HF_ENDPOINT", "value": f"http://{HUB}.{NAMESPACE}.svc:{PORT}"}
    peers = [{"podSelector": {"matchLabels": {"app": HUB}}}]
    values.write_text(
        yaml.safe_dump(
            {
                "operator": {"config": {"jobs": {"fetch": {"env": [endpoint]}}}},
                "networkPolicies": {"hubPeers": peers, "hubPorts": [PORT]},
            }
        )
    )
    command = [tools.binary("helm"), "upgrade", "preceptor", CHART, "--reuse-values", "--namespace", SYSTEM]
    command += ["--values", values, "--kubeconfig", world.connection.kubeconfig]
    command += ["--kube-context", world.connection.context]
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    world.must(
        "-n", SYSTEM, "rollout", "status", "deployment/preceptor-operator", "--timeout=120s", timeout=150
    )  # fmt: skip


@pytest.fixture
def hub(world: World, tmp_path: Path) -> Iterator[None]:
    """A hub in the cluster with the demo's model at one commit, and an operator whose Fetch pods ask it."""
    metadata = {"name": HUB}
    try:
        world.apply(
            {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": {SERVER.name: SERVER.read_text()}}
        )
        spec = {"selector": {"app": HUB}, "ports": [{"port": PORT}]}
        world.apply({"apiVersion": "v1", "kind": "Service", "metadata": metadata, "spec": spec})
        world.apply(_pod(world.get("pod", KEEPER)["spec"]["containers"][0]["image"]))
        _tell_fetch_pods_where_the_hub_is(world, tmp_path)
        world.must("-n", NAMESPACE, "wait", "--for=condition=Ready", f"pod/{HUB}", "--timeout=60s", timeout=90)
        yield
    finally:
        world.kubectl("-n", NAMESPACE, "delete", "pod,service,configmap", HUB, "--timeout=30s", timeout=60)


@contextmanager
def _forwarded(world: World) -> Iterator[str]:
    """The hub's URL on this machine."""
    command = world.command(None, "-n", NAMESPACE, "port-forward", f"pod/{HUB}", f":{PORT}")
    with subprocess.Popen([str(word) for word in command], stdout=subprocess.PIPE, text=True) as forward:
        try:
            assert forward.stdout is not None
            line = forward.stdout.readline()
            assert "127.0.0.1:" in line, line
            yield "http://" + line.split("Forwarding from ")[1].split(" ")[0]
        finally:
            forward.terminate()


@pytest.mark.timeout(400)
def test_a_base_model_on_a_hub_is_fetched_by_its_commit_and_trained_on_from_the_store(
    world: World, hub: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with _forwarded(world) as url:
        monkeypatch.setenv("HF_ENDPOINT", url)
        mine = world.cli("alice", "model", "fetch", URI, str(tmp_path / "mine"))
    assert mine.returncode == 0, mine.stderr
    digest = mine.stdout.strip()

    run = manifests.run(world, "from-hub", "triage-v1")
    run["spec"]["baseModel"] = {"uri": URI, "digest": digest}
    run["spec"]["training"] = {**run["spec"]["training"], "epochs": 1, "maxSteps": 2}
    world.apply(run, user="alice")
    ended = world.wait("finetunerun", "from-hub", "Succeeded", "Blocked", "Failed", seconds=300)
    assert ended["status"]["state"] == "Succeeded", said(ended["status"])
    fetched = next(c for c in ended["status"]["conditions"] if c["type"] == "BaseModelFetched")
    assert (fetched["status"], fetched["reason"]) == ("True", "Fetched")

    artifact = ended["status"]["artifact"]
    name = digest.removeprefix("sha256:")[:12]
    assert artifact["baseModelUri"] == f"{run['spec']['output']['uri']}/base-models/{name}"
    assert artifact["baseModelDigest"] == digest
    place = "/stores/" + artifact["baseModelUri"].removeprefix("pvc://")
    assert world.keeper("preceptor", "manifest", "verify", place).decode().strip() == digest
    assert world.keeper("ls", "-A", str(Path(place).parent)).decode().split() == [name]

    uid = ended["metadata"]["uid"]
    pods = world.items("pods", "-l", f"preceptor.dev/owner-uid={uid}")
    environments = {
        pod["metadata"]["labels"]["preceptor.dev/role"]: {e["name"] for e in pod["spec"]["containers"][0]["env"]}
        for pod in pods
    }
    assert len(pods) == len(environments) == 5
    assert [role for role, names in environments.items() if "HF_ENDPOINT" in names] == ["fetch"]
