"""Is somebody let in only when the API server says who it is, for the audience asked?"""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from preceptor.exits import PreceptorError
from preceptor.identity import (
    TOKEN_LIMIT,
    Identity,
    IdentityUnknown,
    NotAllowed,
    NotAuthenticated,
    identity_of,
    token_of,
    token_review,
)
from preceptor_eval.authentication import CACHE_SECONDS, TokenAuthenticator, http_status

AUDIENCE = "preceptor-audit"
USER = {
    "username": "system:serviceaccount:preceptor-system:preceptor-operator",
    "groups": ["system:serviceaccounts", "system:authenticated"],
    "extra": {"authentication.kubernetes.io/pod-name": ["operator-1"]},
}


def review(**status: Any) -> dict[str, Any]:
    answer = {"authenticated": True, "user": USER, "audiences": [AUDIENCE], **status}
    return {"kind": "TokenReview", "apiVersion": "authentication.k8s.io/v1", "status": answer}


def test_an_accepted_token_gives_user_groups_and_pod() -> None:
    assert identity_of(review(), AUDIENCE) == Identity(USER["username"], frozenset(USER["groups"]), "operator-1")


@pytest.mark.parametrize("extra", [None, {}, {"authentication.kubernetes.io/pod-name": ["a", "b"]}, "text"])
def test_a_token_that_is_bound_to_no_single_pod_proves_no_pod(extra: Any) -> None:
    assert identity_of(review(user={**USER, "extra": extra}), AUDIENCE).pod_name is None


@pytest.mark.parametrize(
    "status",
    [
        {"authenticated": False},
        {"authenticated": None},
        {"authenticated": "true"},
        {"authenticated": 1},
        {"audiences": []},
        {"audiences": None},
        {"audiences": ["https://kubernetes.default.svc"]},
        {"audiences": AUDIENCE},
        {"authenticated": False, "error": "token eyJ is expired"},
    ],
)
def test_a_token_that_the_api_server_refuses_is_refused(status: dict[str, Any]) -> None:
    with pytest.raises(NotAuthenticated) as caught:
        identity_of(review(**status), AUDIENCE)
    assert "eyJ" not in str(caught.value)


@pytest.mark.parametrize(
    "answer",
    [None, [], {}, {"kind": "Status", "status": "Failure"}, {"kind": "TokenReview"}, {**review(), "kind": "Pod"}]
    + [review(user=user) for user in (None, {}, {"username": ""}, {"username": 7}, "name")],
)
def test_an_answer_that_names_nobody_lets_nobody_in(answer: Any) -> None:
    with pytest.raises(IdentityUnknown):
        identity_of(answer, AUDIENCE)


@pytest.mark.parametrize(
    "header", [None, "", "Bearer", "Bearer ", "Basic abc", "abc", "Bearer é", "Bearer " + "a" * 20_000]
)
def test_a_header_without_a_usable_token_is_refused(header: str | None) -> None:
    with pytest.raises(NotAuthenticated):
        token_of(header)


def test_the_scheme_of_the_header_is_case_insensitive() -> None:
    assert token_of("bearer abc") == "abc"


@pytest.mark.parametrize(
    ("error", "status"), [(NotAuthenticated("x"), 401), (NotAllowed("x"), 403), (IdentityUnknown("x"), 503)]
)
def test_each_failure_has_its_http_status(error: PreceptorError, status: int) -> None:
    assert http_status(error) == status


