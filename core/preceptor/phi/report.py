"""How does a scan's report reach the disk?"""

import errno
import json
import os
import time
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from preceptor import __version__
from preceptor.digests import digest_json
from preceptor.exits import BadInput, TryAgain
from preceptor.phi.detect import Detector
from preceptor.phi.fingerprint import Fingerprinter
from preceptor.phi.scan import Tally
from preceptor.phi.types import Finding

_FULL = (errno.ENOSPC, errno.EDQUOT)


class ReportWriter:
    """Writes ``{"findings": […], "summary": {…}}`` as the findings come, under a temporary name until it is whole.

    Raises TryAgain (reason ``StoreFull``) when the disk is full and BadInput when the place cannot be written.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._temporary = path.with_name(f".{path.name}.{os.getpid()}")
        self._first = True

    def __enter__(self) -> Self:
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self._file = self._temporary.open("w", encoding="utf-8")
            self._file.write('{"findings":[')
        except OSError as error:
            raise self._failure(error) from None
        return self

    def add(self, finding: Finding) -> None:
        """Append one finding."""
        try:
            self._file.write(
                ("\n" if self._first else ",\n")
                + json.dumps(finding.document(), ensure_ascii=False, separators=(",", ":"))
            )
        except OSError as error:
            raise self._failure(error) from None
        self._first = False

    def finish(self, summary: dict[str, Any]) -> None:
        """Add the summary and give the report its name."""
        try:
            self._file.write('\n],\n"summary":' + json.dumps(summary, separators=(",", ":")) + "}\n")
            self._file.flush()
            os.fsync(self._file.fileno())
            self._file.close()
            os.replace(self._temporary, self.path)
        except OSError as error:
            raise self._failure(error) from None

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            self._file.close()
        except OSError as failure:
            if kind is None:
                raise self._failure(failure) from None
        finally:
            self._temporary.unlink(missing_ok=True)

    def _failure(self, error: OSError) -> TryAgain | BadInput:
        if error.errno in _FULL:
            return TryAgain(
                f"The store of the report {self.path} is full: free some space, the scan is then repeated.",
                reason="StoreFull",
            )
        return BadInput(f"The report {self.path} cannot be written: {error.strerror}.", reason="ReportNotWritable")


def summary(tally: Tally, fingerprinter: Fingerprinter, detector: Detector, started: float) -> dict[str, Any]:
    """The totals of a scan; ``started`` is a reading of time.monotonic()."""
    seconds = time.monotonic() - started
    return {
        "verdict": "findings" if tally.findings else "clean",
        "files": tally.files,
        "records": tally.records,
        "bytes": tally.bytes,
        "findings": tally.findings,
        "unreadable": tally.unreadable,
        "byType": dict(sorted(tally.types.items())),
        "bySeverity": dict(sorted(tally.severities.items())),
        "seconds": round(seconds, 3),
        "megabytesPerSecond": round(tally.bytes / 1e6 / seconds, 3) if seconds > 0 else 0.0,
        "fingerprintKey": fingerprinter.origin,
        "versions": {"preceptor": __version__},
        "configDigest": config_digest(detector),
    }


def config_digest(detector: Detector) -> str:
    """Digest of every rule and finder that was used."""
    rules = [[rule.id, str(rule.type), rule.pattern, rule.severity.value] for rule in detector.rules]
    return digest_json([rules, [finder.digest for finder in detector.finders]])
