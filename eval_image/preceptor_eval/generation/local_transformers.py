"""How does a candidate answer on this machine, by transformers and PEFT?"""

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self

from preceptor.api.candidate import Decoding
from preceptor.exits import BadInput
from preceptor.weights import unsafe
from preceptor_eval.generation.generator import Completion, ConversationRefused, Message

# Set before transformers is imported: nothing is ever looked up on a hub.
os.environ["HF_HUB_OFFLINE"] = "1"
os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")

WEIGHTS = "adapter_model.safetensors"


class TransformersGenerator:
    """Batched generation with left padding and a KV cache; greedy where the temperature is 0."""

    def __init__(self, model: Any, tokenizer: Any, decoding: Decoding, *, adapted: bool, batch_size: int) -> None:
        import transformers

        generation_config: Any = transformers.GenerationConfig
        self._model = model
        self._tokenizer = tokenizer
        self._decoding = decoding
        self._adapted = adapted
        self._batch_size = batch_size
        self._special = tuple(sorted(set(tokenizer.all_special_tokens), key=len, reverse=True))
        declared = getattr(model.generation_config, "eos_token_id", None)
        ends = declared if isinstance(declared, list) else [declared]
        self._ends = sorted({int(end) for end in [*ends, tokenizer.eos_token_id] if end is not None})
        self._pad = tokenizer.pad_token_id if tokenizer.pad_token_id is not None else self._ends[0]
        text_config = model.config.get_text_config()
        self._limit: int | None = getattr(text_config, "max_position_embeddings", None)
        sampled = float(decoding.temperature) > 0
        sampling = {"temperature": float(decoding.temperature), "top_p": float(decoding.top_p)} if sampled else {}
        # Replaces the folder's own generation defaults: the candidate names every decoding parameter.
        self._config = generation_config(
            do_sample=sampled, pad_token_id=self._pad, eos_token_id=self._ends, use_cache=True, **sampling
        )
        model.generation_config = generation_config(pad_token_id=self._pad, eos_token_id=self._ends)

    @classmethod
    def load(cls, base_model: Path, adapter: Path | None, decoding: Decoding, *, batch_size: int) -> Self:
        """See ``preceptor_eval.generation.load``."""
        import torch
        from transformers import AutoModelForCausalLM, AutoTokenizer
        from transformers.utils import logging as transformers_logging

        logging: Any = transformers_logging
        logging.set_verbosity_error()
        logging.disable_progress_bar()
        refuse_pickles(base_model)
        # One thread unless told otherwise: on shared cores more are slower, and sums in another order may answer
        # otherwise.
        torch.set_num_threads(int(os.environ.get("OMP_NUM_THREADS", "1")))
        # fp32 on a CPU: bf16 is slower there, and its rounding lets an answer depend on the batch it was drawn in.
        dtype = "auto" if torch.cuda.is_available() else torch.float32
        try:
            tokenizer = AutoTokenizer.from_pretrained(
                base_model, local_files_only=True, trust_remote_code=False, padding_side="left"
            )
            model: Any = AutoModelForCausalLM.from_pretrained(
                base_model, local_files_only=True, trust_remote_code=False, use_safetensors=True, dtype=dtype
            )
        except (OSError, ValueError, KeyError, RuntimeError, ImportError) as error:
            raise BadInput(
                f"{base_model} cannot be loaded as a causal language model ({type(error).__name__}): "
                "name a Hugging Face folder with config.json, tokenizer files and safetensors weights.",
                reason="ModelUnloadable",
            ) from None
        if not tokenizer.chat_template:
            raise BadInput(
                f"{base_model} has no chat template: add chat_template.jinja, as the candidate's prompt needs one.",
                reason="NoChatTemplate",
            )
        if tokenizer.eos_token_id is None:
            raise BadInput(
                f"The tokenizer of {base_model} names no end token: set eos_token in tokenizer_config.json.",
                reason="ModelUnloadable",
            )
        if adapter is not None:
            model = attach(model, adapter)
        model.eval().requires_grad_(False)
        if torch.cuda.is_available():
            model = model.to("cuda")
        return cls(model, tokenizer, decoding, adapted=adapter is not None, batch_size=batch_size)

    def generate(self, conversations: Sequence[Sequence[Message]]) -> list[str]:
        """See ``Generator``."""
        answers = [""] * len(conversations)
        for position, completion in self.stream(conversations):
            answers[position] = completion.text
        return answers

    def stream(self, conversations: Sequence[Sequence[Message]]) -> Iterator[tuple[int, Completion]]:
        """See ``Generator``: all prompts are read before the first answer is drawn, short ones are answered first."""
        prompts = [self._encode(conversation, number) for number, conversation in enumerate(conversations, start=1)]
        most = self._decoding.max_tokens
        for batch in self._batches([len(prompt) for prompt in prompts], most):
            yield from zip(batch, self._complete([prompts[position] for position in batch], most), strict=True)

    @contextmanager
    def base_model(self) -> Iterator[None]:
        """See ``Generator``."""
        if not self._adapted:
            yield
            return
        with self._model.disable_adapter():
            yield

    def _encode(self, conversation: Sequence[Message], number: int) -> list[int]:
        from jinja2 import TemplateError

        turns = [{**turn, "content": self._without_special_tokens(turn["content"])} for turn in conversation]
        try:
            text = self._tokenizer.apply_chat_template(turns, tokenize=False, add_generation_prompt=True)
        except TemplateError:
            raise ConversationRefused(
                f"The model's chat template refuses conversation {number}: use the roles that it knows.",
                reason="ConversationInvalid",
                number=number,
            ) from None
        tokens: list[int] = self._tokenizer(text, add_special_tokens=False)["input_ids"]
        if self._limit is not None and len(tokens) >= self._limit:
            raise ConversationRefused(
                f"Conversation {number} has {len(tokens)} tokens, but the model reads fewer than {self._limit}: "
                "shorten the message or its contexts.",
                reason="PromptTooLong",
                number=number,
            )
        return tokens

    def _without_special_tokens(self, content: str) -> str:
        """Text in which no end or role token of the template is spelt out: it would be read as one."""
        before = None
        while content != before:
            before = content
            for token in self._special:
                content = content.replace(token, " ")
        return content

    def _allowed(self, prompt_tokens: int, most: int) -> int:
        """Answer tokens that fit after a prompt, at most ``most``."""
        return most if self._limit is None else min(most, self._limit - prompt_tokens)

    def _batches(self, lengths: Sequence[int], most: int) -> Iterator[list[int]]:
        """Positions by length, so that little is padded; a prompt that leaves less room than asked for goes alone."""
        by_length = sorted(range(len(lengths)), key=lambda position: (lengths[position], position))
        roomy = [p for p in by_length if self._allowed(lengths[p], most) == most]
        for start in range(0, len(roomy), self._batch_size):
            yield roomy[start : start + self._batch_size]
        yield from ([p] for p in by_length if self._allowed(lengths[p], most) != most)

    def _complete(self, prompts: Sequence[list[int]], most: int) -> list[Completion]:
        import torch

        longest = max(len(prompt) for prompt in prompts)
        device = self._model.device
        ids = torch.tensor([[self._pad] * (longest - len(p)) + p for p in prompts], device=device)
        mask = torch.tensor([[0] * (longest - len(p)) + [1] * len(p) for p in prompts], device=device)
        torch.manual_seed(self._decoding.seed)
        with torch.inference_mode():
            output = self._model.generate(
                input_ids=ids,
                attention_mask=mask,
                generation_config=self._config,
                max_new_tokens=self._allowed(longest, most),
            )
        return [self._completion(len(p), row) for p, row in zip(prompts, output[:, longest:].tolist(), strict=True)]

    def _completion(self, prompt_tokens: int, tokens: list[int]) -> Completion:
        end = next((place for place, token in enumerate(tokens) if token in self._ends), None)
        kept = tokens if end is None else tokens[:end]
        text = self._tokenizer.decode(kept, skip_special_tokens=True).strip()
        return Completion(text, prompt_tokens, len(kept), "length" if end is None else "stop")


