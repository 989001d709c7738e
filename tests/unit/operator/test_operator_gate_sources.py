"""Which adapter does an EvalGate wait for, and which does it give up?"""

import asyncio
from typing import Any, get_args

import pytest

from preceptor.api.evalgate import AdapterSource
from preceptor.api.finetunerun import State
from preceptor_operator.shared.sources import Missing, parts_of

SOURCE = AdapterSource.model_validate({"fineTuneRunRef": {"name": "triage"}})
GIVEN_UP = {"Blocked", "Failed", "Cancelled"}


class Runs:
    """A cluster whose one FineTuneRun is in a state."""

    def __init__(self, state: str | None) -> None:
        self.state = state

    async def read(self, plural: str, namespace: str, name: str) -> dict[str, Any]:
        return {"status": {"state": self.state} if self.state else {}}

    async def config_map(self, namespace: str, name: str) -> None:
        return None


@pytest.mark.parametrize("state", [None, *(sorted(set(get_args(State)) - {"Succeeded"}))])
def test_a_gate_waits_for_a_run_in_every_state_that_is_no_end(state: str | None) -> None:
    found = asyncio.run(parts_of(SOURCE, "clinic", Runs(state)))
    assert isinstance(found, Missing)
    assert found.final == (state in GIVEN_UP), found.message
