"""What does the audit chain say about a release, and what goes into it?"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from preceptor.api.adapterrelease import Approval
from preceptor.api.audit import Append
from preceptor.api.jobs import Owner
from preceptor.digests import PREFIX, digest_bytes
from preceptor.evidence import approval, gate_decision
from preceptor.evidence.statements import ALLOWED, PROVENANCE, REPETITION, TEST_RESULT, VERIFICATION_RESULT
from preceptor_operator.adapterrelease.observed import Provenance
from preceptor_operator.shared.clock import parse, rfc3339
from preceptor_operator.shared.decision import Record

if TYPE_CHECKING:
    from preceptor_operator.adapterrelease.observed import Approvals, Observed, PolicyAnswer

SCAN_TESTS = {"phi-scan/dataset": "dataset", "phi-scan/outputs": "outputs"}


def provenance_of(statements: Iterable[Mapping[str, Any]], adapter: str, namespace: str) -> Provenance:
    """What verified statements say of an adapter's making.

    Only those count that are about this very adapter and come from a FineTuneRun of the release's own namespace: who
    may write to the chain could file another adapter's statement under this one's digest.
    """
    present = repeated = False
    scans: dict[str, str] = {}
    for statement in statements:
        predicate = statement.get("predicate", {})
        if not _made_here(statement, adapter, namespace):
            continue
        if statement.get("predicateType") == PROVENANCE:
            present = True
        elif statement.get("predicateType") == TEST_RESULT:
            clean = predicate.get("result") == "PASSED"
            repeated = repeated or (clean and REPETITION in predicate.get("passedTests", ()))
            for test in (*predicate.get("passedTests", ()), *predicate.get("failedTests", ())):
                if test in SCAN_TESTS:
                    target = SCAN_TESTS[test]
                    # One scan that found something outweighs any number that did not.
                    scans[target] = "pass" if clean and scans.get(target, "pass") == "pass" else "fail"
    return Provenance(present=present, scans=tuple(sorted(scans.items())), repeated=repeated)


def _made_here(statement: Mapping[str, Any], adapter: str, namespace: str) -> bool:
    predicate = statement.get("predicate", {})
    metadata = (predicate.get("runDetails") or {}).get("metadata") or {}
    invocation = str(predicate.get("preceptor_invocationId") or metadata.get("invocationId"))
    about = {"name": "adapter", "digest": {"sha256": adapter.removeprefix("sha256:")}}
    return about in statement.get("subject", ()) and invocation.startswith(f"FineTuneRun/{namespace}/")


def is_grant(statement: Mapping[str, Any], observed: "Observed") -> bool:
    """Whether a verified statement is the decision to release this very object's candidate."""
    resource, spec = observed.resource, observed.spec
    predicate = statement.get("predicate", {})
    subjects = {
        subject.get("name"): subject.get("digest", {}).get("sha256") for subject in statement.get("subject", ())
    }
    return (
        spec is not None
        and statement.get("predicateType") == VERIFICATION_RESULT
        and predicate.get("properties") == [f"{ALLOWED}_RELEASE"]
        and predicate.get("preceptor_decision") == "allow"
        and predicate.get("preceptor_invocationId") == _invocation(resource.namespace, resource.name, resource.uid)
        and subjects.get("candidate") == spec.candidate_digest.removeprefix("sha256:")
    )


def decided_at(statement: Mapping[str, Any]) -> datetime:
    """When a verified decision was made."""
    return parse(str(statement.get("predicate", {}).get("timeCreated"))) or datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, kw_only=True)
class Decided:
    """What the decision in the chain rests on. An older operator's does not say which approvals."""

    time: str
    revision: str
    evidence: str | None
    approvals: str | None


