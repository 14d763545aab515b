"""The toy's trace, written without any library to observe."""

from pathlib import Path

import numpy as np

from data_capture.document import Provenance, Value
from data_capture.publication import write_trace


def write_toy_trace(root: Path, squares: int = 3) -> Path:
    """`toy/count` below `root`."""
    return write_trace(
        root,
        "toy/count",
        {"W": (np.arange(4, dtype=np.float32).reshape(2, 2), "four numbers")},
        {"squares": Value(squares, "", "how many squares")},
        [],
        Provenance({"python": "3"}, {}, {}, 0, "float32", "cpu", 1, "toy", {}, "2026-01-01T00:00:00+00:00"),
    )
