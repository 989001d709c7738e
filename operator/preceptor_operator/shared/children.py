"""Which objects make up one child Job?"""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, NamedTuple

from preceptor.api.base import API_VERSION
from preceptor.api.jobs import Job, job_digest
from preceptor.stores import claim_of
from preceptor_operator.config import PodSettings
from preceptor_operator.shared.names import (
    GANG_LABEL,
    MANAGED_BY,
    OWNER_KIND_LABEL,
    OWNER_NAME_LABEL,
    OWNER_UID_LABEL,
    ROLE_LABEL,
    child_name,
    work_hash,
)

USER_ID = 10001
MAIN_CONTAINER = "main"
JOB_KEY = "job.json"
QUEUE_LABEL = "kueue.x-k8s.io/queue-name"
PHI_KEY_FOLDER, PHI_KEY = "/etc/preceptor/phi", "key"
NEVER_AGAIN = [1, 2, 64, 70, 137]
INDEX_LABEL = "batch.kubernetes.io/job-completion-index"
# Where the pods of a gang meet, on the first of them; torchrun's own port.
RENDEZVOUS_PORT = 29400
RENDEZVOUS = "PRECEPTOR_RENDEZVOUS"
# Behind the Job's name its pods' names have an index of at most four digits between dashes, and five letters.
# Kubernetes cuts what comes before these to 58 characters: the Job's name, by which its pods are known, is kept whole.
_INDEX_LENGTH = 11


@dataclass(frozen=True, kw_only=True)
class Owner:
    """The custom resource that a child belongs to."""

    kind: str
    namespace: str
    name: str
    uid: str


@dataclass(frozen=True, kw_only=True)
class Work:
    """One child Job before it is rendered: what runs, on which image, with which stores."""

    owner: Owner
    role: str
    job: Job
    image: str
    command: tuple[str, ...]
    settings: PodSettings
    reads: tuple[str, ...] = ()
    writes: tuple[str, ...] = ()
    retries: int = 2
    # Counts from 0; see shared.attempts.
    attempt: int = 0
    deadline_seconds: int = 86_400
    # None: nothing removes the Job by itself, since without it the stage would be run again. See Decision.expire.
    ttl_seconds: int | None = None
    queue_name: str | None = None
    gpus: int = 0
    # More than one: a gang of pods that start, fail and start again together, each knowing its index.
    pods: int = 1
    # Secret in the owner's namespace with the scanner's key; only pods that scan have it.
    phi_key_secret: str | None = None
    # CA certificate and audience of the progress endpoint; only training pods have them, and a token with it.
    progress_ca: str | None = None
    progress_audience: str | None = None

    @property
    def job_digest(self) -> str:
        """Digest of what is asked; the pod's Result says which it answers."""
        return job_digest(self.job.document())

    @property
    def name(self) -> str:
        """The Job's and ConfigMap's name: of what is done, not of where its progress is reported meanwhile."""
        done = {field: value for field, value in self.job.document().items() if field != "progress"}
        if self.attempt:
            done["attempt"] = self.attempt
        kept = _INDEX_LENGTH if self.pods > 1 else 0
        return child_name(self.owner.name, self.role, work_hash(self.owner.uid, done), kept=kept)


class Children(NamedTuple):
    """The objects of one work: what tells the Job what to do, what gives its pods names, and the Job."""

    config_map: dict[str, Any]
    job: dict[str, Any]
    # Only of a gang.
    service: dict[str, Any] | None = None


def render(work: Work) -> Children:
    """The objects to be created for a work."""
    return Children(config_map=_config_map(work), job=_job(work), service=_service(work) if work.pods > 1 else None)


def _metadata(work: Work) -> dict[str, Any]:
    labels = {
        **MANAGED_BY,
        OWNER_UID_LABEL: work.owner.uid,
        OWNER_KIND_LABEL: work.owner.kind,
        OWNER_NAME_LABEL: work.owner.name,
        ROLE_LABEL: work.role,
    }
    if work.queue_name:
        labels[QUEUE_LABEL] = work.queue_name
    return {
        "name": work.name,
        "namespace": work.owner.namespace,
        "labels": labels,
        "ownerReferences": [
            {
                "apiVersion": API_VERSION,
                "kind": work.owner.kind,
                "name": work.owner.name,
                "uid": work.owner.uid,
                "controller": True,
                # False: the operator has no right on the finalizers of what it does not own.
                "blockOwnerDeletion": False,
            }
        ],
    }


def _config_map(work: Work) -> dict[str, Any]:
    data = {JOB_KEY: json.dumps(work.job.document(), sort_keys=True, indent=1)}
    if work.progress_ca:
        data["ca.crt"] = work.progress_ca
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": _metadata(work), "immutable": True, "data": data}


def _service(work: Work) -> dict[str, Any]:
    """Headless, so that each pod has a name; before it is ready too, since it is ready when it has met the others."""
    spec = {
        "clusterIP": "None",
        "publishNotReadyAddresses": True,
        "selector": {"batch.kubernetes.io/job-name": work.name, OWNER_UID_LABEL: work.owner.uid},
        "ports": [{"name": "rendezvous", "port": RENDEZVOUS_PORT, "protocol": "TCP"}],
    }
    return {"apiVersion": "v1", "kind": "Service", "metadata": _metadata(work), "spec": spec}


