"""Are the stored plans those of the rules that ship? ``python -m preceptor.phi.write_plans [--check]``."""

import argparse
import json
import sys
from collections.abc import Iterable
from pathlib import Path

from preceptor.phi.plans import FILE, digest, worked_out
from preceptor.phi.rule import Rule
from preceptor.phi.rules import ALL

DATA = Path(__file__).parent / "data"


def page(rules: Iterable[Rule]) -> str:
    """The file for some rules: one a line, so that two changes of it seldom meet."""
    plans = sorted({digest(rule): worked_out(rule) for rule in rules}.items())
    return "{\n" + ",\n".join(f'"{of}": {json.dumps(plan)}' for of, plan in plans) + "\n}\n"


def main() -> None:
    """Write the file, or with ``--check`` say whether it is current."""
    parser = argparse.ArgumentParser(description="Write down how the rules that ship are looked for.")
    parser.add_argument("--check", action="store_true", help="change nothing, and fail where the file is not current")
    file, text = DATA / FILE, page(ALL)
    if not parser.parse_args().check:
        file.write_text(text, encoding="utf-8")
    elif not file.is_file() or file.read_text(encoding="utf-8") != text:
        sys.exit(f"{FILE} is not current: run make generate.")


if __name__ == "__main__":
    main()
