"""What is decided about a FineTuneRun? Each case is a sentence."""

from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from observations import CONFIG, DIGEST, FROM_HUB, HUB_URI, NOW, failed, owner, passed, resource, run_spec

from preceptor_operator.finetunerun.decide import decide
from preceptor_operator.finetunerun.evidence import sealed_records
from preceptor_operator.finetunerun.gather import Observed
from preceptor_operator.finetunerun.works import KINDS, STAGES, Plan, Stage, work
from preceptor_operator.shared.decision import Decision
from preceptor_operator.shared.outcome import ABSENT, Outcome

RUNNING = Outcome(phase="Running", reason="PodRunning")
WAITING = Outcome(phase="Waiting", reason="PodStarting", message="The pod is not scheduled: claim datasets not found.")
SUSPENDED = Outcome(phase="Suspended", reason="Suspended")
# The stages of a run whose base model lies in a store.
STORED: tuple[Stage, ...] = tuple(stage for stage in STAGES if stage not in ("fetchBase", "prove"))
FETCHED: tuple[Stage, ...] = tuple(stage for stage in STAGES if stage != "prove")
PROVEN: tuple[Stage, ...] = tuple(stage for stage in STAGES if stage != "fetchBase")
PROOF: dict[str, Any] = {"proof": {"steps": 3}}


def observe(outcomes: dict[Stage, Outcome], *, status: dict[str, Any] | None = None, **spec: Any) -> Observed:
    """An observation with outcomes for the stages reached."""
    parsed = run_spec(**spec)
    plan = Plan(owner=owner("FineTuneRun"), spec=parsed, config=CONFIG)
    found = {stage: outcomes.get(stage, ABSENT) for stage in STAGES}
    works = {}
    for stage in plan.stages:
        works[stage] = work(stage, plan, found)
        if found[stage].phase != "Passed":
            break
    return Observed(
        resource=resource("FineTuneRun", parsed.document(), status=status or {}), plan=plan, works=works, outcomes=found
    )


def up_to(stage: Stage, outcome: Outcome, stages: tuple[Stage, ...] = STORED) -> dict[Stage, Outcome]:
    """All stages before one passed, and this one has an outcome."""
    before = stages[: stages.index(stage)]
    return {**{earlier: passed(KINDS[earlier]) for earlier in before}, stage: outcome}


@dataclass(frozen=True)
class Case:
    """What is seen, and what must follow."""

    sentence: str
    outcomes: dict[Stage, Outcome]
    state: str
    reason: str
    creates: tuple[str, ...] = ()
    suspends: tuple[bool, ...] = ()
    deletes: int = 0
    stalled: bool = False
    spec: dict[str, Any] = field(default_factory=dict)


