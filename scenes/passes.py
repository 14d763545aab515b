"""FSDP: the forward and the backward pass in motion, on every rank, with the memory that was measured."""

import numpy as np
from manim import DOWN, LEFT, RIGHT, UP, FadeIn, FadeOut, LaggedStart, Rectangle, VGroup

from scenes.fsdp import Footprint, FsdpScene, Ranks
from scenes.stage import INK, MOTION, SIZE, TensorGrid, pulse


class FsdpForward(FsdpScene):
    def construct(self):
        self.start()
        self.gather()
        self.compute()
        self.next()

    def start(self):
        with self.beat("start") as beat:
            ranks = self.ranks = Ranks(self)
            self.keep(
                ranks.panels,
                ranks.names,
                ranks.note,
                ranks.activations,
                *(group for row in ranks.groups for group in row),
            )
            self.print = Footprint(self, "begin step")
            self.play(*(FadeIn(thing) for panel in ranks.panels for thing in (panel.panel, panel.title)))
            beat.hold("data")
            rows = self.trace["rows"].astype(float)
            cell = 0.16 * min(1.0, 8 / len(rows))
            batch = TensorGrid(rows, INK.activation, cell, float(rows.max())).move_to((0.9, -2.2, 0))
            name = self.label("batch", SIZE.label, INK.activation).next_to(batch, LEFT, buff=0.4)
            parts = np.split(rows, self.world)
            cell = min(0.07, ranks.groups[0][0].gradients.width / (rows.shape[1] - 0.2))
            shares = [TensorGrid(part, INK.activation, cell, float(rows.max())) for part in parts]
            for rank, share in enumerate(shares):
                share.move_to(ranks.lane(rank, 0))
            self.play(FadeIn(batch), FadeIn(name), run_time=MOTION.quick)
            height = rows.shape[0] // self.world * rows.shape[1]
            pieces = [VGroup(*batch.cells[rank * height : (rank + 1) * height]) for rank in range(self.world)]
            moves = [piece.animate.replace(share) for piece, share in zip(pieces, shares, strict=True)]
            self.play(*moves, FadeOut(name), run_time=MOTION.slow)
            self.keep(batch)
            beat.hold("layers")
            layers = [group for row in ranks.groups[1:] for group in row]
            self.play(*(FadeIn(group, shift=UP * 0.1) for group in layers), FadeIn(ranks.names[1:]), FadeIn(ranks.note))
            beat.hold("root")
            self.play(*(FadeIn(group, shift=UP * 0.1) for group in ranks.groups[0]), FadeIn(ranks.names[0]))
            self.play(*self.print.appear())
            self.batch = batch

    def gather(self):
        with self.beat("gather") as beat:
            ranks = self.ranks
            self.play(
                ranks.names[0].animate.set_color(INK.words),
                *(pulse(group.weights[rank], 1.2) for rank, group in enumerate(ranks.groups[0])),
            )
            beat.hold("send")
            self.play(*ranks.gather(0), *self.print.to("end FSDP::pre_forward"), run_time=1.6)
            for rank, bar in enumerate(ranks.activations):
                bar.move_to(ranks.lane(rank, 0))
            self.play(FadeOut(self.batch), FadeIn(ranks.activations), ranks.names[0].animate.set_color(INK.quiet))
            beat.hold("first")
            end = f"end FSDP::pre_forward ({self.group(0)})"
            self.play(*ranks.gather(1), *self.print.to(end), run_time=1.6)
            beat.hold("unsharded")
            self.play(pulse(self.print.bar.parts[1], 1.2), pulse(self.print.key[1], 1.1))

    def compute(self):
        with self.beat("compute") as beat:
            ranks = self.ranks
            self.play(*self.up(1), *self.print.to(f"begin forward {self.group(0)}"))
            beat.hold("compute")
            self.play(*(pulse(VGroup(*ranks.groups[1][rank].weights), 1.12) for rank in range(self.world)))
            self.play(*(pulse(bar, 1.25) for bar in ranks.activations))
            beat.hold("reshard")
            self.play(*ranks.free(1), run_time=MOTION.usual)
            beat.hold("fall")
            self.play(*self.print.to(f"end FSDP::post_forward ({self.group(0)})"))

    def next(self):
        with self.beat("next") as beat:
            ranks = self.ranks
            cues = dict(enumerate(("one", "two", "three"), 1))
            last = len(ranks.shown) - 2
            for layer in range(1, last + 1):
                beat.hold(cues[layer])
                where = self.group(layer)
                self.play(*ranks.gather(layer + 1), *self.print.to(f"end FSDP::pre_forward ({where})"), run_time=0.9)
                self.play(*self.up(layer + 1), run_time=0.5)
                if layer == last:
                    beat.hold("only")
                    self.play(*(pulse(group.weights, 1.12) for group in ranks.groups[layer + 1]), run_time=MOTION.quick)
                self.play(*ranks.free(layer + 1), *self.print.to(f"end FSDP::post_forward ({where})"), run_time=0.6)
            beat.hold("kept")
            self.play(*self.up(0), run_time=MOTION.usual)  # the last norm and the head are the root's
            self.play(*(pulse(group.weights, 1.12) for group in ranks.groups[0]), run_time=MOTION.usual)

    def group(self, layer: int) -> str:
        """Name of the layer in the row above the root's by so many."""
        return str(self.trace.value("groups")[self.ranks.shown[layer + 1]])

    def up(self, group: int):
        """The activations go on to the next group."""
        return [bar.animate.move_to(self.ranks.lane(rank, group)) for rank, bar in enumerate(self.ranks.activations)]


