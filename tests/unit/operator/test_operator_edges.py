"""What is believed of what OPA and training pods say, and what is written of it?"""

import asyncio
import re
from datetime import timedelta
from typing import Any, cast

import pytest
from aiohttp.test_utils import TestClient, TestServer
from hypothesis import given
from hypothesis import strategies as st
from observations import NOW

from preceptor.api.base import Condition
from preceptor.api.finetunerun import Progress
from preceptor.identity import Identity, NotAllowed
from preceptor_operator.edges import api as module
from preceptor_operator.edges.api import WriteLimit
from preceptor_operator.edges.policy import believe
from preceptor_operator.engine.servers import ProgressBoard, _own_pod, progress_application, progress_of
from preceptor_operator.shared.conditions import Fact, fitted, merge, reason_or

QUESTION = {"phase": "release", "policy": {"profile": "clinical", "revision": "r1"}}
ALLOW = {"phase": "release", "allow": True, "revision": "r1", "reasons": []}
DENY = {**ALLOW, "allow": False, "reasons": [{"code": "Nope", "message": "No."}]}


@pytest.mark.parametrize(
    ("sentence", "answer", "allow"),
    [
        ("an allow of this phase and revision is believed", {"result": ALLOW}, True),
        ("a deny is believed", {"result": DENY}, False),
        ("a deny of another revision is believed", {"result": {**DENY, "revision": "r2"}}, False),
        ("a deny without reasons is believed", {"result": {**DENY, "reasons": []}}, False),
        ("an undefined rule is no answer", {}, None),
        ("a null is no answer", {"result": None}, None),
        ("nothing is no answer", None, None),
        ("a bare true is no answer", {"result": True}, None),
        ("a list is no answer", {"result": [ALLOW]}, None),
        ("an allow of the other phase is no answer", {"result": {**ALLOW, "phase": "request"}}, None),
        ("an allow of no phase is no answer", {"result": {"allow": True, "revision": "r1", "reasons": []}}, None),
        ("an allow of another revision is no answer", {"result": {**ALLOW, "revision": "r2"}}, None),
        ("an allow of no revision is no answer", {"result": {**ALLOW, "revision": None}}, None),
        ("an allow with a reason against it is no answer", {"result": {**DENY, "allow": True}}, None),
        ("an allow without a list of reasons is no answer", {"result": {**ALLOW, "reasons": None}}, None),
        ("an allow that is a word is no answer", {"result": {**ALLOW, "allow": "true"}}, None),
        ("an allow that is a number is no answer", {"result": {**ALLOW, "allow": 1}}, None),
        ("an allow that says how many approve is believed", {"result": {**ALLOW, "approvalsNeeded": 2}}, True),
        ("a number of approvals that is a word is no answer", {"result": {**ALLOW, "approvalsNeeded": "2"}}, None),
        ("a number of approvals below none is no answer", {"result": {**ALLOW, "approvalsNeeded": -1}}, None),
        ("a reason without a code is no answer", {"result": {**DENY, "reasons": [{"message": "No."}]}}, None),
        ("a reason that is a word is no answer", {"result": {**DENY, "reasons": ["No."]}}, None),
    ],
)
def test_policy_answer(sentence: str, answer: Any, allow: bool | None) -> None:
    believed = believe(answer, QUESTION)
    assert (believed.allow if believed else None) is allow


def report(*, percentage: Any = 50, eta: Any = 9, **metrics: Any) -> dict[str, Any]:
    """A report as transformers' KubeflowCallback writes it."""
    values = {"step": "3", "total": "6", **metrics}
    listed = [{"name": name, "value": value} for name, value in values.items() if value is not None]
    return {
        "trainerStatus": {"progressPercentage": percentage, "estimatedRemainingSeconds": eta, "metrics": listed},
    }  # fmt: skip


