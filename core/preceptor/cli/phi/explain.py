"""Which rule fired, and why?"""

import sys
from pathlib import Path
from typing import Annotated

import typer

from preceptor.exits import BadInput
from preceptor.phi.audit import read_report
from preceptor.phi.config import Settings
from preceptor.phi.detect import Detector
from preceptor.phi.explain import evidence, safe_harbor, severity_words
from preceptor.phi.explain import explain as explained
from preceptor.phi.labels import called

_LIMIT = 1 << 20


def explain(
    detectors: Annotated[
        list[str] | None, typer.Argument(help="Names of detectors, as the field `detector` of a finding has them.")
    ] = None,
    text: Annotated[
        Path | None, typer.Option("--text", help="Explain what is found in this text; - reads standard input.")
    ] = None,
    key: Annotated[str, typer.Option("--key", help="Name of the field that the text stands in.")] = "",
    report: Annotated[Path | None, typer.Option("--report", help="Explain the findings of this report.")] = None,
    policy: Annotated[Path | None, typer.Option("--policy", help="What counts as a finding.")] = None,
) -> None:
    """Say which rules fire on a text that you give, or what the detectors of findings look for. Shows no value."""
    if sum((bool(detectors), text is not None, report is not None)) > 1:
        raise BadInput("Name detectors, or --text, or --report: one of them.")
    detector = Settings.load(policy=policy).detector()
    if not detectors and report is None:
        _explain_text(text, key, detector)
        return
    names = list(detectors or ()) or sorted({str(each["detector"]) for each in read_report(report or Path())})
    for name in names:
        for sentence in (name, *(f"  {line}" for line in explained(name, detector).sentences)):
            typer.echo(sentence)


def _explain_text(path: Path | None, key: str, detector: Detector) -> None:
    if path is None and sys.stdin.isatty():
        typer.echo("Type a text and end it with Ctrl-D.", err=True)
    given = _read(path).removesuffix("\n")
    spans = detector.detect(given, key=key)
    if not spans:
        typer.echo("Nothing fires.")
    weighing = frozenset().union(*(follower.detectors for follower in detector.followers))
    said = evidence(given, key, detector) if any(span.detector in weighing for span in spans) else []
    for span in spans:
        typer.echo(f"[{span.start}:{span.end}] {span.detector}")
        typer.echo(f"  {safe_harbor(str(span.type))}")
        typer.echo(f"  Severity {severity_words(span.severity)}.")
        for sentence in explained(span.detector, detector).sentences[0 if span.detector in weighing else 1 :]:
            typer.echo(f"  {sentence}")
        if span.detector in weighing:
            inside = (told for start, end, told in said if span.start <= start and end <= span.end)
            for sentence in (sentence for told in inside for sentence in told):
                typer.echo(f"  {sentence}")


def _read(path: Path | None) -> str:
    try:
        data = sys.stdin.buffer.read(_LIMIT + 1) if path is None or str(path) == "-" else path.read_bytes()
    except (OSError, ValueError):
        raise BadInput(f"{called(path or '')} cannot be read.") from None
    if len(data) > _LIMIT:
        raise BadInput("The text is longer than 1 MiB: scan it with `preceptor phi scan`.")
    try:
        return data.decode()
    except UnicodeDecodeError:
        raise BadInput("The text is no UTF-8.") from None
