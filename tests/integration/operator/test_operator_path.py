"""Does the operator walk the whole path on a real API server, and stop where it must?"""

import json
from typing import Any

from opa_process import Opa
from operator_world import World
from resources import approval, gate, prompt, release, run, service
from stand_ins import DIGESTS, GOOD_METRICS, good, metric

from preceptor.api.jobs import Result


async def test_a_run_is_scanned_trained_scanned_and_sealed_and_each_stage_runs_once(world: World) -> None:
    await world.start_operator()
    await world.apply(run())
    ended = await world.state("FineTuneRun", "triage", "Succeeded", "Failed")
    assert ended["status"]["state"] == "Succeeded", ended["status"]
    assert world.node.kinds == ["PhiScan", "Train", "PhiScan", "Seal"]
    assert ended["status"]["artifact"]["provenanceDigest"].startswith("sha256:")
    assert {c["type"]: c["status"] for c in ended["status"]["conditions"]}["Succeeded"] == "True"
    assert "annotations" not in ended["metadata"]
    assert "finalizers" not in ended["metadata"]


async def test_a_base_model_on_a_hub_is_fetched_once_the_data_is_clean_and_then_read_from_the_store(
    world: World,
) -> None:
    commit = "0123456789abcdef0123456789abcdef01234567"
    await world.start_operator()
    await world.apply(run(baseModel={"uri": f"hf://clinic/tiny@{commit}", "digest": DIGESTS["baseModel"]}))
    ended = await world.state("FineTuneRun", "triage", "Succeeded", "Failed")
    assert ended["status"]["state"] == "Succeeded", ended["status"]
    assert world.node.kinds == ["PhiScan", "Fetch", "Train", "PhiScan", "Seal"]
    assert ended["status"]["artifact"]["baseModelUri"] == "pvc://artifacts/triage/base-models/222222222222"
    assert {c["type"]: c["reason"] for c in ended["status"]["conditions"]}["BaseModelFetched"] == "Fetched"


async def test_a_release_is_served_only_after_a_clinician_approved_what_was_examined(world: World, opa: Opa) -> None:
    await world.start_operator()
    for manifest in (prompt(), service(), run(), gate()):
        await world.apply(manifest)
    examined = await world.state("EvalGate", "triage", "Passed", "Failed", "Inconclusive")
    assert examined["status"]["state"] == "Passed", examined["status"]
    await world.apply(release(examined["status"]["candidateDigest"], opa.revision), user="alice")
    waiting = await world.state("AdapterRelease", "triage", "AwaitingApproval", "Denied")
    assert waiting["status"]["state"] == "AwaitingApproval", waiting["status"]
    assert world.gateway.handed == []

    patch = {"spec": {"approvals": [approval(waiting, "carol")]}}
    done = await world.kubectl("carol", "patch", "ar", "triage", "--type=merge", f"--patch={json.dumps(patch)}")
    assert done.returncode == 0, done.stderr
    released = await world.state("AdapterRelease", "triage", "Released", "Denied")
    assert released["status"]["state"] == "Released", released["status"]
    assert world.gateway.state["candidateDigest"] == examined["status"]["candidateDigest"]
    assert released["metadata"]["finalizers"] == ["preceptor.dev/serving"]


async def test_a_candidate_that_failed_one_gate_is_not_released_by_an_easier_one(world: World, opa: Opa) -> None:
    hard = [{"uri": "pvc://suites/hard", "digest": DIGESTS["outputs"]}]

    def answer(job: dict[str, Any]) -> Result:
        result = good(job)
        if job["kind"] == "Evaluate" and job["suites"][0]["digest"] == DIGESTS["outputs"]:
            missed = metric("emergency_recall", verdict="Fail", count=270, total=300, value="0.9", threshold=">= 0.98")
            fields = {"verdict": "fail", "reason": "ThresholdsMissed", "metrics": [missed, *GOOD_METRICS[1:]]}
            return Result.model_validate({**result.document(), **fields})
        return result

    world.node.answer = answer
    await world.start_operator()
    for manifest in (prompt(), service(), run(), gate("hard", suites=hard), gate()):
        await world.apply(manifest)
    failed = await world.state("EvalGate", "hard", "Passed", "Failed", "Inconclusive")
    assert (failed["status"]["state"], failed["status"]["reason"]) == ("Failed", "ThresholdsMissed"), failed["status"]
    easy = await world.state("EvalGate", "triage", "Passed", "Failed", "Inconclusive")
    assert easy["status"]["state"] == "Passed", easy["status"]
    candidate = easy["status"]["candidateDigest"]
    assert candidate == failed["status"]["candidateDigest"]
    await world.apply(release(candidate, opa.revision), user="alice")
    denied = await world.state("AdapterRelease", "triage", "Denied", "AwaitingApproval")
    assert denied["status"]["state"] == "Denied"
    assert [reason["code"] for reason in denied["status"]["decision"]["reasons"]] == ["ExaminationFailed"]
    assert f"EvalGate {world.namespace}/hard failed this candidate at " in str(denied["status"])
