"""Does the API server let exactly the right people approve exactly what was asked for?"""

import json
from typing import Any

import pytest
from cluster_processes import OPERATOR, ApiServer
from releases import CANDIDATE, EVIDENCE, OTHER, approval, approve, release

ARGOCD = "system:serviceaccount:argocd:argocd"


@pytest.fixture(scope="session")
def cluster(admission_installed: ApiServer) -> ApiServer:
    """People and their roles: alice and dave edit, carol and dave approve, alice and Argo CD hold both."""
    server = admission_installed
    server.kubeconfig(ARGOCD)
    server.kubeconfig(OPERATOR)
    bindings = [
        _binding("editors", "preceptor-edit", "alice", "mallory", ARGOCD),
        _binding("approvers", "preceptor-approve", "alice", "carol", "dave", "cora", ARGOCD),
        _binding("status", "status-writers", "alice", OPERATOR),
        {
            "apiVersion": "rbac.authorization.k8s.io/v1",
            "kind": "ClusterRole",
            "metadata": {"name": "status-writers"},
            "rules": [
                {
                    "apiGroups": ["preceptor.dev"],
                    "resources": ["adapterreleases", "adapterreleases/status"],
                    "verbs": ["get", "update", "patch"],
                }
            ],
        },
    ]
    applied = server.kubectl("admin", "apply", "--server-side", "-f", "-", manifest=bindings)
    assert applied.returncode == 0, applied.stderr
    return server


def _binding(name: str, role: str, *users: str) -> dict[str, Any]:
    return {
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": "ClusterRoleBinding",
        "metadata": {"name": name},
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": role},
        "subjects": [{"apiGroup": "rbac.authorization.k8s.io", "kind": "User", "name": user} for user in users],
    }


@pytest.fixture
def requested(cluster: ApiServer, namespace: str) -> str:
    """A namespace with a release that alice requested."""
    created = cluster.kubectl("alice", "create", "-f", "-", manifest=release(namespace))
    assert created.returncode == 0, created.stderr
    return namespace


def spec(cluster: ApiServer, namespace: str) -> dict[str, Any]:
    found: dict[str, Any] = cluster.get("admin", "adapterrelease", "triage", "-n", namespace)["spec"]
    return found


@pytest.fixture
def approved(cluster: ApiServer, requested: str) -> str:
    """A namespace with a release that alice requested and carol approved."""
    done = approve(cluster, "carol", requested, approval("carol"))
    assert done.returncode == 0, done.stderr
    return requested


def test_requester_is_stamped_over_any_claim(cluster: ApiServer, namespace: str) -> None:
    created = cluster.kubectl("alice", "create", "-f", "-", manifest=release(namespace, requestedBy="carol"))
    assert created.returncode == 0, created.stderr
    assert spec(cluster, namespace)["requestedBy"] == "alice"


@pytest.mark.parametrize("claim", ["carol", None])
def test_requester_never_changes(cluster: ApiServer, requested: str, claim: str | None) -> None:
    patch = json.dumps({"spec": {"requestedBy": claim}})
    done = cluster.kubectl("alice", "patch", "ar", "triage", "-n", requested, "--type=merge", f"--patch={patch}")
    assert done.returncode != 0
    assert "requestedBy is stamped at creation and never changes" in done.stderr
    assert spec(cluster, requested)["requestedBy"] == "alice"


def test_release_cannot_be_created_approved(cluster: ApiServer, namespace: str) -> None:
    manifest = release(namespace, approvals=[approval("alice")])
    created = cluster.kubectl("alice", "create", "-f", "-", manifest=manifest)
    assert created.returncode != 0
    assert "A release cannot be created approved" in created.stderr


def test_requester_cannot_approve_even_with_the_verb(cluster: ApiServer, requested: str) -> None:
    done = approve(cluster, "alice", requested, approval("alice"))
    assert done.returncode != 0
    assert "You requested this release: somebody else must approve it." in done.stderr
    assert "approvals" not in spec(cluster, requested)


