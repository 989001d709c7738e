"""What is known about one FineTuneRun now?"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial

from pydantic import ValidationError

from preceptor.api.finetunerun import FineTuneRunSpec, Progress
from preceptor.manifests import sentence_of
from preceptor_operator.config import OperatorConfig
from preceptor_operator.finetunerun.works import KINDS, STAGES, TERMINAL, Plan, Stage, stage_key, stage_kind, work
from preceptor_operator.shared.attempts import JobReader, latest
from preceptor_operator.shared.children import Owner, Work
from preceptor_operator.shared.decision import Resource
from preceptor_operator.shared.outcome import ABSENT, Outcome
from preceptor_operator.shared.recorded import Chain, recall


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
    # Jobs of attempts whose pod was lost with its Result, and that nothing removes yet.
    lost: tuple[str, ...] = ()


async def gather(
    resource: Resource,
    *,
    jobs: JobReader,
    chain: Chain,
    config: OperatorConfig,
    progress_ca: str | None = None,
    progress: Callable[[str, str, str], Progress | None] | None = None,
) -> Observed:
    """Read everything about one run: its stages' Jobs in order, up to the first that has not passed.

    Where neither Job nor pod tells how a stage ended, the audit chain is asked. Raises TryAgain while it gives no
    answer: what may have been done already is not done again.

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
    lost: tuple[str, ...] = ()
    # What has ended changes no more, whatever the chain says; and most of its Jobs are gone by then.
    ended = resource.deleting or resource.status.get("state") in TERMINAL
    for stage in plan.stages:
        try:
            works[stage] = work(stage, plan, outcomes)
        except KeyError as missing:
            outcomes[stage] = _incomplete(stage, str(missing.args[0]))
            break
        tried = await latest(works[stage], jobs, None if ended else partial(_recalled, chain, resource.uid, stage))
        works[stage], outcomes[stage], lost = tried.work, tried.outcome, (*lost, *tried.lost)
        if outcomes[stage].phase != "Passed":
            break
    train = works.get("train")
    return Observed(
        resource=resource,
        plan=plan,
        works=works,
        outcomes={stage: outcomes.get(stage, ABSENT) for stage in STAGES},
        progress=progress(resource.namespace, resource.name, train.name) if progress and train else None,
        lost=lost,
    )


async def _recalled(chain: Chain, owner_uid: str, stage: Stage) -> Outcome | None:
    body = await chain.recorded(stage_key(owner_uid, stage), stage_kind(stage))
    return recall(body, KINDS[stage]) if body is not None else None


def _incomplete(stage: Stage, missing: str) -> Outcome:
    return Outcome(
        phase="Failed",
        reason="ResultIncomplete",
        message=f"The stage before {stage} passed without the digest {missing}, so {stage} cannot start: report this.",
    )
