"""Which model lies on the hub of these tests?"""

from dataclasses import dataclass
from pathlib import Path

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
