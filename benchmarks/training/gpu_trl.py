"""Trains the same model on the same rows with TRL's SFTTrainer, and prints what the measured steps took.

``python -m benchmarks.training.gpu_trl SPEC.json``; case ``defaults`` leaves to TRL what has a default (gradient
checkpointing), ``fastest`` keeps what the backward pass needs, with the kernels of liger-kernel where they are there.
"""

import json
import os
import sys
import tempfile
import time
import warnings
from importlib.metadata import version
from importlib.util import find_spec
from typing import Any

warnings.simplefilter("ignore")
os.environ.update(TOKENIZERS_PARALLELISM="false", HF_HUB_OFFLINE="1", TRANSFORMERS_VERBOSITY="error")

import datasets  # noqa: E402
import torch  # noqa: E402
from benchmarks.training import gpu_model  # noqa: E402
from benchmarks.training.speed import BASE  # noqa: E402
from peft import LoraConfig  # noqa: E402
from transformers import AutoTokenizer, TrainerCallback, set_seed  # noqa: E402
from trl import SFTConfig, SFTTrainer  # noqa: E402

LIGER = "liger_kernel"
CASES: dict[str, dict[str, Any]] = {
    "defaults": {},
    "fastest": {"gradient_checkpointing": False, "use_liger_kernel": find_spec(LIGER) is not None},
}


class Clock(TrainerCallback):  # type: ignore[misc]
    """Looks at the clock after every step."""

    def __init__(self) -> None:
        self.seen: list[float] = []

    def on_step_end(self, *_: Any, **__: Any) -> None:
        """Remember the second."""
        if torch.cuda.is_available():
            torch.cuda.synchronize()
        self.seen.append(time.perf_counter())


def main() -> None:
    """Train as the spec says."""
    with open(sys.argv[1], encoding="utf-8") as file:
        spec = json.load(file)
    datasets.disable_progress_bars()
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    model = gpu_model.make(spec["model"], device)
    set_seed(spec["seed"])
    steps, batch, length = spec["warmup"] + spec["steps"], spec["batch"], spec["length"]
    drawn = gpu_model.rows(steps * batch, length, spec["model"]["vocab_size"], spec["seed"])
    with tempfile.TemporaryDirectory() as folder:
        clock = Clock()
        trainer = SFTTrainer(
            model=model,
            processing_class=AutoTokenizer.from_pretrained(BASE),
            args=SFTConfig(
                output_dir=folder,
                max_steps=steps,
                per_device_train_batch_size=spec["rowsAtOnce"],
                gradient_accumulation_steps=batch // spec["rowsAtOnce"],
                max_length=length,
                learning_rate=2e-4,
                bf16=device.type == "cuda",
                use_cpu=device.type == "cpu",
                report_to="none",
                save_strategy="no",
                disable_tqdm=True,
                logging_steps=1,
                dataset_kwargs={"skip_prepare_dataset": True},
                **CASES[spec["case"]],
            ),
            train_dataset=datasets.Dataset.from_list([{"input_ids": ids, "labels": ids} for ids in drawn]),
            peft_config=LoraConfig(
                r=spec["rank"], lora_alpha=2 * spec["rank"], target_modules="all-linear", task_type="CAUSAL_LM"
            ),
            callbacks=[clock],
        )
        sys.stdout, kept = sys.stderr, sys.stdout
        trainer.train()
        sys.stdout = kept
    names = ("trl", "torch", "transformers", "peft", *(("liger-kernel",) if find_spec(LIGER) else ()))
    answer = {
        "tokens": spec["steps"] * batch * length,
        "seconds": clock.seen[-1] - clock.seen[spec["warmup"] - 1],
        "memoryGiB": round(torch.cuda.max_memory_allocated() / 2**30, 1) if device.type == "cuda" else 0,
        "losses": [entry["loss"] for entry in trainer.state.log_history if "loss" in entry],
        "versions": {name: version(name) for name in names},
    }
    print(json.dumps(answer))


if __name__ == "__main__":
    main()
