"""How does an examined candidate answer?

    from preceptor_eval.generation import load
    generator = load(base_model, adapter, decoding)          # pathlib.Path, pathlib.Path | None, Decoding
    texts = generator.generate([conversation, …])            # list[str], in the order of the conversations
    for position, completion in generator.stream([…]): …     # as answers become ready, with token counts
    with generator.base_model(): …                           # the same, without the adapter

A conversation is a list of ``{"role": "system" | "user" | "assistant", "content": str}``. The system prompt of the
candidate comes first and is the caller's to put there (``prompts.conversation``). ``load`` reads local files only,
safetensors only, and never runs code from a model folder; it does not hash them: verify digests before. Importing this
package does not import torch; ``load`` does, and takes about ten seconds for that. A generator is not thread-safe.
"""

from pathlib import Path

from preceptor.api.candidate import Decoding
from preceptor_eval.generation.generator import Completion, ConversationRefused, Generator, Message
from preceptor_eval.generation.prompts import conversation, with_contexts

__all__ = ["Completion", "ConversationRefused", "Generator", "Message", "conversation", "load", "with_contexts"]


def load(base_model: Path, adapter: Path | None, decoding: Decoding, *, batch_size: int = 32) -> Generator:
    """Load a base model with an adapter (or without) from local folders.

    Raises BadInput when a folder is no model or adapter that can be loaded (reason ``ModelUnloadable`` or
    ``AdapterUnloadable``), holds weights that are not safetensors (``UnsafeWeights``), or has no chat template
    (``NoChatTemplate``).
    """
    from preceptor_eval.generation.local_transformers import TransformersGenerator

    return TransformersGenerator.load(base_model, adapter, decoding, batch_size=batch_size)
