"""What is known about one FineTuneRun now?"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from pydantic import ValidationError

from preceptor.api.finetunerun import FineTuneRunSpec, Progress
from preceptor.manifests import sentence_of
from preceptor_operator.config import OperatorConfig
from preceptor_operator.finetunerun.works import STAGES, Plan, Stage, work
from preceptor_operator.shared.children import Owner, Work
from preceptor_operator.shared.decision import Resource
from preceptor_operator.shared.outcome import ABSENT, Outcome, outcome


class JobReader(Protocol):
    """Reads one Job with its pods from the API server."""

    async def job_with_pods(self, namespace: str, name: str) -> tuple[dict[str, Any] | None, list[dict[str, Any]]]:
        """The Job, or None, and the pods that carry its name."""


@dataclass(frozen=True, kw_only=True)
class Observed:
    """All that ``decide`` may look at."""

    resource: Resource
    plan: Plan | None
    # Why the spec cannot be used although the API server accepted it.
    fault: str | None = None
    works: Mapping[Stage, Work] = field(default_factory=dict)
    outcomes: Mapping[Stage, Outcome] = field(default_factory=dict)
    progress: Progress | None = None


async def gather(
    resource: Resource,
    *,
    jobs: JobReader,
    config: OperatorConfig,
    progress_ca: str | None = None,
    progress: Callable[[str, str, str], Progress | None] | None = None,
) -> Observed:
    """Read everything about one run: its stages' Jobs in order, up to the first that has not passed.

    ``progress`` gives the latest report for namespace, run and training Job.
    """
    try:
        spec = FineTuneRunSpec.model_validate(resource.spec)
    except ValidationError as error:
        return Observed(resource=resource, plan=None, fault=sentence_of(error))
    owner = Owner(kind=resource.kind, namespace=resource.namespace, name=resource.name, uid=resource.uid)
    plan = Plan(owner=owner, spec=spec, config=config, progress_ca=progress_ca)
    works: dict[Stage, Work] = {}
    outcomes: dict[Stage, Outcome] = {}
    for stage in plan.stages:
        try:
            works[stage] = work(stage, plan, outcomes)
        except KeyError as missing:
            outcomes[stage] = _incomplete(stage, str(missing.args[0]))
            break
        job, pods = await jobs.job_with_pods(resource.namespace, works[stage].name)
        outcomes[stage] = outcome(job, pods, works[stage])
        if outcomes[stage].phase != "Passed":
            break
    train = works.get("train")
    return Observed(
        resource=resource,
        plan=plan,
        works=works,
        outcomes={stage: outcomes.get(stage, ABSENT) for stage in STAGES},
        progress=progress(resource.namespace, resource.name, train.name) if progress and train else None,
    )


def _incomplete(stage: Stage, missing: str) -> Outcome:
    return Outcome(
        phase="Failed",
        reason="ResultIncomplete",
        message=f"The stage before {stage} passed without the digest {missing}, so {stage} cannot start: report this.",
    )
