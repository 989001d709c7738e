"""How is a base model loaded, and an adapter attached to it?"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from preceptor.api.finetunerun import Method
from preceptor.exits import BadInput
from preceptor_trainer import reasons
from preceptor_trainer.conversation import FolderReader

if TYPE_CHECKING:
    import torch

ALL_LINEAR = "all-linear"
LORA_PARTS = ("lora_A.", "lora_B.")


def load_reader(folder: Path) -> FolderReader:
    """The tokenizer of a base model folder. Raises BadInput when it cannot be read or has no template or end token."""
    from transformers import AutoTokenizer, GenerationConfig

    try:
        tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True, trust_remote_code=False)
    except Exception as error:
        raise _unusable("tokenizer", error) from None
    if not tokenizer.chat_template:
        raise BadInput(
            "The base model has no chat template: add chat_template.jinja to its folder and make its manifest anew.",
            reason=reasons.CHAT_TEMPLATE_INVALID,
        )
    ends = {tokenizer.eos_token_id}
    if (folder / "generation_config.json").is_file():
        try:
            stated = GenerationConfig.from_pretrained(folder, local_files_only=True).eos_token_id
        except Exception as error:
            raise _unusable("generation_config.json", error) from None
        ends |= set(stated) if isinstance(stated, list) else {stated}
    ends.discard(None)
    if not ends:
        raise BadInput(
            "The base model's tokenizer names no end token: set eos_token in tokenizer_config.json.",
            reason=reasons.BASE_MODEL_INVALID,
        )
    return FolderReader(tokenizer, frozenset(int(end) for end in ends))


def load_base(folder: Path, device: torch.device, precision: str | None = None) -> Any:
    """The base model in ``fp32`` or ``bf16``; None: float32 on a CPU, its own type on a GPU.

    transformers fills missing weights with random numbers and a warning; here they are refused. Raises BadInput when
    weights are missing or do not fit.
    """
    import torch
    from transformers import AutoModelForCausalLM
    from transformers.utils import logging

    logs: Any = logging
    logs.disable_progress_bar()

    try:
        loader: Any = AutoModelForCausalLM
        model, loading = loader.from_pretrained(
            folder,
            local_files_only=True,
            trust_remote_code=False,
            use_safetensors=True,
            attn_implementation="sdpa",
            dtype=_type(torch, precision, device),
            output_loading_info=True,
        )
    except Exception as error:
        raise _unusable("model", error) from None
    wrong = sorted({str(each) for name in ("missing_keys", "mismatched_keys") for each in loading.get(name) or ()})
    if wrong:
        raise BadInput(
            f"The base model's weights do not fit its config.json: {len(wrong)} tensors are missing or have another "
            f"shape, the first is {wrong[0][:120]}.",
            reason=reasons.BASE_MODEL_INVALID,
        )
    return model.to(device)


def _type(torch: Any, precision: str | None, device: Any) -> Any:
    if precision is None:
        return torch.float32 if device.type == "cpu" else "auto"
    return {"fp32": torch.float32, "bf16": torch.bfloat16}[precision]


def attach(model: Any, method: Method, base_name: str) -> Any:
    """Attach a fresh LoRA adapter; only its parameters can be trained.

    Its first values are drawn from torch's generator: seed before. Raises BadInput (``TargetModulesInvalid``) when a
    target names no module; peft takes a list of which only some are found.
    """
    from peft import LoraConfig, get_peft_model

    targets = method.target_modules
    if ALL_LINEAR in targets and len(targets) > 1:
        raise _targets(f"{ALL_LINEAR} stands alone: remove the other names")
    if ALL_LINEAR not in targets:
        names = [name for name, _ in model.named_modules()]
        for target in targets:
            if not any(name == target or name.endswith(f".{target}") for name in names):
                raise _targets(f"{target} is no module of the base model: correct it or write {ALL_LINEAR}")
    config = LoraConfig(
        r=method.rank,
        lora_alpha=method.alpha,
        lora_dropout=float(method.dropout),
        target_modules=ALL_LINEAR if ALL_LINEAR in targets else list(targets),
        task_type="CAUSAL_LM",
        bias="none",
    )
    try:
        adapted = get_peft_model(model, config)
    except ValueError as error:
        raise _targets(f"peft cannot adapt one of these modules ({type(error).__name__}): name linear layers") from None
    adapted.peft_config["default"].base_model_name_or_path = base_name
    return adapted


def trainable(model: Any) -> list[tuple[str, Any]]:
    """The adapter's parameters by name, in the order of their names: the order of every flat vector."""
    return sorted((name, parameter) for name, parameter in model.named_parameters() if parameter.requires_grad)


def _targets(sentence: str) -> BadInput:
    return BadInput(f"method.targetModules: {sentence}.", reason=reasons.TARGET_MODULES_INVALID)


def _unusable(what: str, error: Exception) -> BadInput:
    if isinstance(error, MemoryError):
        raise error
    return BadInput(
        f"The {what} of the base model cannot be loaded ({type(error).__name__}): "
        "save it anew in Hugging Face's form and make its manifest anew.",
        reason=reasons.BASE_MODEL_INVALID,
    )
