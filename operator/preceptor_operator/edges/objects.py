"""How do reconcilers read the API server?"""

from typing import Any

from preceptor_operator.edges.api import Api, core_path, job_path, plural_path
from preceptor_operator.shared.names import JOB_SELECTOR, OWNER_UID_LABEL, ROLE_LABEL


class ObjectReader:
    """Reads of single objects, as the reconcilers' protocols ask for them; always fresh, never from a cache."""

    def __init__(self, api: Api) -> None:
        self._api = api

    async def read(self, plural: str, namespace: str, name: str) -> dict[str, Any] | None:
        """One object of our kinds, or None."""
        return await self._api.get(plural_path(plural, namespace, name))

    async def siblings(self, plural: str, namespace: str) -> list[dict[str, Any]]:
        """All objects of one of our kinds in a namespace."""
        return await self._api.list(plural_path(plural, namespace))

    async def config_map(self, namespace: str, name: str) -> dict[str, Any] | None:
        """A ConfigMap, or None."""
        return await self._api.get(core_path(namespace, "configmaps", name))

    async def service_exists(self, namespace: str, name: str) -> bool:
        """Whether a Service is there."""
        return await self._api.get(core_path(namespace, "services", name)) is not None

    async def jobs_of(self, namespace: str, owner_uid: str, role: str) -> list[str]:
        """Names of an owner's Jobs of one role, by the labels that only the operator gives."""
        selector = f"{JOB_SELECTOR},{OWNER_UID_LABEL}={owner_uid},{ROLE_LABEL}={role}"
        return [str(job["metadata"]["name"]) for job in await self._api.list(job_path(namespace), selector=selector)]

    async def job_with_pods(self, namespace: str, name: str) -> tuple[dict[str, Any] | None, list[dict[str, Any]]]:
        """A Job, or None, and the pods that carry its name."""
        job = await self._api.get(job_path(namespace, name))
        if job is None:
            return None, []
        selector = f"batch.kubernetes.io/job-name={name}"
        return job, await self._api.list(core_path(namespace, "pods"), selector=selector)
