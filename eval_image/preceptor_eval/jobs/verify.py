"""Do folders still hold, byte for byte, what their digests say?"""

from typing import Final

from preceptor import manifests
from preceptor.api.jobs import Result, VerifyArtifact, VerifyJob
from preceptor.exits import BadInput, CheckFailed
from preceptor.seals import SEAL_FILE, check_seal
from preceptor.stores import local_path
from preceptor_eval.jobs.seal import check_files

KINDS: Final = {"adapter": "adapter", "baseModel": "model", "dataset": "dataset", "suite": "suite"}


def run(job: VerifyJob) -> Result:
    """Re-hash every artifact of the Job; Result digests are keyed by role (``role.2`` for a second of the same role).

    For a base model the digests of its tokenizer and chat template are added, for a sealed adapter those of seal and
    provenance. Raises BadInput when a folder or its manifest is missing, and CheckFailed when a byte is not as it was
    (``ManifestMismatch``, ``SealMismatch``), a folder is of another kind (``UnexpectedKind``), or the adapter was
    trained on another base model than the one beside it (``BaseModelMismatch``).
    """
    if not job.artifacts:
        raise BadInput("The Job names no artifact: there is nothing to verify.", reason="NothingToVerify")
    digests: dict[str, str] = {}
    found: dict[str, manifests.Manifest] = {}
    files = 0
    for number, artifact in enumerate(job.artifacts, start=1):
        folder = local_path(artifact.uri)
        print(f"Verifying {number}/{len(job.artifacts)}: {artifact.role}.", flush=True)
        manifest = manifests.verify(folder, artifact.digest)
        check_kind(artifact, manifest)
        digests[free_key(digests, artifact.role)] = manifest.digest
        found.setdefault(artifact.role, manifest)
        files += len(manifest.files)
        if artifact.role == "baseModel":
            digests["tokenizer"] = manifests.tokenizer_digest(manifest)
            digests["chatTemplate"] = manifests.chat_template_digest(manifest)
        if artifact.role == "adapter":
            check_files(manifest)
            if (folder.parent / SEAL_FILE).is_file():
                digests.update(check_seal(folder, manifest.digest))
    if "adapter" in found and "baseModel" in found:
        check_base_model(found["adapter"], digests)
    return Result(
        kind="Verify",
        verdict="pass",
        reason="Verified",
        message=f"{files} files in {len(job.artifacts)} folders are as their digests say.",
        digests=digests,
        counts={"artifacts": len(job.artifacts), "files": files},
    )


def check_kind(artifact: VerifyArtifact, manifest: manifests.Manifest) -> None:
    """Raise CheckFailed unless the folder is of the kind that its role needs."""
    if manifest.kind != KINDS[artifact.role]:
        raise CheckFailed(
            f"{artifact.uri} is a folder of kind {manifest.kind}, not what {artifact.role} needs: name another.",
            reason="UnexpectedKind",
        )


def free_key(digests: dict[str, str], role: str) -> str:
    """The role, or the role with a number where it is taken."""
    if role not in digests:
        return role
    number = 2
    while f"{role}.{number}" in digests:
        number += 1
    return f"{role}.{number}"


def check_base_model(adapter: manifests.Manifest, digests: dict[str, str]) -> None:
    """Raise CheckFailed unless the adapter says that it was trained on this base model, tokenizer and chat template."""
    attributes = adapter.attributes or {}
    for key in ("baseModel", "tokenizer", "chatTemplate"):
        recorded = attributes.get(key)
        if recorded != digests[key] and (recorded is not None or key == "baseModel"):
            raise CheckFailed(
                f"The adapter's manifest says {key} {recorded or 'nothing'}, but the one beside it has {digests[key]}: "
                "use the base model that the adapter was trained on.",
                reason="BaseModelMismatch",
            )
