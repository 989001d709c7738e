"""Is this exactly the candidate that was handed over?"""

from dataclasses import dataclass
from pathlib import Path

from preceptor import manifests
from preceptor.api.gateway import Handover
from preceptor.digests import digest_bytes
from preceptor.exits import CheckFailed, PreceptorError, TryAgain
from preceptor_eval.gateway.seams import OutputPolicy
from preceptor_eval.generation.snapshot import private_copy


class Refused(CheckFailed):
    """A handover that is not served; the reason is the word and the text the sentence of the answer."""


@dataclass(frozen=True)
class Snapshot:
    """Private copies of a candidate's folders, every byte of which was checked."""

    adapter: Path
    base_model: Path


def check_parts(handover: Handover, policy: OutputPolicy) -> None:
    """Check everything that needs no file of the stores. Raises Refused."""
    candidate = handover.candidate
    if candidate.digest != handover.candidate_digest:
        raise Refused(
            f"The candidate's parts have digest {candidate.digest}, but {handover.candidate_digest} was handed over: "
            "hand over the candidate that was examined.",
            reason="DigestMismatch",
        )
    prompt = digest_bytes(handover.sources.system_prompt.encode())
    if prompt != candidate.system_prompt:
        raise Refused(
            f"The system prompt has digest {prompt}, but {candidate.system_prompt} was examined: "
            "restore the prompt, or have the candidate with the new one examined.",
            reason="SystemPromptMismatch",
        )
    if policy.digest != candidate.output_policy:
        raise Refused(
            f"This gateway's output policy has digest {policy.digest}, but {candidate.output_policy} was examined: "
            "run a gateway with that policy, or have the candidate with this one examined.",
            reason="OutputPolicyMismatch",
        )


def take_snapshot(handover: Handover, folder: Path, stores: Path | None) -> Snapshot:
    """Copy adapter and base model into a private folder and check every copied byte.

    Raises Refused, and TryAgain where the surroundings failed, which says nothing about the candidate.
    """
    candidate, sources = handover.candidate, handover.sources
    snapshot = Snapshot(adapter=folder / "adapter", base_model=folder / "base")
    adapter = _copy(sources.adapter_uri, snapshot.adapter, candidate.adapter, stores)
    base = _copy(sources.base_model_uri, snapshot.base_model, candidate.base_model, stores)
    check_manifests(handover, adapter, base)
    return snapshot


def check_manifests(handover: Handover, adapter: manifests.Manifest, base: manifests.Manifest) -> None:
    """Check what the two manifests say about one another and about the candidate's other parts. Raises Refused."""
    candidate = handover.candidate
    if adapter.kind != "adapter" or base.kind != "model":
        raise Refused(
            f"The adapter's manifest is of kind {adapter.kind} and the base model's of kind {base.kind}: "
            "name an adapter and a model.",
            reason="WrongKind",
        )
    attributes = adapter.attributes or {}
    trained_on = attributes.get("baseModel")
    if trained_on != candidate.base_model:
        raise Refused(
            f"The adapter was trained on base model {trained_on or '(not named in its manifest)'}, "
            f"but the candidate names {candidate.base_model}: pair the adapter with its own base model.",
            reason="BaseModelMismatch",
        )
    for part, key, expected, present, reason in (
        ("tokenizer", "tokenizer", candidate.tokenizer, manifests.tokenizer_digest(base), "TokenizerMismatch"),
        (
            "chat template",
            "chatTemplate",
            candidate.chat_template,
            manifests.chat_template_digest(base),
            "ChatTemplateMismatch",
        ),
    ):
        if present != expected or attributes.get(key, expected) != expected:
            raise Refused(
                f"The {part} of the base model has digest {present} and the adapter was trained with "
                f"{attributes.get(key, 'one it does not name')}, but {expected} was examined: "
                "serve the candidate with the one that was examined.",
                reason=reason,
            )


def _copy(uri: str, target: Path, digest: str, stores: Path | None) -> manifests.Manifest:
    try:
        return private_copy(uri, target, digest, stores=stores)
    except TryAgain:
        raise
    except PreceptorError as error:
        raise Refused(str(error), reason=error.reason) from None
