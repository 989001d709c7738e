"""Are the parts that lie in the stores the ones that the candidate names?"""

from dataclasses import dataclass
from pathlib import Path

from preceptor import manifests
from preceptor.api.candidate import CandidateManifest, CandidateSources
from preceptor.digests import digest_bytes, digest_file
from preceptor.exits import BadInput, CheckFailed
from preceptor_eval.generation.snapshot import private_copy

MISMATCH = "CandidateMismatch"


@dataclass(frozen=True)
class Parts:
    """Verified copies of a candidate's folders."""

    adapter: Path
    base_model: Path
    adapter_manifest: manifests.Manifest
    base_manifest: manifests.Manifest


def verify_candidate(
    candidate: CandidateManifest, digest: str, sources: CandidateSources, output_policy: Path, scratch: Path
) -> Parts:
    """Copy adapter and base model into ``scratch`` and hash every part of a candidate, before anything of it is loaded.

    The folders returned are the copies: stores may change while the examination runs. Raises CheckFailed
    (``CandidateMismatch``) on the first part that is not what the manifest names, BadInput when a part cannot be read
    at all, and TryAgain where ``scratch`` has no room.
    """
    same("candidate manifest", candidate.digest, digest)
    adapter, base_model = scratch / "adapter", scratch / "base"
    adapter_manifest = verified("adapter", sources.adapter_uri, adapter, candidate.adapter)
    base_manifest = verified("base model", sources.base_model_uri, base_model, candidate.base_model)
    for role, manifest, kind in (("adapter", adapter_manifest, "adapter"), ("base model", base_manifest, "model")):
        if manifest.kind != kind:
            raise CheckFailed(
                f"The {role}'s folder is of kind {manifest.kind}, not {kind}: name the right folder.", reason=MISMATCH
            )
    trained_on = (adapter_manifest.attributes or {}).get("baseModel", "nothing")
    same("base model that the adapter was trained on", trained_on, candidate.base_model)
    same("tokenizer", manifests.tokenizer_digest(base_manifest), candidate.tokenizer)
    same("chat template", manifests.chat_template_digest(base_manifest), candidate.chat_template)
    same("system prompt", digest_bytes(sources.system_prompt.encode()), candidate.system_prompt)
    try:
        policy = digest_file(output_policy)
    except OSError as error:
        raise BadInput(
            f"The output policy {output_policy} cannot be read: {error.strerror}.", reason="OutputPolicyUnreadable"
        ) from None
    same("output policy", policy, candidate.output_policy)
    return Parts(adapter, base_model, adapter_manifest, base_manifest)


def verified(part: str, uri: str, copy: Path, digest: str) -> manifests.Manifest:
    """The manifest of a folder whose every copied byte matches; CheckFailed is raised as ``CandidateMismatch``."""
    try:
        return private_copy(uri, copy, digest)
    except CheckFailed as error:
        raise CheckFailed(f"The {part} is not the one to examine. {error}", reason=MISMATCH) from None


def same(part: str, found: str, named: str) -> None:
    """Raise CheckFailed (``CandidateMismatch``) unless two digests are the same."""
    if found != named:
        raise CheckFailed(
            f"The {part} has digest {found}, but the candidate names {named}: "
            "have the candidate examined with the parts that are to be served.",
            reason=MISMATCH,
        )
