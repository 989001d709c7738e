"""What do all tests of the evaluation's Jobs share?"""

import pytest


@pytest.fixture(autouse=True)
def a_key_that_lasts(monkeypatch: pytest.MonkeyPatch) -> None:
    """As the operator gives scan Jobs one."""
    monkeypatch.setenv("PRECEPTOR_PHI_KEY", "a key of at least sixteen bytes")
