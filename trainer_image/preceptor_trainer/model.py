"""How is a base model loaded, and an adapter attached to it?"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any

from preceptor.api.finetunerun import Method
from preceptor.exits import BadInput
from preceptor.manifests import CHAT_TEMPLATE_FILE
from preceptor_trainer import reasons
from preceptor_trainer.conversation import FolderReader

if TYPE_CHECKING:
    import torch

ALL_LINEAR = "all-linear"
LORA_PARTS = ("lora_A.", "lora_B.")
ADAPTER = "default"
# flash is a kernel of torch's own sdpa, which the loss asks for.
ATTENTION = {"sdpa": "sdpa", "eager": "eager", "flash": "sdpa"}
# First values that are taken out of the base model's weights.
SHIFTED = ("pissa", "olora")


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
    if not all(isinstance(end, int) for end in ends):
        raise BadInput(
            "generation_config.json of the base model has an eos_token_id that is no number: write the token's id, or "
            "a list of ids, and make the model's manifest anew.",
            reason=reasons.BASE_MODEL_INVALID,
        )
    if not ends:
        raise BadInput(
            "The base model's tokenizer names no end token: set eos_token in tokenizer_config.json.",
            reason=reasons.BASE_MODEL_INVALID,
        )
    template = CHAT_TEMPLATE_FILE
    if not (folder / template).is_file():
        template = "the chat_template in tokenizer_config.json"
    return FolderReader(tokenizer, frozenset(int(end) for end in ends), template)


def load_base(
    folder: Path,
    device: torch.device,
    precision: str | None = None,
    *,
    attention: str = "sdpa",
    quantization: str = "none",
) -> Any:
    """The base model in ``fp32`` or ``bf16``; None: float32 on a CPU, its own type on a GPU.

    transformers fills missing weights with random numbers and a warning; here they are refused. Raises BadInput when
    weights are missing or do not fit, and (``TrainingInvalid``) on what this device cannot do.
    """
    import torch
    from transformers import AutoModelForCausalLM
    from transformers.utils import logging

    logs: Any = logging
    logs.disable_progress_bar()
    _require_gpu(device, attention, quantization)
    try:
        loader: Any = AutoModelForCausalLM
        model, loading = loader.from_pretrained(
            folder,
            local_files_only=True,
            trust_remote_code=False,
            use_safetensors=True,
            attn_implementation=ATTENTION[attention],
            dtype=_type(torch, precision, device),
            output_loading_info=True,
            **_quantized(torch, quantization, device),
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
    return model if quantization != "none" else model.to(device)


def _require_gpu(device: torch.device, attention: str, quantization: str) -> None:
    if device.type == "cuda":
        return
    for field, value, wants in (
        ("training.attention", attention, attention == "flash"),
        ("method.quantization", quantization, quantization != "none"),
    ):
        if wants:
            raise BadInput(
                f"{field} is {value}, which needs a GPU, and this process has none: set compute.gpusPerNode to 1, or "
                f"remove {field}.",
                reason=reasons.TRAINING_INVALID,
            )


def _type(torch: Any, precision: str | None, device: Any) -> Any:
    if precision is None:
        return torch.float32 if device.type == "cpu" else "auto"
    return {"fp32": torch.float32, "bf16": torch.bfloat16}[precision]


def _quantized(torch: Any, quantization: str, device: Any) -> dict[str, Any]:
    if quantization == "none":
        return {}
    from transformers import BitsAndBytesConfig

    configuration: Any = BitsAndBytesConfig
    if quantization == "int8":
        held = configuration(load_in_8bit=True)
    else:
        held = configuration(
            load_in_4bit=True,
            bnb_4bit_quant_type="nf4",
            bnb_4bit_use_double_quant=True,
            bnb_4bit_compute_dtype=torch.bfloat16,
        )
    return {"quantization_config": held, "device_map": {"": device}}


def attach(model: Any, method: Method, base_name: str) -> Any:
    """Attach a fresh LoRA adapter; only its parameters, and modules that are trained whole, can be trained.

    Its first values are drawn from torch's generator: seed before. Raises BadInput (``TargetModulesInvalid``) when a
    target names no module; peft takes a list of which only some are found.
    """
    from peft import LoraConfig, get_peft_model

    targets = method.target_modules
    if ALL_LINEAR in targets and len(targets) > 1:
        raise _targets(f"{ALL_LINEAR} stands alone: remove the other names")
    if ALL_LINEAR not in targets:
        _require_modules(model, "targetModules", targets, f"correct it or write {ALL_LINEAR}")
    _require_modules(model, "modulesToSave", method.modules_to_save, "correct it or remove it")
    if method.modules_to_save and getattr(model.config, "tie_word_embeddings", False):
        ends = {name.rpartition(".")[2] for name in method.modules_to_save} & _tied(model)
        if ends:
            raise _targets(
                f"{min(ends)} shares its weights with another module of this base model, so that training one of them "
                "whole would part them: remove it",
                "modulesToSave",
            )
    config = LoraConfig(
        r=method.rank,
        lora_alpha=method.alpha,
        lora_dropout=float(method.dropout),
        target_modules=ALL_LINEAR if ALL_LINEAR in targets else list(targets),
        modules_to_save=list(method.modules_to_save) or None,
        use_dora=method.type == "dora",
        use_rslora=method.type == "rslora",
        init_lora_weights=True if method.init == "default" else method.init,
        task_type="CAUSAL_LM",
        bias="none",
    )
    try:
        adapted: Any = get_peft_model(model, config)
    except ValueError as error:
        raise _targets(f"peft cannot adapt one of these modules ({type(error).__name__}): name linear layers") from None
    adapted.peft_config[ADAPTER].base_model_name_or_path = base_name
    if method.init in SHIFTED:
        # What was taken out of the base model's weights, which the written adapter must not put in twice.
        adapted.preceptor_first_values = {
            name: parameter.detach().clone() for name, parameter in trainable(adapted) if "lora_" in name
        }
    return adapted


def checkpoint_gradients(model: Any, again: Callable[[], AbstractContextManager[Any]] = nullcontext) -> None:
    """Keep only each layer's input until its backward pass. The generator is put back, so that dropout is the same.

    ``again`` makes what a layer is computed within the second time, where the first was within something.
    """
    model.get_base_model().activation_checkpointing_enable(
        activation_checkpointing_kwargs={"use_reentrant": False, "context_fn": lambda: (nullcontext(), again())}
    )


def _require_modules(model: Any, field: str, wanted: Iterable[str], what_to_do: str) -> None:
    names = [name for name, _ in model.named_modules()]
    for target in wanted:
        if not any(name == target or name.endswith(f".{target}") for name in names):
            raise _targets(f"{target} is no module of the base model: {what_to_do}", field)


def _tied(model: Any) -> set[str]:
    """Last parts of the names of the embeddings and of what predicts with the same weights."""
    ends = [model.get_input_embeddings(), model.get_output_embeddings()]
    return {name.rpartition(".")[2] for name, module in model.named_modules() if any(module is end for end in ends)}


def trainable(model: Any) -> list[tuple[str, Any]]:
    """The adapter's parameters by name, in the order of their names: the order of every flat vector."""
    return sorted((name, parameter) for name, parameter in model.named_parameters() if parameter.requires_grad)


def _targets(sentence: str, field: str = "targetModules") -> BadInput:
    return BadInput(f"method.{field}: {sentence}.", reason=reasons.TARGET_MODULES_INVALID)


def _unusable(what: str, error: Exception) -> BadInput:
    if isinstance(error, MemoryError):
        raise error
    return BadInput(
        f"The {what} of the base model cannot be loaded ({type(error).__name__}): "
        "save it anew in Hugging Face's form and make its manifest anew.",
        reason=reasons.BASE_MODEL_INVALID,
    )
