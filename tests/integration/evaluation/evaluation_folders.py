"""How do tests of the evaluation make a folder with its manifest?"""

import uuid
from pathlib import Path
from typing import Any

from preceptor import manifests


def manifest_fields(kind: str, name: str, records: int = 0, **attributes: str) -> dict[str, Any]:
    return {
        "kind": kind,
        "name": name,
        "provenance_id": uuid.UUID(int=1),
        "source": "made by a test",
        "deid_method": "synthetic",
        "curator": "tests",
        "date": "2026-01-01",
        "licence": "Apache-2.0",
        "record_count": records,
        "schema_name": kind,
        "attributes": attributes or None,
    }


def make_manifest(folder: Path, kind: str, name: str, records: int = 0, **attributes: str) -> manifests.Manifest:
    manifest = manifests.create(folder, **manifest_fields(kind, name, records, **attributes))
    manifests.write(manifest, folder)
    return manifest
