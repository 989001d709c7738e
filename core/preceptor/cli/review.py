"""Which answers were blocked, and what was said in them?"""

import json
from typing import Annotated, TypeVar

import typer
from pydantic import BaseModel, ValidationError
from rich.table import Table

from preceptor.api.gateway import AUDIENCE, REVIEW_PATH, TOKEN_HEADER
from preceptor.cli.terminal import console, shown
from preceptor.cluster import Cluster, connect, failure, parsed
from preceptor.exits import BadInput, CheckFailed, TryAgain
from preceptor.telemetry.review import ReviewItem, ReviewList

REVIEWER = "preceptor-reviewer"
GATEWAY_PORT = 8080

app = typer.Typer(help="Read the answers that the output policy blocked.", no_args_is_help=True)
M = TypeVar("M", bound=BaseModel)

Namespace = Annotated[str, typer.Option("--namespace", "-n", help="The gateway's namespace.")]
Gateway = Annotated[str, typer.Option("--gateway", help="The gateway's Service.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")]
Context = Annotated[str | None, typer.Option("--context", help="The kubeconfig context to use.")]


@app.callback()
def main() -> None:
    """Read the answers that the output policy blocked."""


@app.command(name="list")
def list_items(namespace: Namespace, gateway: Gateway, as_json: AsJson = False, context: Context = None) -> None:
    """List blocked answers, newest first, without their text."""
    found = fetch(connect(context), namespace, gateway, REVIEW_PATH, ReviewList)
    if as_json:
        typer.echo(json.dumps(found.document(), indent=2))
        return
    if not found.items:
        typer.echo(f"Gateway {gateway} in {namespace} blocked no answer.")
        return
    table = Table("ID", "BLOCKED AT", "RELEASE", "CANDIDATE", "RULES", box=None, header_style="bold", pad_edge=False)
    for item in found.items:
        table.add_row(
            str(item.id),
            item.created.strftime("%Y-%m-%d %H:%M:%S"),
            shown(item.release.name),
            item.candidate_digest.removeprefix("sha256:")[:12],
            shown(", ".join(item.rules)),
        )
    console().print(table)


@app.command()
def show(
    identifier: Annotated[str, typer.Argument(metavar="ID", help="The item's id, as the list shows it.")],
    namespace: Namespace,
    gateway: Gateway,
    as_json: AsJson = False,
    context: Context = None,
) -> None:
    """Show one blocked answer with its conversation. This shows PHI, and that you read it is recorded."""
    if not identifier or not all(c.isalnum() or c == "-" for c in identifier):
        raise BadInput("An item's id has letters, digits and dashes only: copy it from `preceptor review list`.")
    item = fetch(connect(context), namespace, gateway, f"{REVIEW_PATH}/{identifier}", ReviewItem)
    if as_json:
        typer.echo(json.dumps(item.document(), indent=2, ensure_ascii=True))
        return
    out = console()
    for label, value in (
        ("Item", str(item.id)),
        ("Blocked at", item.created.isoformat()),
        ("Release", f"{item.release.namespace}/{item.release.name}"),
        ("Candidate", item.candidate_digest),
        ("Output policy", item.output_policy_digest),
        ("Rules", ", ".join(item.rules)),
    ):
        out.print(shown(f"{label + ':':<15}", "bold") + shown(value), soft_wrap=True)
    for turn in item.messages:
        out.print(shown(f"\n{turn.role}", "bold", lines=True))
        out.print(shown(turn.content, lines=True), soft_wrap=True)
    if item.contexts:
        out.print(shown("\nprotocol", "bold", lines=True))
        for context_line in item.contexts:
            out.print(shown(f"- {context_line}"), soft_wrap=True)
    out.print(shown("\nblocked answer", "bold red", lines=True))
    out.print(shown(item.answer, lines=True), soft_wrap=True)


def fetch(cluster: Cluster, namespace: str, gateway: str, path: str, model: type[M]) -> M:
    """Read the review queue as service account ``preceptor-reviewer``, through the API server.

    Raises NotFound or Denied for what the API server refuses, CheckFailed for what the gateway refuses, and TryAgain.
    """
    token = cluster.token(namespace, REVIEWER, AUDIENCE)
    status, content = cluster.through_service(namespace, gateway, GATEWAY_PORT, path, headers={TOKEN_HEADER: token})
    if status == 200:
        try:
            return model.model_validate_json(content)
        except ValidationError:
            raise TryAgain(f"What answers as gateway {gateway} is not a gateway of this version.") from None
    document = parsed(content)
    error = document.get("error") if document else None
    if isinstance(error, dict) and isinstance(error.get("message"), str):
        sentence = f"Gateway {gateway} in {namespace}: {error['message']}"
        raise TryAgain(sentence) if status >= 500 else CheckFailed(sentence, reason="GatewayRefused")
    raise failure(status, document, f"Service {gateway} in {namespace}")
