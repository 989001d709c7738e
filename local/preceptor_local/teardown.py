"""How everything of a local cluster is taken away again, whatever state it was left in."""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import time
from collections.abc import Iterable
from pathlib import Path

from preceptor_local import plan, processes
from preceptor_local.commands import attempt, run
from preceptor_local.errors import LocalError

CGROUPS = Path("/sys/fs/cgroup")
CNI = Path("/var/lib/cni")


def clear(state: Path) -> list[str]:
    """Remove all that a cluster with its state in `state` has or left on this machine; say what there was.

    Nothing to remove is no error. Raises LocalError when something cannot be removed; the state folder is deleted last,
    and only when nothing is mounted under it.
    """
    found: list[str] = []
    if kill_all(state):
        found.append("processes")
    links = our_links(_links(), state)
    for link in links:
        attempt(["ip", "link", "delete", link])
        found.append(f"link {link}")
    _await_links_gone(links)
    for folder in stale_cgroups(_links()):
        _remove_cgroup(folder)
        found.append(f"cgroup {folder.relative_to(CGROUPS)}")
    for mount in reversed(mounts_under(Path("/proc/self/mountinfo").read_text(), state)):
        # there should be none, for the node's went with its namespace; but a mount may be somebody's data: keep it
        run(["umount", mount])
        found.append(f"mount {mount}")
    left = mounts_under(Path("/proc/self/mountinfo").read_text(), state)
    if left:
        raise LocalError(
            f"{left[0]} is still mounted; unmount it, then run `make cluster-down` again. Nothing was deleted."
        )
    if state.exists():
        shutil.rmtree(state)
        found.append(f"folder {state}")
    _remove_cni_folder()
    return found


def _remove_cni_folder() -> None:
    """Remove the folder that every node mounts its own over, if it is empty: no Debian package ships it.

    Not while another cluster runs: the kernel would take the mount in that one's namespace away with the folder.
    """
    if not processes.clusters():
        with contextlib.suppress(OSError):
            CNI.rmdir()


def kill_all(state: Path) -> bool:
    """Kill the cluster's processes, the node's init first (the kernel then kills all that is in the node)."""
    any_found = False
    for _ in range(50):
        ours = [process for process in processes.clusters() if process.cluster == str(state)]
        if not ours:
            return any_found
        any_found = True
        inits = [process for process in ours if process.is_node_init]
        for process in inits or ours:
            processes.kill(process.pid, str(state))
    raise LocalError(f"processes of the local cluster in {state} keep appearing: is another `make cluster-up` running?")


def our_links(links: Iterable[dict[str, object]], state: Path) -> list[str]:
    """The machine's ends of links whose alias names this state folder."""
    named = [(str(link.get("ifname", "")), link.get("ifalias")) for link in links]
    return [name for name, alias in named if re.fullmatch(rf"{plan.LINK_PREFIX}\d+", name) and alias == str(state)]


def mounts_under(mountinfo: str, folder: Path) -> list[str]:
    """The mount points at or under `folder`, in the order they were mounted."""
    found = []
    for line in mountinfo.splitlines():
        fields = line.split(" ")
        point = re.sub(r"\\([0-7]{3})", lambda code: chr(int(code[1], 8)), fields[4])
        if point == str(folder) or point.startswith(f"{folder}/"):
            found.append(point)
    return found


def stale_cgroups(links: Iterable[dict[str, object]], root: Path = CGROUPS) -> list[Path]:
    """Our cgroups that belong to no cluster any more: the ones whose number has no link."""
    alive = {str(link.get("ifname", "")) for link in links}
    hierarchies = [root, *(entry for entry in root.iterdir() if entry.is_dir())] if root.is_dir() else []
    found = {
        folder
        for hierarchy in hierarchies
        for folder in hierarchy.glob(f"{plan.LINK_PREFIX}*")
        if re.fullmatch(rf"{plan.LINK_PREFIX}\d+", folder.name) and folder.name not in alive and not folder.is_symlink()
    }
    return sorted(found)


def _remove_cgroup(folder: Path) -> None:
    end = time.monotonic() + 10
    while folder.exists():
        for inner, _, _ in os.walk(folder, topdown=False):
            with contextlib.suppress(OSError):
                os.rmdir(inner)
        if folder.exists():
            if time.monotonic() > end:
                raise LocalError(
                    f"The cgroup {folder} cannot be removed: `cat {folder}/cgroup.procs` tells who is in it."
                )
            # a process that was just killed leaves its cgroup a moment after it has left the process list
            time.sleep(0.05)


def _links() -> list[dict[str, object]]:
    answer: list[dict[str, object]] = json.loads(run(["ip", "-json", "link", "show"]) or "[]")
    return answer


def _await_links_gone(links: list[str]) -> None:
    end = time.monotonic() + 10
    while time.monotonic() < end:
        if not {str(link.get("ifname")) for link in _links()} & set(links):
            return
        time.sleep(0.02)
    raise LocalError(f"The link {links[0]} does not go away: `ip link delete {links[0]}`, then try again.")
