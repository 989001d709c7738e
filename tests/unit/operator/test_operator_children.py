"""What exactly is asked of the cluster for each Job? Each rendered child is a golden file.

After a wanted change: run this file with the environment PRECEPTOR_GOLDEN=write, and read the diff.
"""

import os
import re
from dataclasses import replace
from pathlib import Path
from typing import Any, get_args

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from observations import CONFIG, DIGEST, FROM_HUB, PROMPT, candidate, gate_spec, owner, passed, run_spec

from preceptor.api.adapterrelease import AdapterReleaseSpec
from preceptor_operator.adapterrelease.observed import Gate
from preceptor_operator.adapterrelease.works import verify_work as release_work
from preceptor_operator.config import OperatorConfig
from preceptor_operator.evalgate import works as gate_works
from preceptor_operator.finetunerun import works as run_works
from preceptor_operator.shared.children import Owner, Work, render
from preceptor_operator.shared.names import NAME_LENGTH, child_name, work_hash
from preceptor_operator.shared.sources import Parts

GOLDEN = Path(__file__).resolve().parents[2] / "data" / "golden" / "operator"
REPORTING = OperatorConfig.model_validate(
    {**CONFIG.model_dump(by_alias=True), "progress": {"url": "https://operator.preceptor-system.svc:8443"}}
)


FOUR_NODES = {"nodes": 4, "gpusPerNode": 2, "strategy": "zero2", "queueName": "gpu-team-a"}


def manifests(work: Work) -> list[dict[str, Any]]:
    """Every object of a work."""
    return [child for child in render(work) if child is not None]


def run_plan(**spec: Any) -> run_works.Plan:
    """A run on an operator that takes progress."""
    spec = {"compute": {"gpusPerNode": 1, "queueName": "gpu-team-a"}, **spec}
    return run_works.Plan(owner=owner("FineTuneRun"), spec=run_spec(**spec), config=REPORTING, progress_ca="CA\n")


def works() -> dict[str, Work]:
    """Every Job that the operator ever makes."""
    plan = run_plan()
    outcomes = {stage: passed(run_works.KINDS[stage]) for stage in plan.stages}
    found = {f"run-{stage}": run_works.work(stage, plan, outcomes) for stage in plan.stages}
    found["run-fetchBase"] = run_works.work("fetchBase", run_plan(**FROM_HUB), outcomes)
    found["run-prove"] = run_works.work("prove", run_plan(proof={"steps": 3}), outcomes)
    found["run-train-gang"] = run_works.work("train", run_plan(compute=FOUR_NODES), outcomes)
    parts = Parts(
        adapter_uri="pvc://artifacts/a/adapter",
        adapter_digest=DIGEST["adapter"],
        base_model_uri="pvc://models/tiny",
        base_model_digest=DIGEST["baseModel"],
    )
    examination = gate_works.Plan(
        owner=owner("EvalGate"), spec=gate_spec(), config=CONFIG, parts=parts, system_prompt=PROMPT
    )
    found["gate-verify"] = gate_works.verify_work(examination)
    found["gate-evaluate"] = gate_works.evaluate_work(examination, candidate())
    gate = Gate(
        namespace="clinic",
        name="triage",
        uid="gate-1",
        state="Passed",
        candidate=candidate(),
        candidate_digest=candidate().digest,
        adapter_uri=parts.adapter_uri,
        base_model_uri=parts.base_model_uri,
        system_prompt_now=PROMPT,
    )
    spec = AdapterReleaseSpec.model_validate(
        {
            "candidateDigest": candidate().digest,
            "evalGateRef": {"name": "triage"},
            "target": {"gatewayRef": {"name": "gateway"}, "stage": "live"},
            "policy": {"profile": "clinical", "revision": "r1"},
        }
    )
    for purpose in ("request", "release"):
        approvals = DIGEST["outputs"] if purpose == "release" else None
        work = release_work(owner("AdapterRelease"), spec, gate, CONFIG, purpose, approvals)  # type: ignore[arg-type]
        assert work is not None
        found[f"release-verify-{purpose}"] = work
    return found


WORKS = works()


def pod_of(name: str) -> dict[str, Any]:
    """The pod of one Job."""
    spec: dict[str, Any] = render(WORKS[name])[1]["spec"]["template"]["spec"]
    return spec


