"""Which cluster and installation do the end-to-end tests share?"""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from preceptor_local import cluster
from preceptor_local.connection import uses_current
from preceptor_local.demo.install import clear, install
from preceptor_local.demo.show import Show
from preceptor_local.demo.world import World
from preceptor_local.errors import UsageError
from preceptor_local.paths import beside_state

STATE = beside_state("preceptor-e2e")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything below this folder is an end-to-end test."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.e2e)


@pytest.fixture(scope="session")
def world() -> Iterator[World]:
    """A fresh local cluster of the tests' own with everything installed; CLUSTER=current uses the current one."""
    before = os.environ.get("PRECEPTOR_STATE")
    if not uses_current():
        os.environ["PRECEPTOR_STATE"] = str(STATE)
        cluster.down()
    try:
        try:
            made = install(cluster.up())
        except UsageError as error:
            # Nothing here can be tested: the sentence says what is missing, and the two ways on.
            pytest.exit(str(error), returncode=error.code)
        clear(made)
        yield made
    finally:
        if not uses_current():
            cluster.down()
        if before is None:
            os.environ.pop("PRECEPTOR_STATE", None)
        else:
            os.environ["PRECEPTOR_STATE"] = before


@pytest.fixture(scope="session")
def show() -> Show:
    """Where claims tell what they found."""
    from preceptor_local.demo.claims import TITLES

    return Show(TITLES)
