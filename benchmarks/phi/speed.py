"""How fast is the scanner on one core, beside presidio-analyzer's pattern recognizers in the same run?"""

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Any

from benchmarks.figure import Figure
from benchmarks.phi import texts

from preceptor.phi.detect import Query, default_detector
from preceptor.phi.fingerprint import Fingerprinter
from preceptor.phi.scan import Scanner

BENCH = "phi-speed"
_PEER = "presidio-analyzer"
_PEER_VERSION = "2.2.366"
# The peer without its language model: the pattern recognizers that it loads by default.
_PEER_SCRIPT = """
import json, logging, sys, time
logging.disable(logging.CRITICAL)
from presidio_analyzer import RecognizerRegistry
from presidio_analyzer.nlp_engine import NlpArtifacts
import presidio_analyzer
registry = RecognizerRegistry(); registry.load_predefined_recognizers(languages=["en"])
models = ("SpacyRecognizer", "StanzaRecognizer", "TransformersRecognizer")
recognizers = [r for r in registry.recognizers if type(r).__name__ not in models]
cases = json.load(open(sys.argv[1], encoding="utf-8"))
out = {"recognizers": len(recognizers)}
for name, rows in cases.items():
    runs = []
    for _ in range(3):
        started = time.process_time()
        for text in rows:
            for recognizer in recognizers:
                recognizer.analyze(text, recognizer.supported_entities, None)
        runs.append(sum(len(t.encode()) for t in rows) / 1e6 / (time.process_time() - started))
    out[name] = sorted(runs)[1]
print(json.dumps(out))
"""
# In a process of its own: what was looked at once is remembered in many places, and real data is new.
_UNSEEN_SCRIPT = """
import json, sys, time
rows = json.load(open(sys.argv[1], encoding="utf-8"))
started = time.process_time()
from preceptor.phi.detect import Query, default_detector
detector = default_detector()
detector.detect("Seen by Dr. Abernathy.")
out = {"load": time.process_time() - started}
half = len(rows) // 2
for name, part in (("first", rows[:half]), ("second", rows[half:])):
    started = time.process_time()
    for _ in detector.detect_many(Query(row) for row in part):
        pass
    out[name] = sum(len(row.encode()) for row in part) / 1e6 / (time.process_time() - started)
print(json.dumps(out))
"""


def peer_python() -> Path | None:
    """The Python of the peer's own environment below the cache, made at the first call; None where it cannot be."""
    cache = (
        Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "preceptor-bench" / f"presidio-{_PEER_VERSION}"
    )
    python = cache / "bin" / "python"
    if (cache / ".ready").exists():
        return python
    try:
        subprocess.run([sys.executable, "-m", "venv", str(cache)], check=True, stdout=subprocess.DEVNULL)
        subprocess.run(
            [str(python), "-m", "pip", "install", "--quiet", f"presidio-analyzer=={_PEER_VERSION}"],
            check=True,
            stdout=subprocess.DEVNULL,
        )
    except (OSError, subprocess.CalledProcessError) as error:
        sys.stderr.write(f"The peer cannot be installed, so its column stays empty: {error}\n")
        return None
    (cache / ".ready").touch()
    return python


def peer_speeds(cases: dict[str, list[str]]) -> dict[str, Any]:
    """MB/s of the peer by case; empty where it cannot be run."""
    python = peer_python()
    if python is None:
        return {}
    with tempfile.NamedTemporaryFile("w", suffix=".json", encoding="utf-8") as file:
        json.dump(cases, file)
        file.flush()
        run = subprocess.run([str(python), "-c", _PEER_SCRIPT, file.name], capture_output=True, text=True, check=False)
    if run.returncode:
        sys.stderr.write(f"The peer failed: {run.stderr.strip().splitlines()[-1:]}\n")
        return {}
    answer: dict[str, Any] = json.loads(run.stdout.strip().splitlines()[-1])
    return answer


