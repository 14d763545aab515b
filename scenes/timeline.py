"""FSDP: the profiler's time line of one rank, in its real order, nesting and proportion."""

from manim import LEFT, RIGHT, UP, Create, DashedVMobject, FadeIn, FadeOut, Line, Rectangle, VGroup, linear

from scenes.fsdp import FsdpScene, swatches
from scenes.stage import INK, MOTION, SIZE, Light, Mono, Playhead, Track, Zoom, pulse, spans

GLOO = 5  # row of gloo's thread; the training thread's marks nest four deep, and one row stays free


def kind(name: str) -> str:
    """Colour of a mark: what moves weights, what computes, what moves gradients; the rest is quiet."""
    if "all_gather" in name or "allgather" in name or "prefetch" in name:
        return INK.weight
    if name.startswith(("forward", "backward")):
        return INK.activation
    if "reduce" in name:
        return INK.gradient
    return INK.optimizer if name.startswith("Optimizer") else INK.quiet


def short(name: str) -> str:
    """A mark's name as it fits into its box."""
    return name.removeprefix("FSDP::").replace("model.layers", "layers")


class FsdpTimeline(FsdpScene):
    bar: VGroup  # the scale of the window
    said: VGroup  # names that are read out

    def construct(self):
        self.whole()
        self.nest()
        self.order()
        self.honest()
        self.served()

    def events(self):
        return [event for event in self.trace.events if event.pid == 0 and event.ph == "X" and event.name != "step"]

    def stretch(self, first: str, last: str, after: float = 0.0, room: float = 0.06) -> tuple[float, float]:
        """The window from the start of one mark to the end of another, with some room on both sides."""
        track = self.track
        one = track.items[track.find(first, after)]
        two = track.items[track.find(last, one.start)]
        free = (two.end - one.start) * room
        return one.start - free, two.end + free

    def scale(self) -> VGroup:
        """A bar of a round number of milliseconds below the track."""
        start, end = self.track.window
        length = max(step for step in (0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100) if step * 1000 <= (end - start) / 4)
        width = length * 1000 / (end - start) * self.track.frame.width
        bar = Line(LEFT * width / 2, RIGHT * width / 2, color=INK.quiet, stroke_width=4)
        self.derived(length, "a round number of milliseconds, drawn to the scale of the window")
        note = VGroup(bar, Mono(f"{length:g} ms", SIZE.least, INK.quiet)).arrange(RIGHT, buff=0.2)
        return note.move_to((6.6, self.track.frame.get_bottom()[1] - 0.4, 0), aligned_edge=RIGHT)

    def zoom(self, window: tuple[float, float], *others) -> None:
        """Light everything again and glide to another window; the scale follows."""
        self.play(Light(self.track), FadeOut(self.bar), *others, run_time=0.4)
        self.play(Zoom(self.track, window), run_time=MOTION.slow)
        self.bar = self.scale()
        self.play(FadeIn(self.bar), run_time=0.3)

    def read_out(self, index: int, row: int = 0) -> Mono:
        """A mark's whole name, in its colour, below the track."""
        item = self.track.items[index]
        y = self.track.frame.get_bottom()[1] - 0.45 - 0.55 * row
        return Mono(item.name, SIZE.code, item.color).level((-5.55, y, 0), aligned_edge=LEFT)

    def whole(self):
        with self.beat("whole") as beat:
            items = spans(self.events(), kind, {0: -1, 1: GLOO})
            last = max(item.end for item in items if item.row < GLOO and not item.name.startswith("Optimizer"))
            items = [item for item in items if item.start < last]
            track = self.track = Track(items, (0, last), 12.1, 0.62, short)
            track.move_to((6.6, 2.5, 0), aligned_edge=RIGHT + UP)
            threads = VGroup(
                Mono("rank 0", SIZE.least, INK.quiet).level((-6.6, track.middle(0), 0), aligned_edge=LEFT),
                Mono("gloo", SIZE.least, INK.quiet).level((-6.6, track.middle(GLOO), 0), aligned_edge=LEFT),
            )
            start = track.items[track.find("FSDP::pre_backward")].start
            names = VGroup(*(self.label(name, SIZE.label) for name in ("forward", "backward")))
            for name, span in zip(names, ((0, start), (start, last)), strict=True):
                middle = (track.at(span[0]) + track.at(span[1])) / 2
                name.move_to((middle, track.frame.get_bottom()[1] - 0.4, 0))
            key = swatches(
                self, {"gather": INK.weight, "compute": INK.activation, "reduce": INK.gradient, "hook": INK.quiet}
            )
            key.move_to((0.5, -2.75, 0))
            self.keep(threads, key, track)
            self.allow("overlap", track.head, why="the playhead passes over names on its way")
            track.place(0)
            self.play(FadeIn(threads), FadeIn(track), FadeIn(key), run_time=MOTION.quick)
            beat.hold("line")
            self.play(Playhead(track, last, rate_func=linear), FadeIn(names), run_time=beat.until("nested"))
            deep = [track.find("FSDP::pre_backward")]
            inside = track.items[deep[0]]
            deep += [n for n, item in enumerate(items) if inside.start < item.start < inside.end and item.row < GLOO]
            self.play(Light(track, *deep), track.head.animate.set_stroke(opacity=0))
            beat.hold("gloo")
            self.bar = self.scale()
            self.play(Light(track, *track.within(GLOO)), FadeOut(names), FadeIn(self.bar))

    def nest(self):
        with self.beat("nest") as beat:
            track, layer = self.track, "model.layers.0"
            hook, inner = f"FSDP::pre_forward ({layer})", f"FSDP::all_gather ({layer})"
            window = self.stretch(hook, f"FSDP::post_forward ({layer})")
            beat.hold("zoom")
            self.zoom(window)
            old: list[Mono] = []
            for cue, name in (("hook", hook), ("gather", inner), ("compute", f"forward {layer}")):
                beat.hold(cue)
                index = track.find(name)
                words = self.read_out(index)
                self.play(Light(track, index), FadeIn(words), *map(FadeOut, old), run_time=MOTION.quick)
                old = [words]
            self.said = VGroup(*old)

    def order(self):
        with self.beat("order") as beat:
            track, (ahead, last) = self.track, self.trace.value("groups")[-2:]
            start = track.items[track.find(f"FSDP::pre_backward ({last})")].start
            beat.hold("zoom")
            window = self.stretch(f"FSDP::pre_backward ({last})", f"FSDP::post_backward_reduce ({last})")
            self.zoom(window, FadeOut(self.said))
            found, said = [], []
            for row, (cue, name) in enumerate(
                (("before", f"FSDP::all_gather ({ahead})"), ("after", f"backward {last}"))
            ):
                beat.hold(cue)
                index = track.find(name, start)
                found.append(index)
                words = self.read_out(index, row)
                self.play(Light(track, *found), FadeIn(words, shift=UP * 0.1))
                self.play(pulse(track.box(index), 1.06), run_time=0.5)
                said.append(words)
            self.said = VGroup(*said)
            self.found = found

    def honest(self):
        with self.beat("honest") as beat:
            track = self.track
            gather = track.items[self.found[0]]
            track.place(gather.start)
            self.play(Playhead(track, track.items[self.found[1]].end, rate_func=linear), run_time=2.4)
            self.play(track.head.animate.set_stroke(opacity=0), run_time=0.3)
            beat.hold("gpu")
            width = track.at(gather.end) - track.at(gather.start)
            ghost = Rectangle(width=width * 0.8, height=track.row * 0.8, color=INK.activation, stroke_width=3)
            ghost.move_to((track.at(gather.start) + width * 0.1, track.middle(GLOO - 1), 0), aligned_edge=LEFT)
            dashed = DashedVMobject(ghost, num_dashes=40)
            note = self.label("sketch", SIZE.label, INK.activation).next_to(ghost, RIGHT, buff=0.3)
            self.play(Create(dashed), FadeIn(note))
            beat.hold("wait")
            gloo = next(n for n in track.within(GLOO) if track.items[n].start >= gather.start)
            self.play(FadeOut(dashed), FadeOut(note), Light(track, *self.found, gloo))
            beat.hold("overlap")
            count = Mono(str(self.trace.value("overlap")), SIZE.title)
            head = self.label("overlap", SIZE.label, INK.quiet)
            result = VGroup(head, count).arrange(RIGHT, buff=0.35)
            result.move_to((6.6, track.frame.get_bottom()[1] - 0.95, 0), aligned_edge=RIGHT)
            self.play(FadeIn(result, shift=UP * 0.2))
            beat.hold("none")
            self.play(pulse(count, 1.3))
            self.result = result

    def served(self):
        with self.beat("served") as beat:
            track, last = self.track, self.trace.value("groups")[-1]
            start = track.items[self.found[1]].start
            call = track.find("c10d::_reduce_scatter_base_", start)
            real = track.find("gloo:all_reduce", start)
            window = self.stretch(f"FSDP::post_backward_reduce ({last})", f"FSDP::post_backward_reduce ({last})")
            self.zoom(window, FadeOut(self.said), FadeOut(self.result))
            shown = []
            for row, (cue, index) in enumerate((("called", call), ("served", real))):
                beat.hold(cue)
                shown.append(index)
                self.play(Light(track, *shown), FadeIn(self.read_out(index, row), shift=UP * 0.1))
