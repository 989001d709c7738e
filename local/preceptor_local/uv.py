"""Where the uv program lies that everything here uses."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

from preceptor_local.commands import attempt
from preceptor_local.errors import LocalError
from preceptor_local.paths import ROOT

OWN = ROOT / ".cache" / "uv" / "bin" / "uv"
"""Where `make setup` puts it on a machine that has none."""


def binary() -> Path:
    """The uv program itself, not a shim; it need not be on PATH. Raises LocalError if there is none."""
    named = os.environ.get("UV")  # `uv run` says where it is
    if not named:
        called = shutil.which("uv") or str(OWN if OWN.exists() else Path(sys.executable).with_name("uv"))
        ask = [called, "run", "--no-project", "--python", sys.executable, "python"]
        named = attempt([*ask, "-c", "import os; print(os.environ['UV'])"]).stdout.strip()
    if named and Path(named).is_file():
        return Path(named)
    raise LocalError("uv is not installed: `python3 -m pip install uv`, then try again.")
