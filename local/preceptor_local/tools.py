"""Which binaries the local cluster and the integration tests run, and how each is had on this machine."""

from __future__ import annotations

import functools
import os
import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from preceptor_local import go, say
from preceptor_local.commands import attempt, run
from preceptor_local.errors import UsageError
from preceptor_local.paths import TOOLS, cache, digest_of, exclusive

KUBERNETES = "1.36.3"
_COMPONENT = "k8s.io/component-base/version"


@dataclass(frozen=True)
class Tool:
    """One binary: the Go module that pins it, its package there, and how an installed one tells its version."""

    name: str
    module: str
    package: str
    version_command: tuple[str, ...] = ()
    """Arguments that print the version; empty where no installed binary would do (our own main package)."""
    accepts: str = ""
    """What that output must contain. The patch level is free: an installed 1.36.x serves the same API."""


def _kubernetes(name: str, version_command: tuple[str, ...] = ("--version",)) -> Tool:
    return Tool(name, "kubernetes", f"k8s.io/kubernetes/cmd/{name}", version_command, "v1.36.")


TOOL: dict[str, Tool] = {
    tool.name: tool
    for tool in (
        Tool("etcd", "etcd", "go.etcd.io/etcd/server/v3", ("--version",), "etcd Version: 3.6."),
        _kubernetes("kube-apiserver"),
        _kubernetes("kubectl", ("version", "--client")),
        Tool("opa", "opa", "github.com/open-policy-agent/opa", ("version",), "Version: 1.22."),
        Tool("helm", "helm", "helm.sh/helm/v3/cmd/helm", ("version", "--short"), "v3.22."),
        _kubernetes("kube-controller-manager"),
        _kubernetes("kube-scheduler"),
        _kubernetes("kubelet"),
        _kubernetes("kube-proxy"),
        Tool("coredns", "coredns", "."),
        Tool("pause", "pause", "."),
    )
}

SETS: dict[str, tuple[str, ...]] = {
    "apiserver-set": ("etcd", "kube-apiserver", "kubectl", "opa", "helm"),
    "all": tuple(TOOL),
}
"""`apiserver-set` is what integration tests need, so that they never wait for the rest."""

_LDFLAGS = {
    "kubernetes": " ".join(
        [
            "-s -w",
            f"-X {_COMPONENT}.gitVersion=v{KUBERNETES}",
            f"-X {_COMPONENT}.gitMajor={KUBERNETES.split('.')[0]}",
            f"-X {_COMPONENT}.gitMinor={KUBERNETES.split('.')[1]}",
        ]
    )
}


def flags(module: str) -> list[str]:
    """The compiler's flags: no machine path and no debug table in the binary, and the version that it reports."""
    return ["-trimpath", "-ldflags", _LDFLAGS.get(module, "-s -w")]


def folder(module: str, tools: Path = TOOLS) -> Path:
    """The cache folder of a module's binaries, named by all that shapes them."""
    source = tools / module
    parts = [path.read_bytes() for path in (source / "go.mod", source / "go.sum", *sorted(source.glob("*.go")))]
    return cache() / "tools" / f"{module}-{digest_of([*parts, *(flag.encode() for flag in flags(module))])}"


def names(only: str | None) -> tuple[str, ...]:
    """The tools that `--only` names: a set, or names separated by commas. Raises UsageError for an unknown one."""
    if only is None:
        return SETS["all"]
    if only in SETS:
        return SETS[only]
    wanted = tuple(part.strip() for part in only.split(",") if part.strip())
    unknown = [name for name in wanted if name not in TOOL]
    if unknown or not wanted:
        known = ", ".join([*SETS, *TOOL])
        raise UsageError(f"--only {only!r} names no tool that is known here. Known: {known}.")
    return wanted


def binary(name: str) -> Path:
    """The path of one tool, compiled first if need be. Raises LocalError when that fails."""
    return ensure([name])[name]


def ensure(wanted: Iterable[str]) -> dict[str, Path]:
    """The paths of the tools, in the order asked; what is missing is compiled, module by module.

    `$KUBEBUILDER_ASSETS` and PATH come first, where the version is right; then what was compiled into the cache.
    """
    found: dict[str, Path] = {}
    missing: list[Tool] = []
    order = list(wanted)
    for name in order:
        tool = TOOL[name]
        compiled = folder(tool.module) / name
        path = _installed(tool)
        if path is None and not compiled.exists():
            missing.append(tool)
        else:
            found[name] = path or compiled
    for module in dict.fromkeys(tool.module for tool in missing):
        found |= _compile(module, [tool for tool in missing if tool.module == module])
    return {name: found[name] for name in order}


def _installed(tool: Tool) -> Path | None:
    if not tool.version_command:
        return None
    assets = os.environ.get("KUBEBUILDER_ASSETS")
    candidates = [str(Path(assets) / tool.name)] if assets else []
    on_path = shutil.which(tool.name)
    if on_path:
        candidates.append(on_path)
    for candidate in candidates:
        if os.access(candidate, os.X_OK) and tool.accepts in _version(candidate, tool.version_command):
            return Path(candidate)
    return None


@functools.cache
def _version(program: str, question: tuple[str, ...]) -> str:
    """What a program says of its version, asked once a process: empty when it cannot say."""
    answer = attempt([program, *question], timeout=20)
    return answer.stdout + answer.stderr if answer.returncode == 0 else ""


def _compile(module: str, wanted: list[Tool]) -> dict[str, Path]:
    target = folder(module)
    compiler = go.toolchain()
    with exclusive(f"compile-{module}"):
        missing = [tool for tool in wanted if not (target / tool.name).exists()]
        if missing:
            listed = ", ".join(tool.name for tool in missing)
            with say.step(f"compile {listed} from pinned Go modules (local/tools/{module}/go.mod; once)"):
                _build(compiler, module, target, missing)
    return {tool.name: target / tool.name for tool in wanted}


def _build(compiler: Path, module: str, target: Path, missing: list[Tool]) -> None:
    target.mkdir(parents=True, exist_ok=True)
    workshop = target / f".{os.getpid()}"
    shutil.rmtree(workshop, ignore_errors=True)
    workshop.mkdir()
    # GOFLAGS and GOWORK of the person's own shell must not change what is built; the pinned sums decide.
    env = {"CGO_ENABLED": "0", "GOFLAGS": "-mod=readonly -buildvcs=false", "GOWORK": "off"}
    try:
        for tool in missing:
            # one at a time: each is ready for others as early as can be, and the compiler's cache shares the work
            run(
                [compiler, "build", *flags(module), "-o", workshop / tool.name, tool.package],
                cwd=TOOLS / module,
                env=env,
            )
            (workshop / tool.name).replace(target / tool.name)
    finally:
        shutil.rmtree(workshop, ignore_errors=True)
