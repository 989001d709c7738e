"""Which adapter, on which base model, and which system prompt does an EvalGate examine?"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from pydantic import ValidationError

from preceptor.api.base import ConfigMapReference
from preceptor.api.evalgate import AdapterSource
from preceptor.api.finetunerun import Artifact

# How a run ends. In every other state it may still come to an adapter.
ENDED = frozenset({"Succeeded", "Blocked", "Failed", "Cancelled"})


class ObjectReader(Protocol):
    """Reads single objects of the API server."""

    async def read(self, plural: str, namespace: str, name: str) -> dict[str, Any] | None:
        """The object, or None where there is none."""

    async def config_map(self, namespace: str, name: str) -> dict[str, Any] | None:
        """The ConfigMap, or None where there is none."""


@dataclass(frozen=True, kw_only=True)
class Parts:
    """Adapter and base model by place and digest."""

    adapter_uri: str
    adapter_digest: str
    base_model_uri: str
    base_model_digest: str
    provenance_digest: str | None = None


@dataclass(frozen=True, kw_only=True)
class Missing:
    """Why a source is not there: for now (``final`` false) or for good."""

    reason: str
    message: str
    final: bool = False


async def parts_of(source: AdapterSource, namespace: str, reader: ObjectReader) -> Parts | Missing:
    """Find the adapter: named outright, or a FineTuneRun's sealed one."""
    if source.fine_tune_run_ref is None:
        if source.uri is None or source.digest is None or source.base_model is None:
            return Missing(
                reason="SpecInvalid",
                message="adapter.uri, adapter.digest and adapter.baseModel go together.",
                final=True,
            )
        return Parts(
            adapter_uri=source.uri,
            adapter_digest=source.digest,
            base_model_uri=source.base_model.uri,
            base_model_digest=source.base_model.digest,
        )
    name = source.fine_tune_run_ref.name
    run = await reader.read("finetuneruns", namespace, name)
    if run is None:
        return Missing(
            reason="FineTuneRunMissing",
            message=f"FineTuneRun {name} does not exist in {namespace}: create it or name another.",
        )
    return _artifact_of(name, run.get("status") or {})


def _artifact_of(name: str, status: Mapping[str, Any]) -> Parts | Missing:
    state = status.get("state")
    if state not in ENDED:
        return Missing(
            reason="FineTuneRunNotReady",
            message=f"FineTuneRun {name} is {state or 'new'}: the gate waits until it has ended.",
        )
    if state != "Succeeded":
        return Missing(
            reason="FineTuneRunFailed",
            message=f"FineTuneRun {name} ended as {state}: it has no adapter to examine.",
            final=True,
        )
    try:
        artifact = Artifact.model_validate(status.get("artifact"))
    except ValidationError:
        return Missing(
            reason="FineTuneRunFailed",
            message=f"FineTuneRun {name} names no readable artifact: run it again.",
            final=True,
        )
    return Parts(
        adapter_uri=artifact.uri,
        adapter_digest=artifact.digest,
        base_model_uri=artifact.base_model_uri,
        base_model_digest=artifact.base_model_digest,
        provenance_digest=artifact.provenance_digest,
    )


async def prompt_of(reference: ConfigMapReference, namespace: str, reader: ObjectReader) -> str | Missing:
    """The text of the system prompt as it stands now."""
    config_map = await reader.config_map(namespace, reference.name)
    text = (config_map or {}).get("data", {}).get(reference.key)
    if not isinstance(text, str) or not text:
        return Missing(
            reason="SystemPromptMissing",
            message=f"ConfigMap {reference.name} in {namespace} has no text under key {reference.key}: create it.",
        )
    return text
