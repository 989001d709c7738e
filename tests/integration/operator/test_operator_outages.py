"""What happens while something that the operator needs is out of reach?"""

import asyncio

from cluster_processes import OPERATOR
from operator_world import PATH, World
from resources import release, run

from preceptor_operator.config import LeaderElection


async def test_of_two_operators_one_works_and_the_other_takes_over_and_nothing_runs_twice(world: World) -> None:
    first = await world.start_operator()
    await world.start_operator()
    await world.apply(run("one"))
    await world.state("FineTuneRun", "one", "Succeeded")
    first.set()
    await world.apply(run("two"))
    await world.state("FineTuneRun", "two", "Succeeded")
    assert world.node.kinds == PATH[:4] * 2
    lease = await asyncio.to_thread(world.server.get, "admin", "lease", "preceptor-operator", "-n", "preceptor-system")
    assert lease["spec"]["leaseTransitions"] >= 1
    assert len([kind for _, kind in world.records() if kind == "statement.provenance"]) == 2


async def test_two_operators_without_a_lease_still_run_nothing_twice(world: World) -> None:
    """What keeps a stage from running twice is its Job's name; the Lease only saves work."""
    alone = LeaderElection(enabled=False)
    await world.start_operator(leader_election=alone)
    await world.start_operator(leader_election=alone)
    await world.released()
    assert world.node.kinds == PATH
    kinds = [kind for _, kind in world.records()]
    assert kinds.count("statement.decision") == kinds.count("statement.evaluation") == 1


async def test_without_a_policy_a_release_waits_and_goes_on_when_it_answers_again(world: World) -> None:
    await world.start_operator()
    candidate = await world.examined()
    await world.opa.shut()
    await world.apply(release(candidate, world.revision), user="alice")
    told = await world.condition("AdapterRelease", "triage", "Released", "PolicyUnavailable")
    assert "cannot be asked" in told["message"]
    found = await world.get("AdapterRelease", "triage")
    assert found["status"]["state"] == "Pending"
    await world.opa.open()
    waiting = await world.state("AdapterRelease", "triage", "AwaitingApproval")

    await world.opa.shut()
    await world.approve(waiting)
    await world.condition("AdapterRelease", "triage", "Released", "PolicyUnavailable")
    assert world.gateway.handed == []
    await world.opa.open()
    await world.state("AdapterRelease", "triage", "Released")


async def test_without_audit_nothing_goes_on_and_the_condition_says_so_until_it_is_back(world: World) -> None:
    await world.audit.shut()
    await world.start_operator()
    await world.apply(run())
    told = await world.condition("FineTuneRun", "triage", "Reconciled", "AuditUnavailable")
    assert told["status"] == "False"
    assert "nothing is decided" in told["message"]
    # Nothing is started: the chain may say that it was done already.
    await world.quiet("FineTuneRun", "triage")
    assert await world.jobs() == []
    await world.audit.open()
    ended = await world.state("FineTuneRun", "triage", "Succeeded")
    assert "Reconciled" not in {condition["type"] for condition in ended["status"]["conditions"]}
    assert world.node.kinds == PATH[:4]


async def test_without_audit_an_approved_release_is_not_handed_over(world: World) -> None:
    await world.start_operator()
    waiting = await world.asked()
    await world.audit.shut()
    await world.approve(waiting)
    await world.condition("AdapterRelease", "triage", "Reconciled", "AuditUnavailable")
    assert world.gateway.handed == []
    await world.audit.open()
    released = await world.state("AdapterRelease", "triage", "Released")
    assert "Reconciled" not in {condition["type"] for condition in released["status"]["conditions"]}


async def test_a_release_waits_for_its_gateway_and_is_served_when_it_comes(world: World) -> None:
    await world.start_operator()
    waiting = await world.asked()
    await world.gateway_door.shut()
    await world.approve(waiting)
    told = await world.condition("AdapterRelease", "triage", "Released", "GatewayUnreachable")
    assert "triage-gateway" in told["message"]
    await world.gateway_door.open()
    await world.state("AdapterRelease", "triage", "Released")


async def test_withdrawal_and_deletion_stop_without_audit_and_are_recorded_when_it_is_back(world: World) -> None:
    await world.start_operator()
    await world.released()
    await world.audit.shut()
    await world.patch("AdapterRelease", "triage", {"spec": {"withdrawn": True}}, user="alice")
    await world.condition("AdapterRelease", "triage", "Reconciled", "AuditUnavailable")
    stopped = await world.get("AdapterRelease", "triage")
    assert world.gateway.state == {"state": "Empty"}
    assert (stopped["status"]["state"], stopped["status"]["reason"]) == ("RollingOut", "Stopping")
    await world.audit.open()
    await world.state("AdapterRelease", "triage", "Withdrawn")
    assert "finalizers" not in (await world.quiet("AdapterRelease", "triage"))["metadata"]
    assert "adapterrelease.withdrawn" in {kind for _, kind in world.records()}


