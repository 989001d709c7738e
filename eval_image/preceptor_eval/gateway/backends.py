"""Which generator and which output policy stand behind the gateway's seams?"""

from collections.abc import Sequence
from pathlib import Path

from preceptor import policy
from preceptor.api.candidate import Decoding
from preceptor_eval import generation
from preceptor_eval.gateway.seams import Generator, OutputPolicy


class TransformersLoader:
    """Loads candidates with transformers and PEFT."""

    def load(self, *, base_model: Path, adapter: Path, decoding: Decoding) -> Generator:
        """See ``seams.Loader``."""
        return _OneAtATime(generation.load(base_model, adapter, decoding, batch_size=1))


class PolicyFile:
    """The output policy in a file, read anew for each handover; without a path that of the image."""

    def __init__(self, path: Path | None) -> None:
        self._path = path

    def load(self) -> OutputPolicy:
        """See ``seams.PolicySource``."""
        return policy.load(self._path)


class _OneAtATime:
    def __init__(self, generator: generation.Generator) -> None:
        self._generator = generator

    def complete(self, conversation: Sequence[generation.Message]) -> generation.Completion:
        ((_, completion),) = self._generator.stream([conversation])
        return completion
