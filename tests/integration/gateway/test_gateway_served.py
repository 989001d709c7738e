"""Does a real gateway serve a real candidate, with real tokens, audit chain and API server around it?"""

import ipaddress
import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from cluster_processes import OPERATOR, ApiServer
from gateway_processes import BLOCKING, RULE, Services, token, write_manifest

from preceptor.api.gateway import ADMIN_PATH, REVIEW_PATH, TOKEN_HEADER

NAMESPACE = "clinical-ai"
REVIEWER = f"system:serviceaccount:{NAMESPACE}:preceptor-reviewer"
QUESTION = "Mustermann has a cold."


@pytest.fixture(scope="module")
def services(api_server: ApiServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Services]:
    """Gateway and audit service, both running, and nothing handed over yet."""
    services = Services(tmp_path_factory.mktemp("gateway"), api_server, REVIEWER)
    api_server.kubectl(
        "admin", "create", "clusterrolebinding", "gateway-token-reviews", "--clusterrole=system:auth-delegator",
        "--serviceaccount=preceptor-system:preceptor-gateway",
    )  # fmt: skip
    services.prepare()
    with services.audit(), services.gateway():
        yield services


@pytest.fixture(scope="module")
def operator(api_server: ApiServer) -> str:
    """The operator's token for the gateway."""
    return token(api_server, OPERATOR, "preceptor-gateway")


def test_a_candidate_is_served_recorded_and_lost_at_a_restart(services: Services, operator: str) -> None:
    assert services.ask(QUESTION).status_code == 503
    handover = services.handover()
    served = services.hand_over(operator, handover)
    assert (served["state"], served["candidateDigest"]) == ("Serving", handover.candidate_digest), served

    answer = services.ask(QUESTION, contexts=["Rest."])
    assert answer.status_code == 200, answer.text
    document = answer.json()
    assert document["preceptor"]["candidate_digest"] == handover.candidate_digest
    assert document["usage"]["completion_tokens"] <= 12
    streamed = services.ask(QUESTION, contexts=["Rest."], stream=True)
    assert streamed_text(streamed.text) == document["choices"][0]["message"]["content"]
    cut = services.ask(QUESTION, contexts=["Rest."], max_tokens=3)
    assert (cut.status_code, cut.json()["error"]["code"]) == (400, "DecodingFixed")

    records = services.records("inference")
    assert [record["body"]["outcome"] for record in records] == ["notServing", *["answered"] * 2, "refused"]
    assert records[-1]["subject"] == handover.candidate_digest
    assert "Mustermann" not in json.dumps(records)
    (serving,) = services.records("gateway.candidate")
    assert (serving["body"]["state"], serving["body"]["by"]) == ("Serving", OPERATOR)


def test_tokens_for_others_and_of_others_hand_nothing_over(services: Services, api_server: ApiServer) -> None:
    refused = {
        "for the audit service": token(api_server, OPERATOR, "preceptor-audit"),
        "for the API server": token(api_server, OPERATOR, None),
        "of a reviewer": token(api_server, REVIEWER, "preceptor-gateway"),
    }
    statuses = {
        name: httpx.get(services.url + ADMIN_PATH, headers={TOKEN_HEADER: bearer}).status_code
        for name, bearer in refused.items()
    }
    assert statuses == {"for the audit service": 401, "for the API server": 401, "of a reviewer": 403}


def test_the_operators_token_without_its_signature_hands_nothing_over(services: Services, operator: str) -> None:
    forged = services.handover("forged").model_copy(update={"grant": services.handover("other").grant})
    refused = services.hand_over(operator, forged)
    assert (refused["state"], refused["reason"]) == ("Refused", "GrantInvalid")


def test_an_adapter_altered_by_one_byte_is_refused(services: Services, operator: str) -> None:
    weights = services.adapter / "adapter_model.safetensors"
    sealed = weights.read_bytes()
    try:
        weights.write_bytes(sealed[:-1] + bytes([sealed[-1] ^ 1]))
        refused = services.hand_over(operator, services.handover("altered"))
        assert (refused["state"], refused["reason"]) == ("Refused", "ManifestMismatch")
        assert "adapter_model.safetensors" in refused["message"]
    finally:
        weights.write_bytes(sealed)


def test_pickled_weights_are_refused_though_their_manifest_matches(services: Services, operator: str) -> None:
    stranger = services.adapter / "extra.bin"
    manifest = (services.adapter / "manifest.json").read_bytes()
    base = services.handover().candidate.base_model
    try:
        stranger.write_bytes(b"pickle")
        write_manifest(services.adapter, "adapter", {"baseModel": base})
        refused = services.hand_over(operator, services.handover("pickled"))
        assert (refused["state"], refused["reason"]) == ("Refused", "UnsafeWeights")
    finally:
        stranger.unlink()
        (services.adapter / "manifest.json").write_bytes(manifest)


