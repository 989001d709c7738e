"""What did the watch last say?"""

from collections.abc import Iterator
from typing import Any

Key = tuple[str, str, str]


class Store:
    """Our kinds as last seen, by (kind, namespace, name): enough to know what to wake, never to decide from."""

    def __init__(self) -> None:
        self._objects: dict[Key, dict[str, Any]] = {}

    def put(self, body: dict[str, Any]) -> None:
        """Keep an object's newest state."""
        self._objects[key_of(body)] = _trimmed(body)

    def drop(self, key: Key) -> None:
        """Forget an object."""
        self._objects.pop(key, None)

    def version(self, key: Key) -> str | None:
        """resourceVersion as last seen."""
        found = self._objects.get(key)
        return found["version"] if found else None

    def keys(self, kind: str) -> list[Key]:
        """All keys of one kind."""
        return [key for key in self._objects if key[0] == kind]

    def dependents(self, key: Key) -> Iterator[Key]:
        """Objects that rest on this one: gates on a run, releases on a gate."""
        kind, namespace, name = key
        for other, held in self._objects.items():
            if other[1] == namespace and other != key and (kind, name) in held["needs"]:
                yield other


def key_of(body: dict[str, Any]) -> Key:
    """(kind, namespace, name) of an object."""
    metadata = body["metadata"]
    return (str(body["kind"]), str(metadata.get("namespace", "")), str(metadata["name"]))


def _trimmed(body: dict[str, Any]) -> dict[str, Any]:
    spec = body.get("spec") or {}
    needs = set()
    if body["kind"] == "EvalGate":
        reference = ((spec.get("adapter") or {}).get("fineTuneRunRef") or {}).get("name")
        needs.add(("FineTuneRun", reference))
    if body["kind"] == "AdapterRelease":
        needs.add(("EvalGate", (spec.get("evalGateRef") or {}).get("name")))
    return {"version": body["metadata"].get("resourceVersion"), "needs": needs}
