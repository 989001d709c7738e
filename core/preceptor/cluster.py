"""What does the API server say to the person at this terminal?

Needs the extra ``preceptor[cluster]``; the ``kubernetes`` package is imported when the first command asks for it.
"""

import json
import os
from collections.abc import Mapping, Sequence
from typing import Any, Protocol
from urllib.parse import quote

from preceptor import kubeconfig
from preceptor.api.base import GROUP, VERSION
from preceptor.exits import BadInput, CheckFailed, PreceptorError, TryAgain

TIMEOUT_SECONDS = 30.0
# The API server refuses to issue tokens for less.
TOKEN_SECONDS = 600


class Denied(CheckFailed):
    """The API server said no; the sentence is its own."""

    reason = "Denied"


class NotFound(BadInput):
    """There is no such object."""

    reason = "NotFound"


class Conflict(TryAgain):
    """Somebody else changed the object in between."""

    reason = "Conflict"


class Transport(Protocol):
    """Sends one request to the API server."""

    def send(
        self, method: str, path: str, *, body: Any = None, headers: Mapping[str, str] | None = None
    ) -> tuple[int, bytes]:
        """The answer's HTTP status and body. Raises TryAgain when there is none."""
        ...


class Cluster:
    """The few calls that the command line makes."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def object(self, plural: str, namespace: str, name: str) -> dict[str, Any]:
        """One of our custom resources. Raises NotFound or Denied."""
        path = _custom(plural, namespace, name)
        return self._json("GET", path, what=f"{_KINDS[plural]} {name} in {namespace}")

    def json_patch(
        self, plural: str, namespace: str, name: str, operations: Sequence[Mapping[str, Any]], *, manager: str
    ) -> dict[str, Any]:
        """Patch a custom resource's spec. Raises Denied with the API server's words, NotFound, or Conflict."""
        return self._json(
            "PATCH",
            f"{_custom(plural, namespace, name)}?fieldManager={quote(manager)}&fieldValidation=Strict",
            body=list(operations),
            headers={"Content-Type": "application/json-patch+json"},
            what=f"{_KINDS[plural]} {name} in {namespace}",
        )

    def username(self) -> str:
        """Who the API server says the caller is (SelfSubjectReview)."""
        review = {"apiVersion": "authentication.k8s.io/v1", "kind": "SelfSubjectReview"}
        answer = self._json(
            "POST", "/apis/authentication.k8s.io/v1/selfsubjectreviews", body=review, what="your own identity"
        )
        username = answer.get("status", {}).get("userInfo", {}).get("username")
        if not isinstance(username, str) or not username:
            raise TryAgain("The API server did not say who you are: check your kubeconfig.")
        return username

    def token(self, namespace: str, service_account: str, audience: str) -> str:
        """A short-lived token of a service account for one audience (TokenRequest). Raises Denied or NotFound."""
        request = {
            "apiVersion": "authentication.k8s.io/v1",
            "kind": "TokenRequest",
            "spec": {"audiences": [audience], "expirationSeconds": TOKEN_SECONDS},
        }
        answer = self._json(
            "POST",
            f"/api/v1/namespaces/{quote(namespace, safe='')}/serviceaccounts/{quote(service_account, safe='')}/token",
            body=request,
            what=f"service account {service_account} in {namespace}",
        )
        token = answer.get("status", {}).get("token")
        if not isinstance(token, str) or not token:
            raise TryAgain("The API server issued no token: try again.")
        return token

    def through_service(
        self, namespace: str, service: str, port: int, path: str, *, headers: Mapping[str, str]
    ) -> tuple[int, bytes]:
        """GET a path of a Service through the API server's proxy: the status and body of whoever answered."""
        place = f"/api/v1/namespaces/{quote(namespace, safe='')}/services/http:{quote(service, safe='')}:{port}/proxy"
        return self._transport.send("GET", place + path, headers=headers)

    def _json(
        self, method: str, path: str, *, what: str, body: Any = None, headers: Mapping[str, str] | None = None
    ) -> dict[str, Any]:
        status, content = self._transport.send(method, path, body=body, headers=headers)
        document = parsed(content)
        if 200 <= status < 300 and document is not None:
            return document
        raise failure(status, document, what)


def failure(status: int, document: Mapping[str, Any] | None, what: str) -> PreceptorError:
    """The API server's refusal as a sentence."""
    said = document.get("message") if document else None
    words = said.strip() if isinstance(said, str) and said.strip() else f"HTTP {status}"
    if status == 404:
        return NotFound(f"There is no {what}: check the name and namespace ({words}).")
    if status == 409:
        return Conflict(f"Somebody changed {what} at the same time: run the command again.")
    if status == 401:
        return Denied("The API server does not know you: check the user of your kubeconfig.", reason="Unauthorized")
    if status in (400, 403, 422):
        return Denied(f"The API server refused {what}: {words}")
    return TryAgain(f"The API server failed on {what}: {words}.")


def parsed(content: bytes) -> dict[str, Any] | None:
    """A JSON object, or None for anything else."""
    try:
        document = json.loads(content)
    except ValueError:
        return None
    return document if isinstance(document, dict) else None


