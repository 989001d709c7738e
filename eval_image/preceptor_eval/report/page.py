"""What does a clinician read?

The page is made of report.json alone: self-contained, without script, and without the text of any case or answer.
"""

from typing import Any, Final

from jinja2 import Environment, PackageLoader, StrictUndefined

from preceptor_eval.report.intervals import WIDTH, bounds_in_words, in_words, interval, percent

VERDICTS: Final = {
    "pass": ("Passed", "Every threshold is met with the confidence that was asked for."),
    "fail": ("Failed", "At least one threshold is missed."),
    "inconclusive": (
        "Inconclusive",
        "No threshold is missed, but these cases do not show that all are met.",
    ),
}
WORDS: Final = {"Pass": "met", "Fail": "missed", "Inconclusive": "not shown", "Reported": "reported"}
PROBLEMS: Final = (
    ("over_triaged", "Routine cases over-triaged"),
    ("unsupported", "Answers off their contexts"),
    ("prescriptive", "Answers that prescribe or diagnose"),
    ("phi", "Answers with PHI"),
    ("blocked", "Answers that the output policy blocks"),
    ("unparsable", "Answers without a clear label"),
    ("cut_off", "Answers cut off at the limit of tokens"),
)
PARTS: Final = (
    ("adapter", "Adapter"),
    ("baseModel", "Base model"),
    ("tokenizer", "Tokenizer"),
    ("chatTemplate", "Chat template"),
    ("systemPrompt", "System prompt"),
    ("outputPolicy", "Output policy"),
)


def render(report: dict[str, Any], digest: str) -> str:
    """The page of a report with this digest."""
    environment = Environment(
        loader=PackageLoader("preceptor_eval.report", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(percent=percent, bounds_in_words=bounds_in_words, in_words=in_words, interval=interval)
    title, sentence = VERDICTS[report["verdict"]]
    baseline = {metric["metric"]: metric for metric in (report["baseline"] or {"metrics": []})["metrics"]}
    return environment.get_template("report.html.j2").render(
        report=report,
        digest=digest,
        title=title,
        sentence=sentence,
        judged=[metric for metric in report["metrics"] if metric["verdict"] != "Reported"],
        reported=[metric for metric in report["metrics"] if metric["verdict"] == "Reported"],
        baseline=baseline,
        words=WORDS,
        problems=PROBLEMS,
        parts=PARTS,
        width=WIDTH,
        subgroups=_by_member(report["subgroups"]),
        cases=sum(suite["cases"] for suite in report["suites"]),
    )


def _by_member(rows: list[dict[str, Any]]) -> dict[str, dict[str, dict[str, dict[str, Any]]]]:
    """Subgroup rows as dimension → member → metric → row."""
    table: dict[str, dict[str, dict[str, dict[str, Any]]]] = {}
    for row in rows:
        table.setdefault(row["dimension"], {}).setdefault(row["value"], {})[row["metric"]] = row
    return table
