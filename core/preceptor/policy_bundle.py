"""Which signed bundle, of which revision, do the promotion policy's sources make?"""

import contextlib
import json
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
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
# OPA puts a bundle's data where its folder says, and refuses what is there already: no profile replaces another.
_ADDED = Path("preceptor", "profiles", "data.json")
_PROFILES = "[object.keys(data.preceptor.profiles), data.preceptor.promotion.invalid_profiles]"
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


def revision(folder: Path, profiles: Path | None = None) -> str:
    """``sha256:<64 hex>`` of the policy's content: what ``spec.policy.revision`` names and approvers sign.

    ``profiles`` is a file of profiles that the folder does not have, ``{"name": {…}}``. Raises BadInput as ``sources``.
    """
    with _assembled(folder, profiles) as whole:
        return digest_json(
            [{"path": str(path.relative_to(whole)), "sha256": digest_file(path)} for path in sources(whole)]
        )


@contextlib.contextmanager
def _assembled(folder: Path, profiles: Path | None) -> Iterator[Path]:
    """The folder of the policy's sources; a copy of them with the further profiles where there are any."""
    if profiles is None:
        yield folder
        return
    try:
        content = profiles.read_bytes()
        named = isinstance(json.loads(content), dict)
    except (OSError, ValueError):
        named = False
    if not named:
        raise BadInput(
            f'{profiles} is no JSON file of profiles such as {{"name": {{…}}}}.', reason="ProfilesUnreadable"
        )
    with tempfile.TemporaryDirectory() as name:
        whole = Path(name)
        for path in sources(folder):
            copied = whole / path.relative_to(folder)
            copied.parent.mkdir(parents=True, exist_ok=True)
            copied.write_bytes(path.read_bytes())
        added = whole / _ADDED
        if added.exists():
            raise BadInput(f"{folder} has a file {_ADDED} of its own: add the profiles there.", reason="PolicyInvalid")
        added.parent.mkdir(parents=True, exist_ok=True)
        added.write_bytes(content)
        yield whole


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


def build(folder: Path, key: Path, out: Path, *, profiles: Path | None = None, opa: str | Path = "opa") -> str:
    """Build the signed bundle by ``opa build`` and return its revision; the file appears whole or not at all.

    ``profiles`` as for ``revision``. Raises BadInput when OPA is missing, refuses the policy or key, or could not use
    one of the profiles, or when the file cannot be written; TryAgain when it takes too long or the disk is full.
    """
    read = [path for path in folder.rglob("*") if path.is_file()]
    require_output("--out", out, (key, *read, *([profiles] if profiles is not None else ())))
    with _assembled(folder, profiles) as whole, tempfile.TemporaryDirectory() as workshop:
        found = revision(whole)
        claims = Path(workshop, "claims.json")
        claims.write_text(f'{{"keyid": "{KEY_ID}"}}')
        made = Path(workshop, "bundle.tar.gz")
        command = [
            "build", "--bundle", ".", "--ignore", _TESTS, "--revision", found, "--output", str(made),
            "--signing-key", str(key.absolute()), "--signing-alg", BUNDLE_ALGORITHM, "--claims-file", str(claims),
        ]  # fmt: skip
        _run(opa, command, whole)
        _refuse_invalid_profiles(opa, whole)
        try:
            out.parent.mkdir(parents=True, exist_ok=True)
            write_whole(out, made.read_bytes())
        except OSError as error:
            kind = TryAgain if error.errno in FULL else BadInput
            raise kind(f"The bundle {out} cannot be written: {error.strerror}.") from None
    return found


def _refuse_invalid_profiles(opa: str | Path, folder: Path) -> None:
    """Raise BadInput unless the policy's own rules can use every one of its profiles, and it has one."""
    command = ["eval", "--bundle", ".", "--ignore", _TESTS, "--format", "json", _PROFILES]
    try:
        ((profiles, invalid),) = [
            result["expressions"][0]["value"] for result in json.loads(_run(opa, command, folder))["result"]
        ]
        faults = [f"{name}: {', '.join(sentences)}" for name, sentences in sorted(invalid.items())]
    except (AttributeError, KeyError, TypeError, ValueError):
        raise BadInput(
            "The policy has no profiles, or no rule that tells their faults.", reason="PolicyInvalid"
        ) from None
    if not profiles:
        raise BadInput("The policy has no profile: a release could name none.", reason="ProfileInvalid")
    if faults:
        raise BadInput(f"The policy has profiles that cannot be used. {'; '.join(faults)}.", reason="ProfileInvalid")


def _run(opa: str | Path, arguments: Sequence[str], folder: Path) -> str:
    """What ``opa`` prints, called from inside the folder: the bundle names its files as OPA was given them."""
    try:
        done = subprocess.run(
            [str(opa), *arguments], cwd=folder, capture_output=True, text=True, timeout=_SECONDS, check=False
        )
    except FileNotFoundError:
        raise BadInput(f"{opa} is not installed: install OPA or name it with --opa.", reason="OpaMissing") from None
    except subprocess.TimeoutExpired:
        raise TryAgain(f"`opa {arguments[0]}` did not end in {_SECONDS} seconds.") from None
    if done.returncode != 0:
        problem = " ".join((done.stderr or done.stdout).split())[:500]
        raise BadInput(f"OPA makes no bundle of the policy: {problem}", reason="PolicyInvalid")
    return done.stdout
