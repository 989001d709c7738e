"""What is a child called?"""

import hashlib
from typing import Any

from preceptor.api.base import GROUP
from preceptor.digests import canonical_json

MANAGER = "preceptor"
MANAGED_BY = {"app.kubernetes.io/managed-by": MANAGER}
OWNER_UID_LABEL = f"{GROUP}/owner-uid"
OWNER_KIND_LABEL = f"{GROUP}/owner-kind"
OWNER_NAME_LABEL = f"{GROUP}/owner-name"
ROLE_LABEL = f"{GROUP}/role"
# On pods that talk to one another: a network policy lets them, and nobody else.
GANG_LABEL = f"{GROUP}/gang"
# Server-side selector of the watch on Jobs.
JOB_SELECTOR = f"app.kubernetes.io/managed-by={MANAGER}"
FINALIZER = f"{GROUP}/serving"
NAME_LENGTH = 63


def work_hash(owner_uid: str, work: dict[str, Any]) -> str:
    """Ten hex digits that name one piece of work of one owner, the same for every reconcile and operator."""
    return hashlib.sha256(owner_uid.encode() + b"\0" + canonical_json(work)).hexdigest()[:10]


def child_name(owner_name: str, role: str, digits: str, *, kept: int = 0) -> str:
    """A DNS label of at most 63 characters: owner, role and hash, the owner's name cut where it is too long.

    Names of custom resources may hold dots, those of pods' hosts may not. ``kept`` leaves room for what is put behind.
    """
    room = NAME_LENGTH - len(role) - len(digits) - 2 - kept
    return f"{owner_name.replace('.', '-')[:room].rstrip('-')}-{role}-{digits}"


def run_folder(owner_uid: str, work: dict[str, Any]) -> str:
    """Name of the folder that one run writes to, below the place the user named."""
    return "run-" + work_hash(owner_uid, work)
