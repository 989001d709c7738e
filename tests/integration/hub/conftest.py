"""A hub on this machine's loopback address, with one model, for the real huggingface_hub to talk to."""

import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from hub_server import Hub, Repository

COMMIT = "0123456789abcdef0123456789abcdef01234567"
NAME = "clinic/tiny"
CARD = "---\nlicense: apache-2.0\ntags: [a]\n---\n# A model\n"


@dataclass
class Served:
    """The hub, the one model on it, and where it is reached."""

    hub: Hub
    model: Repository
    url: str

    @property
    def downloads(self) -> list[str]:
        """Paths of files whose bytes were asked for."""
        return [path for method, path in self.hub.asked if method == "GET" and not path.startswith("/api/")]


def fill(folder: Path) -> None:
    """A repository with what a model has, and with what must never be downloaded."""
    (folder / "onnx").mkdir(parents=True)
    for name, content in {
        "README.md": CARD,
        "LICENSE": "Apache",
        "config.json": '{"model_type": "x"}',
        "chat_template.jinja": "{{ messages }}",
        "model.safetensors": "w" * 5000,
        "tokenizer.json": "t" * 2000,
        "tokenizer_config.json": "{}",
        "vocab.txt": "a\nb\n",
        # A manifest, pickles, code, and other programs' forms of the same model.
        "manifest.json": "{}",
        ".gitattributes": "x",
        "pytorch_model.bin": "pickle",
        "training_args.bin": "pickle",
        "modeling_tiny.py": "import os",
        "consolidated.safetensors": "w" * 5000,
        "onnx/config.json": "{}",
    }.items():
        (folder / name).write_text(content)


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
