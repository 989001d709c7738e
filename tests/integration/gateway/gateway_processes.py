"""How are a real gateway and a real audit service started beside a real API server?"""

import contextlib
import datetime
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
from cluster_processes import OPERATOR, ApiServer, wait_until_ready
from tests.ports import free_port

from preceptor import keys, manifests
from preceptor.api.candidate import CandidateManifest, CandidateSources, Decoding
from preceptor.api.gateway import ADMIN_PATH, TOKEN_HEADER, Handover
from preceptor.api.jobs import Owner
from preceptor.digests import digest_bytes, digest_file
from preceptor.evidence import gate_decision, sign

GATEWAY = "system:serviceaccount:preceptor-system:preceptor-gateway"
AUDITOR = "system:serviceaccount:preceptor-system:auditor"
SYSTEM_PROMPT = "Be brief."
ALLOWING = "schemaVersion: 1\nname: allowing\nphrases: {never: ['zzzzzzzz']}\nrules:\n"
BLOCKING = "schemaVersion: 1\nname: blocking\nphrases: {never: ['.*']}\nrules:\n"
RULE = "- {id: everything, kind: phrases, category: other, decision: BLOCK, message: Blocked., all: [never]}\n"
TEMPLATE = (
    "{% for message in messages %}{{ '<|' + message['role'] + '|>' + message['content'] + '<|end|>' }}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|assistant|>' }}{% endif %}"
)
# As in a pod, only that the service account's files lie elsewhere.
START = """
import sys
from pathlib import Path
from preceptor_eval import authentication
from tests.ports import free_port
real = authentication.TokenAuthenticator
folder = Path(sys.argv[2])
authentication.TokenAuthenticator = lambda: real(token_file=folder / "token", ca_file=folder / "api-ca.crt")
if sys.argv[1] == "audit":
    from preceptor_eval.audit_service import serve
else:
    from preceptor_eval.gateway import serve
serve()
"""


def token(server: ApiServer, user: str, audience: str | None) -> str:
    """A token of a service account by TokenRequest; namespace and account are made if they are missing."""
    server.kubeconfig(user)
    namespace, name = user.split(":")[2:]
    audiences = [f"--audience={audience}"] if audience else []
    made = server.kubectl("admin", "create", "token", name, "-n", namespace, "--duration=1h", *audiences)
    assert made.returncode == 0, made.stderr
    return made.stdout.strip()


