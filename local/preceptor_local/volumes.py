"""How a folder of this machine becomes a volume that pods of the local cluster mount through a claim."""

from __future__ import annotations

import json
from pathlib import Path

import yaml

from preceptor_local import plan, torch_env
from preceptor_local.connection import Connection, connection
from preceptor_local.errors import UsageError
from preceptor_local.paths import digest_of, state

_CLASS = "preceptor-local"
"""No such StorageClass exists: nothing provisions volumes here, and the claim binds to the one volume that names it."""


def manifests(name: str, namespace: str, claim: str, path: Path, *, read_only: bool) -> list[dict[str, object]]:
    """The PersistentVolume and the claim bound to it, before any pod asks.

    Pods must mount a read-only one read-only themselves: a claim's access mode alone hinders nobody on one node.
    """
    mode = "ReadOnlyMany" if read_only else "ReadWriteMany"
    size = {"storage": "1Gi"}
    volume: dict[str, object] = {
        "apiVersion": "v1",
        "kind": "PersistentVolume",
        "metadata": {"name": name, "labels": {"app.kubernetes.io/managed-by": "preceptor-local"}},
        "spec": {
            "capacity": size,
            "accessModes": [mode],
            "storageClassName": _CLASS,
            "persistentVolumeReclaimPolicy": "Retain",
            "local": {"path": str(path)},
            "claimRef": {"namespace": namespace, "name": claim},
            "nodeAffinity": {
                "required": {
                    "nodeSelectorTerms": [
                        {
                            "matchExpressions": [
                                {"key": "kubernetes.io/hostname", "operator": "In", "values": [plan.NODE_NAME]}
                            ]
                        }
                    ]
                }
            },
        },
    }
    request: dict[str, object] = {
        "apiVersion": "v1",
        "kind": "PersistentVolumeClaim",
        "metadata": {
            "name": claim,
            "namespace": namespace,
            "labels": {"app.kubernetes.io/managed-by": "preceptor-local"},
        },
        "spec": {
            "accessModes": [mode],
            "storageClassName": _CLASS,
            "volumeName": name,
            "resources": {"requests": size},
        },
    }
    return [volume, request]


def local_volume(
    name: str, namespace: str, claim: str, path: Path, read_only: bool = False, *, to: Connection | None = None
) -> None:
    """Make `claim` in `namespace` a volume over the folder `path`, which is made if it is missing.

    Doing it again is no change. A writable folder is opened to the images' user (10001). What is in the folder outlives
    the cluster. Raises UsageError on a cluster that is not local, LocalError when the API server refuses.
    """
    cluster = to or connection()
    if not cluster.is_local:
        raise UsageError(
            f"{claim}: local volumes exist only in the local cluster; with CLUSTER=current make the claim yourself."
        )
    folder = Path(path).resolve()
    folder.mkdir(parents=True, exist_ok=True)
    if not read_only:
        # the pods' user is not this machine's: they share one group id instead of one owner
        folder.chmod(0o2777)
    _forget_released(cluster, name)
    found = manifests(name, namespace, claim, folder, read_only=read_only)
    cluster.apply(yaml.safe_dump_all(found))


def _forget_released(cluster: Connection, name: str) -> None:
    """A volume whose claim was deleted stays Released for ever: delete it (never its folder), so that it can bind."""
    text = cluster.kubectl("get", "persistentvolume", name, "--ignore-not-found", "--output=json")
    if text and json.loads(text).get("status", {}).get("phase") in ("Released", "Failed"):
        cluster.kubectl("delete", "persistentvolume", name)


def torch_volume(namespace: str, *, to: Connection | None = None) -> str:
    """Give a namespace the claim `torch-env` over the locked torch environment, read-only; returns the claim's name."""
    name = f"torch-env-{digest_of([namespace.encode()])}"
    local_volume(name, namespace, torch_env.CLAIM, torch_env.ensure(), read_only=True, to=to)
    return torch_env.CLAIM


def scratch(name: str) -> Path:
    """A folder under the cluster's state for a volume's data that ends with the cluster."""
    return state() / "volumes" / name
