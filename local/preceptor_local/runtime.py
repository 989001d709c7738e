"""Which images the local cluster's containerd has, and how one gets in."""

from __future__ import annotations

import contextlib
import io
import shutil
import subprocess
import tarfile
import tempfile
from dataclasses import dataclass
from pathlib import Path

from preceptor_local import oci
from preceptor_local.commands import attempt, run
from preceptor_local.config import PAUSE_IMAGE
from preceptor_local.errors import LocalError


@dataclass(frozen=True)
class Runtime:
    """The containerd of the cluster whose state is in `state`."""

    state: Path

    def _ctr(self, *arguments: str | Path) -> list[str | Path]:
        return [
            shutil.which("ctr") or "/usr/bin/ctr",
            "--address",
            self.state / "containerd.sock",
            "--namespace",
            "k8s.io",
            *arguments,
        ]

    def answers(self) -> bool:
        """Whether containerd serves requests."""
        return attempt(self._ctr("version"), timeout=5).returncode == 0

    def has(self, reference: str) -> bool:
        """Whether this image is loaded. Raises LocalError when containerd does not answer."""
        return reference in run(self._ctr("images", "list", "--quiet"), timeout=30).split()

    def load(self, archive: Path) -> None:
        """Load an image archive (OCI or docker). Raises LocalError."""
        run(self._ctr("images", "import", archive), timeout=600)

    def load_bytes(self, archive: bytes) -> None:
        """Load an image archive from memory. Raises LocalError."""
        with tempfile.NamedTemporaryFile(dir=self.state, suffix=".tar") as file:
            file.write(archive)
            file.flush()
            self.load(Path(file.name))

    def load_layout(self, layout: Path, tag: str, reference: str) -> None:
        """Load the image `tag` of an OCI layout as `reference`, sending only the blobs that containerd lacks.

        Raises LocalError.
        """
        has = set(run(self._ctr("content", "list", "--quiet"), timeout=60).split())
        command = [str(word) for word in self._ctr("images", "import", "-")]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as sink:
            assert sink.stdin is not None
            with contextlib.suppress(BrokenPipeError), tarfile.open(fileobj=sink.stdin, mode="w|") as archive:
                for name, content in oci.partial(layout, tag, reference, has):
                    entry = tarfile.TarInfo(name)
                    if isinstance(content, Path):
                        entry.size = content.stat().st_size
                        with content.open("rb") as blob:
                            archive.addfile(entry, blob)
                    else:
                        entry.size = len(content)
                        archive.addfile(entry, io.BytesIO(content))
            output, _ = sink.communicate(timeout=600)
        if sink.returncode:
            raise LocalError(
                f"{reference} could not be loaded into containerd: {output.decode(errors='replace').strip()[-1500:]}"
            )

    def load_pause(self, binary: Path) -> None:
        """Load the sandbox image that every pod starts with."""
        files = {"/pause": (binary.read_bytes(), 0o755)}
        self.load_bytes(oci.image(PAUSE_IMAGE, files, entrypoint=["/pause"], user="65535:65535"))
