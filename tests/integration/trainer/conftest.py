"""The trainer's tests share one tiny base model, since importing torch is what costs."""

import os
import shutil
import signal
import sys
import tempfile
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from trainer_world import World, make_base, make_rows, seal

from preceptor.api.jobs import Result, parse_result
from preceptor_trainer.main import run

ANSWER = tuple[int, Result]


@pytest.fixture(scope="session", autouse=True)
def scratch_of_the_killed() -> Iterator[None]:
    """A killed training cannot take its private copies away: they lie in a folder that these tests do."""
    before = os.environ.get("TMPDIR")
    with TemporaryDirectory(prefix="preceptor-tests-", ignore_cleanup_errors=True) as folder:
        os.environ["TMPDIR"] = tempfile.tempdir = folder
        yield
        tempfile.tempdir = None
        del os.environ["TMPDIR"]
        if before is not None:
            os.environ["TMPDIR"] = before


@pytest.fixture(scope="session")
def base_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("base") / "tiny"
    make_base(folder)
    seal(folder, "model")
    return folder


@pytest.fixture
def world(base_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    stores = tmp_path / "stores"
    shutil.copytree(base_folder, stores / "models" / "tiny")
    world = World(stores)
    world.write_rows(make_rows(12))
    world.artifacts.mkdir(exist_ok=True)
    monkeypatch.setenv("PRECEPTOR_STORES", str(stores))
    monkeypatch.setattr("preceptor.stores.STORES", stores)
    return world


@pytest.fixture
def train(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[Path], ANSWER]]:
    """Run a job in this process, as the command does; what the command changes in the process is put back."""
    import torch

    log = tmp_path / "termination-log"
    monkeypatch.setenv("PRECEPTOR_TERMINATION_LOG", str(log))
    environment, handler = dict(os.environ), signal.getsignal(signal.SIGTERM)

    def call(job: Path) -> ANSWER:
        log.unlink(missing_ok=True)
        with warnings.catch_warnings():
            code = run(["run", "--job", str(job)])
        return code, parse_result(log.read_text())

    yield call
    signal.signal(signal.SIGTERM, handler)
    torch.use_deterministic_algorithms(False)
    for name in os.environ.keys() - environment.keys():
        del os.environ[name]


@pytest.fixture
def python() -> str:
    return sys.executable
