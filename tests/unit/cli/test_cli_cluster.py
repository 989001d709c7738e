"""How does the API server's refusal reach the person at the terminal?"""

import json
import sys
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any
from unittest.mock import patch

import pytest
import yaml

from preceptor.api.gateway import REVIEW_PATH
from preceptor.cli.main import app, guarded, load_commands
from preceptor.cli.review import fetch
from preceptor.cli.terminal import plain
from preceptor.cluster import Cluster, Conflict, Denied, NotFound, connect, impersonation
from preceptor.exits import BadInput, CheckFailed, Exit, PreceptorError, TryAgain
from preceptor.telemetry.review import ReviewList


class Answers:
    """A transport that gives prepared answers and keeps what was sent."""

    def __init__(self, *answers: tuple[int, Any]) -> None:
        self.answers = list(answers)
        self.sent: list[tuple[str, str, Any, dict[str, str]]] = []

    def send(
        self, method: str, path: str, *, body: Any = None, headers: Mapping[str, str] | None = None
    ) -> tuple[int, bytes]:
        self.sent.append((method, path, body, dict(headers or {})))
        status, document = self.answers.pop(0)
        return status, document if isinstance(document, bytes) else json.dumps(document).encode()


TOKEN = (201, {"status": {"token": "t"}})


@pytest.mark.parametrize(
    ("status", "kind", "exit_code"),
    [
        (401, Denied, Exit.CHECK_SAYS_NO),
        (403, Denied, Exit.CHECK_SAYS_NO),
        (404, NotFound, Exit.BAD_INPUT),
        (409, Conflict, Exit.TRY_AGAIN),
        (422, Denied, Exit.CHECK_SAYS_NO),
        (500, TryAgain, Exit.TRY_AGAIN),
    ],
)
def test_each_refusal_is_a_sentence_with_its_exit_code(
    status: int, kind: type[PreceptorError], exit_code: Exit
) -> None:
    cluster = Cluster(Answers((status, {"message": "You requested this release."})))
    with pytest.raises(kind) as error:
        cluster.object("adapterreleases", "ns", "triage")
    assert error.value.exit_code == exit_code
    if status in (403, 422):
        assert "You requested this release." in str(error.value)


@pytest.mark.parametrize("content", [b"", b"<html>", b"[]", b"\xff"])
def test_an_answer_that_is_no_object_is_never_taken_for_one(content: bytes) -> None:
    with pytest.raises(TryAgain):
        Cluster(Answers((200, content))).object("evalgates", "ns", "triage")


@pytest.mark.parametrize("answer", [{}, {"status": {}}, {"status": {"userInfo": {"username": ""}}}])
def test_nobody_signs_without_a_name(answer: dict[str, Any]) -> None:
    with pytest.raises(TryAgain):
        Cluster(Answers((201, answer))).username()


def test_the_review_queue_is_read_with_a_reviewers_token_beside_the_callers_own() -> None:
    transport = Answers(TOKEN, (200, {"items": []}))
    assert fetch(Cluster(transport), "ns", "gateway", REVIEW_PATH, ReviewList).items == ()
    request, read = transport.sent
    assert request[1] == "/api/v1/namespaces/ns/serviceaccounts/preceptor-reviewer/token"
    assert request[2]["spec"]["audiences"] == ["preceptor-gateway"]
    assert read[1] == "/api/v1/namespaces/ns/services/http:gateway:8080/proxy/admin/v1/review"
    assert read[3] == {"X-Preceptor-Token": "t"}


def test_names_cannot_leave_their_place_in_a_path() -> None:
    transport = Answers(TOKEN, (200, {"items": []}))
    fetch(Cluster(transport), "ns/../x", "gate/way", REVIEW_PATH, ReviewList)
    assert transport.sent[1][1].startswith("/api/v1/namespaces/ns%2F..%2Fx/services/http:gate%2Fway:8080/proxy/")


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        ((403, {"error": {"message": "carol may not read the review queue."}}), CheckFailed),
        ((503, {"error": {"message": "The audit service did not answer."}}), TryAgain),
        ((503, {"kind": "Status", "message": "no endpoints available"}), TryAgain),
        ((403, {"kind": "Status", "message": "services is forbidden"}), Denied),
        ((200, {"items": "none"}), TryAgain),
    ],
)
def test_what_the_gateway_or_the_api_server_says_is_told(answer: tuple[int, Any], kind: type[PreceptorError]) -> None:
    with pytest.raises(kind):
        fetch(Cluster(Answers(TOKEN, answer)), "ns", "gateway", REVIEW_PATH, ReviewList)


def test_a_prompt_cannot_write_to_the_reviewers_terminal() -> None:
    assert plain("a\x1b[2Jb\x07c\u202ed\u200be\nf") == "a�[2Jb�c�d�e�f"
    assert plain("a\nb\rc", lines=True) == "a\nb�c"
    assert plain("Äpfel 漢字 🙂") == "Äpfel 漢字 🙂"


