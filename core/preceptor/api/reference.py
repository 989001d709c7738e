"""Which fields, defaults and rules do the three kinds have, as a page that a person reads?"""

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from preceptor.api.base import GROUP, VERSION
from preceptor.api.crd import KINDS, Kind, definition
from preceptor.exits import Exit

PAGE = Path("docs/reference/resources.md")
HEADER = f"""<!-- Generated from preceptor.api by `make generate`; do not edit. -->
# Resources

Group `{GROUP}`, version `{VERSION}`, all namespaced, all in the category `preceptor` (`kubectl get preceptor`).
`kubectl explain KIND.spec --recursive` prints the same from your cluster. Unknown fields are refused. Numbers with a
fraction are strings ("0.98"), as Kubernetes advises. A digest is `sha256:` and 64 hexadecimal digits.
"""


def page() -> str:
    """The whole page."""
    return "\n".join([HEADER, *(section for kind in KINDS for section in _kind(kind))])


def _kind(kind: Kind) -> Iterator[str]:
    version = definition(kind)["spec"]["versions"][0]
    schema = version["schema"]["openAPIV3Schema"]
    yield f"## {kind.name}\n"
    columns = ", ".join(column["name"] for column in version["additionalPrinterColumns"])
    yield f"Short name `{kind.short_name}`. {schema['description']} Columns of `kubectl get`: {columns}.\n"
    properties = schema["properties"]
    yield f"### {kind.name} spec\n"
    yield "| Field | Type | Default | Meaning |\n|---|---|---|---|"
    for path, node, required in _fields(properties["spec"]):
        default = "required" if required else _default(node)
        yield _row(f"`{path}`", _type(node), default, node.get("description", ""))
    yield ""
    yield f"### {kind.name} status\n"
    yield "| Field | Type | Meaning |\n|---|---|---|"
    for path, node, _ in _fields(properties["status"]):
        # What a condition holds is metav1.Condition's business.
        if not path.startswith("conditions[]"):
            yield _row(f"`{path}`", _type(node), node.get("description", ""))
    yield ""
    yield f"### {kind.name} rules\n"
    yield "What the API server refuses beyond types and ranges, in its own words:\n"
    yield from (f"- `{path}`: {message}" for path, message in _rules("", schema))
    yield ""


def _fields(node: dict[str, Any], prefix: str = "") -> Iterator[tuple[str, dict[str, Any], bool]]:
    """Every field below an object, outer before inner, with whether it must be given."""
    required = node.get("required", ())
    for name, member in node.get("properties", {}).items():
        path = f"{prefix}{name}"
        yield path, member, name in required
        inner = member.get("items", member)
        yield from _fields(inner, f"{path}[]." if "items" in member else f"{path}.")


def _row(*cells: str) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def _default(node: dict[str, Any]) -> str:
    value = node.get("default")
    if value is None or isinstance(value, dict):
        # The default of an object is that of its fields, which have rows of their own.
        return ""
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    return f"`{', '.join(value) if isinstance(value, list) else value}`"


def _type(node: dict[str, Any]) -> str:
    kind: str = node["type"]
    if "enum" in node:
        return " or ".join(f"`{value}`" for value in node["enum"])
    if kind == "array":
        return f"list of {_type(node['items'])}"
    if kind == "integer":
        low, high = node.get("minimum"), node.get("maximum")
        return f"integer, {low} to {high}" if high is not None else "integer"
    if "additionalProperties" in node:
        return f"map of {_type(node['additionalProperties'])}"
    return kind


def _rules(path: str, node: dict[str, Any]) -> Iterator[tuple[str, str]]:
    for rule in node.get("x-kubernetes-validations", ()):
        yield path or "metadata.name", rule["message"]
    for name, member in node.get("properties", {}).items():
        yield from _rules(f"{path}.{name}".lstrip("."), member)
    if "items" in node:
        yield from _rules(f"{path}[]", node["items"])


def main(arguments: list[str] | None = None) -> int:
    """Write the page, or with --check say whether the one that is there is current (exit 1: it is not)."""
    parser = argparse.ArgumentParser(prog="python -m preceptor.api.reference", description=main.__doc__)
    parser.add_argument("--out", type=Path, default=PAGE, help="the page")
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 when the page is stale")
    options = parser.parse_args(arguments)
    if not options.check:
        options.out.parent.mkdir(parents=True, exist_ok=True)
        options.out.write_text(page(), encoding="utf-8")
    elif not options.out.is_file() or options.out.read_text(encoding="utf-8") != page():
        print(f"{options.out} is not what preceptor.api says: run `make generate`.", file=sys.stderr)
        return int(Exit.CHECK_SAYS_NO)
    return int(Exit.PASS)


if __name__ == "__main__":
    sys.exit(main())
