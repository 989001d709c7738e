"""How many steps were done again because a process ended behind its last checkpoint?"""

from __future__ import annotations

import json
from pathlib import Path

from preceptor.digests import canonical_json
from preceptor_trainer.checkpoint import FOLDER

FILE = "reached.json"


class Waste:
    """Counts them over all processes of one run's folder. Best effort: a count must never stop a training."""

    def __init__(self, folder: Path, log: Path) -> None:
        self._file, self._log = folder / FOLDER / FILE, log

    def note(self) -> None:
        """Remember how far the log goes, before it is removed."""
        reached = _last_step(self._log)
        before = self._read()
        if reached > before["reached"]:
            self._write({**before, "reached": reached})

    def went_on(self, step: int) -> None:
        """The training goes on behind this step (0: from its beginning)."""
        before = self._read()
        if before["reached"]:
            again = max(0, before["reached"] - step)
            self._write({"reached": 0, "wasted": before["wasted"] + again})

    @property
    def steps(self) -> int:
        """Steps done again so far."""
        return self._read()["wasted"]

    def _read(self) -> dict[str, int]:
        try:
            found = json.loads(self._file.read_bytes())
            return {name: max(0, int(found[name])) for name in ("reached", "wasted")}
        except (OSError, ValueError, KeyError, TypeError):
            return {"reached": 0, "wasted": 0}

    def _write(self, counts: dict[str, int]) -> None:
        try:
            self._file.parent.mkdir(parents=True, exist_ok=True)
            self._file.write_bytes(canonical_json(counts))
        except OSError:
            return


def _last_step(log: Path) -> int:
    try:
        return int(json.loads(log.read_bytes().splitlines()[-1])["step"])
    except (OSError, ValueError, KeyError, IndexError, TypeError):
        return 0
