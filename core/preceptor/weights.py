"""Which files of a model or an adapter may run code when they are read?"""

from collections.abc import Iterable
from pathlib import PurePath
from typing import Final

# Pickles and their wrappers, forms that a loader may prefer to safetensors, and code itself.
UNSAFE_SUFFIXES: Final = frozenset({".bin", ".pt", ".pth", ".pkl", ".pickle", ".ckpt", ".h5", ".msgpack", ".py"})


def unsafe(paths: Iterable[str]) -> str | None:
    """The first path, in the order of names, that is refused beside safetensors weights; None where there is none."""
    return next((path for path in sorted(paths) if PurePath(path).suffix.lower() in UNSAFE_SUFFIXES), None)
