"""Which AdapterReleases and approvals do the tests write?"""

import copy
import json
import subprocess
from typing import Any

from cluster_processes import ApiServer

CANDIDATE = "sha256:" + "c" * 64
OTHER = "sha256:" + "d" * 64
EVIDENCE = "sha256:" + "e" * 64
REQUEST = "sha256:" + "f" * 64
REVISION = "4711"


def release(namespace: str, name: str = "triage", **spec: Any) -> dict[str, Any]:
    """A release as a user writes it."""
    return {
        "apiVersion": "preceptor.dev/v1alpha1",
        "kind": "AdapterRelease",
        "metadata": {"name": name, "namespace": namespace},
        "spec": {
            "candidateDigest": CANDIDATE,
            "evalGateRef": {"name": "triage"},
            "target": {"gatewayRef": {"name": "triage-gateway"}, "stage": "live"},
            "policy": {"profile": "demo", "revision": REVISION},
            **spec,
        },
    }


def approval(approver: str, **changes: str) -> dict[str, str]:
    """An approval as the command line writes it."""
    return {
        "approver": approver,
        "candidateDigest": CANDIDATE,
        "evidenceDigest": EVIDENCE,
        "policyRevision": REVISION,
        "requestDigest": REQUEST,
        "meaning": "I have read the report and approve this candidate for live use.",
        "expires": "2099-01-01T00:00:00Z",
        **changes,
    }


def approve(
    server: ApiServer, user: str, namespace: str, *approvals: dict[str, str], name: str = "triage", **changes: Any
) -> subprocess.CompletedProcess[str]:
    """Add approvals to those that are there by a merge patch; ``changes`` go to spec in the same request."""
    present = server.get("admin", "adapterrelease", name, "-n", namespace)["spec"].get("approvals", [])
    patch = {"spec": {"approvals": [*copy.deepcopy(present), *approvals], **changes}}
    return server.kubectl(
        user, "patch", "adapterrelease", name, "-n", namespace, "--type=merge", f"--patch={json.dumps(patch)}"
    )
