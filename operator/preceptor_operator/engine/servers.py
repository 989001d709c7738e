"""What does the operator answer over HTTP?"""

import json
import ssl
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from preceptor.api.finetunerun import Progress
from preceptor.exits import PreceptorError
from preceptor.identity import REVIEW_PATH, Identity, NotAllowed, identity_of, token_of, token_review
from preceptor_operator.edges.api import Api, ApiError
from preceptor_operator.shared.clock import rfc3339

BODY_LIMIT = 65_536
LARGEST = 2**53


class ProgressBoard:
    """The latest progress of each run; only what status shows, and only for what runs now."""

    def __init__(self, seen: Callable[[str, str], None]) -> None:
        self._latest: dict[tuple[str, str], tuple[str, Progress]] = {}
        self._seen = seen

    def post(self, namespace: str, name: str, pod: str, progress: Progress) -> None:
        """Keep a report and say that it came."""
        self._latest[(namespace, name)] = (pod, progress)
        self._seen(namespace, name)

    def latest(self, namespace: str, name: str, job: str | None) -> Progress | None:
        """The newest report from a pod of this Job."""
        held = self._latest.get((namespace, name))
        return held[1] if held and job and held[0].startswith(f"{job}-") else None

    def forget(self, namespace: str, name: str) -> None:
        """The run has ended."""
        self._latest.pop((namespace, name), None)


def health_application(alive: Callable[[], bool], ready: Callable[[], bool]) -> web.Application:
    """/healthz fails when the watch is stale, /readyz until the operator works, /metrics for Prometheus."""

    async def healthz(_: web.Request) -> web.Response:
        return web.Response(text="ok") if alive() else web.Response(status=503, text="the watch is stale")

    async def readyz(_: web.Request) -> web.Response:
        return web.Response(text="ok") if ready() else web.Response(status=503, text="not started yet")

    async def metrics(_: web.Request) -> web.Response:
        return web.Response(body=generate_latest(), headers={"Content-Type": CONTENT_TYPE_LATEST})

    application = web.Application()
    application.add_routes([web.get("/healthz", healthz), web.get("/readyz", readyz), web.get("/metrics", metrics)])
    return application


def progress_application(api: Api, board: ProgressBoard, audience: str, leading: Callable[[], bool]) -> web.Application:
    """Takes progress reports in the protocol of transformers' KubeflowCallback from pods that prove who they are.

    A standby takes none, since nobody reads its board; it closes the connection, so that the next try may meet the
    replica that leads.
    """

    async def post(request: web.Request) -> web.Response:
        if not leading():
            standby = web.Response(status=503, text="This replica is a standby: try again.")
            standby.force_close()
            return standby
        namespace, name = request.match_info["namespace"], request.match_info["name"]
        try:
            identity = await _identify(api, token_of(request.headers.get("Authorization")), audience)
            pod = _own_pod(identity, namespace)
            report = progress_of(json.loads(await request.read()))
        except PreceptorError as error:
            return web.Response(status=403, text=str(error))
        except (ApiError, TimeoutError, OSError):
            return web.Response(status=503, text="The API server could not be asked who you are.")
        except (ValueError, KeyError, TypeError, AttributeError, ArithmeticError, RecursionError):
            return web.Response(status=400, text="The report is not a trainerStatus.")
        board.post(namespace, name, pod, report)
        return web.Response(status=204)

    application = web.Application(client_max_size=BODY_LIMIT)
    application.add_routes([web.post("/v1/namespaces/{namespace}/finetuneruns/{name}/progress", post)])
    return application


async def _identify(api: Api, token: str, audience: str) -> Identity:
    return identity_of(await api.request("POST", REVIEW_PATH, body=token_review(token, audience)), audience)


def _own_pod(identity: Identity, namespace: str) -> str:
    """The pod that reports. Raises NotAllowed unless its token is bound to a pod of the run's namespace."""
    if identity.pod_name is None or not identity.username.startswith(f"system:serviceaccount:{namespace}:"):
        raise NotAllowed("Progress is taken only from a pod of the run's own namespace.")
    return identity.pod_name


def progress_of(body: Any) -> Progress:
    """A Progress from a ``trainerStatus`` document.

    Raises AttributeError, KeyError, OverflowError, TypeError or ValueError when it is not one. Whatever is returned
    fits the CRD: a pod that reports nonsense must not keep its run's status from being written.
    """
    status = body["trainerStatus"]
    metrics = {str(metric["name"]): str(metric["value"]) for metric in status.get("metrics") or ()}
    step, total = int(float(metrics["step"])), int(float(metrics["total"]))
    eta = status.get("estimatedRemainingSeconds")
    if not (0 <= step <= total <= LARGEST and (eta is None or 0 <= int(eta) <= LARGEST)):
        raise ValueError("step, total or time left lies outside of what can be")
    return Progress(
        step=step,
        total=total,
        text=f"{step}/{total}",
        percentage=max(0, min(100, int(status.get("progressPercentage") or 0))),
        loss=_decimal(metrics.get("loss")),
        tokens_per_second=_decimal(metrics.get("tokens_per_second")),
        eta_seconds=int(eta) if eta is not None else None,
        updated_at=rfc3339(datetime.now(UTC)),
    )


def _decimal(text: str | None) -> str | None:
    """A decimal string as the CRD has it; what is no finite number is left out."""
    if text is None:
        return None
    number = float(text)
    return f"{number:.4f}" if abs(number) < 1e12 else None


async def serve(application: web.Application, port: int, context: ssl.SSLContext | None = None) -> web.AppRunner:
    """Serve an application on all addresses; clean it up with ``runner.cleanup()``."""
    runner = web.AppRunner(application, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "0.0.0.0", port, ssl_context=context).start()
    return runner
