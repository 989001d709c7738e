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
    from torch.distributed.distributed_c10d import Store

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

    def __init__(self, place: Place, device: torch.device, *, shared: bool = False) -> None:
        self.place, self.device, self.shared = place, device, shared
        self.rank, self.size, self.first = place.rank, place.size, place.first

    @classmethod
    def connect(cls, place: Place, device: torch.device, timeout_seconds: int | None, *, always: bool = False) -> Ranks:
        """Meet the others: gloo between CPUs, and where any two share a GPU, which NCCL refuses; else NCCL.

        ``always``: form a group of one, too.
        """
        if place.size == 1 and not always:
            return cls(place, device)
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
        with _together():
            store, devices = _met(place, device, limit or dist.default_pg_timeout)
            shared = device.type == "cuda" and len(set(devices)) < len(devices)
            backend = "cpu:gloo,cuda:nccl" if device.type == "cuda" and not shared else "gloo"
            dist.init_process_group(backend, store=store, timeout=limit, rank=place.rank, world_size=place.size)
        return cls(place, device, shared=shared)

    def described(self) -> dict[str, str]:
        """How sums between GPUs are made, for the record of a run: another way adds in another order."""
        if self.device.type != "cuda" or self.size == 1:
            return {}
        return {"backend": "gloo" if self.shared else "nccl"}

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


def _met(place: Place, device: torch.device, limit: timedelta) -> tuple[Store, list[str]]:
    """The store that all ranks share, and which processor each computes on, in the order of ranks.

    All decide from the same list: a rank that judged by its own machine alone might wait for others in vain.
    """
    import torch
    from torch.distributed.distributed_c10d import PrefixStore
    from torch.distributed.rendezvous import rendezvous

    store, _, _ = next(rendezvous("env://", place.rank, place.size, timeout=limit))
    store.set_timeout(limit)
    met = PrefixStore("processors", store)
    own = str(torch.cuda.get_device_properties(device).uuid) if device.type == "cuda" else f"cpu of rank {place.rank}"
    met.set(str(place.rank), own)
    return PrefixStore("ranks", store), [met.get(str(rank)).decode() for rank in range(place.size)]


def _free() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])
