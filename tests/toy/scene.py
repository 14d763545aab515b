"""The toy's scenes: laid into the toy course as scenes/toy.py."""

from manim import RIGHT, Create, Square

from scenes.stage import INK, LectureScene


class First(LectureScene):
    lecture = "01-toy/first"
    trace_name = "toy/count"

    def construct(self):
        square = Square(color=INK.weight)
        with self.beat("one") as beat:
            self.play(Create(square), run_time=beat.until("square"))
        with self.beat("two"):
            self.play(square.animate.shift(RIGHT))


class Second(LectureScene):
    lecture = "01-toy/first"
    trace_name = "toy/count"

    def construct(self):
        with self.beat("last"):
            self.play(Create(Square(color=INK.lora_a)))
