"""Which approvals of an AdapterRelease count, and who is told?"""

from dataclasses import replace

import pytest
from observations import CONFIG, DIGEST, NOW, owner
from release_observations import ALLOWED, APPROVED, GATE, NOT_YET, YES, granted, observe, signed_by, spec_of

from preceptor.api.adapterrelease import request_digest
from preceptor_operator.adapterrelease import checks
from preceptor_operator.adapterrelease.decide import decide
from preceptor_operator.adapterrelease.evidence import grant_records
from preceptor_operator.adapterrelease.observed import Observed
from preceptor_operator.adapterrelease.works import verify_work


@pytest.mark.parametrize(
    ("sentence", "approval"),
    [
        ("its approver requested the release", signed_by("alice")),
        ("its approver requested the release in other letters", signed_by("Alice")),
        ("its approver is a service account", signed_by("system:serviceaccount:clinic:robot")),
        ("it names another candidate", signed_by("carol", candidateDigest=DIGEST["seal"])),
        ("it names other evidence", signed_by("carol", evidenceDigest=DIGEST["seal"])),
        ("it names another policy revision", signed_by("carol", policyRevision="r2")),
        ("it signs another request", signed_by("carol", requestDigest=DIGEST["seal"])),
        ("it has expired", signed_by("carol", expires="2026-11-24T11:59:59Z")),
        ("its expiry has no zone", signed_by("carol", expires="2099-01-01T00:00:00")),
        ("its expiry is no time", signed_by("carol", expires="never")),
    ],
)
def test_an_approval_does_not_count_when(sentence: str, approval: dict[str, str]) -> None:
    found = checks.approvals(observe(spec=spec_of(approvals=[approval])), NOW)
    assert found.valid == ()
    assert len(found.problems) == 1


def test_a_request_by_a_service_account_needs_two_people() -> None:
    body = spec_of(requestedBy="system:serviceaccount:argocd:argocd")
    digest = request_digest("clinic", "triage", "uid-1", body)
    one = observe(spec={**body, "approvals": [signed_by("carol", requestDigest=digest)]})
    two = observe(spec={**body, "approvals": [signed_by(name, requestDigest=digest) for name in ("carol", "dave")]})
    assert not checks.approvals(one, NOW).complete
    assert checks.approvals(two, NOW).complete


def _approved(observed: Observed) -> tuple[str, str]:
    status = decide(observed, NOW).status
    return status["approvals"], next(c["status"] for c in status["conditions"] if c["type"] == "Approved")


def test_as_many_approvals_are_shown_as_the_policy_wants() -> None:
    two = replace(NOT_YET, approvals_needed=2)
    assert _approved(observe(spec=APPROVED, answers={"request": YES, "release": two})) == ("1/2", "False")
    # Known before anybody has approved, and whichever question was answered.
    assert _approved(observe(answers={"request": replace(YES, approvals_needed=2), "release": None})) == (
        "0/2",
        "False",
    )
    none = {phase: replace(YES, approvals_needed=0) for phase in ("request", "release")}
    assert _approved(observe(spec=APPROVED, answers=none)) == ("1/1", "True")


def test_a_release_is_approved_only_where_the_policy_counts_as_many() -> None:
    assert _approved(observe(spec=APPROVED, answers=ALLOWED)) == ("1/1", "True")
    assert _approved(observe(spec=APPROVED)) == ("1/1", "False")
    assert _approved(observe(spec=APPROVED, answers={"request": YES, "release": None})) == ("1/1", "Unknown")


def _release_job(*approvals: dict[str, str]) -> str:
    observed = observe(spec=spec_of(approvals=list(approvals)))
    counted = checks.approvals_digest(observed, NOW)
    assert observed.spec is not None
    work = verify_work(owner("AdapterRelease"), observed.spec, GATE, CONFIG, "release", counted)
    assert work is not None
    return work.name


def test_bytes_are_hashed_anew_for_each_set_of_approvals() -> None:
    carol, dave = signed_by("carol"), signed_by("dave")
    later = signed_by("carol", expires="2099-06-01T00:00:00Z")
    names = {_release_job(), _release_job(carol), _release_job(later), _release_job(dave), _release_job(carol, dave)}
    assert len(names) == 5
    # Neither the order nor an approval that does not count makes it another set.
    assert _release_job(dave, carol) == _release_job(carol, dave)
    assert _release_job(carol, signed_by("erin", expires="2020-01-01T00:00:00Z")) == _release_job(carol)


def test_what_was_hashed_before_a_release_is_forgotten_within_the_hour() -> None:
    observed = observe(spec=APPROVED, answers=ALLOWED)
    (work,) = decide(observed, NOW).create
    assert work.ttl_seconds is not None
    assert work.ttl_seconds <= 3600


def test_only_approvals_that_count_are_signed_as_approvals() -> None:
    late = signed_by("dave", expires="2020-01-01T00:00:00Z")
    observed = observe(spec=spec_of(approvals=[signed_by("Carol Smith"), late]), answers=ALLOWED)
    counted = checks.approvals(observed, NOW)
    records = grant_records(observed, YES, "2026-11-24T11:00:00Z", counted)
    assert [record.append.body.get("approver") for record in records] == ["Carol Smith", None]
    assert all(" " not in record.append.key for record in records)


@pytest.mark.parametrize(("state", "told"), [("AwaitingApproval", True), ("RollingOut", False), ("Released", False)])
def test_an_approval_that_was_recorded_and_not_yet_told_is_told(state: str, told: bool) -> None:
    notices = decide(granted(status={"state": state}), NOW).notices
    assert ("ApprovalsComplete" in {notice.reason for notice in notices}) == told
