"""Whose word does a gateway take for it that a candidate is released?"""

from datetime import datetime, tzinfo
from pathlib import Path
from typing import Any

import pytest
from gateway_fakes import World, grant, trust

from preceptor.api.gateway import Handover
from preceptor.api.jobs import Owner
from preceptor.digests import digest_bytes
from preceptor.evidence import sign
from preceptor.evidence.envelope import unverified_statement
from preceptor.keys import SigningKey
from preceptor_eval.gateway import grant as grant_module
from preceptor_eval.gateway.grant import TrustedKeys, check_grant
from preceptor_eval.gateway.handover import Refused

OTHER = digest_bytes(b"other")
STRANGER = SigningKey.generate()


def with_grant(handover: Handover, envelope: dict[str, Any]) -> Handover:
    """The same handover with another grant."""
    return handover.model_copy(update={"grant": envelope})


def changed(world: World, handover: Handover, **fields: Any) -> dict[str, Any]:
    """A grant that the operator signed with other fields in its predicate."""
    statement = unverified_statement(handover.grant)
    statement["predicate"].update(fields)
    return sign(statement, world.key)


def release(handover: Handover, **fields: str) -> Owner:
    """The handover's release, but for what is changed."""
    return handover.release.model_copy(update=fields)


async def test_the_operators_token_alone_hands_nothing_over(world: World) -> None:
    forged = with_grant(world.handover(), grant(world.handover().candidate_digest, world.handover().release, STRANGER))
    async with world.client() as client:
        reported = await world.hand_over(client, forged)
    assert (reported["state"], reported["reason"], world.model.loads) == ("Refused", "GrantInvalid", 0)


@pytest.mark.parametrize(
    "forge",
    [
        lambda w, h: {},
        lambda w, h: grant(h.candidate_digest, h.release, STRANGER),
        lambda w, h: {**h.grant, "payload": grant(OTHER, h.release, w.key)["payload"]},
        lambda w, h: grant(OTHER, h.release, w.key),
        lambda w, h: grant(h.candidate_digest, h.release, w.key, phase="request"),
        lambda w, h: grant(h.candidate_digest, h.release, w.key, allow=False),
        lambda w, h: changed(w, h, preceptor_decision="deny"),
        lambda w, h: changed(w, h, properties=["PRECEPTOR_RELEASE_ALLOWED_RELEASE", "MORE"]),
        lambda w, h: grant(h.candidate_digest, release(h, name="second"), w.key),
        lambda w, h: grant(h.candidate_digest, release(h, namespace="elsewhere"), w.key),
        lambda w, h: grant(h.candidate_digest, release(h, uid="uid-again"), w.key),
        lambda w, h: grant(h.candidate_digest, release(h, kind="EvalGate"), w.key),
        lambda w, h: sign({**unverified_statement(h.grant), "predicateType": "https://slsa.dev/x"}, w.key),
    ],
    ids=[
        "empty", "another key", "another payload", "another candidate", "a request's", "a denial", "a contradiction",
        "more than one property", "another name", "another namespace", "another uid", "another kind",
        "another predicate",
    ],
)  # fmt: skip
def test_a_grant_of_anything_else_is_refused(world: World, forge: Any) -> None:
    handover = world.handover()
    check_grant(handover, world.trusted)
    with pytest.raises(Refused) as error:
        check_grant(with_grant(handover, forge(world, handover)), world.trusted)
    assert error.value.reason == "GrantInvalid"


def aged(world: World, before: str | None) -> Handover:
    """A handover whose decision holds for a first service before then."""
    handover = world.handover()
    return with_grant(handover, grant(handover.candidate_digest, handover.release, world.key, before=before))


@pytest.mark.parametrize("before", ["2020-01-01T00:00:00Z", None])
def test_a_decision_that_has_expired_serves_only_what_was_served_before(world: World, before: str | None) -> None:
    handover = aged(world, before)
    with pytest.raises(Refused) as error:
        check_grant(handover, world.trusted)
    assert error.value.reason == "GrantExpired"
    check_grant(handover.model_copy(update={"served_at": "2020-01-01T00:00:00Z"}), world.trusted)


@pytest.mark.parametrize("before", ["never", "2099-01-01T00:00:00", 7, ["2099-01-01T00:00:00Z"]])
def test_a_decision_with_an_end_that_is_no_time_has_expired(world: World, before: Any) -> None:
    handover = world.handover()
    envelope = changed(world, handover, preceptor_firstServedBefore=before)
    with pytest.raises(Refused) as error:
        check_grant(with_grant(handover, envelope), world.trusted)
    assert error.value.reason == "GrantExpired"


async def test_what_was_loaded_and_waits_for_its_record_until_its_decision_expires_is_not_served(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Later(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> "Later":
            return cls(2099, 1, 2, tzinfo=tz)

    world.audit.down = True
    world.audit.on_failure = lambda: monkeypatch.setattr(grant_module, "datetime", Later)
    async with world.client() as client:
        reported = await world.hand_over(client)
    assert (reported["state"], reported["reason"], world.model.loads) == ("Refused", "GrantExpired", 1)


async def test_that_it_was_served_before_is_no_other_handover(world: World) -> None:
    async with world.client() as client:
        await world.hand_over(client)
        again = world.handover().model_copy(update={"served_at": "2026-11-24T12:00:00Z"})
        assert (await world.hand_over(client, again))["state"] == "Serving"
    assert world.model.loads == 1


def test_a_slash_in_a_name_does_not_make_two_releases_alike(world: World) -> None:
    signed = release(world.handover(), namespace="clinical-ai", name="triage/x", uid="uid")
    claimed = release(world.handover(), namespace="clinical-ai/triage", name="x", uid="uid")
    envelope = grant(world.handover().candidate_digest, signed, world.key)
    handover = world.handover().model_copy(update={"release": claimed, "grant": envelope})
    with pytest.raises(Refused):
        check_grant(handover, world.trusted)


@pytest.mark.parametrize("content", [None, b"", b"no key"])
def test_without_a_public_key_every_handover_is_refused(world: World, tmp_path: Path, content: bytes | None) -> None:
    file = tmp_path / "empty.pub"
    if content is not None:
        file.write_bytes(content)
    for trusted in (TrustedKeys(), TrustedKeys((file,))):
        with pytest.raises(Refused) as error:
            check_grant(world.handover(), trusted)
        assert error.value.reason == "GrantUnverifiable"


def test_an_old_and_a_new_key_are_trusted_at_once(world: World, tmp_path: Path) -> None:
    check_grant(world.handover(), trust(tmp_path / "both.pub", STRANGER, world.key))
