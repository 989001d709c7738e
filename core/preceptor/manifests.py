"""Does a folder hold exactly the files that its manifest names?"""

import os
import re
import uuid
from collections.abc import Iterable
from datetime import date
from pathlib import Path, PurePosixPath
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError, model_validator
from pydantic.alias_generators import to_camel

from preceptor.digests import PATTERN, canonical_json, digest_bytes, digest_file, digest_json
from preceptor.exits import BadInput, CheckFailed
from preceptor.writing import write_whole

FILE_NAME = "manifest.json"

Digest = Annotated[str, StringConstraints(pattern=PATTERN)]
Kind = Literal["dataset", "suite", "model", "adapter"]


class _Model(BaseModel):
    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, extra="forbid", frozen=True)


class FileEntry(_Model):
    """One file of the folder: its POSIX path relative to the folder, digest and size in bytes."""

    path: Annotated[str, StringConstraints(min_length=1, max_length=1024)]
    sha256: Digest
    size: Annotated[int, Field(ge=0)]

    @model_validator(mode="after")
    def _path_stays_inside(self) -> Self:
        pure = PurePosixPath(self.path)
        if pure.is_absolute() or ".." in pure.parts or str(pure) != self.path or self.path == FILE_NAME:
            raise ValueError("a file's path is relative, normal, and not the manifest itself")
        return self


class Manifest(_Model):
    """What a folder holds, where it comes from, and who answers for it (DESIGN.md §4, Dataset manifest)."""

    schema_version: Literal[1] = 1
    kind: Kind
    name: str
    provenance_id: uuid.UUID
    source: str
    deid_method: str
    curator: str
    date: date
    licence: str
    record_count: Annotated[int, Field(ge=0)]
    # "schema" is the contract's word; the attribute has another name because pydantic owns that one.
    schema_name: Annotated[str, Field(alias="schema")]
    files: Annotated[tuple[FileEntry, ...], Field(min_length=1)]
    attributes: dict[str, str] | None = None

    @model_validator(mode="after")
    def _files_are_sorted_and_unique(self) -> Self:
        paths = [entry.path for entry in self.files]
        if paths != sorted(set(paths)):
            raise ValueError("files must be sorted by path, each once")
        return self

    def document(self) -> dict[str, Any]:
        """The JSON document that is stored and hashed."""
        return self.model_dump(mode="json", by_alias=True, exclude_none=True)

    @property
    def digest(self) -> str:
        """Digest of the folder: of the canonical JSON of its manifest."""
        return digest_json(self.document())

    def entry(self, path: str) -> FileEntry | None:
        """The entry of one file, or None."""
        return next((entry for entry in self.files if entry.path == path), None)


def list_files(folder: Path) -> tuple[FileEntry, ...]:
    """Every regular file below a folder but its manifest, sorted by path.

    Raises BadInput on a symbolic link or a special file: what a link points to could change after hashing.
    """
    entries: list[FileEntry] = []
    for root, directories, names in os.walk(folder, onerror=_raise):
        for name in (*directories, *names):
            path = Path(root, name)
            if path.is_symlink() or not (path.is_dir() or path.is_file()):
                beside = [Path(root, other).relative_to(folder).as_posix() for other in (*directories, *names)]
                called = called_in(path.relative_to(folder).as_posix(), beside)
                raise BadInput(
                    f"{called} in {folder} is a link or special file: use regular files.",
                    reason="UnsupportedFile",
                )
        for name in names:
            path = Path(root, name)
            relative = path.relative_to(folder).as_posix()
            if relative != FILE_NAME:
                entries.append(FileEntry(path=relative, sha256=digest_file(path), size=path.stat().st_size))
    return tuple(sorted(entries, key=lambda entry: entry.path))


def create(folder: Path, **fields: Any) -> Manifest:
    """Build the manifest of a folder as it stands. Raises BadInput when the folder is empty or a field is wrong."""
    files = list_files(folder)
    if not files:
        raise BadInput(f"{folder} holds no files: there is nothing to put in a manifest.", reason="EmptyFolder")
    try:
        return Manifest(files=files, **fields)
    except ValidationError as error:
        raise BadInput(f"The manifest of {folder} cannot be made: {sentence_of(error)}.") from None


def write(manifest: Manifest, folder: Path) -> None:
    """Write a manifest into its folder by rename, so that a reader never sees half of it."""
    write_whole(folder / FILE_NAME, canonical_json(manifest.document()) + b"\n")


