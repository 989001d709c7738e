"""Is planted PHI in no output stream, at no log level and on no error path, whatever the format and the fault?"""

import gzip
import io
import json
import logging
import os
import string
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any

import pytest
from backports import zstd
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from preceptor.cli import main as cli
from preceptor.cli import manifest as manifest_cli
from preceptor.cli import phi
from preceptor.phi.scan import Scanner

WORD = st.text(string.ascii_lowercase, min_size=7, max_size=10)
VALUES = st.fixed_dictionaries(
    {
        "name": WORD.map(lambda w: f"Xq{w} Zj{w}"),
        "mrn": st.integers(10_000_000, 99_999_999).map(str),
        "email": WORD.map(lambda w: f"zq{w}@example.com"),
        "ssn": st.tuples(st.integers(100, 665), st.integers(10, 99), st.integers(1000, 9999)).map(
            lambda t: f"{t[0]}-{t[1]}-{t[2]}"
        ),
    }
)
Values = dict[str, str]


def sentence(v: Values) -> str:
    return f"Mr. {v['name']} MRN: {v['mrn']} SSN {v['ssn']} wrote from {v['email']}"


def jsonl(v: Values) -> bytes:
    row = {"text": sentence(v), v["email"]: {"patient_name": v["name"], "mrn": int(v["mrn"])}}
    return (json.dumps(row) + "\n").encode() * 3


