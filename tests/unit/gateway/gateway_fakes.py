"""Fakes below the gateway's seams: everything above them is the real code."""

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import httpx
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from fastapi import FastAPI

from preceptor import manifests
from preceptor.api.audit import Append
from preceptor.api.candidate import CandidateManifest, CandidateSources, Decoding
from preceptor.api.gateway import ADMIN_PATH, Handover
from preceptor.api.jobs import Owner
from preceptor.digests import digest_bytes
from preceptor.evidence import gate_decision, sign
from preceptor.identity import Identity, NotAuthenticated
from preceptor.keys import SigningKey
from preceptor.telemetry import KeyedHash
from preceptor_eval.gateway.app import Parts, build
from preceptor_eval.gateway.errors import AuditUnavailable
from preceptor_eval.gateway.grant import TrustedKeys
from preceptor_eval.gateway.settings import Limits
from preceptor_eval.gateway.store import GatewayStore
from preceptor_eval.generation import Completion, Message

OPERATOR = "system:serviceaccount:preceptor-system:preceptor-operator"
REVIEWER = "system:serviceaccount:clinical-ai:preceptor-reviewer"
SYSTEM_PROMPT = "You are a triage assistant."
POLICY_TEXT = b"rules: []\n"
AS_OPERATOR = {"X-Preceptor-Token": "operator-token"}
AS_REVIEWER = {"X-Preceptor-Token": "reviewer-token"}


class FakeAuthenticator:
    """Knows two tokens."""

    async def identify(self, token: str, audience: str) -> Identity:
        known = {"operator-token": OPERATOR, "reviewer-token": REVIEWER}
        if audience != "preceptor-gateway" or token not in known:
            raise NotAuthenticated("The API server does not accept this token.")
        return Identity(username=known[token])


@dataclass
class FakeAudit:
    """Keeps records, or is down."""

    down: bool = False
    records: list[Append] = field(default_factory=list)
    on_append: Callable[[Append], None] = lambda _: None
    on_failure: Callable[[], None] = lambda: None

    async def append(self, record: Append) -> None:
        if self.down:
            self.on_failure()
            raise AuditUnavailable("The audit service did not answer.")
        self.on_append(record)
        self.records.append(record)

    def inferences(self) -> list[dict[str, Any]]:
        return [record.body for record in self.records if record.kind == "inference"]

    def candidates(self) -> list[dict[str, Any]]:
        return [record.body for record in self.records if record.kind == "gateway.candidate"]


@dataclass
class FakeModel:
    """A loader that is its own generator: answers what it is told to, or waits until it is let go."""

    answer: str = "ROUTINE. Rest and drink water."
    finish_reason: Literal["stop", "length"] = "stop"
    error: Exception | None = None
    load_error: Exception | None = None
    while_loading: Callable[[Path, Path], None] = lambda _base, _adapter: None
    conversations: list[list[Message]] = field(default_factory=list)
    loads: int = 0
    hold: threading.Event | None = None
    started: threading.Event = field(default_factory=threading.Event)

    def load(self, *, base_model: Path, adapter: Path, decoding: Decoding) -> "FakeModel":
        self.loads += 1
        self.while_loading(base_model, adapter)
        if self.load_error:
            raise self.load_error
        return self

    def complete(self, conversation: Sequence[Message]) -> Completion:
        self.conversations.append(list(conversation))
        self.started.set()
        if self.hold:
            self.hold.wait(30)
        if self.error:
            raise self.error
        return Completion(self.answer, 7, len(self.answer.split()), self.finish_reason)


@dataclass(frozen=True)
class FakeVerdict:
    decision: Any
    rules: tuple[str, ...]


@dataclass
class FakePolicy:
    """Blocks answers that hold DOSE, warns of MAYBE."""

    digest: str = digest_bytes(POLICY_TEXT)
    odd_decision: str | None = None

    def load(self) -> "FakePolicy":
        return self

    def check(self, answer: str, contexts: Sequence[str]) -> FakeVerdict:
        if self.odd_decision is not None:
            return FakeVerdict(self.odd_decision, ())
        if "DOSE" in answer:
            return FakeVerdict("BLOCK", ("prescriptive.dose",))
        if "MAYBE" in answer:
            return FakeVerdict("WARN", ("uncertain",))
        return FakeVerdict("PASS", ())


def folder(path: Path, kind: str, files: dict[str, bytes], attributes: dict[str, str] | None = None) -> str:
    """A folder with a manifest; its digest."""
    path.mkdir(parents=True)
    for name, content in files.items():
        (path / name).write_bytes(content)
    manifest = manifests.create(
        path, kind=kind, name=path.name, provenance_id="7c0b1f9e-5f0c-4a52-9f3e-0d9f0a0b5c11", source="test",
        deid_method="synthetic", curator="test", date="2026-11-01", licence="Apache-2.0", record_count=0, schema=kind,
        attributes=attributes,
    )  # fmt: skip
    manifests.write(manifest, path)
    return manifest.digest