def read(folder: Path) -> Manifest:
    """Read a folder's manifest. Raises BadInput when it is missing, unreadable or not of the schema."""
    return read_file(folder / FILE_NAME)


def read_file(path: Path) -> Manifest:
    """Read a manifest under whatever name it has. Raises BadInput as :func:`read` does."""
    try:
        text = path.read_bytes()
    except FileNotFoundError:
        raise BadInput(
            f"{path.parent} has no {path.name}: create it with `preceptor manifest create`.", reason="ManifestMissing"
        ) from None
    except OSError as error:
        raise BadInput(f"{path} cannot be read: {error.strerror}.", reason="ManifestUnreadable") from None
    try:
        return Manifest.model_validate_json(text)
    except ValidationError as error:
        raise BadInput(f"{path} is not a manifest: {sentence_of(error)}.", reason="ManifestInvalid") from None


def verify(folder: Path, digest: str | None = None) -> Manifest:
    """Check every byte of a folder against its manifest, and the manifest against a digest where one is given.

    Returns the manifest. Raises BadInput when there is no readable manifest and CheckFailed (reason
    ``ManifestMismatch``) when a file is missing, added, changed, or the manifest is another one.
    """
    manifest = read(folder)
    if digest is not None and manifest.digest != digest:
        raise CheckFailed(
            f"The manifest of {folder} has digest {manifest.digest}, but {digest} was asked for: "
            "name the folder's present digest or restore the folder.",
            reason="ManifestMismatch",
        )
    found = {entry.path: entry for entry in list_files(folder)}
    expected = {entry.path: entry for entry in manifest.files}
    paths = found.keys() | expected.keys()
    for path in sorted(paths):
        if found.get(path) != expected.get(path):
            what = (
                "is missing"
                if path not in found
                else "is not in the manifest"
                if path not in expected
                else "was changed"
            )
            raise CheckFailed(
                f"File {called_in(path, paths)} of {folder} {what}: "
                "restore it, or make a new manifest and have it examined again.",
                reason="ManifestMismatch",
            )
    return manifest


TOKENIZER_FILES = frozenset(
    {
        "added_tokens.json",
        "merges.txt",
        "special_tokens_map.json",
        "spiece.model",
        "tokenizer.json",
        "tokenizer.model",
        "tokenizer_config.json",
        "vocab.json",
        "vocab.txt",
    }
)
CHAT_TEMPLATE_FILE = "chat_template.jinja"


def tokenizer_digest(manifest: Manifest) -> str:
    """Digest of all tokenizer files of a model: of the canonical JSON of their entries in path order."""
    return digest_json([e.model_dump(mode="json") for e in manifest.files if e.path in TOKENIZER_FILES])


def chat_template_digest(manifest: Manifest) -> str:
    """Digest of a model's chat template file; where there is none, of the empty string (the tokenizer then decides)."""
    entry = manifest.entry(CHAT_TEMPLATE_FILE)
    return entry.sha256 if entry else digest_bytes(b"")


def called_in(path: str, paths: Iterable[str]) -> str:
    """How a sentence may call one of several paths: as it is called, or, where that may be PHI, by its position."""
    # Imported here: only a failure needs the detector, and the scanner imports this module.
    from preceptor.phi.detect import detect

    if not detect(path.replace("_", " ").replace("/", " / ")):
        return path
    return f"number {sorted(paths).index(path) + 1} in the order of names (its own name may be PHI)"


# A field's name in our contracts; whatever looks otherwise is a key that somebody wrote.
_FIELD = re.compile(r"^[a-z][A-Za-z0-9_]{0,47}$")
# Fields whose keys are anybody's words.
_OPEN = frozenset({"attributes", "subgroup", "provenance", "logitBias", "logit_bias", "terms", "phrases"})


def sentence_of(error: ValidationError) -> str:
    """The first fault of a validation as words: field and rule, never a value or a key, which may be data."""
    first = error.errors(include_input=False, include_url=False, include_context=False)[0]
    parts: list[str] = []
    for part in first["loc"]:
        known = isinstance(part, int) or (_FIELD.match(part) and not (parts and parts[-1] in _OPEN))
        parts.append(str(part) if known else "(a key)")
    if first["type"] == "extra_forbidden":
        parts[-1:] = ["(an unknown field)"]
    return f"{'.'.join(parts) or 'document'}: {first['msg'].lower()}"


def _raise(error: OSError) -> None:
    raise BadInput(
        f"A folder below the one to be hashed cannot be read: {error.strerror}. Let user 10001 read all of it.",
        reason="Unreadable",
    )
