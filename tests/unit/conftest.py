"""What must be said before any test's module is imported."""

import os

# Triton reads it once: the GPU's kernels are run by its interpreter, here without a GPU.
os.environ["TRITON_INTERPRET"] = "1"
