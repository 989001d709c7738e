"""What can a reconciler decide?"""

from dataclasses import dataclass, field
from typing import Any, Literal

from preceptor.api.audit import Append
from preceptor.api.gateway import Handover
from preceptor_operator.shared.children import Work


@dataclass(frozen=True, kw_only=True)
class Notice:
    """An Event on the resource; repeated ones fall together by reason and text."""

    type: Literal["Normal", "Warning"]
    reason: str
    message: str


@dataclass(frozen=True, kw_only=True)
class Record:
    """An audit record, with a statement to sign where the record is evidence."""

    append: Append
    statement: dict[str, Any] | None = None


@dataclass(frozen=True, kw_only=True)
class Decision:
    """Everything that one reconcile wants done, in the order in which it is done.

    Records first: nothing takes effect that is not in the audit chain, but for what stops serving.
    """

    status: dict[str, Any]
    records: tuple[Record, ...] = ()
    create: tuple[Work, ...] = ()
    suspend: tuple[tuple[str, bool], ...] = ()
    # Finished Jobs to be removed after so many seconds. Said only when the owner has ended: a Job that went earlier
    # would be run again.
    expire: tuple[tuple[str, int], ...] = ()
    delete_jobs: tuple[str, ...] = ()
    handover: Handover | None = None
    stop_serving: str | None = None
    finalizer: bool | None = None
    notices: tuple[Notice, ...] = ()
    requeue_seconds: float | None = None


@dataclass(frozen=True, kw_only=True)
class Resource:
    """A custom resource as the API server holds it."""

    kind: str
    namespace: str
    name: str
    uid: str
    generation: int
    spec: dict[str, Any]
    status: dict[str, Any] = field(default_factory=dict)
    deleting: bool = False
    finalizers: tuple[str, ...] = ()

    @classmethod
    def of(cls, body: dict[str, Any]) -> "Resource":
        """Read an object of the API server."""
        metadata = body["metadata"]
        return cls(
            kind=body["kind"],
            namespace=metadata["namespace"],
            name=metadata["name"],
            uid=metadata["uid"],
            generation=int(metadata.get("generation", 0)),
            spec=body.get("spec") or {},
            status=body.get("status") or {},
            deleting="deletionTimestamp" in metadata,
            finalizers=tuple(metadata.get("finalizers") or ()),
        )
