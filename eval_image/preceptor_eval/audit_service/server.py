"""How does the audit service start?"""

import logging
import ssl

import uvicorn

from preceptor.audit.log import AuditLog
from preceptor.exits import BadInput
from preceptor.keys import PublicKey, SigningKey, load_public_keys, load_signing_key
from preceptor_eval.audit_service.app import create_app
from preceptor_eval.audit_service.settings import Settings, from_environment
from preceptor_eval.authentication import TokenAuthenticator


def serve(settings: Settings | None = None) -> None:
    """Serve the chain until a signal stops it; without settings they are read from the environment.

    Raises BadInput on wrong settings and TryAgain when the database cannot be opened.
    """
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    # httpx logs every request at INFO: a line for each TokenReview.
    logging.getLogger("httpx").setLevel(logging.WARNING)
    logging.getLogger("uvicorn.error").addFilter(_without_traceback)
    settings = settings or from_environment()
    checkpoint_key = load_signing_key(settings.checkpoint_key) if settings.checkpoint_key else None
    public_keys = trusted_keys(settings, checkpoint_key)
    log = AuditLog(settings.database, checkpoint_key=checkpoint_key, checkpoint_every=settings.checkpoint_every)
    try:
        uvicorn.run(
            create_app(log, settings, TokenAuthenticator(), public_keys),
            host="0.0.0.0",
            port=settings.port,
            ssl_certfile=settings.tls_certificate,
            ssl_keyfile=str(settings.tls_key) if settings.tls_key else None,
            log_config=None,
            access_log=False,
            server_header=False,
        )
    except (OSError, ssl.SSLError) as error:
        raise BadInput(
            f"The audit service cannot listen on port {settings.port} or load its certificate "
            f"({type(error).__name__}): check PRECEPTOR_AUDIT_PORT, PRECEPTOR_TLS_CERT and PRECEPTOR_TLS_KEY."
        ) from None


def trusted_keys(settings: Settings, checkpoint_key: SigningKey | None) -> tuple[PublicKey, ...]:
    """The keys that signatures in the chain are checked with; none where no public keys are set."""
    given = tuple(key for path in settings.public_keys for key in load_public_keys(path))
    # The service's own checkpoints lie in the database too, and would otherwise be a stranger's to it.
    return (*given, checkpoint_key.public) if given and checkpoint_key else given


def _without_traceback(record: logging.LogRecord) -> bool:
    # The application has already logged the exception's type; its text may quote what was sent.
    record.exc_info = None
    return True
