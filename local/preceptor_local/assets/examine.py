"""How well does a model answer the cases of a suite, by the evaluation's own count?

Answers, labels, the output policy's verdicts, metrics and bounds all come from preceptor_eval, so that a threshold that
is chosen here means what the EvalGate asks later. Copies, signatures and the report of an EvaluateJob are left out.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from preceptor import manifests
from preceptor.api.candidate import Decoding
from preceptor.api.evalgate import MetricResult
from preceptor.digests import digest_file
from preceptor.policy import default_path
from preceptor_local.assets.phrases import ASSETS
from preceptor_local.assets.rows import system_prompt
from preceptor_local.assets.suites import suite_folder

if TYPE_CHECKING:
    from preceptor_eval.evaluation.rows import Row

CONFIDENCE = 0.95
# As the demo's EvalGate asks.
DECODING = Decoding(max_tokens=48)
# The examination that thresholds.yml was judged by, beside it.
RECORD = ASSETS / "thresholds-development.json"
SOFTWARE = ("preceptor-eval", "torch", "transformers", "peft", "tokenizers", "scipy")


@dataclass(frozen=True)
class Examined:
    """The rows of one suite, and every metric over them with its bounds."""

    suite: str
    rows: tuple[Row, ...]
    metrics: tuple[MetricResult, ...]


def answers(conversations: list[list[dict[str, str]]], base: Path, adapter: Path | None) -> list[str]:
    """Return the answer to each conversation, decoded as a gateway serves it."""
    from preceptor_eval.generation import load

    return load(base, adapter, DECODING).generate(conversations)


def examine(split: str, base: Path, adapter: Path | None) -> Examined:
    """Put every case of a split to the base model, or to it with an adapter, and count what the evaluation counts.

    Raises CheckFailed when the suite is not what its manifest says, and BadInput when a folder cannot be loaded.
    """
    from preceptor_eval.evaluation.cases import read_suite
    from preceptor_eval.evaluation.groundedness import LexicalVerifier
    from preceptor_eval.evaluation.rows import judge
    from preceptor_eval.evaluation.served_policy import load_judge
    from preceptor_eval.generation import load

    folder = suite_folder(split)
    suite = read_suite(folder, manifests.verify(folder))
    verifier, policy = LexicalVerifier(), load_judge(default_path())
    found: dict[int, Row] = {}
    conversations = [case.conversation(system_prompt()) for case in suite.cases]
    for position, completion in load(base, adapter, DECODING).stream(conversations):
        found[position] = judge(suite.name, suite.cases[position], completion, verifier, policy)
    rows = tuple(found[position] for position in range(len(suite.cases)))
    return Examined(suite.digest, rows, measured(rows))


def measured(rows: tuple[Row, ...]) -> tuple[MetricResult, ...]:
    """Every metric that the evaluation knows, with one-sided 95 % bounds, judged against no threshold."""
    from preceptor_eval.evaluation import verdicts
    from preceptor_eval.evaluation.metrics import count_all

    return verdicts.judge_all(count_all(rows), (), CONFIDENCE)


def record(examined: Examined, base: Path, adapter: Path) -> dict[str, Any]:
    """What an examination rests on, and what it found: digests of all that shaped it, versions, and each metric."""
    return {
        "suite": examined.suite,
        "adapter": manifests.read(adapter).digest,
        "baseModel": manifests.read(base).digest,
        "outputPolicy": digest_file(default_path()),
        "decoding": DECODING.document(),
        "confidence": str(CONFIDENCE),
        "metrics": [metric.model_dump(mode="json", by_alias=True, exclude_none=True) for metric in examined.metrics],
        "software": {name: version(name) for name in SOFTWARE},
    }


def write_record(document: dict[str, Any], path: Path = RECORD) -> None:
    """Write a record where the thresholds' test finds it."""
    path.write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")
