"""Before and after on one scale: a thousand weights rounded to fewer and fewer levels, and what that costs."""

import numpy as np
from manim import DOWN, LEFT, RIGHT, UP, FadeIn, Transform

from scenes.stage import INK, SIZE, Bars, Histogram, StageScene, Words

EDGES = np.linspace(-4, 4, 81)


def rounded(weights: np.ndarray, bits: int) -> np.ndarray:
    """The nearest of 2 ** (bits - 1) - 1 levels on each side of zero, up to the largest magnitude."""
    step = np.abs(weights).max() / (2 ** (bits - 1) - 1)
    return np.round(weights / step) * step


class Rounding(StageScene):
    title = "What do fewer bits cost?"

    def construct(self) -> None:
        weights = np.random.default_rng(0).normal(size=20_000)
        results = {bits: rounded(weights, bits) for bits in (8, 4, 3)}
        errors = {bits: float(np.sqrt(np.mean((values - weights) ** 2))) for bits, values in results.items()}

        top = np.histogram(results[3], EDGES)[0].max()
        counts = np.histogram(weights, EDGES)[0]
        chart = Histogram(counts, EDGES, 6.4, 3.4, INK.weight, limit=top).move_to((-3.3, 0.2, 0))
        name = Words("20,000 weights", SIZE.label, INK.quiet).next_to(chart, DOWN, buff=0.25)
        self.play(FadeIn(chart), FadeIn(name))

        rows = [(f"{bits} bits", error, INK.error, f"{error:.3f}") for bits, error in errors.items()]
        bars = Bars(rows, unit=3.0 / max(errors.values()), gap=0.6).move_to((3.6, 0.2, 0))
        head = Words("root mean square error", SIZE.label, INK.quiet).next_to(bars, UP, buff=0.5).align_to(bars, LEFT)
        self.play(FadeIn(head, shift=LEFT * 0.2))
        for place, (bits, values) in enumerate(results.items()):
            now = Words(f"rounded to {bits} bits", SIZE.label, INK.code).move_to(name)
            self.play(
                chart.animate.set_counts(np.histogram(values, EDGES)[0], INK.code),
                Transform(name, now),
                FadeIn(bars.names[place], shift=RIGHT * 0.2),
                *bars.grow(place),
                run_time=1.2,
            )
            self.wait(0.6)
