"""Which structural OpenAPI schema, as the API server demands it, says the same as a pydantic model?"""

from typing import Any

from pydantic import BaseModel

# Every string, list and map gets a bound: the API server's estimate of what a CEL rule costs is computed from them.
STRING_LIMIT = 1024
LIST_LIMIT = 64
MAP_LIMIT = 64
DESCRIPTION_LIMIT = 240

# What both pydantic and a structural schema know, in the order in which it is written.
_KEPT = (
    "type",
    "format",
    "description",
    "enum",
    "pattern",
    "minLength",
    "maxLength",
    "minimum",
    "maximum",
    "multipleOf",
    "minItems",
    "maxItems",
    "maxProperties",
    "default",
    "required",
)
_DROPPED = frozenset(
    {"title", "const", "anyOf", "$ref", "$defs", "properties", "items", "additionalProperties", "prefixItems"}
)


def structural_schema(model: type[BaseModel], *, defaults: bool = True) -> dict[str, Any]:
    """The structural schema of a model: references inlined, no ``null`` alternatives, everything bounded.

    ``defaults=False`` leaves defaults out: in a status the server would otherwise add fields that the operator did not
    write, and the two would disagree forever. Raises ValueError, naming the path, where a model uses what a structural
    schema cannot say.
    """
    document = model.model_json_schema(by_alias=True, mode="validation")
    return _convert(document, document.get("$defs", {}), defaults=defaults, path=model.__name__)


def _convert(node: dict[str, Any], definitions: dict[str, Any], *, defaults: bool, path: str) -> dict[str, Any]:
    node = _resolved(node, definitions, path)
    if "const" in node:
        node = {**node, "enum": [node["const"]]}
    unknown = [key for key in node if key not in _KEPT and key not in _DROPPED and not key.startswith("x-kubernetes-")]
    if unknown:
        raise ValueError(f"{path} uses {', '.join(unknown)}, which a structural schema cannot say")
    schema = {key: node[key] for key in _KEPT if key in node}
    kind = schema.get("type")
    if kind is None:
        raise ValueError(f"{path} has no single type: a structural schema cannot say that")
    if "description" in schema:
        schema["description"] = _short(schema["description"])
    if not defaults or schema.get("default", ...) in (None, []):
        # An empty list by default says nothing, and in a diff it looks like something.
        schema.pop("default", None)
    elif isinstance(schema.get("default"), dict):
        schema["default"] = {key: value for key, value in schema["default"].items() if value is not None}
    if kind == "string" and "enum" not in schema:
        schema.setdefault("maxLength", STRING_LIMIT)
    elif kind == "integer":
        schema.setdefault("format", "int64")
    elif kind == "array":
        schema.setdefault("maxItems", LIST_LIMIT)
        schema["items"] = _convert(_items(node, path), definitions, defaults=defaults, path=f"{path}[]")
    elif kind == "object":
        schema.update(_members(node, definitions, defaults=defaults, path=path))
    schema.update({key: value for key, value in node.items() if key.startswith("x-kubernetes-")})
    return schema


def _members(node: dict[str, Any], definitions: dict[str, Any], *, defaults: bool, path: str) -> dict[str, Any]:
    if "properties" in node:
        return {
            "properties": {
                name: _convert(member, definitions, defaults=defaults, path=f"{path}.{name}")
                for name, member in node["properties"].items()
            }
        }
    values = node.get("additionalProperties")
    if not isinstance(values, dict):
        raise ValueError(f"{path} is an object of unknown shape: name its fields")
    return {
        "maxProperties": node.get("maxProperties", MAP_LIMIT),
        "additionalProperties": _convert(values, definitions, defaults=defaults, path=f"{path}{{}}"),
    }


def _resolved(node: dict[str, Any], definitions: dict[str, Any], path: str) -> dict[str, Any]:
    """The node with its reference and its optional alternative merged in; what stands beside a reference wins."""
    while "$ref" in node or "anyOf" in node:
        if "$ref" in node:
            target = definitions[node["$ref"].removeprefix("#/$defs/")]
            node = {**target, **{key: value for key, value in node.items() if key != "$ref"}}
            continue
        alternatives = [choice for choice in node["anyOf"] if choice.get("type") != "null"]
        if len(alternatives) != 1:
            raise ValueError(f"{path} has several alternatives: a structural schema cannot say that")
        node = {**alternatives[0], **{key: value for key, value in node.items() if key != "anyOf"}}
    return node


def _items(node: dict[str, Any], path: str) -> dict[str, Any]:
    items = node.get("items")
    if not isinstance(items, dict):
        raise ValueError(f"{path} is a list of unknown elements: name their type")
    return items


def _short(text: str) -> str:
    words = " ".join(text.split())
    if len(words) <= DESCRIPTION_LIMIT:
        return words
    sentence = words.split(". ")[0].rstrip(".") + "."
    return sentence if len(sentence) <= DESCRIPTION_LIMIT else sentence[: DESCRIPTION_LIMIT - 1] + "…"
