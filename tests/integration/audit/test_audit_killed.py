"""Does a chain survive a writer that is killed at any point, with every receipt that was given?"""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from preceptor.api.audit import Append
from preceptor.audit import AuditLog, verify

# Several callers at once, so that the kill falls into groups of appends; each receipt is printed when it is given.
WRITER = """
import asyncio, itertools, sys
from pathlib import Path
from preceptor.api.audit import Append
from preceptor.audit import AuditLog
from preceptor.audit.log import prepare
from preceptor_eval.audit_service.writer import GroupWriter

async def caller(writer, name):
    for number in itertools.count():
        key = f"{name}-{number}"
        receipt = await writer.append(prepare(Append(key=key, kind="test", body={"text": "x" * 500}), "writer"))
        print(receipt.sequence, key, receipt.hash, flush=True)

async def main():
    writer = GroupWriter(AuditLog(Path(sys.argv[1])))
    await asyncio.gather(*(caller(writer, f"{sys.argv[2]}-{name}") for name in range(8)))

asyncio.run(main())
"""


def receipts_until_killed(path: Path, name: str, count: int) -> list[list[str]]:
    """Start a writer, kill it with SIGKILL once it has given so many receipts, and return all that it gave."""
    process = subprocess.Popen([sys.executable, "-c", WRITER, str(path), name], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    lines = [process.stdout.readline() for _ in range(count)]
    os.kill(process.pid, signal.SIGKILL)
    lines += process.stdout.readlines()
    assert process.wait() == -signal.SIGKILL
    return [line.split() for line in lines if line.endswith("\n")]


@pytest.mark.parametrize("counts", [(1, 40, 7)])
def test_no_receipt_is_lost_and_the_chain_is_whole_after_kill_9(tmp_path: Path, counts: tuple[int, ...]) -> None:
    path = tmp_path / "audit.db"
    given: list[list[str]] = []
    for round_number, count in enumerate(counts):
        given += receipts_until_killed(path, f"round-{round_number}", count)
        assert verify(path).findings == ()
    log = AuditLog(path)
    for sequence, key, digest in given:
        (record,) = log.read(after=int(sequence) - 1, limit=1)
        assert (record.key, record.hash) == (key, digest)
    assert len(given) >= sum(counts)


def test_an_append_whose_receipt_was_lost_is_found_again_by_its_key(tmp_path: Path) -> None:
    path = tmp_path / "audit.db"
    given = receipts_until_killed(path, "round", 5)
    log = AuditLog(path)
    before = verify(path).size
    for sequence, key, digest in given:
        receipt = log.append(Append(key=key, kind="test", body={"text": "x" * 500}), "writer")
        assert (receipt.sequence, receipt.hash) == (int(sequence), digest)
    assert verify(path).size == before
    assert json.loads(log.read(limit=1)[0].body) == {"text": "x" * 500}