class Server:
    """An API server that answers TokenReviews, and counts them."""

    def __init__(self, tmp_path: Path, answer: Callable[[httpx.Request], httpx.Response] | None = None) -> None:
        self.requests: list[httpx.Request] = []
        self.now = 0.0
        self.answer = answer or (lambda request: httpx.Response(201, json=review()))
        self.token_file = tmp_path / "token"
        self.token_file.write_text("own-1\n")
        self.authenticator = TokenAuthenticator(
            server="https://api",
            token_file=self.token_file,
            clock=lambda: self.now,
            transport=httpx.MockTransport(self._handle),
        )

    def _handle(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        return self.answer(request)


async def test_the_api_server_is_asked_under_the_pods_own_token(tmp_path: Path) -> None:
    server = Server(tmp_path)
    await server.authenticator.identify("theirs", AUDIENCE)
    server.token_file.write_text("own-2")
    await server.authenticator.identify("another", AUDIENCE)
    assert [r.headers["authorization"] for r in server.requests] == ["Bearer own-1", "Bearer own-2"]
    assert json.loads(server.requests[0].content) == token_review("theirs", AUDIENCE)
    assert server.requests[0].url.path == "/apis/authentication.k8s.io/v1/tokenreviews"


async def test_an_accepted_token_is_remembered_for_a_minute_at_most(tmp_path: Path) -> None:
    assert CACHE_SECONDS <= 60
    server = Server(tmp_path)
    for now in (0, CACHE_SECONDS - 1, CACHE_SECONDS, CACHE_SECONDS + 1):
        server.now = now
        await server.authenticator.identify("theirs", AUDIENCE)
    assert len(server.requests) == 2


async def test_a_token_is_remembered_for_its_audience_only(tmp_path: Path) -> None:
    server = Server(tmp_path)
    await server.authenticator.identify("theirs", AUDIENCE)
    with pytest.raises(NotAuthenticated):
        await server.authenticator.identify("theirs", "preceptor-gateway")


async def test_a_refused_token_is_asked_about_again(tmp_path: Path) -> None:
    server = Server(tmp_path, lambda request: httpx.Response(201, json=review(authenticated=False)))
    for _ in range(2):
        with pytest.raises(NotAuthenticated):
            await server.authenticator.identify("theirs", AUDIENCE)
    assert len(server.requests) == 2


async def test_no_token_is_kept_in_the_clear(tmp_path: Path) -> None:
    server = Server(tmp_path)
    await server.authenticator.identify("their-secret", AUDIENCE)
    assert "their-secret" not in repr(vars(server.authenticator))


def failing(request: httpx.Request) -> httpx.Response:
    raise httpx.ConnectError("refused, Bearer theirs")


@pytest.mark.parametrize(
    "answer",
    [
        failing,
        lambda request: httpx.Response(500),
        lambda request: httpx.Response(403, json={"kind": "Status"}),
        lambda request: httpx.Response(201, content=b"<html>"),
        lambda request: httpx.Response(302, headers={"location": "https://elsewhere"}),
    ],
)
async def test_nobody_is_let_in_when_the_api_server_gives_no_answer(
    tmp_path: Path, answer: Callable[[httpx.Request], httpx.Response]
) -> None:
    server = Server(tmp_path, answer)
    with pytest.raises(IdentityUnknown) as caught:
        await server.authenticator.identify("theirs", AUDIENCE)
    assert "theirs" not in str(caught.value)


async def test_nobody_is_let_in_when_the_pod_has_no_token(tmp_path: Path) -> None:
    server = Server(tmp_path)
    server.token_file.unlink()
    with pytest.raises(IdentityUnknown):
        await server.authenticator.identify("theirs", AUDIENCE)
    assert server.requests == []


@pytest.mark.parametrize("token", ["", "x" * (TOKEN_LIMIT + 1)])
async def test_a_token_of_impossible_length_is_never_sent(tmp_path: Path, token: str) -> None:
    server = Server(tmp_path)
    with pytest.raises(NotAuthenticated):
        await server.authenticator.identify(token, AUDIENCE)
    assert server.requests == []


async def test_outside_a_pod_nobody_is_let_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("KUBERNETES_SERVICE_HOST", raising=False)
    (tmp_path / "token").write_text("own")
    authenticator = TokenAuthenticator(
        token_file=tmp_path / "token", transport=httpx.MockTransport(lambda request: httpx.Response(201, json=review()))
    )
    with pytest.raises(IdentityUnknown):
        await authenticator.identify("theirs", AUDIENCE)
