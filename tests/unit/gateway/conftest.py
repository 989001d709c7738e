"""Which gateway do the unit tests share?"""

from collections.abc import Iterator
from pathlib import Path

import pytest
from gateway_fakes import World


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """A gateway with fakes below its seams."""
    world = World(tmp_path)
    yield world
    world.store.close()
