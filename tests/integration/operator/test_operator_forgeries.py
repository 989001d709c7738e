"""What does somebody gain who forges a status, changes what was examined, or applies again?"""

from typing import Any

from operator_world import PATH, World
from resources import approval, gate, prompt, release, run

OTHER = "sha256:" + "9" * 64


async def test_a_forgotten_status_of_a_run_runs_nothing_again(world: World) -> None:
    await world.start_operator()
    await world.apply(run())
    before = await world.state("FineTuneRun", "triage", "Succeeded")
    records = world.records()
    await world.forge("FineTuneRun", "triage", {"state": None, "artifact": None, "conditions": None, "reason": None})
    after = await world.state("FineTuneRun", "triage", "Succeeded")
    assert after["status"]["artifact"] == before["status"]["artifact"]
    assert world.node.kinds == PATH[:4]
    assert world.records() == records


async def test_a_forged_success_of_a_run_gives_a_gate_nothing_that_it_does_not_verify(world: World) -> None:
    await world.start_operator()
    await world.apply(prompt())
    world.node.answer = lambda job: None
    await world.apply(run())
    await world.state("FineTuneRun", "triage", "Scanning")
    await world.stop_operators()
    await world.forge("FineTuneRun", "triage", {"state": "Succeeded"})
    await world.start_operator()

    await world.apply(gate())
    failed = await world.state("EvalGate", "triage", "Failed", "Passed", "Running")
    assert (failed["status"]["state"], failed["status"]["reason"]) == ("Failed", "FineTuneRunFailed")


async def test_a_release_on_forged_evidence_is_denied(world: World) -> None:
    await world.start_operator()
    candidate = await world.examined()
    await world.stop_operators()
    await world.forge("EvalGate", "triage", {"evidenceDigest": OTHER})
    await world.start_operator()
    await world.apply(release(candidate, world.revision), user="alice")
    denied = await world.state("AdapterRelease", "triage", "Denied", "AwaitingApproval")
    assert (denied["status"]["state"], denied["status"]["reason"]) == ("Denied", "EvidenceInvalid")
    assert OTHER in next(c["message"] for c in denied["status"]["conditions"] if c["type"] == "Stalled")


async def test_a_release_of_a_forged_candidate_is_denied(world: World) -> None:
    await world.start_operator()
    await world.examined()
    await world.stop_operators()
    await world.forge("EvalGate", "triage", {"candidate": {"adapter": OTHER}})
    await world.start_operator()
    examined = (await world.get("EvalGate", "triage"))["status"]
    await world.apply(release(examined["candidateDigest"], world.revision), user="alice")
    denied = await world.state("AdapterRelease", "triage", "Denied", "AwaitingApproval")
    assert (denied["status"]["state"], denied["status"]["reason"]) == ("Denied", "CandidateMismatch")
    assert world.gateway.handed == []


async def test_a_release_of_another_candidate_than_the_one_examined_is_denied(world: World) -> None:
    await world.start_operator()
    await world.examined()
    await world.apply(release(OTHER, world.revision), user="alice")
    denied = await world.state("AdapterRelease", "triage", "Denied", "AwaitingApproval")
    assert (denied["status"]["state"], denied["status"]["reason"]) == ("Denied", "CandidateMismatch")


async def test_a_forged_release_state_serves_nothing(world: World) -> None:
    await world.start_operator()
    waiting = await world.asked()
    forged = {"state": "RollingOut", "reason": "ApprovalsComplete", "approvals": "1/1"}
    await world.forge("AdapterRelease", "triage", forged)
    found = await world.state("AdapterRelease", "triage", "AwaitingApproval")
    await world.forge("AdapterRelease", "triage", {"state": "Released", "servedAt": "2026-01-01T00:00:00Z"})
    found = await world.state("AdapterRelease", "triage", "AwaitingApproval")
    assert found["spec"] == waiting["spec"]
    assert world.gateway.handed == []


async def test_a_prompt_changed_after_the_approval_and_before_the_handover_denies(world: World) -> None:
    await world.start_operator()
    waiting = await world.asked()
    await world.gateway_door.shut()
    await world.approve(waiting)
    await world.condition("AdapterRelease", "triage", "Released", "GatewayUnreachable")
    await world.apply(prompt("You prescribe."))
    await world.gateway_door.open()
    denied = await world.state("AdapterRelease", "triage", "Denied", "Released")
    assert denied["status"]["state"] == "Denied"
    assert denied["status"]["reason"] == "CandidateMismatch"
    assert world.gateway.handed == []


async def test_a_prompt_changed_while_the_approval_is_awaited_denies(world: World) -> None:
    await world.start_operator()
    waiting = await world.asked()
    await world.apply(prompt("You prescribe."))
    patch = {"spec": {"approvals": [approval(waiting, "carol")]}}
    await world.patch("AdapterRelease", "triage", patch, user="carol")
    denied = await world.state("AdapterRelease", "triage", "Denied", "Released")
    assert denied["status"]["reason"] == "CandidateMismatch"
    assert world.gateway.handed == []


async def test_evidence_of_a_gate_that_was_made_again_releases_nothing(world: World) -> None:
    """A gate's signed statement names its UID: another gate of the same name cannot borrow it."""

    await world.start_operator()
    candidate = await world.examined()
    status = (await world.get("EvalGate", "triage"))["status"]
    await world.stop_operators()
    done = await world.kubectl("admin", "delete", "evalgate", "triage")
    assert done.returncode == 0, done.stderr
    await world.apply(gate())
    kept: dict[str, Any] = {key: value for key, value in status.items() if key != "conditions"}
    await world.forge("EvalGate", "triage", kept)
    await world.start_operator()
    await world.apply(release(candidate, world.revision), user="alice")
    denied = await world.state("AdapterRelease", "triage", "Denied", "AwaitingApproval")
    assert denied["status"]["reason"] == "CandidateMismatch"