@dataclass
class Services:
    """A folder as the pod sees it, with a tiny random model and adapter in its stores."""

    folder: Path
    server: ApiServer
    reviewer: str
    port: int = field(default_factory=free_port)
    audit_port: int = field(default_factory=free_port)

    @property
    def url(self) -> str:
        """Where the gateway answers."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def policy(self) -> Path:
        """The output policy's file."""
        return self.folder / "policy.yml"

    @property
    def adapter(self) -> Path:
        """The adapter's folder in its store."""
        return self.folder / "stores" / "artifacts" / "adapter"

    def prepare(self) -> None:
        """Write everything that the two processes read."""
        keys.write(keys.generate(("localhost",), datetime.datetime.now(datetime.UTC)), self.folder / "keys")
        (self.folder / "token").write_text(token(self.server, GATEWAY, None))
        (self.folder / "audit-token").write_text(token(self.server, GATEWAY, "preceptor-audit"))
        (self.folder / "api-ca.crt").write_bytes(self.server.ca.read_bytes())
        self.policy.write_text(ALLOWING + RULE)
        base = self.folder / "stores" / "models" / "tiny"
        make_model(base, self.adapter)

    @contextlib.contextmanager
    def audit(self) -> Iterator[None]:
        """Run the audit service."""
        more = {
            "PRECEPTOR_AUDIT_DB": str(self.folder / "audit.db"),
            "PRECEPTOR_AUDIT_PORT": str(self.audit_port),
            "PRECEPTOR_AUDIT_WRITERS": OPERATOR,
            "PRECEPTOR_AUDIT_APPENDERS": GATEWAY,
            "PRECEPTOR_AUDIT_READERS": AUDITOR,
            "PRECEPTOR_AUDIT_CHECKPOINT_KEY": str(self.folder / "keys" / "checkpoint.key"),
            "PRECEPTOR_TLS_CERT": str(self.folder / "keys" / "tls.crt"),
            "PRECEPTOR_TLS_KEY": str(self.folder / "keys" / "tls.key"),
        }
        ca = str(self.folder / "keys" / "ca.crt")
        with self._running("audit", more, f"https://localhost:{self.audit_port}/readyz", verify=ca):
            yield

    @contextlib.contextmanager
    def gateway(self) -> Iterator[None]:
        """Run the gateway."""
        more = {
            "PRECEPTOR_GATEWAY_PORT": str(self.port),
            "PRECEPTOR_GATEWAY_DB": str(self.folder / "gateway" / "gateway.db"),
            "PRECEPTOR_AUDIT_URL": f"https://localhost:{self.audit_port}",
            "PRECEPTOR_AUDIT_CA": str(self.folder / "keys" / "ca.crt"),
            "PRECEPTOR_AUDIT_TOKEN_FILE": str(self.folder / "audit-token"),
            "PRECEPTOR_GATEWAY_ADMINS": OPERATOR,
            "PRECEPTOR_GATEWAY_REVIEWERS": self.reviewer,
            "PRECEPTOR_STORES": str(self.folder / "stores"),
            "PRECEPTOR_OUTPUT_POLICY": str(self.policy),
            "PRECEPTOR_TRUSTED_KEYS": str(self.folder / "keys" / "signing.pub"),
        }
        with self._running("gateway", more, f"{self.url}/readyz"):
            yield

    @contextlib.contextmanager
    def _running(self, name: str, more: dict[str, str], ready: str, **options: Any) -> Iterator[None]:
        address = httpx.URL(self.server.url)
        environment = {
            **os.environ,
            **more,
            "KUBERNETES_SERVICE_HOST": address.host,
            "KUBERNETES_SERVICE_PORT": str(address.port),
        }
        with (self.folder / f"{name}.log").open("ab") as log:
            process = subprocess.Popen(
                [sys.executable, "-c", START, name, str(self.folder)], env=environment, stdout=log, stderr=log
            )
            try:
                wait_until_ready(name, self.folder, process, ready, **options)
                yield
            finally:
                process.kill()
                process.wait()

    def handover(self, release: str = "triage", **changed: Any) -> Handover:
        """The handover of what lies in the stores now, but for what is changed in the candidate."""
        base = manifests.read(self.folder / "stores" / "models" / "tiny")
        candidate = CandidateManifest(
            **{
                "adapter": manifests.read(self.adapter).digest,
                "base_model": base.digest,
                "tokenizer": manifests.tokenizer_digest(base),
                "chat_template": manifests.chat_template_digest(base),
                "system_prompt": digest_bytes(SYSTEM_PROMPT.encode()),
                "output_policy": digest_file(self.policy),
                "decoding": Decoding(max_tokens=12),
                **changed,
            }
        )
        sources = CandidateSources(
            adapter_uri="pvc://artifacts/adapter", base_model_uri="pvc://models/tiny", system_prompt=SYSTEM_PROMPT
        )
        owner = Owner(kind="AdapterRelease", namespace="clinical-ai", name=release, uid=f"uid-{release}")
        decision = gate_decision(
            adapter=candidate.adapter, candidate=candidate.digest, phase="release", allow=True, profile="demo",
            revision="1", reasons=(), evidence=(), owner=owner, decided_at="2026-11-24T12:00:00Z",
            first_served_before="2099-01-01T00:00:00Z",
        )  # fmt: skip
        return Handover(
            release=owner,
            candidate=candidate,
            candidate_digest=candidate.digest,
            sources=sources,
            grant=sign(decision, keys.load_signing_key(self.folder / "keys" / "signing.key")),
        )

    def hand_over(self, bearer: str, handover: Handover) -> dict[str, Any]:
        """Hand over as the operator does, and wait until the gateway has made up its mind."""
        headers = {TOKEN_HEADER: bearer}
        document = handover.document()
        response = httpx.put(self.url + ADMIN_PATH, json=document, headers=headers, timeout=60)
        deadline = time.monotonic() + 180
        query = {"releaseUid": handover.release.uid}
        while response.json().get("state") == "Loading":
            assert time.monotonic() < deadline, response.text
            time.sleep(0.2)
            response = httpx.get(self.url + ADMIN_PATH, params=query, headers=headers, timeout=60)
        reported: dict[str, Any] = response.json()
        return reported

    def ask(self, text: str, **fields: Any) -> httpx.Response:
        """One chat request."""
        sent = {"messages": [{"role": "user", "content": text}], **fields}
        return httpx.post(f"{self.url}/v1/chat/completions", json=sent, timeout=120)

    def records(self, kind: str) -> list[dict[str, Any]]:
        """The chain's records of one kind."""
        response = httpx.get(
            f"https://localhost:{self.audit_port}/v1/records",
            params={"kind": kind},
            headers={"Authorization": f"Bearer {token(self.server, AUDITOR, 'preceptor-audit')}"},
            verify=str(self.folder / "keys" / "ca.crt"),
        )
        found: list[dict[str, Any]] = response.json()["records"]
        return found


