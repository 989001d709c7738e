"""Which container images Preceptor is, and how the cluster comes to have them."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from preceptor_local import base, buildah, connection, native, oci, packages, paths, say, tools
from preceptor_local.errors import UsageError
from preceptor_local.paths import ROOT, digest_of, exclusive
from preceptor_local.runtime import Runtime


@dataclass(frozen=True)
class Image:
    """One image that is built from a Dockerfile of this repository."""

    name: str
    folder: str
    target: str
    sources: tuple[str, ...]
    """What its content depends on, files or folders, relative to the repository's root."""


def _part(name: str, folder: str, package: str, target: str, lock: str, *more: str) -> Image:
    own = (f"{folder}/Dockerfile", f"{folder}/pyproject.toml", f"{folder}/{lock}", f"{folder}/{package}")
    shared = (".dockerignore", "core/pyproject.toml", "core/preceptor")
    native = ("phi_native/Cargo.toml", "phi_native/Cargo.lock", "phi_native/src")
    return Image(name, folder, target, (*shared, *native, *own, *more))


_SLIM, _FULL, _GPU = "requirements-slim.lock", "requirements.lock", "requirements-gpu.lock"
_OUTPUT_POLICY = "policies/output"

BUILT: dict[str, Image] = {
    "operator": _part("operator", "operator", "preceptor_operator", "operator", _FULL),
    "trainer": _part("trainer", "trainer_image", "preceptor_trainer", "slim", _SLIM),
    "eval": _part("eval", "eval_image", "preceptor_eval", "slim", _SLIM, _OUTPUT_POLICY),
    "trainer-full": _part("trainer", "trainer_image", "preceptor_trainer", "full", _GPU),
    "eval-full": _part("eval", "eval_image", "preceptor_eval", "full", _FULL, _OUTPUT_POLICY),
}
"""By the name that `ensure` knows. The full ones need no torch environment mounted."""

SLIM = ("operator", "trainer", "eval", "opa")
FULL = ("operator", "trainer-full", "eval-full", "opa")
OPA = "opa"


def ensure(names: Iterable[str] = SLIM) -> dict[str, str]:
    """Have these images in the cluster that `connection()` names, built first if need be; the reference of each.

    Names are those of BUILT, and `opa`. A reference's tag is the hash of all that the image is made from, so one
    that the cluster has is never looked at again. Raises UsageError for an unknown name or a missing REGISTRY.
    """
    wanted = list(dict.fromkeys(names))
    unknown = [name for name in wanted if name not in BUILT and name != OPA]
    if unknown:
        raise UsageError(f"There is no image {unknown[0]!r}; there are {', '.join([*BUILT, OPA])}.")
    if connection.uses_current():
        registry = _registry()
        return {name: _push(name, registry) for name in wanted}
    connection.connection()
    runtime = Runtime(paths.state())
    return {name: _load(name, runtime) for name in wanted}


def prepare(names: Iterable[str]) -> None:
    """Build these images and lay them out for a local cluster, once: loading them takes seconds then."""
    for name in names:
        if name != OPA:
            _laid_out(name)


def build(names: Iterable[str]) -> dict[str, str]:
    """Build these images into buildah's storage, with no cluster; the reference of each."""
    return {name: _build(name) for name in names}


def reference(name: str) -> str:
    """The local reference of an image: its name, and the hash of everything that it is made from."""
    if name == OPA:
        return f"localhost/opa:{digest_of([tools.folder('opa').name.encode(), _OPA_LAYOUT.encode()])}"
    image = BUILT[name]
    parts = list(content(image.sources))
    repository = f"localhost/preceptor-{image.name}"
    return f"{repository}:{digest_of([image.target.encode(), *_base_identity(), *parts])}"


def content(sources: Sequence[str], root: Path = ROOT) -> Iterator[bytes]:
    """The paths and bytes of all files of an image, in a fixed order, without what Python leaves beside them."""
    for source in sources:
        path = root / source
        files = sorted(found for found in path.rglob("*") if found.is_file()) if path.is_dir() else [path]
        for file in files:
            if "__pycache__" in file.parts or file.suffix == ".pyc" or not file.exists():
                continue
            yield str(file.relative_to(root)).encode()
            yield file.read_bytes()


def _base_identity() -> Iterator[bytes]:
    if os.geteuid() != 0:
        yield b"the Dockerfile's own"
        return
    yield base.key().encode()
    # The library that is taken is this environment's, whatever the sources say.
    yield native.library().read_bytes()


_OPA_LAYOUT = "/opa, user 10001, entrypoint /opa"


def _opa_archive(name: str) -> bytes:
    files = {
        "/opa": (tools.binary("opa").read_bytes(), 0o755),
        "/etc/passwd": (b"opa:x:10001:10001:OPA:/:/sbin/nologin\n", 0o644),
    }
    return oci.image(name, files, entrypoint=["/opa"], user="10001:10001")


def _load(name: str, runtime: Runtime) -> str:
    wanted = reference(name)
    if runtime.has(wanted):
        return wanted
    if name == OPA:
        with say.step(f"load {wanted}"):
            runtime.load_bytes(_opa_archive(wanted))
        return wanted
    layout, tag = _laid_out(name)
    with exclusive(f"image-{name}"), say.step(f"load {wanted} into the cluster"):
        if not oci.holds(layout, tag):
            # Another checkout has laid out its own in between.
            buildah.export(wanted, layout)
        runtime.load_layout(layout, tag, wanted)
        oci.prune(layout, tag)
    return wanted


def _laid_out(name: str) -> tuple[Path, str]:
    """The folder and tag of an image as the cluster loads it, built and exported from buildah if need be."""
    wanted = reference(name)
    layout, tag = paths.cache() / "layouts" / name, wanted.rsplit(":", 1)[-1]
    if not oci.holds(layout, tag):
        _build(name)
        with exclusive(f"image-{name}"), say.step(f"export {wanted}"):
            if not oci.holds(layout, tag):
                buildah.export(wanted, layout)
    return layout, tag


def _build(name: str) -> str:
    wanted = reference(name)
    packages.ensure(images=True, cluster=False)
    with exclusive(f"image-{name}"):
        if buildah.has(wanted):
            return wanted
        if name == OPA:
            buildah.import_archive(_opa_archive(wanted), wanted)
            return wanted
        image = BUILT[name]
        arguments: dict[str, str] = {}
        if os.geteuid() == 0:
            arguments["BASE"], arguments["BUILDER"] = base.ensure()
        # else: debootstrap needs root, so the Dockerfile's own base is pulled
        with say.step(f"build {wanted} from {image.folder}/Dockerfile, target {image.target}"):
            buildah.build(
                ROOT / image.folder / "Dockerfile", ROOT, wanted,
                target=image.target, arguments=arguments,
            )  # fmt: skip
    return wanted


def _registry() -> str:
    registry = os.environ.get("REGISTRY", "").removeprefix("docker://").rstrip("/")
    if not registry:
        raise UsageError(
            "With CLUSTER=current the images must be pushed where that cluster can pull them: set REGISTRY, for "
            "example REGISTRY=registry.example.org/team."
        )
    return registry


def _push(name: str, registry: str) -> str:
    local = _build(name)
    remote = f"{registry}/{local.removeprefix('localhost/')}"
    with say.step(f"push {remote}"):
        buildah.push(local, f"docker://{remote}")
    return remote
