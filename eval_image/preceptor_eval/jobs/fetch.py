"""Is the base model that a run names in its store?"""

from preceptor.api.jobs import FetchJob, Result
from preceptor.hub import hub_model
from preceptor.stores import local_path
from preceptor_eval.hub import fetch


def run(job: FetchJob) -> Result:
    """Copy a model of a hub into the store unless it is there; the same Job again finds it and passes.

    Raises CheckFailed (``ManifestMismatch``) where the model's manifest has another digest, BadInput where the hub has
    no such model, does not show it, or it is no causal language model, TryAgain where hub or store are not ready.
    """
    manifest, downloaded = fetch(
        hub_model(job.source),
        local_path(job.target_uri),
        digest=job.digest,
        shown=job.target_uri,
        # Two runs may fetch one model at once; the pods of one run's Job come one after the other.
        mark=job.owner.uid,
    )
    size = sum(entry.size for entry in manifest.files)
    what = "Fetched" if downloaded else "Found"
    return Result(
        kind="Fetch",
        verdict="pass",
        reason="Fetched",
        message=f"{what} {len(manifest.files)} files of the base model in {job.target_uri}.",
        digests={"baseModel": manifest.digest},
        counts={"files": len(manifest.files), "bytes": size, "downloaded": int(downloaded)},
    )
