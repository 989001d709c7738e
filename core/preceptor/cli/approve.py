"""What does a clinician sign, and how does the signature get into the release?"""

import re
import sys
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

import typer

from preceptor.api.adapterrelease import Approval
from preceptor.cli.signing import Subject, read_subject, show_subject
from preceptor.cli.terminal import console, plain
from preceptor.cluster import Cluster, Conflict, connect
from preceptor.exits import BadInput, CheckFailed, TryAgain

FIELD_MANAGER = "preceptor-approve"
MEANING = "I have read the evidence and approve serving this candidate as requested."
ATTEMPTS = 5
LONGEST = timedelta(days=366)
_DURATION = re.compile(r"^([1-9][0-9]{0,5})([mhd])$")


def approve(
    name: Annotated[str, typer.Argument(help="The AdapterRelease to approve.")],
    namespace: Annotated[str, typer.Option("--namespace", "-n", help="The release's namespace.")],
    meaning: Annotated[str, typer.Option("--meaning", help="What your approval says.")] = MEANING,
    expires: Annotated[
        str, typer.Option("--expires", help="How long it holds if the release has not happened: 30d, 12h, 90m.")
    ] = "30d",
    yes: Annotated[bool, typer.Option("--yes", help="Sign without being asked.")] = False,
    context: Annotated[str | None, typer.Option("--context", help="The kubeconfig context to use.")] = None,
) -> None:
    """Show exactly what would be signed, and sign it under your own name."""
    until = expiry(expires, datetime.now(UTC))
    cluster = connect(context)
    subject = read_subject(cluster, namespace, name)
    approver = cluster.username()
    out = console()
    show_subject(out, subject, approver=approver, meaning=meaning, expires=until)
    if already_signed(subject, approver):
        typer.echo(f"You have approved this already, as {plain(approver)}.")
        return
    if not yes:
        if not sys.stdin.isatty():
            raise BadInput("Nobody can be asked here: read what is above, then run the command again with --yes.")
        typer.confirm(f"Sign this as {plain(approver)}?", abort=True)
    sign(cluster, subject, approval_of(subject, approver=approver, meaning=meaning, expires=until))
    typer.echo(f"Approved: {plain(name)} in {plain(namespace)}, as {plain(approver)}, until {until}.")


def expiry(duration: str, now: datetime) -> str:
    """The moment a duration from now, in RFC 3339. Raises BadInput on anything but 30d, 12h or 90m up to 366 days."""
    match = _DURATION.match(duration)
    if match:
        unit = {"m": "minutes", "h": "hours", "d": "days"}[match[2]]
        length = timedelta(**{unit: int(match[1])})
        if length <= LONGEST:
            return (now + length).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    raise BadInput(f"{plain(duration)!r} is no expiry: write for example 30d, 12h or 90m, at most 366d.")


def approval_of(subject: Subject, *, approver: str, meaning: str, expires: str) -> Approval:
    """The entry that binds an approver to exactly what was shown. Raises BadInput on an empty or overlong meaning."""
    if not meaning.strip() or len(meaning) > 1024:
        raise BadInput("The meaning of an approval has 1 to 1024 characters: say what you approve.")
    return Approval(
        approver=approver,
        candidate_digest=subject.candidate_digest,
        evidence_digest=subject.evidence_digest,
        policy_revision=subject.policy_revision,
        request_digest=subject.request_digest,
        meaning=meaning,
        expires=expires,
    )


def already_signed(subject: Subject, approver: str) -> bool:
    """Whether the approver's entry is there. Raises CheckFailed when it is there and does not hold (any more)."""
    mine = next((entry for entry in subject.approvals if entry.approver == approver), None)
    if mine is None:
        return False
    try:
        holds = datetime.fromisoformat(mine.expires) > datetime.now(UTC)
    except (ValueError, TypeError):
        holds = False
    signed = (mine.candidate_digest, mine.evidence_digest, mine.policy_revision, mine.request_digest)
    if holds and signed == subject.signed:
        return True
    raise CheckFailed(
        f"{plain(approver)} has approved this release before, and that approval has expired or signs something else. "
        "An approval never changes: let somebody else approve, or create another AdapterRelease.",
        reason="ApprovalStands",
    )


def sign(cluster: Cluster, subject: Subject, approval: Approval) -> None:
    """Add one entry to the release as it was read; where somebody else wrote in between, read again and compare.

    Raises CheckFailed when what is to be signed has changed since it was shown, and Denied by the API server.
    """
    for _ in range(ATTEMPTS):
        try:
            cluster.json_patch(
                "adapterreleases",
                subject.namespace,
                subject.name,
                operations(subject, approval),
                manager=FIELD_MANAGER,
            )
        except Conflict:
            shown = subject.signed
            subject = read_subject(cluster, subject.namespace, subject.name)
            if subject.signed != shown:
                raise CheckFailed(
                    "What you were shown has changed in between: run the command again and read it anew.",
                    reason="RequestChanged",
                ) from None
            if already_signed(subject, approval.approver):
                return
        else:
            return
    raise TryAgain("The release changes too often to be signed: run the command again.")


def operations(subject: Subject, approval: Approval) -> list[dict[str, Any]]:
    """The JSON patch that adds one entry, and only to the very version that was read (409 otherwise)."""
    entry = approval.document()
    add: dict[str, Any] = (
        {"op": "add", "path": "/spec/approvals/-", "value": entry}
        if subject.approvals_listed
        else {"op": "add", "path": "/spec/approvals", "value": [entry]}
    )
    return [{"op": "replace", "path": "/metadata/resourceVersion", "value": subject.resource_version}, add]