@pytest.mark.parametrize("name", WORKS)
def test_a_child_is_rendered_as_its_golden_file_says(name: str) -> None:
    path, text = GOLDEN / f"{name}.yaml", yaml.safe_dump_all(manifests(WORKS[name]), sort_keys=True, width=120)
    if os.environ.get("PRECEPTOR_GOLDEN") == "write":
        path.write_text(text)
    assert list(yaml.safe_load_all(path.read_text())) == manifests(WORKS[name])


def test_there_is_no_golden_file_of_a_child_that_nothing_renders() -> None:
    assert {path.stem for path in GOLDEN.glob("*.yaml")} == set(WORKS)


@pytest.mark.parametrize("name", WORKS)
def test_a_pod_fits_the_restricted_pod_security_standard(name: str) -> None:
    """https://kubernetes.io/docs/concepts/security/pod-security-standards/#restricted"""
    pod = pod_of(name)
    assert not {"hostNetwork", "hostPID", "hostIPC"} & set(pod)
    assert {next(iter(set(volume) - {"name"})) for volume in pod["volumes"]} <= {
        "configMap", "emptyDir", "persistentVolumeClaim", "projected", "secret",
    }  # fmt: skip
    security = pod["securityContext"]
    assert (security["runAsNonRoot"], security["seccompProfile"]["type"]) == (True, "RuntimeDefault")
    for container in pod["containers"]:
        own = container["securityContext"]
        assert own["allowPrivilegeEscalation"] is False
        assert own["capabilities"] == {"drop": ["ALL"]}
        assert own["readOnlyRootFilesystem"] is True
        assert container["resources"]["limits"]


@pytest.mark.parametrize("name", WORKS)
def test_only_a_training_pod_has_a_token_and_only_for_progress(name: str) -> None:
    pod = pod_of(name)
    assert pod["automountServiceAccountToken"] is False
    tokens = [
        source["serviceAccountToken"]["audience"]
        for volume in pod["volumes"]
        for source in volume.get("projected", {}).get("sources", ())
    ]
    assert tokens == (["preceptor-progress"] if name in ("run-train", "run-train-gang") else [])


@pytest.mark.parametrize("name", WORKS)
def test_what_is_only_read_is_mounted_read_only(name: str) -> None:
    pod, work = pod_of(name), WORKS[name]
    claims = {
        volume["persistentVolumeClaim"]["claimName"]: volume["persistentVolumeClaim"]["readOnly"]
        for volume in pod["volumes"]
        if "persistentVolumeClaim" in volume
    }
    mounts = {mount["mountPath"]: mount.get("readOnly", False) for mount in pod["containers"][0]["volumeMounts"]}
    written = {uri.split("/")[2] for uri in work.writes}
    assert claims == {claim: claim not in written for claim in claims}
    assert {claim: mounts[f"/stores/{claim}"] for claim in claims} == claims
    assert mounts["/preceptor"] is True
    assert {path for path, read_only in mounts.items() if not read_only} == {
        "/tmp", *(f"/stores/{claim}" for claim in written)
    }  # fmt: skip


@pytest.mark.parametrize("name", WORKS)
def test_a_verdict_is_never_tried_again_and_an_eviction_always(name: str) -> None:
    spec = render(WORKS[name])[1]["spec"]
    ignore, fail = spec["podFailurePolicy"]["rules"]
    assert (ignore["action"], ignore["onPodConditions"]) == (
        "Ignore", [{"type": "DisruptionTarget", "status": "True"}],
    )  # fmt: skip
    assert (fail["action"], fail["onExitCodes"]["values"]) == ("FailJob", [1, 2, 64, 70, 137])
    assert spec["template"]["spec"]["restartPolicy"] == "Never"
    assert spec["podReplacementPolicy"] == "Failed"


