"""The layout guard: what is wrong with the picture, found while a scene plays.

One concept a file: `ink` is what is really drawn, `layout` judges overlap, frame and size, `contrast` reads pixels,
`motion` finds still pictures and what was left behind, `numbers` and `spoken` read the words, `finding` tells and
marks, `watch` hooks all of it into a scene.
"""

from scenes.stage.guard.finding import KINDS, Finding
from scenes.stage.guard.watch import Guard

__all__ = ["KINDS", "Finding", "Guard"]
