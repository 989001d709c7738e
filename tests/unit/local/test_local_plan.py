"""Does a local cluster take only names and addresses that nothing else uses?"""

from pathlib import Path

import pytest

from preceptor_local import plan
from preceptor_local.errors import UsageError

STATE = Path("/dev/shm/somewhere")


def test_the_first_cluster_gets_the_first_number() -> None:
    chosen = plan.choose(["lo", "eth0"], ["default", "192.0.2.0/24"], STATE)
    assert (chosen.link, chosen.cgroup, chosen.server) == ("preceptor0", "preceptor0", "https://10.213.74.2:6443")


def test_a_second_cluster_on_the_machine_gets_another_link_and_subnet() -> None:
    chosen = plan.choose(["lo", "preceptor0"], ["10.213.74.0/30"], STATE)
    assert chosen.link == "preceptor1"
    assert not plan.subnet_of(0).overlaps(plan.subnet_of(1))


def test_a_subnet_that_the_machine_routes_elsewhere_is_left_alone() -> None:
    assert plan.choose([], ["10.213.74.0/29", "fe80::/64"], STATE).link == "preceptor2"


def test_the_default_route_takes_nothing() -> None:
    assert plan.choose([], ["default"], STATE).index == 0


def test_a_machine_that_routes_the_whole_range_elsewhere_is_told_so() -> None:
    with pytest.raises(UsageError, match="routed"):
        plan.choose([], ["10.0.0.0/8"], STATE)


def test_machine_and_node_have_the_two_addresses_of_one_subnet() -> None:
    third = plan.Plan(3, STATE)
    assert (third.machine_address, third.node_address) == ("10.213.74.13/30", "10.213.74.14")
