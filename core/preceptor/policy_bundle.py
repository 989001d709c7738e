"""Which signed bundle, of which revision, do the promotion policy's sources make?"""

import subprocess
import tempfile
from pathlib import Path

from preceptor.digests import digest_file, digest_json
from preceptor.exits import BadInput, TryAgain
from preceptor.keys import BUNDLE_ALGORITHM
from preceptor.writing import FULL, require_output, write_whole

# OPA accepts a bundle only under this key id; without an explicit one, versions before 1.21.3 let an unsigned bundle
# pass (GHSA-g2pf-6v5v-qcc8).
KEY_ID = "preceptor-bundle"
DECISION_PACKAGE = "preceptor.promotion"
DECISION_RULE = "decision"
_TESTS = "*_test.rego"
_SECONDS = 60


def sources(folder: Path) -> tuple[Path, ...]:
    """The files that shape decisions, sorted: rules without their tests, data, and the bundle's manifest.

    Raises BadInput when the folder holds no rule.
    """
    rules = [path for path in folder.rglob("*.rego") if not path.match(_TESTS)]
    if not rules:
        raise BadInput(f"{folder} holds no Rego: name the folder of the promotion policy.", reason="PolicyMissing")
    others = [*folder.rglob("data.json"), *folder.rglob("data.yaml"), *folder.rglob(".manifest")]
    return tuple(sorted((*rules, *others)))


def revision(folder: Path) -> str:
    """``sha256:<64 hex>`` of the policy's content: what ``spec.policy.revision`` names and approvers sign."""
    return digest_json(
        [{"path": str(path.relative_to(folder)), "sha256": digest_file(path)} for path in sources(folder)]
    )


def serve_arguments(bundle: str, public_key: str) -> list[str]:
    """Arguments of ``opa run`` that serve a bundle only under its signature and let nobody change it."""
    return [
        "--server",
        "--bundle",
        bundle,
        f"--verification-key={public_key}",
        f"--verification-key-id={KEY_ID}",
        f"--signing-alg={BUNDLE_ALGORITHM}",
        "--authorization=basic",
        "--skip-version-check",
    ]


def build(folder: Path, key: Path, out: Path, *, opa: str | Path = "opa") -> str:
    """Build the signed bundle by ``opa build`` and return its revision; the file appears whole or not at all.

    Raises BadInput when OPA is missing or refuses the policy or key, or when the file cannot be written, TryAgain when
    it takes too long or the disk is full.
    """
    require_output("--out", out, (key, *(path for path in folder.rglob("*") if path.is_file())))
    found = revision(folder)
    with tempfile.TemporaryDirectory() as workshop:
        claims = Path(workshop, "claims.json")
        claims.write_text(f'{{"keyid": "{KEY_ID}"}}')
        made = Path(workshop, "bundle.tar.gz")
        command = [
            str(opa), "build", "--bundle", ".", "--ignore", _TESTS, "--revision", found, "--output", str(made),
            "--signing-key", str(key.absolute()), "--signing-alg", BUNDLE_ALGORITHM, "--claims-file", str(claims),
        ]  # fmt: skip
        try:
            # From inside the folder: the bundle names its files as OPA was given them.
            done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=_SECONDS, check=False)
        except FileNotFoundError:
            raise BadInput(f"{opa} is not installed: install OPA or name it with --opa.", reason="OpaMissing") from None
        except subprocess.TimeoutExpired:
            raise TryAgain(f"`opa build` did not end in {_SECONDS} seconds.") from None
        if done.returncode != 0:
            problem = " ".join((done.stderr or done.stdout).split())[:500]
            raise BadInput(f"OPA makes no bundle of {folder}: {problem}", reason="PolicyInvalid")
        try:
            out.parent.mkdir(parents=True, exist_ok=True)
            write_whole(out, made.read_bytes())
        except OSError as error:
            kind = TryAgain if error.errno in FULL else BadInput
            raise kind(f"The bundle {out} cannot be written: {error.strerror}.") from None
    return found