def connect(context: str | None = None) -> Cluster:
    """The cluster of the present kubeconfig (KUBECONFIG or ~/.kube/config), or of the pod that this runs in.

    A kubeconfig whose user acts as somebody else (``as``) is obeyed as kubectl obeys it: the package alone would act as
    the user itself, and an administrator would sign under another name than they were told.

    Raises BadInput when there is neither, the kubeconfig is damaged or lacks the context, or the extra
    ``preceptor[cluster]`` is not installed.
    """
    try:
        from kubernetes import client, config
        from kubernetes.config import ConfigException
    except ImportError:
        raise BadInput(
            "This command needs the Kubernetes client: install preceptor[cluster].", reason="ExtraMissing"
        ) from None
    settings = client.Configuration()
    if "KUBERNETES_SERVICE_HOST" in os.environ and "KUBECONFIG" not in os.environ and context is None:
        try:
            config.load_incluster_config(client_configuration=settings)  # type: ignore[no-untyped-call]
        except (ConfigException, OSError) as error:
            raise BadInput(
                f"No cluster is configured ({type(error).__name__}): set KUBECONFIG, or name a context with --context.",
                reason="NoCluster",
            ) from None
        return Cluster(_KubernetesTransport(client.ApiClient(settings), {}))
    # Read from the environment again: the package does so only when it is imported.
    location = os.environ.get("KUBECONFIG") or kubeconfig.DEFAULT
    kubeconfig.check(location, context)
    try:
        config.load_kube_config(location, context, settings)  # type: ignore[no-untyped-call]
        merged = config.kube_config.KubeConfigMerger(location)  # type: ignore[no-untyped-call]
        api = client.ApiClient(settings)
    except Exception as error:
        # What the package says may quote a key; of its sentences only the one of a missing certificate is repeated.
        said = str(error) if isinstance(error, ConfigException) and "File does not exist" in str(error) else ""
        raise BadInput(
            f"The kubeconfig {location} cannot be used ({said or type(error).__name__}): correct its certificates, "
            "keys and addresses, or set KUBECONFIG to another.",
            reason="NoCluster",
        ) from None
    return Cluster(_KubernetesTransport(api, impersonation(merged.config.value, context)))


def impersonation(kubeconfig: Mapping[str, Any], context: str | None = None) -> dict[str, str]:
    """The headers by which a kubeconfig's user acts as somebody else; empty where it acts as itself.

    Raises BadInput where it cannot be said in one header each: several groups or extra fields, which are never dropped.
    """
    chosen = context or kubeconfig.get("current-context")
    contexts = {each.get("name"): each.get("context") or {} for each in _entries(kubeconfig, "contexts")}
    users = {each.get("name"): each.get("user") or {} for each in _entries(kubeconfig, "users")}
    user = users.get(contexts.get(chosen, {}).get("user"), {})
    groups = user.get("as-groups") or []
    if len(groups) > 1 or user.get("as-user-extra"):
        raise BadInput(
            "The kubeconfig's user acts as somebody with several groups or with extra fields, which this command "
            "cannot pass on: use a kubeconfig of that person's own.",
            reason="ImpersonationUnsupported",
        )
    named = {"Impersonate-User": user.get("as"), "Impersonate-Uid": user.get("as-uid")}
    named |= {"Impersonate-Group": groups[0]} if groups else {}
    return {name: str(value) for name, value in named.items() if value}


def _entries(kubeconfig: Mapping[str, Any], field: str) -> list[dict[str, Any]]:
    """A list of a kubeconfig, out of the package's own nodes where it has them."""
    found = kubeconfig.get(field) or []
    plain = getattr(found, "value", found)
    return [getattr(each, "value", each) for each in plain]


class _KubernetesTransport:
    def __init__(self, api: Any, headers: Mapping[str, str]) -> None:
        self._api = api
        self._headers = headers

    def send(
        self, method: str, path: str, *, body: Any = None, headers: Mapping[str, str] | None = None
    ) -> tuple[int, bytes]:
        from kubernetes.client import ApiException
        from urllib3.exceptions import HTTPError

        sent = {"Accept": "application/json", **(headers or {}), **self._headers}
        if body is not None:
            sent.setdefault("Content-Type", "application/json")
        try:
            prepared = self._api.param_serialize(
                method, path, header_params=sent, body=body, auth_settings=["BearerToken"]
            )
            response = self._api.call_api(*prepared, _request_timeout=TIMEOUT_SECONDS)
            return int(response.status), bytes(response.read() or b"")
        except (HTTPError, ApiException, OSError) as error:
            raise TryAgain(
                f"The API server did not answer ({type(error).__name__}): check that the cluster is up, then try again."
            ) from None


_KINDS = {"adapterreleases": "AdapterRelease", "evalgates": "EvalGate", "finetuneruns": "FineTuneRun"}


def _custom(plural: str, namespace: str, name: str) -> str:
    return f"/apis/{GROUP}/{VERSION}/namespaces/{quote(namespace, safe='')}/{plural}/{quote(name, safe='')}"
