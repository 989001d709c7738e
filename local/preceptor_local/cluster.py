"""How the local cluster is brought up, looked at and taken down."""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from preceptor_local import config, connection, machine, node, packages, paths, pki, plan, say, teardown, tools
from preceptor_local.commands import attempt, run
from preceptor_local.connection import Connection, wait_for
from preceptor_local.errors import LocalError
from preceptor_local.plan import Plan
from preceptor_local.runtime import Runtime

_READY = "ready"
"""The file in the state folder that is written last: without it a start was cut short."""


@dataclass(frozen=True)
class Status:
    """What a look at the local cluster found."""

    state: Path
    running: tuple[str, ...]
    missing: tuple[str, ...]
    """Daemons that should be alive and are not."""
    ready: bool
    """Whether every daemon lives, the start was finished, and the API server says that it is ready."""
    server: str

    @property
    def sentence(self) -> str:
        """The same as a sentence."""
        if self.ready:
            return f"The local cluster is running: {self.server}, state in {self.state}."
        if not self.running:
            return "No local cluster is running."
        lacks = f" without {', '.join(self.missing)}" if self.missing else ""
        return f"The local cluster in {self.state} is half up{lacks}: `make cluster-up` starts it anew."


def up() -> Connection:
    """Start the cluster unless it is healthy already, and say how to reach it.

    What a killed or interrupted start left is cleared first. Raises UsageError where no cluster can run.
    """
    if connection.uses_current():
        chosen = connection.connection()
        say.line(f"CLUSTER=current: nothing is started, the context {chosen.context!r} is used.")
        return chosen
    state = paths.state()
    node.check_place(state)
    with paths.exclusive("cluster"):
        if status().ready:
            return connection.local_connection(state)
        machine.require_root()
        packages.ensure()
        machine.require()
        programs = tools.ensure(tools.SETS["all"])
        start = time.monotonic()
        left = teardown.clear(state)
        if left:
            say.line(f"  ok    cleared what an earlier start left: {', '.join(left)}")
        try:
            _start(state, programs)
        except LocalError as error:
            raise type(error)(f"{error}{_last_words(state)}") from error
        say.line(f"The local cluster is up ({time.monotonic() - start:.1f} s).")
    return connection.local_connection(state)


def down() -> list[str]:
    """Take the cluster and everything it left away; returns what there was. Raises LocalError."""
    machine.require_root()
    with paths.exclusive("cluster"):
        return teardown.clear(paths.state())


def status() -> Status:
    """Look at the local cluster."""
    state = paths.state()
    alive = node.running(state) if node.find(state) else set()
    missing = tuple(name for name in config.DAEMONS if name not in alive)
    local = connection.local_connection(state)
    ready = not missing and (state / _READY).exists() and local.succeeds("get", "--raw", "/readyz", timeout=10)
    server = (state / _READY).read_text().strip() if ready else ""
    return Status(state, tuple(name for name in config.DAEMONS if name in alive), missing, ready, server)


def _start(state: Path, programs: dict[str, Path]) -> None:
    network = _choose_plan(state)
    for name in ("log", "etcd", "kubelet/volume-plugins", "pod-logs", "cni/conf"):
        (state / name).mkdir(parents=True, exist_ok=True)
    state.chmod(0o755)
    with say.step("node: namespaces, link, bridge, certificates"):
        pid = node.start(state, programs["pause"])
        node.connect(network, pid)
        node.make_cgroup(network)
        _write_identities(network)
        for path, text in config.files(network, packages.cni_plugins() or Path()).items():
            pki.write_private(state / path, text.encode())
    system = {"containerd": Path(shutil.which("containerd") or "/usr/bin/containerd")}
    lines = config.commands(state, {**programs, **system})
    local = connection.local_connection(state)
    runtime = Runtime(state)

    def launch(*names: str) -> None:
        for name in names:
            node.daemon(state, pid, name, lines[name])

    def settle(what: str, check: Callable[[], bool]) -> None:
        with say.step(what):
            _wait(state, what, check)

    launch("etcd", "kube-apiserver", "containerd")
    with say.step("containerd answers and has the pause image"):
        _wait(state, "containerd answers", runtime.answers)
        runtime.load_pause(programs["pause"])
    settle("API server ready", lambda: local.succeeds("get", "--raw", "/readyz", timeout=5))
    launch("kube-controller-manager", "kube-scheduler", "kubelet", "kube-proxy")
    local.apply(config.DNS_ACCESS)
    launch("coredns")
    settle("node ready", lambda: _node_ready(local))
    settle("service accounts", lambda: local.succeeds("get", "serviceaccount", "default", timeout=5))
    settle("cluster addresses answer", lambda: _service_answers(pid, local, programs["kubectl"]))
    (state / _READY).write_text(network.server + "\n")


