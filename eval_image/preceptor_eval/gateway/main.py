"""Which real parts is the gateway of this pod made of?"""

import logging

import uvicorn
from fastapi import FastAPI

from preceptor.telemetry import KeyedHash
from preceptor_eval.authentication import TokenAuthenticator
from preceptor_eval.gateway.app import Parts, build
from preceptor_eval.gateway.audit_log import HttpAuditLog
from preceptor_eval.gateway.backends import PolicyFile, TransformersLoader
from preceptor_eval.gateway.grant import TrustedKeys
from preceptor_eval.gateway.settings import Settings, from_environment
from preceptor_eval.gateway.store import GatewayStore

# The kubelet waits 30 s before it kills. What is not answered by then is cancelled, and recorded in the seconds left.
SHUTDOWN_SECONDS = 20


def serve() -> None:
    """Run the gateway as its environment says, until it is told to stop.

    Raises BadInput when a variable is missing, or the database, a key or the output policy cannot be used.
    """
    settings = from_environment()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    # Their messages name URLs and model folders, and add nothing to ours.
    for name in ("httpx", "httpcore", "transformers"):
        logging.getLogger(name).setLevel(logging.WARNING)
    parts = parts_of(settings)
    # A gateway with a policy or keys that it cannot read would only refuse every handover: better not to start.
    parts.policies.load()
    parts.trusted.load()
    run(build(parts), port=settings.port)


def run(app: FastAPI, *, port: int, shutdown_seconds: int = SHUTDOWN_SECONDS) -> None:
    """Answer on a port until a signal comes; requests that run then have so many seconds to end by themselves."""
    uvicorn.run(
        app,
        host="0.0.0.0",
        port=port,
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=shutdown_seconds,
    )


def parts_of(settings: Settings) -> Parts:
    """The real parts. Raises BadInput when the database or the key file cannot be used."""
    store = GatewayStore(settings.database)
    key_file = settings.prompt_hash_key_file
    return Parts(
        authenticator=TokenAuthenticator(),
        audit=HttpAuditLog(settings.audit_url, settings.audit_token_file, settings.audit_ca),
        loader=TransformersLoader(),
        policies=PolicyFile(settings.output_policy),
        store=store,
        keyed_hash=KeyedHash.from_file(key_file) if key_file else KeyedHash(store.prompt_hash_key()),
        admins=settings.admins,
        reviewers=settings.reviewers,
        trusted=TrustedKeys(settings.trusted_keys),
        limits=settings.limits,
    )