def test_service_account_cannot_approve_even_with_the_verb(cluster: ApiServer, requested: str) -> None:
    done = approve(cluster, ARGOCD, requested, approval(ARGOCD))
    assert done.returncode != 0
    assert "Service accounts cannot approve a release" in done.stderr


def test_editor_without_the_verb_cannot_approve(cluster: ApiServer, requested: str) -> None:
    done = approve(cluster, "mallory", requested, approval("mallory"))
    assert done.returncode != 0
    assert "You may not approve releases here" in done.stderr


def test_clinician_with_the_verb_approves(cluster: ApiServer, requested: str) -> None:
    done = approve(cluster, "carol", requested, approval("carol"))
    assert done.returncode == 0, done.stderr
    assert [entry["approver"] for entry in spec(cluster, requested)["approvals"]] == ["carol"]


def test_second_clinician_approves_beside_the_first(cluster: ApiServer, approved: str) -> None:
    done = approve(cluster, "dave", approved, approval("dave"))
    assert done.returncode == 0, done.stderr
    assert [entry["approver"] for entry in spec(cluster, approved)["approvals"]] == ["carol", "dave"]


def test_clinician_approves_by_server_side_apply(cluster: ApiServer, requested: str) -> None:
    # An apply configuration that holds nothing but the approval: the command line's way, free of lost updates.
    manifest = {
        "apiVersion": "preceptor.dev/v1alpha1",
        "kind": "AdapterRelease",
        "metadata": {"name": "triage", "namespace": requested},
        "spec": {"approvals": [approval("carol")]},
    }
    done = cluster.kubectl(
        "carol", "apply", "--server-side", "--field-manager=preceptor-approve-carol", "-f", "-", manifest=manifest
    )
    assert done.returncode == 0, done.stderr
    assert [entry["approver"] for entry in spec(cluster, requested)["approvals"]] == ["carol"]


@pytest.mark.parametrize(
    ("approvals", "changes", "sentence"),
    [
        ([approval("dave")], {}, "The approval's approver must be you"),
        ([approval("carol"), approval("dave")], {}, "Add one approval at a time: your own."),
        ([approval("carol", candidateDigest=OTHER)], {}, "The approval names another candidate"),
        ([approval("carol", policyRevision="4712")], {}, "The approval names another policy revision"),
        ([approval("carol")], {"withdrawn": True}, "can no longer be approved"),
        ([approval("carol")], {"target": {"gatewayRef": {"name": "other"}}}, "target and policy cannot change"),
        ([approval("carol")], {"candidateDigest": OTHER}, "candidateDigest cannot change"),
        ([approval("carol", expires="tomorrow")], {}, "date-time"),
        ([approval("carol", evidenceDigest="sha256:short")], {}, "evidenceDigest"),
    ],
    ids=[
        "signing as somebody else",
        "two at once",
        "another candidate",
        "another policy revision",
        "withdrawing at once",
        "changing the target at once",
        "changing the candidate at once",
        "an expiry that is no time",
        "a digest that is none",
    ],
)
def test_clinician_cannot_approve_by(
    cluster: ApiServer, requested: str, approvals: list[dict[str, str]], changes: dict[str, Any], sentence: str
) -> None:
    done = approve(cluster, "carol", requested, *approvals, **changes)
    assert done.returncode != 0
    assert sentence in done.stderr
    assert "approvals" not in spec(cluster, requested)


def test_approval_changes_no_label_either(cluster: ApiServer, requested: str) -> None:
    patch = json.dumps({"metadata": {"labels": {"a": "b"}}, "spec": {"approvals": [approval("carol")]}})
    done = cluster.kubectl("carol", "patch", "ar", "triage", "-n", requested, "--type=merge", f"--patch={patch}")
    assert done.returncode != 0
    assert "An approval changes nothing else" in done.stderr


