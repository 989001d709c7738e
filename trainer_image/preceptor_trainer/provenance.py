"""What was sealed or signed about a run, and does its record say the same?

The record (``training.json``) lies unsealed beside the adapter: whoever can write there can change it. What the
operator signed into the audit chain is believed instead, and proves it. What it sealed (``provenance.json`` under
``seal.json``) shows a change by accident or of one file, but no signature: it lies in the same folder.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Any

from preceptor import evidence, seals
from preceptor.api.finetunerun import Compute, FineTuneRunSpec
from preceptor.api.trainconfig import TrainConfig
from preceptor.evidence.envelope import unverified_statement
from preceptor.evidence.statements import PROVENANCE
from preceptor.exits import BadInput, CheckFailed
from preceptor.keys import PublicKey
from preceptor.seals import ADAPTER, PROVENANCE_FILE, SEAL_FILE

_CHAIN_KIND = "statement.provenance"


class Proof(Enum):
    """What stands behind a source: nothing, a seal beside the run, or a signature."""

    NONE = "none"
    SEALED = "sealed"
    SIGNED = "signed"


@dataclass(frozen=True)
class Said:
    """What one source says of a training. ``where`` names the source in sentences."""

    where: str
    proof: Proof
    adapter: str
    config: TrainConfig
    world_size: int | None = None
    image: str | None = None


def beside(folder: Path) -> Said | None:
    """What lies beside a run's adapter and says how it was trained; None where nothing does.

    Raises CheckFailed (``SealMismatch``) where anything that was sealed is not as it was, BadInput
    (``ProvenanceInvalid``) where the provenance is not of this version.
    """
    if (folder / SEAL_FILE).exists():
        return _sealed(folder)
    path = folder / PROVENANCE_FILE
    if not path.exists():
        return None
    try:
        # What run_repro.sh leaves.
        statement = json.loads(path.read_bytes())
        return _of_statement(statement, str(_subject(statement)), f"The unsealed {PROVENANCE_FILE}", Proof.NONE)
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        raise _invalid(str(path)) from None


def _sealed(folder: Path) -> Said:
    try:
        adapter = str(json.loads((folder / SEAL_FILE).read_bytes())["adapter"])
    except (OSError, ValueError, KeyError, TypeError):
        # What is wrong with it, check_seal says.
        adapter = ""
    seals.check_seal(folder / ADAPTER, adapter)
    path = folder / PROVENANCE_FILE
    try:
        document = json.loads(path.read_bytes())
        parameters, inputs = document["parameters"], document["inputs"]
        said = Said(
            where=f"The sealed {PROVENANCE_FILE}",
            proof=Proof.SEALED,
            adapter=str(document["digests"]["adapter"]),
            config=_config(parameters, inputs["baseModel"], inputs["dataset"]),
            world_size=_world_size(parameters),
            image=_image(document.get("images", {}).get("train", {})),
        )
    except (ValueError, KeyError, TypeError, AttributeError):
        raise _invalid(str(path)) from None
    if said.adapter != adapter:
        raise CheckFailed(
            f"{path} is of the adapter {said.adapter}, but the seal of {adapter}: restore both, or train again.",
            reason="SealMismatch",
        )
    return said


def of_run(spec: FineTuneRunSpec, adapter: str, where: str) -> Said:
    """What a FineTuneRun asked for, and the adapter that its status names."""
    parameters = {name: getattr(spec, name).document() for name in ("method", "training", "reproducibility", "compute")}
    config = _config(parameters, spec.base_model.document(), spec.dataset.document())
    return Said(where, Proof.NONE, adapter, config, _world_size(parameters))


def signed(path: Path, adapter: str, keys: Sequence[PublicKey], *, digest: str | None = None) -> Said:
    """What a signed statement says of an adapter: a DSSE envelope alone, or lines of ``preceptor audit export``.

    ``digest`` is that of the statement: two runs may have made one adapter, and each has its own.

    Raises CheckFailed where a signature does not hold, BadInput where no such statement of this adapter is there.
    """
    for envelope in _envelopes(path):
        claimed = unverified_statement(envelope)
        # Those of other adapters may be of keys that nobody here was given.
        if claimed["predicateType"] != PROVENANCE or _subject(claimed) != adapter:
            continue
        if digest is None or evidence.statement_digest(claimed) == digest:
            statement = evidence.verify(envelope, keys)
            try:
                return _of_statement(statement, adapter, "The signed provenance", Proof.SIGNED)
            except (ValueError, KeyError, TypeError, AttributeError):
                raise _invalid(str(path)) from None
    which = f"{digest} " if digest else ""
    raise BadInput(
        f"{path} holds no signed provenance {which}of the adapter {adapter}: export the chain of the cluster that "
        "trained it.",
        reason="ProvenanceMissing",
    )


def differences(said: Said, *, adapter: str, config: TrainConfig, world_size: int) -> list[str]:
    """Fields in which a record is not what was sealed or signed; where the inputs lie now is no field of it."""
    found = [] if said.adapter == adapter else ["adapter"]
    found += _unlike(_compared(said.config), _compared(config))
    if said.world_size is not None and said.world_size != world_size:
        found.append("worldSize")
    return found


def _of_statement(statement: Mapping[str, Any], adapter: str, where: str, proof: Proof) -> Said:
    definition = statement["predicate"]["buildDefinition"]
    parameters = definition["externalParameters"]
    materials = {each["name"]: each for each in definition["resolvedDependencies"]}
    base, data = materials["baseModel"], materials["dataset"]
    internal = definition.get("internalParameters", {})
    return Said(
        where=where,
        proof=proof,
        adapter=adapter,
        config=_config(
            parameters,
            {"uri": base.get("uri", "unknown"), "digest": f"sha256:{base['digest']['sha256']}"},
            {"uri": data.get("uri", "unknown"), "manifestDigest": f"sha256:{data['digest']['sha256']}"},
        ),
        world_size=_world_size(parameters),
        image=_image({"reference": internal.get("image"), "id": internal.get("imageId")}),
    )


def _config(parameters: Mapping[str, Any], base: Mapping[str, Any], data: Mapping[str, Any]) -> TrainConfig:
    compute = parameters.get("compute", {})
    return TrainConfig.model_validate(
        {
            "baseModel": {name: base[name] for name in ("uri", "digest")},
            "dataset": {name: data[name] for name in ("uri", "manifestDigest")},
            **{name: parameters[name] for name in ("method", "training", "reproducibility")},
            "strategy": compute.get("strategy") or parameters.get("strategy", "ddp"),
            "ddpTimeoutSeconds": compute.get("ddpTimeoutSeconds"),
        }
    )


def _world_size(parameters: Mapping[str, Any]) -> int | None:
    if "compute" not in parameters:
        return None
    compute = Compute.model_validate(parameters["compute"])
    return compute.nodes * max(1, compute.gpus_per_node)


def _image(image: Mapping[str, Any]) -> str | None:
    found = image.get("id") or image.get("reference")
    return str(found) if found else None


def _envelopes(path: Path) -> Iterator[Any]:
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        raise BadInput(
            f"{path} cannot be read: name a DSSE envelope or an export.", reason="ProvenanceMissing"
        ) from None
    try:
        documents = [json.loads(line) for line in text.splitlines() if line.strip()]
    except (ValueError, RecursionError):
        try:
            documents = [json.loads(text)]
        except (ValueError, RecursionError):
            raise _invalid(str(path)) from None
    for document in documents:
        if not isinstance(document, dict):
            raise _invalid(str(path))
        if "payload" in document:
            yield document
        elif document.get("kind") == _CHAIN_KIND and isinstance(document.get("envelope"), str):
            try:
                yield json.loads(document["envelope"])
            except (ValueError, RecursionError):
                raise _invalid(str(path)) from None


def _subject(statement: Mapping[str, Any]) -> str | None:
    digests = [each["digest"].get("sha256") for each in statement["subject"] if each.get("name") == "adapter"]
    return f"sha256:{digests[0]}" if len(digests) == 1 else None


def _invalid(path: str) -> BadInput:
    return BadInput(
        f"{path} is no provenance of this version: use the version that wrote it.", reason="ProvenanceInvalid"
    )


def _compared(config: TrainConfig) -> dict[str, Any]:
    document = config.document()
    # How long ranks wait for one another shapes nothing.
    document.pop("ddpTimeoutSeconds", None)
    for name in ("baseModel", "dataset"):
        document[name] = {key: value for key, value in document[name].items() if key != "uri"}
    return document


def _unlike(ours: Mapping[str, Any], theirs: Mapping[str, Any], path: str = "") -> list[str]:
    found: list[str] = []
    for name in sorted(ours.keys() | theirs.keys()):
        mine, yours = ours.get(name), theirs.get(name)
        if isinstance(mine, dict) and isinstance(yours, dict):
            found += _unlike(mine, yours, f"{path}{name}.")
        elif mine != yours:
            found.append(f"{path}{name}")
    return found
