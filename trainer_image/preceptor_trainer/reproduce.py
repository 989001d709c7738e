"""Does a training come out again as its record says?"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from preceptor import manifests
from preceptor.digests import canonical_json
from preceptor.exits import BadInput, CheckFailed
from preceptor.keys import PublicKey
from preceptor.seals import ADAPTER, SEAL_FILE
from preceptor_trainer import compare, provenance, reasons, record
from preceptor_trainer.environment import COMPUTED, DECIDING, DECIDING_VARIABLES, VARIABLES
from preceptor_trainer.output import RECORD_FILE
from preceptor_trainer.provenance import Proof, Said
from preceptor_trainer.record import Record

ONLY_SIGNED = (
    "Whoever can write to its folder could have changed all of this: only a signed one (--statement) proves it."
)


def find(name: str, places: list[Path]) -> Record:
    """The record of a run: its folder, or the digest of its adapter, looked for below ``places``.

    Of a sealed run whose record is gone the seal says enough. Raises BadInput when there is none.
    """
    if not name.startswith("sha256:"):
        return _read(Path(name))
    for place in places:
        for path in sorted((*place.rglob(RECORD_FILE), *place.rglob(SEAL_FILE))):
            try:
                found = _read(path.parent)
            except (BadInput, CheckFailed):
                continue
            if found.adapter == name:
                return found
    looked = ", ".join(str(place) for place in places)
    raise BadInput(
        f"No record of an adapter {name} lies below {looked}: name its run's folder, or with --in where runs are kept.",
        reason="RecordMissing",
    )


def _read(folder: Path) -> Record:
    if (folder / RECORD_FILE).exists() or not (folder / SEAL_FILE).exists():
        return record.read(folder)
    said = provenance.beside(folder)
    assert said is not None
    return Record(folder, said.adapter, said.config, said.world_size or 1, {})


def require_new(out: Path, found: Record) -> None:
    """Raise BadInput (``OutputOccupied``) where a finished run lies already: it would be compared and none trained."""
    if os.path.lexists(out / ADAPTER) or out.resolve() == found.folder.resolve():
        raise BadInput(
            f"{out} holds a run already, and nothing would be trained again: name another folder with --out.",
            reason=reasons.OUTPUT_OCCUPIED,
        )


def vouched(
    found: Record,
    statement: Path | None,
    keys: Sequence[PublicKey],
    *,
    asked: Said | None = None,
    statement_digest: str | None = None,
) -> tuple[Record, list[str]]:
    """The record, as what was signed or sealed says it where there is such a thing, and sentences: what was believed.

    A signed statement alone proves anything. Seal and record lie in one folder, and whoever writes there can make both.
    Where a cluster was asked, ``asked`` is what it says, and ``statement_digest`` the statement that it names.

    Raises BadInput (``ProvenanceDiffers``) where they say otherwise than the record, and CheckFailed where a seal or a
    signature does not hold, or the adapter that lies there is another one.
    """
    if (found.folder / ADAPTER).is_dir():
        manifests.verify(found.folder / ADAPTER, found.adapter)
    sources = [said for said in (asked, provenance.beside(found.folder)) if said is not None]
    if statement is not None:
        sources.append(provenance.signed(statement, found.adapter, keys, digest=statement_digest))
    for said in sources:
        _agree(said, found)
    if not sources:
        return found, [f"No seal and no signed provenance: {RECORD_FILE} is taken at its word.", ONLY_SIGNED]
    # Places are the record's: they were resolved where it was trained.
    best = sources[-1]
    config = best.config.model_copy(
        update={
            "base_model": best.config.base_model.model_copy(update={"uri": found.config.base_model.uri}),
            "dataset": best.config.dataset.model_copy(update={"uri": found.config.dataset.uri}),
        }
    )
    said_so = [_believed(said, found, alone=len(sources) == 1) for said in sources]
    if statement is None:
        said_so.append(ONLY_SIGNED)
        if statement_digest is not None:
            said_so.append(
                f"The signed one is {statement_digest} in the audit chain: `preceptor audit export` prints it."
            )
    images = {said.image for said in sources if said.image is not None}
    return replace(found, config=config, images=tuple(sorted(images))), said_so


def _believed(said: Said, found: Record, *, alone: bool) -> str:
    if said.proof is Proof.NONE:
        word = f", but no seal and no signature does: {RECORD_FILE} is taken at its word." if alone else "."
        return f"{said.where} says the same{word}"
    gone = "" if (found.folder / RECORD_FILE).exists() else f" {RECORD_FILE} is gone: this alone is believed."
    verb = "vouches for" if said.proof is Proof.SIGNED else "agrees on"
    return f"{said.where} {verb} adapter, inputs and parameters.{gone}"


def _agree(said: Said, found: Record) -> None:
    fields = provenance.differences(said, adapter=found.adapter, config=found.config, world_size=found.world_size)
    if fields:
        alone = f", or remove {RECORD_FILE}: the seal is enough" if (found.folder / SEAL_FILE).exists() else ""
        raise BadInput(
            f"{said.where} and {found.folder / RECORD_FILE} disagree on {', '.join(fields)}: restore them as they were "
            f"written{alone}.",
            reason="ProvenanceDiffers",
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
    said += _surroundings(before, after)
    if before.config.reproducibility.mode == "fast":
        said.append("Mode fast promises no repetition.")
    if before.world_size != after.world_size:
        said.append(f"It was trained by {before.world_size} rank(s), and now by {after.world_size}.")
    return False, said


def _surroundings(before: Record, after: Record) -> Iterator[str]:
    if not before.environment:
        yield (
            f"Where it was trained is not known: {RECORD_FILE} is gone. On another processor or with other versions of "
            "the libraries another digest is no surprise."
        )
    else:
        where = dict(_unlike(before.environment, after.environment))
        if not where:
            yield "The surroundings are alike: this should not happen, please report it."
        else:
            yield f"The surroundings differ in {', '.join(where.values())}."
            deciding = [name for name in where if _decides(name)]
            yield (
                f"With another {' and '.join(deciding)}, another digest is no surprise: sums may be in another order."
                if deciding
                else "None of these should decide a bit: please report it."
            )
    if before.images:
        yield f"It was trained by the image {' and '.join(before.images)}: run that one, on such a machine."


def _decides(name: str) -> bool:
    first, _, rest = name.partition(".")
    return first in (*DECIDING, *COMPUTED, "versions", "python") or (
        first == "variables" and rest in DECIDING_VARIABLES
    )


def _unlike(ours: Mapping[str, Any], theirs: Mapping[str, Any], path: str = "") -> Iterator[tuple[str, str]]:
    """What differs between two surroundings: its name, and words for it."""
    for name in sorted(ours.keys() | theirs.keys()):
        mine, yours, called = ours.get(name), theirs.get(name), f"{path}{name}"
        if isinstance(mine, dict) and isinstance(yours, dict):
            yield from _unlike(mine, yours, f"{called}.")
        elif mine != yours:
            yield called, f"{called} ({mine} then, {yours} now)"
