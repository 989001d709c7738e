"""Runs a gateway with fakes below its seams as a process: python gateway_server.py FOLDER PORT SECONDS.

The model says in FOLDER/started that it was asked, and waits there for a file ``go``; each audit record becomes a line
of FOLDER/records.jsonl, after as many seconds as FOLDER/slow says.
"""

import asyncio
import json
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from gateway_fakes import FakeAudit, FakeModel, World

from preceptor.api.audit import Append
from preceptor_eval.gateway.main import run
from preceptor_eval.generation import Completion, Message


@dataclass
class PatientModel(FakeModel):
    """Waits for a file before it answers."""

    folder: Path = Path()

    def complete(self, conversation: Sequence[Message]) -> Completion:
        (self.folder / "started").touch()
        while not (self.folder / "go").exists():
            time.sleep(0.01)
        return super().complete(conversation)


@dataclass
class AuditFile(FakeAudit):
    """Keeps records in a file, and takes its time."""

    folder: Path = Path()

    async def append(self, record: Append) -> None:
        slow = self.folder / "slow"
        await asyncio.sleep(float(slow.read_text()) if slow.exists() else 0)
        with (self.folder / "records.jsonl").open("a") as file:
            file.write(json.dumps(record.document()) + "\n")


if __name__ == "__main__":
    folder, port, seconds = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
    world = World(folder / "world", model=PatientModel(folder=folder), audit=AuditFile(folder=folder))
    (folder / "handover.json").write_text(json.dumps(world.handover().document()))
    run(world.app, port=port, shutdown_seconds=seconds)
