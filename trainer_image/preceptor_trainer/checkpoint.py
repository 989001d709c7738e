"""From which step can a training go on?

A checkpoint is the flat parameters, the optimizer's moments, the number of steps done, and the lines that were logged
until then: order, dropout and learning rate are functions of (seed, step). It is written to a folder of another name,
its manifest last, and renamed: what bears a checkpoint's name and matches its manifest is whole.
"""

from __future__ import annotations

import json
import os
import re
import shutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from preceptor.digests import canonical_json, digest_bytes, digest_file
from preceptor.exits import BadInput
from preceptor_trainer import reasons

if TYPE_CHECKING:
    import torch

FOLDER = ".checkpoints"
STATE_FILE = "state.safetensors"
MANIFEST_FILE = "manifest.json"
# The newest may turn out to be damaged.
KEPT = 2
_NAME = re.compile(r"^step-[0-9]{8}$")
_WRITING = ".writing-"


@dataclass(frozen=True)
class Checkpoint:
    """Where a training stood: tensors by name, steps done, and the bytes of its log files by name."""

    step: int
    tensors: Mapping[str, torch.Tensor]
    files: Mapping[str, bytes]


class Checkpoints:
    """The checkpoints of one run's folder; only the first rank reads and writes them."""

    def __init__(self, folder: Path, recipe: Mapping[str, Any], say: Callable[[str], None]) -> None:
        self.folder, self._recipe, self._say = folder / FOLDER, dict(recipe), say

    def save(self, checkpoint: Checkpoint) -> None:
        """Write one and delete all but the newest two. Raises OSError on a full disk; what is there stays."""
        from safetensors.torch import save

        final = self.folder / f"step-{checkpoint.step:08d}"
        writing = self.folder / f"{_WRITING}{final.name}"
        shutil.rmtree(writing, ignore_errors=True)
        writing.mkdir(parents=True)
        try:
            # Bytes first: the library's own file writer hides a full disk behind an error of its own.
            contents = {STATE_FILE: save(dict(checkpoint.tensors)), **checkpoint.files}
            for name, content in contents.items():
                _write(writing / name, content)
            document = {
                "schemaVersion": 1,
                "step": checkpoint.step,
                "recipe": self._recipe,
                "files": {name: digest_bytes(content) for name, content in contents.items()},
            }
            _write(writing / MANIFEST_FILE, canonical_json(document))
            shutil.rmtree(final, ignore_errors=True)
            os.rename(writing, final)
            _sync(self.folder)
        except OSError:
            shutil.rmtree(writing, ignore_errors=True)
            raise
        for old in self._names()[KEPT:]:
            shutil.rmtree(self.folder / old, ignore_errors=True)

    def newest(self) -> Checkpoint | None:
        """The newest whole checkpoint, or None; of each that is skipped a sentence says why.

        Raises BadInput (``CheckpointOfAnotherRecipe``) when it belongs to another training: neither is it used nor
        overwritten.
        """
        for name in self._names():
            try:
                document = _manifest(self.folder / name)
            except ValueError as damage:
                self._say(f"Checkpoint {name} is skipped: {damage}.")
                continue
            self._require_same(name, document["recipe"])
            from safetensors.torch import load

            files = {file: (self.folder / name / file).read_bytes() for file in document["files"]}
            return Checkpoint(document["step"], load(files.pop(STATE_FILE)), files)
        return None

    def clear(self) -> None:
        """Delete all: the adapter is published."""
        shutil.rmtree(self.folder, ignore_errors=True)

    def _names(self) -> list[str]:
        """Names of finished checkpoints, the newest first."""
        try:
            found = [path.name for path in self.folder.iterdir() if _NAME.match(path.name)]
        except OSError:
            return []
        return sorted(found, reverse=True)

    def _require_same(self, name: str, recipe: dict[str, Any]) -> None:
        if recipe == self._recipe:
            return
        theirs, ours = dict(_leaves(recipe)), dict(_leaves(self._recipe))
        differing = sorted(field for field in theirs.keys() | ours.keys() if theirs.get(field) != ours.get(field))
        if all(field.startswith("ranks.") for field in differing):
            raise BadInput(
                f"Checkpoint {name} was written by {_ranks(recipe)}, this is {_ranks(self._recipe)}, and mode "
                f"{self._recipe['reproducibility']['mode']} keeps its promise only where both are alike: go on as it "
                "was begun, or name another folder.",
                reason=reasons.CHECKPOINT_OF_OTHER_RANKS,
            )
        raise BadInput(
            f"Checkpoint {name} is of another recipe, which differs in {', '.join(differing[:4])}: "
            f"name another folder, or delete {FOLDER} in this one to begin anew.",
            reason=reasons.CHECKPOINT_OF_ANOTHER_RECIPE,
        )


def _ranks(recipe: Mapping[str, Any]) -> str:
    ranks = recipe.get("ranks", {})
    count = f"{ranks['worldSize']} rank(s)" if "worldSize" in ranks else "any number of ranks"
    return f"{count} with strategy {ranks.get('strategy', 'ddp or zero2')}"


def _manifest(folder: Path) -> dict[str, Any]:
    """The manifest of a whole checkpoint. Raises ValueError saying what is wrong with it."""
    try:
        document = json.loads((folder / MANIFEST_FILE).read_bytes())
    except OSError:
        raise ValueError("it has no manifest, so that it was never finished") from None
    except (ValueError, RecursionError):
        raise ValueError("its manifest is no JSON") from None
    try:
        step, files, recipe = document["step"], document["files"], document["recipe"]
        known = document["schemaVersion"] == 1 and isinstance(recipe, dict) and STATE_FILE in files
        known = known and folder.name == f"step-{step:08d}" and all(Path(file).name == file for file in files)
    except (KeyError, TypeError, ValueError, AttributeError):
        known = False
    if not known:
        raise ValueError("its manifest is not one of this version")
    for file, digest in files.items():
        try:
            found = digest_file(folder / file)
        except OSError:
            raise ValueError(f"{file} is missing or cannot be read") from None
        if found != digest:
            raise ValueError(f"{file} is not what was written")
    return dict(document)


def _leaves(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict):
        for name, member in value.items():
            yield from _leaves(member, f"{path}.{name}" if path else str(name))
    else:
        yield path, value


def _write(path: Path, content: bytes) -> None:
    with path.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
