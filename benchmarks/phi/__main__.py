"""``python -m benchmarks.phi all|accuracy|speed|memory|errors``: one JSON line per figure."""

import argparse
import json
import sys
from collections import Counter

from benchmarks.figure import show
from benchmarks.phi import accuracy, memory, sets, speed


def main() -> int:
    """Run what is asked for."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.phi", description=__doc__)
    parser.add_argument("what", choices=["all", "accuracy", "speed", "memory", "errors"])
    parser.add_argument("--only", help="the stem of one set's file")
    parser.add_argument("--part", type=int, choices=[0, 1], help="only even (0) or odd (1) rows")
    parser.add_argument("--limit", type=int, default=60, help="errors: how many of each kind")
    parser.add_argument("--size", type=int, default=4, help="speed: millions of characters of each kind")
    parser.add_argument(
        "--sizes", type=int, nargs="+", default=[64, 256, 1024], help="memory: sizes of the files in MB"
    )
    parser.add_argument("--no-peer", action="store_true", help="speed: do not install and run the peer")
    asked = parser.parse_args()
    folder = sets.folder()
    if asked.what in ("all", "speed"):
        for figure in speed.figures(asked.size * 1_000_000, peer=not asked.no_peer):
            show(figure)
    if asked.what in ("all", "memory"):
        for figure in memory.figures(asked.sizes):
            show(figure)
    if asked.what in ("speed", "memory"):
        return 0
    if folder is None:
        sys.stderr.write(
            f"Name the folder of the labelled sets in {sets.VARIABLE}: it has a folder phi with JSONL files.\n"
        )
        return 0 if asked.what == "all" else 64
    if asked.what in ("all", "accuracy"):
        for figure in accuracy.figures(folder, asked.only, asked.part):
            show(figure)
        return 0
    if asked.only in accuracy.SPECIAL:
        for case in accuracy.disagreements(folder / f"{asked.only}.jsonl"):
            sys.stdout.write(f"{json.dumps(case, ensure_ascii=False)}\n")
        return 0
    # For a person at a terminal who works on the rules with public sets.
    total = accuracy.score(folder / f"{asked.only}.jsonl", part=asked.part)
    for kind, rows in (("missed", total.missed), ("false", total.false)):
        sys.stdout.write(f"{kind} {len(rows)}: {Counter(row[1] for row in rows).most_common(40)}\n")
        for row in rows[: asked.limit]:
            sys.stdout.write(f"  {row[0]} {row[1]} {row[2]!r}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
