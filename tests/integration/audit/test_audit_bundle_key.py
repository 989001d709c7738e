"""Does OPA sign and verify bundles with the keys that an installation makes itself?"""

import datetime
import subprocess
from pathlib import Path

import pytest

from preceptor import keys
from preceptor_local.tools import binary


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("ours", "theirs"):
        keys.write(keys.generate(("localhost",), datetime.datetime.now(datetime.UTC)), tmp_path / name)
    (tmp_path / "policy").mkdir()
    (tmp_path / "policy" / "gate.rego").write_text("package gate\n\nallow := true\n")
    return tmp_path


def opa(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([str(binary("opa")), *words], cwd=folder, capture_output=True, text=True, timeout=60)


def test_a_bundle_signed_with_our_key_is_verified_with_our_public_key_only(folder: Path) -> None:
    signing = ("--signing-alg", keys.BUNDLE_ALGORITHM, "--signing-key", "ours/bundle.key")
    built = opa(folder, "build", "-b", "policy", "-o", "bundle.tar.gz", "--revision", "r1", *signing)
    assert built.returncode == 0, built.stderr
    # `opa build` of a signed bundle verifies it first, as `opa run` does.
    verified = {
        name: opa(
            folder, "build", "-b", "bundle.tar.gz", "-o", "again.tar.gz", *signing,
            "--verification-key", f"{name}/bundle.pub", "--verification-key-id", "preceptor",
        )
        for name in ("ours", "theirs")
    }  # fmt: skip
    assert verified["ours"].returncode == 0, verified["ours"].stderr
    assert verified["theirs"].returncode != 0
    assert "signature" in verified["theirs"].stdout
