"""Tests that need a GPU, and are skipped where there is none: ``make test-gpu``."""

import os

import pytest
import torch

# Set by the unit tests for their own process: kernels are to be compiled here.
os.environ.pop("TRITON_INTERPRET", None)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    if not torch.cuda.is_available():
        for item in items:
            item.add_marker(pytest.mark.skip(reason="there is no GPU here"))
