"""A hub on this machine's loopback address, with one model, for the real huggingface_hub to talk to."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from hub_server import Hub, Repository
from hub_world import COMMIT, NAME, Served, fill


@pytest.fixture
def served(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Served]:
    folder = tmp_path / "hub"
    fill(folder)
    model = Repository(folder, COMMIT)
    hub = Hub({NAME: model})
    server = hub.serve("127.0.0.1", 0)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    url = f"http://127.0.0.1:{server.server_address[1]}"
    monkeypatch.setenv("HF_ENDPOINT", url)
    monkeypatch.delenv("HF_TOKEN", raising=False)
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
    try:
        yield Served(hub, model, url)
    finally:
        server.shutdown()
        server.server_close()


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where claims are mounted; ``pvc://artifacts`` is there and empty."""
    monkeypatch.setattr("preceptor.stores.STORES", tmp_path / "stores")
    (tmp_path / "stores" / "artifacts").mkdir(parents=True)
    return tmp_path / "stores"
