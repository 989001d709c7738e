"""Is the PHI scanner's gazetteer what its recipe makes, and how is it made anew?

The recipe (``build.py`` and the packages of ``requirements.txt``) runs alone in an environment that is thrown away: the
packages weigh half a gigabyte, and Preceptor needs only the words. A note beside the result says of which recipe it is,
so that a check needs no package.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

from preceptor_local import uv
from preceptor_local.commands import run
from preceptor_local.paths import ROOT

RECIPE = Path("local/preceptor_local/gazetteer")
RESULT = Path("core/preceptor/phi/data/gazetteer.gz")
NOTE = Path("core/preceptor/phi/data/gazetteer.json")
_PARTS = (RECIPE / "build.py", RECIPE / "requirements.txt", RESULT)


def write(root: Path = ROOT) -> None:
    """Make the gazetteer anew. Raises LocalError when a package cannot be had."""
    command = [uv.binary(), "run", "--isolated", "--no-project", "--python", "3.11"]
    command += ["--with-requirements", root / RECIPE / "requirements.txt", "python"]
    run([*map(str, command), str(root / RECIPE / "build.py"), str(root / RESULT)])
    (root / NOTE).write_text(_note(root))


def is_current(root: Path = ROOT) -> bool:
    """Whether the note beside the gazetteer names this recipe and this gazetteer."""
    note = root / NOTE
    return note.is_file() and note.read_text() == _note(root)


def _note(root: Path) -> str:
    digests = {part.name: f"sha256:{hashlib.sha256((root / part).read_bytes()).hexdigest()}" for part in _PARTS}
    return json.dumps(digests, indent=2, sort_keys=True) + "\n"
