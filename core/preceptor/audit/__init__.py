"""The audit chain: append-only, hash-chained records with signed checkpoints."""

from preceptor.audit.chain import Checkpoint, Record
from preceptor.audit.log import AuditLog, Conflict
from preceptor.audit.verify import Finding, Verification, verify

__all__ = ["AuditLog", "Checkpoint", "Conflict", "Finding", "Record", "Verification", "verify"]
