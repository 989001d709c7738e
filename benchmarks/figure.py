"""How is one measured figure written down?"""

import json
import platform
import sys
from dataclasses import dataclass, field
from importlib.metadata import version
from math import sqrt
from typing import Any

_Z = 1.959963984540054


def wilson(successes: int, trials: int) -> tuple[float, float]:
    """The 95 % score interval of a proportion (Wilson 1927); (0, 1) without a trial."""
    if trials == 0:
        return 0.0, 1.0
    share, square = successes / trials, _Z * _Z
    centre = (share + square / (2 * trials)) / (1 + square / trials)
    half = _Z * sqrt(share * (1 - share) / trials + square / (4 * trials * trials)) / (1 + square / trials)
    return max(0.0, centre - half), min(1.0, centre + half)


@dataclass(frozen=True)
class Figure:
    """One figure beside its peer's; ``ratio`` above 1 means better than the peer."""

    bench: str
    case: str
    value: float
    unit: str
    peer: str | None = None
    peer_value: float | None = None
    lower_is_better: bool = False
    more: dict[str, Any] = field(default_factory=dict)
    versions: dict[str, str] = field(default_factory=dict)

    @property
    def ratio(self) -> float | None:
        """None without a peer, or where a division by zero would be asked for."""
        if self.peer_value is None:
            return None
        above, below = (self.peer_value, self.value) if self.lower_is_better else (self.value, self.peer_value)
        return round(above / below, 3) if below else None

    def line(self) -> str:
        """The figure as one JSON line."""
        return json.dumps(
            {
                "bench": self.bench,
                "case": self.case,
                "value": round(self.value, 4),
                "unit": self.unit,
                "peer": self.peer,
                "peer_value": None if self.peer_value is None else round(self.peer_value, 4),
                "ratio": self.ratio,
                **self.more,
                "versions": {"preceptor": version("preceptor"), "python": platform.python_version(), **self.versions},
            }
        )


def show(figure: Figure) -> None:
    """Print a figure at once: a long benchmark that is stopped has still said what it knew."""
    sys.stdout.write(figure.line() + "\n")
    sys.stdout.flush()


def share(bench: str, case: str, successes: int, trials: int, **known: Any) -> Figure:
    """A proportion with its Wilson interval."""
    low, high = wilson(successes, trials)
    more = {"n": trials, "interval": [round(low, 4), round(high, 4)], **known.pop("more", {})}
    return Figure(bench, case, successes / trials if trials else 0.0, "share", more=more, **known)
