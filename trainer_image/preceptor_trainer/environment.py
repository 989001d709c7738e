"""What must the process be told so that the same job gives the same bytes?"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from preceptor_trainer.gpu import usable

if TYPE_CHECKING:
    import torch

Mode = Literal["fast", "deterministic", "invariant"]

# Read by libraries when they are first imported or first used: too late once torch is there.
ALWAYS = {
    "TOKENIZERS_PARALLELISM": "false",
    "HF_HUB_OFFLINE": "1",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "TRANSFORMERS_VERBOSITY": "error",
    "HF_HUB_DISABLE_PROGRESS_BARS": "1",
    # One thread is the fastest on shared cores, and sums of several threads depend on their number.
    "OMP_NUM_THREADS": "1",
}
REPEATABLE = {
    "CUBLAS_WORKSPACE_CONFIG": ":4096:8",
    "FLASH_ATTENTION_DETERMINISTIC": "1",
    "NCCL_ALGO": "Ring",
    # Repeatable sums in MKL at the machine's own instruction set. Pinning an older one (ATEN_CPU_CAPABILITY=avx2 and
    # MKL_CBWR=AVX2) costs a quarter of the speed: whoever needs one digest on unlike machines sets both in the pod.
    "MKL_CBWR": "AUTO",
}


def prepare(mode: Mode) -> None:
    """Set the environment of the process; a value that the pod already gives is kept. Call before torch is imported."""
    for name, value in (ALWAYS | ({} if mode == "fast" else REPEATABLE)).items():
        os.environ.setdefault(name, value)


def seed_everything(seed: int) -> None:
    """Seed every generator that a library might draw from; the loop draws from keys of its own."""
    import random

    import numpy
    import torch

    random.seed(seed)
    numpy.random.seed(seed)
    torch.manual_seed(seed)


def configure_torch(mode: Mode, local_rank: int = 0) -> torch.device:
    """Fix the threads and, but in mode fast, refuse every kernel that may answer differently the second time.

    Returns the device of this rank: a GPU of its own where the machine has any.
    """
    import torch

    torch.set_num_threads(int(os.environ.get("OMP_NUM_THREADS", "1")))
    if mode != "fast":
        torch.use_deterministic_algorithms(True)
        torch.utils.deterministic.fill_uninitialized_memory = False  # type: ignore[attr-defined]
        torch.backends.cudnn.deterministic = True
        torch.backends.cudnn.benchmark = False
        torch.backends.cuda.matmul.allow_tf32 = False
        torch.backends.cudnn.allow_tf32 = False
    if not torch.cuda.is_available():
        return torch.device("cpu")
    device = torch.device("cuda", local_rank % torch.cuda.device_count())
    torch.cuda.set_device(device)
    return device


# Which kernel cuDNN takes, and what Triton's are compiled by.
ON_GPU = ("CUDNN_FRONTEND_ENABLE_FROST_ENGINES", "TRITON_PTXAS_PATH")
VARIABLES = (
    *(*ALWAYS, *REPEATABLE, *ON_GPU),
    *("ATEN_CPU_CAPABILITY", "DNNL_MAX_CPU_ISA", "MKL_NUM_THREADS", "PYTHONHASHSEED"),
)
PACKAGES = ("torch", "transformers", "peft", "tokenizers", "safetensors", "numpy", "deepspeed")
# What computes on a GPU only.
GPU_PACKAGES = ("triton", "nvidia-cudnn-frontend")


# Of what is described below, what may decide the last bit. The rest (hash seeds, telemetry) is recorded, not compared.
DECIDING = ("device", "machine", "cpuVendor", "cpuCapability", "threads", "gpu", "computeCapability", "cuda", "cudnn",
            "kernels", "cudnnAttention")  # fmt: skip
DECIDING_VARIABLES = (
    *("ATEN_CPU_CAPABILITY", "DNNL_MAX_CPU_ISA", "MKL_CBWR", "NCCL_ALGO", "CUBLAS_WORKSPACE_CONFIG"),
    *ON_GPU,
)


# What a run itself found out, and may decide a bit, too.
COMPUTED = ("way", "backend")


def deciding(described: Mapping[str, Any]) -> dict[str, Any]:
    """Of a described environment: what may decide the last bit of an adapter."""
    variables = described.get("variables", {})
    return {
        **{name: described[name] for name in DECIDING if name in described},
        "versions": dict(described.get("versions", {})),
        "variables": {name: variables[name] for name in DECIDING_VARIABLES if name in variables},
    }


def describe(device: torch.device) -> dict[str, Any]:
    """Where this process computes: processor, instruction set, threads, versions, settings. No name of a machine."""
    import platform
    from importlib.metadata import PackageNotFoundError, version

    import torch

    def version_of(package: str) -> str | None:
        try:
            return version(package)
        except PackageNotFoundError:
            return None

    found: dict[str, Any] = {
        "device": device.type,
        "machine": platform.machine(),
        "cpuVendor": _cpu_vendor(),
        "cpuCapability": torch.backends.cpu.get_cpu_capability(),
        "threads": torch.get_num_threads(),
        "python": platform.python_version(),
        "versions": {
            name: number
            for name in PACKAGES + (GPU_PACKAGES if device.type == "cuda" else ())
            if (number := version_of(name)) is not None
        },
        "variables": {name: os.environ[name] for name in VARIABLES if name in os.environ},
    }
    if device.type == "cuda":
        major, minor = torch.cuda.get_device_capability(device)
        found |= {
            "gpu": torch.cuda.get_device_name(device),
            "computeCapability": f"{major}.{minor}",
            "cuda": torch.version.cuda,
            "cudnn": torch.backends.cudnn.version(),  # type: ignore[no-untyped-call]
            **usable.described(device),
        }
    return found


def _cpu_vendor() -> str:
    """What the processor calls its maker: MKL's promise of repeatable sums differs between them."""
    try:
        text = Path("/proc/cpuinfo").read_text(encoding="ascii", errors="replace")
    except OSError:
        return "unknown"
    return next(
        (line.partition(":")[2].strip() for line in text.splitlines() if line.startswith("vendor_id")), "unknown"
    )
