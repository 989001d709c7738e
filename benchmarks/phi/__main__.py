"""``python -m benchmarks.phi accuracy|errors [--only SET] [--part 0|1]``: one JSON line per figure."""

import argparse
import json
import sys
from collections import Counter

from benchmarks.figure import show
from benchmarks.phi import accuracy, sets


def main() -> int:
    """Run what is asked for."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.phi", description=__doc__)
    parser.add_argument("what", choices=["accuracy", "errors"])
    parser.add_argument("--only", help="the stem of one set's file")
    parser.add_argument("--part", type=int, choices=[0, 1], help="only even (0) or odd (1) rows")
    parser.add_argument("--limit", type=int, default=60, help="errors: how many of each kind")
    asked = parser.parse_args()
    folder = sets.folder()
    if folder is None:
        sys.stderr.write(
            f"Name the folder of the labelled sets in {sets.VARIABLE}: it has a folder phi with JSONL files.\n"
        )
        return 64
    if asked.what == "accuracy":
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
