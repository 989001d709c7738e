"""Which of Debian's programs the local cluster runs, and how they come onto the machine."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from preceptor_local import say
from preceptor_local.commands import attempt, run
from preceptor_local.errors import LocalError, TryAgain, UsageError

CNI_PLUGINS = (Path("/usr/lib/cni"), Path("/opt/cni/bin"))
"""Where Debian, and where upstream's own archive, puts the CNI plugins."""

PROGRAMS = {
    "containerd": "containerd",
    "ctr": "containerd",
    "runc": "runc",
    "nft": "nftables",
    "ip": "iproute2",
    "unshare": "util-linux",
    "nsenter": "util-linux",
    "mount": "mount",
}
"""What a cluster needs: program, and the Debian package it is in."""

IMAGE_PROGRAMS = {"buildah": "buildah", "debootstrap": "debootstrap"}
"""What only building images needs."""


def missing_programs(*, images: bool = False, cluster: bool = True) -> list[str]:
    """The programs that are not installed, of those that a cluster of ours and building images need."""
    wanted = {**(PROGRAMS if cluster else {}), **(IMAGE_PROGRAMS if images else {})}
    if os.geteuid() != 0:
        # debootstrap needs root: others build from the Dockerfile's own base
        wanted.pop("debootstrap", None)
    path = os.environ.get("PATH", "") + ":/usr/sbin:/sbin"
    missing = [name for name in wanted if shutil.which(name, path=path) is None]
    return missing if not cluster or cni_plugins(required=False) else [*missing, "the CNI plugin bridge"]


def cni_plugins(*, required: bool = True) -> Path | None:
    """The folder of the CNI plugins. Raises LocalError if there is none and it is required."""
    for folder in CNI_PLUGINS:
        if all((folder / name).exists() for name in ("bridge", "host-local", "loopback")):
            return folder
    if required:
        raise LocalError("The CNI plugins are not installed: run `python -m preceptor_local packages`.")
    return None


def debian_packages(missing: list[str]) -> list[str]:
    """The Debian packages that hold the missing programs."""
    holds = {**PROGRAMS, **IMAGE_PROGRAMS, "the CNI plugin bridge": "containernetworking-plugins"}
    return list(dict.fromkeys(holds[name] for name in missing))


def ensure(*, images: bool = False, cluster: bool = True) -> None:
    """Install with apt-get what is missing. Raises UsageError where it cannot, TryAgain when apt-get fails."""
    missing = missing_programs(images=images, cluster=cluster)
    if not missing:
        return
    wanted = debian_packages(missing)
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        other = ", or set CLUSTER=current to use the cluster of your current kube-context" if cluster else ""
        raise UsageError(
            f"This machine lacks {', '.join(missing)}: install the packages {', '.join(wanted)} (on Debian, as root: "
            f"`apt-get install {' '.join(wanted)}`){other}."
        )
    had_service = _containerd_service()
    with say.step(f"install Debian packages: {', '.join(wanted)}"):
        env = {"DEBIAN_FRONTEND": "noninteractive"}
        try:
            install = ["apt-get", "install", "--yes", "--no-install-recommends", *wanted]
            if attempt(install, env=env).returncode != 0:
                run(["apt-get", "update"], env=env)
                run(install, env=env)
        except LocalError as error:
            raise TryAgain(str(error)) from error
    if "containerd" in wanted and not had_service and _containerd_service():
        # ours has its own socket, folders and namespaces; the service would only idle beside it
        attempt(["systemctl", "disable", "--now", "containerd.service"])


def _containerd_service() -> bool:
    """Whether systemd runs Debian's own containerd."""
    if not Path("/run/systemd/system").is_dir():
        return False
    return attempt(["systemctl", "is-active", "--quiet", "containerd.service"]).returncode == 0
