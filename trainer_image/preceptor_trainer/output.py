"""Which files does a training leave, and when do they count?

Everything is written below ``.incomplete`` and renamed; ``adapter`` comes last: where it is, all is.
"""

from __future__ import annotations

import errno
import json
import os
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory

from preceptor import manifests
from preceptor.digests import canonical_json
from preceptor.exits import BadInput, TryAgain
from preceptor.manifests import Manifest
from preceptor_trainer import reasons
from preceptor_trainer.guard import FULL, UNREADY
from preceptor_trainer.recipe import Recipe
from preceptor_trainer.request import Source
from preceptor_trainer.stopping import Interrupted
from preceptor_trainer.waste import Waste

ADAPTER = "adapter"
LOGS = "logs"
SAMPLES = "samples"
TRACE = "trace"
LOG_FILE = "train.jsonl"
TRACE_FILE = "trace.jsonl"
HELD_OUT_FILE = "heldout.jsonl"
PAGE_FILE = "report.html"
RECORD_FILE = "training.json"
SAMPLE_FILE = "samples.jsonl"
INCOMPLETE = ".incomplete"
# All that stands in a run's folder under a name of the trainer's.
LEFT = (ADAPTER, LOGS, SAMPLES, TRACE, PAGE_FILE, RECORD_FILE, INCOMPLETE)
KEPT_COUNTS = ("steps", "tokens", "records", "truncated")
MARGIN_BYTES = 4 * 1024 * 1024
# These end as a full store, or as one that does not answer; with all else the folder is one that cannot be written to.
PASSING = (FULL | UNREADY) - {errno.EROFS}


def require_apart(folder: Path, called: str, sources: Iterable[Source]) -> None:
    """Raise BadInput (``OutputOccupied``) where a training in ``folder`` would write over what it reads."""
    place = folder.resolve()
    for source in sources:
        read = source.path.resolve()
        # What a training leaves takes the place of whatever is called so.
        if place.is_relative_to(read) or any(read.is_relative_to(place / name) for name in LEFT):
            raise BadInput(
                f"{called} would write over {source.called}, which the training reads: name another folder.",
                reason=reasons.OUTPUT_OCCUPIED,
            )


