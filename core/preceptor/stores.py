"""Where in this pod does a store URI lie?"""

import os
import re
from pathlib import Path

from preceptor.exits import BadInput

# Every claim that a pod uses is mounted at STORES/CLAIM by the operator and the chart.
STORES = Path(os.environ.get("PRECEPTOR_STORES", "/stores"))
PVC = re.compile(r"^pvc://(?P<claim>[a-z0-9]([-a-z0-9.]*[a-z0-9])?)(?P<path>(/[A-Za-z0-9._-]+)*)$")
_CLAIM = r"pvc://[a-z0-9]([-a-z0-9.]*[a-z0-9])?(/[A-Za-z0-9._-]+)*"
_FOLDER = r"file:///[A-Za-z0-9._/-]+"
# Loose: the rule beside it says in a sentence what is wrong.
_HUB = r"hf://[A-Za-z0-9._/@-]+"
# What a resource may name: pods mount claims, and no folder of a node. For a base model also a model of a hub.
CLAIM_PATTERN = rf"^{_CLAIM}$"
ORIGIN_CLAIM_PATTERN = rf"^({_CLAIM}|{_HUB})$"
# What a Job file may name: also a folder of the machine, where a Job is run by hand.
URI_PATTERN = rf"^({_CLAIM}|{_FOLDER})$"
ORIGIN_PATTERN = rf"^({_CLAIM}|{_FOLDER}|{_HUB})$"


def claim_of(uri: str) -> str | None:
    """The claim that a ``pvc://CLAIM/PATH`` URI names, or None for another scheme."""
    match = PVC.match(uri)
    return match["claim"] if match else None


def local_path(uri: str, *, stores: Path | None = None) -> Path:
    """The path of a ``pvc://`` or ``file://`` URI on this machine. Raises BadInput on any other form or on ``..``."""
    match = PVC.match(uri)
    if match and ".." not in match["path"].split("/"):
        return (stores or STORES) / match["claim"] / match["path"].lstrip("/")
    if uri.startswith("file:///") and ".." not in uri.split("/"):
        return Path(uri.removeprefix("file://"))
    raise BadInput(
        f"{uri!r} is not a store that can be read here: write pvc://CLAIM/PATH or file:///PATH.", reason="BadUri"
    )


def join(uri: str, *parts: str) -> str:
    """A URI below another."""
    return "/".join((uri.rstrip("/"), *parts))
