"""What is made of a gateway that refuses, is gone or cannot be reached?"""

from datetime import timedelta
from typing import Any

import pytest
from observations import NOW
from release_observations import APPROVED, CANDIDATE, OURS, SERVED_STATUS, granted, observe, refused

from preceptor_operator.adapterrelease import reasons
from preceptor_operator.adapterrelease.decide import decide
from preceptor_operator.shared.names import FINALIZER


def test_a_gateway_that_goes_on_refusing_is_asked_less_and_less_often_and_forgiven_when_it_serves() -> None:
    status: dict[str, Any] = {"state": "RollingOut"}
    pauses = []
    now = NOW
    for _ in range(8):
        first = decide(granted(serving=refused("ScratchFull"), status=status), now)
        assert (first.handover, len(first.notices)) == (None, 1)
        assert first.requeue_seconds is not None
        again = decide(granted(serving=refused("ScratchFull"), status=first.status), now)
        assert (again.status, again.notices) == (first.status, ())
        pauses.append(first.requeue_seconds)
        now += timedelta(seconds=first.requeue_seconds)
        status = decide(granted(serving=refused("ScratchFull"), status=first.status), now).status
        assert status["reason"] == "HandingOver"
    assert pauses == [30, 60, 120, 240, 480, 960, 960, 960]
    served = decide(granted(serving=OURS, status=status), now).status
    assert "gatewayRefusals" not in served
    assert "gatewayRefusedAt" not in served


@pytest.mark.parametrize("reason", sorted(reasons.MISMATCHES))
def test_a_refusal_over_bytes_or_decision_is_a_denial(reason: str) -> None:
    decision = decide(granted(serving=refused(reason), status=SERVED_STATUS), NOW)
    assert (decision.status["state"], decision.status["reason"]) == ("Denied", reason)


def test_a_deleted_release_goes_only_when_the_gateway_has_stopped() -> None:
    waiting = decide(granted(deleting=True, finalizers=(FINALIZER,), serving=None), NOW)
    assert waiting.finalizer is None
    assert waiting.requeue_seconds
    stopping = decide(granted(deleting=True, finalizers=(FINALIZER,), serving=OURS), NOW)
    assert (stopping.stop_serving, stopping.finalizer) == (CANDIDATE.digest, False)
    gone = decide(granted(deleting=True, finalizers=(FINALIZER,), serving=None, gateway_exists=False), NOW)
    assert gone.finalizer is False


@pytest.mark.parametrize(
    ("allowed", "reason", "way_out"),
    [(True, "GatewayUnreachable", "cannot be reached"), (False, "GatewayNotAllowed", "add it to the chart's gateways")],
)
def test_a_deletion_that_waits_for_its_gateway_says_so_with_a_way_out(allowed: bool, reason: str, way_out: str) -> None:
    served = decide(granted(serving=OURS), NOW).status
    fields: dict[str, Any] = {"deleting": True, "finalizers": (FINALIZER,), "serving": None, "gateway_allowed": allowed}
    decision = decide(granted(status=served, **fields), NOW)
    told = next(c for c in decision.status["conditions"] if c["type"] == "Reconciled")
    assert (told["status"], told["reason"]) == ("False", reason)
    assert way_out in told["message"]
    assert [(notice.reason, notice.message) for notice in decision.notices] == [(reason, told["message"])]
    again = decide(granted(status=decision.status, **fields), NOW.replace(hour=13))
    assert again.status == decision.status


@pytest.mark.parametrize(
    ("exists", "allowed", "way_out"),
    [(True, True, "see whether its pod runs"), (True, False, "add it to the chart's gateways"),
     (False, True, "or withdraw the release")],
)  # fmt: skip
def test_a_release_that_waits_for_its_gateway_says_what_to_do(exists: bool, allowed: bool, way_out: str) -> None:
    waiting = decide(granted(serving=None, gateway_exists=exists, gateway_allowed=allowed), NOW)
    (told,) = [c["message"] for c in waiting.status["conditions"] if c["type"] == "Released"]
    assert way_out in told


def test_a_service_that_is_gone_does_not_hold_a_withdrawal_up() -> None:
    observed = observe(
        spec={**APPROVED, "withdrawn": True}, serving=None, gateway_exists=False, finalizers=(FINALIZER,)
    )
    assert decide(observed, NOW).status["state"] == "Withdrawn"
