"""Which part of the evaluation image is to run?

``job`` runs one Job (DESIGN.md §4, Job in and Job out), ``gateway`` the inference gateway, ``audit-service`` the owner
of the audit chain. Each part is imported when it runs, so that only evaluation and the gateway ever pay for torch.
"""

import sys
from pathlib import Path
from typing import Annotated

import typer

from preceptor.api.jobs import JOB_FILE
from preceptor.cli.main import guarded

app = typer.Typer(
    name="preceptor-eval",
    help="Evaluation, PHI scan, sealing and verification Jobs, the audit service and the inference gateway.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)


@app.callback()
def main() -> None:
    """Evaluation, PHI scan, sealing and verification Jobs, the audit service and the inference gateway."""


@app.command()
def job(
    job_file: Annotated[Path, typer.Option("--job", help="The Job file to run.", show_default=True)] = JOB_FILE,
) -> None:
    """Run one Job and write its Result to the termination log."""
    from preceptor_eval.jobs.guard import run_job

    raise typer.Exit(run_job(job_file))


@app.command()
def gateway() -> None:
    """Serve released candidates behind the output policy."""
    from preceptor_eval.gateway import serve

    serve()


@app.command(name="audit-service")
def audit_service() -> None:
    """Own the audit chain and append to it."""
    from preceptor_eval.audit_service import serve

    serve()


def run() -> None:
    """Entry point of the image: exits with the codes of DESIGN.md §4."""
    sys.exit(guarded(app))
