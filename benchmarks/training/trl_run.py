"""Trains with TRL's SFTTrainer and prints what each measured step cost: run by the peer's own Python, not by ours.

``python trl_run.py SPEC.json`` with {base, rows, batch, maxLength, rank, warmup, steps, case}; the answer is one JSON
line {tokens, cpuSeconds, losses, versions}. Tokens are those that the attention mask calls real.
"""

import json
import os
import sys
import tempfile
import time
import warnings
from importlib.metadata import version
from typing import Any

warnings.simplefilter("ignore")
os.environ.update(TOKENIZERS_PARALLELISM="false", HF_HUB_OFFLINE="1", TRANSFORMERS_VERBOSITY="error")

import datasets  # noqa: E402
import torch  # noqa: E402
from peft import LoraConfig  # noqa: E402
from transformers import TrainerCallback, set_seed  # noqa: E402
from trl import SFTConfig, SFTTrainer  # noqa: E402

# What each case changes; "defaults" leaves to TRL all that has a default: bfloat16 and gradient checkpointing, today.
CASES: dict[str, dict[str, Any]] = {
    "defaults": {},
    "fp32": {"bf16": False, "gradient_checkpointing": False, "assistant_only_loss": True},
    "bf16": {"bf16": True, "gradient_checkpointing": False, "assistant_only_loss": True},
}


class Counting(SFTTrainer):  # type: ignore[misc]
    """SFTTrainer that counts the real tokens of each batch it trains on."""

    real = 0

    def training_step(self, model: Any, inputs: Any, *arguments: Any, **named: Any) -> Any:
        """Count, then train as ever."""
        mask = inputs.get("attention_mask")
        self.real += int(inputs["input_ids"].numel() if mask is None else mask.sum())
        return super().training_step(model, inputs, *arguments, **named)


class Clock(TrainerCallback):  # type: ignore[misc]
    """Looks at the process's CPU clock after every step."""

    def __init__(self) -> None:
        self.trainer: Counting | None = None
        self.seen: list[tuple[int, float]] = []

    def on_step_end(self, *_: Any, **__: Any) -> None:
        """Remember tokens and CPU seconds so far."""
        assert self.trainer is not None
        self.seen.append((self.trainer.real, time.process_time()))


def main() -> None:
    """Train as the spec says."""
    with open(sys.argv[1], encoding="utf-8") as file:
        spec = json.load(file)
    torch.set_num_threads(1)
    datasets.disable_progress_bars()
    set_seed(17)
    steps = spec["warmup"] + spec["steps"]
    with tempfile.TemporaryDirectory() as folder:
        clock = Clock()
        trainer = Counting(
            model=spec["base"],
            args=SFTConfig(
                output_dir=folder,
                max_steps=steps,
                per_device_train_batch_size=spec["batch"],
                max_length=spec["maxLength"],
                learning_rate=2e-4,
                report_to="none",
                save_strategy="no",
                disable_tqdm=True,
                use_cpu=True,
                dataloader_pin_memory=False,
                model_init_kwargs={"dtype": torch.float32, "local_files_only": True},
                logging_steps=1,
                **CASES[spec["case"]],
            ),
            train_dataset=datasets.Dataset.from_list([{"messages": row} for row in spec["rows"]]),
            peft_config=LoraConfig(
                r=spec["rank"], lora_alpha=2 * spec["rank"], target_modules="all-linear", task_type="CAUSAL_LM"
            ),
            callbacks=[clock],
        )
        clock.trainer = trainer
        sys.stdout, kept = sys.stderr, sys.stdout
        trainer.train()
        sys.stdout = kept
    begun, ended = clock.seen[spec["warmup"] - 1], clock.seen[-1]
    losses = [entry["loss"] for entry in trainer.state.log_history if "loss" in entry]
    names = ("trl", "torch", "transformers", "peft")
    answer = {
        "tokens": ended[0] - begun[0],
        "cpuSeconds": ended[1] - begun[1],
        "losses": losses,
        "versions": {name: version(name) for name in names},
    }
    print(json.dumps(answer))


if __name__ == "__main__":
    main()
