"""How a real etcd and kube-apiserver, and a real OPA, are started for tests, and who can sign in."""

import contextlib
import json
import os
import shutil
import ssl
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import yaml
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from kubernetes import client, config
from tests.ports import free_port

from preceptor_local import pki
from preceptor_local.tools import binary, ensure

# The same people as on the local cluster, and an administrator.
GROUPS = {"admin": "system:masters", **pki.USERS}
SERVICE_ACCOUNT = "system:serviceaccount:"
OPERATOR = f"{SERVICE_ACCOUNT}preceptor-system:preceptor-operator"
START_SECONDS = 60


def memory_folder(prefix: str) -> Path:
    """A new folder, in memory where the machine has such a file system: etcd then never waits for a disk."""
    shm = Path("/dev/shm")
    return Path(tempfile.mkdtemp(prefix=prefix, dir=shm if os.access(shm, os.W_OK) else None))


@contextlib.contextmanager
def process(name: str, command: Sequence[str | Path], folder: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Run a server for as long as the context lasts; its output goes to FOLDER/NAME.log."""
    with (folder / f"{name}.log").open("wb") as log:
        running = subprocess.Popen([str(word) for word in command], stdout=log, stderr=subprocess.STDOUT)
        try:
            yield running
        finally:
            running.terminate()
            try:
                running.wait(timeout=10)
            except subprocess.TimeoutExpired:
                running.kill()
                running.wait()


def wait_until_ready(name: str, folder: Path, running: subprocess.Popen[bytes], url: str, **options: Any) -> None:
    """Wait until a URL answers 200. Raises RuntimeError with the end of the log when the server ends or is too slow."""
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        if running.poll() is not None:
            break
        with contextlib.suppress(httpx.HTTPError):
            if httpx.get(url, timeout=2, **options).status_code == 200:
                return
        time.sleep(0.05)
    tail = (folder / f"{name}.log").read_text(errors="replace")[-3000:]
    raise RuntimeError(f"{name} did not become ready at {url}:\n{tail}")


@dataclass
class ApiServer:
    """A running API server with RBAC, and kubeconfigs of its users."""

    url: str
    ca: Path
    folder: Path
    authority: pki.Identity
    _kubeconfigs: dict[str, Path] = field(default_factory=dict)

    def kubeconfig(self, user: str) -> Path:
        """The kubeconfig of a person (client certificate) or of ``system:serviceaccount:NAMESPACE:NAME`` (a token of
        TokenRequest; namespace and account are made if they are missing).
        """
        if user not in self._kubeconfigs:
            text = self._token_config(user) if user.startswith(SERVICE_ACCOUNT) else self._certificate_config(user)
            path = self.folder / f"{user.replace(':', '_')}.kubeconfig"
            pki.write_private(path, text.encode())
            self._kubeconfigs[user] = path
        return self._kubeconfigs[user]

    def kubectl(self, user: str, *arguments: str, manifest: Any = None) -> subprocess.CompletedProcess[str]:
        """Run the real kubectl as a user; a manifest (or list of them) goes to its standard input.

        As JSON: PyYAML writes YAML 1.1, in which the string 2e-4 needs no quotes, and kubectl would read a number.
        """
        documents = manifest if isinstance(manifest, list) else [manifest]
        return subprocess.run(
            [
                str(binary("kubectl")),
                f"--kubeconfig={self.kubeconfig(user)}",
                f"--cache-dir={self.folder / 'kubectl-cache'}",
                *arguments,
            ],
            input=None if manifest is None else "\n---\n".join(json.dumps(document) for document in documents),
            capture_output=True,
            text=True,
            timeout=120,
        )

    def get(self, user: str, *arguments: str) -> Any:
        """``kubectl get … -o json`` as Python values. Raises AssertionError when it fails."""
        done = self.kubectl(user, "get", *arguments, "-o", "json")
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    def client(self, user: str = "admin") -> client.ApiClient:
        """A client of the kubernetes package that is signed in as a user."""
        made: client.ApiClient = config.new_client_from_config(str(self.kubeconfig(user)))  # type: ignore[no-untyped-call]
        return made

    def admin_context(self) -> ssl.SSLContext:
        """TLS settings of the administrator, for plain HTTP requests to the server."""
        context = ssl.create_default_context(cafile=str(self.ca))
        context.load_cert_chain(self.folder / "admin.crt", self.folder / "admin.key")
        return context

    def _certificate_config(self, user: str) -> str:
        identity = pki.issue(self.authority, user, group=GROUPS.get(user, ""))
        return pki.kubeconfig(self.url, self.authority, user, identity, user)

    def _token_config(self, user: str) -> str:
        namespace, name = user.removeprefix(SERVICE_ACCOUNT).split(":")
        self.kubectl("admin", "create", "namespace", namespace)
        self.kubectl("admin", "create", "serviceaccount", name, "--namespace", namespace)
        token = self.kubectl("admin", "create", "token", name, "--namespace", namespace, "--duration=1h")
        assert token.returncode == 0, token.stderr
        document = yaml.safe_load(self._certificate_config("nobody"))
        document["users"][0]["user"] = {"token": token.stdout.strip()}
        return yaml.safe_dump(document)


@contextlib.contextmanager
def running_api_server() -> Iterator[ApiServer]:
    """etcd and kube-apiserver on free ports, state in memory; nothing is left behind."""
    found = ensure(["etcd", "kube-apiserver", "kubectl"])
    folder = memory_folder("preceptor-apiserver-")
    try:
        authority = pki.authority("preceptor-test")
        server = _write_credentials(folder, authority)
        etcd_port, peer_port, port = free_port(), free_port(), free_port()
        etcd_url = f"http://127.0.0.1:{etcd_port}"
        peer_url = f"http://127.0.0.1:{peer_port}"
        etcd_command: list[str | Path] = [
            found["etcd"],
            f"--data-dir={folder / 'etcd'}",
            f"--listen-client-urls={etcd_url}",
            f"--advertise-client-urls={etcd_url}",
            f"--listen-peer-urls={peer_url}",
            f"--initial-advertise-peer-urls={peer_url}",
            f"--initial-cluster=default={peer_url}",
            "--unsafe-no-fsync",
            "--log-level=warn",
        ]
        server_command: list[str | Path] = [
            found["kube-apiserver"],
            f"--etcd-servers={etcd_url}",
            "--bind-address=127.0.0.1",
            f"--secure-port={port}",
            f"--client-ca-file={folder / 'ca.crt'}",
            f"--tls-cert-file={folder / 'server.crt'}",
            f"--tls-private-key-file={folder / 'server.key'}",
            f"--service-account-key-file={folder / 'sa.key'}",
            f"--service-account-signing-key-file={folder / 'sa.key'}",
            "--service-account-issuer=https://kubernetes.default.svc",
            "--service-cluster-ip-range=10.96.0.0/24",
            "--authorization-mode=RBAC",
            # There is no controller manager to make a default service account in every namespace.
            "--disable-admission-plugins=ServiceAccount",
            "--profiling=false",
        ]
        api = ApiServer(f"https://127.0.0.1:{port}", folder / "ca.crt", folder, authority)
        with process("etcd", etcd_command, folder), process("kube-apiserver", server_command, folder) as running:
            wait_until_ready("kube-apiserver", folder, running, f"{server}:{port}/readyz", verify=api.admin_context())
            yield api
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _write_credentials(folder: Path, authority: pki.Identity) -> str:
    """Write the server's, the administrator's and the token issuer's keys; returns the URL without its port."""
    server = pki.issue(authority, "kube-apiserver", hosts=("127.0.0.1", "localhost", "kubernetes.default.svc"))
    admin = pki.issue(authority, "admin", group=GROUPS["admin"])
    pki.write_private(folder / "ca.crt", authority.certificate_pem)
    for name, identity in (("server", server), ("admin", admin)):
        pki.write_private(folder / f"{name}.crt", identity.certificate_pem)
        pki.write_private(folder / f"{name}.key", identity.key_pem)
    issuer = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = issuer.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
    )
    pki.write_private(folder / "sa.key", pem)
    return "https://127.0.0.1"
