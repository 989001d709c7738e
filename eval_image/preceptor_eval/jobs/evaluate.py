"""Does a candidate meet its thresholds on its suites?"""

import os
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

from preceptor.api.evalgate import MetricResult
from preceptor.api.jobs import RESULT_LIMIT, EvaluateJob, Result, suites_digest
from preceptor.digests import canonical_json
from preceptor.exits import BadInput, CheckFailed, PreceptorError
from preceptor.policy import default_path
from preceptor.snapshot import scratch_folder
from preceptor.stores import local_path
from preceptor_eval.evaluation import identity, verdicts
from preceptor_eval.evaluation.cases import Suite, check_independent, read_suite
from preceptor_eval.evaluation.groundedness import LexicalVerifier, Verifier
from preceptor_eval.evaluation.outputs import OutputJudge
from preceptor_eval.evaluation.rows import Row, judge
from preceptor_eval.evaluation.served_policy import load_judge
from preceptor_eval.generation import ConversationRefused, Generator, load
from preceptor_eval.generation.snapshot import private_copy, renamed
from preceptor_eval.report import document, folder, page

REASONS: Final = {"pass": "ThresholdsMet", "fail": "ThresholdMissed", "inconclusive": "NeedsMoreCases"}
# Bytes that the guard needs to add the digest of the Job file.
JOB_ROOM: Final = 96
SOFTWARE: Final = ("preceptor-eval", "torch", "transformers", "peft", "tokenizers", "scipy")


def run(job: EvaluateJob) -> Result:
    """Examine a candidate and write its report; the verdict is in the Result, whose exit code follows from it.

    Raises BadInput on suites, thresholds or folders that cannot be used, and CheckFailed when a part of the candidate
    (``CandidateMismatch``) or a suite (``SuiteMismatch``) is not the one that the Job names; both before torch is
    loaded.
    """
    started, clock = datetime.now(UTC), time.monotonic()
    verdicts.check_thresholds(job.thresholds)
    confidence = verdicts.parse_confidence(job.confidence)
    policy_file = default_path()
    verifier = LexicalVerifier()
    place = local_path(folder.report_uri(job))
    # Deleted after the load: what is mapped into memory then has no name under which it could be changed.
    with scratch_folder("preceptor-examined-") as scratch:
        parts = identity.verify_candidate(job.candidate, job.candidate_digest, job.sources, policy_file, scratch)
        suites = read_suites(job, scratch)
        policy = load_judge(policy_file)
        folder.open_folder(place)
        cases = sum(len(suite.cases) for suite in suites)
        print(
            f"The candidate is the one to examine. {cases} cases in {len(suites)} suites; loading the model.",
            flush=True,
        )
        generator = load(parts.base_model, parts.adapter, job.candidate.decoding)
    loaded = time.monotonic()
    ask = _Ask(generator, suites, job.sources.system_prompt, verifier, policy, place)
    rows = ask(folder.CASES, "the candidate")
    answered = time.monotonic()
    baseline: tuple[Row, ...] = ()
    if job.baseline:
        with generator.base_model():
            baseline = ask(folder.BASELINE, "the base model")
    examined = document.Examination(
        job=job,
        suites=suites,
        rows=rows,
        baseline=baseline,
        confidence=confidence,
        verifier=verifier.name,
        files={
            name: folder.write_file(place, name, content)
            for name, content in (
                (folder.CASES, folder.rows_as_lines(rows)),
                (folder.CASES_TABLE, folder.rows_as_csv(rows)),
                (folder.BASELINE, folder.rows_as_lines(baseline)),
            )
        },
        software={name: version(name) for name in SOFTWARE},
    )
    judgement = document.judge(examined)
    report = document.build(examined, judgement)
    own = folder.write_file(place, folder.REPORT, canonical_json(report))
    folder.write_file(place, folder.PAGE, page.render(report, own).encode())
    timing = {
        "started": started.isoformat(timespec="seconds"),
        "loadingSeconds": round(loaded - clock, 1),
        "candidateSeconds": round(answered - loaded, 1),
        "totalSeconds": round(time.monotonic() - clock, 1),
        "cases": cases,
    }
    folder.write_file(place, folder.TIMING, canonical_json(timing))
    digest = folder.close_folder(place, [*examined.files, folder.REPORT, folder.PAGE])
    print(f"The report is in {folder.report_uri(job)} after {timing['totalSeconds']} s.", flush=True)
    return result_of(job, judgement, rows, digest)


