"""Where the scanner's native library is."""

from __future__ import annotations

import importlib.util
from pathlib import Path

from preceptor_local.errors import LocalError

MODULE = "preceptor_phi_native"


def library() -> Path:
    """The library that this environment imports, as `make setup` compiled it; LocalError where it is missing."""
    spec = importlib.util.find_spec(f"{MODULE}.{MODULE}") if importlib.util.find_spec(MODULE) else None
    if spec is None or spec.origin is None:
        raise LocalError(f"{MODULE} is not installed here: run make setup, which compiles it.")
    return Path(spec.origin)
