"""Does a real OPA decide by the signed promotion policy, and by nothing else?"""

import copy
import gzip
import io
import json
import shutil
import subprocess
import tarfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest
from opa_client.opa import OpaClient
from opa_process import POLICY, Opa, command, running_opa, signed_bundle
from tests.ports import free_port

from preceptor import policy_bundle
from preceptor.api.adapterrelease import request_digest
from preceptor.api.candidate import CandidateManifest, Decoding
from preceptor.api.evalgate import MetricResult
from preceptor.exits import BadInput
from preceptor_local.demo.install import PROFILES
from preceptor_local.tools import binary
from preceptor_operator.adapterrelease.examinations import Examination
from preceptor_operator.config import Opa as OpaSettings
from preceptor_operator.edges.policy import PolicyClient

EVIDENCE = "sha256:" + "e" * 64


def digest(letter: str) -> str:
    return "sha256:" + letter * 64


CANDIDATE = CandidateManifest(
    adapter=digest("1"),
    base_model=digest("2"),
    tokenizer=digest("3"),
    chat_template=digest("4"),
    system_prompt=digest("5"),
    output_policy=digest("6"),
    decoding=Decoding(max_tokens=64),
)


def examination(**changes: Any) -> dict[str, Any]:
    """The examination that the release rests on, as the operator hands it over; or another one."""
    found = Examination(
        digest=EVIDENCE,
        gate="clinical-ai/triage",
        verdict="pass",
        suites=(digest("7"),),
        finished_at="2026-11-24T10:00:00Z",
    )
    return replace(found, **changes).document()


def question(opa: Opa, phase: str, requester: str = "alice", approvers: tuple[str, ...] = ()) -> dict[str, Any]:
    """A question as the operator asks it, built from the models that the operator uses."""
    spec: dict[str, Any] = {
        "candidateDigest": CANDIDATE.digest,
        "evalGateRef": {"name": "triage"},
        "target": {"gatewayRef": {"name": "triage-gateway"}, "stage": "live"},
        "policy": {"profile": "clinical", "revision": opa.revision},
        "requestedBy": requester,
        "withdrawn": False,
    }
    signed = request_digest("clinical-ai", "triage", "uid-1", spec)
    if approvers:
        spec["approvals"] = [
            {
                "approver": approver,
                "candidateDigest": CANDIDATE.digest,
                "evidenceDigest": EVIDENCE,
                "policyRevision": opa.revision,
                "requestDigest": signed,
                "meaning": "I have read the report.",
                "expires": "2026-12-01T00:00:00Z",
            }
            for approver in approvers
        ]
    metrics = [
        MetricResult(metric="emergency_recall", value="0.995", lower="0.985", upper="1", verdict="Pass"),
        MetricResult(metric="over_triage_rate", value="0.05", lower="0.02", upper="0.1", verdict="Pass"),
        MetricResult(metric="hallucination_rate", value="0.01", lower="0", upper="0.03", verdict="Pass"),
        MetricResult(metric="prescriptive_rate", value="0", lower="0", upper="0.01", verdict="Pass"),
        MetricResult(metric="phi_leak_rate", value="0", lower="0", upper="0.01", verdict="Pass"),
    ]
    return {
        "phase": phase,
        "now": "2026-11-24T12:00:00Z",
        "policy": spec["policy"],
        "release": {"namespace": "clinical-ai", "name": "triage", "uid": "uid-1", "spec": spec},
        "requestDigest": signed,
        "candidateDigest": CANDIDATE.digest,
        "candidate": CANDIDATE.document(),
        "evidence": {
            "digest": EVIDENCE,
            "verified": True,
            "verdict": "pass",
            "confidence": "0.95",
            "gate": {"namespace": "clinical-ai", "name": "triage", "uid": "uid-2"},
            "metrics": [metric.document() for metric in metrics],
            "thresholds": [
                {"metric": "emergency_recall", "min": "0.98"},
                {"metric": "over_triage_rate", "max": "0.20"},
                {"metric": "hallucination_rate", "max": "0.05"},
                {"metric": "prescriptive_rate", "max": "0.05"},
                {"metric": "phi_leak_rate", "max": "0.02"},
            ],
            "candidateDigest": CANDIDATE.digest,
            "suites": [digest("7")],
            "finishedAt": "2026-11-24T10:00:00Z",
        },
        "examinations": [examination()],
        "provenance": {
            "present": True,
            "verified": True,
            "scans": [{"target": "dataset", "verdict": "pass"}, {"target": "outputs", "verdict": "pass"}],
        },
        "components": {"verified": True, "systemPromptMatches": True, "mismatches": []},
    }


