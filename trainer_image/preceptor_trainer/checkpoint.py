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
from collections.abc import Callable, Iterator, Mapping, Sequence
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
    """The checkpoints of one run's folder; only the first rank reads and writes them.

    ``surroundings`` are what may decide a bit where the ranks compute, each kind once.
    """

    def __init__(
        self,
        folder: Path,
        recipe: Mapping[str, Any],
        surroundings: Sequence[Mapping[str, Any]],
        say: Callable[[str], None],
    ) -> None:
        self.folder, self._recipe, self._say = folder / FOLDER, dict(recipe), say
        self._surroundings = [dict(each) for each in surroundings]

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
                "surroundings": self._surroundings,
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

        Raises BadInput (``CheckpointOfAnotherRecipe``) when it belongs to another training, or (``…OfOtherRanks``,
        ``…OfOtherSurroundings``) was written where its mode's promise ends: neither is it used nor overwritten.
        """
        for name in self._names():
            try:
                document = _manifest(self.folder / name)
            except ValueError as damage:
                self._say(f"Checkpoint {name} is skipped: {damage}.")
                continue
            self._require_same(name, document["recipe"])
            self._require_alike(name, document["surroundings"])
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

    def _require_alike(self, name: str, surroundings: list[dict[str, Any]]) -> None:
        """What was half trained by one kind of processor and ends on another is the adapter of neither."""
        then, now = _values(surroundings), _values(self._surroundings)
        differing = [field for field in sorted(then.keys() | now.keys()) if then.get(field) != now.get(field)]
        if not differing:
            return
        words = ", ".join(f"{field} ({_told(then, field)} then, {_told(now, field)} now)" for field in differing[:4])
        mode = self._recipe["reproducibility"]["mode"]
        if mode == "fast":
            self._say(f"Checkpoint {name} was written elsewhere, which mode fast allows: other {words}.")
            return
        raise BadInput(
            f"Checkpoint {name} was written with other {words}, and mode {mode} keeps its promise only where both are "
            f"alike: go on where it was begun, or delete {FOLDER} in this folder to begin anew.",
            reason=reasons.CHECKPOINT_OF_OTHER_SURROUNDINGS,
        )


def _values(surroundings: Sequence[Mapping[str, Any]]) -> dict[str, set[str]]:
    """Each field's values among the ranks, as text: they were read from JSON, or are yet to be written."""
    found: dict[str, set[str]] = {}
    for each in surroundings:
        for field, value in _leaves(each):
            found.setdefault(field, set()).add(str(value))
    return found


def _told(values: Mapping[str, set[str]], field: str) -> str:
    return " and ".join(sorted(values.get(field, {"none"})))


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
        surroundings = document["surroundings"]
        known = document["schemaVersion"] == 1 and isinstance(recipe, dict) and STATE_FILE in files
        known = known and isinstance(surroundings, list) and all(isinstance(each, dict) for each in surroundings)
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