def test_a_blocked_answer_is_read_with_the_command_line_through_the_api_server(
    services: Services, operator: str, api_server: ApiServer
) -> None:
    address = own_address()
    if address is None:
        pytest.skip("this machine has no address but loopback, which the API server proxies to nobody")
    publish(api_server, address, services.port)
    services.policy.write_text(BLOCKING + RULE)
    assert services.hand_over(operator, services.handover())["state"] == "Serving"
    answer = services.ask(QUESTION)
    assert answer.json()["choices"][0]["finish_reason"] == "content_filter"

    listed = review(api_server, "carol", "list", "--json")
    assert listed.returncode == 0, listed.stderr
    (item,) = json.loads(listed.stdout)["items"]
    assert "Mustermann" not in listed.stdout
    assert item["rules"] == ["everything"]
    shown = review(api_server, "carol", "show", item["id"])
    assert shown.returncode == 0, shown.stderr
    assert QUESTION in shown.stdout
    assert "everything" in review(api_server, "carol", "list").stdout
    reads = services.records("review.read")
    assert [(read["body"]["by"], read["body"].get("item")) for read in reads][:2] == [
        (REVIEWER, None),
        (REVIEWER, item["id"]),
    ]
    unknown = review(api_server, "carol", "show", "0" * 8)
    assert (unknown.returncode, "No item of the review queue" in unknown.stderr) == (1, True)
    stranger = review(api_server, "alice", "list")
    assert (stranger.returncode, "The API server refused" in stranger.stderr) == (1, True)
    direct = httpx.get(services.url + REVIEW_PATH, headers={TOKEN_HEADER: operator})
    assert direct.status_code == 403


def test_after_kill_9_nothing_is_served_and_the_log_holds_no_text(services: Services, operator: str) -> None:
    other = Services(services.folder, services.server, REVIEWER, audit_port=services.audit_port)
    with other.gateway():
        assert other.ask(QUESTION).status_code == 503
        reported = httpx.get(other.url + ADMIN_PATH, headers={TOKEN_HEADER: operator}).json()
        assert (reported["state"], reported["reason"]) == ("Empty", "Restarted")
    log = (services.folder / "gateway.log").read_text()
    assert "Mustermann" not in log
    assert operator not in log


def streamed_text(text: str) -> str:
    events = [event.removeprefix("data: ") for event in text.split("\n\n") if event]
    assert events[-1] == "[DONE]"
    chunks: list[dict[str, Any]] = [json.loads(event) for event in events[:-1]]
    return "".join(chunk["choices"][0]["delta"].get("content", "") for chunk in chunks)


def own_address() -> str | None:
    """An address of this machine that is not loopback, or None. Nothing is sent."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))
        except OSError:
            return None
        address = str(probe.getsockname()[0])
    return None if ipaddress.ip_address(address).is_loopback else address


def publish(server: ApiServer, address: str, port: int) -> None:
    """The gateway as Service, and who may read its review queue."""
    metadata = {"name": "triage-gateway", "namespace": NAMESPACE}
    rules = [
        {
            "apiGroups": [""],
            "resources": ["services/proxy"],
            "resourceNames": ["http:triage-gateway:8080"],
            "verbs": ["get"],
        },
        {
            "apiGroups": [""],
            "resources": ["serviceaccounts/token"],
            "resourceNames": ["preceptor-reviewer"],
            "verbs": ["create"],
        },
    ]
    # The API server proxies to addresses of pods only, so one stands for the process.
    documents: list[dict[str, Any]] = [
        {
            "apiVersion": "v1",
            "kind": "Pod",
            "metadata": metadata,
            "spec": {"nodeName": "none", "containers": [{"name": "gateway", "image": "none"}]},
        },
        {
            "apiVersion": "v1",
            "kind": "Service",
            "metadata": metadata,
            "spec": {"ports": [{"name": "http", "port": 8080, "targetPort": port}]},
        },
        {
            "apiVersion": "v1",
            "kind": "Endpoints",
            "metadata": metadata,
            "subsets": [
                {
                    "addresses": [{"ip": address, "targetRef": {"kind": "Pod", **metadata}}],
                    "ports": [{"name": "http", "port": port}],
                }
            ],
        },
        {
            "apiVersion": "rbac.authorization.k8s.io/v1",
            "kind": "Role",
            "metadata": {"name": "review", "namespace": NAMESPACE},
            "rules": rules,
        },
        {
            "apiVersion": "rbac.authorization.k8s.io/v1",
            "kind": "RoleBinding",
            "metadata": {"name": "review", "namespace": NAMESPACE},
            "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "review"},
            "subjects": [{"apiGroup": "rbac.authorization.k8s.io", "kind": "User", "name": "carol"}],
        },
    ]
    applied = server.kubectl("admin", "apply", "--server-side", "-f", "-", manifest=documents)
    assert applied.returncode == 0, applied.stderr
    status = json.dumps({"status": {"podIP": address, "podIPs": [{"ip": address}], "phase": "Running"}})
    placed = server.kubectl(
        "admin", "patch", "pod", "triage-gateway", "-n", NAMESPACE, "--subresource=status", "--type=merge", "-p", status
    )
    assert placed.returncode == 0, placed.stderr


def review(server: ApiServer, user: str, *words: str) -> subprocess.CompletedProcess[str]:
    """Run `preceptor review` as a user."""
    code = "from preceptor.cli.main import run; run()"
    return subprocess.run(
        [sys.executable, "-c", code, "review", *words, "-n", NAMESPACE, "--gateway", "triage-gateway"],
        env={**os.environ, "KUBECONFIG": str(server.kubeconfig(user))},
        stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=120,
    )  # fmt: skip


def test_settings_say_which_variable_is_missing(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", "from preceptor_eval.main import run; run()", "gateway"],
        env={key: value for key, value in os.environ.items() if not key.startswith("PRECEPTOR_")},
        cwd=tmp_path, capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    assert done.returncode == 64
    assert "PRECEPTOR_GATEWAY_DB" in done.stderr