async def test_a_deleted_release_is_stopped_without_audit_and_goes_when_that_is_recorded(world: World) -> None:
    await world.start_operator()
    await world.released()
    await world.audit.shut()
    await world.kubectl("alice", "delete", "ar", "triage", "--wait=false")
    await world.condition("AdapterRelease", "triage", "Reconciled", "AuditUnavailable")
    assert world.gateway.state == {"state": "Empty"}
    await world.audit.open()
    await world.refused("admin", "get", "ar", "triage")
    assert "adapterrelease.deleted" in {kind for _, kind in world.records()}


async def test_a_release_whose_gateway_was_dropped_says_how_it_can_be_deleted(world: World) -> None:
    await world.start_operator()
    await world.released()
    await world.stop_operators()
    await world.start_operator(gateways=world.config.gateways.model_copy(update={"allowed": ()}))
    await world.kubectl("alice", "delete", "ar", "triage", "--wait=false")
    told = await world.condition("AdapterRelease", "triage", "Reconciled", "GatewayNotAllowed")
    assert "delete the Service" in told["message"]
    done = await world.kubectl("admin", "delete", "service", "triage-gateway")
    assert done.returncode == 0, done.stderr
    await world.refused("admin", "get", "ar", "triage")


async def test_a_gateway_that_refuses_denies_the_release_with_its_reason(world: World) -> None:
    world.gateway.refuse = "DigestMismatch"
    await world.start_operator()
    await world.approve(await world.asked())
    denied = await world.state("AdapterRelease", "triage", "Denied", "Released")
    assert denied["status"]["reason"] == "DigestMismatch"
    assert "finalizers" not in denied["metadata"]
    assert "adapterrelease.denied" in {kind for _, kind in world.records()}


async def test_a_gateway_that_has_no_room_or_words_of_its_own_denies_nothing_and_is_asked_again(world: World) -> None:
    world.gateway.refuse = "no such model, sorry " * 30
    await world.start_operator()
    await world.approve(await world.asked())
    await world.condition("AdapterRelease", "triage", "Released", "GatewayRefused")
    assert (await world.get("AdapterRelease", "triage"))["status"]["state"] == "RollingOut"
    world.gateway.refuse = None
    await world.state("AdapterRelease", "triage", "Released", seconds=60)
    assert len(world.gateway.handed) == 2

    # A gateway that restarts into a full disk.
    world.gateway.refuse, world.gateway.state = "ScratchFull", {"state": "Empty"}
    await world.condition("AdapterRelease", "triage", "Released", "ScratchFull", seconds=60)
    found = await world.get("AdapterRelease", "triage")
    assert found["status"]["state"] == "RollingOut"
    assert found["metadata"]["finalizers"] == ["preceptor.dev/serving"]


async def test_a_cluster_that_takes_no_jobs_is_told_in_the_status(world: World) -> None:
    quota = {
        "apiVersion": "admissionregistration.k8s.io/v1",
        "kind": "ValidatingAdmissionPolicy",
        "metadata": {"name": f"no-jobs-{world.namespace}"},
        "spec": {
            "matchConstraints": {
                "namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": world.namespace}},
                "resourceRules": [
                    {"apiGroups": ["batch"], "apiVersions": ["v1"], "operations": ["CREATE"], "resources": ["jobs"]}
                ],
            },
            "validations": [{"expression": "false", "message": "this team may run no more Jobs"}],
        },
    }
    binding = {
        "apiVersion": "admissionregistration.k8s.io/v1",
        "kind": "ValidatingAdmissionPolicyBinding",
        "metadata": quota["metadata"],
        "spec": {"policyName": f"no-jobs-{world.namespace}", "validationActions": ["Deny"]},
    }
    for manifest in (quota, binding):
        done = await world.kubectl("admin", "apply", "-f", "-", manifest=manifest)
        assert done.returncode == 0, done.stderr
    await world.refused("admin", "create", "job", "probe", "--image=x", "--dry-run=server")
    await world.start_operator()
    await world.apply(run())
    told = await world.condition("FineTuneRun", "triage", "Reconciled", "ApiServerRefused")
    assert "this team may run no more Jobs" in told["message"]
    done = await world.kubectl("admin", "delete", "validatingadmissionpolicybinding", quota["metadata"]["name"])
    assert done.returncode == 0, done.stderr
    await world.state("FineTuneRun", "triage", "Succeeded")


async def test_a_watch_whose_rights_were_taken_away_comes_back_with_them(world: World) -> None:
    await world.start_operator(resync_seconds=3600)
    await world.apply(run("before"))
    await world.state("FineTuneRun", "before", "Succeeded")
    binding = await asyncio.to_thread(world.server.get, "admin", "clusterrolebinding", "preceptor-operator")
    done = await world.kubectl("admin", "delete", "clusterrolebinding", "preceptor-operator")
    assert done.returncode == 0, done.stderr
    await world.refused(OPERATOR, "get", "finetuneruns")
    await world.apply(run("meanwhile"))
    for field in ("uid", "resourceVersion", "creationTimestamp", "managedFields"):
        binding["metadata"].pop(field, None)
    done = await world.kubectl("admin", "create", "-f", "-", manifest=binding)
    assert done.returncode == 0, done.stderr
    await world.state("FineTuneRun", "meanwhile", "Succeeded", seconds=60)
