"""On which line, and how, is a policy or an allowlist that a person wrote not as it must be?"""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import yaml
from pydantic import ValidationError

from preceptor.exits import BadInput
from preceptor.manifests import sentence_of
from preceptor.phi.detect import default_detector
from preceptor.phi.labels import called, name_words

_LIMIT = 1 << 20
# A field of ours is written so; what looks otherwise may be data.
_NAME = re.compile(r"[a-z][A-Za-z0-9_]{0,47}")
# What stands in quotes in a sentence of the parser is of the file, but for signs and the parser's own words.
_QUOTED = re.compile(r"""(['"])(?!<[a-z -]+>\1|[^\w\s]\1).*\1""")
_ALIAS = "while scanning an alias"


@dataclass(frozen=True, slots=True)
class Written:
    """A YAML document and what a sentence calls it."""

    called: str
    document: Any
    _root: yaml.Node | None

    @classmethod
    def read(cls, path: Path, what: str, option: str) -> Self:
        """Read a file that ``option`` named. Raises BadInput with a sentence that quotes none of it."""
        name = f"The {what} {called(path, option)}"
        try:
            data = path.read_bytes()
        except (OSError, ValueError):
            raise BadInput(f"{name} cannot be read: check that it is there and readable.") from None
        if len(data) > _LIMIT:
            raise BadInput(f"{name} is larger than 1 MiB: it cannot be meant.")
        try:
            loader = yaml.SafeLoader(data)
            root = loader.get_single_node()
            document = None if root is None else loader.construct_document(root)
        except yaml.MarkedYAMLError as error:
            raise BadInput(f"{name} is no YAML{_where(error)}: {_why(error)}.") from None
        except (yaml.YAMLError, UnicodeDecodeError):
            raise BadInput(f"{name} is no YAML: it holds bytes that are no text of UTF-8.") from None
        except RecursionError:
            raise BadInput(f"{name} is no YAML that can be read: it is nested too deeply.") from None
        except ValueError:
            raise BadInput(f"{name}{_unmade(data)} holds a date or a number that there is not: correct it.") from None
        return cls(name, document, root)

    def refused(self, error: ValidationError) -> str:
        """The first fault of a validation: line, field and rule, never a value."""
        faults = error.errors(include_input=False, include_url=False, include_context=False)
        at = next((number for number, fault in enumerate(faults) if fault["type"] == "extra_forbidden"), None)
        way = faults[at or 0]["loc"]
        line = self._line(way)
        where = f"line {line}: " if line else ""
        if at is None:
            return f"{self.called} is not understood: {where}{sentence_of(error)}."
        name = str(way[-1])
        known = _NAME.fullmatch(name) and not default_detector().detect(name_words(name))
        what = f"{name} is an unknown field" if known else "an unknown field, whose name may be PHI"
        return f"{self.called} is not understood: {where}{what}. Remove it or correct its name."

    def _line(self, way: tuple[int | str, ...]) -> int | None:
        """Where the last part of a way begins that the document has."""
        node, line = self._root, None
        if isinstance(node, yaml.SequenceNode) and way and not isinstance(way[0], int):
            # The list of entries may stand alone.
            way = way[1:]
        for part in way:
            if isinstance(node, yaml.MappingNode):
                pair = next(((key, value) for key, value in node.value if key.value == part), None)
                if pair is None:
                    break
                line, node = pair[0].start_mark.line + 1, pair[1]
            elif isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
                node = node.value[part]
                line = node.start_mark.line + 1
            else:
                break
        return line


def _where(error: yaml.MarkedYAMLError) -> str:
    mark = error.problem_mark or error.context_mark
    return f" in line {mark.line + 1}" if mark else ""


def _why(error: yaml.MarkedYAMLError) -> str:
    problem = error.problem or ""
    if error.context == _ALIAS or problem.startswith("found undefined alias"):
        return "a value that begins with * needs quotes around it"
    if problem.startswith("mapping values are not allowed"):
        return "a value that holds a colon and a space needs quotes around it, or the line stands too far right"
    return _QUOTED.sub("something", problem) or "correct it"


def _unmade(data: bytes) -> str:
    """The line of the first value that is written as a date or number and is none."""
    loader = yaml.SafeLoader(data)
    nodes = [loader.get_single_node()]
    while nodes:
        node = nodes.pop()
        if isinstance(node, yaml.ScalarNode):
            try:
                yaml.SafeLoader("").construct_object(node)
            except ValueError:
                return f" line {node.start_mark.line + 1}"
        elif isinstance(node, yaml.SequenceNode):
            nodes += reversed(node.value)
        elif isinstance(node, yaml.MappingNode):
            nodes += (each for pair in reversed(node.value) for each in reversed(pair))
    return ""
