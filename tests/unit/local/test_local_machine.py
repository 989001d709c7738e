"""Is a machine that cannot run a cluster told in one sentence what it lacks and how to go on?"""

import os
from pathlib import Path

import pytest

from preceptor_local import base, cli, connection, images, machine, node, packages, paths
from preceptor_local.errors import UsageError


def test_without_root_the_two_ways_on_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    with pytest.raises(UsageError) as told:
        machine.require()
    assert "root" in str(told.value)
    assert "CLUSTER=current" in str(told.value)
    assert told.value.code == 64


def test_a_missing_kernel_feature_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine, "lacking", lambda: ["the kernel feature overlay file systems"])
    with pytest.raises(UsageError, match=r"overlay.*run the same command as root.*CLUSTER=current"):
        machine.require()


def test_controllers_of_either_version_of_cgroups_count(tmp_path: Path) -> None:
    first, second = tmp_path / "v1", tmp_path / "v2"
    for name in ("cpu", "memory", "pids"):
        (first / name).mkdir(parents=True)
    second.mkdir()
    (second / "cgroup.controllers").write_text("cpuset cpu io memory\n")
    assert machine.missing_controllers(first) == []
    assert machine.missing_controllers(second) == ["pids"]


def test_packages_without_root_are_asked_for_in_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packages, "missing_programs", lambda *, images, cluster: ["ctr", "nft"])
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    with pytest.raises(UsageError, match=r"apt-get install containerd nftables.*CLUSTER=current"):
        packages.ensure()


def test_building_for_another_cluster_asks_for_what_builds_images_and_nothing_else(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(packages.shutil, "which", lambda name, path=None: None)
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    with pytest.raises(UsageError) as refused:
        packages.ensure(images=True, cluster=False)
    assert "lacks buildah: install the packages buildah" in str(refused.value)
    assert "CLUSTER=current" not in str(refused.value)


def test_who_may_run_no_cluster_is_not_asked_to_install_anything_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packages, "missing_programs", lambda *, images, cluster: ["ctr", "nft"])
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    with pytest.raises(UsageError, match=r"needs Linux and root.*CLUSTER=current"):
        cli.packages_command()


def test_a_cluster_that_was_started_on_the_disk_is_found_when_the_tmpfs_has_room_again(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    shm, cache = tmp_path / "shm", tmp_path / "cache"
    shm.mkdir()
    monkeypatch.delenv("PRECEPTOR_STATE", raising=False)
    monkeypatch.setenv("PRECEPTOR_CACHE", str(cache))
    monkeypatch.setattr(paths, "_SHM", shm)
    monkeypatch.setattr(paths, "_is_tmpfs", lambda path: True)
    monkeypatch.setattr(paths, "_room", lambda path: 1 << 20)
    assert paths.state() == cache / "cluster"
    paths.state().mkdir()
    monkeypatch.setattr(paths, "_room", lambda path: 1 << 40)
    assert paths.state() == cache / "cluster"
    assert paths.beside_state("other") == cache / "other"
    paths.state().rmdir()
    assert paths.state() == shm / "preceptor-local"


def test_images_are_built_where_no_cluster_is_there_to_load_them_into(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("CLUSTER", raising=False)
    monkeypatch.setenv("PRECEPTOR_STATE", str(tmp_path / "none"))
    monkeypatch.setattr(images, "build", lambda names: {name: f"localhost/{name}:1" for name in names})
    cli.images_command(names=None, full=True)
    assert capsys.readouterr().out.split()[::2] == list(images.FULL)


def test_a_program_is_asked_for_by_its_debian_package_once() -> None:
    assert packages.debian_packages(["ctr", "containerd", "the CNI plugin bridge"]) == [
        "containerd",
        "containernetworking-plugins",
    ]


def test_a_state_folder_that_the_node_could_not_see_is_refused() -> None:
    with pytest.raises(UsageError, match="PRECEPTOR_STATE"):
        node.check_place(Path("/run/preceptor"))


def test_a_relative_state_folder_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PRECEPTOR_STATE", "state")
    with pytest.raises(UsageError, match="absolute"):
        paths.state()


def test_a_misspelt_cluster_is_refused_rather_than_taken_for_the_local_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLUSTER", "curent")
    with pytest.raises(UsageError, match="curent"):
        connection.uses_current()


def test_the_current_cluster_needs_a_kubeconfig(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("CLUSTER", "current")
    monkeypatch.setenv("KUBECONFIG", str(tmp_path / "none"))
    with pytest.raises(UsageError, match="KUBECONFIG"):
        connection.connection()


def test_the_current_cluster_needs_a_registry_to_get_images_from(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLUSTER", "current")
    monkeypatch.delenv("REGISTRY", raising=False)
    with pytest.raises(UsageError, match="REGISTRY"):
        images.ensure(["operator"])


def test_an_unknown_image_is_bad_usage() -> None:
    with pytest.raises(UsageError, match="trainer"):
        images.ensure(["trainr"])


@pytest.mark.parametrize(
    ("sources", "mirror"),
    [
        ("deb http://mirror.example/debian bookworm main\n", "http://mirror.example/debian"),
        ("Types: deb\nURIs: https://mirror.example/debian/\nSuites: bookworm\n", "https://mirror.example/debian"),
        ("# deb http://old.example/debian x\ndeb http://mirror.example/debian-security x\n", None),
    ],
)
def test_the_sites_own_debian_mirror_is_used(sources: str, mirror: str | None) -> None:
    assert base.mirror_in(sources) == mirror