def decided(observed: "Observed") -> Decided:
    """The basis of the decision that was observed in the chain."""
    predicate = observed.decided
    digest = next((entry.get("sha256") for entry in predicate.get("preceptor_evidence", ())), None)
    approvers = {name.lower() for name in predicate.get("preceptor_approvers", ())}
    needed = predicate.get("preceptor_approvalsNeeded")
    return Decided(
        time=str(predicate.get("timeCreated")),
        revision=str(predicate.get("preceptor_revision")),
        evidence=f"{PREFIX}{digest}" if digest else None,
        approvals=f"{len(approvers)}/{needed}" if approvers and needed else None,
    )


def grant_records(
    observed: "Observed", answer: "PolicyAnswer", decided_at: str, approvals: "Approvals"
) -> tuple[Record, ...]:
    """The approvals that counted and the decision that follows, each to be signed.

    ``decided_at`` is a time that a second reconcile finds again, so that the records stay the same.
    """
    spec, gate = observed.spec, observed.gate
    assert spec is not None
    assert gate is not None
    assert gate.candidate is not None
    assert observed.evidence.digest is not None
    adapter, owner = gate.candidate.adapter, _owner(observed)
    counted = [entry for entry in spec.approvals if entry.approver.lower() in approvals.valid]
    found = [
        Record(
            append=Append(
                # A digest, since a name may hold what a key may not. The time, since the statement holds it, and a
                # Job whose pod was lost before the decision was recorded is run again and ends at another.
                key=f"{observed.resource.uid}:approval:{digest_bytes(entry.approver.encode())}:{decided_at}",
                kind="statement.approval",
                subject=spec.candidate_digest,
                body={"about": _about(observed), "approver": entry.approver},
            ),
            statement=approval(adapter=adapter, entry=entry, owner=owner, recorded_at=decided_at),
        )
        for entry in counted
    ]
    decision = gate_decision(
        adapter=adapter,
        candidate=spec.candidate_digest,
        phase="release",
        allow=True,
        profile=spec.policy.profile,
        revision=answer.revision,
        reasons=answer.reasons,
        evidence=[observed.evidence.digest],
        owner=owner,
        decided_at=decided_at,
        approvers=[entry.approver for entry in counted],
        approvals_needed=approvals.needed,
        first_served_before=_lasting(counted, approvals.needed),
    )
    append = Append(
        # The time as above: a decision that was not carried out in time is followed by another.
        key=f"{observed.resource.uid}:grant:{decided_at}",
        kind="statement.decision",
        subject=spec.candidate_digest,
        body={"about": _about(observed), "allow": True, "revision": answer.revision},
    )
    return (*found, Record(append=append, statement=decision))


def _lasting(counted: Sequence[Approval], needed: int) -> str | None:
    """Until when the approvals of enough people count."""
    last: dict[str, datetime] = {}
    for entry in counted:
        if (end := parse(entry.expires)) is not None:
            last[entry.approver.lower()] = max(end, last.get(entry.approver.lower(), end))
    ends = sorted(last.values(), reverse=True)
    return rfc3339(ends[needed - 1]) if len(ends) >= needed else None


def event_record(observed: "Observed", event: str, **details: Any) -> Record:
    """A record without a statement: denied, served, withdrawn. Why is part of the key: see finetunerun.evidence."""
    spec = observed.spec
    why = ":".join(map(str, (event, *details.values())))
    append = Append(
        key=f"{observed.resource.uid}:{why}",
        kind=f"adapterrelease.{event}",
        subject=spec.candidate_digest if spec else None,
        body={"about": _about(observed), **details},
    )
    return Record(append=append)


def _about(observed: "Observed") -> dict[str, Any]:
    resource = observed.resource
    return {"kind": resource.kind, "namespace": resource.namespace, "name": resource.name, "uid": resource.uid}


def _owner(observed: "Observed") -> Owner:
    resource = observed.resource
    return Owner(kind="AdapterRelease", namespace=resource.namespace, name=resource.name, uid=resource.uid)


def _invocation(namespace: str, name: str, uid: str) -> str:
    return f"AdapterRelease/{namespace}/{name}/{uid}"
