"""Are the stored weights those of the labelled texts? ``python -m benchmarks.phi.evidence [--check|--judge]``."""

import argparse
import json
import sys

from benchmarks.phi.evidence.judged import lines
from benchmarks.phi.evidence.learnt import FILE, are_current, learnt, page


def main() -> None:
    """Write the file, or say whether it is current, or what cross-validation says of such weights."""
    parser = argparse.ArgumentParser(description="Learn what the facts about words weigh that may be names.")
    parser.add_argument("--check", action="store_true", help="change nothing, and fail where the file is not current")
    parser.add_argument("--judge", action="store_true", help="change nothing, and say how weights of other texts fare")
    asked = parser.parse_args()
    if asked.judge:
        for line in lines():
            sys.stdout.write(f"{json.dumps(line)}\n")
        return
    if not asked.check:
        FILE.write_text(page(learnt()), encoding="utf-8")
    elif not are_current():
        sys.exit(f"{FILE.name} is not current: run make generate.")


if __name__ == "__main__":
    main()