CASES = [
    Case("a new run scans its dataset first", {}, "Scanning", "PodStarting", creates=("scan-data",)),
    Case("a scan that runs is waited for", up_to("scanDataset", RUNNING), "Scanning", "ScanRunning"),
    Case("a pod that cannot be scheduled says why", up_to("scanDataset", WAITING), "Scanning", "PodStarting"),
    Case(
        "PHI in the dataset blocks before training",
        up_to("scanDataset", failed("PhiScan", "PhiFound")),
        "Blocked",
        "PhiFound",
        stalled=True,
    ),
    Case(
        "a dataset that is not its manifest's fails",
        up_to("scanDataset", failed("PhiScan", "ManifestMismatch")),
        "Failed",
        "ManifestMismatch",
        stalled=True,
    ),
    Case(
        "a scan without a Result fails",
        up_to("scanDataset", Outcome(phase="Failed", reason="ResultMissing", message="Nothing.")),
        "Failed",
        "ResultMissing",
        stalled=True,
    ),
    Case("a clean dataset is trained on", up_to("train", ABSENT), "Training", "PodStarting", creates=("train",)),
    Case(
        "a base model on a hub is fetched once the dataset is clean",
        up_to("fetchBase", ABSENT, FETCHED),
        "Fetching",
        "PodStarting",
        creates=("fetch",),
        spec=FROM_HUB,
    ),
    Case(
        "a new run with a base model on a hub scans its dataset first",
        {},
        "Scanning",
        "PodStarting",
        creates=("scan-data",),
        spec=FROM_HUB,
    ),
    Case(
        "a fetch that runs is waited for",
        up_to("fetchBase", RUNNING, FETCHED),
        "Fetching",
        "FetchRunning",
        spec=FROM_HUB,
    ),
    Case(
        "a base model with another digest than asked for fails",
        up_to("fetchBase", failed("Fetch", "ManifestMismatch"), FETCHED),
        "Failed",
        "ManifestMismatch",
        stalled=True,
        spec=FROM_HUB,
    ),
    Case(
        "a hub that stays away fails once its retries are used up",
        up_to("fetchBase", failed("Fetch", "HubUnavailable"), FETCHED),
        "Failed",
        "HubUnavailable",
        stalled=True,
        spec=FROM_HUB,
    ),
    Case(
        "a fetched base model is trained on",
        up_to("train", ABSENT, FETCHED),
        "Training",
        "PodStarting",
        creates=("train",),
        spec=FROM_HUB,
    ),
    Case(
        "a proof that was asked for comes before the training",
        up_to("prove", ABSENT, PROVEN),
        "Proving",
        "PodStarting",
        creates=("prove",),
        spec=PROOF,
    ),
    Case("a proof that runs is waited for", up_to("prove", RUNNING, PROVEN), "Proving", "ProofRunning", spec=PROOF),
    Case(
        "a training that gave two digests never starts",
        up_to("prove", failed("Prove", "NotReproducible"), PROVEN),
        "Failed",
        "NotReproducible",
        stalled=True,
        spec=PROOF,
    ),
    Case(
        "a proven training starts",
        up_to("train", ABSENT, PROVEN),
        "Training",
        "PodStarting",
        creates=("train",),
        spec=PROOF,
    ),
    Case(
        "a queued run's fetch waits in no queue",
        up_to("fetchBase", ABSENT, FETCHED),
        "Fetching",
        "PodStarting",
        creates=("fetch",),
        spec={**FROM_HUB, "compute": {"queueName": "gpu"}},
    ),
    Case(
        "a suspended run fetches nothing",
        up_to("fetchBase", ABSENT, FETCHED),
        "Suspended",
        "SuspendedByUser",
        spec={**FROM_HUB, "suspend": True},
    ),
    Case(
        "an adapter of a fetched base model is success",
        up_to("seal", passed("Seal"), FETCHED),
        "Succeeded",
        "Sealed",
        spec=FROM_HUB,
    ),
    Case(
        "a fetch that passed with another digest than asked for is not believed",
        {**up_to("seal", passed("Seal"), FETCHED), "fetchBase": passed("Fetch", digests={"baseModel": DIGEST["seal"]})},
        "Failed",
        "DigestMismatch",
        stalled=True,
        spec=FROM_HUB,
    ),
    Case(
        "a fetch that passed without a digest is not believed",
        {**up_to("seal", passed("Seal"), FETCHED), "fetchBase": passed("Fetch", digests={})},
        "Failed",
        "ResultIncomplete",
        stalled=True,
        spec=FROM_HUB,
    ),
    Case("training that runs is waited for", up_to("train", RUNNING), "Training", "StepsRunning"),
    Case(
        "training out of memory fails",
        up_to("train", Outcome(phase="Failed", reason="OutOfMemory", message="Killed.")),
        "Failed",
        "OutOfMemory",
        stalled=True,
    ),
    Case(
        "a trained adapter's logs and samples are scanned",
        up_to("scanOutputs", ABSENT),
        "Verifying",
        "PodStarting",
        creates=("scan-outputs",),
    ),
    Case(
        "PHI in logs or samples blocks",
        up_to("scanOutputs", failed("PhiScan", "PhiFound")),
        "Blocked",
        "PhiFound",
        stalled=True,
    ),
    Case("clean outputs are sealed", up_to("seal", ABSENT), "Verifying", "PodStarting", creates=("seal",)),
    Case("a sealed adapter is success", up_to("seal", passed("Seal")), "Succeeded", "Sealed"),
    Case(
        "a sealed adapter that is not the trained one fails",
        up_to("seal", passed("Seal", digests={**DIGEST, "adapter": DIGEST["report"]})),
        "Failed",
        "DigestMismatch",
        stalled=True,
    ),
    Case(
        "logs or samples that changed between scan and seal fail",
        up_to("seal", passed("Seal", digests={**DIGEST, "outputs": DIGEST["report"]})),
        "Failed",
        "DigestMismatch",
        stalled=True,
    ),
    Case(
        "a seal that does not say which logs and samples it found fails",
        up_to("seal", passed("Seal", digests={key: value for key, value in DIGEST.items() if key != "outputs"})),
        "Failed",
        "ResultIncomplete",
        stalled=True,
    ),
    Case(
        "a scan of another dataset fails before training",
        up_to("scanDataset", passed("PhiScan", digests={**DIGEST, "dataset": DIGEST["report"]})),
        "Failed",
        "DigestMismatch",
        stalled=True,
    ),
    Case(
        "a scan that names no dataset fails before training",
        up_to("scanDataset", passed("PhiScan", digests={"report": DIGEST["report"]})),
        "Failed",
        "DigestMismatch",
        stalled=True,
    ),
    Case(
        "a scan that passed with findings fails before training",
        up_to("scanDataset", passed("PhiScan", counts={"findings": 1})),
        "Failed",
        "ResultContradictory",
        stalled=True,
    ),
    Case(
        "a scan that passed without a count of findings fails before training",
        up_to("scanDataset", passed("PhiScan", counts={})),
        "Failed",
        "ResultContradictory",
        stalled=True,
    ),
    Case(
        "a seal without a digest fails",
        up_to("seal", passed("Seal", digests={})),
        "Failed",
        "ResultIncomplete",
        stalled=True,
    ),
    Case("a suspended run starts nothing", {}, "Suspended", "SuspendedByUser", spec={"suspend": True}),
    Case(
        "suspending stops the Job that runs",
        up_to("train", RUNNING),
        "Suspended",
        "SuspendedByUser",
        suspends=(True,),
        spec={"suspend": True},
    ),
    Case(
        "a run that is no longer suspended goes on",
        up_to("train", SUSPENDED),
        "Training",
        "PodStarting",
        suspends=(False,),
    ),
    Case(
        "a run in a queue waits for quota",
        up_to("train", SUSPENDED),
        "Queued",
        "WaitingForQuota",
        spec={"compute": {"queueName": "gpu"}},
    ),
    Case(
        "suspending a queued run deletes its Job, which the queue would resume",
        up_to("train", RUNNING),
        "Suspended",
        "SuspendedByUser",
        deletes=1,
        spec={"suspend": True, "compute": {"queueName": "gpu"}},
    ),
    Case(
        "a cancelled run deletes what runs and ends",
        up_to("train", RUNNING),
        "Cancelled",
        "CancelledByUser",
        deletes=1,
        stalled=True,
        spec={"cancel": True},
    ),
    Case(
        "a cancelled run that has not begun ends",
        {},
        "Cancelled",
        "CancelledByUser",
        stalled=True,
        spec={"cancel": True},
    ),
    Case(
        "a Job of that name that is another's is not believed",
        up_to("train", Outcome(phase="Foreign", reason="NameTaken", message="It belongs to something else.")),
        "Pending",
        "NameTaken",
    ),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.sentence)
