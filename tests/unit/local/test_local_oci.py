"""Does an archive hold exactly what containerd needs?"""

import hashlib
import io
import json
import tarfile
from pathlib import Path

import pytest

from preceptor_local import oci
from preceptor_local.errors import LocalError

NAME = "localhost/opa:abc"


def unpack(archive: bytes) -> dict[str, bytes]:
    with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
        return {entry.name: (tar.extractfile(entry) or io.BytesIO()).read() for entry in tar}


def image(content: bytes = b"binary") -> bytes:
    return oci.image(NAME, {"/opa": (content, 0o755)}, entrypoint=["/opa"], user="10001:10001")


def layout(folder: Path, archive: bytes) -> None:
    for name, content in unpack(archive).items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


def layer_digest(archive: bytes) -> str:
    files = unpack(archive)
    manifest = json.loads(files["index.json"])["manifests"][0]
    return str(json.loads(files[f"blobs/sha256/{manifest['digest'][7:]}"])["layers"][0]["digest"])


def test_every_blob_of_an_image_is_named_by_its_digest() -> None:
    blobs = {name: content for name, content in unpack(image()).items() if name.startswith("blobs/")}
    assert len(blobs) == 3
    assert all(name.endswith(hashlib.sha256(content).hexdigest()) for name, content in blobs.items())


def test_the_same_binary_makes_the_same_archive() -> None:
    assert image() == image()
    assert image() != image(b"other")


def test_an_image_is_named_as_the_kubelet_will_ask_for_it() -> None:
    manifest = json.loads(unpack(image())["index.json"])["manifests"][0]
    assert manifest["annotations"]["io.containerd.image.name"] == NAME


def test_only_missing_layers_are_sent(tmp_path: Path) -> None:
    archive = image()
    layout(tmp_path, archive)
    everything = dict(oci.partial(tmp_path, "abc", NAME, set()))
    fewer = dict(oci.partial(tmp_path, "abc", NAME, {layer_digest(archive)}))
    assert set(everything) - set(fewer) == {f"blobs/sha256/{layer_digest(archive)[7:]}"}
    assert {"index.json", "oci-layout"} < set(fewer)


def test_an_image_that_a_layout_lacks_is_named(tmp_path: Path) -> None:
    layout(tmp_path, image())
    with pytest.raises(LocalError, match="no image xyz"):
        list(oci.partial(tmp_path, "xyz", NAME, set()))


def test_pruning_keeps_what_the_newest_image_needs(tmp_path: Path) -> None:
    layout(tmp_path, image())
    stray = tmp_path / "blobs" / "sha256" / "0000"
    stray.write_bytes(b"an older layer")
    before = dict(oci.partial(tmp_path, "abc", NAME, set()))
    oci.prune(tmp_path, "abc")
    assert not stray.exists()
    assert set(dict(oci.partial(tmp_path, "abc", NAME, set()))) == set(before)


def test_a_layout_that_was_cut_short_holds_no_image(tmp_path: Path) -> None:
    archive = image()
    layout(tmp_path, archive)
    assert oci.holds(tmp_path, "abc")
    assert not oci.holds(tmp_path, "xyz")
    (tmp_path / "blobs" / "sha256" / layer_digest(archive)[7:]).unlink()
    assert not oci.holds(tmp_path, "abc")


def test_a_layout_that_is_not_there_holds_no_image(tmp_path: Path) -> None:
    assert not oci.holds(tmp_path / "none", "abc")
