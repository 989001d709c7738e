"""May this answer reach a person: PASS, WARN or BLOCK?

:func:`load` reads a policy, :meth:`OutputPolicy.check` (or :func:`check`) judges one answer.
"""

from preceptor.policy.engine import OutputPolicy, Reason, Verdict, check
from preceptor.policy.source import default_path, load

__all__ = ["OutputPolicy", "Reason", "Verdict", "check", "default_path", "load"]
