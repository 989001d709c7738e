"""What does a test of the trainer need: a base model of a few kilobytes, a dataset, a job?"""

import json
import multiprocessing
import os
import shutil
import socket
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from preceptor import manifests
from preceptor.manifests import Manifest
from preceptor_trainer.conversation import Encoded

TEMPLATE = (
    "{% for message in messages %}{{ '<|' + message['role'] + '|>' + message['content'] + '<|end|>' }}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|assistant|>' }}{% endif %}"
)
SPECIALS = ["<|pad|>", "<|end|>", "<|system|>", "<|user|>", "<|assistant|>"]
LAYERS = 2


def fields(kind: str, name: str, records: int) -> dict[str, Any]:
    return {
        "kind": kind,
        "name": name,
        "provenance_id": "7d9e7d0e-8f0a-4a43-b1cc-0d6f4bb1a001",
        "source": "made by a test",
        "deid_method": "synthetic",
        "curator": "test",
        "date": "2026-01-31",
        "licence": "Apache-2.0",
        "record_count": records,
        "schema_name": "messages",
    }


def seal(folder: Path, kind: str, records: int = 0) -> Manifest:
    (folder / manifests.FILE_NAME).unlink(missing_ok=True)
    manifest = manifests.create(folder, **fields(kind, folder.name, records))
    manifests.write(manifest, folder)
    return manifest


def make_base(folder: Path) -> None:
    """A random Qwen3 of two layers that reads bytes."""
    import torch
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers
    from transformers import PreTrainedTokenizerFast, Qwen3Config, Qwen3ForCausalLM

    folder.mkdir(parents=True)
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    vocabulary = {token: number for number, token in enumerate([*SPECIALS, *alphabet])}
    tokenizer = Tokenizer(models.BPE(vocab=vocabulary, merges=[]))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.add_special_tokens(SPECIALS)
    PreTrainedTokenizerFast(tokenizer_object=tokenizer, eos_token="<|end|>", pad_token="<|pad|>").save_pretrained(
        folder
    )
    (folder / "chat_template.jinja").write_text(TEMPLATE)
    torch.manual_seed(5)
    config = Qwen3Config(
        hidden_size=32,
        intermediate_size=64,
        num_hidden_layers=LAYERS,
        num_attention_heads=2,
        num_key_value_heads=1,
        head_dim=16,
        vocab_size=len(vocabulary),
        max_position_embeddings=256,
        tie_word_embeddings=True,
        initializer_range=0.2,
        bos_token_id=None,
        eos_token_id=1,
        pad_token_id=0,
    )
    Qwen3ForCausalLM(config).save_pretrained(folder)


def make_rows(count: int) -> list[dict[str, Any]]:
    return [
        {
            "id": f"row-{number}",
            "messages": [
                {"role": "user", "content": f"my {'chest' if number % 2 else 'knee'} hurts since {number} days"},
                {"role": "assistant", "content": "EMERGENCY. Call now." if number % 2 else "ROUTINE. Rest."},
            ],
        }
        for number in range(count)
    ]


