"""How is a decision carried out?

In one order: what stops serving, audit records, the finalizer, the gateway, Jobs, Events, the status. A failure ends it
where it is, and the next reconcile decides anew from what is there.
"""

import hashlib
import logging
from datetime import UTC, datetime
from typing import Any

from preceptor.api.base import API_VERSION
from preceptor.exits import CheckFailed
from preceptor_operator import metrics
from preceptor_operator.edges.api import Api, ApiError, core_path, job_path, resource_path
from preceptor_operator.edges.audit import AuditClient
from preceptor_operator.edges.gateway import GatewayClient
from preceptor_operator.shared.children import JOB_KEY, render
from preceptor_operator.shared.conditions import fitted
from preceptor_operator.shared.decision import Decision, Notice, Resource
from preceptor_operator.shared.names import FINALIZER

NOTE_LENGTH = 1024
log = logging.getLogger("preceptor.operator")


class Applier:
    """Carries decisions out."""

    def __init__(self, api: Api, audit: AuditClient, gateways: GatewayClient) -> None:
        self._api, self._audit, self._gateways = api, audit, gateways

    async def apply(self, resource: Resource, decision: Decision) -> None:
        """Do all that a decision wants. Raises what the parts raise; doing it again is harmless."""
        gateway = ((resource.spec.get("target") or {}).get("gatewayRef") or {}).get("name", "")
        # Before its record: stopping is always allowed, and must not wait for an audit service that is out of reach.
        # The record is appended by a later reconcile then, since the status that ends it all comes after the record.
        if decision.stop_serving is not None:
            await self._gateways.stop(resource.namespace, gateway, decision.stop_serving, resource.uid)
        for record in decision.records:
            await self._audit.append(record)
        if decision.finalizer:
            await self._finalizer(resource, present=True)
        if decision.handover is not None:
            await self._gateways.hand_over(resource.namespace, gateway, decision.handover)
        for name in decision.delete_jobs:
            await self._api.delete(job_path(resource.namespace, name))
        for name, suspended in decision.suspend:
            await self._suspend(resource.namespace, name, suspended)
        for name, seconds in decision.expire:
            await self._expire(resource.namespace, name, seconds)
        for work in decision.create:
            children = render(work)
            # Created, never updated: a Job that is there already is this very work, by its name.
            await self._instructions(resource.namespace, children.config_map)
            if children.service is not None:
                await self._meeting_place(resource.namespace, children.service)
            await self._api.create(job_path(resource.namespace), children.job)
        # Before the status, which says that it was told: an operator that dies in between tells it again, as one Event.
        for notice in decision.notices:
            await self._event(resource, notice)
        await self._status(resource, decision.status)
        if decision.finalizer is False:
            await self._finalizer(resource, present=False)

    async def _instructions(self, namespace: str, config_map: dict[str, Any]) -> None:
        """What the Job is told. Raises CheckFailed (NameTaken) when somebody else says it under this name."""
        name = config_map["metadata"]["name"]
        if await self._api.create(core_path(namespace, "configmaps"), config_map) is not None:
            return
        found = await self._api.get(core_path(namespace, "configmaps", name)) or {}
        told = (found.get("data") or {}).get(JOB_KEY)
        if told != config_map["data"][JOB_KEY] or not found.get("immutable"):
            raise CheckFailed(
                f"ConfigMap {name} tells the Job something else than the operator: delete it and this continues.",
                reason="NameTaken",
            )

    async def _meeting_place(self, namespace: str, service: dict[str, Any]) -> None:
        """What names a gang's pods. Raises CheckFailed (NameTaken) when a Service of this name leads elsewhere."""
        name = service["metadata"]["name"]
        if await self._api.create(core_path(namespace, "services"), service) is not None:
            return
        found = await self._api.get(core_path(namespace, "services", name)) or {}
        spec = found.get("spec") or {}
        if any(spec.get(field) != service["spec"][field] for field in ("clusterIP", "selector")):
            raise CheckFailed(
                f"Service {name} names other pods than the training's: delete it and this continues.",
                reason="NameTaken",
            )

    async def _status(self, resource: Resource, status: dict[str, Any]) -> None:
        if not status or status == resource.status:
            return
        body = {
            "apiVersion": API_VERSION,
            "kind": resource.kind,
            # The UID keeps a status from landing on an object that was deleted and made again meanwhile.
            "metadata": {"name": resource.name, "namespace": resource.namespace, "uid": resource.uid},
            "status": status,
        }
        await self._api.apply(resource_path(resource.kind, resource.namespace, resource.name, status=True), body)
        before = (resource.status.get("state"), resource.status.get("reason"))
        after = (status.get("state"), status.get("reason"))
        if after != before:
            metrics.TRANSITIONS.labels(kind=resource.kind, state=str(after[0]), reason=str(after[1])).inc()
        if after[0] == "Blocked" and before[0] != "Blocked":
            metrics.PHI_FINDINGS.inc(sum(int(scan.get("findings") or 0) for scan in status.get("scans") or ()))

    async def _finalizer(self, resource: Resource, *, present: bool) -> None:
        if (FINALIZER in resource.finalizers) == present:
            return
        body = {
            "apiVersion": API_VERSION,
            "kind": resource.kind,
            "metadata": {
                "name": resource.name,
                "namespace": resource.namespace,
                "uid": resource.uid,
                "finalizers": [FINALIZER] if present else [],
            },
        }
        await self._api.apply(resource_path(resource.kind, resource.namespace, resource.name), body)

    async def _suspend(self, namespace: str, name: str, suspended: bool) -> None:
        body = {"spec": {"suspend": suspended}}
        await self._api.request(
            "PATCH", job_path(namespace, name), body=body, content_type="application/merge-patch+json"
        )

    async def _expire(self, namespace: str, name: str, seconds: int) -> None:
        body = {"spec": {"ttlSecondsAfterFinished": seconds}}
        try:
            await self._api.request(
                "PATCH", job_path(namespace, name), body=body, content_type="application/merge-patch+json"
            )
        except ApiError as error:
            if error.status != 404:
                raise

    async def _event(self, resource: Resource, notice: Notice) -> None:
        """One Event by resource, reason and text; said again it is the same one."""
        text = f"{resource.uid}/{resource.generation}/{notice.reason}/{notice.message}"
        name = f"{resource.name}.{hashlib.sha256(text.encode()).hexdigest()[:16]}"
        now = datetime.now(UTC)
        body = {
            "apiVersion": "events.k8s.io/v1",
            "kind": "Event",
            "metadata": {"name": name, "namespace": resource.namespace},
            "eventTime": now.strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
            "reportingController": "preceptor.dev/operator",
            "reportingInstance": "preceptor-operator",
            "action": "Reconcile",
            "type": notice.type,
            "reason": notice.reason,
            # The API server counts bytes here.
            "note": fitted(notice.message, NOTE_LENGTH).encode()[:NOTE_LENGTH].decode(errors="ignore"),
            "regarding": {
                "apiVersion": API_VERSION,
                "kind": resource.kind,
                "namespace": resource.namespace,
                "name": resource.name,
                "uid": resource.uid,
            },
        }
        try:
            await self._api.create(f"/apis/events.k8s.io/v1/namespaces/{resource.namespace}/events", body)
        except ApiError as error:
            if error.status >= 500 or error.status == 429:
                # It may be taken later, and the status waits for it.
                raise
            # A namespace that is going away takes none, and an Event must not keep a status from being written.
            log.warning("Event %s in %s: %s", name, resource.namespace, error)
