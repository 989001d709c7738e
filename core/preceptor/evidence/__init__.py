"""Evidence: what was stated about an adapter, and who signed it.

``statements`` builds in-toto Statements, ``envelope`` signs and verifies them.
"""

from preceptor.evidence.envelope import PAYLOAD_TYPE, sign, statement_digest, verify
from preceptor.evidence.statements import (
    Material,
    approval,
    evaluation,
    gate_decision,
    phi_scan,
    repetition,
    training_provenance,
)

__all__ = [
    "PAYLOAD_TYPE",
    "Material",
    "approval",
    "evaluation",
    "gate_decision",
    "phi_scan",
    "repetition",
    "sign",
    "statement_digest",
    "training_provenance",
    "verify",
]
