"""Are the committed CRDs what the models say, and fit for an API server?"""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import pytest
import yaml
from pydantic import BaseModel, Field

from preceptor.api import crd
from preceptor.api.structural import structural_schema

ROOT = Path(__file__).resolve().parents[3]
GENERATED = [ROOT / "crds", ROOT / "charts" / "preceptor" / "files" / "crds"]


@pytest.mark.parametrize("folder", GENERATED, ids=lambda folder: folder.parent.name)
def test_committed_crds_are_current(folder: Path) -> None:
    assert crd.main(["--check", "--out", str(folder)]) == 0, "run `make generate`"


def test_check_says_no_to_a_changed_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert crd.main(["--out", str(tmp_path)]) == 0
    changed = next(tmp_path.iterdir())
    changed.write_text(changed.read_text() + "# edited by hand\n")
    assert crd.main(["--check", "--out", str(tmp_path)]) == 1
    assert changed.name in capsys.readouterr().err


def test_check_says_no_to_a_missing_file(tmp_path: Path) -> None:
    assert crd.main(["--check", "--out", str(tmp_path)]) == 1


def test_generation_is_deterministic() -> None:
    assert crd.files() == crd.files()


def _nodes(node: dict[str, Any], path: str) -> Iterator[tuple[str, dict[str, Any]]]:
    yield path, node
    for name, member in node.get("properties", {}).items():
        yield from _nodes(member, f"{path}.{name}")
    for key in ("items", "additionalProperties"):
        if isinstance(node.get(key), dict):
            yield from _nodes(node[key], f"{path}.{key}")


def _schema(kind: crd.Kind) -> dict[str, Any]:
    schema: dict[str, Any] = yaml.safe_load(crd.rendered(kind))["spec"]["versions"][0]["schema"]["openAPIV3Schema"]
    return schema


@pytest.mark.parametrize("kind", crd.KINDS, ids=lambda kind: kind.name)
def test_every_part_of_the_schema_is_bounded(kind: crd.Kind) -> None:
    for part in ("spec", "status"):
        for path, node in _nodes(_schema(kind)["properties"][part], part):
            match node["type"]:
                case "string":
                    assert "maxLength" in node or "enum" in node, path
                case "array":
                    assert "maxItems" in node, path
                case "object":
                    assert "properties" in node or "maxProperties" in node, path


@pytest.mark.parametrize("kind", crd.KINDS, ids=lambda kind: kind.name)
def test_status_has_no_defaults_that_the_server_would_add_behind_the_operator(kind: crd.Kind) -> None:
    assert [path for path, node in _nodes(_schema(kind)["properties"]["status"], "status") if "default" in node] == []


@pytest.mark.parametrize("kind", crd.KINDS, ids=lambda kind: kind.name)
def test_list_map_keys_are_required(kind: crd.Kind) -> None:
    for part in ("spec", "status"):
        for path, node in _nodes(_schema(kind)["properties"][part], part):
            for key in node.get("x-kubernetes-list-map-keys", []):
                assert key in node["items"]["required"], path


def test_numbers_in_text_stay_text_for_every_yaml_reader() -> None:
    text = crd.rendered(crd.KINDS[0])
    assert "default: '2e-4'" in text
    assert "default: 2e-4" not in text


def test_structural_schema_refuses_what_it_cannot_say() -> None:
    class Alternatives(BaseModel):
        value: int | str

    class AboveZero(BaseModel):
        value: Annotated[int, Field(gt=0)]

    class Anything(BaseModel):
        value: dict[str, Any]

    with pytest.raises(ValueError, match=r"Alternatives\.value has several alternatives"):
        structural_schema(Alternatives)
    with pytest.raises(ValueError, match=r"AboveZero\.value uses exclusiveMinimum"):
        structural_schema(AboveZero)
    with pytest.raises(ValueError, match=r"Anything\.value is an object of unknown shape"):
        structural_schema(Anything)


def test_optional_fields_lose_their_null() -> None:
    class Optional(BaseModel):
        value: Annotated[str, Field(max_length=5)] | None = None

    assert structural_schema(Optional)["properties"]["value"] == {"type": "string", "maxLength": 5}
