"""Does a training come out again as its record says?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from preceptor.digests import canonical_json
from preceptor.exits import BadInput
from preceptor_trainer import compare, record
from preceptor_trainer.environment import VARIABLES
from preceptor_trainer.output import RECORD_FILE
from preceptor_trainer.record import Record


def find(name: str, places: list[Path]) -> Record:
    """The record of a run: its folder, or the digest of its adapter, looked for below ``places``.

    Raises BadInput when there is none.
    """
    if not name.startswith("sha256:"):
        return record.read(Path(name))
    for place in places:
        for path in sorted(place.rglob(RECORD_FILE)):
            try:
                found = record.read(path.parent)
            except BadInput:
                continue
            if found.adapter == name:
                return found
    looked = ", ".join(str(place) for place in places)
    raise BadInput(
        f"No record of an adapter {name} lies below {looked}: name its run's folder, or with --in where runs are kept.",
        reason="RecordMissing",
    )


def config_of(found: Record, *, base_model: Path | None = None, dataset: Path | None = None) -> bytes:
    """The configuration that trains it again, as a file's content; inputs that have moved are named anew.

    Both digests are stated, so that other inputs are refused.
    """
    config = found.config
    if base_model is not None:
        config = config.model_copy(
            update={"base_model": config.base_model.model_copy(update={"uri": f"file://{base_model.absolute()}"})}
        )
    if dataset is not None:
        config = config.model_copy(
            update={"dataset": config.dataset.model_copy(update={"uri": f"file://{dataset.absolute()}"})}
        )
    # JSON is YAML.
    return canonical_json(config.document())


def settings_of(found: Record) -> dict[str, str]:
    """Variables of the environment that it was trained under, of those that may decide a bit."""
    said = found.environment.get("variables", {})
    return {name: str(said[name]) for name in VARIABLES if name in said and name != "PYTHONHASHSEED"}


def verdict(before: Record, after: Record) -> tuple[bool, list[str]]:
    """Whether the adapter is the same, and sentences: that it is, or what differs."""
    if before.adapter == after.adapter:
        return True, [f"The same adapter again, to the last bit: {after.adapter}"]
    said = [f"Another adapter: {after.adapter} instead of {before.adapter}."]
    try:
        parting = compare.diff(before.folder, after.folder)
        said.append(
            parting.sentence() if parting else "Every step is alike: only what stands beside the weights differs."
        )
    except BadInput:
        said.append("The first run left no trace, so that the step where they part is unknown.")
    where = list(_unlike(before.environment, after.environment))
    said.append(
        f"The surroundings differ in {', '.join(where)}."
        if where
        else "The surroundings are alike: this should not happen, please report it."
    )
    if before.config.reproducibility.mode == "fast":
        said.append("Mode fast promises no repetition.")
    if before.world_size != after.world_size:
        said.append(f"It was trained by {before.world_size} rank(s), and now by {after.world_size}.")
    return False, said


def _unlike(ours: Mapping[str, Any], theirs: Mapping[str, Any], path: str = "") -> Iterator[str]:
    for name in sorted(ours.keys() | theirs.keys()):
        mine, yours, called = ours.get(name), theirs.get(name), f"{path}{name}"
        if isinstance(mine, dict) and isinstance(yours, dict):
            yield from _unlike(mine, yours, f"{called}.")
        elif mine != yours:
            yield f"{called} ({mine} then, {yours} now)"
