"""What several tests of the command line use."""

import os
import stat
from pathlib import Path

import pytest


@pytest.fixture
def full_device(tmp_path: Path) -> Path:
    """A device of the test's own that is always full: the system's must not be risked."""
    path = tmp_path / "full"
    try:
        os.mknod(path, 0o600 | stat.S_IFCHR, os.makedev(1, 7))
        path.write_bytes(b"")
    except OSError:
        pytest.skip("no device can be made here")
    return path
