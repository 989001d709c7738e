"""Where the heavy part of the locked Python environment lies, which the slim images have mounted instead of inside."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from preceptor_local import locks, say, uv
from preceptor_local.commands import attempt, run
from preceptor_local.errors import TryAgain
from preceptor_local.paths import cache, digest_of, exclusive

CLAIM = "torch-env"
"""The PersistentVolumeClaim by which a namespace's pods mount it."""

MOUNT = "/opt/torch-env"
"""Where the slim images look for it (a .pth file in them says so): a mount there is all that a pod needs."""

PYTHON = "3.11"
"""The Python of the images, for which the packages are chosen whatever Python runs this program."""


def folder() -> Path:
    """The folder in the cache, named by the locks that fill it."""
    return cache() / f"torch-env-{digest_of([locks.heavy().encode(), PYTHON.encode()])}"


def ensure() -> Path:
    """Install the packages if they are not there yet; returns the folder.

    The files are hard links into uv's own cache, hence nobody may write to them: pods mount the folder read-only.
    Raises TryAgain when the package index does not answer.
    """
    target = folder()
    with exclusive("torch-env"):
        if not target.exists():
            with say.step(f"install the locked torch environment into {target} (once)"):
                _install(target)
    return target


def _install(target: Path) -> None:
    temporary = target.with_name(f"{target.name}.{os.getpid()}")
    shutil.rmtree(temporary, ignore_errors=True)
    temporary.mkdir()
    requirements = temporary / "requirements.lock"
    requirements.write_text(locks.heavy())
    program = uv.binary()
    words: list[str | Path] = [
        program,
        "pip",
        "install",
        "--quiet",
        "--no-deps",
        "--require-hashes",
        "--link-mode",
        "hardlink",
    ]
    # deepspeed is published as source alone; nothing in it is compiled before it is used.
    words += ["--target", temporary, "--python-version", PYTHON, "--only-binary", ":all:", "--no-binary", "deepspeed"]
    words += ["-r", requirements]
    done = attempt(words)
    if done.returncode != 0:
        # a cache on another file system cannot be linked to
        done = attempt([word if word != "hardlink" else "copy" for word in words])
    if done.returncode != 0:
        shutil.rmtree(temporary, ignore_errors=True)
        raise TryAgain(f"The torch environment could not be installed: {done.stderr.strip()[-1500:]}")
    compiler = attempt([program, "python", "find", PYTHON]).stdout.strip() or "python3"
    # read-only pods could not keep their own: each start would compile torch anew. Hash-based, because the image's
    # clock and this folder's have nothing to do with each other.
    jobs = ["-m", "compileall", "-q", "-j", "0", "--invalidation-mode", "unchecked-hash", str(temporary)]
    # In the folder itself, wherever else this process keeps what it compiles.
    attempt(["nice", "-n", "5", compiler, *jobs], env={"PYTHONPYCACHEPREFIX": ""})
    run(["chmod", "755", temporary])
    temporary.rename(target)
