"""Does the audit service, over TLS and with tokens of a real API server, let in exactly its writers and readers?"""

import contextlib
import datetime
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from cluster_processes import OPERATOR, ApiServer, wait_until_ready
from tests.ports import free_port

from preceptor import evidence, keys
from preceptor.api.audit import AUDIENCE, RECORDS_PATH, Append
from preceptor.audit import verify
from preceptor.audit.chain import parse_checkpoint

GATEWAY = "system:serviceaccount:clinical-ai:triage-gateway"
AUDITOR = "system:serviceaccount:preceptor-system:auditor"
STRANGER = "system:serviceaccount:clinical-ai:default"
SERVICE = "system:serviceaccount:preceptor-system:preceptor-audit"
# As in a pod, only that the service account's files lie elsewhere.
START = """
import sys
from pathlib import Path
from preceptor_eval.audit_service import server
from preceptor_eval.authentication import TokenAuthenticator
from tests.ports import free_port
folder = Path(sys.argv[1])
server.TokenAuthenticator = lambda: TokenAuthenticator(token_file=folder / "token", ca_file=folder / "ca.crt")
server.serve()
"""


def token(api_server: ApiServer, user: str, audience: str | None = AUDIENCE) -> str:
    namespace, name = user.split(":")[2:]
    api_server.kubeconfig(user)
    audiences = [f"--audience={audience}"] if audience else []
    made = api_server.kubectl("admin", "create", "token", name, "-n", namespace, "--duration=1h", *audiences)
    assert made.returncode == 0, made.stderr
    return made.stdout.strip()


@dataclass
class Running:
    """A started audit service."""

    process: subprocess.Popen[bytes]
    url: str
    ca: Path

    def post(self, bearer: str, record: Append) -> httpx.Response:
        headers = {"authorization": f"Bearer {bearer}"}
        return httpx.post(self.url + RECORDS_PATH, json=record.document(), headers=headers, verify=str(self.ca))

    def get(self, bearer: str, path: str) -> httpx.Response:
        return httpx.get(self.url + path, headers={"authorization": f"Bearer {bearer}"}, verify=str(self.ca))


@contextlib.contextmanager
def running(folder: Path, api_server: ApiServer) -> Iterator[Running]:
    port = free_port()
    address = httpx.URL(api_server.url)
    environment = {
        **os.environ,
        "KUBERNETES_SERVICE_HOST": address.host,
        "KUBERNETES_SERVICE_PORT": str(address.port),
        "PRECEPTOR_AUDIT_DB": str(folder / "audit.db"),
        "PRECEPTOR_AUDIT_PORT": str(port),
        "PRECEPTOR_AUDIT_WRITERS": OPERATOR,
        "PRECEPTOR_AUDIT_APPENDERS": GATEWAY,
        "PRECEPTOR_AUDIT_READERS": AUDITOR,
        "PRECEPTOR_AUDIT_CHECKPOINT_KEY": str(folder / "keys" / "checkpoint.key"),
        "PRECEPTOR_AUDIT_PUBLIC_KEYS": str(folder / "keys" / "signing.pub"),
        "PRECEPTOR_TLS_CERT": str(folder / "keys" / "tls.crt"),
        "PRECEPTOR_TLS_KEY": str(folder / "keys" / "tls.key"),
    }
    url = f"https://localhost:{port}"
    with (folder / "service.log").open("wb") as log:
        process = subprocess.Popen([sys.executable, "-c", START, str(folder)], env=environment, stdout=log, stderr=log)
        try:
            ca = folder / "keys" / "ca.crt"
            wait_until_ready("service", folder, process, f"{url}/readyz", verify=str(ca))
            yield Running(process, url, ca)
        finally:
            process.kill()
            process.wait()


@pytest.fixture
def folder(tmp_path: Path, api_server: ApiServer) -> Path:
    """The files of the service's pod: keys, its own token, the API server's CA."""
    keys.write(keys.generate(("localhost",), datetime.datetime.now(datetime.UTC)), tmp_path / "keys")
    (tmp_path / "token").write_text(token(api_server, SERVICE, audience=None))
    (tmp_path / "ca.crt").write_bytes(api_server.ca.read_bytes())
    api_server.kubectl(
        "admin", "create", "clusterrolebinding", "preceptor-audit-reviews", "--clusterrole=system:auth-delegator",
        "--serviceaccount=preceptor-system:preceptor-audit",
    )  # fmt: skip
    return tmp_path


