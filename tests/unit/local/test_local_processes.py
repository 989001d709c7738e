"""Is a process taken for ours only when the kernel's record proves it?"""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from preceptor_local import processes

STATE = "/dev/shm/preceptor-local"
MARK = f"{processes.MARKER}={STATE}".encode()


def status(state: str = "S (sleeping)", inner: str = "812\t1") -> str:
    return f"Name:\tpause\nState:\t{state}\nNSpid:\t{inner}\n"


def test_a_marked_first_process_of_a_nested_pid_namespace_is_a_nodes_init() -> None:
    process = processes.parse(812, status(), b"/c/pause\0", b"PATH=/bin\0" + MARK + b"\0")
    assert process is not None
    assert process.is_node_init
    assert (process.program, process.cluster) == ("pause", STATE)


@pytest.mark.parametrize(
    ("claim", "inner", "environment"),
    [
        ("a daemon in the node is not its init", "813\t7", MARK),
        ("a pod's first process is one namespace deeper", "814\t40\t1", MARK),
        ("the program that made the namespaces is outside", "811", MARK),
        ("a container's init without our mark is somebody else's", "815\t1", b"PATH=/bin"),
    ],
)
def test_nothing_else_is_a_nodes_init(claim: str, inner: str, environment: bytes) -> None:
    process = processes.parse(1, status(inner=inner), b"x\0", environment)
    assert process is not None, claim
    assert not process.is_node_init, claim


def test_a_dead_process_that_waits_to_be_reaped_counts_as_gone() -> None:
    assert processes.parse(812, status("Z (zombie)"), b"", MARK) is None


def test_a_persons_look_at_our_log_is_not_ours() -> None:
    process = processes.parse(9, status(inner="9"), f"tail\0-f\0{STATE}/log/etcd.log\0".encode(), b"HOME=/root")
    assert process is not None
    assert process.cluster == ""


def test_kill_leaves_a_process_of_another_cluster_alone() -> None:
    child = _sleeper("/dev/shm/another")
    try:
        processes.kill(child.pid, STATE)
        assert child.poll() is None
    finally:
        child.kill()
        child.wait()


def test_kill_ends_a_process_of_this_cluster() -> None:
    child = _sleeper(STATE)
    processes.kill(child.pid, STATE)
    assert child.wait() == -9


def test_a_process_that_has_gone_is_no_error() -> None:
    child = subprocess.Popen([sys.executable, "-c", ""])
    child.wait()
    processes.kill(child.pid, STATE)
    assert processes.read(child.pid) is None


def _sleeper(state: str) -> subprocess.Popen[bytes]:
    code = "import sys, time; print(flush=True); time.sleep(600)"
    child = subprocess.Popen(
        [sys.executable, "-c", code], env={**os.environ, processes.MARKER: state}, stdout=subprocess.PIPE
    )
    assert child.stdout is not None
    child.stdout.readline()  # it has been exec'd: its environment is the one that we gave
    assert Path(f"/proc/{child.pid}").exists()
    return child
