"""Which Jobs does an AdapterRelease run?"""

from typing import Literal

from preceptor.api.adapterrelease import AdapterReleaseSpec
from preceptor.api.jobs import Owner as JobOwner
from preceptor.api.jobs import VerifyArtifact, VerifyJob
from preceptor_operator.adapterrelease.observed import Gate
from preceptor_operator.config import OperatorConfig
from preceptor_operator.shared.children import Owner, Work

COMMAND = ("preceptor-eval", "job")
# Hashed once more where nobody approved for so long, or where the decision was kept waiting for so long, as by a policy
# that could not be asked: what is decided on is never older.
TTL_SECONDS = {"request": 2_592_000, "release": 3600}


def verify_work(
    owner: Owner,
    spec: AdapterReleaseSpec,
    gate: Gate,
    config: OperatorConfig,
    purpose: Literal["request", "release"],
    approvals: str | None = None,
) -> Work | None:
    """Re-hash adapter and base model where they lie; None when the gate does not say where that is.

    ``approvals`` is the digest of those that count, so that no earlier pass stands for what was approved after it.
    """
    candidate = gate.candidate
    if candidate is None or gate.adapter_uri is None or gate.base_model_uri is None:
        return None
    job = VerifyJob(
        owner=JobOwner(kind="AdapterRelease", namespace=owner.namespace, name=owner.name, uid=owner.uid),
        purpose=purpose,
        approvals=approvals,
        artifacts=(
            VerifyArtifact(role="adapter", uri=gate.adapter_uri, digest=candidate.adapter),
            VerifyArtifact(role="baseModel", uri=gate.base_model_uri, digest=candidate.base_model),
        ),
    )
    return Work(
        owner=owner,
        role=f"verify-{purpose}",
        job=job,
        image=config.images.eval,
        command=COMMAND,
        settings=config.jobs.verify,
        reads=(gate.adapter_uri, gate.base_model_uri),
        deadline_seconds=3600,
        ttl_seconds=TTL_SECONDS[purpose],
    )
