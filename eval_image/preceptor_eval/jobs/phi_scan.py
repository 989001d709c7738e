"""Is there PHI in these folders?"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from preceptor import manifests, stores
from preceptor.api.jobs import PhiScanInput, PhiScanJob, Result
from preceptor.digests import digest_file
from preceptor.exits import BadInput
from preceptor.manifests import Manifest
from preceptor.phi.config import Settings
from preceptor.phi.cpus import available
from preceptor.phi.report import ReportWriter
from preceptor.phi.run import Run
from preceptor.phi.scan import Tally
from preceptor.phi.tree import entries_below
from preceptor.phi.types import UNREADABLE, Finding
from preceptor_eval.jobs.seen import SeenFolder, outputs_digest

REPORT = "report.json"
# Below this, one process is done sooner than others have started.
_WORTH_PROCESSES = 24 << 20


@dataclass(slots=True)
class _Unreadable:
    """The first unreadable places, for the sentence in the status."""

    places: list[str] = field(default_factory=list)

    def add(self, finding: Finding) -> None:
        if finding.type == UNREADABLE and len(self.places) < 1:
            where = f" line {finding.record}" if finding.record else ""
            self.places.append(f"{finding.file[:120]}{where} ({finding.detector})")


def run(job: PhiScanJob) -> Result:
    """Verify and scan every input with all processors, write the report, and return the verdict.

    Raises BadInput without a fingerprint key that lasts (``KeyMissing``) or when an input or its manifest is missing,
    CheckFailed (``ManifestMismatch``) when bytes differ from the manifest or from one reading to the next, TryAgain
    (``StoreFull``) when the report's store is full.
    """
    settings = Settings.load(needed_for="A scan Job")
    folders = [_folder(job, each) for each in job.inputs]
    if not folders:
        raise BadInput("The Job names no inputs: name at least one folder to scan.", reason="NothingToScan")
    report = stores.local_path(job.report_uri) / REPORT
    scan = Run(settings, jobs=_processes([folder for folder, _ in folders]))
    unreadable = _Unreadable()
    digests: dict[str, str] = {}
    entries: list[dict[str, str]] = []
    with ReportWriter(report) as writer:
        for folder, manifest in folders:
            before = (scan.tally.records, scan.tally.findings)
            with SeenFolder(folder.name) as seen:
                for finding in _findings(job, folder, scan, seen):
                    writer.add(finding)
                    unreadable.add(finding)
            if (scan.tally.records, scan.tally.findings) == before:
                raise BadInput(
                    f"{folder} holds no records: what is empty cannot be called free of PHI.", reason="NothingToScan"
                )
            if manifest is not None:
                seen.check(manifest)
                digests.setdefault("dataset", manifest.digest)
            entries += seen.entries()
        writer.finish(scan.summary())
    if job.target == "outputs":
        digests = {"outputs": outputs_digest(entries)}
    return _result(scan.tally, unreadable, {"report": digest_file(report), **digests})


def _processes(folders: list[Path]) -> int:
    size = sum(_size(entry.path) for folder in folders for entry in entries_below(folder))
    return available() if size >= _WORTH_PROCESSES else 1


def _size(path: Path) -> int:
    try:
        return path.lstat().st_size
    except OSError:
        return 0


def _folder(job: PhiScanJob, each: PhiScanInput) -> tuple[Path, Manifest | None]:
    folder = stores.local_path(each.uri)
    if not folder.is_dir():
        raise BadInput(
            f"{each.uri} is not a folder in its store: check the URI and that the data was put there.",
            reason="DatasetMissing" if job.target == "dataset" else "OutputsMissing",
        )
    return folder, None if each.manifest_digest is None else manifests.verify(folder, each.manifest_digest)


def _findings(job: PhiScanJob, folder: Path, scan: Run, seen: SeenFolder) -> Iterator[Finding]:
    def is_log(name: str) -> bool:
        return job.target == "outputs" and "logs" in (folder.name, *Path(name).parts[:-1])

    yield from scan.findings(seen.pieces(entries_below(folder), is_log), seen.done)


def _result(tally: Tally, unreadable: _Unreadable, digests: dict[str, str]) -> Result:
    counts = {
        "files": tally.files,
        "records": tally.records,
        "bytes": tally.bytes,
        "findings": tally.findings,
        **{f"type:{kind}": count for kind, count in sorted(tally.types.items())},
    }
    phi = tally.findings - tally.unreadable
    place = f"{tally.unreadable} place(s) cannot be read, first {unreadable.places[0]}" if unreadable.places else ""
    if phi:
        kinds = ", ".join(f"{kind} {count}" for kind, count in tally.types.most_common(6) if kind != UNREADABLE)
        reason = "PhiFound"
        message = (
            f"{phi} PHI finding(s) in {tally.records} records of {tally.files} files: {kinds}. "
            f"{place + '. ' if place else ''}The report names every place."
        )
    elif tally.unreadable:
        reason = "UnreadableRecord"
        message = f"{place}: repair or remove it, what cannot be read cannot be called clean."
    else:
        reason = "Clean"
        message = f"No PHI in {tally.records} records of {tally.files} files."
    return Result(
        kind="PhiScan",
        verdict="fail" if tally.findings else "pass",
        reason=reason,
        message=message[:512],
        digests=digests,
        counts=counts,
    )
