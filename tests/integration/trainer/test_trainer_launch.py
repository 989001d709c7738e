"""Does a training that is started on several ranks end with their own code, and keep what it did when told to stop?"""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from trainer_world import World

from preceptor_trainer.checkpoint import FOLDER


def command(config: Path, out: Path) -> list[str]:
    program = "import sys; from preceptor.cli.main import run; sys.argv[0] = 'preceptor'; run()"
    return [sys.executable, "-c", program, "train", str(config), "--out", str(out), "--nproc-per-node", "2"]


def test_a_training_on_two_ranks_told_to_stop_ends_with_75_and_the_same_call_ends_with_the_digest(world: World) -> None:
    config, out = (
        world.write_config(training={"maxSteps": 60, "epochs": 20, "saveSteps": 0}),
        world.artifacts / "run",
    )
    environment = os.environ | {"OMP_NUM_THREADS": "1"}
    begun = subprocess.Popen(command(config, out), env=environment, stdout=subprocess.PIPE, text=True)
    assert begun.stdout is not None
    for line in begun.stdout:
        if line.startswith("step "):
            break
    begun.send_signal(signal.SIGTERM)
    rest = begun.stdout.read()
    assert (begun.wait(), "Told to stop: everything until step" in rest) == (75, True)
    assert len(list((out / FOLDER).glob("step-*"))) == 1

    done = subprocess.run(command(config, out), env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "Going on after step" in done.stdout
    assert done.stdout.splitlines()[-1].startswith("sha256:")


def test_a_refusal_of_the_ranks_is_the_commands_own(world: World) -> None:
    config = world.write_config(dataset={"uri": "datasets/nobodys"})
    began = time.monotonic()
    done = subprocess.run(command(config, world.artifacts / "run"), capture_output=True, text=True, check=False)
    assert (done.returncode, time.monotonic() - began < 120) == (64, True)
    assert "DatasetMissing" in done.stderr
    assert done.stdout == ""
