"""Who does the API server say is behind this token?"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from preceptor.exits import CheckFailed, TryAgain

REVIEW_PATH = "/apis/authentication.k8s.io/v1/tokenreviews"
# No API server issues longer ones; a longer header is refused before it costs a call.
TOKEN_LIMIT = 16_384
# A projected token names its pod in this extra field of the user.
POD_NAME = "authentication.kubernetes.io/pod-name"


class NotAuthenticated(CheckFailed):
    """No token, or one that the API server does not accept for this audience: HTTP 401."""

    reason = "NotAuthenticated"


class NotAllowed(CheckFailed):
    """A known identity that may not do this: HTTP 403."""

    reason = "NotAllowed"


class IdentityUnknown(TryAgain):
    """The API server could not be asked, so nobody is let in: HTTP 503."""

    reason = "IdentityUnknown"


@dataclass(frozen=True)
class Identity:
    """An authenticated user or service account; ``pod_name`` only where the token is bound to a pod."""

    username: str
    groups: frozenset[str] = frozenset()
    pod_name: str | None = None


def token_of(authorization: str | None) -> str:
    """The token of an ``Authorization: Bearer …`` header's value. Raises NotAuthenticated when there is none."""
    scheme, _, token = (authorization or "").partition(" ")
    token = token.strip()
    if scheme.lower() != "bearer" or not token or not token.isascii() or len(token) > TOKEN_LIMIT:
        raise NotAuthenticated("The request has no usable bearer token: send one in the header Authorization.")
    return token


def token_review(token: str, audience: str) -> dict[str, Any]:
    """The TokenReview to create at REVIEW_PATH, which asks whether a token is valid for one audience."""
    return {
        "apiVersion": "authentication.k8s.io/v1",
        "kind": "TokenReview",
        "spec": {"token": token, "audiences": [audience]},
    }


def identity_of(review: Any, audience: str) -> Identity:
    """The identity in an answered TokenReview.

    Raises NotAuthenticated when the API server refused the token or accepted it for other audiences only, and
    IdentityUnknown when the answer is not a TokenReview with a status. The API server's ``status.error`` is
    not repeated: it may quote the token.
    """
    status = review.get("status") if isinstance(review, Mapping) and review.get("kind") == "TokenReview" else None
    if not isinstance(status, Mapping):
        raise IdentityUnknown("The API server's answer to a TokenReview is not understood: nobody is let in.")
    if status.get("authenticated") is not True:
        raise NotAuthenticated(f"The API server does not accept this token for audience {audience}: use a fresh one.")
    # A server that does not know audiences answers without any: such a token was checked against nothing we asked for.
    audiences = status.get("audiences")
    if not isinstance(audiences, list) or audience not in audiences:
        raise NotAuthenticated(f"This token is not for audience {audience}: request one with that audience.")
    user = status.get("user")
    username = user.get("username") if isinstance(user, Mapping) else None
    if not isinstance(user, Mapping) or not isinstance(username, str) or not username:
        raise IdentityUnknown("The API server accepted a token but named no user: nobody is let in.")
    return Identity(username=username, groups=_groups(user), pod_name=_pod_name(user))


def _groups(user: Mapping[str, Any]) -> frozenset[str]:
    groups = user.get("groups")
    return frozenset(group for group in groups if isinstance(group, str)) if isinstance(groups, list) else frozenset()


def _pod_name(user: Mapping[str, Any]) -> str | None:
    extra = user.get("extra")
    names = extra.get(POD_NAME) if isinstance(extra, Mapping) else None
    # More than one value would be ambiguous, so it proves no pod.
    return names[0] if isinstance(names, list) and len(names) == 1 and isinstance(names[0], str) else None
