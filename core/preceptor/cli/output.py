"""What does the output policy decide about a text?"""

import json
import sys
from pathlib import Path
from typing import Annotated

import typer

from preceptor.exits import BadInput, Exit
from preceptor.policy import load

app = typer.Typer(help="The output policy: what an answer must not say.")


@app.callback()
def main() -> None:
    """The output policy: what an answer must not say."""


@app.command()
def check(
    answer: Annotated[str, typer.Argument(help="File with the answer, or - for standard input.")],
    policy: Annotated[Path | None, typer.Option("--policy", help="Policy file; the installed one if absent.")] = None,
    contexts: Annotated[
        Path | None,
        typer.Option(
            "--contexts", help="JSON list of the texts that were given with the question, or one text a line."
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Print PASS, WARN or BLOCK and the rules that fired. Exit 0: PASS or WARN. Exit 1: BLOCK."""
    loaded = load(policy)
    verdict = loaded.check(_text(answer), _contexts(contexts))
    if as_json:
        typer.echo(json.dumps(verdict.document()))
    else:
        typer.echo(verdict.decision)
        for reason in verdict.reasons:
            typer.echo(f"{reason.decision} {reason.rule}: {reason.message}")
    raise typer.Exit(int(Exit.CHECK_SAYS_NO if verdict.decision == "BLOCK" else Exit.PASS))


def _text(name: str) -> str:
    try:
        data = sys.stdin.buffer.read() if name == "-" else Path(name).read_bytes()
        return data.decode()
    except OSError as error:
        raise BadInput(f"{name} cannot be read: {error.strerror}.") from None
    except UnicodeDecodeError:
        raise BadInput(f"{name} is not UTF-8 text.") from None


def _contexts(path: Path | None) -> list[str]:
    if path is None:
        return []
    text = _text(str(path))
    if not text.lstrip().startswith("["):
        return [line for line in text.splitlines() if line.strip()]
    try:
        values = json.loads(text)
    except (ValueError, RecursionError):
        values = None
    if not isinstance(values, list) or not all(isinstance(value, str) for value in values):
        raise BadInput(f"{path} is no JSON list of texts.")
    return values
