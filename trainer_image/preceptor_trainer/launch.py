"""How are the ranks of this machine started, where do they meet those of others, and which exit code do they give?"""

from __future__ import annotations

import os
import socket
import sys
import time
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from preceptor.exits import BadInput, Exit, TryAgain
from preceptor_trainer import reasons

# Which of several ranks' codes tells why all ended: a refusal, then a bug; "try again" is also what the others say.
ORDER = (Exit.BAD_INPUT, Exit.CHECK_SAYS_NO, Exit.INCONCLUSIVE, Exit.OUR_BUG)
SIGNALLED = 128
# The operator's, in each pod of a gang; the index is Kubernetes'.
RENDEZVOUS = "PRECEPTOR_RENDEZVOUS"
INDEX = "JOB_COMPLETION_INDEX"
# Other pods may still pull their image.
PATIENCE_SECONDS = 900


@dataclass(frozen=True)
class Meeting:
    """Where machines meet: so many, this one's index, ``host:port`` on the first, and a name that they share."""

    nodes: int = 1
    index: int = 0
    endpoint: str = "localhost:0"
    name: str = ""

    @classmethod
    def of_environment(cls, nodes: int, name: str) -> Meeting:
        """The meeting of this pod's gang. Raises BadInput when the pod does not say where it is or which it is."""
        if nodes == 1:
            return cls()
        endpoint, index = os.environ.get(RENDEZVOUS, ""), os.environ.get(INDEX, "")
        if not index.isdecimal() or int(index) >= nodes or ":" not in endpoint:
            raise BadInput(
                f"This is a training of {nodes} pods, but {RENDEZVOUS} and {INDEX} do not say where they meet and "
                "which this is: let the operator make the Job.",
                reason=reasons.JOB_INVALID,
            )
        return cls(nodes, int(index), endpoint, name)

    def wait(self) -> None:
        """Wait until the first pod has a name. Raises TryAgain (``RankLost``) when it gets none in time."""
        host, until = self.endpoint.rpartition(":")[0], time.monotonic() + PATIENCE_SECONDS
        while self.nodes > 1:
            try:
                socket.getaddrinfo(host, None)
                return
            except OSError:
                # A pod's name is published some seconds after the pod has started.
                if time.monotonic() > until:
                    raise TryAgain(
                        f"The first pod of this training has no address ({host}): see whether all its pods run.",
                        reason=reasons.RANK_LOST,
                    ) from None
                time.sleep(1)


def started() -> bool:
    """Whether this process is one of the ranks that torchrun started."""
    return "RANK" in os.environ


def launch(words: Sequence[str], nproc_per_node: int, meeting: Meeting | None = None) -> int:
    """Run ``python -m preceptor_trainer WORDS`` in so many processes and return the workers' own exit code.

    torchrun itself ends with 1 whatever a worker said. A SIGTERM is passed on: the workers keep a checkpoint, and the
    code is 75. Raises TryAgain (``RankLost``) when the machines of a ``meeting`` do not find each other.
    """
    from torch.distributed.elastic.multiprocessing import DefaultLogsSpecs, SignalException
    from torch.distributed.elastic.multiprocessing.errors import ChildFailedError
    from torch.distributed.elastic.rendezvous.api import RendezvousError
    from torch.distributed.launcher.api import LaunchConfig, elastic_launch

    place = meeting or Meeting()
    place.wait()
    config = LaunchConfig(
        min_nodes=place.nodes,
        max_nodes=place.nodes,
        nproc_per_node=nproc_per_node,
        run_id=place.name or str(uuid.uuid4()),
        rdzv_backend="c10d",
        rdzv_endpoint=place.endpoint,
        rdzv_configs={"timeout": PATIENCE_SECONDS} | ({"is_host": place.index == 0} if place.nodes > 1 else {}),
        max_restarts=0,
        logs_specs=DefaultLogsSpecs(),
    )
    command: Any = elastic_launch(config, sys.executable)
    try:
        command("-m", "preceptor_trainer", *words)
    except ChildFailedError as error:
        return code_of(failure.exitcode for failure in error.failures.values())
    except SignalException:
        return int(Exit.TRY_AGAIN)
    except (RendezvousError, ConnectionError) as error:
        raise TryAgain(
            f"The pods of this training did not meet at {place.endpoint} ({type(error).__name__}): see whether "
            "all run.",
            reason=reasons.RANK_LOST,
        ) from None
    return int(Exit.PASS)


def code_of(codes: Iterable[int]) -> int:
    """The code that says why a gang ended. A negative one is the signal that ended a worker, as a shell tells it."""
    found = set(codes)
    for code in ORDER:
        if code in found:
            return int(code)
    killed = sorted(code for code in found if code < 0)
    if killed:
        return SIGNALLED - killed[0]
    return int(Exit.TRY_AGAIN) if Exit.TRY_AGAIN in found else int(Exit.OUR_BUG)
