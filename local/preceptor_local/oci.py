"""What the archive of a container image holds (OCI image-spec 1.1), be it one binary or a built image's new layers."""

from __future__ import annotations

import hashlib
import io
import json
import platform
import tarfile
from collections.abc import Iterator, Mapping, Sequence, Set
from pathlib import Path
from typing import Any

from preceptor_local.errors import LocalError

_TAG = "org.opencontainers.image.ref.name"
_MACHINES = {"x86_64": "amd64", "aarch64": "arm64"}


def architecture() -> str:
    """This machine's architecture in the words of the OCI image specification."""
    return _MACHINES.get(platform.machine(), platform.machine())


def layer(files: Mapping[str, tuple[bytes, int]]) -> bytes:
    """An uncompressed layer with these files (content and mode by path), the same bytes every time."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for path in sorted(files):
            content, mode = files[path]
            entry = tarfile.TarInfo(path.lstrip("/"))
            entry.size, entry.mode = len(content), mode
            archive.addfile(entry, io.BytesIO(content))
    return out.getvalue()


def image(reference: str, files: Mapping[str, tuple[bytes, int]], *, entrypoint: Sequence[str], user: str) -> bytes:
    """An OCI image archive (a tar, image-spec 1.1) of one layer, named `reference`."""
    content = layer(files)
    config = {
        "architecture": architecture(),
        "os": "linux",
        "config": {"Entrypoint": list(entrypoint), "User": user, "WorkingDir": "/"},
        "rootfs": {"type": "layers", "diff_ids": [_digest(content)]},
    }
    config_bytes = json.dumps(config, sort_keys=True).encode()
    manifest = {
        "schemaVersion": 2,
        "mediaType": "application/vnd.oci.image.manifest.v1+json",
        "config": _descriptor("application/vnd.oci.image.config.v1+json", config_bytes),
        "layers": [_descriptor("application/vnd.oci.image.layer.v1.tar", content)],
    }
    manifest_bytes = json.dumps(manifest, sort_keys=True).encode()
    named = _named(_descriptor("application/vnd.oci.image.manifest.v1+json", manifest_bytes), reference)
    blobs = {f"blobs/sha256/{_digest(blob)[7:]}": (blob, 0o644) for blob in (content, config_bytes, manifest_bytes)}
    index = json.dumps({"schemaVersion": 2, "manifests": [named]}, sort_keys=True).encode()
    return layer({**blobs, "index.json": (index, 0o644), "oci-layout": (_LAYOUT, 0o644)})


_LAYOUT = b'{"imageLayoutVersion": "1.0.0"}'


def partial(layout: Path, tag: str, reference: str, has: Set[str]) -> Iterator[tuple[str, bytes | Path]]:
    """The entries of an archive of one image of a layout, named `reference`, without the layers that `has` names.

    Manifest and configuration are always there. Raises LocalError when the layout does not hold the image.
    """
    manifest = _find(layout, tag)
    index = json.dumps({"schemaVersion": 2, "manifests": [_named(manifest, reference)]}).encode()
    yield "oci-layout", _LAYOUT
    yield "index.json", index
    yield from ((name, layout / name) for name in [_blob(manifest)])
    content = json.loads((layout / _blob(manifest)).read_text())
    yield _blob(content["config"]), layout / _blob(content["config"])
    for descriptor in content["layers"]:
        if descriptor["digest"] not in has:
            yield _blob(descriptor), layout / _blob(descriptor)


def holds(layout: Path, tag: str) -> bool:
    """Whether a layout has this image with all of its blobs: an export that was cut short does not count."""
    try:
        manifest = _find(layout, tag)
        content = json.loads((layout / _blob(manifest)).read_text())
    except (OSError, LocalError, ValueError):
        return False
    return all((layout / _blob(each)).exists() for each in (content["config"], *content["layers"]))


def prune(layout: Path, tag: str) -> None:
    """Keep only one image in a layout: every other one is an earlier build that nobody will load again."""
    manifest = _find(layout, tag)
    content = json.loads((layout / _blob(manifest)).read_text())
    kept = {_blob(each) for each in (manifest, content["config"], *content["layers"])}
    (layout / "index.json").write_text(json.dumps({"schemaVersion": 2, "manifests": [manifest]}))
    for path in (layout / "blobs" / "sha256").iterdir():
        if str(path.relative_to(layout)) not in kept:
            path.unlink()


def _find(layout: Path, tag: str) -> dict[str, Any]:
    index = json.loads((layout / "index.json").read_text())
    found = [each for each in index["manifests"] if each.get("annotations", {}).get(_TAG) == tag]
    if not found:
        raise LocalError(f"{layout} holds no image {tag}: delete that folder, then try again.")
    last: dict[str, Any] = found[-1]
    return last


def _blob(descriptor: Mapping[str, Any]) -> str:
    return f"blobs/sha256/{str(descriptor['digest']).removeprefix('sha256:')}"


def _named(descriptor: Mapping[str, Any], reference: str) -> dict[str, Any]:
    names = {"io.containerd.image.name": reference, _TAG: reference.rsplit(":", 1)[-1]}
    return {**descriptor, "annotations": names}


def _digest(content: bytes) -> str:
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


def _descriptor(media_type: str, content: bytes) -> dict[str, object]:
    return {"mediaType": media_type, "digest": _digest(content), "size": len(content)}
