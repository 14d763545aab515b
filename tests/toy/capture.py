"""A capture that needs no torch: laid into the toy course as data_capture/toy.py."""

import numpy as np

from data_capture.registry import capture


@capture("toy/count", what="how many squares there are")
def count(record, model, device, progress):
    """Count."""
    progress("counting")
    record.tensor("W", np.ones((2, 2), np.float32), "four ones")
    record.value("squares", 5, "how many squares")
