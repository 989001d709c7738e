"""Which reasons can an AdapterRelease give? The promotion policy adds its own."""

SPEC_INVALID = "SpecInvalid"
GATE_MISSING = "EvalGateMissing"
GATE_NOT_READY = "EvalGateNotReady"
PROMPT_MISSING = "SystemPromptMissing"
EVIDENCE_VERIFIED = "EvidenceVerified"
VERIFYING = "VerifyRunning"
DIGEST_MISMATCH = "DigestMismatch"
POLICY_UNAVAILABLE = "PolicyUnavailable"
POLICY_ALLOWS = "PolicyAllows"
POLICY_DENIES = "PolicyDenies"
WAITING = "WaitingForApproval"
APPROVED = "ApprovalsComplete"
# The promotion policy's own words for approvals that do not suffice.
APPROVALS_MISSED = frozenset({"ApprovalsMissing", "ApprovalInvalid"})
# The decision to release was recorded, but not carried out while it held.
LAPSED = "DecisionLapsed"
HANDING_OVER = "HandingOver"
GATEWAY_LOADING = "GatewayLoading"
GATEWAY_UNREACHABLE = "GatewayUnreachable"
GATEWAY_NOT_ALLOWED = "GatewayNotAllowed"
STOPPING = "Stopping"
GATEWAY_REFUSED = "GatewayRefused"
# Refusals of a gateway that say that bytes or decision are wrong: the same handover is refused for ever. Any other one
# (no room, no store, no memory, no key) says something about the gateway, which may change.
MISMATCHES = frozenset(
    {
        "BaseModelMismatch",
        "ChatTemplateMismatch",
        "DigestMismatch",
        "GrantInvalid",
        "ManifestMismatch",
        "OutputPolicyMismatch",
        "SystemPromptMismatch",
        "TokenizerMismatch",
        "UnsafeWeights",
        "UnsupportedFile",
        "WrongKind",
    }
)
SERVED = "CandidateServed"
SUPERSEDED = "Superseded"
WITHDRAWN = "WithdrawnByUser"
NAME_TAKEN = "NameTaken"
NOT_REACHED = "NotReached"
NOT_STALLED = "NotStalled"
IN_PROGRESS = "InProgress"
