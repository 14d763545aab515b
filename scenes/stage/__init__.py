"""Everything a lecture scene is made of: `from scenes.stage import *`."""

from scenes.stage.beat import Beat, StageError
from scenes.stage.bits import Bits
from scenes.stage.chart import Bars, Plot, columns
from scenes.stage.grid import Evolve, TensorGrid, gather, pulse, sample, scale_note, shape_note
from scenes.stage.histogram import Histogram, Stems
from scenes.stage.numberline import CodeLine
from scenes.stage.rank import Rank, Ring
from scenes.stage.scene import LectureScene
from scenes.stage.shard import Send, Shard, ShardedTensor
from scenes.stage.theme import FRAME_HEIGHT, FRAME_WIDTH, INK, MARGIN, MOTION, SIZE
from scenes.stage.words import Code, Formula, Mono, Words

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
    "Mono",
    "Plot",
    "Rank",
    "Ring",
    "Send",
    "Shard",
    "ShardedTensor",
    "StageError",
    "Stems",
    "TensorGrid",
    "Words",
    "columns",
    "gather",
    "pulse",
    "sample",
    "scale_note",
    "shape_note",
]
