"""Does the chart install what DESIGN.md promises, and refuse what cannot work?"""

import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml
from chart_render import (
    API_SERVER,
    CHART,
    GATEWAY,
    ROOT,
    VALUES,
    container,
    environment,
    helm,
    of_kind,
    one,
    pod_of,
    render,
    template,
)

from preceptor.policy_bundle import serve_arguments
from preceptor_eval.audit_service import settings as audit_settings
from preceptor_eval.gateway import settings as gateway_settings
from preceptor_operator.config import load

OPERATOR_USER = "system:serviceaccount:preceptor-system:preceptor-operator"
COPIES = sorted((ROOT / "policies" / "admission").glob("*.yaml"))
WORKLOADS = ["preceptor-operator", "preceptor-audit", "triage-gateway"]


def test_chart_passes_helms_own_lint() -> None:
    done = subprocess.run(
        [helm(), "lint", "--strict", "--kube-version", "1.36.3", str(CHART)], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_default_values_render() -> None:
    done = template({"networkPolicies": VALUES["networkPolicies"]})
    assert done.returncode == 0, done.stderr


def test_chart_that_cannot_know_where_the_api_server_is_opens_no_door_to_everywhere() -> None:
    done = template({})
    assert done.returncode != 0
    assert "networkPolicies.apiServers is empty and there is no cluster to ask" in done.stderr
    assert template({"networkPolicies": {"enabled": False}}).returncode == 0


def test_older_kubernetes_is_refused() -> None:
    done = template({"networkPolicies": VALUES["networkPolicies"]}, kube_version="1.35.4")
    assert done.returncode != 0
    assert "1.36" in done.stderr


@pytest.mark.parametrize(
    ("values", "word"),
    [
        ({"gateway": []}, "gateway"),
        ({"gateways": [{"namespace": "clinical-ai"}]}, "name"),
        ({"gateways": [{"name": "Triage", "namespace": "clinical-ai"}]}, "pattern"),
        ({"operator": {"replicas": "one"}}, "replicas"),
        ({"policy": {"revision": "a b"}}, "revision"),
        ({"audit": {"storage": {"size": "much"}}}, "size"),
        ({"gateways": [{**GATEWAY, "scratchSize": "much"}]}, "scratchSize"),
    ],
)
def test_values_that_cannot_be_meant_are_refused(values: dict[str, Any], word: str) -> None:
    done = template(values)
    assert done.returncode != 0
    assert word in done.stderr


@pytest.mark.parametrize(("value", "file"), [("caCertificate", "ca.crt"), ("signingPublicKey", "signing.pub")])
def test_gateway_that_could_check_nothing_is_refused_with_a_sentence(value: str, file: str) -> None:
    done = template({**VALUES, value: ""})
    assert done.returncode != 0
    assert f"--set-file {value}=keys/{file}" in done.stderr


def test_gateway_is_given_the_key_that_grants_are_signed_with() -> None:
    manifests = render()
    variables = environment(container(pod_of(manifests, "triage-gateway"), "gateway"))
    folder, _, name = variables["PRECEPTOR_TRUSTED_KEYS"].rpartition("/")
    assert one(manifests, "ConfigMap", "preceptor-ca")["data"][name] == VALUES["signingPublicKey"]
    mounts = {mount["mountPath"]: mount["name"] for mount in _mounts(manifests, "triage-gateway", "gateway")}
    volumes = {volume["name"]: volume for volume in pod_of(manifests, "triage-gateway")["volumes"]}
    assert volumes[mounts[folder]]["configMap"] == {"name": "preceptor-ca"}


def test_another_key_restarts_the_gateway() -> None:
    before, after = (
        one(render({"signingPublicKey": key}), "Deployment", "triage-gateway")["spec"]["template"] for key in "12"
    )
    assert before != after


def test_operator_may_hand_over_to_the_charts_gateways_and_no_others() -> None:
    values = {"gateways": [GATEWAY, {**GATEWAY, "name": "second", "namespace": "other"}]}
    assert _operator_config(render(values))["gateways"]["allowed"] == ["clinical-ai/triage-gateway", "other/second"]
    assert _operator_config(render({"gateways": []}))["gateways"]["allowed"] == []


def test_gateways_scratch_has_a_limit_only_where_one_is_set() -> None:
    for changes, limit in (({}, {}), ({"scratchSize": ""}, {}), ({"scratchSize": "40Gi"}, {"sizeLimit": "40Gi"})):
        pod = pod_of(render({"gateways": [{**GATEWAY, **changes}]}), "triage-gateway")
        assert [volume["emptyDir"] for volume in pod["volumes"] if volume["name"] == "tmp"] == [limit]


def _mounts(manifests: list[dict[str, Any]], workload: str, name: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = container(pod_of(manifests, workload), name)["volumeMounts"]
    return found


def _operator_config(manifests: list[dict[str, Any]]) -> dict[str, Any]:
    config: dict[str, Any] = yaml.safe_load(one(manifests, "ConfigMap", "preceptor-operator")["data"]["operator.yaml"])
    return config


def test_crds_are_the_generated_ones_and_kept_on_uninstall() -> None:
    crds = of_kind(render(), "CustomResourceDefinition")
    for crd in crds:
        assert crd["metadata"].pop("annotations") == {"helm.sh/resource-policy": "keep"}
    generated = [yaml.safe_load(path.read_text()) for path in sorted((ROOT / "crds").glob("*.yaml"))]
    assert sorted(crds, key=lambda crd: str(crd["metadata"]["name"])) == generated


def test_crds_can_be_left_out_or_not_kept() -> None:
    assert of_kind(render({"crds": {"enabled": False}}), "CustomResourceDefinition") == []
    for crd in of_kind(render({"crds": {"keep": False}}), "CustomResourceDefinition"):
        assert "annotations" not in crd["metadata"]


@pytest.mark.parametrize("path", COPIES, ids=lambda path: path.stem)
def test_admission_policies_are_those_of_the_repository(path: Path) -> None:
    copy = CHART / "files" / "admission" / path.name
    assert copy.read_text() == path.read_text(), "run `make generate`"


def test_chart_has_no_admission_policy_that_the_repository_has_not() -> None:
    assert {path.name for path in (CHART / "files" / "admission").iterdir()} == {path.name for path in COPIES}


def test_status_policy_names_this_releases_operator() -> None:
    policy = one(render(namespace="elsewhere"), "ValidatingAdmissionPolicy", "status.preceptor.dev")
    (validation,) = policy["spec"]["validations"]
    assert "'system:serviceaccount:elsewhere:preceptor-operator'" in validation["expression"]


@pytest.mark.parametrize("name", WORKLOADS)
def test_workload_is_restricted(name: str) -> None:
    pod = pod_of(render(), name)
    security = pod["securityContext"]
    assert (security["runAsNonRoot"], security["runAsUser"]) == (True, 10001)
    assert security["seccompProfile"] == {"type": "RuntimeDefault"}
    for entry in pod["containers"]:
        assert entry["securityContext"]["readOnlyRootFilesystem"] is True
        assert entry["securityContext"]["allowPrivilegeEscalation"] is False
        assert entry["securityContext"]["capabilities"] == {"drop": ["ALL"]}
        assert set(entry["resources"]) == {"requests", "limits"}
        assert entry["livenessProbe"]
        assert entry["readinessProbe"]
        assert not any("hostPath" in volume for volume in pod["volumes"])


def test_no_role_has_a_wildcard_and_none_reads_secrets() -> None:
    manifests = render()
    for role in [*of_kind(manifests, "ClusterRole"), *of_kind(manifests, "Role")]:
        for rule in role["rules"]:
            for field in ("apiGroups", "resources", "verbs"):
                assert "*" not in rule[field], role["metadata"]["name"]
            assert "secrets" not in rule["resources"], role["metadata"]["name"]
            assert not {"escalate", "bind", "impersonate"} & set(rule["verbs"])


def test_operator_may_not_write_specs_or_approve() -> None:
    rules = one(render(), "ClusterRole", "preceptor-operator")["rules"]
    (own,) = [rule for rule in rules if "adapterreleases" in rule["resources"]]
    assert set(own["verbs"]) == {"get", "list", "watch", "patch"}


def test_approving_is_nobodys_by_aggregation() -> None:
    for role in of_kind(render(), "ClusterRole"):
        aggregated = any(label.startswith("rbac.authorization.k8s.io/") for label in role["metadata"]["labels"])
        approves = any("approve" in rule["verbs"] for rule in role["rules"])
        assert not (aggregated and approves), role["metadata"]["name"]


def test_operator_that_watches_some_namespaces_has_rights_only_there() -> None:
    manifests = render({"operator": {"config": {"namespaces": ["clinical-ai"]}}})
    (binding,) = [b for b in of_kind(manifests, "RoleBinding") if b["roleRef"]["name"] == "preceptor-operator"]
    assert binding["metadata"]["namespace"] == "clinical-ai"
    assert all(b["roleRef"]["name"] != "preceptor-operator" for b in of_kind(manifests, "ClusterRoleBinding"))


def test_operator_reads_the_configuration_that_the_chart_writes(tmp_path: Path) -> None:
    values = {"operator": {"config": {"jobs": {"train": {"nodeSelector": {"gpu": "yes"}}}, "workers": 2}}}
    path = tmp_path / "operator.yaml"
    path.write_text(one(render(values), "ConfigMap", "preceptor-operator")["data"]["operator.yaml"])
    config = load(path)
    assert config.audit.url == "https://preceptor-audit.preceptor-system.svc:8081"
    assert config.progress.url == "https://preceptor-operator.preceptor-system.svc:8443"
    assert (config.opa.host, config.opa.port) == ("127.0.0.1", 8181)
    assert config.jobs.train.node_selector == {"gpu": "yes"}
    assert config.workers == 2
    mounted = _mounted(pod_of(render(), "preceptor-operator"), "operator")
    for file in (config.audit.ca_file, config.audit.token_file, config.gateways.token_file):
        assert file in mounted
    assert {f"{config.keys_dir}/{name}" for name in ("signing.key", "signing.pub", "tls.crt", "tls.key")} <= mounted
    assert (
        environment(container(pod_of(render(), "preceptor-operator"), "operator"))["PRECEPTOR_OPERATOR_CONFIG"]
        == "/etc/preceptor/operator.yaml"
    )


def _mounted(pod: dict[str, Any], name: str) -> set[str]:
    """Paths of the files that Secrets and tokens put into a container."""
    volumes = {volume["name"]: volume for volume in pod["volumes"]}
    found = set()
    for mount in container(pod, name)["volumeMounts"]:
        volume = volumes[mount["name"]]
        for source in volume.get("projected", {}).get("sources", [{"secret": volume.get("secret", {})}]):
            items = [*source.get("secret", {}).get("items", []), *filter(None, [source.get("serviceAccountToken")])]
            found |= {f"{mount['mountPath']}/{item['path']}" for item in items}
    return found


def test_opa_answers_on_loopback_only_and_only_from_the_signed_bundle() -> None:
    arguments = container(pod_of(render(), "preceptor-operator"), "opa")["args"]
    assert [argument for argument in arguments if argument.startswith("--addr")] == ["--addr=127.0.0.1:8181"]
    wanted = serve_arguments("/etc/preceptor/policy/bundle.tar.gz", "/etc/preceptor/policy-key/bundle.pub")
    assert set(wanted) <= set(arguments)
    assert not any("skip-verify" in argument for argument in arguments)


def test_opa_has_no_token_and_no_key_but_the_bundles_public_one() -> None:
    pod = pod_of(render(), "preceptor-operator")
    assert pod["automountServiceAccountToken"] is False
    assert _mounted(pod, "opa") == {"/etc/preceptor/policy-key/bundle.pub"}


def test_bundles_private_key_is_mounted_nowhere() -> None:
    assert "bundle.key" not in str(render())


def test_another_policy_revision_restarts_the_operator() -> None:
    before, after = (
        one(render({"policy": {"revision": revision}}), "Deployment", "preceptor-operator")["spec"]["template"]
        for revision in ("sha256:1", "sha256:2")
    )
    assert before != after


def test_audit_service_understands_its_environment() -> None:
    manifests = render()
    pod = pod_of(manifests, "preceptor-audit")
    settings = audit_settings.from_environment(environment(container(pod, "audit")))
    assert settings.writers == {OPERATOR_USER}
    assert settings.appenders == {"system:serviceaccount:clinical-ai:triage-gateway"}
    assert settings.readers == frozenset()
    files = {str(settings.tls_certificate), str(settings.tls_key), str(settings.checkpoint_key)}
    assert files | {str(path) for path in settings.public_keys} == _mounted(pod, "audit")
    assert settings.port == one(manifests, "Service", "preceptor-audit")["spec"]["ports"][0]["port"]


def test_gateway_understands_its_environment() -> None:
    manifests = render()
    pod = pod_of(manifests, "triage-gateway")
    settings = gateway_settings.from_environment(environment(container(pod, "gateway")))
    assert settings.admins == {OPERATOR_USER}
    assert settings.reviewers == {"system:serviceaccount:clinical-ai:preceptor-reviewer"}
    assert settings.audit_url == "https://preceptor-audit.preceptor-system.svc:8081"
    assert str(settings.audit_token_file) in _mounted(pod, "gateway")
    assert settings.port == one(manifests, "Service", "triage-gateway")["spec"]["ports"][0]["port"]
    mounts = container(pod, "gateway")["volumeMounts"]
    stores = {mount["mountPath"]: mount["readOnly"] for mount in mounts if mount["mountPath"].startswith("/stores/")}
    assert stores == {"/stores/models": True, "/stores/artifacts": True}


def test_torch_environment_is_mounted_read_only_where_one_is_named() -> None:
    pod = pod_of(render({"torchEnv": {"claim": "torch-env"}}), "triage-gateway")
    assert environment(container(pod, "gateway"))["PYTHONPATH"] == "/opt/torch-env"
    (volume,) = [volume for volume in pod["volumes"] if volume["name"] == "torch-env"]
    assert volume["persistentVolumeClaim"] == {"claimName": "torch-env", "readOnly": True}
    assert "PYTHONPATH" not in environment(container(pod_of(render(), "triage-gateway"), "gateway"))


def test_existing_claims_are_used_instead_of_new_ones() -> None:
    values = {
        "audit": {"storage": {"existingClaim": "chain"}},
        "gateways": [{**GATEWAY, "storage": {"existingClaim": "queue"}}],
    }
    manifests = render(values)
    assert of_kind(manifests, "PersistentVolumeClaim") == []
    volumes = [*pod_of(manifests, "preceptor-audit")["volumes"], *pod_of(manifests, "triage-gateway")["volumes"]]
    claims = {volume["persistentVolumeClaim"]["claimName"] for volume in volumes if "persistentVolumeClaim" in volume}
    assert claims == {"chain", "queue", "models", "artifacts"}


def test_two_gateways_share_a_namespaces_reviewers() -> None:
    manifests = render({"gateways": [GATEWAY, {**GATEWAY, "name": "second"}]})
    (role,) = [role for role in of_kind(manifests, "Role") if role["metadata"]["name"] == "preceptor-reviewers"]
    assert {"triage-gateway:8080", "second:8080"} <= set(role["rules"][1]["resourceNames"])
    assert len([a for a in of_kind(manifests, "ServiceAccount") if a["metadata"]["name"] == "preceptor-reviewer"]) == 1


def test_every_object_is_rendered_once() -> None:
    names = [(m["kind"], m["metadata"].get("namespace"), m["metadata"]["name"]) for m in render()]
    assert len(names) == len(set(names))


def test_jobs_reach_nothing_but_names_and_the_progress_endpoint() -> None:
    policy = one(render(), "NetworkPolicy", "preceptor-jobs")
    assert policy["metadata"]["namespace"] == "clinical-ai"
    assert policy["spec"]["podSelector"] == {"matchLabels": {"app.kubernetes.io/managed-by": "preceptor"}}
    assert policy["spec"]["ingress"] == []
    ports = {port["port"] for rule in policy["spec"]["egress"] for port in rule["ports"]}
    assert ports == {53, 8443}


def test_only_a_fetch_pod_reaches_a_hub_and_only_where_one_is_named() -> None:
    assert "preceptor-fetch" not in [p["metadata"]["name"] for p in of_kind(render(), "NetworkPolicy")]
    peers = [{"ipBlock": {"cidr": "192.0.2.0/24"}}]
    manifests = render({"networkPolicies": {"apiServers": [API_SERVER], "hubPeers": peers, "hubPorts": [443, 8080]}})
    policy = one(manifests, "NetworkPolicy", "preceptor-fetch")
    assert policy["metadata"]["namespace"] == "clinical-ai"
    assert policy["spec"]["podSelector"]["matchLabels"] == {
        "app.kubernetes.io/managed-by": "preceptor",
        "preceptor.dev/role": "fetch",
    }
    [rule] = policy["spec"]["egress"]
    assert rule == {"to": peers, "ports": [{"port": port, "protocol": "TCP"} for port in (443, 8080)]}
    assert one(manifests, "NetworkPolicy", "preceptor-jobs") == one(render(), "NetworkPolicy", "preceptor-jobs")


def test_nothing_but_names_is_asked_of_every_host() -> None:
    policies = of_kind(render(), "NetworkPolicy")
    anywhere = [rule["ports"] for policy in policies for rule in policy["spec"]["egress"] if not rule.get("to")]
    assert {port["port"] for ports in anywhere for port in ports} == {53}


@pytest.mark.parametrize("name", WORKLOADS)
def test_workloads_reach_the_api_server_where_it_is_and_nowhere_else(name: str) -> None:
    ports = [{"port": 443, "protocol": "TCP"}, {"port": 6443, "protocol": "TCP"}]
    rules = one(render(), "NetworkPolicy", name)["spec"]["egress"]
    assert [rule for rule in rules if rule.get("ports") == ports] == [{"to": [API_SERVER], "ports": ports}]


def test_every_workload_has_a_network_policy_for_both_directions() -> None:
    manifests = render()
    policies = of_kind(manifests, "NetworkPolicy")
    for deployment in of_kind(manifests, "Deployment"):
        labels = deployment["spec"]["template"]["metadata"]["labels"].items()
        matching = [p for p in policies if p["spec"]["podSelector"]["matchLabels"].items() <= labels]
        assert [sorted(policy["spec"]["policyTypes"]) for policy in matching] == [["Egress", "Ingress"]]


def test_network_policies_can_be_left_to_the_cluster() -> None:
    assert of_kind(render({"networkPolicies": {"enabled": False}}), "NetworkPolicy") == []
