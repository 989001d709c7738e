"""How does the operator reach its API server?"""

import os
from pathlib import Path

import kopf
from kopf import ConnectionInfo

from preceptor.exits import BadInput

SERVICE_ACCOUNT = Path("/var/run/secrets/kubernetes.io/serviceaccount")


def connect() -> ConnectionInfo:
    """The service account's connection inside a cluster, the kubeconfig's outside. Raises BadInput where neither is."""
    if (SERVICE_ACCOUNT / "token").exists():
        return in_cluster()
    info = kopf.login_with_kubeconfig(settings=kopf.OperatorSettings())
    if info is None:
        raise BadInput("There is neither a service account nor a kubeconfig: set KUBECONFIG to reach an API server.")
    return info


def in_cluster() -> ConnectionInfo:
    """The service account's connection; the token is read anew each time, since the kubelet rotates it."""
    host, port = os.environ.get("KUBERNETES_SERVICE_HOST", ""), os.environ.get("KUBERNETES_SERVICE_PORT", "443")
    return ConnectionInfo(
        server=f"https://{host}:{port}",
        ca_path=str(SERVICE_ACCOUNT / "ca.crt"),
        token=(SERVICE_ACCOUNT / "token").read_text().strip(),
        default_namespace=(SERVICE_ACCOUNT / "namespace").read_text().strip(),
    )


def own_namespace() -> str:
    """Where the operator runs: POD_NAMESPACE, or the service account's, or ``default``."""
    if namespace := os.environ.get("POD_NAMESPACE"):
        return namespace
    path = SERVICE_ACCOUNT / "namespace"
    return path.read_text().strip() if path.exists() else "default"
