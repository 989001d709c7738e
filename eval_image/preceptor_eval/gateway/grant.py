"""Did the operator sign the decision to release exactly this?"""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

from preceptor.api.gateway import Handover
from preceptor.digests import PREFIX
from preceptor.evidence import verify
from preceptor.evidence.envelope import unverified_statement
from preceptor.evidence.statements import ALLOWED, VERIFICATION_RESULT
from preceptor.exits import CheckFailed, PreceptorError
from preceptor.keys import PublicKey, load_public_keys
from preceptor_eval.gateway.handover import Refused

RELEASE_ALLOWED = f"{ALLOWED}_RELEASE"


class TrustedKeys(NamedTuple):
    """Files with the public keys of those whose decisions count; read anew each time, so that keys can be changed."""

    files: tuple[Path, ...] = ()

    def load(self) -> tuple[PublicKey, ...]:
        """The keys. Raises BadInput when a file is missing or holds another kind of key."""
        return tuple(key for file in self.files for key in load_public_keys(file))


def check_grant(handover: Handover, trusted: TrustedKeys) -> None:
    """Refuse a handover without a signed decision to release this candidate for this release.

    Whoever has the operator's token is not thereby the operator. Raises Refused (``GrantUnverifiable`` where this
    gateway has no key to check with, ``GrantExpired``, else ``GrantInvalid``).
    """
    try:
        keys = trusted.load()
    except PreceptorError as error:
        raise Refused(
            f"The grant cannot be checked. {error} Mount the operator's public key.", reason="GrantUnverifiable"
        ) from None
    if not keys:
        raise Refused(
            "This gateway knows no public key to check a grant with: name the operator's in PRECEPTOR_TRUSTED_KEYS.",
            reason="GrantUnverifiable",
        )
    try:
        statement = verify(handover.grant, keys)
    except CheckFailed as error:
        raise _invalid(f"is not signed by the operator ({error})") from None
    if statement["predicateType"] != VERIFICATION_RESULT:
        raise _invalid("is no decision of the promotion policy")
    predicate = statement["predicate"]
    if predicate.get("properties") != [RELEASE_ALLOWED] or predicate.get("preceptor_decision") != "allow":
        raise _invalid("does not allow a release")
    if _digests(statement, "candidate") != [handover.candidate_digest]:
        raise _invalid("is about another candidate")
    release = handover.release
    # Compared in parts: a slash within one of them would otherwise make two releases look alike.
    if str(predicate.get("preceptor_invocationId")).split("/") != [
        "AdapterRelease",
        release.namespace,
        release.name,
        release.uid,
    ]:
        raise _invalid("is for another release")
    check_age(handover)


def check_age(handover: Handover) -> None:
    """Refuse a verified decision that was not carried out while the approvals that it rests on held.

    Raises Refused (``GrantExpired``). What was served before may be served again.
    """
    if handover.served_at is not None:
        return
    until = unverified_statement(handover.grant)["predicate"].get("preceptor_firstServedBefore")
    try:
        lasts = datetime.fromisoformat(str(until)) > datetime.now(UTC)
    except (ValueError, TypeError):
        lasts = False
    if not lasts:
        raise Refused(
            f"The grant was for a first service before {until}, and it is later now: "
            "clinical governance has to approve the release again.",
            reason="GrantExpired",
        )


def _digests(statement: dict[str, Any], name: str) -> list[str]:
    found: Sequence[dict[str, Any]] = [subject for subject in statement["subject"] if subject.get("name") == name]
    return [f"{PREFIX}{subject['digest'].get('sha256')}" for subject in found]


def _invalid(what: str) -> Refused:
    return Refused(
        f"The grant {what}: only the operator hands over, with the decision that it signed.", reason="GrantInvalid"
    )
