"""How much memory does a scan take, and does it grow with the file?"""

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from benchmarks.figure import Figure
from benchmarks.phi import texts

BENCH = "phi-memory"
_SCRIPT = """
import json, resource, sys, time
from pathlib import Path
from preceptor.phi.fingerprint import Fingerprinter
from preceptor.phi.scan import Scanner
path = Path(sys.argv[1]); scanner = Scanner(Fingerprinter.random())
started = time.process_time()
for _ in scanner.file(path, path.name): pass
seconds = time.process_time() - started
kilobytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
speed = scanner.tally.bytes / 1e6 / seconds
print(json.dumps({"mb": kilobytes / 1e3, "findings": scanner.tally.findings, "speed": speed}))
"""


def figures(sizes: Sequence[int] = (64, 256, 1024)) -> Iterator[Figure]:
    """The peak of a scan in a process of its own over JSONL of each size (MB), half of it clean and half dense."""
    chosen = texts.chosen(8_000_000)
    rows = [row for pair in zip(chosen["clean"][1], chosen["dense"][1] * 8, strict=False) for row in pair]
    with tempfile.TemporaryDirectory() as folder:
        for size in sizes:
            path = Path(folder) / "mixed.jsonl"
            written = texts.write_jsonl(path, rows, size * 1_000_000)
            run = subprocess.run([sys.executable, "-c", _SCRIPT, str(path)], capture_output=True, text=True, check=True)
            answer = json.loads(run.stdout)
            path.unlink()
            more = {
                "file_mb": round(written / 1e6),
                "findings": answer["findings"],
                "mb_per_second": round(answer["speed"], 2),
            }
            yield Figure(
                BENCH, f"peak over {size} MB of JSONL", answer["mb"], "MB resident", lower_is_better=True, more=more
            )