def _job(work: Work) -> dict[str, Any]:
    metadata = _metadata(work)
    spec: dict[str, Any] = {
        # When one pod of a gang fails, the others end too: one failure of the gang is one of each pod.
        "backoffLimit": work.retries * work.pods,
        "activeDeadlineSeconds": work.deadline_seconds,
        "podReplacementPolicy": "Failed",
        "podFailurePolicy": {
            "rules": [
                {"action": "Ignore", "onPodConditions": [{"type": "DisruptionTarget", "status": "True"}]},
                {
                    "action": "FailJob",
                    "onExitCodes": {"containerName": MAIN_CONTAINER, "operator": "In", "values": NEVER_AGAIN},
                },
            ]
        },
        "template": {"metadata": {"labels": metadata["labels"]}, "spec": _pod(work)},
    }
    if work.pods > 1:
        spec |= {"completionMode": "Indexed", "completions": work.pods, "parallelism": work.pods}
        spec["template"]["metadata"]["labels"] = {**metadata["labels"], GANG_LABEL: "true"}
    if work.ttl_seconds is not None:
        spec["ttlSecondsAfterFinished"] = work.ttl_seconds
    if work.queue_name:
        # Kueue admits the Job by clearing this.
        spec["suspend"] = True
    return {"apiVersion": "batch/v1", "kind": "Job", "metadata": metadata, "spec": spec}


def _pod(work: Work) -> dict[str, Any]:
    volumes: list[dict[str, Any]] = [
        {"name": "job", "configMap": {"name": work.name}},
        {"name": "tmp", "emptyDir": {}},
        *work.settings.volumes,
    ]
    mounts: list[dict[str, Any]] = [
        {"name": "job", "mountPath": "/preceptor", "readOnly": True},
        {"name": "tmp", "mountPath": "/tmp"},  # noqa: S108 - the pod's own emptyDir
        *work.settings.volume_mounts,
    ]
    for number, (claim, writable) in enumerate(_claims(work.reads, work.writes)):
        # A claim's name may be longer than a volume's, and hold dots.
        name = f"store-{number}"
        volumes.append({"name": name, "persistentVolumeClaim": {"claimName": claim, "readOnly": not writable}})
        mounts.append({"name": name, "mountPath": f"/stores/{claim}", "readOnly": not writable})
    env: list[dict[str, Any]] = [{"name": "HOME", "value": "/tmp"}, *work.settings.env]  # noqa: S108 - as above
    if work.phi_key_secret:
        # Optional, so that a pod without it starts and says what is missing.
        secret = {"secretName": work.phi_key_secret, "optional": True, "items": [{"key": PHI_KEY, "path": PHI_KEY}]}
        volumes.append({"name": "phi-key", "secret": secret})
        mounts.append({"name": "phi-key", "mountPath": PHI_KEY_FOLDER, "readOnly": True})
        env.append({"name": "PRECEPTOR_PHI_KEY_FILE", "value": f"{PHI_KEY_FOLDER}/{PHI_KEY}"})
    if work.progress_audience:
        source = {"audience": work.progress_audience, "expirationSeconds": 3600, "path": "token"}
        volumes.append({"name": "progress-token", "projected": {"sources": [{"serviceAccountToken": source}]}})
        mounts.append({"name": "progress-token", "mountPath": "/var/run/preceptor", "readOnly": True})
    if work.pods > 1:
        env.append({"name": RENDEZVOUS, "value": f"{work.name}-0.{work.name}:{RENDEZVOUS_PORT}"})
    resources = dict(work.settings.resources)
    if work.gpus:
        for part in ("requests", "limits"):
            resources[part] = {**resources.get(part, {}), "nvidia.com/gpu": str(work.gpus)}
    pod: dict[str, Any] = {
        "restartPolicy": "Never",
        "automountServiceAccountToken": False,
        "enableServiceLinks": False,
        "securityContext": {
            "runAsNonRoot": True,
            "runAsUser": USER_ID,
            "runAsGroup": USER_ID,
            "fsGroup": USER_ID,
            "fsGroupChangePolicy": "OnRootMismatch",
            "seccompProfile": {"type": "RuntimeDefault"},
        },
        "containers": [
            {
                "name": MAIN_CONTAINER,
                "image": work.image,
                "imagePullPolicy": work.settings.image_pull_policy,
                "command": list(work.command),
                "env": env,
                "resources": resources,
                "securityContext": {
                    "allowPrivilegeEscalation": False,
                    "readOnlyRootFilesystem": True,
                    "capabilities": {"drop": ["ALL"]},
                },
                "terminationMessagePolicy": "File",
                "volumeMounts": mounts,
            }
        ],
        "volumes": volumes,
    }
    if work.pods > 1:
        pod["subdomain"] = work.name
    if work.settings.node_selector:
        pod["nodeSelector"] = work.settings.node_selector
    if work.settings.tolerations:
        pod["tolerations"] = list(work.settings.tolerations)
    return pod


def _claims(reads: Iterable[str], writes: Iterable[str]) -> list[tuple[str, bool]]:
    """Claims to mount, each once, writable where anything is written to it."""
    writable = {claim for uri in writes if (claim := claim_of(uri))}
    readable = {claim for uri in reads if (claim := claim_of(uri))}
    return [(claim, claim in writable) for claim in sorted(writable | readable)]
