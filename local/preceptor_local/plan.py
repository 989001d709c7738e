"""Which names and addresses one local cluster uses, so that it meets nothing else on the machine."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from preceptor_local.errors import UsageError

POD_RANGE = "10.244.0.0/24"
SERVICE_RANGE = "10.96.0.0/16"
NODE_ADDRESS = "10.244.0.1"
"""The pods' bridge: node address, API server, DNS. It exists only inside the node's own network namespace, so every
cluster may use the same."""

API_ADDRESS_IN_CLUSTER = "10.96.0.1"
API_PORT = 6443
NODE_NAME = "preceptor-local"
BRIDGE = "pods0"
NFT_TABLE = "preceptor"
LINK_PREFIX = "preceptor"
_LINKS = ipaddress.ip_network("10.213.74.0/24")
"""One /30 of it, between the machine and the node, is all that the machine itself sees."""

MOST = 16
"""How many clusters one machine may run at once."""


@dataclass(frozen=True)
class Plan:
    """The names and addresses of cluster number `index` with its state in `state`."""

    index: int
    state: Path

    @property
    def link(self) -> str:
        """The machine's end of the link to the node."""
        return f"{LINK_PREFIX}{self.index}"

    @property
    def cgroup(self) -> str:
        """The cgroup under which every container runs."""
        return f"{LINK_PREFIX}{self.index}"

    @property
    def _hosts(self) -> list[ipaddress.IPv4Address]:
        return list(subnet_of(self.index).hosts())

    @property
    def machine_address(self) -> str:
        """The machine's address on the link, with its prefix length."""
        return f"{self._hosts[0]}/30"

    @property
    def node_address(self) -> str:
        """The node's address on the link: where the machine reaches the API server."""
        return str(self._hosts[1])

    @property
    def server(self) -> str:
        """The API server's URL for programs on the machine."""
        return f"https://{self.node_address}:{API_PORT}"


def subnet_of(index: int) -> ipaddress.IPv4Network:
    """The /30 between the machine and node `index`."""
    start = int(_LINKS.network_address) + 4 * index
    return ipaddress.IPv4Network((start, 30))


def choose(links: Iterable[str], routes: Iterable[str], state: Path) -> Plan:
    """The first cluster number whose link name and subnet nothing on the machine uses yet.

    `links` are names of network interfaces, `routes` are destinations of the machine's routes; the default one does not
    count. Raises UsageError when all are taken.
    """
    taken = set(links)
    used = [ipaddress.ip_network(route, strict=False) for route in routes if route != "default"]
    for index in range(MOST):
        plan = Plan(index, state)
        subnet = subnet_of(index)
        if plan.link not in taken and not any(subnet.overlaps(net) for net in used if net.version == 4):
            return plan
    raise UsageError(
        f"No free link for a local cluster: {LINK_PREFIX}0 to {LINK_PREFIX}{MOST - 1} are taken or {_LINKS} is routed "
        "elsewhere. Take a cluster down with `make cluster-down`, or use another machine."
    )
