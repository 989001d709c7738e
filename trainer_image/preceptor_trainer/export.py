"""Is the adapter that was written the one that was trained, and does it merge?"""

from __future__ import annotations

import json
import math
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from preceptor.exits import CheckFailed
from preceptor.manifests import CHAT_TEMPLATE_FILE
from preceptor_trainer import reasons
from preceptor_trainer.conversation import Encoded
from preceptor_trainer.model import trainable

if TYPE_CHECKING:
    import torch

WEIGHTS_FILE = "adapter_model.safetensors"
CONFIG_FILE = "adapter_config.json"
MERGE_TOLERANCE = 1e-3
ADAPTER_NAME = "default"
CHECKED_ROWS = 4


def tensors_of(model: Any) -> dict[str, torch.Tensor]:
    """The adapter's tensors as they are stored: float32 on the CPU, by name.

    Raises CheckFailed when one is missing or empty (``AdapterIncomplete``) or when a B matrix is all zero, which it is
    before training (``AdapterUntrained``).
    """
    import torch
    from peft import get_peft_model_state_dict

    state = get_peft_model_state_dict(model, save_embedding_layers=False)
    tensors = {name: tensor.detach().to("cpu", torch.float32).contiguous() for name, tensor in sorted(state.items())}
    expected = {_stored_name(name): parameter.numel() for name, parameter in trainable(model)}
    if {name: tensor.numel() for name, tensor in tensors.items()} != expected or 0 in expected.values():
        raise CheckFailed(
            f"The adapter has {len(tensors)} tensors, but {len(expected)} were trained, or one is empty: "
            "nothing was written.",
            reason=reasons.ADAPTER_INCOMPLETE,
        )
    if not all(bool(torch.isfinite(tensor).all()) for tensor in tensors.values()):
        raise CheckFailed(
            "The adapter holds values that are no finite numbers: lower training.learningRate.",
            reason=reasons.LOSS_NOT_FINITE,
        )
    zero = [name for name, tensor in tensors.items() if "lora_B" in name and not bool(tensor.any())]
    if zero:
        raise CheckFailed(
            f"{len(zero)} of the adapter's B matrices are zero after training, the first is {zero[0][:120]}: "
            "it would change nothing; raise training.learningRate or the number of steps.",
            reason=reasons.ADAPTER_UNTRAINED,
        )
    first = getattr(model, "preceptor_first_values", None)
    return tensors if first is None else _beside_first_values(tensors, first)


def _stored_name(name: str) -> str:
    """What peft calls a trained parameter in an adapter's file."""
    if name.endswith(f".lora_magnitude_vector.{ADAPTER_NAME}.weight"):
        return name.removesuffix(f".{ADAPTER_NAME}.weight")
    return name.replace(f".modules_to_save.{ADAPTER_NAME}.", ".").replace(f".{ADAPTER_NAME}.", ".")