def read_suites(job: EvaluateJob, scratch: Path) -> tuple[Suite, ...]:
    """Copy the Job's suites into ``scratch``, verify the copies and read them.

    Raises CheckFailed (``SuiteMismatch``), BadInput, and TryAgain where there is no room.
    """
    suites: list[Suite] = []
    for number, suite in enumerate(job.suites):
        copy = scratch / f"suite-{number}"
        try:
            manifest = private_copy(suite.uri, copy, suite.digest)
        except CheckFailed as error:
            raise CheckFailed(f"Suite {suite.uri} is not the one to use. {error}", reason="SuiteMismatch") from None
        try:
            suites.append(read_suite(copy, manifest))
        except BadInput as error:
            raise renamed(error, copy, suite.uri) from None
    check_independent(tuple(suites))
    return tuple(suites)


class _Ask:
    """Puts every case to a generator; each row is on disk as soon as it is judged."""

    def __init__(
        self,
        generator: Generator,
        suites: Sequence[Suite],
        system_prompt: str,
        verifier: Verifier,
        policy: OutputJudge,
        place: Path,
    ) -> None:
        self._generator = generator
        self._cases = [(suite.name, case) for suite in suites for case in suite.cases]
        self._system_prompt = system_prompt
        self._verifier = verifier
        self._policy = policy
        self._place = place

    def __call__(self, name: str, who: str) -> tuple[Row, ...]:
        """Rows in the order of the suites, read back from disk. Raises PreceptorError when one is missing."""
        path = self._place / f".{name}.partial"
        conversations = [case.conversation(self._system_prompt) for _, case in self._cases]
        show = _progress(who, len(conversations))
        try:
            with path.open("wb") as file:
                for done, (position, completion) in enumerate(self._generator.stream(conversations), start=1):
                    suite, case = self._cases[position]
                    row = judge(suite, case, completion, self._verifier, self._policy)
                    file.write(folder.rows_as_lines([row]))
                    file.flush()
                    show(done)
                os.fsync(file.fileno())
        except ConversationRefused as error:
            raise BadInput(f"Case {self._cases[error.number - 1][1].id}: {error}", reason=error.reason) from None
        rows = {(row.suite, row.case): row for row in folder.read_rows(path)}
        expected = [(suite, case.id) for suite, case in self._cases]
        if sorted(rows) != sorted(expected):
            raise PreceptorError(
                f"{len(expected)} cases were asked, but {len(rows)} rows are on disk: report this as a bug.",
                reason="RowsMissing",
            )
        path.unlink()
        return tuple(rows[key] for key in expected)


def _progress(who: str, total: int) -> Callable[[int], None]:
    def show(done: int) -> None:
        if done == total or done % 32 == 0:
            print(f"Answers of {who}: {done}/{total}.", flush=True)

    return show


def result_of(job: EvaluateJob, judgement: document.Judgement, rows: Sequence[Row], digest: str) -> Result:
    """The Job's Result, kept below the size that a termination message may have."""
    asked = {threshold.metric for threshold in job.thresholds}
    judged = [result for result in judgement.metrics if result.metric in asked]
    fields: dict[str, Any] = {
        "kind": "Evaluate",
        "verdict": judgement.gate,
        "reason": REASONS[judgement.gate],
        "message": _message(judged, len(rows)),
        "digests": {
            "report": digest,
            "candidate": job.candidate_digest,
            "suites": suites_digest(job.suites),
        },
        "counts": {
            "cases": len(rows),
            "missedEmergencies": sum(row.missed for row in rows),
            "unparsable": sum(row.predicted == "unparsable" for row in rows),
            "blocked": sum(row.decision == "BLOCK" for row in rows),
        },
        "metrics": judgement.metrics,
    }
    # Only what is needed to compare: bounds and thresholds stand with the candidate's metrics and in the report.
    baseline = tuple(
        MetricResult(metric=r.metric, value=r.value, count=r.count, total=r.total, verdict=r.verdict)
        for r in judgement.baseline
        if r.metric in asked
    )
    whole = Result(**fields, baseline=baseline)
    if len(whole.model_dump_json(by_alias=True, exclude_none=True).encode()) <= RESULT_LIMIT - JOB_ROOM:
        return whole
    return Result(**fields)


def _message(judged: Sequence[MetricResult], cases: int) -> str:
    by_verdict = {
        verdict: ", ".join(result.metric for result in judged if result.verdict == verdict)
        for verdict in ("Fail", "Inconclusive")
    }
    met = sum(result.verdict == "Pass" for result in judged)
    sentence = f"{met} of {len(judged)} thresholds are met over {cases} cases."
    if by_verdict["Fail"]:
        sentence += f" Missed: {by_verdict['Fail']}."
    if by_verdict["Inconclusive"]:
        needed = max((r.needed or 0 for r in judged if r.verdict == "Inconclusive"), default=0)
        more = f" (at least {needed} more cases without an error)" if needed else ""
        sentence += f" Not shown with this confidence: {by_verdict['Inconclusive']}{more}."
    return sentence
