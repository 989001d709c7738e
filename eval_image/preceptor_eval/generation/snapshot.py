"""Where does a part's private copy come from?"""

from pathlib import Path

from preceptor import manifests, snapshot
from preceptor.snapshot import renamed
from preceptor.stores import local_path

__all__ = ["private_copy", "renamed"]


def private_copy(uri: str, target: Path, digest: str, *, stores: Path | None = None) -> manifests.Manifest:
    """Copy the folder of a URI to ``target``, check it there, and return its manifest.

    Raises as ``preceptor.snapshot.private_copy`` does, and BadInput (``BadUri``) on a URI that is no store's.
    """
    return snapshot.private_copy(local_path(uri, stores=stores), target, digest, called=uri)