def attach(model: Any, adapter: Path) -> Any:
    """The model with the adapter of a folder. Raises BadInput when it is not a safetensors adapter of this model."""
    from peft import PeftModel, get_peft_model_state_dict
    from safetensors import safe_open

    refuse_pickles(adapter)
    if not (adapter / WEIGHTS).is_file():
        raise BadInput(f"{adapter} has no {WEIGHTS}: name a trained adapter's folder.", reason="AdapterUnloadable")
    try:
        adapted = PeftModel.from_pretrained(model, str(adapter), local_files_only=True)
        with safe_open(adapter / WEIGHTS, framework="pt") as file:
            saved = set(file.keys())
    except (OSError, ValueError, KeyError, RuntimeError, TypeError) as error:
        raise BadInput(
            f"{adapter} cannot be loaded onto the base model ({type(error).__name__}): "
            "use the base model that the adapter was trained on.",
            reason="AdapterUnloadable",
        ) from None
    # PEFT only warns of tensors that it does not find, and answers with fresh ones instead.
    if saved != set(get_peft_model_state_dict(adapted, save_embedding_layers=False)):
        raise BadInput(
            f"The tensors of {adapter / WEIGHTS} are not what adapter_config.json asks for: train the adapter again.",
            reason="AdapterUnloadable",
        )
    return adapted


def refuse_pickles(folder: Path) -> None:
    """Raise BadInput when a folder holds weights that can run code when they are read."""
    found = unsafe(path.relative_to(folder).as_posix() for path in folder.rglob("*"))
    if found is not None:
        raise BadInput(
            f"{found} in {folder} is not safetensors: such files can run code when they are read; remove it.",
            reason="UnsafeWeights",
        )
