"""Does teardown find what is a cluster's own, and nothing beside it?"""

from pathlib import Path

import pytest

from preceptor_local import processes, teardown

STATE = Path("/dev/shm/preceptor-local")


def line(point: str) -> str:
    return f"36 35 0:31 / {point} rw,relatime shared:1 - tmpfs tmpfs rw"


def test_mounts_under_the_state_folder_are_found_in_order() -> None:
    mounts = "\n".join([line("/"), line(f"{STATE}"), line(f"{STATE}/kubelet/pods/x"), line("/home")])
    assert teardown.mounts_under(mounts, STATE) == [str(STATE), f"{STATE}/kubelet/pods/x"]


def test_a_folder_whose_name_only_begins_the_same_is_not_under_it() -> None:
    assert teardown.mounts_under(line(f"{STATE}-other/x"), STATE) == []


def test_a_mount_point_with_a_space_is_read_as_the_kernel_writes_it() -> None:
    assert teardown.mounts_under(line(f"{STATE}/a\\040b"), STATE) == [f"{STATE}/a b"]


def test_a_link_is_ours_by_its_alias_alone() -> None:
    links: list[dict[str, object]] = [
        {"ifname": "preceptor0", "ifalias": str(STATE)},
        {"ifname": "preceptor1", "ifalias": "/dev/shm/another"},
        {"ifname": "preceptor2"},
        {"ifname": "eth0", "ifalias": str(STATE)},
    ]
    assert teardown.our_links(links, STATE) == ["preceptor0"]


def test_a_cgroup_is_stale_when_its_number_has_no_link(tmp_path: Path) -> None:
    for name in (
        "memory/preceptor0/kubepods",
        "memory/preceptor1",
        "cpu/preceptor0",
        "memory/preceptor-of-others",
        "x",
    ):
        (tmp_path / name).mkdir(parents=True)
    found = teardown.stale_cgroups([{"ifname": "preceptor1"}], tmp_path)
    assert found == [tmp_path / "cpu/preceptor0", tmp_path / "memory/preceptor0"]


def test_a_machine_without_cgroups_has_no_stale_ones(tmp_path: Path) -> None:
    assert teardown.stale_cgroups([], tmp_path / "none") == []


def test_the_folder_that_nodes_mount_over_stays_while_another_cluster_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "cni"
    folder.mkdir()
    monkeypatch.setattr(teardown, "CNI", folder)
    other = processes.Process(7, ("/usr/bin/pause",), "/dev/shm/another", 2, 1)
    monkeypatch.setattr(processes, "clusters", lambda: [other])
    teardown._remove_cni_folder()
    assert folder.exists()
    monkeypatch.setattr(processes, "clusters", list)
    teardown._remove_cni_folder()
    assert not folder.exists()
