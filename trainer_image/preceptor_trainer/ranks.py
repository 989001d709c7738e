"""How do the processes of one training speak to one another?"""

from __future__ import annotations

import os
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, TypeVar

from preceptor.exits import BadInput, PreceptorError, TryAgain
from preceptor_trainer import reasons

if TYPE_CHECKING:
    import torch

T = TypeVar("T")


@dataclass(frozen=True)
class Place:
    """Which of how many processes this is, as torchrun says it in the environment; one alone where it says nothing."""

    rank: int = 0
    size: int = 1
    local_rank: int = 0
    node: int = 0

    @classmethod
    def of_environment(cls) -> Place:
        """Read RANK, WORLD_SIZE, LOCAL_RANK and GROUP_RANK. Raises BadInput when they make no sense."""
        try:
            rank, size = int(os.environ.get("RANK", "0")), int(os.environ.get("WORLD_SIZE", "1"))
            local, node = int(os.environ.get("LOCAL_RANK", rank)), int(os.environ.get("GROUP_RANK", "0"))
        except ValueError:
            rank, size, local, node = -1, 0, 0, 0
        if not 0 <= rank < size:
            raise BadInput(
                "RANK and WORLD_SIZE in the environment are no rank of a world: start with torchrun.",
                reason=reasons.USAGE,
            )
        return cls(rank, size, local, node)

    @property
    def first(self) -> bool:
        """Whether this is the process that writes and speaks."""
        return self.rank == 0

    @property
    def first_here(self) -> bool:
        """Whether this is the process that checks and copies for its machine."""
        return self.local_rank == 0


class Ranks:
    """All ranks of a training. Every method is called by all of them, in the same order."""

    def __init__(self, place: Place, device: torch.device, shared: bool = False) -> None:
        self.place, self.device, self.shared = place, device, shared
        self.rank, self.size, self.first = place.rank, place.size, place.first

    @classmethod
    def connect(cls, place: Place, device: torch.device, timeout_seconds: int | None, *, always: bool = False) -> Ranks:
        """Meet the others: gloo between CPUs and ranks that share a GPU, NCCL between GPUs.

        ``always``: form a group of one, too.
        """
        shared = place.size > 1 and device.type == "cuda" and _share_a_gpu()
        if place.size > 1 or always:
            import torch.distributed as dist

            limit = None if timeout_seconds is None else timedelta(seconds=timeout_seconds)
            if "MASTER_ADDR" not in os.environ:
                alone = {
                    "RANK": 0,
                    "WORLD_SIZE": 1,
                    "LOCAL_RANK": 0,
                    "MASTER_ADDR": "127.0.0.1",
                    "MASTER_PORT": _free(),
                }
                os.environ.update({name: str(value) for name, value in alone.items()})
            backend = "cpu:gloo,cuda:nccl" if device.type == "cuda" and not shared else "gloo"
            with _together():
                dist.init_process_group(backend, timeout=limit, rank=place.rank, world_size=place.size)
        return cls(place, device, shared)

    def gather(self, tensor: torch.Tensor) -> list[torch.Tensor]:
        """Every rank's tensor, in the order of ranks; all have the same shape."""
        if self.size == 1:
            return [tensor]
        import torch
        import torch.distributed as dist

        gathered = [torch.empty_like(tensor) for _ in range(self.size)]
        with _together():
            dist.all_gather(gathered, tensor)
        return gathered

    def add(self, tensor: torch.Tensor) -> None:
        """Replace a tensor by the sum over all ranks, in an order that depends on their number."""
        if self.size > 1:
            import torch.distributed as dist

            with _together():
                dist.all_reduce(tensor)

    def spread(self, tensor: torch.Tensor) -> None:
        """Overwrite a tensor with the first rank's."""
        if self.size > 1:
            import torch.distributed as dist

            with _together():
                dist.broadcast(tensor, 0)

    def everyone(self, value: T) -> list[T]:
        """Every rank's value, in the order of ranks."""
        if self.size == 1:
            return [value]
        import torch.distributed as dist

        values: list[T | None] = [None] * self.size
        with _together():
            dist.all_gather_object(values, value)
        return values  # type: ignore[return-value]

    def from_first(self, call: Callable[[], T]) -> T:
        """What ``call`` returns on the first rank, or on every rank what it raised there, so that all end alike."""
        if self.size == 1:
            return call()
        import torch.distributed as dist

        said: list[tuple[T | None, Exception | None] | None] = [None]
        failed: Exception | None = None
        if self.first:
            try:
                said = [(call(), None)]
            except Exception as error:
                failed = error
                said = [
                    (None, error if isinstance(error, PreceptorError | OSError) else RuntimeError(type(error).__name__))
                ]
        with _together():
            dist.broadcast_object_list(said, src=0)
        if failed is not None:
            raise failed
        assert said[0] is not None
        value, other = said[0]
        if other is not None:
            raise other
        return value  # type: ignore[return-value]

    def close(self) -> None:
        """Part from the others, once all have come here."""
        if self.size > 1:
            import torch.distributed as dist

            with _together():
                dist.barrier()
                dist.destroy_process_group()


@contextmanager
def _together() -> Iterator[None]:
    """Turn the loss of another rank, which its own process explains, into TryAgain (``RankLost``)."""
    try:
        yield
    except RuntimeError:
        raise TryAgain(
            "Another rank ended or did not answer in time: see what it said; the same call goes on from the last "
            "checkpoint.",
            reason=reasons.RANK_LOST,
        ) from None


def _share_a_gpu() -> bool:
    """Whether this machine has fewer GPUs than ranks, which NCCL refuses."""
    import torch

    return int(os.environ.get("LOCAL_WORLD_SIZE", "1")) > torch.cuda.device_count()


def _free() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])
