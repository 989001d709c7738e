"""How does whoever waits learn where the training is?"""

from __future__ import annotations

import ssl
import threading
import time
from pathlib import Path
from typing import Any

from preceptor.api.jobs import ProgressEndpoint
from preceptor_trainer.loop import Step

INTERVAL_SECONDS = 1.0
TIMEOUT_SECONDS = 2.0
# A server that does not answer is asked less often.
PAUSE_SECONDS = 5.0
# How often the last word is tried.
LAST_TRIES = 3


def document(step: Step) -> dict[str, Any]:
    """The body that transformers' KubeflowCallback posts; values of metrics are strings."""
    left = (step.total - step.step) * step.seconds / step.step if step.step else 0.0
    metrics = {
        "step": str(step.step),
        "total": str(step.total),
        "loss": f"{step.loss:.6f}",
        "tokens_per_second": f"{step.tokens_per_second:.1f}",
    }
    return {
        "trainerStatus": {
            "progressPercentage": 100 * step.step // step.total,
            "estimatedRemainingSeconds": round(left),
            "metrics": [{"name": name, "value": value} for name, value in metrics.items()],
        }
    }


class Progress:
    """Prints a line, and posts to the operator from a thread of its own: a slow operator never slows a step."""

    def __init__(self, endpoint: ProgressEndpoint | None) -> None:
        self._endpoint = endpoint
        self._changed = threading.Condition()
        self._latest: dict[str, Any] | None = None
        self._closed = False
        self._printed = 0.0
        self._thread = threading.Thread(target=self._post_all, name="progress", daemon=True)
        if endpoint is not None:
            self._thread.start()

    def show(self, step: Step) -> None:
        """Tell one step; all but the first and last are told at most once a second."""
        now = time.monotonic()
        if step.step in (1, step.total) or now - self._printed >= INTERVAL_SECONDS:
            self._printed = now
            print(
                f"step {step.step}/{step.total}  loss {step.loss:.4f}  {step.tokens_per_second:.0f} tokens/s  "
                f"{step.seconds:.0f} s",
                flush=True,
            )
        if self._endpoint is not None:
            with self._changed:
                self._latest = document(step)
                self._changed.notify()

    def close(self) -> None:
        """Post what is left, within seconds, whatever the server does."""
        with self._changed:
            self._closed = True
            self._changed.notify()
        if self._endpoint is not None:
            self._thread.join(timeout=2 * TIMEOUT_SECONDS)

    def _post_all(self) -> None:
        import httpx

        endpoint = self._endpoint
        assert endpoint is not None
        last_tries = LAST_TRIES
        with httpx.Client(verify=_trust(endpoint.ca_file), timeout=TIMEOUT_SECONDS, trust_env=False) as client:
            while True:
                with self._changed:
                    self._changed.wait_for(lambda: self._closed or self._latest is not None)
                    body, self._latest = self._latest, None
                    if body is None:
                        return
                sent = _post(client, endpoint, body)
                with self._changed:
                    last_tries -= self._closed
                    if not sent and self._latest is None and last_tries > 0:
                        # A standby of the operator, say: another connection may lead to the replica that works.
                        self._latest = body
                    # Waking early is right only to say the last word.
                    self._changed.wait_for(lambda: self._closed, timeout=INTERVAL_SECONDS if sent else PAUSE_SECONDS)


def _post(client: Any, endpoint: ProgressEndpoint, body: dict[str, Any]) -> bool:
    """Whether the server took it. Progress is best effort: no failure here fails a training."""
    try:
        # The kubelet renews the token while the training runs.
        token = Path(endpoint.token_file).read_text(encoding="utf-8").strip()
        answer = client.post(endpoint.url, json=body, headers={"Authorization": f"Bearer {token}"})
    except Exception:
        return False
    return bool(answer.is_success)


def _trust(ca_file: str) -> ssl.SSLContext:
    try:
        return ssl.create_default_context(cafile=ca_file)
    except OSError:
        # Without its authority the operator is not trusted, and no progress arrives: nothing worse.
        return ssl.create_default_context()