# A test of OPA's ends after 5 s by itself, which a machine with other work may take.
PATIENT = "--timeout=60s"


def codes(decision: dict[str, Any]) -> set[str]:
    return {reason["code"] for reason in decision["reasons"]}


def test_good_request_is_allowed_by_the_signed_revision(opa: Opa) -> None:
    decision = opa.decide(question(opa, "request"))
    wanted = {"allow": True, "phase": "request", "revision": opa.revision, "approvalsNeeded": 1, "reasons": []}
    assert decision == wanted


def test_release_is_allowed_after_a_clinician_approved(opa: Opa) -> None:
    assert codes(opa.decide(question(opa, "release"))) == {"ApprovalsMissing"}
    assert opa.decide(question(opa, "release", approvers=("carol",)))["allow"] is True


@pytest.mark.parametrize("requester", ["o'neil & <sons>@hospital.example", "zoë", "名前", 'quo"te\\back'])
def test_digests_agree_between_rego_and_python_whatever_the_requester_is_called(opa: Opa, requester: str) -> None:
    assert opa.decide(question(opa, "release", requester, ("carol",)))["reasons"] == []


def test_candidate_that_failed_another_examination_is_denied(opa: Opa) -> None:
    asked = question(opa, "request")
    asked["examinations"].append(
        examination(digest=digest("f"), gate="clinical-ai/hard", verdict="fail", suites=(digest("8"),))
    )
    decision = opa.decide(asked)
    assert codes(decision) == {"ExaminationFailed"}
    assert "EvalGate clinical-ai/hard failed this candidate at 2026-11-24" in decision["reasons"][0]["message"]


def test_gitops_release_needs_two_people(opa: Opa) -> None:
    requester = "system:serviceaccount:argocd:argocd"
    assert codes(opa.decide(question(opa, "release", requester, ("carol",)))) == {"ApprovalsMissing"}
    assert opa.decide(question(opa, "release", requester, ("carol", "dave")))["allow"] is True


def test_changed_candidate_part_is_denied(opa: Opa) -> None:
    asked = question(opa, "request")
    asked["candidate"]["systemPrompt"] = digest("a")
    assert codes(opa.decide(asked)) == {"CandidateMismatch"}


def test_another_revision_than_the_one_in_force_is_denied(opa: Opa) -> None:
    asked = copy.deepcopy(question(opa, "request"))
    asked["policy"]["revision"] = asked["release"]["spec"]["policy"]["revision"] = digest("0")
    decision = opa.decide(asked)
    assert "RevisionMismatch" in codes(decision)
    assert decision["revision"] == opa.revision


def test_opa_client_asks_the_same_question(opa: Opa) -> None:
    client = OpaClient(host=opa.host, port=opa.port)
    try:
        answer = client.query_rule(question(opa, "request"), "preceptor.promotion", "decision")
        assert client.check_health(query={"bundles": True})
    finally:
        client.close_connection()
    assert answer["result"]["allow"] is True


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("PUT", "/v1/data/preceptor/profiles/clinical/approvals", "0"),
        ("PUT", "/v1/policies/extra", "package preceptor.promotion\nallow := true"),
        ("PATCH", "/v1/data/preceptor", '[{"op": "remove", "path": "profiles"}]'),
        ("DELETE", "/v1/policies/approvals.rego", None),
        ("GET", "/v1/policies", None),
        ("POST", "/v1/query", '{"query": "true"}'),
    ],
)
def test_nothing_can_be_written_or_read_beside_the_decision(opa: Opa, method: str, path: str, body: str | None) -> None:
    answer = httpx.request(method, opa.url + path, content=body, timeout=10)
    assert answer.status_code == 401
    assert opa.decide(question(opa, "request"))["allow"] is True