def test_run(case: Case) -> None:
    decision = decide(observe(case.outcomes, **case.spec), NOW)
    assert (decision.status["state"], decision.status["reason"]) == (case.state, case.reason)
    assert tuple(work.role for work in decision.create) == case.creates
    assert tuple(suspended for _, suspended in decision.suspend) == case.suspends
    assert len(decision.delete_jobs) == case.deletes
    conditions = {c["type"]: c for c in decision.status["conditions"]}
    stages = {"DatasetClean", "BaseModelFetched", "Reproducible", "Trained", "OutputsClean", "Sealed"}
    assert set(conditions) == stages | {"Succeeded", "Stalled"}
    assert (conditions["Stalled"]["status"] == "True") == case.stalled
    assert (conditions["Succeeded"]["status"] == "True") == (case.state == "Succeeded")
    assert all(c["message"] for c in conditions.values() if c["status"] != "False" or c["type"] != "Stalled")


@pytest.mark.parametrize("state", ["Succeeded", "Blocked", "Failed", "Cancelled"])
def test_an_ended_run_changes_no_more_whatever_its_jobs_say(state: str) -> None:
    observed = observe({}, status={"state": state, "observedGeneration": 0})
    decision = decide(observed, NOW)
    assert decision == Decision(status={"state": state, "observedGeneration": 1})


