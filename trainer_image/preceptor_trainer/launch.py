"""How are the ranks of a training started, and which exit code do they give?"""

from __future__ import annotations

import argparse
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
# A headless service publishes the name of a pod some seconds after it began.
NAME_SECONDS = 300.0
# Other pods may still pull their image.
MEETING_SECONDS = 900
# The operator's, in each pod of a gang; the index is Kubernetes'.
RENDEZVOUS = "PRECEPTOR_RENDEZVOUS"
INDEX = "JOB_COMPLETION_INDEX"


@dataclass(frozen=True)
class Gang:
    """So many processes on so many machines; ``endpoint`` (HOST:PORT of the first) and ``name`` where several meet.

    ``first`` says whether this is the machine that the others come to; None: its name tells.
    """

    nproc_per_node: int = 1
    nodes: int = 1
    endpoint: str = "localhost:0"
    name: str = ""
    first: bool | None = None

    @classmethod
    def of_environment(cls, nodes: int, nproc_per_node: int, name: str) -> Gang:
        """The gang of this pod. Raises BadInput when the pod does not say where it meets or which pod it is."""
        if nodes == 1:
            return cls(nproc_per_node)
        endpoint, index = os.environ.get(RENDEZVOUS, ""), os.environ.get(INDEX, "")
        if not index.isdecimal() or int(index) >= nodes or ":" not in endpoint:
            raise BadInput(
                f"This is a training of {nodes} pods, but {RENDEZVOUS} and {INDEX} do not say where they meet and "
                "which this is: let the operator make the Job.",
                reason=reasons.JOB_INVALID,
            )
        return cls(nproc_per_node, nodes, endpoint, name, int(index) == 0)


def started() -> bool:
    """Whether this process is one of the ranks that torchrun started."""
    return "RANK" in os.environ


def launch(words: Sequence[str], gang: Gang) -> int:
    """Run ``python -m preceptor_trainer WORDS`` on this machine's ranks and return the workers' own exit code.

    torchrun itself ends with 1 whatever a worker said. A SIGTERM is passed on: the workers keep a checkpoint, and the
    code is 75. No worker is started again by itself: the whole gang is, from its last checkpoint. Raises TryAgain
    (``RankLost``) when the machines do not find each other.
    """
    from torch.distributed.elastic.multiprocessing import DefaultLogsSpecs, SignalException
    from torch.distributed.elastic.multiprocessing.errors import ChildFailedError
    from torch.distributed.elastic.rendezvous.api import RendezvousError
    from torch.distributed.launcher.api import LaunchConfig, elastic_launch

    if gang.nodes > 1:
        await_name(gang.endpoint.rpartition(":")[0])
    config = LaunchConfig(
        min_nodes=gang.nodes,
        max_nodes=gang.nodes,
        nproc_per_node=gang.nproc_per_node,
        run_id=gang.name or str(uuid.uuid4()),
        rdzv_backend="c10d",
        rdzv_endpoint=gang.endpoint,
        rdzv_configs={"timeout": MEETING_SECONDS} | ({} if gang.first is None else {"is_host": gang.first}),
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
            f"The machines of this training did not meet at {gang.endpoint} ({type(error).__name__}): see whether all "
            "run.",
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


def await_name(host: str, seconds: float = NAME_SECONDS) -> None:
    """Wait until a machine's name is known. Raises TryAgain (``RankLost``) when it is not in time."""
    until = time.monotonic() + seconds
    while True:
        try:
            socket.getaddrinfo(host, None)
        except OSError:
            if time.monotonic() > until:
                raise TryAgain(
                    f"The first machine of the training, {host}, is known to nobody after {seconds:.0f} seconds: see "
                    "whether its pod runs and its service publishes names that are not ready.",
                    reason=reasons.RANK_LOST,
                ) from None
            time.sleep(min(1.0, seconds))
        else:
            return


def parse(arguments: Sequence[str]) -> tuple[Gang, list[str]]:
    """The gang and the trainer's own words of a command line. Raises BadInput (``Usage``)."""

    class Parser(argparse.ArgumentParser):
        def error(self, message: str) -> Any:
            raise BadInput(f"{message[0].upper()}{message[1:]}. {self.format_usage().strip()}", reason=reasons.USAGE)

    parser = Parser(
        prog="preceptor-trainer launch",
        description="Start the ranks of this machine, each with the words after --, and end with their own exit code.",
    )
    parser.add_argument("--nproc-per-node", type=int, default=1, help="ranks on each machine")
    parser.add_argument("--nnodes", type=int, default=1, help="machines")
    parser.add_argument("--rdzv-endpoint", default="localhost:0", metavar="HOST:PORT", help="where they meet")
    parser.add_argument("--rdzv-id", default="", help="name of this training, the same on all machines")
    parser.add_argument("words", nargs="+", help="-- and what each rank runs, such as: -- run --job FILE")
    found = parser.parse_args(arguments)
    if found.nproc_per_node < 1 or found.nnodes < 1 or (found.nnodes > 1 and not found.rdzv_id):
        raise BadInput(
            "Start at least one rank on one machine; several machines need --rdzv-endpoint and --rdzv-id.",
            reason=reasons.USAGE,
        )
    return Gang(found.nproc_per_node, found.nnodes, found.rdzv_endpoint, found.rdzv_id), found.words
