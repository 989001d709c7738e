"""How are the ranks of this machine started, and which exit code do they give?"""

from __future__ import annotations

import sys
import uuid
from collections.abc import Iterable, Sequence
from typing import Any

from preceptor.exits import Exit

# Which of several ranks' codes tells why all ended: a refusal, then a bug; "try again" is also what the others say.
ORDER = (Exit.BAD_INPUT, Exit.CHECK_SAYS_NO, Exit.INCONCLUSIVE, Exit.OUR_BUG)
SIGNALLED = 128


def launch(words: Sequence[str], nproc_per_node: int) -> int:
    """Run ``python -m preceptor_trainer WORDS`` in so many processes and return the workers' own exit code.

    torchrun itself ends with 1 whatever a worker said. A SIGTERM is passed on: the workers keep a checkpoint, and the
    code is 75.
    """
    from torch.distributed.elastic.multiprocessing import DefaultLogsSpecs, SignalException
    from torch.distributed.elastic.multiprocessing.errors import ChildFailedError
    from torch.distributed.launcher.api import LaunchConfig, elastic_launch

    config = LaunchConfig(
        min_nodes=1,
        max_nodes=1,
        nproc_per_node=nproc_per_node,
        run_id=str(uuid.uuid4()),
        rdzv_backend="c10d",
        rdzv_endpoint="localhost:0",
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
