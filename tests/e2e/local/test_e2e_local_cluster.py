"""Does the local cluster start from every state it may have been left in, and leave nothing behind?"""

import os
import shutil
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from local_footprint import footprint, kill_everything, own_cluster, up_killed_after

from preceptor_local import cluster, machine, node, processes, teardown
from preceptor_local.connection import uses_current
from preceptor_local.paths import beside_state

STATE = beside_state("preceptor-recovery")

pytestmark = [
    pytest.mark.skipif(uses_current(), reason="CLUSTER=current starts no cluster"),
    pytest.mark.skipif(bool(machine.lacking()), reason="this machine cannot run a cluster of its own"),
]


@pytest.fixture(scope="module")
def untouched() -> Iterator[dict[str, set[str]]]:
    """What the machine looked like before any cluster of this module; the cluster of this module is gone afterwards."""
    teardown.clear(STATE)
    before = footprint(STATE)
    with own_cluster(STATE):
        yield before


@pytest.fixture(autouse=True)
def _own(untouched: dict[str, set[str]]) -> None:
    """Every test works on this module's cluster."""


def daemon(name: str) -> int:
    return next(p.pid for p in processes.clusters() if p.cluster == str(STATE) and p.program == name)


def test_a_second_start_of_a_healthy_cluster_changes_nothing() -> None:
    cluster.up()
    first = node.find(STATE)
    assert cluster.status().ready
    cluster.up()
    assert first is not None
    assert node.find(STATE) == first


def test_a_start_after_all_processes_were_killed_works() -> None:
    cluster.up()
    kill_everything(STATE)
    cluster.up()
    assert cluster.status().ready


@pytest.mark.parametrize("name", ["containerd", "kube-apiserver"])
def test_a_cluster_that_lost_one_daemon_says_so_and_is_started_anew(name: str) -> None:
    cluster.up()
    os.kill(daemon(name), signal.SIGKILL)
    found = cluster.status()
    assert not found.ready
    assert name in found.sentence
    cluster.up()
    assert cluster.status().ready


@pytest.mark.parametrize("lines", [0, 2, 4])
def test_a_start_after_one_that_was_killed_at_this_step_works(lines: int, untouched: dict[str, set[str]]) -> None:
    cluster.down()
    up_killed_after(lines)
    cluster.up()
    assert cluster.status().ready
    cluster.down()
    assert footprint(STATE) == untouched


@pytest.mark.parametrize("lines", [1, 3, 5])
def test_taking_down_a_half_started_cluster_leaves_nothing(lines: int, untouched: dict[str, set[str]]) -> None:
    cluster.down()
    up_killed_after(lines)
    cluster.down()
    assert footprint(STATE) == untouched


def test_a_deleted_state_folder_hides_no_process_from_teardown(untouched: dict[str, set[str]]) -> None:
    cluster.up()
    shutil.rmtree(STATE, ignore_errors=True)  # its daemons still write to it
    assert footprint(STATE)["processes"]
    cluster.down()
    assert footprint(STATE) == untouched


def test_teardown_with_running_pods_leaves_nothing(untouched: dict[str, set[str]]) -> None:
    made = cluster.up()
    made.apply(
        "apiVersion: v1\nkind: Pod\nmetadata: {name: a, namespace: default}\n"
        "spec: {containers: [{name: a, image: localhost/pause:1}]}\n"
    )
    made.kubectl("wait", "--for=condition=Ready", "pod/a", "--timeout=60s")
    assert list(Path("/sys/fs/cgroup").glob("**/preceptor*/kubepods/**/pod*")), "the pod is under our cgroup"
    cluster.down()
    assert footprint(STATE) == untouched


def test_a_person_who_reads_a_log_survives_teardown() -> None:
    cluster.up()
    reader = subprocess.Popen(["tail", "-f", str(STATE / "log" / "etcd.log")], stdout=subprocess.DEVNULL)
    try:
        cluster.down()
        assert reader.poll() is None
    finally:
        reader.kill()
        reader.wait()


def test_taking_down_what_is_not_there_is_no_error() -> None:
    cluster.down()
    assert cluster.down() == []


def test_a_mount_in_the_state_folder_is_never_deleted_through(tmp_path: Path) -> None:
    cluster.down()
    precious = tmp_path / "precious"
    precious.mkdir()
    (precious / "data").write_text("x")
    inside = STATE / "volumes" / "data"
    inside.mkdir(parents=True)
    subprocess.run(["mount", "--bind", str(precious), str(inside)], check=True)
    cluster.down()
    assert (precious / "data").read_text() == "x"
    assert not STATE.exists()
