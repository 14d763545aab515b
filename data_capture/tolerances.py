"""How far a trace may drift, and why. Kept apart from the captures: judging is no part of what was captured."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Tolerance:
    """Allowed drift of the tensors and values whose name matches `names` (fnmatch), and why so much.

    `relative` is the largest |new - old| over the largest |old|; `absolute` is the largest |new - old|.
    """

    names: str
    why: str
    relative: float = 0.0
    absolute: float = 0.0


DEFAULT = Tolerance("*", "one float32 product summed in another order", relative=1e-5)

# Measured by capturing with SSE kernels in place of AVX-512: the largest relative drift was 0.0011 (A.grad.steps), the
# generated texts and all counts were the same. The same processor and versions give the same bits.
_TRAINED = "rounding of another processor, repeated by training: five times what was measured"
LORA_MERGE = (
    Tolerance("logits.difference_merged", "rounding error itself, not a result", absolute=1e-4),
    Tolerance("*merge.difference", "rounding error itself, not a result", absolute=1e-6),
    Tolerance("rate.*", "computed, not trained"),
    *(
        Tolerance(names, _TRAINED, relative=5.5e-3)
        for names in ("A.*", "B.*", "W*", "delta*", "h.*", "x", "logits.*", "loss.*", "perplexity.*")
    ),
)

# Small whole numbers: every sum is exact in float32 whatever its order, so nothing may drift.
COLLECTIVES_RING = (Tolerance("*", "sums of small whole numbers are exact in any order"),)

# Measured with SSE kernels in place of AVX-512, and with Linear4bit's other path (dequantize, then multiply) in place
# of the fused one. Code books, blocks, indices, bytes, histograms and errors of the weights kept every bit (the 8-bit
# code book and what it restores: 6e-8). What went through a model in bf16 drifted: five times the larger is allowed.
_BF16 = "bf16 rounds each layer's sums, whose order another processor changes: five times what was measured"
NUMBERS_DEQUANTIZE = (
    Tolerance("activation.above", "a value of bf16 beside a threshold", absolute=5),
    Tolerance("x.int8", "a value of bf16 beside the middle of two codes", absolute=5),
    Tolerance("x.mixed", "a value of bf16 beside the middle of two codes", absolute=10),
    Tolerance("product.error_max.*", "the largest of many rounding errors", relative=0.75),
    Tolerance("embedding.fp32", "one float32 product summed in another order", relative=1e-5),
    Tolerance("embedding.*", _BF16, relative=0.061),
    Tolerance("similarity.*", _BF16, relative=0.0125),
    Tolerance("cosine.*", _BF16, relative=5e-3),
    Tolerance("perplexity.*", _BF16, relative=1.8e-3),
    Tolerance("x.scales.*", _BF16, relative=0.027),
    Tolerance("y.*", _BF16, relative=0.044),
    *(Tolerance(names, _BF16, relative=0.018) for names in ("x", "activation.*", "decomposition.*", "product.error.*")),
)

# With SSE kernels in place of AVX-512 only these differences changed, by 5e-6. AdamW's first step moves an entry by the
# rate (1e-3) whatever the size of its gradient, so rounding of a gradient near zero shows: a tenth of that is allowed.
FSDP_STEP = (
    Tolerance("difference.*", "rounding error itself, not a result", absolute=1e-4),
    Tolerance("memory.*", "bytes are counted, not measured"),
)

# Bytes of tensors are counted and exact; what an allocator rounds up and a library's workspaces are not.
GPU_MEMORY = (
    Tolerance("bytes.peak.*", "workspaces of another library or driver", relative=0.02),
    Tolerance("bytes.rest.*", "workspaces of another library or driver", relative=0.1),
    Tolerance("bytes.forward_peak.*", "workspaces of another library or driver", relative=0.02),
    Tolerance("bytes.weights.*", "the allocator rounds up", relative=0.01),
)
