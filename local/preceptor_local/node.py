"""What the node is: a set of Linux namespaces that live and die with one process.

Its PID, mount, network, IPC and host-name namespaces are the node's machine. Every daemon, mount, bridge, nft table and
changed network setting is inside, so the kernel itself takes all of it away when the init process dies: however it
dies, however far a start had come. The machine outside has only one veth link, empty cgroups and the state folder.
"""

from __future__ import annotations

import contextlib
import os
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path

from preceptor_local import plan, processes
from preceptor_local.commands import attempt, run
from preceptor_local.errors import LocalError, UsageError
from preceptor_local.plan import Plan

PRIVATE = ("/run", "/var/log", "/var/lib/cni")
"""Folders that containerd, the CNI plugins and the kubelet write to whatever they are told: the node has its own."""

KERNEL_SETTINGS = {
    "vm/overcommit_memory": "1",
    "vm/panic_on_oom": "0",
    "kernel/panic": "10",
    "kernel/panic_on_oops": "1",
    "kernel/keys/root_maxkeys": "1000000",
    "kernel/keys/root_maxbytes": "25000000",
}
"""What the kubelet would set for the whole machine. It reads files with these values instead: nothing to do."""


def init_script(pause: Path) -> str:
    """The node's first shell commands: private folders, the kubelet's make-believe settings, then the init itself."""
    lines = ["set -e"]
    lines += [f"mount -t tmpfs -o mode=755 {plan.NODE_NAME} {folder}" for folder in PRIVATE]
    lines += ["mkdir -p /run/netns /run/lock"]
    for name, value in KERNEL_SETTINGS.items():
        copy = f"/run/kernel/{name}"
        lines.append(f"mkdir -p {Path(copy).parent} && echo {value} > {copy}")
        lines.append(f"[ ! -e /proc/sys/{name} ] || mount --bind {copy} /proc/sys/{name}")
    lines += [f"hostname {plan.NODE_NAME}", f"exec '{pause}'"]
    return "\n".join(lines)


def network_script(network: Plan) -> str:
    """The node's network: its end of the link, the pods' bridge, and no way from a pod to anywhere but the cluster."""
    return f"""set -e
ip link set lo up
ip address add {network.node_address}/30 dev eth0
ip link set eth0 up
ip link add name {plan.BRIDGE} type bridge
ip address add {plan.NODE_ADDRESS}/24 dev {plan.BRIDGE}
ip link set {plan.BRIDGE} up
# no default route: the node has no way out either, but its own programs must reach cluster addresses
ip route add {plan.SERVICE_RANGE} dev {plan.BRIDGE}
echo 1 > /proc/sys/net/ipv4/ip_forward
echo 1 > /proc/sys/net/bridge/bridge-nf-call-iptables
nft -f - <<'RULES'
table inet {plan.NFT_TABLE} {{
  chain forward {{
    type filter hook forward priority -10; policy accept;
    iifname "{plan.BRIDGE}" oifname != "{plan.BRIDGE}" counter drop
    oifname "{plan.BRIDGE}" iifname != "{plan.BRIDGE}" counter drop
  }}
}}
RULES
"""


def check_place(state: Path) -> None:
    """Refuse a state folder that the node could not see. Raises UsageError."""
    for folder in PRIVATE:
        if state.is_relative_to(folder):
            raise UsageError(
                f"The state folder {state} lies under {folder}, of which the node has its own: set PRECEPTOR_STATE "
                "to a folder elsewhere, such as /dev/shm/preceptor-local."
            )


def find(state: Path) -> int | None:
    """The process id of the running node's init, None if there is none."""
    inits = [process.pid for process in processes.clusters() if process.cluster == str(state) and process.is_node_init]
    return inits[0] if inits else None


def start(state: Path, pause: Path) -> int:
    """Make the namespaces and return the init's process id. Raises LocalError when the kernel refuses."""
    Path("/var/lib/cni").mkdir(parents=True, exist_ok=True)
    log = state / "log" / "node.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    command = [
        "unshare",
        "--mount",
        "--pid",
        "--net",
        "--ipc",
        "--uts",
        "--fork",
        "--mount-proc",
        "--propagation",
        "slave",
    ]
    with log.open("ab") as output:
        child = subprocess.Popen(
            [*command, "sh", "-c", init_script(pause)],
            stdin=subprocess.DEVNULL, stdout=output, stderr=output, cwd="/", env=environment(state),
            start_new_session=True,
        )  # fmt: skip
    end = time.monotonic() + 20
    while time.monotonic() < end:
        pid = find(state)
        process = processes.read(pid) if pid else None
        if process and process.program == pause.name:
            return process.pid
        if child.poll() is not None:
            break
        time.sleep(0.02)
    raise LocalError(f"The node's namespaces could not be made: {log.read_text(errors='replace').strip()[-600:]}")


def connect(network: Plan, pid: int) -> None:
    """Lay the link between the machine and the node and set up the network inside. Raises LocalError."""
    # the peer is born in the node, so that the pair dies with the node even if this program is killed right here
    peer = ["peer", "name", "eth0", "netns", str(pid)]
    run(["ip", "link", "add", "name", network.link, "type", "veth", *peer])
    run(["ip", "link", "set", network.link, "alias", str(network.state)])
    run(["ip", "address", "add", network.machine_address, "dev", network.link])
    run(["ip", "link", "set", network.link, "up"])
    inside(pid, ["sh", "-c", network_script(network)])


def make_cgroup(network: Plan, root: Path = Path("/sys/fs/cgroup")) -> None:
    """Make the cgroup that the kubelet puts all pods under, in each hierarchy of version 1 or the one of version 2."""
    hierarchies = (
        [root] if (root / "cgroup.controllers").exists() else [entry for entry in root.iterdir() if entry.is_dir()]
    )
    for hierarchy in hierarchies:
        with contextlib.suppress(FileExistsError):
            # names of co-mounted controllers are links to one folder
            (hierarchy / network.cgroup).mkdir()


def inside(pid: int, command: Sequence[str | Path], *, check: bool = True) -> str:
    """Run a command in the node and return its output; with `check` off a failure returns what it printed."""
    words = [*_enter(pid), *command]
    return run(words) if check else attempt(words).stdout


def daemon(state: Path, pid: int, name: str, command: Sequence[str | Path]) -> None:
    """Start a daemon in the node; its output goes to STATE/log/NAME.log and the node's init reaps it."""
    script = 'log=$1; shift; cd /; setsid "$@" </dev/null >>"$log" 2>&1 &'
    words = [*_enter(pid), "sh", "-c", script, "sh", state / "log" / f"{name}.log", *command]
    done = subprocess.run(
        [str(word) for word in words],
        env=environment(state),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
    )
    if done.returncode != 0:
        raise LocalError(f"{name} could not be started in the node: {done.stderr.decode(errors='replace').strip()}")


def running(state: Path) -> set[str]:
    """The names of this cluster's daemons that are alive now."""
    return {process.program for process in processes.clusters() if process.cluster == str(state)}


def environment(state: Path) -> dict[str, str]:
    """What a daemon's environment holds: the marker, and nothing of the person's own shell."""
    path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
    return {processes.MARKER: str(state), "PATH": path, "HOME": "/root", "LANG": os.environ.get("LANG", "C.UTF-8")}


def _enter(pid: int) -> list[str]:
    return ["nsenter", "--target", str(pid), "--mount", "--pid", "--net", "--ipc", "--uts", "--"]