@pytest.mark.parametrize(
    ("sentence", "body", "wanted"),
    [
        ("steps are shown", report(), {"step": 3, "total": 6, "text": "3/6", "percentage": 50, "eta_seconds": 9}),
        ("steps written as fractions are whole", report(step="3.0"), {"step": 3}),
        ("a loss is a decimal", report(loss="0.25"), {"loss": "0.2500"}),
        ("a loss that is no number is left out", report(loss="nan"), {"loss": None}),
        ("an endless loss is left out", report(loss="inf"), {"loss": None}),
        ("more than all is all", report(percentage=250), {"percentage": 100}),
        ("less than nothing is nothing", report(percentage=-3), {"percentage": 0}),
        ("no time left is none", report(eta=None), {"eta_seconds": None}),
    ],
)
def test_progress(sentence: str, body: Any, wanted: dict[str, Any]) -> None:
    found = progress_of(body)
    assert {name: getattr(found, name) for name in wanted} == wanted


@pytest.mark.parametrize(
    ("sentence", "body"),
    [
        ("nothing", None),
        ("a word", "trainerStatus"),
        ("a list", []),
        ("no status", {}),
        ("a status that is a word", {"trainerStatus": "fine"}),
        ("metrics that are a number", {"trainerStatus": {"metrics": 5}}),
        ("a metric that is a word", {"trainerStatus": {"metrics": ["step"]}}),
        ("no total", report(total=None)),
        ("a step beyond the total", report(step="7")),
        ("a step before the first", report(step="-1")),
        ("a step that is no number", report(step="nan")),
        ("endless steps", report(step="inf", total="inf")),
        ("more steps than the CRD holds", report(step="1", total="1e30")),
        ("more seconds than the CRD holds", report(eta=1e30)),
        ("endless seconds", report(eta=float("inf"))),
        ("seconds before now", report(eta=-1)),
        ("an endless percentage", report(percentage=float("inf"))),
        ("a loss that is a word", report(loss="low")),
    ],
)
def test_no_report_is(sentence: str, body: Any) -> None:
    with pytest.raises((ValueError, KeyError, TypeError, AttributeError, ArithmeticError)):
        progress_of(body)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda below: st.lists(below, max_size=3) | st.dictionaries(st.text(max_size=8), below, max_size=3),
    max_leaves=8,
)


@given(percentage=JSON, eta=JSON, step=JSON, total=JSON, loss=JSON)
def test_whatever_a_pod_reports_is_refused_or_fits_the_status(**fields: Any) -> None:
    try:
        found = progress_of(report(**fields))
    except (ValueError, KeyError, TypeError, AttributeError, ArithmeticError):
        return
    assert Progress.model_validate(found.model_dump()) == found
    assert max(found.step, found.total, found.eta_seconds or 0) < 2**63


@pytest.mark.parametrize(
    ("sentence", "identity"),
    [
        ("a user", Identity("alice", pod_name="triage-train-1")),
        ("a token that is bound to no pod", Identity("system:serviceaccount:clinic:default")),
        ("a pod of another namespace", Identity("system:serviceaccount:clinic-2:default", pod_name="triage-train-1")),
        ("a pod of a namespace that only begins so", Identity("system:serviceaccount:clin:x", pod_name="p")),
    ],
)
def test_progress_is_not_taken_from(sentence: str, identity: Identity) -> None:
    with pytest.raises(NotAllowed):
        _own_pod(identity, "clinic")


def test_progress_is_shown_only_from_a_pod_of_the_job_that_runs() -> None:
    seen: list[tuple[str, str]] = []
    board = ProgressBoard(lambda namespace, name: seen.append((namespace, name)))
    progress = progress_of(report())
    board.post("clinic", "triage", "triage-train-1-abc", progress)
    assert seen == [("clinic", "triage")]
    assert board.latest("clinic", "triage", "triage-train-1") == progress
    assert board.latest("clinic", "triage", "triage-train-2") is None
    assert board.latest("clinic", "triage", None) is None
    board.forget("clinic", "triage")
    assert board.latest("clinic", "triage", "triage-train-1") is None


