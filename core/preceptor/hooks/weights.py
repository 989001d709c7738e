"""Does a blob hold model weights, or is it larger than a repository should hold?"""

from preceptor.hooks.staged import Staged, read

_SUFFIXES = (
    ".safetensors",
    ".bin",
    ".pt",
    ".pth",
    ".ckpt",
    ".gguf",
    ".ggml",
    ".onnx",
    ".h5",
    ".hdf5",
    ".npz",
    ".tflite",
)
_MAGIC = {b"GGUF": "GGUF", b"\x89HDF\r\n\x1a\n": "HDF5"}
_HEAD = 4096


def objection(blob: Staged, limit: int) -> str | None:
    """Why a blob does not belong into a repository; None where it may. ``limit`` is in bytes."""
    if blob.path.lower().endswith(_SUFFIXES):
        return "is called like model weights: put them into a store with a manifest"
    kind = _kind(read(blob.oid, _HEAD))
    if kind:
        return f"holds model weights ({kind}) under another name: put them into a store with a manifest"
    if blob.size > limit:
        return f"has {blob.size} bytes, more than {limit}: put it into a store with a manifest"
    return None


def _kind(head: bytes) -> str:
    for magic, kind in _MAGIC.items():
        if head.startswith(magic):
            return kind
    # safetensors: the length of a JSON header, then the header.
    if len(head) > 9 and head[8:9] == b"{" and 2 <= int.from_bytes(head[:8], "little") <= 100 << 20:
        return "safetensors"
    # PyTorch: a zip file that holds a pickle.
    if head.startswith(b"PK\x03\x04") and b"/data.pkl" in head[:512]:
        return "PyTorch"
    return ""