def test_no_two_works_have_one_name_and_every_name_is_a_label() -> None:
    names = [work.name for work in WORKS.values()]
    assert len(set(names)) == len(names)
    assert all(re.fullmatch(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?", name) for name in names)


def test_where_progress_is_reported_to_is_no_part_of_what_is_trained() -> None:
    """An operator that moves to another address while a run trains must not train it again."""
    elsewhere = replace(run_plan(), config=CONFIG, progress_ca=None)
    assert run_works.work("train", run_plan(), {}).name == run_works.work("train", elsewhere, {}).name


@pytest.mark.parametrize(
    "changes",
    [{"training": {"epochs": 2}}, {"reproducibility": {"seed": 18}}, {"output": {"uri": "pvc://artifacts/b"}}],
)
def test_what_shapes_the_adapter_is_part_of_the_training_jobs_name(changes: dict[str, Any]) -> None:
    assert run_works.work("train", run_plan(), {}).name != run_works.work("train", run_plan(**changes), {}).name


def test_training_on_a_fetched_model_mounts_the_copys_claim_and_asks_for_no_hub() -> None:
    work = run_works.work("train", run_plan(**FROM_HUB), {})
    assert "hf://" not in str(render(work))
    assert work.job.document()["baseModel"]["uri"] == "pvc://artifacts/triage/base-models/222222222222"
    assert set(get_args(run_works.Stage)) == {name.split("-")[1] for name in WORKS if name.startswith("run-")}


def test_only_the_fetch_pod_is_given_what_its_role_is_configured_with() -> None:
    environment = {"name": "HF_ENDPOINT", "value": "http://hub"}
    config = OperatorConfig.model_validate(
        {**CONFIG.model_dump(by_alias=True), "jobs": {"fetch": {"env": [environment]}}}
    )
    plan = replace(run_plan(**FROM_HUB), config=config)
    outcomes = {stage: passed(run_works.KINDS[stage]) for stage in run_works.STAGES}
    jobs = {stage: render(run_works.work(stage, plan, outcomes))[1] for stage in plan.stages}
    given = {
        stage: environment in job["spec"]["template"]["spec"]["containers"][0]["env"] for stage, job in jobs.items()
    }
    assert [stage for stage, has in given.items() if has] == ["fetchBase"]


LABEL = st.from_regex(r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?", fullmatch=True)


@given(name=LABEL, role=st.sampled_from([work.role for work in WORKS.values()]), uid=st.uuids())
def test_any_owner_gives_a_name_that_fits(name: str, role: str, uid: Any) -> None:
    found = child_name(name, role, work_hash(str(uid), {"a": 1}))
    assert len(found) <= NAME_LENGTH
    assert re.fullmatch(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?", found)


@given(
    first=st.tuples(st.text(max_size=40), st.dictionaries(st.text(max_size=5), st.integers(0, 99), max_size=3)),
    second=st.tuples(st.text(max_size=40), st.dictionaries(st.text(max_size=5), st.integers(0, 99), max_size=3)),
)
def test_different_owners_or_works_never_share_a_hash(
    first: tuple[str, dict[str, int]], second: tuple[str, dict[str, int]]
) -> None:
    assert (work_hash(*first) == work_hash(*second)) == (first == second)


def test_a_restored_owner_of_the_same_name_gets_new_children() -> None:
    work = WORKS["run-train"]
    again = replace(work, owner=Owner(kind="FineTuneRun", namespace="clinic", name="triage", uid="uid-2"))
    assert again.name != work.name


def test_the_pods_of_a_gang_keep_the_whole_name_of_their_job_and_meet_on_the_first() -> None:
    plan = run_works.Plan(
        owner=replace(owner("FineTuneRun"), name="a-name-of-" + "x" * 52),
        spec=run_spec(compute=FOUR_NODES),
        config=CONFIG,
    )
    children = render(run_works.work("train", plan, {}))
    job, service = children.job, children.service
    assert service is not None
    # Kubernetes cuts what it puts the last five letters behind to 58 characters.
    assert len(job["metadata"]["name"] + "-9999-") <= 58
    pod = job["spec"]["template"]["spec"]
    assert pod["subdomain"] == service["metadata"]["name"]
    meeting = {entry["name"]: entry.get("value") for entry in pod["containers"][0]["env"]}["PRECEPTOR_RENDEZVOUS"]
    name = job["metadata"]["name"]
    assert meeting == f"{name}-0.{service['metadata']['name']}:29400"
    assert service["spec"]["selector"]["batch.kubernetes.io/job-name"] == name


def test_one_failure_of_a_gang_uses_up_one_retry() -> None:
    plan = run_plan(compute=FOUR_NODES, retries=3)
    assert render(run_works.work("train", plan, {})).job["spec"]["backoffLimit"] == 3 * 4


@pytest.mark.parametrize("change", [{"nodes": 2}, {"gpusPerNode": 2}, {"strategy": "zero2"}])
def test_another_world_writes_to_another_folder(change: dict[str, Any]) -> None:
    # In mode deterministic the world shapes the adapter.
    assert run_plan(compute=change).run_uri != run_plan(compute={}).run_uri


def test_only_pods_that_scan_hold_the_scanners_key() -> None:
    holding = {name for name, work in WORKS.items() if "preceptor-phi-key" in str(render(work).job)}
    assert holding == {"run-scanDataset", "run-scanOutputs"}
