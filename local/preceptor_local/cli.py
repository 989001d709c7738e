"""Which commands `python -m preceptor_local` has."""

from __future__ import annotations

import importlib.util
import sys
from typing import Annotated

import typer

from preceptor_local import (
    buildah,
    cluster,
    connection,
    gazetteer,
    images,
    locks,
    machine,
    packages,
    paths,
    say,
    tools,
    torch_env,
)
from preceptor_local.errors import INTERNAL, USAGE, LocalError

app = typer.Typer(
    help="Real Kubernetes on a bare machine, its images and its tools.", no_args_is_help=True, add_completion=False,
    pretty_exceptions_enable=False,
)  # fmt: skip


@app.command("tools")
def tools_command(
    only: Annotated[str | None, typer.Option(help="apiserver-set, all, or names separated by commas.")] = None,
) -> None:
    """Compile what is missing of the pinned tools, once; print the path of each."""
    for name, path in tools.ensure(tools.names(only)).items():
        print(f"{name}\t{path}")


@app.command("packages")
def packages_command() -> None:
    """Install the Debian packages that the cluster and the images need, where they are missing."""
    if connection.uses_current():
        say.line("CLUSTER=current: no package is needed until images are built.")
        return
    # First: whoever may not run a cluster need install nothing.
    machine.require_root()
    packages.ensure(images=True)
    say.line("All the programs that the local cluster needs are installed.")


@app.command("cluster-up")
def cluster_up() -> None:
    """Start the local cluster, or do nothing if it is healthy; with CLUSTER=current use the current kube-context."""
    chosen = cluster.up()
    if chosen.is_local:
        print(f"export KUBECONFIG={chosen.kubeconfig}")


@app.command("cluster-down")
def cluster_down() -> None:
    """Take the local cluster away with everything it made."""
    if connection.uses_current():
        say.line("CLUSTER=current: there is nothing of ours to take down.")
        return
    removed = cluster.down()
    say.line(f"Removed: {', '.join(removed)}." if removed else "There was no local cluster.")


@app.command("cluster-status")
def cluster_status() -> None:
    """Say whether the local cluster runs: exit code 0 if it is ready, 1 if not."""
    if connection.uses_current():
        chosen = connection.connection()
        print(f"The context {chosen.context!r} of {chosen.kubeconfig} answers.")
        return
    found = cluster.status()
    print(found.sentence)
    raise typer.Exit(0 if found.ready else 1)


@app.command("images")
def images_command(
    names: Annotated[
        list[str] | None, typer.Argument(help="operator, trainer, eval, opa, trainer-full, eval-full.")
    ] = None,
    full: Annotated[bool, typer.Option("--full", help="The full images, as production uses them.")] = False,
    build_only: Annotated[bool, typer.Option("--build-only", help="Build, and load into no cluster.")] = False,
) -> None:
    """Build the images, load them into the cluster (CLUSTER=current: push them to REGISTRY), print the references."""
    wanted = names or list(images.FULL if full else images.SLIM)
    if not build_only and not connection.uses_current() and not connection.local_connection(paths.state()).exists():
        say.line("No local cluster is running: the images are built, and loaded into none.")
        build_only = True
    for name, reference in (images.build(wanted) if build_only else images.ensure(wanted)).items():
        print(f"{name}\t{reference}")


@app.command("with-image", context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False})
def with_image_command(
    name: Annotated[str, typer.Argument(help="An image of `images`.")],
    words: Annotated[list[str], typer.Argument(help="A command; the image's reference is added to it.")],
) -> None:
    """Build an image where buildah keeps it, into no cluster, and run a command that uses it there."""
    reference = images.build([name])[name]
    raise typer.Exit(buildah.beside_storage([*words, reference]))


@app.command("prepare")
def prepare_command() -> None:
    """Compile and build all that the end-to-end tests run, once: minutes on a new machine, and each step is told."""
    if connection.uses_current():
        say.line("CLUSTER=current: images are built and pushed when they are needed.")
        return
    machine.require()
    tools.ensure(tools.names(None))
    torch_env.ensure()
    images.prepare([*images.SLIM, "trainer-full"])


@app.command("torch-env")
def torch_env_command() -> None:
    """Install the locked torch environment that slim images have mounted, once; print its folder."""
    print(torch_env.ensure())


@app.command("locks")
def locks_command(
    check: Annotated[bool, typer.Option("--check", help="Change nothing: exit code 1 if one is stale.")] = False,
) -> None:
    """Export the images' requirements from uv.lock."""
    changed = list(locks.stale()) if check else locks.write()
    if changed and check:
        say.line(f"{', '.join(changed)} is not what uv.lock says: run `python -m preceptor_local locks` and commit.")
        raise typer.Exit(1)
    say.line(f"Written: {', '.join(changed)}." if changed else "The images' locks are what uv.lock says.")


@app.command("gazetteer")
def gazetteer_command(
    check: Annotated[bool, typer.Option("--check", help="Change nothing: exit code 1 if it is stale.")] = False,
) -> None:
    """Make the PHI scanner's list of names, places and words from its sources."""
    if gazetteer.is_current():
        say.line("The gazetteer is what its recipe says.")
        return
    if check:
        say.line(
            f"{gazetteer.RESULT} is not what its recipe makes: run `python -m preceptor_local gazetteer` and commit."
        )
        raise typer.Exit(1)
    gazetteer.write()
    say.line(f"Written: {gazetteer.RESULT}, {gazetteer.NOTE}.")


def main() -> None:
    """Run the command line: a failure that a person can act on is one sentence and its exit code."""
    if importlib.util.find_spec("preceptor_local.demo") and importlib.util.find_spec("preceptor_local.demo.cli"):
        # the demo is a part of its own, which this one must work without
        importlib.import_module("preceptor_local.demo.cli").register(app)
    try:
        code = app(standalone_mode=False)
    except LocalError as error:
        say.line(str(error))
        sys.exit(error.code)
    except typer.Abort:
        sys.exit(130)
    except Exception as error:
        if hasattr(error, "format_message"):  # click's own usage errors, whose exit code 2 means something else here
            say.line(error.format_message())
            sys.exit(USAGE)
        say.line(f"This is a defect of Preceptor: {type(error).__name__}: {error}")
        if "--debug" in sys.argv:
            raise
        sys.exit(INTERNAL)
    sys.exit(code if isinstance(code, int) else 0)