def make_model(base: Path, adapter: Path) -> None:
    """A random model of a few thousand parameters, and a random adapter for it."""
    import torch
    from peft import LoraConfig, get_peft_model
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers
    from transformers import Qwen3Config, Qwen3ForCausalLM

    base.mkdir(parents=True)
    specials = ["<|pad|>", "<|end|>", "<|system|>", "<|user|>", "<|assistant|>"]
    vocabulary = {piece: n for n, piece in enumerate([*specials, *sorted(pre_tokenizers.ByteLevel.alphabet())])}
    tokenizer = Tokenizer(models.BPE(vocab=vocabulary, merges=[]))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.add_special_tokens(specials)
    tokenizer.save(str(base / "tokenizer.json"))
    names = {"tokenizer_class": "PreTrainedTokenizerFast", "pad_token": "<|pad|>", "eos_token": "<|end|>"}
    (base / "tokenizer_config.json").write_text(json.dumps(names))
    (base / "chat_template.jinja").write_text(TEMPLATE)
    torch.manual_seed(3)
    model: Any = Qwen3ForCausalLM(
        Qwen3Config(
            vocab_size=len(vocabulary), hidden_size=32, intermediate_size=64, num_hidden_layers=2,
            num_attention_heads=2, num_key_value_heads=1, head_dim=16, max_position_embeddings=512,
            tie_word_embeddings=True, initializer_range=0.5,
        )
    )  # fmt: skip
    model.save_pretrained(base)
    digest = write_manifest(base, "model", {})
    torch.manual_seed(5)
    adapted = get_peft_model(model, LoraConfig(r=4, target_modules="all-linear", init_lora_weights=False))
    adapted.save_pretrained(str(adapter), save_embedding_layers=False)
    write_manifest(adapter, "adapter", {"baseModel": digest})


def write_manifest(folder: Path, kind: str, attributes: dict[str, str]) -> str:
    """Write a folder's manifest; its digest."""
    (folder / manifests.FILE_NAME).unlink(missing_ok=True)
    manifest = manifests.create(
        folder, kind=kind, name=folder.name, provenance_id="7c0b1f9e-5f0c-4a52-9f3e-0d9f0a0b5c11", source="a test",
        deid_method="synthetic", curator="tests", date="2026-01-01", licence="Apache-2.0", record_count=0, schema=kind,
        attributes=attributes,
    )  # fmt: skip
    manifests.write(manifest, folder)
    return manifest.digest
