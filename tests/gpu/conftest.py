"""Tests that need a GPU, and are skipped where there is none: ``make test-gpu``."""

import os
from pathlib import Path

import pytest
import torch

HERE = Path(__file__).parent

# Set by the unit tests for their own process: kernels are to be compiled here.
os.environ.pop("TRITON_INTERPRET", None)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    if not torch.cuda.is_available():
        # All that are run together come here, others' too.
        for item in (item for item in items if HERE in item.path.parents):
            item.add_marker(pytest.mark.skip(reason="there is no GPU here"))
