"""Which base image local builds start from: Debian with its Python, made from Debian packages, no registry needed."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from preceptor_local import buildah, native, say, uv
from preceptor_local.commands import run
from preceptor_local.errors import LocalError, TryAgain
from preceptor_local.paths import cache, digest_of, exclusive

SUITE = "bookworm"
"""Debian 12: its Python is 3.11, the version of the production base."""

PACKAGES = ("ca-certificates", "python3")

_BASE = """FROM scratch
ADD rootfs.tar /
ENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin LANG=C.UTF-8
CMD ["python3"]
"""

_BUILDER = """ARG BASE
FROM ${BASE}
COPY uv /usr/local/bin/uv
COPY preceptor_phi_native.abi3.so /opt/preceptor_phi_native.abi3.so
"""

_UNNEEDED = (
    "usr/share/doc", "usr/share/man", "usr/share/info", "usr/share/locale", "usr/share/lintian", "var/cache/apt",
    "var/lib/apt/lists", "var/cache/debconf", "var/log",
)  # fmt: skip

_EMPTY = ("var/log/apt", "var/cache/apt/archives/partial", "var/lib/apt/lists/partial")
"""Folders that apt-get fails without, where a Dockerfile installs something."""


def key() -> str:
    """Twelve hex digits of all that shapes the base image, but for the state of Debian's archive."""
    return digest_of(part.encode() for part in (SUITE, *PACKAGES, _BASE, *_UNNEEDED, *_EMPTY))


def ensure() -> tuple[str, str]:
    """The names of the base image and of the builder (the same with uv and our native library), built if missing.

    Raises TryAgain when Debian's archive does not answer.
    """
    base = f"localhost/preceptor-base:{key()}"
    uv_program = uv.binary()
    library = native.library()
    version = run([uv_program, "--version"])
    builder_key = digest_of([key().encode(), _BUILDER.encode(), version.encode(), library.read_bytes()])
    builder = f"localhost/preceptor-builder:{builder_key}"
    with exclusive("base-image"):
        if not buildah.has(base):
            with say.step("base image: Debian and its Python, from Debian packages (once)"):
                _build_base(base)
        if not buildah.has(builder):
            with say.step("builder image: the base with uv and the native library"):
                _build_builder(base, builder, uv_program, library)
    return base, builder


def _build_base(reference: str) -> None:
    folder = cache() / "base" / str(os.getpid())
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    rootfs = folder / "rootfs"
    try:
        include = f"--include={','.join(PACKAGES)}"
        make = ["debootstrap", "--variant=minbase", include, SUITE, str(rootfs), _mirror()]
        try:
            # its own mount namespace takes the chroot's /proc away, however debootstrap ends
            run(["unshare", "--mount", "--propagation", "private", *make])
        except LocalError as error:
            raise TryAgain(f"The base image could not be made from Debian's archive. {error}") from error
        for name in _UNNEEDED:
            shutil.rmtree(rootfs / name, ignore_errors=True)
        for name in _EMPTY:
            (rootfs / name).mkdir(parents=True, exist_ok=True)
        archive = f"--file={folder}/rootfs.tar"
        run(["tar", "--create", archive, "--numeric-owner", f"--directory={rootfs}", "--exclude=./dev/*", "."])
        (folder / "Dockerfile").write_text(_BASE)
        shutil.rmtree(rootfs)
        buildah.build(folder / "Dockerfile", folder, reference)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _build_builder(base: str, reference: str, uv_program: Path, library: Path) -> None:
    folder = cache() / "base" / f"{os.getpid()}-builder"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    try:
        shutil.copy2(uv_program, folder / "uv")
        shutil.copy2(library, folder / "preceptor_phi_native.abi3.so")
        (folder / "Dockerfile").write_text(_BUILDER)
        buildah.build(folder / "Dockerfile", folder, reference, arguments={"BASE": base})
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _mirror() -> str:
    """The Debian mirror that this machine's apt uses for Debian itself, so that a site's own mirror is used."""
    for path in (Path("/etc/apt/sources.list"), *sorted(Path("/etc/apt/sources.list.d").glob("*"))):
        mirror = mirror_in(path.read_text(errors="replace")) if path.is_file() else None
        if mirror:
            return mirror
    return "http://deb.debian.org/debian"


def mirror_in(sources: str) -> str | None:
    """The first address in an apt source list (either format) whose path is /debian; None if there is none."""
    for line in sources.splitlines():
        if line.lstrip().startswith("#"):
            continue
        for word in line.split():
            if word.startswith(("http://", "https://")) and word.rstrip("/").endswith("/debian"):
                return word.rstrip("/")
    return None