def grant(
    candidate: str,
    release: Owner,
    key: SigningKey,
    *,
    allow: bool = True,
    phase: Literal["request", "release"] = "release",
    before: str | None = "2099-01-01T00:00:00Z",
) -> dict[str, Any]:
    """A signed decision about a candidate for a release, as the operator makes it."""
    statement = gate_decision(
        adapter=digest_bytes(b"adapter"), candidate=candidate, phase=phase, allow=allow, profile="demo", revision="1",
        reasons=(), evidence=(), owner=release, decided_at="2026-11-24T12:00:00Z",
        first_served_before=before,
    )  # fmt: skip
    return sign(statement, key)


def trust(file: Path, *keys: SigningKey) -> TrustedKeys:
    """Trust in keys, written to a file."""
    pems = [key.public.public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo) for key in keys]
    file.write_bytes(b"".join(pems))
    return TrustedKeys((file,))


@dataclass
class World:
    """A gateway with fakes below its seams, a store folder, and a handover that it would accept."""

    folder: Path
    model: FakeModel = field(default_factory=FakeModel)
    audit: FakeAudit = field(default_factory=FakeAudit)
    policy: FakePolicy = field(default_factory=FakePolicy)
    limits: Limits = field(default_factory=Limits)
    key: SigningKey = field(default_factory=SigningKey.generate)
    trusted: TrustedKeys = field(default_factory=TrustedKeys)

    def __post_init__(self) -> None:
        self.trusted = trust(self.folder / "signing.pub", self.key)
        self.base_digest = folder(
            self.folder / "models" / "tiny", "model",
            {"config.json": b"{}", "tokenizer.json": b"{}", "chat_template.jinja": b"{{ messages }}"},
        )  # fmt: skip
        self.adapter_path = self.folder / "artifacts" / "run" / "adapter"
        self.adapter_digest = folder(
            self.adapter_path, "adapter", {"adapter_model.safetensors": b"weights"}, {"baseModel": self.base_digest}
        )
        self.database = self.folder / "gateway" / "gateway.db"
        self.app = self.restarted()

    def restarted(self) -> FastAPI:
        """The same gateway after a restart."""
        self.store = GatewayStore(self.database)
        self.app = build(
            Parts(
                authenticator=FakeAuthenticator(),
                audit=self.audit,
                loader=self.model,
                policies=self.policy,
                store=self.store,
                keyed_hash=KeyedHash(self.store.prompt_hash_key()),
                admins=frozenset({OPERATOR}),
                reviewers=frozenset({REVIEWER}),
                trusted=self.trusted,
                stores=self.folder,
                limits=self.limits,
            )
        )
        return self.app

    def client(self) -> httpx.AsyncClient:
        transport = httpx.ASGITransport(app=self.app, raise_app_exceptions=True)
        return httpx.AsyncClient(transport=transport, base_url="http://gateway")

    def handover(self, *, release: str = "triage", system_prompt: str = SYSTEM_PROMPT, **changed: Any) -> Handover:
        """A handover that is right but for what is changed in the candidate."""
        base = manifests.read(self.folder / "models" / "tiny")
        candidate = CandidateManifest(
            **{
                "adapter": self.adapter_digest,
                "base_model": self.base_digest,
                "tokenizer": manifests.tokenizer_digest(base),
                "chat_template": manifests.chat_template_digest(base),
                "system_prompt": digest_bytes(SYSTEM_PROMPT.encode()),
                "output_policy": digest_bytes(POLICY_TEXT),
                "decoding": Decoding(max_tokens=64),
                **changed,
            }
        )
        owner = Owner(kind="AdapterRelease", namespace="clinical-ai", name=release, uid=f"uid-{release}")
        return Handover(
            release=owner,
            candidate=candidate,
            candidate_digest=candidate.digest,
            sources=CandidateSources(
                adapter_uri="pvc://artifacts/run/adapter",
                base_model_uri="pvc://models/tiny",
                system_prompt=system_prompt,
            ),
            grant=grant(candidate.digest, owner, self.key),
        )

    async def hand_over(self, client: httpx.AsyncClient, handover: Handover | None = None) -> dict[str, Any]:
        """Hand over, wait until the load has ended, and say what the gateway reports then."""
        handover = handover or self.handover()
        document = handover.document()
        response = await client.put(ADMIN_PATH, json=document, headers=AS_OPERATOR)
        assert response.status_code in (200, 202), response.text
        await self.app.state.candidates.settled()
        return await self.reported(client, handover.release.uid)

    async def reported(self, client: httpx.AsyncClient, release_uid: str | None = None) -> dict[str, Any]:
        """What the gateway reports, of a release or of what it serves."""
        query = {"releaseUid": release_uid} if release_uid else {}
        document: dict[str, Any] = (await client.get(ADMIN_PATH, params=query, headers=AS_OPERATOR)).json()
        return document


def question(text: str = "I have a mild cold.", **fields: Any) -> dict[str, Any]:
    """A chat request."""
    return {"messages": [{"role": "user", "content": text}], **fields}
