"""``python -m benchmarks.training speed|modes|gpu``: one JSON line per figure."""

import argparse
import sys

from benchmarks.figure import show
from benchmarks.training import gpu, modes, speed


def main() -> int:
    """Run what is asked for."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.training", description=__doc__)
    parser.add_argument("what", choices=["speed", "modes", "gpu"])
    parser.add_argument("--rounds", type=int, default=3, help="how often each case is run; medians are compared")
    parser.add_argument("--steps", type=int, default=16, help="measured steps of a run")
    parser.add_argument("--no-peer", action="store_true", help="do not install and run the peer")
    asked = parser.parse_args()
    if asked.what == "modes":
        for figure in modes.figures(rounds=asked.rounds, steps=asked.steps):
            show(figure)
        return 0
    if asked.what == "gpu":
        for figure in gpu.figures(rounds=asked.rounds, steps=asked.steps, peer=not asked.no_peer):
            show(figure)
        return 0
    for figure in speed.figures(rounds=asked.rounds, steps=asked.steps, peer=not asked.no_peer):
        show(figure)
    return 0


if __name__ == "__main__":
    sys.exit(main())
