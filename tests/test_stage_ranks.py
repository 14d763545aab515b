"""Ranks, rings, and shards that travel between them."""

from __future__ import annotations

import numpy as np
import pytest
from manim import DOWN, Line, Rectangle, Scene, tempconfig

from scenes.stage import INK, Rank, Ring, Send, Shard, ShardedTensor


@pytest.fixture(autouse=True)
def media(tmp_path):
    with tempconfig(
        {"media_dir": str(tmp_path), "save_last_frame": True, "verbosity": "ERROR", "progress_bar": "none"}
    ):
        yield


def hexes(shard: Shard) -> list[str]:
    return [stripe.get_fill_color().to_hex().upper() for stripe in shard.stripes]


def test_a_shard_lights_the_stripes_of_those_who_are_in_it():
    shard = Shard(INK.ranks[:3], [1, 0, 1])
    assert hexes(shard) == [INK.ranks[0], INK.tile, INK.ranks[2]]
    assert hexes(shard.paint([0, 1, 0])) == [INK.tile, INK.ranks[1], INK.tile]
    with pytest.raises(ValueError, match="a value for each of its 3 stripes, not 2"):
        Shard(INK.ranks[:3], [1, 0])


def test_stripes_keep_their_places_whatever_is_lit():
    one, other = (Shard(INK.ranks[:4], lit) for lit in ([1, 0, 0, 0], [0, 0, 0, 1]))
    for mine, theirs in zip(one.stripes, other.stripes, strict=True):
        assert mine.get_center() == pytest.approx(theirs.get_center())
    assert one.width == pytest.approx(other.width)


def test_a_message_shows_only_what_is_lit_and_leaves_its_source_alone():
    shard = Shard(INK.ranks[:2], [1, 0])
    message = shard.message()
    assert [stripe.get_fill_opacity() for stripe in message.stripes] == [1, 0]
    assert [stripe.get_fill_opacity() for stripe in shard.stripes] == [1, 1]


def test_a_dim_shard_stays_dim_when_it_is_painted_and_so_does_what_it_sends():
    shard = Shard(INK.ranks[:2], [1, 0]).recede(0.35).paint([1, 1])
    assert [stripe.get_fill_opacity() for stripe in shard.stripes] == [0.35, 0.35]
    message = shard.paint([1, 0]).message()
    assert [stripe.get_fill_opacity() for stripe in message.stripes] == [0.35, 0]
    assert shard.recede(1).stripes[0].get_fill_opacity() == 1


def arrived(send: Send) -> Scene:
    scene = Scene()
    scene.add(send.target)
    scene.play(send, run_time=0.2)
    return scene


def test_what_is_sent_joins_what_is_there_and_the_traveller_is_gone():
    source, target = Shard(INK.ranks[:3], [1, 0, 0]), Shard(INK.ranks[:3], [0, 1, 0])
    target.shift(DOWN)
    send = Send(source, target, way=Line(source.get_center(), target.get_center()))
    scene = arrived(send)
    assert list(target.filled) == [1, 1, 0]
    assert send.traveller.get_center() == pytest.approx(target.get_center(), abs=0.05)
    assert list(source.filled) == [1, 0, 0]
    assert scene.mobjects == [target]


def test_a_receiver_that_replaces_shows_what_it_is_given():
    source, target = Shard([INK.weight], [1]), Shard([INK.weight], [0])
    arrived(Send(source, target.shift(DOWN), filled=[0.5]))
    assert list(target.filled) == [0.5]


def test_a_sharded_tensor_is_a_row_or_a_column_of_its_shards():
    filled = np.eye(4)
    row = ShardedTensor(INK.ranks[:4], filled)
    column = ShardedTensor([INK.weight], filled[:, :1], direction=DOWN)
    assert [list(shard.filled) for shard in row] == filled.tolist()
    assert len({round(shard.get_y(), 6) for shard in row}) == 1
    assert len({round(shard.get_x(), 6) for shard in column}) == 1
    assert [list(shard.filled) for shard in row.paint(1 - filled)] == (1 - filled).tolist()
    own = ShardedTensor([[ink] for ink in INK.ranks[:4]], np.ones((4, 1)))
    assert [hexes(shard) for shard in own] == [[ink] for ink in INK.ranks[:4]]
    with pytest.raises(ValueError, match=r"not shape \(4,\)"):
        ShardedTensor(INK.ranks[:4], np.ones(4))


def test_a_rank_holds_what_fits_below_its_title():
    rank = Rank(2, width=3, height=2.4).hold(Rectangle(width=2, height=0.5), Rectangle(width=1, height=0.5))
    first, second = rank.held
    assert rank.title.get_bottom()[1] > first.get_top()[1] > first.get_bottom()[1] > second.get_top()[1]
    assert second.get_bottom()[1] > rank.panel.get_bottom()[1]
    with pytest.raises(ValueError, match="rank 2 has room for"):
        rank.hold(Rectangle(width=2, height=2))


def test_held_things_move_with_their_rank():
    rank = Rank(0).hold(Rectangle(width=1, height=1))
    before = rank.held[0].get_center() - rank.panel.get_center()
    rank.shift(DOWN * 2)
    assert rank.held[0].get_center() - rank.panel.get_center() == pytest.approx(before)


def test_a_rank_beyond_the_ledger_is_refused():
    with pytest.raises(ValueError, match="ranks 0 to 7, not for 8"):
        Rank(8)


@pytest.mark.parametrize("count", range(2, 9))
def test_links_go_from_each_rank_to_the_next(count):
    ring = Ring([Rank(index, 1.2, 1.2) for index in range(count)], gap=0.5)
    for index, arrow in enumerate(ring.links):
        line = arrow[0] if index == count - 1 else arrow
        ends = [
            int(np.argmin([np.linalg.norm(rank.get_center() - end) for rank in ring.ranks]))
            for end in (line.get_start(), line.get_end())
        ]
        assert ends == [index, (index + 1) % count]


def test_the_way_back_touches_no_panel_between():
    ring = Ring([Rank(index, 1.2, 1.2) for index in range(4)], gap=0.5)
    first, last = ring.ranks[0], ring.ranks[3]
    way = ring.way(3, last, first)
    assert way.get_start() == pytest.approx(last.get_center())
    assert way.get_end() == pytest.approx(first.get_center())
    for part in np.linspace(0, 1, 101):
        x, y, _ = way.point_from_proportion(part)
        assert y < first.get_bottom()[1] or x > last.get_left()[0] or x < first.get_right()[0]


def test_what_is_sent_onward_stays_on_its_level():
    ring = Ring(
        [Rank(index).hold(ShardedTensor([INK.weight], np.ones((3, 1)), 0.5, 0.3, direction=DOWN)) for index in range(3)]
    )
    shards = [rank.held[0][1] for rank in ring.ranks]
    way = ring.way(0, shards[0], shards[1])
    assert {round(way.point_from_proportion(part)[1], 6) for part in (0, 0.4, 1)} == {round(shards[0].get_y(), 6)}


def test_a_ring_of_one_is_refused():
    with pytest.raises(ValueError, match="2 to 8 ranks, not 1"):
        Ring([Rank(0)])
