"""What does a training without a cluster ask for? The fields of a FineTuneRun, with folders for stores."""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, StringConstraints, ValidationError

from preceptor.api.base import API_VERSION, FORMS, ApiModel, Digest, described
from preceptor.api.finetunerun import FineTuneRunSpec, Method, Reproducibility, Strategy, Training
from preceptor.configfile import ConfigFile
from preceptor.exits import BadInput
from preceptor.fieldwords import FieldWords
from preceptor.stores import PVC, local_path

KIND = "FineTuneRun"
_STORE = re.compile(r"^[a-z][a-z0-9+.-]*://")
Place = Annotated[str, StringConstraints(min_length=1, max_length=512)]


class BaseModelPlace(ApiModel):
    """A base model on this machine."""

    uri: Annotated[
        Place,
        described("Folder of the model: a path from the configuration's own folder, file:///PATH or pvc://CLAIM/PATH."),
    ]
    digest: Annotated[
        Digest | None, described("Digest of its manifest. Absent: it is computed, and recorded with the adapter.")
    ] = None


class DatasetPlace(ApiModel):
    """A dataset on this machine."""

    uri: Annotated[
        Place,
        described(
            "Folder of the dataset, or one .jsonl or .parquet file: a path from the configuration's own folder, "
            "file:///PATH or pvc://CLAIM/PATH. A file's manifest, if it has one, is called NAME.manifest.json and lies "
            "beside it."
        ),
    ]
    manifest_digest: Annotated[
        Digest | None, described("Digest of its manifest. Absent: it is computed, and recorded with the adapter.")
    ] = None


class TrainConfig(ApiModel):
    """One training: what `preceptor train CONFIG.yaml --out DIR` reads."""

    schema_version: Annotated[Literal[1], described("Only 1.")] = 1
    base_model: Annotated[BaseModelPlace, described("The model that the adapter is for.")]
    dataset: Annotated[DatasetPlace, described("What it is trained on.")]
    method: Annotated[Method, described("How the adapter is attached.")] = Method()
    training: Annotated[Training, described("Hyper-parameters.")] = Training()
    reproducibility: Annotated[Reproducibility, described("How exactly the run can be repeated.")] = Reproducibility()
    strategy: Annotated[Strategy, described("What the ranks of a training keep each and what they share.")] = "ddp"
    ddp_timeout_seconds: Annotated[
        Annotated[int, Field(ge=1, le=86_400)] | None,
        described("Seconds that a rank waits for the others before it gives up."),
    ] = None


def schema() -> dict[str, Any]:
    """JSON schema (draft 2020-12) of a configuration file, for editors and checks before a run."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "TrainConfig",
        **_plain(TrainConfig.model_json_schema(by_alias=True)),
    }


def read(path: Path, overrides: Sequence[str] = ()) -> TrainConfig:
    """Read a configuration: fields of TrainConfig, or a whole FineTuneRun, whose output is then named by the caller.

    ``overrides`` are FIELD=VALUE with dotted fields, as a command line gives them. Places in the file come back as
    ``file://`` or ``pvc://`` URIs. Raises BadInput naming file, line and field.
    """
    file = ConfigFile.read(path)
    for override in overrides:
        file.override(override)
    document = file.document
    resource = "kind" in document or "apiVersion" in document
    try:
        config = _of_resource(document, path) if resource else TrainConfig.model_validate(document)
    except ValidationError as error:
        raise file.refused(error, FieldWords(_Resource if resource else TrainConfig, FORMS)) from None
    return config.model_copy(
        update={
            "base_model": config.base_model.model_copy(update={"uri": _uri(config.base_model.uri, file)}),
            "dataset": config.dataset.model_copy(update={"uri": _uri(config.dataset.uri, file)}),
        }
    )


class _Resource(ApiModel):
    api_version: Literal["preceptor.dev/v1alpha1"]
    kind: Literal["FineTuneRun"]
    metadata: dict[str, Any] = Field(default_factory=dict)
    spec: FineTuneRunSpec
    status: dict[str, Any] | None = None


def _of_resource(document: dict[str, Any], path: Path) -> TrainConfig:
    if document.get("kind") != KIND or document.get("apiVersion") != API_VERSION:
        raise BadInput(
            f"{path} is a resource, but no {KIND} of {API_VERSION}: name a {KIND} or a training configuration.",
            reason="ConfigInvalid",
        )
    spec = _Resource.model_validate(document).spec
    return TrainConfig(
        base_model=BaseModelPlace(uri=spec.base_model.uri, digest=spec.base_model.digest),
        dataset=DatasetPlace(uri=spec.dataset.uri, manifest_digest=spec.dataset.manifest_digest),
        method=spec.method,
        training=spec.training,
        reproducibility=spec.reproducibility,
        strategy=spec.compute.strategy,
        ddp_timeout_seconds=spec.compute.ddp_timeout_seconds,
    )


def _uri(place: str, file: ConfigFile) -> str:
    if PVC.match(place) or place.startswith("file:///"):
        local_path(place)
        return place
    if _STORE.match(place):
        raise BadInput(
            f"{file.path}: {place!r} cannot be read from here: name a folder, file:///PATH or pvc://CLAIM/PATH.",
            reason="ConfigInvalid",
        )
    return f"file://{(file.path.absolute().parent / place).resolve()}"


def _plain(schema: Any) -> Any:
    """A schema without what only the API server understands."""
    if isinstance(schema, dict):
        return {name: _plain(value) for name, value in schema.items() if not name.startswith("x-kubernetes")}
    return [_plain(value) for value in schema] if isinstance(schema, list) else schema
