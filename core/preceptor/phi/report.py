"""How does a scan's report reach the disk?"""

import json
import time
from functools import cache, lru_cache
from importlib.metadata import PackageNotFoundError, version
from importlib.resources import files
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from preceptor import __version__
from preceptor.digests import digest_bytes, digest_json
from preceptor.exits import BadInput, TryAgain
from preceptor.phi.detect import Detector
from preceptor.phi.fingerprint import Fingerprinter
from preceptor.phi.labels import called
from preceptor.phi.scan import Tally
from preceptor.phi.types import Finding
from preceptor.writing import FULL, Output

_LIBRARIES = ("google-re2", "phonenumbers", "python-stdnum", "pyarrow")


# The same names stand in most findings of a file.
_quoted = lru_cache(maxsize=4096)(json.dumps)


def _line(finding: Finding) -> str:
    """The JSON of :meth:`Finding.document`, for which ``json`` needs longer than the search does."""
    return (
        f'{{"file":{_quoted(finding.file)},"record":{finding.record},"pointer":{_quoted(finding.pointer)},'
        f'"start":{finding.start},"end":{finding.end},"type":{_quoted(str(finding.type))},'
        f'"detector":{_quoted(finding.detector)},"severity":"{finding.severity._value_}",'
        f'"fingerprint":{json.dumps(finding.fingerprint)}}}'
    )


class ReportWriter:
    """Writes ``{"findings": […], "summary": {…}}`` as the findings come; a file has its name when it is whole.

    Raises TryAgain (reason ``StoreFull``) when the disk is full and BadInput when the place cannot be written.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._first = True

    def __enter__(self) -> Self:
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self._output = Output(self.path)
        except OSError as error:
            raise self._failure(error) from None
        self._write('{"findings":[')
        return self

    def _write(self, text: str) -> None:
        try:
            self._output.file.write(text.encode())
        except OSError as error:
            raise self._failure(error) from None

    def add(self, finding: Finding, piece: int | None = None) -> None:
        """Append one finding; ``piece`` is the number of the piece that its record is counted in, for a shard."""
        line = _line(finding)
        if piece is not None:
            line = f'{line[:-1]},"piece":{piece}}}'
        self._write(("\n" if self._first else ",\n") + line)
        self._first = False

    def finish(self, summary: dict[str, Any], shard: dict[str, Any] | None = None) -> None:
        """Add the summary, and what a shard has to say of itself, and give the report its name."""
        if shard is not None:
            self._write('\n],\n"shard":' + json.dumps(shard, separators=(",", ":")))
        else:
            self._write("\n]")
        self._write(',\n"summary":' + json.dumps(summary, separators=(",", ":")) + "}\n")
        try:
            self._output.keep()
        except OSError as error:
            raise self._failure(error) from None

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            self._output.drop()
        except OSError as failure:
            if kind is None:
                raise self._failure(failure) from None

    def _failure(self, error: OSError) -> TryAgain | BadInput:
        if error.errno in FULL:
            return TryAgain(
                f"The store of the report {called(self.path, '--report')} is full: free some space, the scan is then "
                "repeated.",
                reason="StoreFull",
            )
        return BadInput(
            f"The report {called(self.path, '--report')} cannot be written: {error.strerror}.",
            reason="ReportNotWritable",
        )


def summary(tally: Tally, fingerprinter: Fingerprinter, configuration: str, started: float) -> dict[str, Any]:
    """The totals of a scan; ``configuration`` is its digest, ``started`` a reading of time.monotonic()."""
    seconds = time.monotonic() - started
    return {
        "verdict": "findings" if tally.findings else "clean",
        "files": tally.files,
        "records": tally.records,
        "bytes": tally.bytes,
        "findings": tally.findings,
        "unreadable": tally.unreadable,
        "byType": dict(sorted((+tally.types).items())),
        "bySeverity": dict(sorted((+tally.severities).items())),
        "seconds": round(seconds, 3),
        "megabytesPerSecond": round(tally.bytes / 1e6 / seconds, 3) if seconds > 0 else 0.0,
        "fingerprintKey": fingerprinter.origin,
        "versions": versions(),
        "configDigest": configuration,
    }


def versions() -> dict[str, str]:
    """Versions of all that decides what is found."""
    return {"preceptor": __version__, **{name: _version(name) for name in _LIBRARIES}}


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        # Only pyarrow may be absent: what it reads is then unreadable.
        return "none"


@lru_cache(maxsize=8)
def config_digest(detector: Detector) -> str:
    """Digest of every rule, finder and word list that was used."""
    rules = [
        [
            *(rule.id, str(rule.type), rule.pattern, rule.severity.value, rule.begin, rule.cued, rule.inside),
            *(rule.behind_capital, rule.behind, rule.near),
        ]
        for rule in detector.rules
    ]
    return digest_json([rules, [searcher.digest for searcher in detector.searchers], data_digest(), versions()])


@cache
def data_digest() -> str:
    """Digest of the word lists that ship."""
    data = files("preceptor.phi") / "data"
    return digest_json({each.name: digest_bytes(each.read_bytes()) for each in data.iterdir() if each.is_file()})
