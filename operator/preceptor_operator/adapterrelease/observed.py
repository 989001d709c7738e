"""What can be known about one AdapterRelease?"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from preceptor.api.adapterrelease import AdapterReleaseSpec, DecisionReason
from preceptor.api.candidate import CandidateManifest, CandidateSources
from preceptor.api.gateway import Serving
from preceptor_operator.adapterrelease.examinations import Examination
from preceptor_operator.shared.children import Work
from preceptor_operator.shared.decision import Resource
from preceptor_operator.shared.outcome import ABSENT, Outcome

Phase = Literal["request", "release"]
TERMINAL: frozenset[str] = frozenset({"Denied", "RolledBack", "Withdrawn"})


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """The signed evaluation statement of the gate, or why it does not count."""

    digest: str | None = None
    verified: bool = False
    problem: str | None = None
    statement: Mapping[str, Any] = field(default_factory=dict)

    @property
    def predicate(self) -> Mapping[str, Any]:
        """The statement's predicate, empty where nothing was verified."""
        predicate: Mapping[str, Any] = self.statement.get("predicate", {}) if self.verified else {}
        return predicate

    def subject(self, name: str) -> str | None:
        """Digest of one named subject of the verified statement."""
        for subject in self.statement.get("subject", ()) if self.verified else ():
            if subject.get("name") == name:
                return "sha256:" + str(subject.get("digest", {}).get("sha256"))
        return None


@dataclass(frozen=True, kw_only=True)
class Provenance:
    """What signed statements say about where the adapter comes from."""

    present: bool = False
    scans: tuple[tuple[str, str], ...] = ()
    # Whether the training was shown to be repeatable (FineTuneRun spec.proof).
    repeated: bool = False


@dataclass(frozen=True, kw_only=True)
class PolicyAnswer:
    """The promotion policy's decision document, as far as it can be believed."""

    allow: bool
    revision: str
    reasons: tuple[DecisionReason, ...]
    # How many approvals the profile wants of this release; 0 where the policy does not say.
    approvals_needed: int = 0


@dataclass(frozen=True, kw_only=True)
class Gate:
    """The EvalGate that the release rests on."""

    namespace: str
    name: str
    uid: str
    state: str | None
    candidate: CandidateManifest | None
    candidate_digest: str | None
    adapter_uri: str | None
    base_model_uri: str | None
    system_prompt_now: str | None


@dataclass(frozen=True, kw_only=True)
class Observed:
    """All that ``decide`` may look at."""

    resource: Resource
    spec: AdapterReleaseSpec | None = None
    fault: str | None = None
    request_digest: str | None = None
    gate: Gate | None = None
    evidence: Evidence = Evidence()
    provenance: Provenance = Provenance()
    # Every signed one of the candidate, whichever gate asked for it.
    examinations: tuple[Examination, ...] = ()
    verify_request: Work | None = None
    verified_request: Outcome = ABSENT
    verify_release: Work | None = None
    verified_release: Outcome = ABSENT
    # None: the policy could not be asked, or answered something that cannot be believed.
    answers: Mapping[Phase, PolicyAnswer | None] = field(default_factory=dict)
    # The envelope of the signed decision to release this very object, from the audit chain.
    grant: Mapping[str, Any] | None = None
    # Its verified predicate.
    decided: Mapping[str, Any] = field(default_factory=dict)
    # Why a decision that was never carried out is not looked at any more, as a sentence.
    lapsed: str | None = None
    # None: the gateway cannot be reached. ``gateway_exists`` tells an outage from a Service that is gone.
    serving: Serving | None = None
    gateway_exists: bool = True
    # Whether the Service is a gateway of this installation, so that the operator may talk to it at all.
    gateway_allowed: bool = True
    superseded_by: str | None = None

    @property
    def granted(self) -> bool:
        """Whether a signed decision to release this very object is in the audit chain."""
        return self.grant is not None

    @property
    def sources(self) -> CandidateSources | None:
        """Where the gateway finds the candidate's parts."""
        gate = self.gate
        if gate is None or gate.adapter_uri is None or gate.base_model_uri is None or gate.system_prompt_now is None:
            return None
        return CandidateSources(
            adapter_uri=gate.adapter_uri, base_model_uri=gate.base_model_uri, system_prompt=gate.system_prompt_now
        )


@dataclass(frozen=True, kw_only=True)
class Approvals:
    """Which approvals count."""

    valid: tuple[str, ...]
    needed: int
    problems: tuple[str, ...]

    @property
    def complete(self) -> bool:
        """Whether enough distinct approvers have signed."""
        return len(self.valid) >= self.needed

    @property
    def text(self) -> str:
        """For the printer column."""
        return f"{len(self.valid)}/{self.needed}"
