"""Ports of 127.0.0.1 for servers that the tests start."""

import random
import socket

# Below the ports that Linux gives to connections: one of those can be taken again before a server listens on it.
_FIRST, _LAST = 20_000, 32_000
_CHANCE = random.SystemRandom()


def free_port() -> int:
    """A TCP port of 127.0.0.1 that nobody listens on now, and that no connection is given."""
    for _ in range(1000):
        with socket.socket() as probe:
            port = _CHANCE.randrange(_FIRST, _LAST)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise OSError(f"No port of 127.0.0.1 between {_FIRST} and {_LAST} is free: stop what listens there.")
