"""What of a local cluster can be seen on the machine?"""

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from preceptor_local import node, processes, teardown
from preceptor_local.commands import run

UP = [sys.executable, "-m", "preceptor_local", "cluster-up"]


_NETWORK_SETTINGS = ("net/ipv4/ip_forward", "net/ipv4/conf/all/forwarding", "net/bridge/bridge-nf-call-iptables")


def footprint(state: Path) -> dict[str, set[str]]:
    """Everything that a cluster with this state folder could leave on the machine, by kind.

    Other clusters may come and go meanwhile (their links carry their alias); what is not provably another's counts.
    """
    links = [link for link in teardown._links() if link.get("ifalias", str(state)) == str(state)]
    return {
        "mounts": {line.split(" ")[4] for line in Path("/proc/self/mountinfo").read_text().splitlines()},
        "links": {str(link["ifname"]) for link in links},
        "nft tables": set(run(["nft", "list", "tables"]).splitlines()),
        "cgroups": {str(path) for path in teardown.stale_cgroups(teardown._links())},
        "processes": {f"{p.pid} {p.program}" for p in processes.clusters() if p.cluster == str(state)},
        "network namespaces": set(os.listdir("/run/netns")) if Path("/run/netns").exists() else set(),
        "folders": {path for path in (str(state), "/var/lib/cni", "/run/containerd") if Path(path).exists()},
        "routes": set(run(["ip", "-4", "route", "show", "table", "main"]).splitlines()) - _routes_of_others(state),
        "kernel settings": {f"{name}={_setting(name)}" for name in node.KERNEL_SETTINGS},
        "network settings": {
            f"{name}={_setting(name)}" for name in ("net/ipv4/ip_forward", "net/ipv4/conf/all/forwarding")
        },
    }


def _setting(name: str) -> str:
    path = Path("/proc/sys") / name
    return path.read_text().strip() if path.exists() else ""


def _routes_of_others(state: Path) -> set[str]:
    others = {str(link["ifname"]) for link in teardown._links() if link.get("ifalias", str(state)) != str(state)}
    routes = run(["ip", "-4", "route", "show", "table", "main"]).splitlines()
    return {route for route in routes if others & set(route.split())}


def kill_everything(state: Path) -> None:
    """kill -9 of every process of the cluster, init and daemons alike, in no order."""
    for process in processes.clusters():
        if process.cluster == str(state):
            with suppress(ProcessLookupError):
                os.kill(process.pid, signal.SIGKILL)


def up_killed_after(lines: int) -> None:
    """Start `cluster-up` and kill it, with no chance to tidy up, as soon as it has reported that many steps."""
    with subprocess.Popen(UP, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True) as starting:
        assert starting.stderr is not None
        for _ in range(lines):
            starting.stderr.readline()
        starting.kill()


@contextmanager
def own_cluster(state: Path) -> Iterator[None]:
    """Let all commands in the block mean the cluster in this folder, and leave nothing of it behind."""
    before = os.environ.get("PRECEPTOR_STATE")
    os.environ["PRECEPTOR_STATE"] = str(state)
    try:
        teardown.clear(state)
        yield
    finally:
        teardown.clear(state)
        shutil.rmtree(state, ignore_errors=True)
        if before is None:
            os.environ.pop("PRECEPTOR_STATE")
        else:
            os.environ["PRECEPTOR_STATE"] = before
