"""Are the parts that lie in the stores the ones that the candidate names?"""

from dataclasses import dataclass
from pathlib import Path

from preceptor import manifests
from preceptor.api.candidate import CandidateManifest, CandidateSources
from preceptor.digests import digest_bytes, digest_file
from preceptor.exits import BadInput, CheckFailed
from preceptor.stores import local_path

MISMATCH = "CandidateMismatch"


@dataclass(frozen=True)
class Parts:
    """Verified folders of a candidate."""

    adapter: Path
    base_model: Path
    adapter_manifest: manifests.Manifest
    base_manifest: manifests.Manifest


def verify_candidate(
    candidate: CandidateManifest, digest: str, sources: CandidateSources, output_policy: Path
) -> Parts:
    """Hash every part of a candidate, before anything of it is loaded.

    Raises CheckFailed (``CandidateMismatch``) on the first part that is not what the manifest names, and BadInput when
    a part cannot be read at all.
    """
    same("candidate manifest", candidate.digest, digest)
    adapter, base_model = local_path(sources.adapter_uri), local_path(sources.base_model_uri)
    adapter_manifest = verified("adapter", adapter, candidate.adapter)
    base_manifest = verified("base model", base_model, candidate.base_model)
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


def verified(part: str, folder: Path, digest: str) -> manifests.Manifest:
    """The manifest of a folder whose every byte matches. Raises CheckFailed (``CandidateMismatch``) and BadInput."""
    try:
        return manifests.verify(folder, digest)
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
