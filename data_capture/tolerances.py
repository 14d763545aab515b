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

_TRAINED = "after training on another processor, whose sums round differently; the same one gives the same bits"
LORA_MERGE = (
    Tolerance("logits.difference_*", "rounding error itself, not a result", absolute=1e-3),
    Tolerance("*merge.difference", "rounding error itself, not a result", absolute=1e-6),
)
