"""Which commands are there for finding PHI?"""

import typer

from preceptor.cli.phi import audit, explain, hook, merge, roster, sample, scan

app = typer.Typer(help="Find protected health information (PHI). No finding ever shows a value.")


@app.callback()
def main() -> None:
    """Find protected health information (PHI). No finding ever shows a value."""


app.command("scan")(scan.scan)
app.command("merge")(merge.merge)
app.command("audit")(audit.audit)
app.command("explain")(explain.explain)
app.command("hook")(hook.hook)
app.add_typer(roster.app, name="roster")
app.add_typer(sample.app, name="sample")
