"""Does Argo CD show what became of a resource?"""

from pathlib import Path
from typing import Any, get_args

import pytest
from lupa import lua51

from preceptor.api.adapterrelease import State as ReleaseState
from preceptor.api.evalgate import State as GateState
from preceptor.api.finetunerun import State as RunState

SCRIPT = Path(__file__).resolve().parents[3] / "charts" / "preceptor" / "files" / "argocd" / "health.lua"
SUCCESS = {"FineTuneRun": "Succeeded", "EvalGate": "Passed", "AdapterRelease": "Released"}
STATES = {"FineTuneRun": RunState, "EvalGate": GateState, "AdapterRelease": ReleaseState}
WANTED = {
    "FineTuneRun": {
        "Progressing": {"Pending", "Scanning", "Fetching", "Proving", "Training", "Verifying"},
        "Suspended": {"Queued", "Suspended"},
        "Healthy": {"Succeeded"},
        "Degraded": {"Blocked", "Failed", "Cancelled"},
    },
    "EvalGate": {
        "Progressing": {"Pending", "Running"},
        "Suspended": {"InReview", "Inconclusive"},
        "Healthy": {"Passed"},
        "Degraded": {"Failed"},
    },
    "AdapterRelease": {
        "Progressing": {"Pending", "RollingOut"},
        "Suspended": {"AwaitingApproval", "Withdrawn"},
        "Healthy": {"Released"},
        "Degraded": {"Denied", "RolledBack"},
    },
}
CASES = [
    (kind, state, health)
    for kind, table in WANTED.items()
    for health, states in table.items()
    for state in sorted(states)
]


def health_of(body: dict[str, Any]) -> tuple[str, str]:
    """What the script answers on a resource, run as Argo CD runs it: Lua 5.1, the resource in the global ``obj``."""
    lua = lua51.LuaRuntime()
    lua.globals().obj = lua.table_from(body, recursive=True)
    answer = lua.execute(SCRIPT.read_text())
    return answer["status"], answer["message"]


def resource(kind: str, state: str, *, observed: int = 2, proven: bool = True) -> dict[str, Any]:
    success = "True" if proven and state == SUCCESS[kind] else "False"
    return {
        "kind": kind,
        "metadata": {"name": "triage", "generation": 2},
        "status": {
            "state": state,
            "reason": "Because",
            "observedGeneration": observed,
            "conditions": [
                {"type": "Other", "status": "True", "reason": "Because", "message": "Another fact."},
                {"type": SUCCESS[kind], "status": success, "reason": "Because", "message": "What to do."},
            ],
        },
    }


@pytest.mark.parametrize(("kind", "state", "health"), CASES)
def test_each_state_has_its_health(kind: str, state: str, health: str) -> None:
    assert health_of(resource(kind, state)) == (health, f"{state} (Because): What to do.")


@pytest.mark.parametrize("kind", sorted(WANTED))
def test_every_state_of_the_model_is_in_the_table(kind: str) -> None:
    assert set().union(*WANTED[kind].values()) == set(get_args(STATES[kind]))


@pytest.mark.parametrize(("kind", "state"), [(kind, state) for kind, state, _ in CASES])
def test_status_of_an_older_generation_is_progressing_whatever_it_says(kind: str, state: str) -> None:
    assert health_of(resource(kind, state, observed=1))[0] == "Progressing"


@pytest.mark.parametrize("kind", sorted(WANTED))
def test_success_without_its_condition_is_not_healthy(kind: str) -> None:
    assert health_of(resource(kind, SUCCESS[kind], proven=False))[0] == "Progressing"


@pytest.mark.parametrize("kind", sorted(WANTED))
@pytest.mark.parametrize("status", [None, {}, {"observedGeneration": 2}])
def test_resource_that_nobody_looked_at_is_progressing(kind: str, status: dict[str, Any] | None) -> None:
    body: dict[str, Any] = {"kind": kind, "metadata": {"generation": 2}}
    assert health_of(body if status is None else {**body, "status": status})[0] == "Progressing"


@pytest.mark.parametrize("state", ["Shipped", "success"])
def test_state_that_the_script_does_not_know_is_not_healthy(state: str) -> None:
    assert health_of(resource("EvalGate", state))[0] == "Unknown"


def test_kind_that_the_script_does_not_know_is_not_healthy() -> None:
    body = {**resource("EvalGate", "Passed"), "kind": "Something"}
    assert health_of(body)[0] == "Unknown"
