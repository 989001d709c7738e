"""Which training is this, whoever asked for it and wherever its files lie?"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any

from preceptor.digests import digest_json
from preceptor_trainer import __version__
from preceptor_trainer.inputs import Inputs
from preceptor_trainer.request import Request

# Version 5 identifiers of this name space are drawn from a recipe's digest.
NAMESPACE = uuid.uuid5(uuid.NAMESPACE_DNS, "recipe.preceptor.dev")


# Fields of ``training`` that change no byte of the adapter.
BYSTANDERS = frozenset({"saveSteps"})


@dataclass(frozen=True)
class Recipe:
    """Everything that decides the adapter's bytes, and nothing else: no owner, no URI, no clock."""

    request: Request
    inputs: Inputs
    world_size: int = 1

    def document(self) -> dict[str, Any]:
        """The recipe. What a mode's promise is bound to belongs to it.

        Mode deterministic is bound to a number of ranks and a strategy. In mode invariant ddp and zero2 give the same
        bits on any number of ranks; zero3 gives its own, also on any number: DeepSpeed multiplies in another order.
        """
        request = self.request
        training = request.training.document()
        parts: dict[str, Any] = {
            "baseModel": self.inputs.base.digest,
            "dataset": self.inputs.dataset.digest,
            "method": request.method.document(),
            "training": {name: value for name, value in training.items() if name not in BYSTANDERS},
            "reproducibility": request.reproducibility.document(),
        }
        if request.reproducibility.mode == "deterministic":
            parts["ranks"] = {"worldSize": self.world_size, "strategy": request.strategy}
        elif request.invariant and request.strategy == "zero3":
            parts["ranks"] = {"strategy": request.strategy}
        return parts

    @property
    def digest(self) -> str:
        """Digest of the recipe: the same for every run that must give the same adapter."""
        return digest_json(self.document())

    def manifest_fields(self, counts: dict[str, int]) -> dict[str, Any]:
        """Fields of the adapter's manifest; what a person answered for in the dataset is said again with their name."""
        base, dataset = self.inputs.base, self.inputs.dataset
        return {
            "kind": "adapter",
            "name": f"{base.name}-{dataset.name}",
            "provenance_id": uuid.uuid5(NAMESPACE, self.digest),
            "source": f"preceptor-trainer {__version__}: base model {base.name}, dataset {dataset.name}",
            "deid_method": dataset.deid_method,
            "curator": dataset.curator,
            # The clock would give another digest to the same adapter.
            "date": dataset.date,
            "licence": f"base model: {base.licence}; dataset: {dataset.licence}",
            "record_count": 0,
            "schema_name": "adapter",
            "attributes": self.inputs.digests
            | {
                "recipe": self.digest,
                "mode": self.request.reproducibility.mode,
                "seed": str(self.request.reproducibility.seed),
            }
            | {name: str(value) for name, value in sorted(counts.items())},
        }
