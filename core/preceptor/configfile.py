"""On which line of a YAML file does a field stand that a model refuses?"""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import yaml
from pydantic import ValidationError

from preceptor.exits import BadInput

REASON = "ConfigInvalid"
MAX_BYTES = 1 << 20
# Only what looks like a field's name is said again: anything else may be data that was pasted into the wrong file.
_NAME = re.compile(r"^[A-Za-z][A-Za-z0-9_-]{0,47}$")
_EXTRA = "extra_forbidden"
Path_ = tuple[str | int, ...]


class _Loader(yaml.SafeLoader):
    """YAML in which a number with a fraction stays the text that was written, as our contracts want it."""


_Loader.yaml_implicit_resolvers = {
    first: [
        (tag, pattern)
        for tag, pattern in resolvers
        if tag not in ("tag:yaml.org,2002:float", "tag:yaml.org,2002:timestamp")
    ]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


@dataclass
class ConfigFile:
    """A YAML mapping, and the line on which each of its fields stands (from 1)."""

    path: Path
    document: dict[str, Any]
    lines: dict[Path_, int]

    @classmethod
    def read(cls, path: Path) -> Self:
        """Read one document. Raises BadInput when it cannot be read, is no mapping or says a field twice."""
        try:
            with path.open("rb") as file:
                text = file.read(MAX_BYTES + 1)
        except OSError as error:
            raise BadInput(f"{path} cannot be read: {error.strerror}.", reason=REASON) from None
        if len(text) > MAX_BYTES:
            raise BadInput(f"{path} is larger than {MAX_BYTES} bytes: this is no configuration.", reason=REASON)
        lines: dict[Path_, int] = {}
        try:
            loader = _Loader(text)
            node = loader.get_single_node()
            if not isinstance(node, yaml.MappingNode):
                raise BadInput(f"{path} is no YAML mapping: write FIELD: VALUE.", reason=REASON)
            _walk(node, (), lines, path)
            document = loader.construct_document(node)
        except yaml.MarkedYAMLError as error:
            where = f" line {error.problem_mark.line + 1}" if error.problem_mark else ""
            raise BadInput(f"{path}{where} is no YAML of one document: correct it.", reason=REASON) from None
        except (yaml.YAMLError, UnicodeDecodeError, ValueError, RecursionError):
            raise BadInput(f"{path} is no YAML in UTF-8: correct it.", reason=REASON) from None
        return cls(path, document, lines)

    def override(self, assignment: str) -> None:
        """Set one field as FIELD=VALUE says, the field dotted, the value as YAML. Raises BadInput on another form."""
        name, equals, text = assignment.partition("=")
        parts = name.split(".")
        if not equals or not all(_NAME.match(part) for part in parts):
            raise BadInput("--set takes FIELD=VALUE, such as training.maxSteps=3.", reason=REASON)
        try:
            value = yaml.load(text, Loader=_Loader)  # noqa: S506 - a safe loader
        except yaml.YAMLError:
            raise BadInput(f"--set {name}: its value is no YAML.", reason=REASON) from None
        place = self.document
        for part in parts[:-1]:
            inner = place.get(part)
            place[part] = place = dict(inner) if isinstance(inner, dict) else {}
        place[parts[-1]] = value
        # No longer a line of the file.
        self.lines = {path: line for path, line in self.lines.items() if path[: len(parts)] != tuple(parts)}

    def refused(self, error: ValidationError) -> BadInput:
        """The first fault of a validation as a sentence with file, line and field, never the field's value."""
        faults = error.errors(include_input=False, include_url=False, include_context=False)
        first = next((fault for fault in faults if fault["type"] == _EXTRA), faults[0])
        path = tuple(first["loc"])
        line = next((self.lines[path[:end]] for end in range(len(path), 0, -1) if path[:end] in self.lines), None)
        where = f"{self.path} line {line}" if line else str(self.path)
        named = [str(part) if isinstance(part, int) or _NAME.match(part) else "(a field)" for part in path]
        field = ".".join(named) or "the document"
        if first["type"] == _EXTRA:
            return BadInput(f"{where}: {field} is an unknown field{self._meant(path, faults)}.", reason=REASON)
        return BadInput(f"{where}: {field}: {_rule(first['msg'])}.", reason=REASON)

    def _meant(self, path: Path_, faults: Any) -> str:
        # A required field that is missing beside an unknown one is what was most likely meant.
        missing = [
            str(fault["loc"][-1]) for fault in faults if fault["type"] == "missing" and fault["loc"][:-1] == path[:-1]
        ]
        close = difflib.get_close_matches(str(path[-1]), missing, n=1)
        return f" (did you mean {close[0]}?)" if close else ": remove it or correct its name"


def _rule(message: str) -> str:
    text = message.removeprefix("Value error, ").rstrip(".")
    return text[:1].lower() + text[1:]


def _walk(node: yaml.Node, path: Path_, lines: dict[Path_, int], file: Path) -> None:
    if isinstance(node, yaml.MappingNode):
        seen: set[str] = set()
        for key, value in node.value:
            name = str(key.value)
            line = key.start_mark.line + 1
            if name in seen:
                said = name if _NAME.match(name) else "a field"
                raise BadInput(f"{file} line {line}: {said} stands here for the second time: keep one.", reason=REASON)
            seen.add(name)
            lines[(*path, name)] = line
            _walk(value, (*path, name), lines, file)
    elif isinstance(node, yaml.SequenceNode):
        for index, value in enumerate(node.value):
            lines[(*path, index)] = value.start_mark.line + 1
            _walk(value, (*path, index), lines, file)
