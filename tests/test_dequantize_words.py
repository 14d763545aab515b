"""What the dequantize lecture says in words, where no {value} stands, is what its trace holds."""

import numpy as np
import pytest

from data_capture.trace import load_trace


@pytest.fixture(scope="module")
def trace():
    return load_trace("numbers/dequantize")


def test_the_matrix_and_the_block(trace):
    assert round(trace.value("matrix.weights"), -4) == 590_000  # five hundred and ninety thousand weights
    assert trace.value("matrix.columns") == 384
    assert len(trace["block.weights"]) == 64 and trace["block.nf4.packed"].nbytes == 32
    assert trace["block.scaled"][np.abs(trace["block.scaled"]).argmax()] == -1  # the largest becomes exactly minus one


def test_the_largest_error_falls_where_the_code_book_is_most_sparse(trace):
    code, worst = trace["nf4.code"], int(np.abs(trace["block.nf4.error"]).argmax())
    place = int(np.searchsorted(code, trace["block.scaled"][worst]))
    assert place - 1 == int(np.diff(code).argmax())


def test_evenly_spaced_values_would_be_too_coarse_where_most_weights_are(trace):
    edges, counts = trace["scaled.edges"], trace["scaled.counts"]
    even = np.linspace(-1, 1, 16)
    used = np.bincount(np.abs(((edges[1:] + edges[:-1]) / 2)[:, None] - even).argmin(1), counts)
    share = used / counts.sum()
    assert share[[0, 1, -2, -1]].max() < 0.015 and share[[7, 8]].min() > 0.1
    assert np.diff(trace["nf4.code"])[6:9].max() < np.diff(even)[0]


def test_nf4_splits_the_middle_and_makes_exact_zeros(trace):
    zero = int(np.flatnonzero(trace["nf4.code"] == 0)[0])
    assert trace["nf4.usage"][zero] > 50_000 and not (trace["W"] == 0).any() and (trace["nf4.W"] == 0).any()
    smallest = np.abs(trace["nf4.W"][trace["nf4.W"] != 0]).min()
    assert smallest > np.quantile(np.abs(trace["W"]), 0.01)  # between zero and the next codes there is nothing


def test_double_quantization_leaves_about_a_quarter_of_the_overhead(trace):
    parts = sum(trace.value(f"bytes.nf4_double.{part}") for part in ("absmax", "nested", "offset"))
    assert 0.25 <= parts / trace.value("bytes.nf4.absmax") < 0.26
    assert trace.value("error.mean.nf4_double") / trace.value("error.mean.nf4") < 1.01


def test_one_made_outlier_leaves_three_codes_and_ten_times_the_error(trace):
    assert trace["made.factors"][-1] == 16 and trace["made.nf4.codes_used"][-1] == 3
    assert trace["made.nf4.error_mean"][-1] / trace.value("made.nf4.error_real") > 10


def test_three_columns_of_the_real_input_reach_six(trace):
    assert len(trace["outlier.columns"]) == 3
    assert trace.value("outlier.threshold") == 6 and trace.value("outlier.real")