def _beside_first_values(tensors: dict[str, torch.Tensor], first: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """BA − B₀A₀ as one product of twice the rank: [B | −B₀] and [A over A₀] (PiSSA, Meng et al. 2024, section 3).

    The base model was trained without B₀A₀; whoever loads the adapter has the whole one.
    """
    import torch

    beginning = {_stored_name(name): tensor.to("cpu", torch.float32) for name, tensor in first.items()}

    def joined(name: str, tensor: torch.Tensor) -> torch.Tensor:
        if name not in beginning:
            return tensor
        if "lora_A" in name:
            return torch.cat([tensor, beginning[name]], dim=0)
        return torch.cat([tensor, -beginning[name]], dim=1).contiguous()

    return {name: joined(name, tensor) for name, tensor in tensors.items()}


def configuration_of(model: Any) -> dict[str, Any]:
    """The adapter's configuration as it is written: of plain LoRA of twice the rank where first values stand beside."""
    config = model.peft_config[ADAPTER_NAME]
    values: dict[str, Any] = config.to_dict()
    if getattr(model, "preceptor_first_values", None) is None:
        return values
    # s = alpha/r, or alpha/√r, must stay what it was in training.
    scaling = config.lora_alpha / (math.sqrt(config.r) if config.use_rslora else config.r)
    return values | {
        "r": 2 * config.r,
        "lora_alpha": 2 * config.r * scaling,
        "use_rslora": False,
        "init_lora_weights": True,
    }


def write(model: Any, tensors: dict[str, torch.Tensor], base_folder: Path, folder: Path) -> None:
    """Write weights, configuration and the chat template of the training; the same state gives the same bytes."""
    from safetensors.torch import save

    # Bytes first: the library's own file writer hides a full disk behind an error of its own.
    (folder / WEIGHTS_FILE).write_bytes(save(tensors, metadata={"format": "pt"}))
    (folder / CONFIG_FILE).write_text(configuration(configuration_of(model)), encoding="utf-8")
    template = base_folder / CHAT_TEMPLATE_FILE
    if template.is_file():
        shutil.copyfile(template, folder / CHAT_TEMPLATE_FILE)
    else:
        # An adapter that is served with another template than it was trained with does nothing, or worse.
        stated = json.loads((base_folder / "tokenizer_config.json").read_bytes()).get("chat_template")
        if isinstance(stated, str):
            (folder / CHAT_TEMPLATE_FILE).write_text(stated, encoding="utf-8")


def configuration(values: dict[str, Any]) -> str:
    """adapter_config.json with every set sorted: peft writes them in the order of the process's hash seed."""

    def plain(value: Any) -> Any:
        if isinstance(value, (set, frozenset)):
            return sorted(value)
        raise TypeError(f"{type(value).__name__} in the adapter's configuration")

    return json.dumps(values | {"inference_mode": True}, default=plain, indent=2, sort_keys=True) + "\n"


def reload_and_merge(
    model: Any, tensors: dict[str, torch.Tensor], folder: Path, rows: Sequence[Encoded], fresh: Any = None
) -> tuple[Any, float]:
    """Load the written adapter onto the base again and merge it in float32.

    ``fresh`` is the base model as it was stored, in float32, where training changed it or rounded it. Returns the
    merged model and the largest difference that merging made to a logit. Raises CheckFailed (``MergeMismatch``) when
    what was read is not what was written, or when merging changes a logit by 1e-3 or more.
    """
    import torch
    from peft import PeftModel, get_peft_model_state_dict

    base = model.unload().float() if fresh is None else fresh
    if hasattr(base, "peft_config"):
        del base.peft_config
    loaded = PeftModel.from_pretrained(base, folder, is_trainable=False, local_files_only=True).eval()
    state = get_peft_model_state_dict(loaded, save_embedding_layers=False)
    if state.keys() != tensors.keys() or not all(torch.equal(state[name].cpu(), tensors[name]) for name in tensors):
        raise _mismatch("the adapter read back from its file is not the one that was written")
    before = _logits(loaded, rows)
    merged = loaded.merge_and_unload(safe_merge=True)
    difference = max(float((one - other).abs().max()) for one, other in zip(before, _logits(merged, rows), strict=True))
    if not (math.isfinite(difference) and difference < MERGE_TOLERANCE):
        raise _mismatch(f"merging it into the base model changes a logit by {difference:.2e}")
    return merged, difference


def _logits(model: Any, rows: Sequence[Encoded]) -> list[torch.Tensor]:
    import torch

    device = next(model.parameters()).device
    with torch.no_grad():
        return [
            model(input_ids=torch.tensor([row.ids], device=device), use_cache=False).logits.float()
            for row in rows[:CHECKED_ROWS]
        ]


def _mismatch(what: str) -> CheckFailed:
    return CheckFailed(f"The adapter was not kept: {what}.", reason=reasons.MERGE_MISMATCH)
