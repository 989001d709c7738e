"""How buildah is run so that it leaves nothing on the machine but its storage in the cache."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from preceptor_local import uv
from preceptor_local.commands import attempt, run
from preceptor_local.errors import LocalError
from preceptor_local.paths import cache

UV_CACHE_INSIDE = "/var/tmp/uv-cache"
"""Where build steps see this machine's uv cache; the Dockerfiles take it as UV_CACHE_DIR."""


def command(*arguments: str | Path) -> list[str | Path]:
    """A buildah command line: root's has a mount namespace of its own, so that its mounts end with it, even if killed.

    Another user's (who has only CLUSTER=current to build for) is buildah as that user has set it up.
    """
    program = shutil.which("buildah") or "buildah"
    if os.geteuid() != 0:
        return [program, *arguments]
    folder = cache() / "buildah"
    storage = [f"--root={folder}/storage", f"--runroot={folder}/run", "--storage-driver=overlay"]
    return ["unshare", "--mount", "--propagation", "private", program, *storage, *arguments]


def beside_storage(words: Sequence[str]) -> int:
    """Run a command for which `buildah` means this storage, its mounts ended with it; returns its exit code."""
    if os.geteuid() != 0:
        return subprocess.run(words, check=False).returncode
    folder = cache() / "buildah"
    settings = folder / "storage.conf"
    settings.write_text(f'[storage]\ndriver = "overlay"\ngraphroot = "{folder}/storage"\nrunroot = "{folder}/run"\n')
    environment = os.environ | {"CONTAINERS_STORAGE_CONF": str(settings)}
    apart = ["unshare", "--mount", "--propagation", "private", *words]
    return subprocess.run(apart, env=environment, check=False).returncode


def has(reference: str) -> bool:
    """Whether the storage holds this image."""
    return attempt(command("inspect", "--type", "image", reference)).returncode == 0


def build(
    dockerfile: Path,
    context: Path,
    reference: str,
    *,
    target: str | None = None,
    arguments: Mapping[str, str] | None = None,
) -> None:
    """Build an image and name it. Raises LocalError with the end of buildah's output."""
    words: list[str | Path] = ["bud", "--layers", "--isolation", "chroot", "--network", "host", "--format", "oci"]
    words += ["--pull-never" if arguments else "--pull", "--file", dockerfile, "--tag", reference]
    if target:
        words += ["--target", target]
    for name, value in {**(arguments or {}), "UV_CACHE_DIR": UV_CACHE_INSIDE}.items():
        words += ["--build-arg", f"{name}={value}"]
    for volume in _volumes():
        words += ["--volume", volume]
    run(command(*words, context))


def _volumes() -> list[str]:
    """What a build step sees of this machine: its certificates, uv's cache, and uv's and pip's settings if any."""
    found = []
    if Path("/etc/ssl/certs/ca-certificates.crt").exists():
        found.append("/etc/ssl/certs:/etc/ssl/certs:ro")
    uv_cache = attempt([uv.binary(), "cache", "dir"]).stdout.strip()
    if uv_cache and Path(uv_cache).is_dir():
        found.append(f"{uv_cache}:{UV_CACHE_INSIDE}")
    for path in ("/etc/uv/uv.toml", "/etc/pip.conf"):
        if Path(path).exists():
            found.append(f"{path}:{path}:ro")
    own = Path(os.environ.get("XDG_CONFIG_HOME", Path.home() / ".config")) / "uv" / "uv.toml"
    if own.exists():
        found.append(f"{own}:/root/.config/uv/uv.toml:ro")
    return found


def push(reference: str, destination: str) -> None:
    """Push an image to a registry (`docker://…`). Raises LocalError."""
    run(command("push", reference, destination))


def import_archive(archive: bytes, reference: str) -> None:
    """Bring an OCI archive into the storage under this name. Raises LocalError."""
    folder = cache() / "buildah"
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"import.{os.getpid()}.tar"
    try:
        path.write_bytes(archive)
        identifier = run(command("pull", f"oci-archive:{path}")).strip().splitlines()[-1]
        run(command("tag", identifier, reference))
    finally:
        path.unlink(missing_ok=True)


def export(reference: str, layout: Path) -> None:
    """Write an image into an OCI image layout: only the layers that it lacks are written. Raises LocalError."""
    layout.parent.mkdir(parents=True, exist_ok=True)
    # not compressed: this machine reads it back at once
    run(command("push", "--quiet", "--disable-compression", reference, f"oci:{layout}:{reference.rsplit(':', 1)[-1]}"))


def remove_all() -> None:
    """Delete the storage. Raises LocalError."""
    folder = cache() / "buildah"
    done = subprocess.run(["rm", "-rf", "--one-file-system", str(folder)], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise LocalError(f"{folder} could not be deleted: {done.stderr.strip()}")
