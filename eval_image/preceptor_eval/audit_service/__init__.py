"""The audit service: the one process that owns the chain. It imports no torch."""

from preceptor_eval.audit_service.server import serve

__all__ = ["serve"]