@pytest.mark.parametrize(("leading", "status"), [(True, 403), (False, 503)])
async def test_a_standby_takes_no_progress_and_closes_the_connection(leading: bool, status: int) -> None:
    board = ProgressBoard(lambda *_: None)
    application = progress_application(cast(module.Api, None), board, "preceptor-progress", lambda: leading)
    async with TestClient(TestServer(application)) as client:
        answer = await client.post("/v1/namespaces/clinic/finetuneruns/triage/progress", json={})
        assert answer.status == status
        assert (answer.headers.get("Connection") == "close") == (not leading)


def facts(status: Any) -> list[Fact]:
    """One condition."""
    return [Fact(type="Passed", status=status, reason="Why", message="x" * 5000)]


def test_a_condition_keeps_its_time_until_its_status_changes() -> None:
    first = merge(facts("Unknown"), (), generation=1, now=NOW)
    same = merge(facts("Unknown"), first, generation=2, now=NOW + timedelta(hours=1))
    other = merge(facts("True"), same, generation=2, now=NOW + timedelta(hours=2))
    assert [c[0]["lastTransitionTime"][11:13] for c in (first, same, other)] == ["12", "12", "14"]
    assert same[0]["observedGeneration"] == 2


def test_a_condition_without_a_time_gets_one() -> None:
    broken = [{"type": "Passed", "status": "True", "lastTransitionTime": None}]
    assert merge(facts("True"), broken, generation=1, now=NOW)[0]["lastTransitionTime"].startswith("2026-11-24T12")


def test_a_condition_fits_the_crd_however_long_its_message() -> None:
    (found,) = merge(facts("True"), (), generation=1, now=NOW)
    assert len(found["message"]) == 4096
    Condition.model_validate(found)


@given(st.lists(st.text("ab ", min_size=1, max_size=300), max_size=30), st.integers(60, 2000))
def test_a_text_that_was_cut_says_so_and_how_much_is_missing(words: list[str], length: int) -> None:
    sentences = [f"{word}." for word in words]
    whole = " ".join(sentences)
    found = fitted(whole, length)
    assert len(found) <= length
    if found != whole:
        assert len(whole) > length
        assert re.search(r" … and \d+ (more|characters in all)\.$", found)


def test_what_is_cut_are_whole_sentences() -> None:
    assert fitted("One is long. Two is long. Three is long.", 30) == "One is long. … and 2 more."
    assert fitted("One is long. Two.", 17) == "One is long. Two."
    assert fitted("[A] One is long.\n[B] Two is long.\n[C] Three.", 30) == "[A] One is long. … and 2 more."


@given(text=st.none() | st.text(max_size=300))
def test_any_reason_of_others_becomes_one_that_the_crd_takes(text: str | None) -> None:
    reason = reason_or(text, "GatewayRefused")
    (found,) = merge([Fact(type="T", status="True", reason=reason)], (), generation=1, now=NOW)
    Condition.model_validate(found)
    assert len(reason) <= 128


def test_a_good_reason_of_others_is_kept() -> None:
    assert reason_or("DigestMismatch", "GatewayRefused") == "DigestMismatch"


async def test_writes_come_in_bursts_of_one_second_and_then_at_their_rate(monkeypatch: pytest.MonkeyPatch) -> None:
    now, slept = 0.0, []

    class Time:
        @staticmethod
        def monotonic() -> float:
            return now

    async def sleep(seconds: float) -> None:
        nonlocal now
        slept.append(seconds)
        now += seconds

    monkeypatch.setattr(module, "time", Time)
    limit = WriteLimit(10)
    monkeypatch.setattr(module.asyncio, "sleep", sleep)
    for _ in range(10):
        await limit.take()
    assert slept == []
    for _ in range(20):
        await limit.take()
    assert now == pytest.approx(2.0)
    now += 100
    slept.clear()
    for _ in range(10):
        await limit.take()
    assert slept == []
    await limit.take()
    assert len(slept) == 1
    monkeypatch.undo()
    await asyncio.sleep(0)
