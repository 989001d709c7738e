"""What goes into the audit chain about an EvalGate?"""

from typing import Any, Literal

from preceptor.api.audit import Append
from preceptor.api.jobs import Owner
from preceptor.evidence import Material, evaluation
from preceptor_operator.evalgate.gather import Observed
from preceptor_operator.evalgate.works import END_KIND, end_key, report_folder
from preceptor_operator.shared.decision import Record
from preceptor_operator.shared.recorded import memory

Verdict = Literal["Passed", "Failed", "Inconclusive"]


def about(observed: Observed) -> dict[str, Any]:
    """The resource, as records name it."""
    resource = observed.resource
    return {"kind": resource.kind, "namespace": resource.namespace, "name": resource.name, "uid": resource.uid}


def end_record(observed: Observed, state: str, reason: str) -> Record:
    """The record of a gate that ended without an evaluation. Why is part of the key: see finetunerun.evidence."""
    body = {"about": about(observed), "state": state, "reason": reason}
    return Record(append=Append(key=f"{observed.resource.uid}:end:{state}:{reason}", kind="evalgate.end", body=body))


def evaluation_record(observed: Observed, verdict: Verdict) -> Record:
    """The signed statement of what the evaluation found. Raises KeyError when the Result lacks what it must say."""
    result, candidate, spec = observed.evaluated.result, observed.candidate, observed.spec
    if result is None or candidate is None or spec is None or observed.evaluated.finished_at is None:
        raise KeyError("result")
    resource = observed.resource
    statement = evaluation(
        adapter=candidate.adapter,
        candidate=candidate.digest,
        verdict=verdict,
        metrics=result.metrics,
        confidence=spec.confidence,
        suites=[Material(f"suite-{index}", suite.digest, suite.uri) for index, suite in enumerate(spec.suites)],
        report=Material("report", result.digests["report"], report_folder(spec.report, candidate.digest, resource.uid)),
        owner=Owner(kind="EvalGate", namespace=resource.namespace, name=resource.name, uid=resource.uid),
        finished_at=observed.evaluated.finished_at,
    )
    append = Append(
        key=end_key(resource.uid),
        kind=END_KIND,
        subject=candidate.digest,
        body={
            "about": about(observed),
            "verdict": verdict,
            "report": result.digests["report"],
            "outcome": memory(observed.evaluated),
        },
    )
    return Record(append=append, statement=statement)
