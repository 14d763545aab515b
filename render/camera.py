"""manim's cairo camera, sparing what leaves no trace in the picture.

Most of what is drawn in a frame was drawn in the frame before. A path whose points did not move is kept in cairo's
own form instead of being handed over curve by curve, a path that moved is handed over without numpy (most have a
dozen curves), and what is fully transparent is not painted. The pixels are those of plain `manim`.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import cairo
import numpy as np
from manim import Camera, Mobject, VMobject

RELATIVE = 1e-5  # of `numpy.isclose`


class KeptCamera(Camera):
    """A camera that keeps paths; `forget` lets go of them."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        # By identity: (the object, so that no other gets its id; its points; its path once it stood still)
        self._paths: dict[int, tuple[VMobject, bytes, cairo.Path | None]] = {}

    def forget(self) -> None:
        """Let go of all paths; call it when a movement ends, or everything ever drawn would be kept."""
        self._paths.clear()

    def get_mobjects_to_display(
        self,
        mobjects: Iterable[Mobject],
        include_submobjects: bool = True,
        excluded_mobjects: list[Mobject] | None = None,
    ) -> list[Mobject]:
        """As manim's: everything with points, each where it comes last, by z-index."""
        if excluded_mobjects or not include_submobjects:
            return super().get_mobjects_to_display(mobjects, include_submobjects, excluded_mobjects)
        found: dict[int, Mobject] = {}
        for mobject in mobjects:
            flatten(mobject, found)
        shown = list(found.values())
        return sorted(shown, key=lambda mobject: mobject.z_index) if self.use_z_index else shown

    def display_vectorized(self, vmobject: VMobject, ctx: cairo.Context) -> KeptCamera:
        under = bool(vmobject.get_stroke_width(True)) and seen(vmobject.get_stroke_rgbas(True))
        fill = seen(vmobject.get_fill_rgbas())
        stroke = bool(vmobject.get_stroke_width()) and seen(vmobject.get_stroke_rgbas())
        if not (under or fill or stroke):
            return self
        self._path(vmobject, ctx)
        if under:
            self.apply_stroke(ctx, vmobject, background=True)
        if fill:
            self.apply_fill(ctx, vmobject)
        if stroke:
            self.apply_stroke(ctx, vmobject)
        return self

    def take(self) -> np.ndarray:
        """The picture as it stands, not copied; the next one is drawn into memory of its own."""
        picture = self.pixel_array
        self.pixel_array = np.empty_like(picture)
        self.pixel_array_to_cairo_context.clear()
        return picture

    def set_cairo_context_path(self, ctx: cairo.Context, vmobject: VMobject) -> KeptCamera:
        """What manim's own does, with the same tolerances: a new subpath where a curve does not start where the one
        before it ended, closed where it comes back to its start."""
        points = self.transform_points_pre_display(vmobject, vmobject.points)
        per_curve, near = vmobject.n_points_per_cubic_curve, vmobject.tolerance_for_point_equality
        ctx.new_path()
        xy = points[:, :2].tolist()
        first = 0
        for start in range(0, len(xy) - per_curve + 1, per_curve):
            if start == first:
                ctx.new_sub_path()
                ctx.move_to(*xy[start])
            _, (a, b), (c, d), (e, f) = xy[start : start + per_curve]
            ctx.curve_to(a, b, c, d, e, f)
            after = start + per_curve
            goes_on = after < len(xy) and close(xy[after - 1], xy[after], near)
            if goes_on and after + per_curve <= len(xy):
                continue
            if close(xy[first], xy[-1 if goes_on else after - 1], near):
                ctx.close_path()
            first = after
        return self

    def _path(self, vmobject: VMobject, ctx: cairo.Context) -> None:
        points = vmobject.points.tobytes()
        _, known, path = self._paths.get(id(vmobject), (None, b"", None))
        if path is not None and known == points:
            ctx.new_path()
            ctx.append_path(path)
            return
        self.set_cairo_context_path(ctx, vmobject)
        self._paths[id(vmobject)] = (vmobject, points, ctx.copy_path() if known == points else None)


def flatten(mobject: Mobject, found: dict[int, Mobject]) -> None:
    """Put a mobject and its parts, those with points, at the end of `found`, by identity."""
    if len(mobject.points):
        found.pop(id(mobject), None)
        found[id(mobject)] = mobject
    for part in mobject.submobjects:
        flatten(part, found)


def seen(rgbas: np.ndarray) -> bool:
    """Whether any of these colours (n, 4) is not fully transparent."""
    return bool(rgbas[0, 3] > 0) if len(rgbas) == 1 else bool(rgbas[:, 3].any())


def close(one: list[float], other: list[float], near: float) -> bool:
    """Whether two points count as one, as `numpy.isclose` has it."""
    across, up = abs(one[0] - other[0]), abs(one[1] - other[1])
    return across <= near + RELATIVE * abs(other[0]) and up <= near + RELATIVE * abs(other[1])
