"""How many processors may this process use?"""

import os
from pathlib import Path

_QUOTA = Path("/sys/fs/cgroup/cpu.max")


def available(quota: Path = _QUOTA) -> int:
    """Processors that the scheduler and the container's quota allow, at least 1."""
    allowed = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    try:
        most, period = quota.read_text().split()
        if most != "max":
            allowed = min(allowed, max(1, int(most) // int(period)))
    except (OSError, ValueError):
        pass
    return max(1, allowed)
