"""Which candidate answers now, and which is being loaded?"""

import asyncio
import contextlib
import logging
import time
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol

from preceptor.api.audit import Append
from preceptor.api.gateway import Handover, Serving
from preceptor.exits import PreceptorError, TryAgain
from preceptor.snapshot import scratch_folder
from preceptor.telemetry import CANDIDATE, CandidateEvent, ReleaseReference, now
from preceptor_eval.gateway.errors import AuditUnavailable
from preceptor_eval.gateway.grant import TrustedKeys, check_age, check_grant
from preceptor_eval.gateway.handover import check_parts, take_snapshot
from preceptor_eval.gateway.metrics import Metrics
from preceptor_eval.gateway.seams import AuditLog, Generator, Loader, OutputPolicy, PolicySource

log = logging.getLogger("preceptor.gateway")

# The longest pause between two tries to load what the surroundings do not let load.
LONGEST_PAUSE_SECONDS = 30.0


class HandoverStore(Protocol):
    """Remembers the last handover over a restart."""

    def remember(self, handover: Handover | None) -> None:
        """Keep this handover, or forget the one kept. Raises TryAgain when that cannot be written now."""

    def remembered(self) -> Handover | None:
        """The handover that was served last, or None."""


@dataclass(frozen=True)
class Served:
    """A candidate that answers."""

    handover: Handover
    generator: Generator
    policy: OutputPolicy

    @property
    def digest(self) -> str:
        """The candidate's digest."""
        return self.handover.candidate_digest

    @property
    def name(self) -> str:
        """Under which the candidate is registered, never to be reused for another."""
        return registered_name(self.handover)

    @property
    def release(self) -> ReleaseReference:
        """The release that it is served for."""
        return release_of(self.handover)


@dataclass
class Attempt:
    """A handover on its way: loading, or refused."""

    handover: Handover
    by: str
    state: Literal["Loading", "Refused"] = "Loading"
    reason: str | None = None
    message: str | None = None
    # A refusal is told at least once before the same handover is tried again.
    told: bool = False
    # Nothing is loaded for it right now: it waits for its next try, and makes room for another release.
    waiting: bool = False


def registered_name(handover: Handover) -> str:
    """``<release>-<first 12 hex digits of the candidate digest>``."""
    return f"{handover.release.name}-{handover.candidate_digest.removeprefix('sha256:')[:12]}"


def release_of(handover: Handover) -> ReleaseReference:
    """The release of a handover as the audit names it."""
    release = handover.release
    return ReleaseReference(namespace=release.namespace, name=release.name, uid=release.uid)


