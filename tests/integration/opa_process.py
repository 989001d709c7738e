"""How is a real OPA started with the signed promotion bundle?"""

import contextlib
import datetime
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
from cluster_processes import process, wait_until_ready
from tests.ports import free_port

from preceptor import keys, policy_bundle
from preceptor_local.tools import binary

POLICY = Path(__file__).resolve().parents[2] / "policies" / "promotion"
LOOPBACK = "127.0.0.1"


@dataclass(frozen=True)
class Opa:
    """A running OPA that serves the promotion policy."""

    host: str
    port: int
    revision: str
    running: subprocess.Popen[bytes]

    @property
    def url(self) -> str:
        """Base URL."""
        return f"http://{self.host}:{self.port}"

    def decide(self, question: dict[str, Any]) -> dict[str, Any]:
        """The decision document on an input document."""
        answer = httpx.post(f"{self.url}/v1/data/preceptor/promotion/decision", json={"input": question}, timeout=10)
        answer.raise_for_status()
        result: dict[str, Any] = answer.json()["result"]
        return result


@dataclass(frozen=True)
class SignedBundle:
    """A bundle file, its revision, and the folder of the keys that it was signed with."""

    path: Path
    revision: str
    keys: Path


def signed_bundle(folder: Path, source: Path = POLICY, profiles: Path | None = None) -> SignedBundle:
    """Sign the promotion policy with new keys; everything is written into a folder."""
    made = keys.generate((LOOPBACK,), datetime.datetime.now(datetime.UTC))
    keys.write(made, folder / "keys")
    path = folder / "bundle.tar.gz"
    revision = policy_bundle.build(source, folder / "keys" / "bundle.key", path, profiles=profiles, opa=binary("opa"))
    return SignedBundle(path, revision, folder / "keys")


def command(bundle: Path, public_key: Path, port: int) -> list[str | Path]:
    """The command line as the chart's sidecar has it, on a port of this machine."""
    arguments = policy_bundle.serve_arguments(str(bundle), str(public_key))
    return [binary("opa"), "run", *arguments, f"--addr={LOOPBACK}:{port}", "--log-level=error"]


@contextlib.contextmanager
def running_opa(folder: Path, profiles: Path | None = None) -> Iterator[Opa]:
    """OPA with the signed bundle on a free port of 127.0.0.1."""
    bundle = signed_bundle(folder, profiles=profiles)
    port = free_port()
    with process("opa", command(bundle.path, bundle.keys / "bundle.pub", port), folder) as running:
        wait_until_ready("opa", folder, running, f"http://{LOOPBACK}:{port}/health?bundles")
        yield Opa(LOOPBACK, port, bundle.revision, running)
