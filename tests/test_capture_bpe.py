"""tokenization/bpe: what the committed trace says, the same bits again, and what is refused."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("transformers")

from data_capture import bpe
from data_capture.registry import CaptureError, check_capture, run_capture
from data_capture.trace import Trace, load_trace


@pytest.fixture(scope="module")
def trace() -> Trace:
    return load_trace("tokenization/bpe")


def test_each_merge_joins_the_most_frequent_pair(trace: Trace) -> None:
    counts = trace["merges.count"]
    assert len(counts) == trace.value("vocabulary") - trace.value("bytes.alphabet") - 1
    assert (np.diff(counts) <= 0).all(), "joining a pair makes no other pair more frequent than it was"
    for step in range(12):
        named = trace.value(f"rivals.{step}")
        stood = trace.value(f"rivals.{step}.count")
        ties = [name for name, count in zip(named, stood, strict=True) if count == counts[step]]
        assert f"{trace.value('merges.left')[step]} {trace.value('merges.right')[step]}" in ties
    assert (np.diff(trace["tokens.count"]) < 0).all()
    saved = trace["tokens.count"][0] - trace["tokens.count"][1]
    assert saved == counts[0], "a pair of two different letters is joined wherever it stands"


def test_offsets_cover_the_text(trace: Trace) -> None:
    for place, text in enumerate(trace.value("samples")):
        for stop in trace.value("stops"):
            offsets = trace[f"sample.{place}.{stop}.offsets"]
            assert offsets[0, 0] == 0 and offsets[-1, 1] == len(text)
            assert (offsets[1:, 0] <= offsets[:-1, 1]).all() and (np.diff(offsets[:, 1]) >= 0).all()
            assert len(offsets) == len(trace.value(f"sample.{place}.{stop}.tokens"))


def test_words_grow_together(trace: Trace) -> None:
    for place, word in enumerate(trace.value("words")):
        forms = trace.value(f"word.{place}.forms")
        assert {form.replace(" ", "") for form in forms} == {f"Ġ{word}"}
        pieces = [len(form.split(" ")) for form in forms]
        assert pieces == sorted(pieces, reverse=True) and len(set(pieces)) == len(pieces)


def test_words_never_end(trace: Trace) -> None:
    read, distinct = trace["growth.words"], trace["growth.distinct"]
    assert read[-1] == trace.value("corpus.words") and distinct[-1] == trace.value("corpus.distinct")
    assert (np.diff(distinct) >= 0).all() and distinct[-1] > distinct[len(distinct) // 2]
    assert 0 < trace.value("held_out.words_new") < trace.value("held_out.words")


def test_pre_tokens_are_never_crossed(trace: Trace) -> None:
    for place, _ in enumerate(trace.value("samples")):
        words = trace.value(f"sample.{place}.words")
        ends = set(np.cumsum([len(word) for word in words]))
        for stop in trace.value("stops"):
            tokens = trace.value(f"sample.{place}.{stop}.tokens")
            assert ends <= set(np.cumsum([len(token) for token in tokens])), f"a merge crossed a word in text {place}"


def test_bytes_for_what_was_never_seen(trace: Trace) -> None:
    raw = bytes(trace["bytes.text"]).decode()
    assert raw == trace.value("samples")[-1]
    spelled = [token for token in trace.value("bytes.fallback") if token.startswith("<0x")]
    assert bytes(int(token[3:5], 16) for token in spelled[:6]).decode() == raw[:2]
    assert "<unk>" in trace.value("bytes.unknown") and "<unk>" not in trace.value("bytes.fallback")


def test_the_same_bits_again() -> None:
    report = check_capture("tokenization/bpe")
    if any(line.startswith("corpus was") for line in report.context):
        pytest.skip("another Python carries another documentation to learn from")
    assert report.ok and {drift.status for drift in report.drifts} == {"exact"}, str(report)


def test_a_merge_that_is_not_the_most_frequent_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    real = bpe.json.loads

    def swapped(text: str) -> dict:
        document = real(text)
        merges = document["model"]["merges"]
        merges[0], merges[400] = merges[400], merges[0]
        return document

    monkeypatch.setattr(bpe.json, "loads", swapped)
    with pytest.raises(CaptureError, match=r"merge 0 joins .* times where another pair has"):
        run_capture("tokenization/bpe", root=tmp_path)
    assert not list(tmp_path.iterdir())


def test_another_model_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CaptureError, match="cannot be loaded"):
        run_capture("tokenization/bpe", model=str(tmp_path / "nothing"), root=tmp_path)