FORMATS: dict[str, Callable[[Values], bytes]] = {
    ".jsonl": jsonl,
    ".json": lambda v: json.dumps([sentence(v), {v["email"]: [v["mrn"], {v["name"]: v["ssn"]}]}]).encode(),
    ".csv": lambda v: f'id,{v["email"]},note\n1,{v["ssn"]},"{sentence(v)}"\n'.encode(),
    ".txt": lambda v: f"{sentence(v)}\n\n{sentence(v)}\n".encode(),
    ".log": lambda v: f"2026-11-24T03:48:30Z INFO {sentence(v)}\n".encode() + jsonl(v),
    ".ipynb": lambda v: json.dumps({"cells": [{"source": [sentence(v)], "outputs": [{"text": v["email"]}]}]}).encode(),
}
FAULTS: dict[str, Callable[[bytes], bytes]] = {
    "none": lambda data: data,
    "cut": lambda data: data[: len(data) * 2 // 3],
    "bytes": lambda data: data[: len(data) // 2] + b"\xff\xfe" + data[len(data) // 2 :],
    "quote": lambda data: data.replace(b'"', b'""', 3).replace(b":", b";", 2),
    "nul": lambda data: data[:-2] + b"\0" + data[-2:],
    "gzip": gzip.compress,
    "cut gzip": lambda data: gzip.compress(data * 5)[:-40],
    "zstd": zstd.compress,
    "cut zstd": lambda data: zstd.compress(data * 5)[:-9],
    "utf-16": lambda data: data.decode().encode("utf-16"),
    "long": lambda data: data.rstrip(b"\n") + b" " * 200_000 + b"\n",
}


class Heard(logging.Handler):
    """Every record of every logger, as text and as it is."""

    def __init__(self) -> None:
        super().__init__(logging.NOTSET)
        self.text = ""

    def emit(self, record: logging.LogRecord) -> None:
        self.text += f"{record.getMessage()} {record.__dict__}\n"


@pytest.fixture
def heard() -> Iterator[Heard]:
    handler, root = Heard(), logging.getLogger()
    before = root.level
    root.addHandler(handler)
    root.setLevel(logging.NOTSET)
    yield handler
    root.removeHandler(handler)
    root.setLevel(before)


def said(app: Any, *words: object) -> tuple[int, str]:
    """Exit code and all that a command writes to either stream."""
    stream = io.StringIO()
    before, sys.argv = sys.argv, ["preceptor", *map(str, words)]
    try:
        with redirect_stdout(stream), redirect_stderr(stream):
            code = cli.guarded(app)
    finally:
        sys.argv = before
    return code, stream.getvalue()


def parts(v: Values) -> list[str]:
    """The values and what of each alone would tell enough."""
    return [*v.values(), *v["name"].split(), v["ssn"][-4:] + '"', v["email"].split("@")[0]]


def check_silent(v: Values, *shown: str) -> None:
    text = "\n".join(shown)
    assert [part for part in parts(v) if part.casefold() in text.casefold()] == []


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(VALUES, st.sampled_from(sorted(FORMATS)), st.sampled_from(sorted(FAULTS)), st.booleans())
def test_no_format_and_no_fault_makes_a_scan_say_a_value(
    tmp_path: Path, heard: Heard, v: Values, suffix: str, fault: str, named: bool
) -> None:
    folder = tmp_path / "d"
    folder.mkdir(exist_ok=True)
    for old in folder.iterdir():
        old.unlink()
    path = folder / (f"{v['name'].replace(' ', '_')}{suffix}" if named else f"a{suffix}")
    path.write_bytes(FAULTS[fault](FORMATS[suffix](v)))
    report = tmp_path / "report.json"
    code, shown = said(phi.app, "scan", folder, "--report", report, "--jobs", "1")
    assert code == 1
    check_silent(v, shown, report.read_text(), heard.text)


@settings(max_examples=5, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(VALUES)
def test_no_refusal_says_a_name_that_is_phi(tmp_path: Path, heard: Heard, v: Values) -> None:
    name = tmp_path / f"{v['name'].replace(' ', '_')}.jsonl"
    good = tmp_path / "good.jsonl"
    good.write_text('{"t":"ok"}\n')
    broken = tmp_path / f"{v['email']}.yml"
    broken.write_text(f"{v['name']}: [{v['ssn']}\n")
    os.environ["PRECEPTOR_PHI_KEY"] = "k" * 32
    shown = []
    try:
        for words in (
            ("scan", name),
            ("scan", good, "--policy", broken),
            ("scan", good, "--allow", broken),
            ("scan", good, "--roster", broken),
            ("scan", good, "--policy", name),
            ("scan", good, "--report", broken / "r.json"),
            ("scan", "--spans", name),
            ("scan", "--spans", broken),
            ("merge", broken, "--report", tmp_path / "m.json"),
            ("audit", broken),
            ("explain", "--report", broken),
            ("explain", v["name"]),
            ("roster", "create", name, "--out", tmp_path / "r"),
            ("sample", "draw", broken, "--out", good),
            ("sample", "report", broken),
        ):
            code, text = said(phi.app, *words)
            assert code == 64, words[0]
            shown.append(text)
    finally:
        del os.environ["PRECEPTOR_PHI_KEY"]
    shown.append(said(manifest_cli.app, "attach", tmp_path, "--phi-sample", broken)[1])
    check_silent(v, *shown, heard.text)


V = {"name": "Xqwalter Zjprice", "mrn": "77123498", "email": "zqwalter@example.com", "ssn": "123-45-6789"}


def test_fault_of_ours_says_its_place_and_no_value(
    tmp_path: Path, heard: Heard, monkeypatch: pytest.MonkeyPatch
) -> None:
    def failing(self: Scanner, values: Any) -> Any:
        raise RuntimeError(values[0].text)

    monkeypatch.setattr(Scanner, "spans", failing)
    (tmp_path / "a.txt").write_text(sentence(V))
    code, shown = said(phi.app, "scan", tmp_path / "a.txt", "--report", tmp_path / "r.json")
    assert code == 70
    assert not (tmp_path / "r.json").exists()
    check_silent(V, shown, heard.text)


@pytest.mark.parametrize("flags", [(), ("-X", "dev", "-v")])
def test_whole_process_is_silent_too(tmp_path: Path, flags: tuple[str, ...]) -> None:
    for suffix, content in FORMATS.items():
        (tmp_path / f"a{suffix}").write_bytes(content(V))
        (tmp_path / f"b{suffix}.gz").write_bytes(FAULTS["cut gzip"](content(V)))
    words = [sys.executable, *flags, "-c", "from preceptor.cli.main import run; run()"]
    done = subprocess.run(
        [*words, "phi", "scan", str(tmp_path), "--jobs", "2"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    check_silent(V, done.stdout, done.stderr)
