"""Is a signed statement accepted exactly when a known key signed exactly this?"""

import base64
import copy
import json
import string

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from securesystemslib.dsse import Envelope
from securesystemslib.signer import CryptoSigner, SSlibKey

from preceptor import evidence
from preceptor.digests import canonical_json, digest_bytes
from preceptor.evidence.envelope import pae
from preceptor.exits import CheckFailed
from preceptor.keys import SigningKey

KEY, OTHER = SigningKey.generate(), SigningKey.generate()
STATEMENT = {
    "_type": "https://in-toto.io/Statement/v1",
    "subject": [{"name": "adapter", "digest": {"sha256": "ab" * 32}}],
    "predicateType": "https://example.test/predicate/v1",
    "predicate": {"text": "größer", "count": 3},
}
ENVELOPE = evidence.sign(STATEMENT, KEY)


def signed(payload: bytes, payload_type: str = evidence.PAYLOAD_TYPE) -> dict:
    signature = KEY.sign(pae(payload_type, payload))
    return {
        "payload": base64.b64encode(payload).decode(),
        "payloadType": payload_type,
        "signatures": [{"keyid": KEY.key_id, "sig": base64.b64encode(signature).decode()}],
    }


def refusal(envelope: object, *keys: SigningKey) -> str:
    with pytest.raises(CheckFailed) as caught:
        evidence.verify(envelope, [key.public for key in keys or (KEY,)])
    return caught.value.reason


def test_a_signed_statement_comes_back_as_it_was() -> None:
    assert evidence.verify(ENVELOPE, [OTHER.public, KEY.public]) == STATEMENT


def test_signing_the_same_statement_again_gives_the_same_envelope() -> None:
    assert evidence.sign(dict(reversed(STATEMENT.items())), KEY) == ENVELOPE


def test_the_statements_digest_is_that_of_the_envelopes_payload() -> None:
    assert evidence.statement_digest(STATEMENT) == digest_bytes(base64.b64decode(ENVELOPE["payload"]))


def test_the_encoding_is_the_one_of_the_specification() -> None:
    # Example of https://github.com/secure-systems-lab/dsse/blob/master/protocol.md
    assert (
        pae("http://example.com/HelloWorld", b"hello world")
        == b"DSSEv1 29 http://example.com/HelloWorld 11 hello world"
    )


def test_securesystemslib_accepts_our_envelope() -> None:
    key = SSlibKey.from_crypto(KEY.public.public, keyid=KEY.key_id)
    parsed = Envelope.from_dict(copy.deepcopy(ENVELOPE))
    assert set(parsed.verify([key], 1)) == {KEY.key_id}


def test_we_accept_an_envelope_of_securesystemslib() -> None:
    key = SSlibKey.from_crypto(KEY.public.public, keyid=KEY.key_id)
    theirs = Envelope(canonical_json(STATEMENT), evidence.PAYLOAD_TYPE, {})
    theirs.sign(CryptoSigner(KEY.private, key))
    assert evidence.verify(theirs.to_dict(), [KEY.public]) == STATEMENT


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"payloadType": "application/json"}, "PayloadTypeUnknown"),
        ({"signatures": []}, "EnvelopeMalformed"),
        ({"payload": ENVELOPE["payload"] + "\n"}, "EnvelopeMalformed"),
        ({"payload": 7}, "EnvelopeMalformed"),
        ({"extra": 1}, "EnvelopeMalformed"),
        ({"signatures": ENVELOPE["signatures"] * 2}, "EnvelopeMalformed"),
        ({"signatures": [{"keyid": KEY.key_id, "sig": "AAAA"}]}, "SignatureInvalid"),
        ({"payload": base64.b64encode(b"{}").decode()}, "SignatureInvalid"),
    ],
)
def test_a_defect_of_the_envelope_is_refused(change: dict, reason: str) -> None:
    assert refusal({**ENVELOPE, **change}) == reason


@pytest.mark.parametrize("envelope", [None, [], "text", {}, {"payload": "e30="}])
def test_what_is_no_envelope_is_refused(envelope: object) -> None:
    assert refusal(envelope) == "EnvelopeMalformed"


def test_another_spelling_of_the_same_signature_is_refused() -> None:
    signature = ENVELOPE["signatures"][0]["sig"]
    letters = string.ascii_uppercase + string.ascii_lowercase + string.digits + "+/"
    other = signature[:-3] + letters[letters.index(signature[-3]) + 1] + "=="
    assert base64.b64decode(other) == base64.b64decode(signature)
    changed = {**ENVELOPE, "signatures": [{"keyid": KEY.key_id, "sig": other}]}
    assert refusal(changed) == "EnvelopeMalformed"


def test_a_key_that_is_not_known_is_refused() -> None:
    assert refusal(ENVELOPE, OTHER) == "KeyUnknown"
    with pytest.raises(CheckFailed):
        evidence.verify(ENVELOPE, [])


def test_one_bad_signature_beside_a_good_one_is_refused() -> None:
    bad = {"keyid": OTHER.key_id, "sig": ENVELOPE["signatures"][0]["sig"]}
    assert refusal({**ENVELOPE, "signatures": [*ENVELOPE["signatures"], bad]}, KEY, OTHER) == "SignatureInvalid"


@pytest.mark.parametrize(
    "payload",
    [
        b"",
        b"not json",
        b"[]",
        b"{}",
        json.dumps(STATEMENT).encode(),
        canonical_json({**STATEMENT, "_type": "https://in-toto.io/Statement/v0.1"}),
        canonical_json({**STATEMENT, "subject": []}),
        canonical_json({**STATEMENT, "subject": [{"name": "adapter"}]}),
        canonical_json({**STATEMENT, "predicate": None}),
        canonical_json(STATEMENT)[:-1] + b',"predicate":{}}',
        b'{"a":NaN}',
        b"[" * 100_000,
    ],
)
def test_a_signed_payload_that_is_no_canonical_statement_is_refused(payload: bytes) -> None:
    assert refusal(signed(payload)) == "StatementMalformed"


@given(st.data())
@settings(max_examples=200, deadline=None)
def test_any_changed_character_of_an_envelope_is_refused(data: st.DataObject) -> None:
    text = json.dumps(ENVELOPE)
    place = data.draw(st.integers(0, len(text) - 1))
    letter = data.draw(st.characters(min_codepoint=32, max_codepoint=126).filter(lambda c: c != text[place]))
    changed = text[:place] + letter + text[place + 1 :]
    try:
        envelope = json.loads(changed)
    except ValueError:
        return
    if envelope != ENVELOPE:  # white space between tokens says nothing
        refusal(envelope)