def _refused(bundle: Path, public_key: Path) -> str:
    """What OPA says when it refuses to start with a bundle."""
    try:
        done = subprocess.run(
            [str(word) for word in command(bundle, public_key, free_port())], capture_output=True, text=True, timeout=5
        )
    except subprocess.TimeoutExpired:
        pytest.fail("OPA serves a bundle that it should refuse")
    assert done.returncode != 0
    return done.stdout + done.stderr


def _rewritten(bundle: Path, out: Path, change: Any) -> Path:
    """A copy of a bundle whose files went through ``change(name, bytes) -> bytes | None``."""
    with tarfile.open(bundle) as old, gzip.open(out, "wb") as packed, tarfile.open(fileobj=packed, mode="w") as new:  # type: ignore[arg-type]
        for member in old.getmembers():
            reader = old.extractfile(member)
            content = change(member.name.lstrip("/"), reader.read() if reader else b"")
            if content is not None:
                member.size = len(content)
                new.addfile(member, io.BytesIO(content))
    return out


def test_bundle_without_signature_is_refused(tmp_path: Path) -> None:
    made = signed_bundle(tmp_path)
    stripped = _rewritten(
        made.path, tmp_path / "stripped.tar.gz", lambda name, text: None if name == ".signatures.json" else text
    )
    assert "signatures" in _refused(stripped, made.keys / "bundle.pub")


def test_bundle_with_one_changed_byte_is_refused(tmp_path: Path) -> None:
    made = signed_bundle(tmp_path)
    weakened = _rewritten(made.path, tmp_path / "weak.tar.gz", lambda name, text: text.replace(b"0.98", b"0.08"))
    assert "digest mismatch" in _refused(weakened, made.keys / "bundle.pub")


def test_bundle_with_a_smuggled_file_is_refused(tmp_path: Path) -> None:
    made = signed_bundle(tmp_path)
    path = tmp_path / "smuggled.tar.gz"
    shutil.copy(made.path, path)
    with gzip.open(made.path) as packed:
        archive = io.BytesIO(packed.read())
    with tarfile.open(fileobj=archive, mode="a") as bundle:
        text = b"package preceptor.promotion\n\nallow := true\n"
        member = tarfile.TarInfo("/extra.rego")
        member.size = len(text)
        bundle.addfile(member, io.BytesIO(text))
    path.write_bytes(gzip.compress(archive.getvalue()))
    assert "extra.rego" in _refused(path, made.keys / "bundle.pub")


def test_bundle_signed_by_another_key_is_refused(tmp_path: Path) -> None:
    made, other = signed_bundle(tmp_path / "one"), signed_bundle(tmp_path / "two")
    assert "verif" in _refused(made.path, other.keys / "bundle.pub").lower()


def test_revision_changes_with_every_rule_and_not_with_tests(tmp_path: Path) -> None:
    copied = tmp_path / "promotion"
    shutil.copytree(POLICY, copied)
    before = policy_bundle.revision(copied)
    (copied / "decision_test.rego").write_text("package preceptor.promotion_test\n")
    assert policy_bundle.revision(copied) == before
    for path in policy_bundle.sources(copied):
        kept = path.read_bytes()
        path.write_bytes(kept + b"\n")
        assert policy_bundle.revision(copied) != before, path
        path.write_bytes(kept)
    assert policy_bundle.revision(copied) == before


def test_faulty_policy_makes_no_bundle_and_one_sentence(tmp_path: Path) -> None:
    made = signed_bundle(tmp_path)
    broken = tmp_path / "broken"
    shutil.copytree(POLICY, broken)
    (broken / "decision.rego").write_text("package preceptor.promotion\n\nallow if {\n")
    with pytest.raises(BadInput, match="OPA makes no bundle"):
        policy_bundle.build(broken, made.keys / "bundle.key", tmp_path / "out.tar.gz", opa=binary("opa"))
    assert not (tmp_path / "out.tar.gz").exists()


