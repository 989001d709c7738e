"""Do the demo's five claims hold on real pods? They build on one another and run in this order."""

import pytest

from preceptor_local.demo import claims
from preceptor_local.demo.show import Show
from preceptor_local.demo.world import NAMESPACE, SYSTEM, World


def _claim(world: World, show: Show, index: int) -> None:
    with show.row(index):
        claims.CLAIMS[index](world, show)


# With the set-up of the cluster that all of them share: on a fresh machine the images are built first.
@pytest.mark.timeout(1800)
def test_a_dataset_with_planted_phi_is_blocked_before_anything_trains(world: World, show: Show) -> None:
    _claim(world, show, 0)


@pytest.mark.timeout(1500)
def test_a_clean_dataset_is_scanned_trained_scanned_sealed_and_examined(world: World, show: Show) -> None:
    _claim(world, show, 1)


@pytest.mark.timeout(300)
def test_only_a_clinician_who_did_not_ask_for_it_can_approve_the_release(world: World, show: Show) -> None:
    _claim(world, show, 2)


@pytest.mark.timeout(600)
def test_the_approved_candidate_is_served_and_a_prescriptive_answer_is_blocked(world: World, show: Show) -> None:
    _claim(world, show, 3)


@pytest.mark.timeout(600)
def test_a_changed_byte_or_another_system_prompt_denies_the_release(world: World, show: Show) -> None:
    _claim(world, show, 4)


def test_the_audit_chain_of_all_that_is_whole(world: World) -> None:
    listed = world.must(
        "-n", SYSTEM, "exec", "deployment/preceptor-audit", "--", "preceptor", "audit", "verify",
        "/var/lib/preceptor/audit.db", timeout=120,
    )  # fmt: skip
    assert "whole" in listed.lower()


def test_the_operator_writes_no_annotation_and_changes_no_spec(world: World) -> None:
    for kind in ("finetunerun", "evalgate", "adapterrelease"):
        for item in world.items(kind, "--show-managed-fields"):
            annotations = set(item["metadata"].get("annotations", {}))
            assert annotations <= {"kubectl.kubernetes.io/last-applied-configuration"}
            for entry in item["metadata"]["managedFields"]:
                if entry["manager"] == "preceptor":
                    assert "f:spec" not in entry["fieldsV1"], f"{kind} {item['metadata']['name']}"


def test_every_pod_of_the_clinical_namespace_is_restricted_and_only_servers_hold_api_credentials(world: World) -> None:
    for pod in world.items("pods"):
        spec, labels = pod["spec"], pod["metadata"].get("labels", {})
        assert spec["securityContext"]["runAsNonRoot"] is True
        projected = [
            source
            for volume in spec["volumes"]
            for source in volume.get("projected", {}).get("sources", ())
            if "serviceAccountToken" in source
        ]
        if labels.get("preceptor.dev/role") == "train":
            assert [source["serviceAccountToken"]["audience"] for source in projected] == ["preceptor-progress"]
        elif "preceptor.dev/role" in labels:
            assert projected == []


def test_a_released_adapter_that_is_deleted_is_no_longer_served(world: World) -> None:
    world.must("-n", NAMESPACE, "delete", "adapterrelease", claims.RELEASE, "--timeout=60s", timeout=90)
    path = f"/api/v1/namespaces/{NAMESPACE}/services/http:{claims.GATEWAY}:8080/proxy/v1/chat/completions"
    refused = world.kubectl("create", "--raw", path, "-f", "-", text='{"messages":[{"role":"user","content":"Hello"}]}')
    assert refused.returncode != 0