RECORD = Append(key="uid:train", kind="finetunerun.train", body={"reason": "Trained"})


STATEMENT = {
    "_type": "https://in-toto.io/Statement/v1",
    "subject": [{"name": "adapter", "digest": {"sha256": "ab" * 32}}],
    "predicateType": "https://example.test/v1",
    "predicate": {},
}


def signing_key(folder: Path) -> keys.SigningKey:
    return keys.load_signing_key(folder / "keys" / "signing.key")


def test_tokens_of_the_api_server_decide_who_appends_and_who_reads(folder: Path, api_server: ApiServer) -> None:
    operator, auditor, stranger = (token(api_server, user) for user in (OPERATOR, AUDITOR, STRANGER))
    gateway = token(api_server, GATEWAY)
    inference = Append(key="1", kind="inference", body={})
    unsigned = evidence.sign(STATEMENT, keys.SigningKey.generate())
    with running(folder, api_server) as service:
        assert service.post(operator, RECORD).status_code == 200
        told = {
            "for the API server": service.post(token(api_server, OPERATOR, audience=None), RECORD).status_code,
            "for the gateway": service.post(token(api_server, OPERATOR, "preceptor-gateway"), RECORD).status_code,
            "altered": service.post(operator[:-4] + "AAAA", RECORD).status_code,
            "auditor appends": service.post(auditor, RECORD).status_code,
            "auditor reads": service.get(auditor, RECORDS_PATH).status_code,
            "stranger reads": service.get(stranger, RECORDS_PATH).status_code,
            "gateway tells of a training": service.post(gateway, RECORD.model_copy(update={"key": "2"})).status_code,
            "gateway reads": service.get(gateway, RECORDS_PATH).status_code,
            "of an unknown key": service.post(operator, RECORD.model_copy(update={"statement": unsigned})).status_code,
        }
        assert told == {
            "for the API server": 401,
            "for the gateway": 401,
            "altered": 401,
            "auditor appends": 403,
            "auditor reads": 200,
            "stranger reads": 403,
            "gateway tells of a training": 403,
            "gateway reads": 403,
            "of an unknown key": 400,
        }
        (record,) = service.get(auditor, RECORDS_PATH).json()["records"]
        assert (record["actor"], record["body"]) == (OPERATOR, {"reason": "Trained"})
        assert service.post(gateway, inference).status_code == 200
    log = (folder / "service.log").read_text()
    assert operator not in log
    assert operator.split(".")[2] not in log


def test_after_kill_9_the_service_goes_on_with_the_same_chain(folder: Path, api_server: ApiServer) -> None:
    operator = token(api_server, OPERATOR)
    record = RECORD.model_copy(update={"statement": evidence.sign(STATEMENT, signing_key(folder))})
    with running(folder, api_server) as service:
        first = service.post(operator, record)
        checkpoint = parse_checkpoint(service.get(operator, "/v1/checkpoint").content)
        service.process.kill()
    with running(folder, api_server) as service:
        assert service.post(operator, record).json() == first.json()
        assert service.post(operator, record.model_copy(update={"key": "uid:end"})).json()["sequence"] == 2
        told = service.get(operator, "/v1/verify").json()
        assert (told["whole"], told["checkpoints"], told["signaturesChecked"]) == (True, 1, True)
    public = [
        key for name in ("checkpoint.pub", "signing.pub") for key in keys.load_public_keys(folder / "keys" / name)
    ]
    assert verify(folder / "audit.db", checkpoint=checkpoint, public_keys=public).findings == ()


def test_nobody_is_let_in_when_the_service_may_not_ask(folder: Path, api_server: ApiServer) -> None:
    (folder / "token").write_text(token(api_server, STRANGER, audience=None))
    with running(folder, api_server) as service:
        response = service.post(token(api_server, OPERATOR), RECORD)
    assert response.status_code == 503
    assert "tokenreviews" in response.json()["message"]