def test_jobs_expire_only_once_their_run_has_ended() -> None:
    all_passed = {stage: passed(KINDS[stage]) for stage in STORED}
    for outcomes in (up_to("train", RUNNING), all_passed):
        assert decide(observe(outcomes, ttlSecondsAfterFinished=60), NOW).expire == ()
    ended = {"state": "Succeeded", "observedGeneration": 1}
    jobs = decide(observe(all_passed, status=ended, ttlSecondsAfterFinished=60), NOW).expire
    assert len(jobs) == len(STORED)
    assert {seconds for _, seconds in jobs} == {60}
    told = {stage: replace(outcome, expires=True) for stage, outcome in all_passed.items()}
    assert decide(observe(told, status=ended), NOW).expire == ()


def test_an_outage_told_in_an_ended_run_is_forgotten_when_it_is_over() -> None:
    told = {"type": "Reconciled", "status": "False", "reason": "AuditUnavailable"}
    good = {"type": "Succeeded", "status": "True", "reason": "Sealed"}
    observed = observe({}, status={"state": "Succeeded", "observedGeneration": 1, "conditions": [told, good]})
    assert decide(observed, NOW).status["conditions"] == [good]


@pytest.mark.parametrize("stage", ["scanDataset", "train"])
def test_two_ends_that_an_operator_finds_one_after_the_other_are_two_records(stage: Stage) -> None:
    failed_run = decide(observe(up_to(stage, failed(KINDS[stage], "StoreFull"))), NOW).records[-1]
    cancelled = decide(observe(up_to(stage, failed(KINDS[stage], "StoreFull")), cancel=True), NOW).records[-1]
    assert failed_run.append.key != cancelled.append.key


def test_a_second_look_at_the_same_facts_changes_nothing() -> None:
    first = decide(observe(up_to("train", RUNNING)), NOW)
    again = decide(observe(up_to("train", RUNNING), status=first.status), NOW.replace(hour=13))
    assert again.status == first.status
    assert again.records == ()


def test_every_stage_that_ended_is_in_the_audit_chain_before_the_next_begins() -> None:
    decision = decide(observe(up_to("train", ABSENT)), NOW)
    assert [record.append.kind for record in decision.records] == ["finetunerun.scanDataset"]
    assert [work.role for work in decision.create] == ["train"]


def test_a_sealed_adapter_has_signed_scans_and_provenance() -> None:
    decision = decide(observe(up_to("seal", passed("Seal"))), NOW)
    stated = [record for record in decision.records if record.statement is not None]
    assert [record.append.kind for record in stated] == [
        "statement.phiscan",
        "statement.phiscan",
        "statement.provenance",
    ]
    assert {record.append.subject for record in stated} == {DIGEST["adapter"]}


def test_a_signed_scan_names_what_was_scanned() -> None:
    decision = decide(observe(up_to("seal", passed("Seal"))), NOW)
    stated = [record.statement for record in decision.records if record.append.kind == "statement.phiscan"]
    found = [statement["predicate"]["preceptor_scanned"] for statement in stated if statement is not None]
    assert [(each["name"], "sha256:" + each["digest"]["sha256"]) for each in found] == [
        ("dataset", DIGEST["dataset"]),
        ("outputs", DIGEST["outputs"]),
    ]


@pytest.mark.parametrize(
    "said", [{"digests": {**DIGEST, "dataset": DIGEST["seal"]}}, {"verdict": "inconclusive"}], ids=["other", "no pass"]
)
def test_no_scan_is_stated_to_have_passed_that_did_not_pass_on_what_was_trained_on(said: dict[str, Any]) -> None:
    observed = observe({**up_to("seal", passed("Seal")), "scanDataset": passed("PhiScan", **said)})
    assert observed.plan is not None
    with pytest.raises(ValueError, match="not those whose PHI scan passed"):
        sealed_records(observed, observed.plan)