def kubeconfig(server: str = "http://127.0.0.1:1", **user: Any) -> dict[str, Any]:
    """A kubeconfig whose user acts as these say."""
    return {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": "team", "cluster": {"server": server}}],
        "users": [{"name": "admin", "user": {"token": "t", **user}}, {"name": "other", "user": {"as": "mallory"}}],
        "contexts": [
            {"name": "team", "context": {"cluster": "team", "user": "admin"}},
            {"name": "elsewhere", "context": {"cluster": "team", "user": "other"}},
        ],
        "current-context": "team",
    }


@pytest.mark.parametrize(
    ("user", "headers"),
    [
        ({}, {}),
        ({"as": "carol"}, {"Impersonate-User": "carol"}),
        (
            {"as": "carol", "as-uid": "7", "as-groups": ["clinical-governance"]},
            {"Impersonate-User": "carol", "Impersonate-Uid": "7", "Impersonate-Group": "clinical-governance"},
        ),
    ],
)
def test_a_kubeconfig_that_acts_as_somebody_is_obeyed(user: dict[str, Any], headers: dict[str, str]) -> None:
    assert impersonation(kubeconfig(**user)) == headers


def test_another_context_acts_as_its_own_user_says() -> None:
    assert impersonation(kubeconfig(), "elsewhere") == {"Impersonate-User": "mallory"}


@pytest.mark.parametrize("more", [{"as-groups": ["a", "b"]}, {"as-user-extra": {"scopes": ["x"]}}])
def test_what_cannot_be_passed_on_is_refused_and_never_dropped(more: dict[str, Any]) -> None:
    with pytest.raises(BadInput, match="several groups or with extra fields"):
        impersonation(kubeconfig(**{"as": "carol", **more}))


def test_every_request_of_such_a_kubeconfig_says_whom_it_acts_as(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[tuple[str | None, str | None]] = []

    class Server(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            seen.append((self.headers["Impersonate-User"], self.headers["Impersonate-Group"]))
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b'{"kind": "EvalGate"}')

        def log_message(self, format: str, *args: Any) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Server) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        path = tmp_path / "kubeconfig"
        address = f"http://127.0.0.1:{server.server_port}"
        path.write_text(yaml.safe_dump(kubeconfig(address, **{"as": "carol", "as-groups": ["clinical-governance"]})))
        monkeypatch.setenv("KUBECONFIG", str(path))
        connect().object("evalgates", "ns", "triage")
        server.shutdown()
    assert seen == [("carol", "clinical-governance")]


def _said(capfd: pytest.CaptureFixture[str], *words: str) -> str:
    """What `preceptor approve` says to a kubeconfig that names no cluster."""
    load_commands("approve")
    with patch.object(sys, "argv", ["preceptor", "approve", "triage", "-n", "team", *words]):
        assert guarded(app) == Exit.BAD_INPUT
    return capfd.readouterr().err


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("garbage\n", "is no kubeconfig, which is a mapping of clusters, contexts and users"),
        ("", "is no kubeconfig, which is a mapping of clusters, contexts and users"),
        ("a: [\n", "line 2 is no YAML"),
        (b"\xff\xfe\x00", "is no YAML"),
        ("contexts: 5\n", "its contexts are no list"),
        ("contexts: [5]\n", "number 1 of its contexts has no name or no context"),
        ("users: [{name: a, user: 5}]\n", "number 1 of its users has no name or no user"),
        ("a: 1\n", "names no current context: name one with --context; it has no context"),
        ("current-context: [1]\n", "has no current context '[1]'"),
        ("current-context: a\ncontexts: [{name: a}]\n", "Context 'a'"),
        (
            "current-context: a\ncontexts: [{name: a, context: {cluster: c}}]\nclusters: [{name: c}]\n",
            "Cluster 'c'",
        ),
        (yaml.safe_dump(kubeconfig("https://x", **{"client-certificate-data": "a"})), "cannot be used"),
        (yaml.safe_dump(kubeconfig("https://x", **{"client-certificate": "none.pem"})), "none.pem"),
    ],
)
def test_a_damaged_kubeconfig_is_the_callers_to_mend(
    content: str | bytes,
    said: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    path = tmp_path / "mine"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    monkeypatch.setenv("KUBECONFIG", str(path))
    sentence = _said(capfd)
    assert said in sentence
    assert str(path) in sentence


def test_a_context_that_is_not_there_is_told_with_those_that_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "mine"
    path.write_text(yaml.safe_dump(kubeconfig()))
    monkeypatch.setenv("KUBECONFIG", f"{tmp_path / 'none'}:{path}")
    sentence = _said(capfd, "--context", "zz")
    assert "has no context 'zz'; it has 'elsewhere', 'team'" in sentence


def test_a_kubeconfig_that_is_not_there_is_said_to_be_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("KUBECONFIG", str(tmp_path / "none"))
    assert f"There is no kubeconfig {tmp_path / 'none'}" in _said(capfd)


def test_the_first_of_several_kubeconfigs_that_has_a_name_decides_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, other = tmp_path / "one", tmp_path / "other"
    one.write_text(yaml.safe_dump({**kubeconfig(), "contexts": [], "current-context": None}))
    other.write_text(yaml.safe_dump({**kubeconfig(), "clusters": None, "users": []}))
    monkeypatch.setenv("KUBECONFIG", f"{one}:{other}")
    connect("team")
