"""Everything a lecture scene is made of: `from scenes.stage import *`."""

from scenes.stage.beat import Beat, StageError
from scenes.stage.bits import Bits
from scenes.stage.chart import Bars, Plot, columns
from scenes.stage.free import StageScene
from scenes.stage.grid import Evolve, TensorGrid, gather, pulse, sample, scale_note, shape_note
from scenes.stage.histogram import Histogram, Stems
from scenes.stage.memory import MemoryBar, MemoryChart, Unroll, align, megabytes
from scenes.stage.numberline import CodeLine
from scenes.stage.rank import Rank, Ring
from scenes.stage.rows import TensorRows
from scenes.stage.scene import LectureScene
from scenes.stage.shard import Send, Shard, ShardedTensor
from scenes.stage.theme import FRAME_HEIGHT, FRAME_WIDTH, INK, MARGIN, MOTION, SIZE
from scenes.stage.tokens import Letters, Regroup, Tile, Tokens
from scenes.stage.track import Light, Playhead, Span, Track, Zoom, spans
from scenes.stage.words import Code, Formula, Mono, Words
from scripts.literals import index, literal

__all__ = [
    "FRAME_HEIGHT",
    "FRAME_WIDTH",
    "INK",
    "MARGIN",
    "MOTION",
    "SIZE",
    "Bars",
    "Beat",
    "Bits",
    "Code",
    "CodeLine",
    "Evolve",
    "Formula",
    "Histogram",
    "LectureScene",
    "Letters",
    "Light",
    "MemoryBar",
    "MemoryChart",
    "Mono",
    "Playhead",
    "Plot",
    "Rank",
    "Regroup",
    "Ring",
    "Send",
    "Shard",
    "ShardedTensor",
    "Span",
    "StageError",
    "StageScene",
    "Stems",
    "TensorGrid",
    "TensorRows",
    "Tile",
    "Tokens",
    "Track",
    "Unroll",
    "Words",
    "Zoom",
    "align",
    "columns",
    "gather",
    "index",
    "literal",
    "megabytes",
    "pulse",
    "sample",
    "scale_note",
    "shape_note",
    "spans",
]