def test_a_scan_that_is_not_believed_is_no_clean_dataset() -> None:
    scan = passed("PhiScan", digests={**DIGEST, "dataset": DIGEST["report"]})
    told = {c["type"]: c for c in decide(observe(up_to("scanDataset", scan)), NOW).status["conditions"]}
    assert (told["DatasetClean"]["status"], told["DatasetClean"]["reason"]) == ("False", "DigestMismatch")


def test_both_provenances_name_the_images_that_ran_whatever_is_configured_now() -> None:
    outcomes = {
        stage: replace(outcome, image=f"{stage}:0", image_id=f"{stage}@sha256:0")
        for stage, outcome in up_to("seal", passed("Seal")).items()
    }
    observed = observe(outcomes)
    told = observed.works["seal"].job.document()["provenance"]["images"]
    assert told == {
        stage: {"reference": f"{stage}:0", "id": f"{stage}@sha256:0"}
        for stage in ("scanDataset", "train", "scanOutputs")
    }
    statement = decide(observed, NOW).records[-1].statement
    assert statement is not None
    parameters = statement["predicate"]["buildDefinition"]["internalParameters"]
    assert parameters == {"image": "train:0", "imageId": "train@sha256:0"}
    # So the seal's Job keeps its name when another image is configured.
    assert observed.plan is not None
    images = CONFIG.images.model_copy(update={"trainer": "trainer:2", "eval": "eval:2"})
    upgraded = replace(observed.plan, config=CONFIG.model_copy(update={"images": images}))
    assert work("seal", upgraded, outcomes).name == observed.works["seal"].name


def test_a_scan_that_passed_with_findings_is_not_stated_as_clean() -> None:
    outcomes = up_to("seal", passed("Seal"))
    outcomes["scanOutputs"] = passed("PhiScan", counts={"findings": 1})
    decision = decide(observe(outcomes), NOW)
    assert (decision.status["state"], decision.status["reason"]) == ("Failed", "ResultContradictory")
    assert all(record.statement is None for record in decision.records)


@pytest.mark.parametrize("outcomes", [{}, up_to("train", RUNNING), up_to("seal", passed("Seal"))])
def test_a_base_model_in_a_store_is_said_to_be_there_and_never_fetched(outcomes: dict[Stage, Outcome]) -> None:
    observed = observe(outcomes)
    told = {c["type"]: c for c in decide(observed, NOW).status["conditions"]}["BaseModelFetched"]
    assert (told["status"], told["reason"]) == ("True", "InStore")
    assert "fetchBase" not in observed.works


@pytest.mark.parametrize(
    ("outcome", "status", "reason"),
    [
        (ABSENT, "Unknown", "PodStarting"),
        (RUNNING, "Unknown", "FetchRunning"),
        (failed("Fetch", "HubAccessDenied"), "False", "HubAccessDenied"),
        (passed("Fetch"), "True", "Fetched"),
    ],
)
def test_the_condition_of_a_fetch_says_how_far_it_is(outcome: Outcome, status: str, reason: str) -> None:
    decision = decide(observe(up_to("fetchBase", outcome, FETCHED), **FROM_HUB), NOW)
    told = {c["type"]: c for c in decision.status["conditions"]}["BaseModelFetched"]
    assert (told["status"], told["reason"]) == (status, reason)


def test_a_fetch_that_ended_is_in_the_audit_chain() -> None:
    decision = decide(observe(up_to("train", ABSENT, FETCHED), **FROM_HUB), NOW)
    assert [record.append.kind for record in decision.records] == ["finetunerun.scanDataset", "finetunerun.fetchBase"]