def _asked_by_the_demo(opa: Opa) -> dict[str, Any]:
    """A question about a candidate that meets the demo's thresholds and misses the clinical recall."""
    asked = question(opa, "request")
    asked["release"]["spec"]["policy"]["profile"] = "demo"
    asked["requestDigest"] = request_digest("clinical-ai", "triage", "uid-1", asked["release"]["spec"])
    asked["evidence"]["suites"] = json.loads(PROFILES.read_text())["demo"]["suites"]
    asked["evidence"]["metrics"][0]["lower"] = "0.919398"
    asked["evidence"]["thresholds"][:2] = [
        {"metric": "emergency_recall", "min": "0.90"},
        {"metric": "over_triage_rate", "max": "0.30"},
    ]
    return asked


def test_demos_profile_is_in_the_demos_bundle_alone(opa: Opa, tmp_path: Path) -> None:
    assert {"ProfileUnknown"} <= codes(opa.decide(_asked_by_the_demo(opa)))
    with running_opa(tmp_path, PROFILES) as demos:
        assert demos.revision != opa.revision
        assert demos.decide(_asked_by_the_demo(demos))["reasons"] == []
        assert demos.decide(question(demos, "request"))["allow"] is True


def test_further_profile_replaces_none_of_the_policys(tmp_path: Path) -> None:
    made, lax = signed_bundle(tmp_path), tmp_path / "lax.json"
    lax.write_text(json.dumps({"clinical": json.loads(PROFILES.read_text())["demo"]}))
    with pytest.raises(BadInput, match="OPA makes no bundle"):
        policy_bundle.build(POLICY, made.keys / "bundle.key", tmp_path / "out.tar.gz", profiles=lax, opa=binary("opa"))


@pytest.mark.parametrize("bound", [None, {"mim": "0.98"}, {"min": "0.9", "max": "0.99"}])
def test_profile_that_demands_nothing_makes_no_bundle(tmp_path: Path, bound: Any) -> None:
    made = signed_bundle(tmp_path)
    weak = tmp_path / "weak"
    shutil.copytree(POLICY, weak)
    data = json.loads((weak / "data.json").read_text())
    data["preceptor"]["profiles"]["clinical"]["thresholds"]["emergency_recall"] = bound
    (weak / "data.json").write_text(json.dumps(data))
    with pytest.raises(BadInput, match="clinical: the threshold of emergency_recall"):
        policy_bundle.build(weak, made.keys / "bundle.key", tmp_path / "out.tar.gz", opa=binary("opa"))
    assert not (tmp_path / "out.tar.gz").exists()


@pytest.mark.parametrize("arguments", [("check", "--strict"), ("fmt", "--fail", "--list"), ("test", PATIENT)])
def test_policy_passes_opas_own_checks(arguments: tuple[str, ...]) -> None:
    done = subprocess.run([binary("opa"), *arguments, str(POLICY)], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_tests_cover_every_line_of_the_policy() -> None:
    done = subprocess.run(
        [binary("opa"), "test", "--coverage", "--threshold=100", PATIENT, str(POLICY)],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr


def test_every_rule_has_its_test_beside_it() -> None:
    rules = {path.stem for path in POLICY.glob("*.rego") if not path.stem.endswith("_test")}
    tests = {path.stem.removesuffix("_test") for path in POLICY.glob("*_test.rego")}
    assert rules <= tests


async def test_operators_own_client_believes_the_answer(opa: Opa) -> None:
    client = PolicyClient(OpaSettings(host=opa.host, port=opa.port))
    allowed = await client.decide(question(opa, "request"))
    assert allowed is not None
    assert (allowed.allow, allowed.revision, allowed.reasons) == (True, opa.revision, ())
    assert allowed.approvals_needed == 1
    denied = await client.decide(question(opa, "release"))
    assert denied is not None
    assert [reason.code for reason in denied.reasons] == ["ApprovalsMissing"]


async def test_operators_own_client_has_no_answer_when_opa_is_gone(opa: Opa) -> None:
    client = PolicyClient(OpaSettings(host=opa.host, port=free_port(), timeout_seconds=1))
    assert await client.decide(question(opa, "request")) is None
