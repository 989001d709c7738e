"""Which packages, at which hash, each image installs: exported from the workspace's one lock."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from preceptor_local import uv
from preceptor_local.commands import run
from preceptor_local.errors import LocalError
from preceptor_local.paths import ROOT

HEAVY = ("torch", "transformers", "peft", "accelerate", "deepspeed", "pyarrow")
"""What the slim targets leave out, with all that only these need: five gigabytes, mostly torch and CUDA libraries."""


@dataclass(frozen=True)
class Lock:
    """One exported lock: whose, in which file, without which packages."""

    package: str
    path: str
    without: tuple[str, ...] = ()
    extra: str | None = None

    def command(self) -> list[str]:
        """The uv command that exports it."""
        words = [
            str(uv.binary()),
            "export",
            "--frozen",
            "--package",
            self.package,
            "--no-emit-workspace",
            "--no-dev",
            "--no-annotate",
        ]
        words += ["--no-header", "--format", "requirements-txt"]
        for name in self.without:
            words += ["--prune", name]
        return [*words, "--extra", self.extra] if self.extra else words


LOCKS = (
    Lock("preceptor-operator", "operator/requirements.lock"),
    Lock("preceptor-trainer", "trainer_image/requirements.lock"),
    Lock("preceptor-trainer", "trainer_image/requirements-slim.lock", HEAVY),
    Lock("preceptor-trainer", "trainer_image/requirements-gpu.lock", extra="gpu"),
    Lock("preceptor-eval", "eval_image/requirements.lock"),
    Lock("preceptor-eval", "eval_image/requirements-slim.lock", HEAVY),
)

_HEADER = "# Made from uv.lock by `python -m preceptor_local locks`; do not edit.\n"


def write(root: Path = ROOT) -> list[str]:
    """Export every lock; returns the paths that changed."""
    changed = stale(root)
    for path, text in changed.items():
        (root / path).write_text(text)
    return list(changed)


def stale(root: Path = ROOT) -> dict[str, str]:
    """The locks that are not what uv.lock says, with the text that they should have. Raises LocalError."""
    found = {}
    for lock in LOCKS:
        text = _HEADER + run(lock.command(), cwd=root)
        path = root / lock.path
        if not path.exists() or path.read_text() != text:
            found[lock.path] = text
    return found


def entries(text: str) -> dict[str, str]:
    """The requirements of an exported lock: all entries (version, marker, hashes) by package name.

    A package may stand there twice, for older and for newer Pythons.
    """
    found: dict[str, str] = {}
    for entry in re.split(r"\n(?=[A-Za-z0-9])", "\n" + text):
        match = re.match(r"\s*([A-Za-z0-9._-]+)(\[[^\]]*\])?==", entry)
        if match:
            name = match[1].lower()
            found[name] = "\n".join((*([found[name]] if name in found else []), entry.strip("\n")))
    return found


def heavy(root: Path = ROOT) -> str:
    """What the slim images lack, as one lock: the torch environment that is mounted into them.

    Raises LocalError if two images lock one package at two versions, which one mounted folder could not serve.
    """
    wanted: dict[str, str] = {}
    for folder in ("trainer_image", "eval_image"):
        full = entries((root / folder / "requirements.lock").read_text())
        slim = entries((root / folder / "requirements-slim.lock").read_text())
        for name, entry in full.items():
            if name in slim:
                continue
            if wanted.setdefault(name, entry) != entry:
                raise LocalError(f"{name} is locked twice, differently: run `python -m preceptor_local locks`.")
    return "\n".join(wanted[name] for name in sorted(wanted)) + "\n"
