"""Which images the local cluster's containerd has, and how one gets in."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from preceptor_local import oci
from preceptor_local.commands import attempt, run, shown
from preceptor_local.config import PAUSE_IMAGE
from preceptor_local.errors import LocalError


@dataclass(frozen=True)
class Runtime:
    """The containerd of the cluster whose state is in `state`."""

    state: Path

    def _ctr(self, *arguments: str | Path) -> list[str | Path]:
        return [shutil.which("ctr") or "/usr/bin/ctr", "--address", self.state / "containerd.sock", "--namespace", "k8s.io", *arguments]

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

    def load_from(self, producer: Sequence[str | Path]) -> None:
        """Load what a command writes as an archive to the path in place of its word `{archive}`, without a copy on disk.

        Raises LocalError when either end fails.
        """
        end, start = os.pipe()
        words = [str(word).replace("{archive}", f"/dev/fd/{start}") for word in producer]
        with subprocess.Popen(
            words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, pass_fds=[start]
        ) as source:
            os.close(start)
            with os.fdopen(end, "rb") as pipe:
                sink = subprocess.run(
                    [str(word) for word in self._ctr("images", "import", "-")],
                    stdin=pipe, capture_output=True, text=True, timeout=600, check=False,
                )  # fmt: skip
            output, _ = source.communicate(timeout=60)
        if source.returncode or sink.returncode:
            told = output.decode(errors="replace") + sink.stderr
            raise LocalError(f"`{shown(words)}` into containerd failed:\n{told.strip()[-1500:]}")

    def load_pause(self, binary: Path) -> None:
        """Load the sandbox image that every pod starts with."""
        files = {"/pause": (binary.read_bytes(), 0o755)}
        self.load_bytes(oci.image(PAUSE_IMAGE, files, entrypoint=["/pause"], user="65535:65535"))