@dataclass(frozen=True)
class World:
    """Stores in a folder, as claims of these names would be mounted."""

    stores: Path

    @property
    def base(self) -> Path:
        return self.stores / "models" / "tiny"

    @property
    def dataset(self) -> Path:
        return self.stores / "datasets" / "rows"

    @property
    def artifacts(self) -> Path:
        return self.stores / "artifacts"

    def copy_base(self, name: str) -> Path:
        return Path(shutil.copytree(self.base, self.stores / "models" / name))

    def write_rows(self, rows: list[Any], name: str = "rows") -> Path:
        folder = self.stores / "datasets" / name
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        lines = (row if isinstance(row, str) else json.dumps(row) for row in rows)
        (folder / "train.jsonl").write_text("".join(f"{line}\n" for line in lines))
        seal(folder, "dataset", len(rows))
        return folder

    def job(self, run: str = "run", base: str = "tiny", dataset: str = "rows", **changes: Any) -> dict[str, Any]:
        """A job document that trains three steps; ``changes`` replace whole parts or update mappings."""
        document: dict[str, Any] = {
            "schemaVersion": 1,
            "kind": "Train",
            "owner": {"kind": "FineTuneRun", "namespace": "clinical-ai", "name": run, "uid": f"uid-of-{run}"},
            "baseModel": {"uri": f"pvc://models/{base}", "digest": self._digest("models", base)},
            "dataset": {"uri": f"pvc://datasets/{dataset}", "manifestDigest": self._digest("datasets", dataset)},
            "method": {"rank": 4, "alpha": 8, "dropout": "0.1"},
            "training": {"maxSteps": 3, "batchSize": 4, "maxLength": 96, "learningRate": "1e-2", "warmupRatio": "0.1"},
            "reproducibility": {"mode": "deterministic", "seed": 3},
            "outputUri": f"pvc://artifacts/{run}",
        }
        for name, change in changes.items():
            document[name] = document[name] | change if isinstance(document.get(name), dict) else change
        return document

    def write_job(self, run: str = "run", **changes: Any) -> Path:
        path = self.stores / f"{run}.json"
        path.write_text(json.dumps(self.job(run, **changes)))
        return path

    def _digest(self, claim: str, name: str) -> str:
        folder = self.stores / claim / name
        return manifests.read(folder).digest if folder.exists() else "sha256:" + "0" * 64

    def write_config(self, name: str = "config", **changes: Any) -> Path:
        """A configuration that trains six steps with a checkpoint after each; ``changes`` update mappings."""
        import yaml

        document: dict[str, Any] = {
            "baseModel": {"uri": "models/tiny"},
            "dataset": {"uri": "datasets/rows"},
            "method": {"rank": 4, "alpha": 8, "dropout": "0.1"},
            "training": {
                "maxSteps": 6,
                "epochs": 2,
                "batchSize": 4,
                "maxLength": 96,
                "learningRate": "1e-2",
                "saveSteps": 1,
            },
            "reproducibility": {"mode": "invariant", "seed": 3},
        }
        for field, change in changes.items():
            document[field] = document[field] | change if isinstance(document.get(field), dict) else change
        path = self.stores / f"{name}.yaml"
        path.write_text(yaml.safe_dump(document, sort_keys=False))
        return path


@dataclass(frozen=True)
class Gang:
    """What the ranks of one training ended with."""

    codes: tuple[int, ...]
    outputs: tuple[str, ...]
    errors: tuple[str, ...]

    @property
    def digest(self) -> str:
        """The last line that the first rank printed."""
        assert self.codes == (0,) * len(self.codes), self.errors
        return self.outputs[0].splitlines()[-1]


def gang(config: Path, out: Path, size: int = 1, *more: str, hook: Callable[[int], None] | None = None) -> Gang:
    """Train on so many ranks, each a process forked from this one, which has imported torch already.

    ``hook`` is called in each process with its rank before the training.
    """
    from preceptor_trainer.main import run

    folder = config.parent / f"gang-{out.name}-{time.monotonic_ns()}"
    folder.mkdir()
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port = listener.getsockname()[1]

    def work(rank: int) -> None:
        os.environ.update(RANK=str(rank), WORLD_SIZE=str(size), LOCAL_RANK=str(rank), GROUP_RANK="0")
        os.environ.update(MASTER_ADDR="127.0.0.1", MASTER_PORT=str(port), OMP_NUM_THREADS="1")
        for number, name in ((1, "out"), (2, "err")):
            os.dup2(os.open(folder / f"{rank}.{name}", os.O_CREAT | os.O_WRONLY, 0o600), number)
        # Not the test runner's captured streams.
        sys.stdout, sys.stderr = os.fdopen(1, "w"), os.fdopen(2, "w")
        code = 70
        try:
            if hook is not None:
                hook(rank)
            code = run([str(config), "--out", str(out), *more])
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(code)

    forking = multiprocessing.get_context("fork")
    children = [forking.Process(target=work, args=(rank,)) for rank in range(size)]
    for child in children:
        child.start()
    for child in children:
        child.join(120)
    stuck = [child for child in children if child.is_alive()]
    for child in stuck:
        child.kill()
    assert not stuck, "a rank waits for ever"

    def read(name: str) -> tuple[str, ...]:
        return tuple((folder / f"{rank}.{name}").read_text() for rank in range(size))

    return Gang(tuple(child.exitcode or 0 for child in children), read("out"), read("err"))


def encoded(number: int, length: int, answer: int) -> Encoded:
    """A row of drawn tokens, the last of which are an answer."""
    ids = tuple(5 + (7 * place + 13 * number) % 150 for place in range(length))
    return Encoded(ids, (0.0,) * (length - answer) + (1.0,) * answer, truncated=False)


ROWS = [
    encoded(number, length, answer) for number, (length, answer) in enumerate([(31, 5), (9, 3), (24, 11), (17, 16)])
]
