"""What does a user ask for, approve, and get told, with an AdapterRelease?"""

from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field, StringConstraints
from pydantic.alias_generators import to_camel

from preceptor.api.base import ApiModel, Conditions, Digest, LocalReference, Name, StatusModel, StoreUri, rules
from preceptor.digests import digest_json

State = Literal["Pending", "AwaitingApproval", "RollingOut", "Released", "Denied", "RolledBack", "Withdrawn"]
Username = Annotated[str, StringConstraints(min_length=1, max_length=256)]
Revision = Annotated[str, StringConstraints(min_length=1, max_length=128, pattern=r"^[A-Za-z0-9._:+-]+$")]


class Target(ApiModel):
    """Where the candidate is to be served."""

    model_config = ConfigDict(
        alias_generator=to_camel,
        populate_by_name=True,
        extra="forbid",
        frozen=True,
        json_schema_extra=rules(
            (
                "self.stage == 'live'",
                "this version releases to stage live only: set stage to live",
            )
        ),
    )

    gateway_ref: LocalReference
    stage: Literal["shadow", "canary", "live"]


class PolicyReference(ApiModel):
    """Which promotion policy decides: a profile of exactly this bundle revision."""

    profile: Name
    revision: Revision


class Approval(ApiModel):
    """One approver's signature on one exact request; never changed or removed once there."""

    approver: Username
    candidate_digest: Digest
    evidence_digest: Digest
    policy_revision: Revision
    request_digest: Digest
    meaning: Annotated[str, StringConstraints(min_length=1, max_length=1024)]
    expires: Annotated[str, Field(json_schema_extra={"format": "date-time"}, max_length=40)]


class AdapterReleaseSpec(ApiModel):
    """Serve one candidate, once policy and clinical governance agree."""

    model_config = ConfigDict(
        alias_generator=to_camel,
        populate_by_name=True,
        extra="forbid",
        frozen=True,
        json_schema_extra=rules(
            (
                "self.candidateDigest == oldSelf.candidateDigest",
                "candidateDigest cannot change: create another release",
            ),
            (
                "self.evalGateRef == oldSelf.evalGateRef && self.target == oldSelf.target"
                " && self.policy == oldSelf.policy",
                "evalGateRef, target and policy cannot change: create another AdapterRelease",
            ),
            (
                "has(self.requestedBy) == has(oldSelf.requestedBy)"
                " && (!has(self.requestedBy) || self.requestedBy == oldSelf.requestedBy)",
                "requestedBy is stamped at creation and never changes",
            ),
            (
                "!has(oldSelf.approvals)"
                " || (has(self.approvals) && oldSelf.approvals.all(o, self.approvals.exists(n, n == o)))",
                "an approval is never changed or removed",
            ),
            (
                "!oldSelf.withdrawn || self.withdrawn",
                "a withdrawn release stays withdrawn: create another AdapterRelease",
            ),
        ),
    )

    candidate_digest: Digest
    eval_gate_ref: LocalReference
    target: Target
    policy: PolicyReference
    # Set true to stop serving; allowed to requesters at any time, and final.
    withdrawn: bool = False
    requested_by: Username | None = None
    approvals: Annotated[
        tuple[Approval, ...],
        Field(
            max_length=16,
            json_schema_extra={"x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["approver"]},
        ),
    ] = ()


def request_digest(namespace: str, name: str, uid: str, spec: dict[str, Any]) -> str:
    """Digest of what an approver signs: this very object and its spec without approvals and ``withdrawn``.

    The object's UID is part of it, so that an approval cannot be carried to a deleted and recreated release.
    """
    request = {key: value for key, value in spec.items() if key not in ("approvals", "withdrawn")}
    return digest_json({"namespace": namespace, "name": name, "uid": uid, "spec": request})


class DecisionReason(StatusModel):
    """One reason of the policy's decision."""

    code: str
    message: str


class Decision(StatusModel):
    """What the promotion policy said last."""

    phase: Literal["request", "release"]
    allow: bool
    revision: str
    reasons: tuple[DecisionReason, ...] = ()
    decision_id: str | None = None


class AdapterReleaseStatus(Conditions):
    """What became of the request."""

    state: State | None = None
    # What an approver has to sign, computed by the operator; the CLI computes it again from the spec.
    request_digest: Digest | None = None
    evidence_digest: Digest | None = None
    policy_revision: str | None = None
    approvals: str | None = None
    decision: Decision | None = None
    served_digest: Digest | None = None
    served_at: str | None = None
    adapter_uri: StoreUri | None = None
    completed_at: str | None = None
