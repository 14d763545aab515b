"""What the FSDP scenes draw of a step: who holds what after each collective, and the bytes that were measured."""

from __future__ import annotations

import numpy as np
import pytest
from manim import Scene, tempconfig

from scenes.fsdp import Footprint, Ranks
from scenes.passes import FsdpBackward, FsdpForward
from scenes.stage import INK, StageError, spans
from scenes.timeline import GLOO, FsdpTimeline, kind


@pytest.fixture
def scene(monkeypatch):
    monkeypatch.setenv("LECTURE_LANG", "en")
    with tempconfig({"dry_run": True, "verbosity": "ERROR", "progress_bar": "none"}):
        yield


def made(scene_class):
    made = scene_class()
    made.setup()
    return made


def play(*animations) -> None:
    Scene().play(*animations, run_time=0.1)


def lit(ranks: Ranks, group: int) -> np.ndarray:
    """Weights of a group that each rank holds, shape (ranks, shards)."""
    return np.array([[shard.filled[0] for shard in holder.weights] for holder in ranks.groups[group]])


def test_gathering_completes_a_group_on_every_rank_and_freeing_leaves_the_own_shard(scene):
    ranks = Ranks(made(FsdpForward))
    own = np.eye(4)
    assert len(ranks.groups) == 5 and all(np.array_equal(lit(ranks, group), own) for group in range(5))
    play(*ranks.gather(1))
    assert lit(ranks, 1).all() and np.array_equal(lit(ranks, 2), own)
    play(*ranks.free(1))
    assert np.array_equal(lit(ranks, 1), own)


def test_what_is_prefetched_waits_in_a_buffer(scene):
    ranks = Ranks(made(FsdpBackward))
    play(*ranks.gather(3, arrive=False))
    play(*ranks.buffered(3))
    assert np.array_equal(lit(ranks, 3), np.eye(4)), "not yet parameters"
    grey = ranks.groups[3][0].weights[1].stripes[0].get_fill_color().to_hex().upper()
    assert grey == INK.buffer
    play(*ranks.whole(3))
    assert lit(ranks, 3).all()


def test_reduce_scatter_leaves_each_rank_its_shard_of_everybodys_gradient(scene):
    ranks = Ranks(made(FsdpBackward))
    play(*ranks.gradient(4))
    for rank, holder in enumerate(ranks.groups[4]):
        assert all(np.array_equal(shard.filled, np.eye(4)[rank]) for shard in holder.gradients)
    play(*ranks.scatter(4))
    play(*ranks.drop(4))
    for rank, holder in enumerate(ranks.groups[4]):
        seen = [shard.stripes[0].get_fill_opacity() for shard in holder.gradients]
        assert np.array_equal(seen, np.eye(4)[rank]) and holder.gradients[rank].filled.all()


def test_the_bar_shows_the_bytes_of_its_moment(scene):
    forward, backward = made(FsdpForward), made(FsdpBackward)
    name = "end FSDP::all_gather (model.layers.3)"
    assert forward.moment(name) < forward.moment("begin FSDP::pre_backward") < backward.moment(name)
    print_ = Footprint(forward, "begin step")
    play(*print_.to("end FSDP::pre_forward (model.layers.0)"))
    memory = forward.trace["memory.fsdp"][0, forward.moment("end FSDP::pre_forward (model.layers.0)")]
    widths = [part.width for part in print_.bar.parts]
    assert widths == pytest.approx(memory * print_.bar.unit)
    assert print_.words[0].text == "0.608 MB"
    with pytest.raises(StageError, match="no moment 'begin lunch'"):
        forward.moment("begin lunch")


def test_the_time_line_holds_every_mark_of_rank_zero(scene):
    line = made(FsdpTimeline)
    items = spans(line.events(), kind, {0: -1, 1: GLOO})
    assert min(item.row for item in items) == 0 and max(item.row for item in items) == GLOO
    assert sum(item.row == GLOO for item in items) == len(line.trace.value("collectives.gloo"))
    assert {kind(item.name) for item in items if "scatter" in item.name} == {INK.gradient}