def test_what_comes_after_a_fetch_reads_the_copy_and_provenance_names_the_hub() -> None:
    decision = decide(observe(up_to("seal", passed("Seal"), FETCHED), **FROM_HUB), NOW)
    copy = "pvc://artifacts/triage/base-models/222222222222"
    assert decision.status["artifact"]["baseModelUri"] == copy
    provenance = decision.records[-1].statement
    assert provenance is not None
    materials = provenance["predicate"]["buildDefinition"]["resolvedDependencies"]
    base = next(material for material in materials if material["name"] == "baseModel")
    assert (base["uri"], base["digest"]["sha256"]) == (HUB_URI, DIGEST["baseModel"].removeprefix("sha256:"))


def test_runs_of_one_output_share_a_fetched_base_model_and_nothing_else() -> None:
    one = Plan(owner=owner("FineTuneRun"), spec=run_spec(**FROM_HUB), config=CONFIG)
    other = replace(one, owner=replace(one.owner, uid="uid-2"))
    assert one.base_model == other.base_model
    assert one.run_uri != other.run_uri
    assert work("fetchBase", one, {}).name != work("fetchBase", other, {}).name
    assert work("fetchBase", one, {}).name == work("fetchBase", replace(one), {}).name


def test_a_spec_with_a_branch_that_no_api_server_refused_fails_with_the_sentence() -> None:
    with pytest.raises(ValueError, match="never a branch or a tag"):
        run_spec(baseModel={"uri": "hf://clinic/tiny@main", "digest": DIGEST["baseModel"]})


def test_two_runs_never_share_a_folder_or_a_job() -> None:
    one = Plan(owner=owner("FineTuneRun"), spec=run_spec(), config=CONFIG)
    other = replace(one, owner=replace(one.owner, uid="uid-2"))
    changed = replace(one, spec=run_spec(reproducibility={"seed": 18}))
    assert len({one.run_uri, other.run_uri, changed.run_uri}) == 3
    assert len({work("train", plan, {}).name for plan in (one, other, changed)}) == 3
    assert work("train", one, {}).name == work("train", replace(one), {}).name


def test_a_run_without_a_proof_is_not_called_reproducible() -> None:
    told = {c["type"]: c for c in decide(observe({}), NOW).status["conditions"]}
    assert (told["Reproducible"]["status"], told["Reproducible"]["reason"]) == ("Unknown", "NotAsked")


def proven(**digests: str) -> Observed:
    outcomes = {stage: passed(KINDS[stage]) for stage in PROVEN}
    result = outcomes["prove"].result
    assert result is not None
    compared = result.model_copy(update={"digests": {**result.digests, **digests}})
    return observe({**outcomes, "prove": replace(outcomes["prove"], result=compared)}, **PROOF)


def test_a_proof_is_signed_with_both_digests() -> None:
    decision = decide(proven(first=DIGEST["seal"], second=DIGEST["seal"]), NOW)
    assert decision.status["state"] == "Succeeded"
    told = {c["type"]: c for c in decision.status["conditions"]}
    assert (told["Reproducible"]["status"], told["Reproducible"]["reason"]) == ("True", "SameDigest")
    statements = [record.statement for record in decision.records if record.append.kind == "statement.repetition"]
    assert [s["predicate"]["preceptor_digests"] for s in statements if s] == [[DIGEST["seal"], DIGEST["seal"]]]


@pytest.mark.parametrize(
    "digests", [{}, {"first": DIGEST["seal"]}, {"first": DIGEST["seal"], "second": DIGEST["policy"]}]
)
def test_a_proof_without_two_equal_digests_seals_nothing(digests: dict[str, str]) -> None:
    decision = decide(proven(**digests), NOW)
    assert decision.status["state"] == "Failed"
    assert not [record for record in decision.records if record.statement is not None]


def test_status_says_how_many_train_and_what_it_took() -> None:
    train = replace(RUNNING, pod_seconds=70)
    spec = {"compute": {"nodes": 2, "gpusPerNode": 4, "strategy": "zero2"}}
    status = decide(observe(up_to("train", train), **spec), NOW).status
    took = {"podSeconds": 70, "gpuSeconds": 280}
    assert status["training"] == {"mode": "deterministic", "strategy": "zero2", "worldSize": 8, **took}
    later = decide(observe(up_to("train", RUNNING), status=status, **spec), NOW).status
    assert later["training"] == status["training"]
