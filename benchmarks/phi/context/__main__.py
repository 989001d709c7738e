"""Is the stored file what the labelled texts teach? ``python -m benchmarks.phi.context [--check|--judge]``."""

import argparse
import json
import sys

from benchmarks.phi.context.learnt import FILE, are_current, judged, learnt, page


def main() -> None:
    """Write the file, or say whether it is current, or what cross-validation says of such weights."""
    parser = argparse.ArgumentParser(description="Learn what the facts about words and their contexts weigh.")
    parser.add_argument("--check", action="store_true", help="change nothing, and fail where the file is not current")
    parser.add_argument("--judge", action="store_true", help="change nothing, and say how weights of other texts fare")
    asked = parser.parse_args()
    if asked.judge:
        for line in judged():
            sys.stdout.write(f"{json.dumps(line)}\n")
    elif not asked.check:
        FILE.write_text(page(learnt()), encoding="utf-8")
    elif not are_current():
        sys.exit(f"{FILE.name} is not current: run make generate.")


if __name__ == "__main__":
    main()
