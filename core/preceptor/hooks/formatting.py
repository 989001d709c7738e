"""Is a text file written as every tool expects it?"""

import json
from pathlib import PurePosixPath

import yaml

from preceptor.hooks.staged import Staged, read

_LIMIT = 1 << 20
_CONFLICT = (b"<<<<<<< ", b">>>>>>> ")
# Two spaces at a line's end are a line break there.
_TRAILING_MEANS = frozenset({".md", ".patch", ".diff"})


def objection(blob: Staged) -> str | None:
    """What is wrong with a text file of up to 1 MiB; None for others and where nothing is."""
    if blob.size > _LIMIT or blob.is_link:
        return None
    data = read(blob.oid, _LIMIT)
    if not data or b"\0" in data[:8192]:
        return None
    try:
        data.decode()
    except UnicodeDecodeError:
        return "is no UTF-8"
    suffix = PurePosixPath(blob.path).suffix.lower()
    return _in_lines(data, suffix) or _in_document(data, suffix)


def _in_lines(data: bytes, suffix: str) -> str | None:
    if not data.endswith(b"\n"):
        return "does not end with a newline"
    for number, line in enumerate(data.split(b"\n")[:-1], start=1):
        if line.endswith(b"\r"):
            return f"has a carriage return at the end of line {number}"
        if line.startswith(_CONFLICT):
            return f"holds the mark of a merge conflict in line {number}"
        if line[-1:] in (b" ", b"\t") and suffix not in _TRAILING_MEANS:
            return f"has a space at the end of line {number}"
    return None


def _in_document(data: bytes, suffix: str) -> str | None:
    try:
        if suffix == ".json":
            json.loads(data)
        elif suffix in (".yml", ".yaml"):
            for _ in yaml.parse(data, yaml.SafeLoader):
                pass
    except (ValueError, yaml.YAMLError, RecursionError):
        # A template of Helm is YAML only once it is filled in.
        return None if b"{{" in data else f"is no {'JSON' if suffix == '.json' else 'YAML'}"
    return None
