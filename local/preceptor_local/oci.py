"""How a single static binary becomes a container image without any image builder."""

from __future__ import annotations

import hashlib
import io
import json
import platform
import tarfile
from collections.abc import Mapping, Sequence

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
    named = {
        **_descriptor("application/vnd.oci.image.manifest.v1+json", manifest_bytes),
        "annotations": {
            "io.containerd.image.name": reference,
            "org.opencontainers.image.ref.name": reference.rsplit(":", 1)[-1],
        },
    }
    blobs = {f"blobs/sha256/{_digest(blob)[7:]}": (blob, 0o644) for blob in (content, config_bytes, manifest_bytes)}
    index = json.dumps({"schemaVersion": 2, "manifests": [named]}, sort_keys=True).encode()
    version = json.dumps({"imageLayoutVersion": "1.0.0"}).encode()
    return layer({**blobs, "index.json": (index, 0o644), "oci-layout": (version, 0o644)})


def _digest(content: bytes) -> str:
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


def _descriptor(media_type: str, content: bytes) -> dict[str, object]:
    return {"mediaType": media_type, "digest": _digest(content), "size": len(content)}
