"""What does the chart install, for tests that need its accounts and rights on a real API server?"""

import json
import subprocess
from pathlib import Path
from typing import Any

import yaml

from preceptor_local.tools import binary

CHART = Path(__file__).resolve().parents[2] / "charts" / "preceptor"
# Rendered without a cluster, the chart cannot ask one where its API server is.
API_SERVER = {"ipBlock": {"cidr": "192.0.2.10/32"}}
RIGHTS = ("ServiceAccount", "Role", "RoleBinding", "ClusterRole", "ClusterRoleBinding")


def chart_manifests(namespace: str, values: dict[str, Any] | None = None) -> list[dict[str, Any]]:
    """Everything that the chart renders for a release in a namespace."""
    done = subprocess.run(
        [
            binary("helm"), "template", "preceptor", CHART, "--namespace", namespace, "--kube-version", "1.36.3",
            "--values", "-",
        ],
        input=json.dumps({"networkPolicies": {"apiServers": [API_SERVER]}, **(values or {})}),
        capture_output=True,
        text=True,
        timeout=60,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return [document for document in yaml.safe_load_all(done.stdout) if document]
