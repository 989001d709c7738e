"""What this machine lacks for running a cluster of its own."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from preceptor_local.commands import attempt
from preceptor_local.errors import UsageError
from preceptor_local.packages import missing_programs

WAYS_ON = (
    "Two ways on: run the same command as root on a Linux machine whose kernel has it, "
    "or set CLUSTER=current to use the cluster of your current kube-context."
)

_TRIAL = """set -e
ip link add name bridge0 type bridge
ip link add name veth0 type veth peer name veth1
test -w /proc/sys/net/bridge/bridge-nf-call-iptables || { echo 'bridge netfilter (module br_netfilter)'; exit 3; }
nft add table inet trial || { echo 'nftables'; exit 3; }
nft add chain inet trial nat '{ type nat hook prerouting priority 0; }' || { echo 'nftables NAT'; exit 3; }
mount -t tmpfs tmpfs /run
mkdir /run/lower /run/upper /run/work /run/all
layers=lowerdir=/run/lower,upperdir=/run/upper,workdir=/run/work
mount -t overlay -o "$layers" overlay /run/all || { echo 'overlay file systems'; exit 3; }
"""
"""A rehearsal of what a node does, in namespaces that are gone when it ends."""

_MODULES = ("overlay", "br_netfilter", "nf_tables", "veth", "bridge", "nft_chain_nat")


def lacking() -> list[str]:
    """What is missing, each as a noun phrase; empty when a cluster can run here."""
    if os.uname().sysname != "Linux":
        return ["Linux"]
    if os.geteuid() != 0:
        return ["root"]
    lacks = [f"the cgroup controller {name}" for name in missing_controllers()]
    programs = missing_programs()
    if programs:
        return [*lacks, *(f"the program {name}" for name in programs)]
    if shutil.which("modprobe"):
        for module in _MODULES:
            # a kernel with the feature built in has no such module: the rehearsal below decides
            attempt(["modprobe", "--quiet", module])
    trial = attempt(
        ["unshare", "--mount", "--pid", "--net", "--ipc", "--uts", "--fork", "--mount-proc", "sh", "-c", _TRIAL]
    )
    if trial.returncode == 3:
        lacks.append(f"the kernel feature {trial.stdout.strip().splitlines()[-1]}")
    elif trial.returncode != 0:
        lacks.append(f"the right to make namespaces ({(trial.stderr.strip().splitlines() or ['unshare failed'])[-1]})")
    return lacks


def missing_controllers(root: Path = Path("/sys/fs/cgroup")) -> list[str]:
    """The cgroup controllers, of those that container limits need, that neither version of cgroups offers here."""
    needed = ("cpu", "memory", "pids")
    unified = root / "cgroup.controllers"
    offered = set(unified.read_text().split()) if unified.exists() else set()
    return [name for name in needed if name not in offered and not (root / name).is_dir()]


def require_root() -> None:
    """Raise UsageError when this user is not root or this is not Linux."""
    if os.uname().sysname != "Linux" or os.geteuid() != 0:
        raise UsageError(f"A local cluster needs Linux and root, which this machine or user lacks. {WAYS_ON}")


def require() -> None:
    """Raise UsageError with one sentence and the two ways on when a cluster cannot run here."""
    lacks = lacking()
    if lacks:
        raise UsageError(f"A local cluster needs {', '.join(lacks)}, which this machine or user lacks. {WAYS_ON}")