@pytest.mark.parametrize("user", ["carol", "alice", "admin"])
@pytest.mark.parametrize(
    "approvals",
    [[], None, [approval("carol", meaning="Something else.")], [approval("carol", evidenceDigest=OTHER)]],
    ids=["emptied", "removed", "reworded", "on other evidence"],
)
def test_approval_is_never_changed_or_removed(
    cluster: ApiServer, approved: str, user: str, approvals: list[dict[str, str]] | None
) -> None:
    patch = json.dumps({"spec": {"approvals": approvals}})
    done = cluster.kubectl(user, "patch", "ar", "triage", "-n", approved, "--type=merge", f"--patch={patch}")
    assert done.returncode != 0
    assert "an approval is never changed or removed" in done.stderr.lower()
    assert spec(cluster, approved)["approvals"] == [approval("carol")]


def test_replace_does_not_remove_an_approval(cluster: ApiServer, approved: str) -> None:
    manifest = release(approved, requestedBy="alice")
    done = cluster.kubectl("alice", "replace", "-f", "-", manifest=manifest)
    assert done.returncode != 0
    assert "an approval is never changed or removed" in done.stderr.lower()


@pytest.mark.parametrize(
    "arguments",
    [("apply", "--server-side", "--force-conflicts", "--field-manager=argocd-controller"), ("apply",)],
    ids=["server-side with force", "client-side"],
)
def test_gitops_reapplies_its_manifest_and_approvals_stay(
    cluster: ApiServer, namespace: str, arguments: tuple[str, ...]
) -> None:
    manifest = release(namespace)
    first = cluster.kubectl(ARGOCD, *arguments, "-f", "-", manifest=manifest)
    assert first.returncode == 0, first.stderr
    assert approve(cluster, "carol", namespace, approval("carol")).returncode == 0
    again = cluster.kubectl(ARGOCD, *arguments, "-f", "-", manifest=manifest)
    assert again.returncode == 0, again.stderr
    found = spec(cluster, namespace)
    assert found["approvals"] == [approval("carol")]
    assert found["requestedBy"] == ARGOCD
    diff_flags = [flag for flag in arguments[1:] if flag.startswith("--")]
    difference = cluster.kubectl(ARGOCD, "diff", *diff_flags, "-f", "-", manifest=manifest)
    assert (difference.returncode, difference.stdout) == (0, "")


def test_editor_without_the_verb_can_still_withdraw(cluster: ApiServer, approved: str) -> None:
    patch = json.dumps({"spec": {"withdrawn": True}})
    done = cluster.kubectl("mallory", "patch", "ar", "triage", "-n", approved, "--type=merge", f"--patch={patch}")
    assert done.returncode == 0, done.stderr
    assert spec(cluster, approved)["withdrawn"] is True


ELSE = "You may approve this release, but change nothing else of it"


@pytest.mark.parametrize(
    "patch",
    [
        {"spec": {"withdrawn": True}},
        {"metadata": {"labels": {"a": "b"}}},
        {"metadata": {"annotations": {"a": "b"}}},
        {"metadata": {"finalizers": ["example.test/stuck"]}},
        {"metadata": {"ownerReferences": [{"apiVersion": "v1", "kind": "ConfigMap", "name": "x", "uid": "x"}]}},
    ],
    ids=["withdraw", "label", "annotate", "hold", "own"],
)
@pytest.mark.parametrize("user", ["cora", "carol"])
def test_approver_changes_nothing_but_adds_an_approval(
    cluster: ApiServer, approved: str, user: str, patch: dict[str, Any]
) -> None:
    # carol is in a group that another module lets edit; there, admission has nothing against it.
    allowed = cluster.kubectl(user, "auth", "can-i", "create", "adapterreleases.preceptor.dev", "-n", approved)
    done = cluster.kubectl(
        user, "patch", "ar", "triage", "-n", approved, "--type=merge", f"--patch={json.dumps(patch)}"
    )
    assert (ELSE in done.stderr) is (allowed.returncode != 0), done.stderr
    assert user == "carol" or allowed.returncode != 0


