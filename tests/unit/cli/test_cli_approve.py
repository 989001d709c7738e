"""What does `preceptor approve` sign, and when does it refuse to?"""

import copy
from datetime import UTC, datetime
from typing import Any

import pytest
from rich.console import Console

from preceptor.api.adapterrelease import request_digest
from preceptor.api.candidate import CandidateManifest
from preceptor.cli.approve import already_signed, approval_of, expiry, operations, sign
from preceptor.cli.signing import Subject, read_subject, show_subject, warnings
from preceptor.cluster import Cluster, Conflict
from preceptor.exits import BadInput, CheckFailed, TryAgain

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
EVIDENCE = "sha256:" + "e" * 64
SUITE, OTHER = "sha256:" + "a" * 64, "sha256:" + "b" * 64
PARTS = CandidateManifest(
    adapter="sha256:" + "1" * 64,
    base_model="sha256:" + "2" * 64,
    tokenizer="sha256:" + "3" * 64,
    chat_template="sha256:" + "4" * 64,
    system_prompt="sha256:" + "5" * 64,
    output_policy="sha256:" + "6" * 64,
)
FAR = "2099-01-01T00:00:00Z"


class FakeCluster(Cluster):
    """A release and its gate; fails the first patches where it is told to."""

    def __init__(self) -> None:
        spec: dict[str, Any] = {
            "candidateDigest": PARTS.digest,
            "evalGateRef": {"name": "triage"},
            "target": {"gatewayRef": {"name": "gateway"}, "stage": "live"},
            "policy": {"profile": "demo", "revision": "7"},
            "withdrawn": False,
            "requestedBy": "alice",
        }
        self.release: dict[str, Any] = {
            "metadata": {"uid": "u", "resourceVersion": "1"},
            "spec": spec,
            "status": {
                "state": "AwaitingApproval",
                "requestDigest": request_digest("ns", "triage", "u", spec),
                "evidenceDigest": EVIDENCE,
                "policyRevision": "7",
            },
        }
        self.gate: dict[str, Any] = {
            "spec": {
                "adapter": {"fineTuneRunRef": {"name": "triage"}},
                "serving": {
                    "systemPrompt": {"configMapRef": {"name": "prompt"}},
                    "outputPolicy": {"digest": PARTS.output_policy},
                },
                "suites": [{"uri": "pvc://suites/one", "digest": SUITE}, {"uri": "pvc://suites/two", "digest": OTHER}],
                "confidence": "0.93",
                "thresholds": [
                    {"metric": "emergency_recall", "min": "0.98"},
                    {"metric": "over_triage_rate", "max": "0.20"},
                ],
                "report": "pvc://artifacts/report",
            },
            "status": {
                "state": "Passed",
                "candidate": PARTS.document(),
                "candidateDigest": PARTS.digest,
                "evidenceDigest": EVIDENCE,
                "metrics": [{"metric": "emergency_recall", "value": "0.99", "lower": "0.981", "verdict": "Pass"}],
            },
        }
        self.conflicts = 0
        self.meanwhile: dict[str, Any] = {}
        self.patches: list[list[dict[str, Any]]] = []

    def object(self, plural: str, namespace: str, name: str) -> dict[str, Any]:
        return copy.deepcopy(self.release if plural == "adapterreleases" else self.gate)

    def json_patch(self, plural: str, namespace: str, name: str, operations: Any, *, manager: str) -> dict[str, Any]:
        self.patches.append(operations)
        if self.conflicts:
            self.conflicts -= 1
            self.release["metadata"]["resourceVersion"] += "1"
            self.release["spec"].update(self.meanwhile)
            raise Conflict("Somebody changed it.")
        return {}


@pytest.fixture
def cluster() -> FakeCluster:
    return FakeCluster()


def entry(subject: Subject, approver: str = "carol") -> Any:
    return approval_of(subject, approver=approver, meaning="I approve.", expires=FAR)


def test_the_entry_binds_candidate_evidence_policy_and_request(cluster: FakeCluster) -> None:
    subject = read_subject(cluster, "ns", "triage")
    sign(cluster, subject, entry(subject))
    ((lock, add),) = cluster.patches
    assert lock == {"op": "replace", "path": "/metadata/resourceVersion", "value": "1"}
    assert (add["op"], add["path"]) == ("add", "/spec/approvals")
    (written,) = add["value"]
    assert written == {
        "approver": "carol",
        "candidateDigest": PARTS.digest,
        "evidenceDigest": EVIDENCE,
        "policyRevision": "7",
        "requestDigest": cluster.release["status"]["requestDigest"],
        "meaning": "I approve.",
        "expires": FAR,
    }


def test_a_second_approval_is_appended_and_removes_none(cluster: FakeCluster) -> None:
    first = entry(read_subject(cluster, "ns", "triage"), "dave").document()
    cluster.release["spec"]["approvals"] = [first]
    subject = read_subject(cluster, "ns", "triage")
    assert operations(subject, entry(subject))[1]["path"] == "/spec/approvals/-"


def test_a_concurrent_approval_is_read_again_and_kept(cluster: FakeCluster) -> None:
    subject = read_subject(cluster, "ns", "triage")
    cluster.conflicts = 1
    cluster.meanwhile = {"approvals": [entry(subject, "dave").document()]}
    sign(cluster, subject, entry(subject))
    assert [patch[1]["path"] for patch in cluster.patches] == ["/spec/approvals", "/spec/approvals/-"]
    assert [patch[0]["value"] for patch in cluster.patches] == ["1", "11"]


