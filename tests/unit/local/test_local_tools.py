"""Are tools named by all that shapes them, and is an installed one used only when its version is right?"""

from pathlib import Path

import pytest

from preceptor_local import go, tools
from preceptor_local.errors import UsageError


@pytest.fixture(autouse=True)
def _own_cache(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PRECEPTOR_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("KUBEBUILDER_ASSETS", raising=False)


def program(folder: Path, name: str, says: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    path.write_text(f"#!/bin/sh\necho '{says}'\n")
    path.chmod(0o755)
    return path


def test_the_set_for_integration_tests_needs_no_kubelet() -> None:
    assert set(tools.names("apiserver-set")) >= {"etcd", "kube-apiserver", "kubectl", "opa"}
    assert "kubelet" not in tools.names("apiserver-set")


def test_an_unknown_tool_is_bad_usage_and_the_known_ones_are_named() -> None:
    with pytest.raises(UsageError, match="kube-apiserver"):
        tools.names("kube-apisever")


def test_a_changed_sum_means_another_folder(tmp_path: Path) -> None:
    module = tmp_path / "opa"
    module.mkdir()
    (module / "go.mod").write_text("module x\n")
    (module / "go.sum").write_text("a h1:1\n")
    before = tools.folder("opa", tmp_path)
    (module / "go.sum").write_text("a h1:2\n")
    assert tools.folder("opa", tmp_path) != before


def test_an_installed_tool_of_the_right_version_is_used_instead_of_a_compiled_one(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    mine = program(tmp_path, "kube-apiserver", "Kubernetes v1.36.9")
    monkeypatch.setenv("KUBEBUILDER_ASSETS", str(tmp_path))
    program(tools.folder("kubernetes"), "kube-apiserver", "x")
    assert tools.binary("kube-apiserver") == mine


def test_a_compiled_tool_is_used_where_the_installed_one_has_another_version(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    program(tmp_path, "kube-apiserver", "Kubernetes v1.35.0")
    monkeypatch.setenv("KUBEBUILDER_ASSETS", str(tmp_path))
    compiled = program(tools.folder("kubernetes"), "kube-apiserver", "x")
    assert tools.binary("kube-apiserver") == compiled


def test_kubebuilder_assets_of_the_right_version_are_used(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    mine = program(tmp_path, "kube-apiserver", "Kubernetes v1.36.9")
    monkeypatch.setenv("KUBEBUILDER_ASSETS", str(tmp_path))
    assert tools.binary("kube-apiserver") == mine


def test_kubebuilder_assets_of_another_version_are_not(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    program(tmp_path, "kube-apiserver", "Kubernetes v1.35.0")
    monkeypatch.setenv("KUBEBUILDER_ASSETS", str(tmp_path))
    compiled: list[str] = []

    def build(_go: Path, _module: str, target: Path, missing: list[tools.Tool]) -> None:
        compiled.extend(tool.name for tool in missing)
        program(target, missing[0].name, "x")

    monkeypatch.setattr(tools, "_build", build)
    assert tools.binary("kube-apiserver").parent == tools.folder("kubernetes")
    assert compiled == ["kube-apiserver"]


@pytest.mark.parametrize(
    ("answer", "version"),
    [
        ("go version go1.26.8 linux/amd64", (1, 26)),
        ("go version go1.9 linux/amd64", (1, 9)),
        ("go: command not found", None),
    ],
)
def test_the_version_of_go_is_read(answer: str, version: tuple[int, int] | None) -> None:
    assert go.parse_version(answer) == version


def test_every_module_that_a_tool_names_is_pinned_in_this_repository() -> None:
    for module in {tool.module for tool in tools.TOOL.values()}:
        assert (tools.TOOLS / module / "go.mod").exists(), module
        assert (tools.TOOLS / module / "go.sum").exists(), module