class Candidates:
    """The served candidate, replaced only by one that is checked, loaded and recorded.

    All methods run in one event loop; hashing and loading run in a thread of their own, while the served candidate
    goes on answering.
    """

    def __init__(
        self,
        *,
        loader: Loader,
        policies: PolicySource,
        audit: AuditLog,
        store: HandoverStore,
        metrics: Metrics,
        trusted: TrustedKeys,
        stores: Path | None = None,
        retry_seconds: float = 1.0,
    ) -> None:
        self._loader = loader
        self._policies = policies
        self._audit = audit
        self._store = store
        self._metrics = metrics
        self._trusted = trusted
        self._stores = stores
        self._retry_seconds = retry_seconds
        self._served: Served | None = None
        self._attempt: Attempt | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        # One load at a time: two models beside the served one would not fit where two fit.
        self._loading = asyncio.Lock()

    @property
    def served(self) -> Served | None:
        """What answers now."""
        return self._served

    def report(self, release_uid: str | None = None) -> Serving:
        """The state, for the one who handed over: a refusal then counts as told."""
        attempt = self._attempt
        if attempt and self._about(attempt, release_uid):
            attempt.told = attempt.state == "Refused"
        return self.state(release_uid)

    def state(self, release_uid: str | None = None) -> Serving:
        """What answers now, or for a release whose handover is on its way, what becomes of that.

        Without a release a handover on its way is told only while nothing is served: who asks what is served must not
        be told of a successor that may yet be refused.
        """
        attempt = self._attempt
        if attempt and self._about(attempt, release_uid):
            return Serving(
                state=attempt.state,
                candidate_digest=attempt.handover.candidate_digest,
                release_uid=attempt.handover.release.uid,
                reason=attempt.reason,
                message=attempt.message,
            )
        if self._served:
            return Serving(
                state="Serving",
                candidate_digest=self._served.digest,
                release_uid=self._served.handover.release.uid,
                reason="Serving",
                message=f"{self._served.name} is served.",
            )
        last = self._store.remembered()
        if last is None:
            return Serving(state="Empty", reason="NothingHandedOver", message="No candidate was handed over yet.")
        return Serving(
            state="Empty",
            reason="Restarted",
            message=f"The gateway restarted and waits for the operator to hand over again; it last served "
            f"{registered_name(last)}.",
        )

    def _about(self, attempt: Attempt, release_uid: str | None) -> bool:
        if release_uid is None:
            return self._served is None
        # Never another release's: whoever was served before a restart would take itself to be superseded by it.
        return attempt.handover.release.uid == release_uid

    async def hand_over(self, handover: Handover, *, by: str) -> Serving:
        """Check and load a candidate; the same handover again only reports.

        While another release's candidate is loading, that is what is reported: two releases that both wait for this
        gateway would otherwise displace one another for ever. One that only waits until it can be loaded gives way.
        """
        served, attempt, uid = self._served, self._attempt, handover.release.uid
        # A decision that is signed anew asks for nothing else, nor does that it was served before.
        same = {"grant": handover.grant, "served_at": handover.served_at}
        if served and served.handover.model_copy(update=same) == handover:
            if attempt and attempt.handover.release.uid == uid:
                # What the same release was to be changed to is wanted no more.
                self._attempt = None
            return self.report(uid)
        if attempt and attempt.handover == handover and (attempt.state == "Loading" or not attempt.told):
            return self.report(uid)
        if attempt and attempt.state == "Loading" and not attempt.waiting and attempt.handover.release.uid != uid:
            return self.report(attempt.handover.release.uid)
        self._attempt = Attempt(handover, by)
        task = asyncio.create_task(self._load(self._attempt))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return self.report(uid)

    async def stop(self, digest: str, *, by: str, release_uid: str | None = None) -> Serving:
        """Stop serving or loading a candidate; with a release's UID, only where it is served for that release."""
        if self._attempt and _meant(self._attempt.handover, digest, release_uid):
            self._attempt = None
        if self._served and _meant(self._served.handover, digest, release_uid):
            handover = self._served.handover
            # Stopping is the safe direction: it takes effect whether or not it can be recorded.
            self._served = None
            self._metrics.serving(None)
            with contextlib.suppress(TryAgain):
                self._store.remember(None)
            try:
                await self._audit.append(_record(handover, "Stopped", by=by))
            except PreceptorError:
                self._metrics.audit_failed()
        return self.report()

    async def settled(self) -> None:
        """Wait until nothing is being loaded."""
        while self._tasks:
            await asyncio.gather(*self._tasks)

    async def _load(self, attempt: Attempt) -> None:
        pause = self._retry_seconds
        while attempt is self._attempt and not await self._tried(attempt):
            attempt.waiting = True
            await asyncio.sleep(pause)
            attempt.waiting = False
            pause = min(2 * pause, LONGEST_PAUSE_SECONDS)

    async def _tried(self, attempt: Attempt) -> bool:
        """Whether the handover's fate is known now; False where only the surroundings failed, which is no verdict."""
        async with self._loading:
            if attempt is not self._attempt:
                return True
            begun = time.monotonic()
            try:
                served = await asyncio.to_thread(self._prepare, attempt.handover)
                await self._switch(served, attempt)
            except TryAgain as error:
                attempt.reason, attempt.message = error.reason, f"{error} The gateway tries again by itself."
                log.warning("%s cannot be loaded yet: %s", registered_name(attempt.handover), error.reason)
                return False
            except PreceptorError as error:
                await self._refuse(attempt, error.reason, str(error))
            except Exception as error:
                # The type only: a loader's text may quote a file.
                await self._refuse(
                    attempt,
                    "LoadFailed",
                    f"The candidate's files are right but could not be loaded ({type(error).__name__}): "
                    "see whether this gateway's image and memory fit the base model.",
                )
            else:
                self._metrics.loaded(time.monotonic() - begun)
            return True

    def _prepare(self, handover: Handover) -> Served:
        check_grant(handover, self._trusted)
        policy = self._policies.load()
        check_parts(handover, policy)
        # Deleted after the load: what is mapped into memory then has no name under which it could be changed.
        with scratch_folder("preceptor-candidate-") as folder:
            snapshot = take_snapshot(handover, folder, self._stores)
            generator = self._loader.load(
                base_model=snapshot.base_model,
                adapter=snapshot.adapter,
                decoding=handover.candidate.decoding,
            )
        return Served(handover, generator, policy)

    async def _switch(self, served: Served, attempt: Attempt) -> None:
        # One record for all tries: where only its receipt was lost, it is not appended twice.
        record = _record(served.handover, "Serving", by=attempt.by)
        # Another handover or a stop may come while this waits: that one counts.
        while attempt is self._attempt:
            # It may have waited for days.
            check_age(served.handover)
            try:
                await self._audit.append(record)
                if attempt is self._attempt:
                    self._store.remember(served.handover)
            except AuditUnavailable:
                self._metrics.audit_failed()
                attempt.reason = AuditUnavailable.reason
                attempt.message = "The candidate is loaded; it is served as soon as the audit service records that."
                await asyncio.sleep(self._retry_seconds)
            except TryAgain as error:
                attempt.reason, attempt.message = error.reason, f"The candidate is loaded, but not served yet. {error}"
                await asyncio.sleep(self._retry_seconds)
            else:
                if attempt is self._attempt:
                    self._served, self._attempt = served, None
                    self._metrics.serving(served)

    async def _refuse(self, attempt: Attempt, reason: str, message: str) -> None:
        attempt.reason, attempt.message, attempt.state = reason, message, "Refused"
        self._metrics.refused(reason)
        try:
            await self._audit.append(_record(attempt.handover, "Refused", by=attempt.by, reason=reason))
        except PreceptorError:
            # A refusal changes nothing that is served, so it stands without its record; the operator records it too.
            self._metrics.audit_failed()


def _record(
    handover: Handover, state: Literal["Serving", "Stopped", "Refused"], *, by: str, reason: str | None = None
) -> Append:
    event = CandidateEvent(
        timestamp=now(),
        state=state,
        release=release_of(handover),
        candidate_digest=handover.candidate_digest,
        model_version=registered_name(handover),
        reason=reason,
        by=by,
    )
    return Append(key=str(uuid.uuid4()), kind=CANDIDATE, subject=handover.candidate_digest, body=event.document())


def _meant(handover: Handover, digest: str, release_uid: str | None) -> bool:
    return handover.candidate_digest == digest and release_uid in (None, handover.release.uid)