def test_what_changed_while_it_was_read_is_not_signed(cluster: FakeCluster) -> None:
    subject = read_subject(cluster, "ns", "triage")
    cluster.conflicts = 1
    cluster.meanwhile = {"policy": {"profile": "demo", "revision": "8"}}
    with pytest.raises(CheckFailed):
        sign(cluster, subject, entry(subject))
    assert len(cluster.patches) == 1


def test_signing_gives_up_when_the_release_never_rests(cluster: FakeCluster) -> None:
    subject = read_subject(cluster, "ns", "triage")
    cluster.conflicts = 100
    with pytest.raises(TryAgain):
        sign(cluster, subject, entry(subject))


@pytest.mark.parametrize(
    ("what", "changes", "reason"),
    [
        ("release", {"state": "RollingOut"}, "NotAwaitingApproval"),
        ("release", {"state": None}, "NotAwaitingApproval"),
        ("release", {"requestDigest": EVIDENCE}, "DigestsDisagree"),
        ("release", {"requestDigest": None}, "DigestsDisagree"),
        ("release", {"evidenceDigest": PARTS.digest}, "DigestsDisagree"),
        ("release", {"policyRevision": "8"}, "DigestsDisagree"),
        ("gate", {"state": "Inconclusive"}, "GateNotPassed"),
        ("gate", {"candidateDigest": EVIDENCE}, "DigestsDisagree"),
        ("gate", {"candidate": {**PARTS.document(), "adapter": EVIDENCE}}, "DigestsDisagree"),
        ("gate", {"candidate": None}, "DigestsDisagree"),
        ("gate", {"evidenceDigest": None}, "DigestsDisagree"),
    ],
)
def test_nothing_is_offered_for_signature_that_does_not_agree(
    cluster: FakeCluster, what: str, changes: dict[str, Any], reason: str
) -> None:
    status = (cluster.release if what == "release" else cluster.gate)["status"]
    status.update(changes)
    with pytest.raises(CheckFailed) as error:
        read_subject(cluster, "ns", "triage")
    assert error.value.reason == reason


def test_another_uid_is_another_request(cluster: FakeCluster) -> None:
    cluster.release["metadata"]["uid"] = "recreated"
    with pytest.raises(CheckFailed, match="The request does not agree"):
        read_subject(cluster, "ns", "triage")


def test_a_withdrawn_release_is_not_offered(cluster: FakeCluster) -> None:
    cluster.release["spec"]["withdrawn"] = True
    with pytest.raises(CheckFailed, match="withdrawn"):
        read_subject(cluster, "ns", "triage")


def test_everything_signed_is_shown(cluster: FakeCluster) -> None:
    subject = read_subject(cluster, "ns", "triage")
    out = Console(width=60, record=True, file=None)
    with out.capture() as captured:
        show_subject(out, subject, approver="carol", meaning="I \x1b[31mapprove", expires=FAR)
    text = captured.get()
    digests = [value for value in PARTS.document().values() if str(value).startswith("sha256:")]
    for part in (*digests, *subject.signed, "alice", "carol", FAR, "gateway", "0.981"):
        assert str(part) in text
    lines = [" ".join(line.split()) for line in text.splitlines()]
    assert f"Suite pvc://suites/one {SUITE}" in lines
    assert f"Suite pvc://suites/two {OTHER}" in lines
    assert "Confidence 0.93" in lines
    assert "\x1b" not in text


@pytest.mark.parametrize(
    ("recall", "requester", "count"),
    [("0.98", "alice", 0), ("0.9799", "alice", 1), ("0.98", "system:serviceaccount:a:b", 1)],
)
def test_a_lower_threshold_than_the_clinical_default_is_pointed_out(
    cluster: FakeCluster, recall: str, requester: str, count: int
) -> None:
    cluster.gate["spec"]["thresholds"][0]["min"] = recall
    spec = cluster.release["spec"]
    spec["requestedBy"] = requester
    cluster.release["status"]["requestDigest"] = request_digest("ns", "triage", "u", spec)
    assert len(warnings(read_subject(cluster, "ns", "triage"))) == count


def test_an_approval_of_ones_own_stands_or_is_told_not_to_hold(cluster: FakeCluster) -> None:
    mine = entry(read_subject(cluster, "ns", "triage")).document()
    assert not already_signed(read_subject(cluster, "ns", "triage"), "carol")
    cluster.release["spec"]["approvals"] = [mine]
    assert already_signed(read_subject(cluster, "ns", "triage"), "carol")
    for spoilt in ({"expires": "2020-01-01T00:00:00Z"}, {"expires": "soon"}, {"evidenceDigest": PARTS.digest}):
        cluster.release["spec"]["approvals"] = [{**mine, **spoilt}]
        with pytest.raises(CheckFailed):
            already_signed(read_subject(cluster, "ns", "triage"), "carol")


@pytest.mark.parametrize(
    ("duration", "until"),
    [("30d", "2026-12-24T12:00:00Z"), ("12h", "2026-11-25T00:00:00Z"), ("90m", "2026-11-24T13:30:00Z")],
)
def test_an_expiry_is_counted_from_now(duration: str, until: str) -> None:
    assert expiry(duration, NOW) == until


@pytest.mark.parametrize("duration", ["", "0d", "-1d", "30", "d", "1w", "367d", "999999d", "1d1h", "٣d"])
def test_a_duration_that_is_none_is_bad_input(duration: str) -> None:
    with pytest.raises(BadInput):
        expiry(duration, NOW)


@pytest.mark.parametrize("meaning", ["", "  ", "x" * 1025])
def test_an_approval_without_a_meaning_is_bad_input(cluster: FakeCluster, meaning: str) -> None:
    subject = read_subject(cluster, "ns", "triage")
    with pytest.raises(BadInput):
        approval_of(subject, approver="carol", meaning=meaning, expires=FAR)
