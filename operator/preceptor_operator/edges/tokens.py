"""Which token proves the operator to a service?"""

from pathlib import Path


def bearer(path: str) -> dict[str, str]:
    """The Authorization header with a projected token, read anew each time since the kubelet rotates it.

    Without the file there is no header, and the service refuses.
    """
    try:
        return {"Authorization": f"Bearer {Path(path).read_text().strip()}"}
    except OSError:
        return {}