def _choose_plan(state: Path) -> Plan:
    links = [str(link["ifname"]) for link in json.loads(run(["ip", "-json", "link", "show"]) or "[]")]
    routes = [
        str(route["dst"]) for route in json.loads(run(["ip", "-json", "-4", "route", "show", "table", "all"]) or "[]")
    ]
    return plan.choose(links, routes, state)


def _write_identities(network: Plan) -> None:
    state, folder = network.state, network.state / "pki"
    ca = pki.authority("preceptor-local")
    pki.write_private(folder / "ca.crt", ca.certificate_pem)
    pki.write_private(folder / "ca.key", ca.key_pem)
    names = (
        "kubernetes",
        "kubernetes.default",
        "kubernetes.default.svc",
        "kubernetes.default.svc.cluster.local",
        "localhost",
    )
    addresses = ("127.0.0.1", plan.API_ADDRESS_IN_CLUSTER, plan.NODE_ADDRESS, network.node_address)
    pairs = {
        "apiserver": pki.issue(ca, "kube-apiserver", hosts=(*names, *addresses)),
        "kubelet": pki.issue(ca, plan.NODE_NAME, hosts=(plan.NODE_NAME, plan.NODE_ADDRESS, "127.0.0.1")),
        "apiserver-kubelet": pki.issue(ca, "kube-apiserver-kubelet-client", group="system:masters"),
    }
    for name, pair in pairs.items():
        pki.write_private(folder / f"{name}.crt", pair.certificate_pem)
        pki.write_private(folder / f"{name}.key", pair.key_pem)
    accounts = pki.new_key()
    pki.write_private(folder / "service-accounts.key", pki.private_pem(accounts))
    pki.write_private(folder / "service-accounts.pub", pki.public_pem(accounts))
    inside = f"https://{plan.NODE_ADDRESS}:{plan.API_PORT}"
    clients = {
        "admin": (network.server, "admin", "system:masters"),
        "kube-controller-manager": (inside, "system:kube-controller-manager", ""),
        "kube-scheduler": (inside, "system:kube-scheduler", ""),
        "kubelet": (inside, f"system:node:{plan.NODE_NAME}", "system:nodes"),
        "kube-proxy": (inside, "system:kube-proxy", ""),
        "coredns": (inside, "system:coredns", ""),
    }
    clients |= {f"users/{user}": (network.server, user, group) for user, group in pki.USERS.items()}
    for path, (server, user, group) in clients.items():
        text = pki.kubeconfig(server, ca, user, pki.issue(ca, user, group=group), plan.NODE_NAME)
        pki.write_private(state / f"{path}.kubeconfig", text.encode())


def _node_ready(local: Connection) -> bool:
    path = '-o=jsonpath={.status.conditions[?(@.type=="Ready")].status}'
    return attempt(local.command("get", "node", plan.NODE_NAME, path), timeout=5).stdout.strip() == "True"


def _service_answers(pid: int, local: Connection, kubectl: Path) -> bool:
    server = f"https://{plan.API_ADDRESS_IN_CLUSTER}"
    access = [f"--kubeconfig={local.kubeconfig}", f"--server={server}", "--request-timeout=2s"]
    return node.inside(pid, [kubectl, *access, "get", "--raw", "/readyz"], check=False).strip() == "ok"


def _wait(state: Path, what: str, check: Callable[[], bool]) -> None:
    """Wait for a check, but not for a daemon that has died."""
    started = set(node.running(state)) & set(config.DAEMONS)

    def look() -> bool:
        dead = started - node.running(state)
        if dead:
            raise LocalError(f"{sorted(dead)[0]} ended before this: {what}.")
        return check()

    wait_for(what, look, seconds=120)


def _last_words(state: Path) -> str:
    """The last lines of the logs of daemons that are not alive (or of all, if all are)."""
    logs = sorted((state / "log").glob("*.log"))
    alive = node.running(state)
    chosen = [path for path in logs if path.stem not in alive] or logs
    tails = [f"\n--- {path}\n" + "\n".join(path.read_text(errors="replace").splitlines()[-5:]) for path in chosen]
    return "".join(tails)
