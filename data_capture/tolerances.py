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

# With SSE kernels in place of AVX-512 only these differences changed, by 5e-6. AdamW's first step moves an entry by the
# rate (1e-3) whatever the size of its gradient, so rounding of a gradient near zero shows: a tenth of that is allowed.
FSDP_STEP = (
    Tolerance("difference.*", "rounding error itself, not a result", absolute=1e-4),
    Tolerance("memory.*", "bytes are counted, not measured"),
)
