"""On which line of a YAML file, or in which option, does a field stand that a model refuses?"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

import yaml
from pydantic import ValidationError

from preceptor.exits import BadInput
from preceptor.fieldwords import FieldWords

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
    """A YAML mapping, the line on which each of its fields stands (from 1), and the fields that options have set."""

    path: Path
    document: dict[str, Any]
    lines: dict[Path_, int]
    options: list[Path_] = field(default_factory=list)

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
            raise BadInput("--set takes FIELD=VALUE, such as --set training.maxSteps=3.", reason=REASON)
        try:
            value = yaml.load(text, Loader=_Loader)  # noqa: S506 - a safe loader
        except yaml.YAMLError:
            raise BadInput(
                f"--set: the value of {name} is no YAML: put brackets and quotes in pairs, as in "
                "--set 'method.targetModules=[q_proj, v_proj]'.",
                reason=REASON,
            ) from None
        place = self.document
        for part in parts[:-1]:
            inner = place.get(part)
            place[part] = place = dict(inner) if isinstance(inner, dict) else {}
        place[parts[-1]] = value
        self.options.append(tuple(parts))
        # No longer a line of the file.
        self.lines = {path: line for path, line in self.lines.items() if path[: len(parts)] != tuple(parts)}

    def refused(self, error: ValidationError, fields: FieldWords) -> BadInput:
        """The first fault of a validation as a sentence: where it stands (file and line, or option), which field it is
        and what that may hold; never the field's value.
        """
        faults = error.errors(include_input=False, include_url=False, include_context=False)
        first = next((fault for fault in faults if fault["type"] == _EXTRA), faults[0])
        path, kind = tuple(first["loc"]), first["type"]
        named = [str(part) if isinstance(part, int) or _NAME.match(part) else "(a field)" for part in path]
        name = ".".join(named) or "the document"
        option = self._is_option(path, kind)
        where = "--set" if option else self._place(path)
        if kind == _EXTRA:
            return BadInput(f"{where}: {name} is an unknown field{fields.unknown(path)}.", reason=REASON)
        if kind == "missing":
            means = fields.means(path).partition(". ")[0]
            return BadInput(f"{where}: {name} is missing{f' ({_rule(means)})' if means else ''}.", reason=REASON)
        allowed = None if kind == "value_error" else fields.allowed(path) or _rule(fields.means(path))
        if not allowed:
            return BadInput(f"{where}: {name}: {_rule(first['msg'])}.", reason=REASON)
        example = fields.example(path)
        shown = ""
        if example is not None:
            written = f"--set '{name}={example}'" if option else f"{named[-1]}: {example}"
            shown = f": write for example {written}"
        return BadInput(f"{where}: {name} must be {allowed}{shown}.", reason=REASON)

    def _place(self, path: Path_) -> str:
        line = next((self.lines[path[:end]] for end in range(len(path), 0, -1) if path[:end] in self.lines), None)
        return f"{self.path} line {line}" if line else str(self.path)

    def _is_option(self, path: Path_, kind: str) -> bool:
        """Whether an option set the field, something around it, or, where it has another type, something in it."""
        inside = bool(path) and kind not in ("missing", "value_error")
        return any(path[: len(each)] == each or (inside and each[: len(path)] == path) for each in self.options)


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
