"""Compile every kernel for a generation of GPUs, which needs none: ``compile_kernels.py CAPABILITY``.

Prints one JSON object: the compiled text (PTX) by kernel. A process of its own, since the tests' own has Triton's
interpreter switched on.
"""

import json
import sys

from triton import compile as compiled
from triton.backends.compiler import GPUTarget
from triton.compiler import ASTSource

from preceptor_trainer.gpu import kernels

KINDS = {"bf16": "*bf16", "fp32": "*fp32"}
WARP = 32
WIDTH, VOCABULARY = 4096, 128256


def main() -> None:
    """Compile in both types, in the sizes of a model of eight billion parameters."""
    target = GPUTarget("cuda", int(sys.argv[1]), WARP)
    found = {}
    for kind, pointer in KINDS.items():
        rows = {"rows": "i32", "width": "i32"}
        halves = {"tokens": "i32", "per_token": "i32", "per_head": "i32", "heads": "i32", "half": "i32"}
        tile = {"TILE": kernels.TILE}
        norm = {"ROWS": 1, "WIDTH": WIDTH}
        asked = {
            "_norm_forward": (
                dict.fromkeys(("x", "weight", "y"), pointer) | {"inverse": "*fp32"} | rows | {"epsilon": "fp32"},
                norm,
                8,
            ),
            "_norm_backward": (
                {"x": pointer, "weight": pointer, "inverse": "*fp32", "dy": pointer, "dx": pointer} | rows,
                norm,
                8,
            ),
            "_gated_forward": (dict.fromkeys(("gate", "up", "y"), pointer) | {"count": "i32"}, tile, 8),
            "_gated_backward": (
                dict.fromkeys(("gate", "up", "dy", "dgate", "dup"), pointer) | {"count": "i32"},
                tile,
                8,
            ),
            "_rotate": (
                dict.fromkeys(("x", "cosine", "sine", "y"), pointer) | halves,
                {"BACK": True, "HEADS": 32, "HALF": 64},
                4,
            ),
            "_loss_and_gradient": (
                {"logits": pointer, "targets": "*i64", "weights": "*fp32", "losses": "*fp32"},
                {"VOCABULARY": VOCABULARY, "BLOCK": kernels.TILE, "GRADIENT": True},
                8,
            ),
        }
        for name, (types, known, warps) in asked.items():
            signature = types | dict.fromkeys(known, "constexpr")
            source = ASTSource(fn=getattr(kernels, name), signature=signature, constexprs=known)
            found[f"{name} {kind}"] = compiled(source, target=target, options={"num_warps": warps}).asm["ptx"]
    print(json.dumps(found))


if __name__ == "__main__":
    main()
