"""Does progress arrive when it can, and harm nothing when it cannot?"""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

from preceptor.api.jobs import ProgressEndpoint
from preceptor_trainer import progress
from preceptor_trainer.loop import Step
from preceptor_trainer.progress import Progress, document


def step(number: int, total: int = 4) -> Step:
    return Step(
        step=number,
        total=total,
        loss=0.5,
        gradient_norm=1.0,
        learning_rate=1e-3,
        tokens=100,
        tokens_per_second=200.0,
        seconds=2.0 * number,
    )


class Operator:
    """A server that keeps what is posted; it answers with ``status``."""

    def __init__(self) -> None:
        self.posts: list[tuple[str, dict[str, Any]]] = []
        self.arrived = threading.Event()
        self.status = 200
        # Answered first, one after the other.
        self.statuses: list[int] = []
        keeper = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                keeper.posts.append((self.headers["Authorization"], body["trainerStatus"]))
                self.send_response(keeper.statuses.pop(0) if keeper.statuses else keeper.status)
                self.end_headers()
                keeper.arrived.set()

            def log_message(self, *_: object) -> None:
                pass

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/progress"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


@pytest.fixture
def operator() -> Iterator[Operator]:
    operator = Operator()
    yield operator
    operator.server.shutdown()
    operator.server.server_close()


def endpoint(operator: Operator, token: Path) -> ProgressEndpoint:
    return ProgressEndpoint(url=operator.url, ca_file="/nowhere", token_file=str(token))


def test_a_step_is_told_in_the_protocol_of_transformers() -> None:
    assert document(step(1)) == {
        "trainerStatus": {
            "progressPercentage": 25,
            "estimatedRemainingSeconds": 6,
            "metrics": [
                {"name": "step", "value": "1"},
                {"name": "total", "value": "4"},
                {"name": "loss", "value": "0.500000"},
                {"name": "tokens_per_second", "value": "200.0"},
            ],
        }
    }


def test_the_first_and_the_last_step_always_arrive_with_the_token_of_the_moment(
    operator: Operator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(progress, "INTERVAL_SECONDS", 3600.0)
    token = tmp_path / "token"
    token.write_text("one\n")
    told = Progress(endpoint(operator, token))
    told.show(step(1))
    assert operator.arrived.wait(30)
    token.write_text("two\n")
    told.show(step(2))
    told.show(step(4))
    told.close()
    assert [(bearer, post["progressPercentage"]) for bearer, post in operator.posts] == [
        ("Bearer one", 25),
        ("Bearer two", 100),
    ]


def test_an_operator_that_fails_or_a_missing_token_fails_nothing(operator: Operator, tmp_path: Path) -> None:
    operator.status = 500
    for token in (tmp_path / "missing", tmp_path / "token"):
        (tmp_path / "token").write_text("one")
        told = Progress(endpoint(operator, token))
        told.show(step(1))
        told.close()
    assert 1 <= len(operator.posts) <= progress.LAST_TRIES + 1


def test_without_an_endpoint_only_lines_are_printed(capsys: pytest.CaptureFixture[str]) -> None:
    told = Progress(None)
    for number in (1, 2, 3, 4):
        told.show(step(number))
    told.close()
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[1] for line in lines] == ["1/4", "4/4"]


def test_a_last_word_that_a_standby_refuses_is_said_again(operator: Operator, tmp_path: Path) -> None:
    token = tmp_path / "token"
    token.write_text("one")
    operator.statuses = [503, 503]
    told = Progress(endpoint(operator, token))
    told.show(step(4))
    told.close()
    assert [post["progressPercentage"] for _, post in operator.posts] == [100, 100, 100]