def test_operator_and_garbage_collector_keep_finalizers_and_owners(cluster: ApiServer, requested: str) -> None:
    collector = "system:serviceaccount:kube-system:generic-garbage-collector"
    for number, user in enumerate((OPERATOR, collector, "system:kube-controller-manager")):
        patch = json.dumps({"metadata": {"finalizers": [f"preceptor.dev/serving-{number}"]}})
        # With RBAC's rights to change, but not to create.
        _may_patch(cluster, user)
        done = cluster.kubectl(
            "admin", "patch", "ar", "triage", "-n", requested, "--type=merge", f"--patch={patch}", f"--as={user}"
        )
        assert done.returncode == 0, done.stderr
    patch = json.dumps({"metadata": {"finalizers": None}})
    _may_patch(cluster, "petra")
    done = cluster.kubectl(
        "admin", "patch", "ar", "triage", "-n", requested, "--type=merge", f"--patch={patch}", "--as=petra"
    )
    assert ELSE in done.stderr


def _finalizers(cluster: ApiServer, namespace: str, user: str, wanted: list[str] | None) -> str:
    patch = json.dumps({"metadata": {"finalizers": wanted}})
    return cluster.kubectl(
        "admin", "patch", "ar", "triage", "-n", namespace, "--type=merge", f"--patch={patch}", f"--as={user}"
    ).stderr


def test_only_the_operator_says_that_a_gateway_serves_a_release_no_more(cluster: ApiServer, requested: str) -> None:
    _may_patch(cluster, OPERATOR)
    serving, other = "preceptor.dev/serving", "example.test/other"
    assert _finalizers(cluster, requested, OPERATOR, [serving]) == ""
    for user in ("alice", "system:kube-controller-manager", "system:serviceaccount:kube-system:namespace-controller"):
        _may_patch(cluster, user)
        for wanted in (None, [], [other]):
            assert "is the operator's" in _finalizers(cluster, requested, user, wanted), user
    # Not even cluster-admin, while the policies are there.
    admin = cluster.kubectl(
        "admin", "patch", "ar", "triage", "-n", requested, "--type=json",
        '--patch=[{"op":"remove","path":"/metadata/finalizers"}]',
    )  # fmt: skip
    assert "is the operator's" in admin.stderr
    # Others' finalizers come and go beside it, and everything else may be changed.
    assert _finalizers(cluster, requested, "alice", [serving, other]) == ""
    assert _finalizers(cluster, requested, "alice", [serving]) == ""
    withdrawn = cluster.kubectl(
        "alice", "patch", "ar", "triage", "-n", requested, "--type=merge", '--patch={"spec":{"withdrawn":true}}'
    )
    assert withdrawn.returncode == 0, withdrawn.stderr
    assert _finalizers(cluster, requested, OPERATOR, None) == ""


def _may_patch(cluster: ApiServer, user: str) -> None:
    name = "patchers-" + user.replace(":", "-")
    done = cluster.kubectl(
        "admin", "apply", "--server-side", "-f", "-", manifest=_binding(name, "status-writers", user)
    )
    assert done.returncode == 0, done.stderr


