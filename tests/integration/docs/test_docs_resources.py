"""Does the API server take what the docs tell people to write?"""

import hashlib
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from cluster_processes import ApiServer

ROOT = Path(__file__).resolve().parents[3]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
YAML = re.compile(r"^```yaml\n(.*?)^```", re.MULTILINE | re.DOTALL)
DIGEST = "sha256:" + hashlib.sha256(b"").hexdigest()


def resources() -> list[Any]:
    """Every resource of our group that a page shows, with a digest where the page has dots."""
    found = []
    for page in PAGES:
        for block in YAML.findall(page.read_text(encoding="utf-8")):
            for document in yaml.safe_load_all(block.replace("sha256:…", DIGEST)):
                if isinstance(document, dict) and str(document.get("apiVersion", "")).startswith("preceptor.dev/"):
                    found.append(pytest.param(document, id=f"{page.relative_to(ROOT)} {document['kind']}"))
    return found


@pytest.mark.parametrize("document", resources())
def test_resource_of_the_docs_is_accepted(crds_installed: ApiServer, namespace: str, document: dict[str, Any]) -> None:
    document["metadata"]["namespace"] = namespace
    created = crds_installed.kubectl("admin", "create", "-f", "-", manifest=document)
    assert created.returncode == 0, created.stderr


def test_samples_are_what_the_readme_shows_in_kind_and_fields() -> None:
    shown = [parameter.values[0] for parameter in resources() if "README" in str(parameter.id)]
    kept = {path.stem: yaml.safe_load(path.read_text()) for path in (ROOT / "crds" / "samples").glob("*.yaml")}
    for document in shown:
        assert set(document["spec"]) == set(kept[document["kind"].lower()]["spec"]), document["kind"]


def test_explain_says_what_a_field_means(crds_installed: ApiServer) -> None:
    said = crds_installed.kubectl("admin", "explain", "evalgate.spec.thresholds.min")
    assert "lower bound must be at least this" in " ".join(said.stdout.split()), said.stderr