def figures(size: int = 4_000_000, repeats: int = 5, *, peer: bool = True) -> Iterator[Figure]:
    """Medians of ``repeats`` runs over ``size`` characters of clean and of dense text, the first run apart.

    These runs read the same text again, and some of what is found in it is remembered: the cases of unseen text tell
    how fast a file is read that is read once.
    """
    chosen = texts.chosen(size)
    # The peer would take minutes for all of it.
    peers = peer_speeds({case: _some(rows, 60_000) for case, (_, rows) in chosen.items()}) if peer else {}
    for case, (source, rows) in chosen.items():
        yield from _unseen(case, source, rows)
        rows = _repeated(rows, size)
        known: dict[str, Any] = {
            "peer": f"{_PEER} patterns without NER" if case in peers else None,
            "peer_value": peers.get(case),
            "versions": {"presidio-analyzer": _PEER_VERSION, "google-re2": version("google-re2")},
        }
        cold, runs = _measured(lambda rows=rows: _texts(rows), repeats)
        yield _figure(f"{case} texts", source, cold, runs, known)
        for kind in ("jsonl", "conversations", "txt"):
            with tempfile.TemporaryDirectory() as folder:
                path = Path(folder) / f"{case}.{'txt' if kind == 'txt' else 'jsonl'}"
                if kind == "jsonl":
                    texts.write_jsonl(path, rows, size)
                elif kind == "conversations":
                    texts.write_conversations(path, rows)
                else:
                    path.write_text("\n\n".join(rows), encoding="utf-8")
                cold, runs = _measured(lambda path=path: _file(path), repeats)
            yield _figure(f"{case} {kind} file", source, cold, runs, known)


def _unseen(case: str, source: str, rows: list[str]) -> Iterator[Figure]:
    """MB/s over the second half of texts of which none returns, and the CPU seconds before the first text."""
    with tempfile.NamedTemporaryFile("w", suffix=".json", encoding="utf-8") as file:
        json.dump(rows, file)
        file.flush()
        command = [sys.executable, "-c", _UNSEEN_SCRIPT, file.name]
        run = subprocess.run(command, capture_output=True, text=True, check=True)
    answer = json.loads(run.stdout)
    more = {"text": source, "first_half": round(answer["first"], 2)}
    yield Figure(BENCH, f"{case} texts, unseen", answer["second"], "MB/s of CPU time", more=more)
    yield Figure(BENCH, f"load before {case} texts", answer["load"], "s of CPU time", lower_is_better=True)


def _figure(case: str, source: str, cold: float, runs: list[float], known: dict[str, Any]) -> Figure:
    more = {
        "text": source,
        "first_run": round(cold, 2),
        "least": round(min(runs), 2),
        "most": round(max(runs), 2),
        "runs": len(runs),
    }
    return Figure(BENCH, case, statistics.median(runs), "MB/s of CPU time", more=more, **known)


def _some(rows: list[str], size: int) -> list[str]:
    kept: list[str] = []
    for row in rows:
        kept.append(row)
        size -= len(row)
        if size <= 0:
            break
    return kept


def _repeated(rows: list[str], size: int) -> list[str]:
    total = sum(map(len, rows)) or 1
    return rows * max(1, -(-size // total))


def _measured(run: Any, repeats: int) -> tuple[float, list[float]]:
    """MB/s of CPU time: of the first run, whose automata are still empty, and of the others."""
    speeds: list[float] = []
    for _ in range(repeats + 1):
        started = time.process_time()
        size = run()
        speeds.append(size / 1e6 / (time.process_time() - started))
    return speeds[0], speeds[1:]


def _texts(rows: list[str]) -> int:
    for _ in default_detector().detect_many(Query(row) for row in rows):
        pass
    return sum(len(row.encode()) for row in rows)


def _file(path: Path) -> int:
    scanner = Scanner(Fingerprinter.random())
    for _ in scanner.file(path, path.name):
        pass
    return scanner.tally.bytes