class FsdpBackward(FsdpScene):
    backward = True

    def construct(self):
        self.again()
        self.prefetch()
        self.gradient()
        self.reduce()
        self.down()
        self.update()

    @property
    def last(self) -> int:
        """Row of the last layer."""
        return len(self.ranks.shown) - 1

    def group(self, row: int) -> str:
        """Name of the group in a row."""
        return str(self.trace.value("groups")[self.ranks.shown[row]])

    def again(self):
        with self.beat("again") as beat:
            ranks = self.ranks = Ranks(self)
            for holder in ranks.groups[0]:
                holder.weights.paint(np.ones((self.world, 1)))
            self.print = Footprint(self, "end FSDP::post_forward")
            self.keep(ranks, ranks.panels, ranks.names, ranks.note, *(group for row in ranks.groups for group in row))
            self.play(FadeIn(ranks), *self.print.appear())
            beat.hold("last")
            self.play(
                ranks.names[self.last].animate.set_color(INK.words),
                *(pulse(holder.weights, 1.1) for holder in ranks.groups[self.last]),
                run_time=MOTION.quick,
            )
            beat.hold("again")
            where = f"end FSDP::all_gather_copy_out ({self.group(self.last)})"
            self.play(*ranks.gather(self.last), *self.print.to(where), run_time=MOTION.slow)

    def prefetch(self):
        with self.beat("prefetch") as beat:
            ranks, target = self.ranks, self.last - 1
            self.play(*(pulse(holder.weights, 1.1) for holder in ranks.groups[self.last]))
            beat.hold("prefetch")
            self.play(
                ranks.names[self.last].animate.set_color(INK.quiet),
                ranks.names[target].animate.set_color(INK.words),
                run_time=0.3,
            )
            where = f"end FSDP::backward_prefetch for {self.group(target)}"
            self.play(*ranks.gather(target, arrive=False), *self.print.to(where), run_time=MOTION.slow)
            self.play(*ranks.buffered(target), run_time=0.4)
            beat.hold("buffer")
            self.play(pulse(self.print.bar.parts[4], 1.2), pulse(self.print.key[4], 1.1))

    def gradient(self):
        with self.beat("gradient") as beat:
            ranks = self.ranks
            self.play(
                ranks.names[self.last].animate.set_color(INK.words),
                ranks.names[self.last - 1].animate.set_color(INK.quiet),
                *(pulse(holder.weights, 1.1) for holder in ranks.groups[self.last]),
                run_time=MOTION.quick,
            )
            beat.hold("gradient")
            where = f"end backward {self.group(self.last)}"
            self.play(*ranks.gradient(self.last), *self.print.to(where))
            beat.hold("differ")
            pulses = [pulse(holder.gradients, 1.15) for holder in ranks.groups[self.last]]
            self.play(LaggedStart(*pulses, lag_ratio=0.3), run_time=max(MOTION.quick, min(1.3, beat.remaining)))

    def reduce(self):
        with self.beat("reduce") as beat:
            ranks = self.ranks
            beat.hold("free")
            where = f"end FSDP::post_backward_reshard ({self.group(self.last)})"
            self.play(*ranks.free(self.last), *self.print.to(where))
            beat.hold("send")
            self.play(*ranks.scatter(self.last), run_time=1.6)
            beat.hold("own")
            where = f"end FSDP::post_backward_reduce ({self.group(self.last)})"
            self.play(*ranks.drop(self.last), *self.print.to(where), run_time=0.5)
            own = [holder.gradients[rank] for rank, holder in enumerate(ranks.groups[self.last])]
            self.play(*(pulse(shard, 1.3) for shard in own), run_time=0.6)

    def down(self):
        with self.beat("down") as beat:
            ranks = self.ranks
            self.play(*(pulse(holder.weights, 1.1) for holder in ranks.groups[self.last - 1]), run_time=MOTION.quick)
            beat.hold("down")
            each = max(0.3, (beat.until("root") - 0.5) / (3 * (self.last - 1)))
            for group in range(self.last - 1, 0, -1):
                name = self.group(group)
                near = ranks.shown[group] - ranks.shown[group - 1] == 1  # what is fetched ahead may not be drawn
                ahead = ranks.buffered(group - 1) if group > 1 and near else []
                named = [
                    ranks.names[group + 1].animate.set_color(INK.quiet),
                    ranks.names[group].animate.set_color(INK.words),
                ]
                self.play(*ranks.whole(group), *ahead, *named, run_time=each)
                self.play(*ranks.gradient(group), *self.print.to(f"end backward {name}"), run_time=each)
                reduced = self.print.to(f"end FSDP::post_backward_reduce ({name})")
                self.play(*ranks.free(group), *ranks.scatter(group), *reduced, run_time=each)
                for action in ranks.drop(group):
                    action.mobject.recede(0)
            beat.hold("root")
            self.play(*ranks.gradient(0), run_time=0.3)
            reduced = self.print.to("end FSDP::post_backward_reduce")
            self.play(*ranks.free(0), *ranks.scatter(0), *reduced, run_time=0.6)
            self.play(*ranks.drop(0), ranks.names[1].animate.set_color(INK.quiet), run_time=0.3)

    def update(self):
        with self.beat("update") as beat:
            ranks = self.ranks
            states = []
            for row in ranks.groups:
                for rank, holder in enumerate(row):
                    own = holder.gradients[rank]
                    state = Rectangle(width=2 * own.width, height=own.height)
                    state.set_fill(INK.optimizer, 1).set_stroke(INK.ground, 1.5)
                    side = RIGHT if rank < self.world / 2 else LEFT
                    states.append(state.next_to(own, side, buff=0.08))
            held = [
                (holder.weights[rank], holder.gradients[rank])
                for row in ranks.groups
                for rank, holder in enumerate(row)
            ]
            self.play(*(pulse(shard, 1.25) for pair in held for shard in pair), run_time=MOTION.slow)
            beat.hold("state")
            where = "end Optimizer.step#AdamW.step"
            self.play(*(FadeIn(state, shift=DOWN * 0.1) for state in states), *self.print.to(where))
            beat.hold("step")
            goals = [weight for weight, _ in held]
            flown = [gradient.copy() for _, gradient in held]
            self.play(*(copy.animate.move_to(goal).set_opacity(0) for copy, goal in zip(flown, goals, strict=True)))
            self.remove(*flown)
            self.play(*(pulse(goal, 1.25) for goal in goals))