class Output:
    """The folder of one run; ``called`` is what sentences call it. The first rank alone writes."""

    def __init__(self, folder: Path, called: str) -> None:
        self.folder, self.called = folder, called
        self.incomplete = folder / INCOMPLETE
        self.adapter = self.incomplete / ADAPTER
        self.log = self.incomplete / LOGS / LOG_FILE
        self.held_out = self.incomplete / LOGS / HELD_OUT_FILE
        self.samples = self.incomplete / SAMPLES / SAMPLE_FILE
        self.trace = self.incomplete / TRACE / TRACE_FILE
        self.record = self.incomplete / RECORD_FILE
        self.waste = Waste(folder, self.log)
        self.page = self.incomplete / PAGE_FILE

    def finished(self, recipe: Recipe) -> tuple[Manifest, dict[str, int]] | None:
        """The adapter that this very recipe already left here with its counts, or None when there is none.

        Raises BadInput (``OutputOccupied``) when another one lies here and CheckFailed when it was changed since.
        """
        folder = self.folder / ADAPTER
        if not folder.exists():
            return None
        if not (folder / manifests.FILE_NAME).exists():
            raise self._occupied("a folder adapter without a manifest")
        manifest = manifests.verify(folder)
        attributes = manifest.attributes or {}
        if manifest.kind != "adapter" or attributes.get("recipe") != recipe.digest:
            raise self._occupied("the adapter of another training")
        counts = {name: int(attributes[name]) for name in KEPT_COUNTS if attributes.get(name, "").isdigit()}
        return manifest, counts | {"seconds": self._seconds(), "wastedSteps": self._wasted()}

    def require_writable(self) -> None:
        """Raise BadInput (``OutputUnwritable``) where nothing can be written, before anything else is done.

        Only writing tells: what a folder's mode says means nothing to root. The folder does not stay; those above it
        do, for another training may be about to use them. One that holds an adapter may be closed to writers by now.
        """
        with self._unwritable():
            if (self.folder / ADAPTER).exists():
                return
            made = not self.folder.exists()
            self.folder.mkdir(parents=True, exist_ok=True)
            try:
                with TemporaryDirectory(dir=self.folder, prefix=".preceptor-"):
                    pass
            finally:
                if made:
                    with suppress(OSError):
                        self.folder.rmdir()

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Make the working folder, and remove it however the work ends; what a killed run left is removed before."""
        with self._unwritable():
            self.folder.mkdir(parents=True, exist_ok=True)
            self.waste.note()
            shutil.rmtree(self.incomplete, ignore_errors=True)
            for folder in (self.adapter, self.log.parent, self.samples.parent, self.trace.parent):
                folder.mkdir(parents=True)
        try:
            yield
        except (TryAgain, Interrupted):
            # What is tried again does some steps again; of what has failed otherwise nothing stays.
            self.waste.note()
            raise
        finally:
            shutil.rmtree(self.incomplete, ignore_errors=True)

    def require_space(self, adapter_bytes: int) -> None:
        """Raise TryAgain (``StoreFull``) when the adapter will not fit: before the training, not after it."""
        needed = adapter_bytes + MARGIN_BYTES
        free = shutil.disk_usage(self.folder).free
        if free < needed:
            raise TryAgain(
                f"The store of {self.called} has {free // 2**20} MiB free, but the adapter needs "
                f"{needed // 2**20} MiB: free space or enlarge the claim, and try again.",
                reason=reasons.STORE_FULL,
            )

    def seal(self, recipe: Recipe, counts: dict[str, int]) -> Manifest:
        """Give the adapter its manifest."""
        kept = {name: counts[name] for name in KEPT_COUNTS}
        manifest = manifests.create(self.adapter, **recipe.manifest_fields(kept))
        manifests.write(manifest, self.adapter)
        return manifest

    def publish(self) -> None:
        """Make everything visible, the adapter last."""
        for path in sorted(self.incomplete.rglob("*")):
            _to_disk(path)
        os.replace(self.record, self.folder / RECORD_FILE)
        os.replace(self.page, self.folder / PAGE_FILE)
        for name in (LOGS, SAMPLES, TRACE, ADAPTER):
            # Logs and samples without an adapter are those of a run that was killed right here.
            if name != ADAPTER:
                shutil.rmtree(self.folder / name, ignore_errors=True)
            os.rename(self.incomplete / name, self.folder / name)
        _to_disk(self.folder)

    @contextmanager
    def _unwritable(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            if error.errno in PASSING:
                raise
            raise BadInput(
                f"Nothing can be written to {self.called} ({error.strerror or type(error).__name__}): "
                "name a folder or a claim that is mounted here and writable.",
                reason=reasons.OUTPUT_UNWRITABLE,
            ) from None

    def _seconds(self) -> int:
        try:
            last = (self.folder / LOGS / LOG_FILE).read_bytes().splitlines()[-1]
            return int(json.loads(last)["seconds"])
        except (OSError, ValueError, KeyError, IndexError, TypeError):
            return 0

    def _wasted(self) -> int:
        try:
            return int(json.loads((self.folder / RECORD_FILE).read_bytes())["wastedSteps"])
        except (OSError, ValueError, KeyError, TypeError):
            return 0

    def _occupied(self, what: str) -> BadInput:
        return BadInput(
            f"{self.called} already holds {what}, and no artifact is ever overwritten: name another folder.",
            reason=reasons.OUTPUT_OCCUPIED,
        )


def write_lines(path: Path, documents: list[dict[str, object]]) -> None:
    """Write one JSON object a line."""
    path.write_bytes(b"".join(canonical_json(document) + b"\n" for document in documents))


def _to_disk(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