def test_requester_that_something_else_in_the_cluster_changed_is_refused(cluster: ApiServer, namespace: str) -> None:
    meta = {"name": "zz-forger.example.test"}
    forger = {
        "apiVersion": "admissionregistration.k8s.io/v1",
        "kind": "MutatingAdmissionPolicy",
        "metadata": meta,
        "spec": {
            "reinvocationPolicy": "IfNeeded",
            "matchConstraints": {
                "resourceRules": [
                    {
                        "apiGroups": ["preceptor.dev"],
                        "apiVersions": ["*"],
                        "resources": ["adapterreleases"],
                        "operations": ["CREATE"],
                    }
                ]
            },
            "matchConditions": [{"name": "here", "expression": f"request.namespace == '{namespace}'"}],
            "mutations": [
                {
                    "patchType": "JSONPatch",
                    "jsonPatch": {"expression": '[JSONPatch{op: "add", path: "/spec/requestedBy", value: "carol"}]'},
                }
            ],
        },
    }
    bound = {**forger, "kind": "MutatingAdmissionPolicyBinding", "spec": {"policyName": meta["name"]}}
    try:
        applied = cluster.kubectl("admin", "apply", "--server-side", "-f", "-", manifest=[forger, bound])
        assert applied.returncode == 0, applied.stderr
        for _ in range(100):
            done = cluster.kubectl("alice", "create", "--dry-run=server", "-f", "-", manifest=release(namespace))
            if done.returncode != 0:
                break
        assert "names somebody else as its requester than who creates it" in done.stderr
    finally:
        for kind in ("mutatingadmissionpolicybinding", "mutatingadmissionpolicy"):
            cluster.kubectl("admin", "delete", kind, meta["name"])


def test_withdrawn_release_stays_withdrawn(cluster: ApiServer, requested: str) -> None:
    for value in (True, False):
        patch = json.dumps({"spec": {"withdrawn": value}})
        done = cluster.kubectl("alice", "patch", "ar", "triage", "-n", requested, "--type=merge", f"--patch={patch}")
    assert done.returncode != 0
    assert "a withdrawn release stays withdrawn" in done.stderr


def test_approver_cannot_create_or_delete_releases(cluster: ApiServer, requested: str) -> None:
    # cora is in no group, so that what other tests allow to groups says nothing here.
    assert "Forbidden" in cluster.kubectl("cora", "create", "-f", "-", manifest=release(requested, "x")).stderr
    assert "Forbidden" in cluster.kubectl("cora", "delete", "ar", "triage", "-n", requested).stderr


@pytest.mark.parametrize("user", ["alice", "admin"])
def test_nobody_but_the_operator_writes_status(cluster: ApiServer, requested: str, user: str) -> None:
    done = _write_status(cluster, user, requested)
    assert done.returncode != 0
    assert "Only the Preceptor operator writes status" in done.stderr


def test_operator_writes_status(cluster: ApiServer, requested: str) -> None:
    done = _write_status(cluster, OPERATOR, requested)
    assert done.returncode == 0, done.stderr
    found = cluster.get("admin", "adapterrelease", "triage", "-n", requested)
    assert found["status"] == {"state": "AwaitingApproval", "evidenceDigest": EVIDENCE, "approvals": "0/1"}
    assert found["spec"]["candidateDigest"] == CANDIDATE


def _write_status(cluster: ApiServer, user: str, namespace: str) -> Any:
    status = {"state": "AwaitingApproval", "evidenceDigest": EVIDENCE, "approvals": "0/1"}
    return cluster.kubectl(
        user, "patch", "ar", "triage", "-n", namespace, "--subresource=status", "--type=merge",
        f"--patch={json.dumps({'status': status})}",
    )  # fmt: skip


@pytest.mark.parametrize("policy", ["requester", "approvals", "status"])
def test_admission_fails_closed(cluster: ApiServer, policy: str) -> None:
    kind = "mutatingadmissionpolicy" if policy == "requester" else "validatingadmissionpolicy"
    found = cluster.get("admin", kind, f"{policy}.preceptor.dev")
    assert found["spec"]["failurePolicy"] == "Fail"
    binding = cluster.get("admin", f"{kind}binding", f"{policy}.preceptor.dev")
    assert binding["spec"]["policyName"] == f"{policy}.preceptor.dev"
    assert policy == "requester" or binding["spec"]["validationActions"] == ["Deny", "Audit"]
