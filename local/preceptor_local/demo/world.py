"""Where does the demo run, as whom, and with which assets?"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from preceptor import manifests
from preceptor_local import tools
from preceptor_local.connection import Connection

ROOT = Path(__file__).resolve().parents[3]
ASSETS = ROOT / "local" / "assets"
OUT = ROOT / "build" / "demo"
NAMESPACE = "clinical-ai"
SYSTEM = "preceptor-system"
GATEWAY = "triage-gateway"
KEEPER = "store-keeper"
# On everything that the demo makes: it deletes and overwrites nothing that lacks it.
DEMO_LABEL = {"app.kubernetes.io/part-of": "preceptor-demo"}
DEMO_SELECTOR = "app.kubernetes.io/part-of=preceptor-demo"
# The people of the demo and their groups, as the local cluster signs their certificates.
GROUPS = {"alice": "ml-engineers", "carol": "clinical-governance", "dave": "clinical-governance"}


class ClaimFailed(AssertionError):
    """Something that the demo claims does not hold."""


@dataclass(frozen=True)
class World:
    """An installation that claims can be checked on."""

    connection: Connection
    policy_revision: str
    # Digest of the output policy that every image carries.
    output_policy: str
    thresholds: tuple[dict[str, str], ...]
    suite: str = "triage-heldout"
    facts: dict[str, Any] = field(default_factory=dict)

    def digest(self, folder: str) -> str:
        """Digest of an assets folder such as ``models/tiny-triage``."""
        return manifests.read(ASSETS / folder).digest

    def command(self, user: str | None, *arguments: str) -> list[str | Path]:
        """kubectl as somebody: the administrator, or a person of the demo (impersonated on other clusters)."""
        if user is None:
            return self.connection.command(*arguments)
        if self.connection.is_local:
            return self.connection.as_user(user).command(*arguments)
        return self.connection.command(f"--as={user}", f"--as-group={GROUPS[user]}", *arguments)

    def kubectl(
        self,
        *arguments: str,
        user: str | None = None,
        manifest: Any = None,
        text: str | None = None,
        timeout: float = 60,
    ) -> subprocess.CompletedProcess[str]:
        """Run kubectl with a manifest or a text as its standard input; the caller looks at the return code."""
        return subprocess.run(
            [str(word) for word in self.command(user, *arguments)],
            input=text if manifest is None else yaml.safe_dump(manifest),
            capture_output=True,
            text=True,
            errors="replace",
            timeout=timeout,
            check=False,
        )

    def must(self, *arguments: str, user: str | None = None, manifest: Any = None, timeout: float = 60) -> str:
        """Run kubectl and return what it prints. Raises ClaimFailed with its message when it fails."""
        done = self.kubectl(*arguments, user=user, manifest=manifest, timeout=timeout)
        if done.returncode != 0:
            raise ClaimFailed(f"kubectl {' '.join(arguments[:3])} failed: {done.stderr.strip()}")
        return done.stdout

    def apply(self, manifest: Any, *, user: str | None = None) -> None:
        """Apply a manifest in the demo's namespace, as its user would."""
        self.must("-n", NAMESPACE, "apply", "-f", "-", user=user, manifest=manifest)

    def get(self, kind: str, name: str) -> dict[str, Any]:
        """An object of the demo's namespace."""
        found: dict[str, Any] = json.loads(self.must("-n", NAMESPACE, "get", kind, name, "-o", "json"))
        return found

    def items(self, kind: str, *arguments: str) -> list[dict[str, Any]]:
        """Objects of the demo's namespace."""
        found: list[dict[str, Any]] = json.loads(self.must("-n", NAMESPACE, "get", kind, "-o", "json", *arguments))[
            "items"
        ]
        return found

    def wait(
        self, kind: str, name: str, *states: str, seconds: float, detail: Callable[[dict[str, Any]], None] | None = None
    ) -> dict[str, Any]:
        """Wait until a resource is in one of these states. Raises ClaimFailed with its last status."""
        end = time.monotonic() + seconds
        while True:
            found = self.get(kind, name)
            status = found.get("status") or {}
            if detail is not None:
                detail(status)
            if status.get("state") in states and status.get("observedGeneration") == found["metadata"]["generation"]:
                return found
            if time.monotonic() > end:
                raise ClaimFailed(
                    f"{kind} {name} was to become {' or '.join(states)} within {seconds:.0f} s: {said(status)}"
                )
            time.sleep(0.5)

    def keeper(self, *command: str, stdin: bytes | None = None, timeout: float = 60) -> bytes:
        """Run a command in the pod that has every store mounted. Raises ClaimFailed."""
        words = self.command(None, "-n", NAMESPACE, "exec", "-i", KEEPER, "--", *command)
        done = subprocess.run(
            [str(word) for word in words], input=stdin, capture_output=True, timeout=timeout, check=False
        )
        if done.returncode != 0:
            raise ClaimFailed(f"{command[0]} in pod {KEEPER} failed: {done.stderr.decode(errors='replace').strip()}")
        return done.stdout

    def with_token(self, token: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run kubectl with a bearer token alone: a client certificate beside it would win."""
        view = self.must("config", "view", "--minify", "--flatten", "-o", "json")
        document = json.loads(view)
        document["users"] = [{"name": document["users"][0]["name"], "user": {"token": token}}]
        path = self._write_kubeconfig("token", document)
        words = [tools.binary("kubectl"), "--kubeconfig", path, *arguments]
        return subprocess.run([str(word) for word in words], capture_output=True, text=True, timeout=60, check=False)

    def cli(self, user: str, *arguments: str, timeout: float = 60) -> subprocess.CompletedProcess[str]:
        """The ``preceptor`` command as a person, through a kubeconfig of theirs."""
        return self._person(user, [Path(sys.executable).with_name("preceptor"), *arguments], timeout)

    def plugin(self, user: str, *arguments: str, timeout: float = 60) -> subprocess.CompletedProcess[str]:
        """The same as kubectl's plug-in, ``kubectl preceptor …``, which kubectl finds on the PATH."""
        return self._person(user, [tools.binary("kubectl"), "preceptor", *arguments], timeout)

    def _person(self, user: str, words: list[str | Path], timeout: float) -> subprocess.CompletedProcess[str]:
        path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}"
        return subprocess.run(
            [str(word) for word in words],
            env={**os.environ, "PATH": path, "KUBECONFIG": str(self._kubeconfig(user)), "COLUMNS": "140"},
            capture_output=True,
            text=True,
            timeout=timeout,
            check=False,
        )

    def _kubeconfig(self, user: str) -> Path:
        if self.connection.is_local:
            return self.connection.as_user(user).kubeconfig
        # The administrator's own kubeconfig, acting as the person.
        document = yaml.safe_load(self.connection.kubeconfig.read_text())
        for entry in document["users"]:
            entry["user"].update({"as": user, "as-groups": [GROUPS[user]]})
        document["current-context"] = self.connection.context
        return self._write_kubeconfig(user, document)

    def _write_kubeconfig(self, name: str, document: dict[str, Any]) -> Path:
        OUT.mkdir(parents=True, exist_ok=True)
        path = OUT / f"{name}.kubeconfig"
        path.touch(mode=0o600)
        path.write_text(yaml.safe_dump(document))
        return path


def said(status: dict[str, Any]) -> str:
    """A status in one sentence."""
    for condition in status.get("conditions") or ():
        if condition.get("reason") == status.get("reason") and condition.get("message"):
            return f"{status.get('state')} ({status.get('reason')}): {condition['message']}"
    return f"{status.get('state') or 'no state yet'} ({status.get('reason') or 'no reason yet'})"


def require(holds: bool, sentence: str) -> None:
    """Raises ClaimFailed with the sentence unless the fact holds."""
    if not holds:
        raise ClaimFailed(sentence)
