"""What may a field hold that a model refuses, in words that somebody understands who has never seen a schema?"""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import BaseModel

Path = Sequence[str | int]


class FieldWords:
    """The fields of a model. ``forms`` says of a pattern what it means."""

    def __init__(self, model: type[BaseModel], forms: Mapping[str, str]) -> None:
        self._schema = model.model_json_schema(by_alias=True)
        self._forms = forms

    def unknown(self, path: Path) -> str:
        """What is said behind the name of a field that there is not: which one was meant, or which ones there are."""
        names = sorted((self._at(path[:-1]) or {}).get("properties", ()))
        close = difflib.get_close_matches(str(path[-1]), names, n=1)
        if close:
            return f" (did you mean {close[0]}?)"
        of = f"{path[-2]} has" if len(path) > 1 else "there are"
        return f": {of} {', '.join(names)}" if names else ": remove it or correct its name"

    def allowed(self, path: Path) -> str | None:
        """What a field may hold, to stand behind "must be"; None where no schema says it."""
        field = self._at(path)
        if field is None:
            return None
        if "const" in field:
            return f"{field['const']}"
        if "enum" in field:
            return f"one of {', '.join(map(str, field['enum']))}"
        kind = field.get("type")
        if kind == "integer":
            return "a whole number" + _between(" from", field.get("minimum"), field.get("maximum"), "")
        if kind == "boolean":
            return "true or false"
        if kind == "array":
            return (
                "a list"
                + _between(" of", field.get("minItems"), field.get("maxItems"), " entries")
                + " in square brackets"
            )
        if kind == "object":
            names = ", ".join(field.get("properties", ()))
            return f"a mapping with the fields {names}" if names else "a mapping"
        if "pattern" in field:
            return self._forms.get(field["pattern"])
        return "a text" + _between(" of", field.get("minLength"), field.get("maxLength"), " characters")

    def example(self, path: Path) -> str | None:
        """A value that the field may hold, as YAML, or None."""
        field = self._at(path) or {}
        if field.get("type") == "object":
            return None
        value = field.get("default")
        if value is None:
            value = field.get("const", field.get("minimum"))
        if value is None and field.get("enum"):
            value = field["enum"][0]
        if isinstance(value, bool):
            return str(value).lower()
        if isinstance(value, list | tuple):
            return f"[{', '.join(map(str, value))}]"
        return None if value is None else str(value)

    def means(self, path: Path) -> str:
        """What the field means, as its schema says it; empty where it says nothing."""
        return str((self._at(path) or {}).get("description", ""))

    def _at(self, path: Path) -> dict[str, Any] | None:
        field = self._whole(self._schema)
        for part in path:
            inner = field.get("items") if isinstance(part, int) else field.get("properties", {}).get(part)
            if inner is None:
                return None
            field = self._whole(inner)
        return field

    def _whole(self, field: Mapping[str, Any]) -> dict[str, Any]:
        """A field with what it refers to, and without the null that stands for its absence."""
        found = dict(field)
        options = [each for each in found.pop("anyOf", ()) if each.get("type") != "null"]
        inner = options[0] if len(options) == 1 else {}
        if "$ref" in found:
            inner = self._schema["$defs"][found.pop("$ref").rpartition("/")[2]]
        return {**self._whole(inner), **found} if inner else found


def _between(word: str, least: int | None, most: int | None, what: str) -> str:
    if least is not None and most is not None:
        return f"{word} {least} to {most}{what}"
    if least is not None:
        return f" of at least {least}{what}"
    return "" if most is None else f" of at most {most}{what}"
