"""Which cluster every later step talks to."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from preceptor_local import paths, plan, tools
from preceptor_local.commands import attempt, run
from preceptor_local.errors import LocalError, TryAgain, UsageError


@dataclass(frozen=True)
class Connection:
    """A kubeconfig, the context in it, and whether the cluster is the one that this package runs."""

    kubeconfig: Path
    context: str
    is_local: bool

    def exists(self) -> bool:
        """Whether there is such a kubeconfig: of the local cluster, whether one was started and not taken down."""
        return self.kubeconfig.exists()

    def environment(self) -> dict[str, str]:
        """What a program needs in its environment to talk to this cluster."""
        return {"KUBECONFIG": str(self.kubeconfig)}

    def kubectl(self, *arguments: str, stdin: str | None = None, timeout: float | None = 120) -> str:
        """What kubectl prints. Raises LocalError with its message when it fails."""
        return run(self.command(*arguments), stdin=stdin, timeout=timeout)

    def succeeds(self, *arguments: str, stdin: str | None = None, timeout: float | None = 30) -> bool:
        """Whether kubectl succeeds with these arguments."""
        return attempt(self.command(*arguments), stdin=stdin, timeout=timeout).returncode == 0

    def apply(self, manifests: str) -> None:
        """Apply manifests (YAML) by server-side apply. Raises LocalError."""
        self.kubectl(
            "apply", "--server-side", "--force-conflicts", "--field-manager=preceptor-local", "-f", "-", stdin=manifests
        )

    def as_user(self, name: str) -> Connection:
        """The local cluster as one of its users sees it: alice, carol or dave. Raises UsageError elsewhere."""
        path = self.kubeconfig.parent / "users" / f"{name}.kubeconfig"
        if not self.is_local or not path.exists():
            raise UsageError(f"There is no kubeconfig for {name!r}: only the local cluster has alice, carol and dave.")
        return Connection(path, self.context, True)

    def command(self, *arguments: str) -> list[str | Path]:
        """The kubectl command with these arguments."""
        return [tools.binary("kubectl"), "--kubeconfig", self.kubeconfig, "--context", self.context, *arguments]


def uses_current() -> bool:
    """Whether CLUSTER asks for the current kube-context. Raises UsageError when it says something else."""
    asked = os.environ.get("CLUSTER", "local")
    if asked not in ("local", "current", ""):
        raise UsageError(
            f"CLUSTER is {asked!r}: it is `current` (your current kube-context) or unset (a local cluster)."
        )
    return asked == "current"


def connection() -> Connection:
    """The cluster to use: the current kube-context with CLUSTER=current, else the running local one.

    Raises UsageError when there is none.
    """
    if not uses_current():
        local = local_connection(paths.state())
        if not local.exists():
            raise UsageError("No local cluster is running: start it with `make cluster-up`.")
        return local
    named = os.environ.get("KUBECONFIG", "")
    candidates = [Path(part) for part in named.split(os.pathsep) if part] or [Path.home() / ".kube" / "config"]
    present = [path for path in candidates if path.exists()]
    if not present:
        raise UsageError(
            f"CLUSTER=current needs a kubeconfig, and {candidates[0]} does not exist: set KUBECONFIG, or unset "
            "CLUSTER to start a local cluster."
        )
    kubectl = tools.binary("kubectl")
    context = attempt([kubectl, "--kubeconfig", present[0], "config", "current-context"]).stdout.strip()
    if not context:
        raise UsageError(f"{present[0]} has no current context: choose one with `kubectl config use-context NAME`.")
    chosen = Connection(present[0], context, False)
    _require_version(chosen)
    return chosen


def local_connection(state: Path) -> Connection:
    """How the local cluster with this state folder is reached, whether or not it runs."""
    return Connection(state / "admin.kubeconfig", plan.NODE_NAME, True)


def _require_version(chosen: Connection) -> None:
    try:
        answer = json.loads(chosen.kubectl("get", "--raw", "/version", timeout=20))
    except LocalError as error:
        raise UsageError(f"The cluster of context {chosen.context!r} does not answer: {error}") from error
    minor = int("".join(digit for digit in str(answer.get("minor", "0")) if digit.isdigit()) or 0)
    if minor < 36:
        raise UsageError(
            f"The cluster of context {chosen.context!r} is Kubernetes 1.{minor}; approvals need "
            "MutatingAdmissionPolicy v1, which came with 1.36. Use a newer cluster, or unset CLUSTER for a local one."
        )


def wait_for(what: str, check: Callable[[], bool], *, seconds: float, every: float = 0.1) -> None:
    """Look again and again until `check` is true. Raises TryAgain after `seconds`."""
    end = time.monotonic() + seconds
    while not check():
        if time.monotonic() > end:
            raise TryAgain(f"{what} did not happen within {seconds:.0f} s.")
        time.sleep(every)
