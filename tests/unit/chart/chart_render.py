"""What does the chart render for these values?"""

import json
import subprocess
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from preceptor_local import tools

ROOT = Path(__file__).resolve().parents[3]
CHART = ROOT / "charts" / "preceptor"
NAMESPACE = "preceptor-system"
GATEWAY = {"name": "triage-gateway", "namespace": "clinical-ai", "claims": ["models", "artifacts"]}
API_SERVER = {"ipBlock": {"cidr": "192.0.2.10/32"}}
VALUES: dict[str, Any] = {
    "caCertificate": "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n",
    "signingPublicKey": "-----BEGIN PUBLIC KEY-----\nMCow\n-----END PUBLIC KEY-----\n",
    "gateways": [GATEWAY],
    "networkPolicies": {"apiServers": [API_SERVER]},
}

Manifest = dict[str, Any]


def helm() -> Path:
    """The helm program, compiled once if this machine has none."""
    return tools.binary("helm")


def template(values: dict[str, Any], *, kube_version: str = "1.36.3", namespace: str = NAMESPACE) -> Any:
    """Run ``helm template``; returns the completed process."""
    return subprocess.run(
        [
            helm(), "template", "preceptor", str(CHART), "--namespace", namespace, "--kube-version", kube_version,
            "--values", "-",
        ],
        input=json.dumps(values),
        capture_output=True,
        text=True,
        timeout=60,
    )  # fmt: skip


@cache
def _rendered(values: str, namespace: str) -> str:
    done = template(json.loads(values), namespace=namespace)
    assert done.returncode == 0, done.stderr
    return str(done.stdout)


def render(values: dict[str, Any] | None = None, *, namespace: str = NAMESPACE) -> list[Manifest]:
    """Every manifest for these values over the tests' own."""
    text = _rendered(json.dumps({**VALUES, **(values or {})}, sort_keys=True), namespace)
    return [document for document in yaml.safe_load_all(text) if document]


def of_kind(manifests: list[Manifest], kind: str) -> list[Manifest]:
    """The manifests of one kind."""
    return [manifest for manifest in manifests if manifest["kind"] == kind]


def one(manifests: list[Manifest], kind: str, name: str) -> Manifest:
    """The one manifest of a kind and name."""
    (found,) = [manifest for manifest in of_kind(manifests, kind) if manifest["metadata"]["name"] == name]
    return found


def pod_of(manifests: list[Manifest], name: str) -> Manifest:
    """The pod spec of a Deployment."""
    spec: Manifest = one(manifests, "Deployment", name)["spec"]["template"]["spec"]
    return spec


def container(pod: Manifest, name: str) -> Manifest:
    """A container of a pod by name."""
    (found,) = [entry for entry in pod["containers"] if entry["name"] == name]
    return found


def environment(entry: Manifest) -> dict[str, str]:
    """A container's environment, as far as it is literal."""
    return {variable["name"]: variable["value"] for variable in entry["env"] if "value" in variable}
