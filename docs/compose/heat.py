"""Your own array, passing through its own snapshots: a hot square cools, and its sum stays."""

import numpy as np
from manim import RIGHT, UP, FadeIn, VGroup

from scenes.stage import INK, SIZE, Evolve, Mono, StageScene, TensorGrid, Words, scale_note, shape_note


def snapshots(steps: int) -> np.ndarray:
    """Heat on a plate without losses, shape (steps + 1, 10, 18): every step moves a fifth to each neighbour."""
    plate = np.zeros((10, 18))
    plate[3:7, 5:9] = 1.0
    found = [plate]
    for _ in range(steps):
        edge = np.pad(found[-1], 1, mode="edge")
        around = edge[:-2, 1:-1] + edge[2:, 1:-1] + edge[1:-1, :-2] + edge[1:-1, 2:]
        found.append(found[-1] + (around - 4 * found[-1]) / 5)
    return np.stack(found)


class Heat(StageScene):
    title = "Heat spreads, its sum stays"

    def construct(self) -> None:
        plates = snapshots(16)
        grid = TensorGrid(plates[0], INK.gradient, 0.42).shift(UP * 0.4)
        note, scale = shape_note(grid, "heat", INK.gradient), scale_note(grid.limit).next_to(grid, UP, buff=0.25)
        self.play(FadeIn(grid, lag_ratio=0.005), FadeIn(note), FadeIn(scale))

        # Evenly in the square root of time: heat slows down, the picture does not.
        self.play(Evolve(grid, plates, np.sqrt(np.arange(len(plates)))), run_time=4)

        sums = [Mono(f"{plates[step].sum():.1f}", SIZE.statement, INK.gradient) for step in (0, -1)]
        line = VGroup(Words("sum before and after", SIZE.label, INK.quiet), *sums).arrange(RIGHT, buff=0.5)
        self.play(FadeIn(line.move_to((0, -2.8, 0)), shift=UP * 0.2))
