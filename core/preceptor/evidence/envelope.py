"""Did a known key sign exactly this statement?

DSSE v1 (https://github.com/secure-systems-lab/dsse): the signature is over PAE(payloadType, payload). The envelope is
our own thirty lines around ``cryptography`` rather than ``securesystemslib.dsse``, whose ``from_dict`` changes its
argument, decodes base64 leniently and raises whatever it meets, and whose ``verify`` is content when one
signature of several is good; the tests prove that each verifies what the other signed.
"""

import base64
import binascii
import json
from collections.abc import Iterable, Mapping
from typing import Annotated, Any, Literal

import rfc8785
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from preceptor.digests import canonical_json, digest_json
from preceptor.exits import CheckFailed
from preceptor.keys import PublicKey, SigningKey

PAYLOAD_TYPE = "application/vnd.in-toto+json"
STATEMENT_TYPE = "https://in-toto.io/Statement/v1"


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class _Signature(_Strict):
    keyid: str
    sig: str


class _Envelope(_Strict):
    payload: str
    payload_type: Annotated[str, Field(alias="payloadType")]
    signatures: Annotated[list[_Signature], Field(min_length=1, max_length=16)]


class _Subject(_Strict):
    name: str | None = None
    digest: Annotated[dict[str, Annotated[str, StringConstraints(pattern=r"^[0-9a-f]+$")]], Field(min_length=1)]


class _Statement(_Strict):
    type: Annotated[Literal["https://in-toto.io/Statement/v1"], Field(alias="_type")]
    subject: Annotated[list[_Subject], Field(min_length=1)]
    predicate_type: Annotated[str, Field(alias="predicateType", min_length=1)]
    predicate: dict[str, Any]


def pae(payload_type: str, payload: bytes) -> bytes:
    """The pre-authentication encoding of DSSE v1: what is signed."""
    kind = payload_type.encode()
    return b"DSSEv1 %d %b %d %b" % (len(kind), kind, len(payload), payload)


def statement_digest(statement: Mapping[str, Any]) -> str:
    """The digest of a statement: of its canonical JSON, which is also the envelope's payload."""
    return digest_json(statement)


def sign(statement: Mapping[str, Any], key: SigningKey) -> dict[str, Any]:
    """The DSSE envelope of a statement. Ed25519 is deterministic: the same statement gives the same envelope."""
    payload = canonical_json(statement)
    signature = key.sign(pae(PAYLOAD_TYPE, payload))
    return {
        "payload": base64.b64encode(payload).decode(),
        "payloadType": PAYLOAD_TYPE,
        "signatures": [{"keyid": key.key_id, "sig": base64.b64encode(signature).decode()}],
    }


def verify(envelope: Any, public_keys: Iterable[PublicKey]) -> dict[str, Any]:
    """The statement in an envelope that known keys signed.

    Raises CheckFailed: EnvelopeMalformed, PayloadTypeUnknown, KeyUnknown, SignatureInvalid or StatementMalformed.
    Every signature must be good, since one that is not means that somebody changed something.
    """
    parsed = _parse(envelope)
    if parsed.payload_type != PAYLOAD_TYPE:
        raise CheckFailed(f"The envelope's payload type is not {PAYLOAD_TYPE}.", reason="PayloadTypeUnknown")
    payload = _decode(parsed.payload, "payload")
    known = {key.key_id: key for key in public_keys}
    seen: set[str] = set()
    for signature in parsed.signatures:
        key = known.get(signature.keyid)
        if key is None:
            raise CheckFailed(
                "The envelope is signed by a key that is not among the known public keys: add its public key, if "
                "you trust it.",
                reason="KeyUnknown",
            )
        if signature.keyid in seen:
            raise CheckFailed("The envelope has two signatures of one key.", reason="EnvelopeMalformed")
        seen.add(signature.keyid)
        key.verify(_decode(signature.sig, "signature"), pae(PAYLOAD_TYPE, payload))
    return _statement(payload)


def unverified_statement(envelope: Any) -> dict[str, Any]:
    """The statement in an envelope whose signatures are not looked at. Raises CheckFailed when it is malformed."""
    return _statement(_decode(_parse(envelope).payload, "payload"))


def _parse(envelope: Any) -> _Envelope:
    try:
        return _Envelope.model_validate(envelope)
    except ValidationError:
        raise CheckFailed(
            "The envelope is not a DSSE envelope with payload, payloadType and signatures (keyid, sig).",
            reason="EnvelopeMalformed",
        ) from None


def _decode(text: str, what: str) -> bytes:
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        data = None
    # One value has one spelling: otherwise an envelope could be changed without its signature noticing.
    if data is None or base64.b64encode(data).decode() != text:
        raise CheckFailed(f"The envelope's {what} is not standard base64.", reason="EnvelopeMalformed")
    return data


def _statement(payload: bytes) -> dict[str, Any]:
    try:
        statement = json.loads(payload)
        canonical = canonical_json(statement) == payload
        _Statement.model_validate(statement)
    except (ValueError, RecursionError, rfc8785.CanonicalizationError):
        canonical = False
    if not canonical:
        raise CheckFailed(
            "The envelope's payload is not an in-toto Statement v1 in canonical JSON.", reason="StatementMalformed"
        )
    result: dict[str, Any] = statement
    return result
