"""Is there exactly one audit event for a request, however its connection or the gateway's process ends?"""

import contextlib
import json
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest
from gateway_fakes import AS_OPERATOR, question
from tests.ports import free_port

from preceptor.api.gateway import ADMIN_PATH

# How long a request may run on after SIGTERM.
SHUTDOWN_SECONDS = 1
REQUEST = json.dumps(question()).encode()


def eventually(holds: Callable[[], object], what: str) -> None:
    # Long enough for a process to start on a machine that does much else.
    deadline = time.monotonic() + 180
    while not holds():
        assert time.monotonic() < deadline, what
        time.sleep(0.02)


@dataclass
class Gateway:
    """A gateway in a process of its own that serves a candidate."""

    folder: Path
    port: int = field(default_factory=free_port)

    @contextlib.contextmanager
    def running(self) -> Iterator[None]:
        (self.folder / "world").mkdir()
        self.process = subprocess.Popen(
            [sys.executable, "gateway_server.py", str(self.folder), str(self.port), str(SHUTDOWN_SECONDS)],
            cwd=Path(__file__).parent,
            stderr=(self.folder / "log").open("wb"),
        )
        try:
            eventually(self._serves, "the gateway does not start")
            yield
        finally:
            self.process.kill()
            self.process.wait()

    def _serves(self) -> bool:
        try:
            handover = json.loads((self.folder / "handover.json").read_text())
            reported = httpx.put(f"http://127.0.0.1:{self.port}{ADMIN_PATH}", json=handover, headers=AS_OPERATOR)
        except (OSError, ValueError, httpx.TransportError):
            assert self.process.poll() is None, (self.folder / "log").read_text()
            return False
        return bool(reported.json()["state"] == "Serving")

    def send(self, body: bytes, *, announced: int | None = None) -> socket.socket:
        """Send a chat request, or as much of it as there is of the body that was announced."""
        connection = socket.create_connection(("127.0.0.1", self.port), timeout=30)
        head = f"POST /v1/chat/completions HTTP/1.1\r\nHost: here\r\nContent-Length: {announced or len(body)}\r\n\r\n"
        connection.sendall(head.encode() + body)
        return connection

    def asked(self) -> None:
        """Wait until the model was asked."""
        eventually((self.folder / "started").exists, "the model was not asked")

    def let_go(self) -> None:
        (self.folder / "go").touch()

    def events(self) -> list[dict[str, Any]]:
        lines = (self.folder / "records.jsonl").read_text().splitlines()
        return [record["body"] for record in map(json.loads, lines) if record["kind"] == "inference"]

    def ends(self) -> None:
        """Send SIGTERM, and wait until the process has gone."""
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(30)


@pytest.fixture
def gateway(tmp_path: Path) -> Iterator[Gateway]:
    gateway = Gateway(tmp_path)
    with gateway.running():
        yield gateway


def received(connection: socket.socket) -> bytes:
    """Everything that still comes."""
    parts = []
    with contextlib.suppress(ConnectionError):
        while part := connection.recv(65536):
            parts.append(part)
    return b"".join(parts)


def told(events: list[dict[str, Any]]) -> list[tuple[str, int, str | None]]:
    return [(event["outcome"], event["status"], event.get("reason")) for event in events]


GONE = ("disconnected", 499, "ClientDisconnected")
STOPPED = ("failed", 503, "ShuttingDown")


def test_a_client_that_goes_is_recorded_once_and_its_place_is_free_again(gateway: Gateway) -> None:
    with gateway.send(REQUEST[:10], announced=len(REQUEST)):
        pass
    eventually(lambda: len(gateway.events()) == 1, "the half-sent request is not recorded")
    with gateway.send(REQUEST):
        gateway.asked()
    eventually(lambda: len(gateway.events()) == 2, "the request whose client went is not recorded")
    assert gateway.events()[1]["promptHash"]
    # One that waits behind the abandoned answer goes, too, before the model ever sees it.
    with gateway.send(REQUEST):
        pass
    eventually(lambda: len(gateway.events()) == 3, "the waiting request whose client went is not recorded")
    gateway.let_go()
    answer = httpx.post(f"http://127.0.0.1:{gateway.port}/v1/chat/completions", json=question(), timeout=30)
    assert answer.status_code == 200
    assert told(gateway.events()) == [GONE, GONE, GONE, ("answered", 200, None)]
    gateway.ends()
    assert len(gateway.events()) == 4


def test_what_runs_when_the_gateway_is_told_to_stop_is_recorded_once_and_not_answered(gateway: Gateway) -> None:
    whole = gateway.send(REQUEST)
    gateway.asked()
    half = gateway.send(REQUEST[:10], announced=len(REQUEST))
    time.sleep(0.2)
    # Longer than the server waits after it has cancelled: the record counts, not its patience.
    (gateway.folder / "slow").write_text("2")
    gateway.ends()
    for connection in (whole, half):
        answer = received(connection)
        assert b" 503 " in answer
        assert b"shutting down" in answer
        connection.close()
    assert told(gateway.events()) == [STOPPED, STOPPED]
    assert len({event["requestId"] for event in gateway.events()}) == 2


def test_an_answer_that_is_being_recorded_when_the_gateway_is_told_to_stop_leaves_with_its_record(
    gateway: Gateway,
) -> None:
    gateway.let_go()
    (gateway.folder / "slow").write_text("3")
    with gateway.send(REQUEST) as connection:
        gateway.asked()
        gateway.ends()
        answer = received(connection)
    assert b" 200 " in answer
    assert b"Rest and drink water" in answer
    assert told(gateway.events()) == [("answered", 200, None)]
