"""What does a user ask for, approve, and get told, with an AdapterRelease?"""

from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field, StringConstraints
from pydantic.alias_generators import to_camel

from preceptor.api.base import (
    ApiModel,
    Conditions,
    Digest,
    LocalReference,
    Name,
    StatusModel,
    StoreUri,
    described,
    rules,
)
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

    gateway_ref: Annotated[LocalReference, described("The gateway's Service.")]
    stage: Annotated[Literal["shadow", "canary", "live"], described("Only live in this version.")]


class PolicyReference(ApiModel):
    """Which promotion policy decides: a profile of exactly this bundle revision."""

    profile: Annotated[Name, described("Profile of the promotion policy, such as clinical.")]
    revision: Annotated[
        Revision, described("Revision of the promotion policy, as `preceptor policy revision` prints it.")
    ]


class Approval(ApiModel):
    """One approver's signature on one exact request; never changed or removed once there."""

    approver: Annotated[Username, described("Username of the approver; nobody can write another.")]
    candidate_digest: Annotated[Digest, described("The candidate that is approved.")]
    evidence_digest: Annotated[Digest, described("The signed evaluation that it rests on.")]
    policy_revision: Annotated[Revision, described("The policy revision that it holds under.")]
    request_digest: Annotated[Digest, described("The request: this very object and its spec without approvals.")]
    meaning: Annotated[
        str, StringConstraints(min_length=1, max_length=1024), described("What the approver says by it.")
    ]
    expires: Annotated[
        str, Field(json_schema_extra={"format": "date-time"}, max_length=40), described("Until when it counts.")
    ]


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

    candidate_digest: Annotated[Digest, described("The candidate to serve: status.candidateDigest of the EvalGate.")]
    eval_gate_ref: Annotated[LocalReference, described("The EvalGate that examined it.")]
    target: Annotated[Target, described("Where it is to be served.")]
    policy: Annotated[PolicyReference, described("Which promotion policy decides.")]
    withdrawn: Annotated[bool, described("True stops serving it, for good.")] = False
    requested_by: Annotated[
        Username | None, described("Who asked; stamped by the API server at creation, whatever is written here.")
    ] = None
    approvals: Annotated[
        tuple[Approval, ...],
        Field(
            max_length=16,
            json_schema_extra={"x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["approver"]},
        ),
        described("Approvals, added by `kubectl preceptor approve`; never changed or removed."),
    ] = ()


def request_digest(namespace: str, name: str, uid: str, spec: dict[str, Any]) -> str:
    """Digest of what an approver signs: this very object and its spec without approvals and ``withdrawn``.

    The object's UID is part of it, so that an approval cannot be carried to a deleted and recreated release.
    """
    request = {key: value for key, value in spec.items() if key not in ("approvals", "withdrawn")}
    return digest_json({"namespace": namespace, "name": name, "uid": uid, "spec": request})


class DecisionReason(StatusModel):
    """One reason of the policy's decision."""

    code: Annotated[str, described("The rule's CamelCase word.")]
    message: Annotated[str, described("Its sentence.")]


class Decision(StatusModel):
    """What the promotion policy said last."""

    phase: Annotated[
        Literal["request", "release"],
        described("What was asked: request (may people be asked to approve) or release (may it be served)."),
    ]
    allow: Annotated[bool, described("The answer.")]
    revision: Annotated[str, described("Revision of the policy that answered.")]
    reasons: Annotated[tuple[DecisionReason, ...], described("Reasons against it.")] = ()


class AdapterReleaseStatus(Conditions):
    """What became of the request."""

    state: Annotated[State | None, described("One word for where the release is.")] = None
    # What an approver has to sign, computed by the operator; the CLI computes it again from the spec.
    request_digest: Annotated[
        Digest | None, described("Digest of the request; the command line computes it again from the spec.")
    ] = None
    evidence_digest: Annotated[
        Digest | None, described("Digest of the verified evaluation statement; once served, of the one decided on.")
    ] = None
    policy_revision: Annotated[
        str | None, described("Revision of the policy that answered last; once served, of the signed decision.")
    ] = None
    approvals: Annotated[
        str | None, described("Approvals that count, of those needed; once served, of the signed decision.")
    ] = None
    decision: Annotated[
        Decision | None, described("What the promotion policy said last; once served, the signed decision.")
    ] = None
    served_digest: Annotated[Digest | None, described("The candidate that the gateway says it serves.")] = None
    served_at: Annotated[str | None, described("Since when.")] = None
    gateway_refusals: Annotated[
        int | None, described("How often the gateway refused for a reason that may pass, since it last served.")
    ] = None
    gateway_refused_at: Annotated[str | None, described("When it last did.")] = None
    adapter_uri: Annotated[StoreUri | None, described("Folder of the adapter.")] = None
    completed_at: Annotated[str | None, described("When the release ended.")] = None
