"""The layout guard finds each defect of a table of broken scenes, marks it in a picture, and nothing in good ones."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from manim import (
    DOWN,
    LEFT,
    RIGHT,
    UP,
    Arrow,
    Circle,
    FadeIn,
    FadeOut,
    Line,
    Rectangle,
    ReplacementTransform,
    Square,
    Transform,
    VGroup,
    linear,
)
from manim import Text as ManimText
from PIL import Image

from scenes.stage import INK, SIZE, Code, Formula, LectureScene, Mono, StageError, TensorGrid, Words, gather, index
from scenes.stage import literal as lit
from scenes.stage.guard import KINDS
from scripts.labels import LabelError, load_labels
from scripts.literals import LiteralError, literal, unmark
from tests.guarded import guarded

BROKEN: dict[str, tuple[str, tuple[str, ...], Callable[..., None], dict[str, Any]]] = {}
GOOD: dict[str, tuple[Callable[..., None], dict[str, Any]]] = {}


def broken(kind: str, *objects: str, **options: Any) -> Callable[[Any], Any]:
    """A scene with one defect: its kind, and what each named object of the finding begins with."""

    def enter(construct: Callable[..., None]) -> Callable[..., None]:
        BROKEN[construct.__name__] = kind, objects, construct, options
        return construct

    return enter


def good(**options: Any) -> Callable[[Any], Any]:
    """A scene without a defect."""

    def enter(construct: Callable[..., None]) -> Callable[..., None]:
        GOOD[construct.__name__] = construct, options
        return construct

    return enter


def show(scene: LectureScene, *things: Any) -> None:
    """One beat in which these appear."""
    with scene.beat(f"b{len(scene.slots)}"):
        scene.play(*(FadeIn(thing) for thing in things))


def tile(color: str = INK.tile, width: float = 3.0) -> Rectangle:
    return Rectangle(width=width, height=1.0).set_fill(color, 1).set_stroke(width=0)


# Overlap


@broken("overlap", '"梯度"', '"权重"')
def text_on_text(scene):
    show(scene, Words("梯度"), Words("权重").shift(RIGHT * 0.2))


@broken("overlap", '"梯度"', "Rectangle")
def text_half_on_a_bar(scene):
    bar = tile(INK.weight)
    show(scene, bar, Words("梯度").move_to(bar.get_right()))


@broken("overlap", '"梯度累积"', "Line")
def line_through_a_label(scene):
    show(scene, Words("梯度累积"), Line(LEFT * 2, RIGHT * 2, color=INK.line))


@broken("overlap", '"W"', "Arrow")
def arrow_that_ends_in_a_label(scene):
    show(scene, Words("W", SIZE.title), Arrow(LEFT * 3, RIGHT * 0.05, buff=0, color=INK.line))


@broken("overlap", '"梯度"', "Cell")
def text_across_cells(scene):
    show(scene, TensorGrid(scene.trace["W"][:4, :8], INK.weight, 0.3), Words("梯度"))


@broken("overlap", '"梯度"', "Rectangle")
def text_covered_by_a_panel(scene):
    with scene.beat("b0"):
        scene.play(FadeIn(Words("梯度")))
        scene.add(tile().set_z_index(1))


@broken("overlap", '"梯度"', "Square")
def a_square_drives_over_a_label(scene):
    square = Square(1).set_fill(INK.weight, 1).move_to(LEFT * 3)
    with scene.beat("b0"):
        scene.play(FadeIn(square), FadeIn(Words("梯度")))
        scene.play(square.animate(rate_func=linear).shift(RIGHT * 8), run_time=1.2)


@broken("overlap", '"梯度"', '"权重"')
def a_label_left_in_place_of_which_another_comes(scene):
    with scene.beat("b0"):
        scene.play(FadeIn(Words("梯度")))
        scene.play(FadeIn(Words("权重")))


# Frame


@broken("frame", '"很靠左"')
def text_over_the_left_margin(scene):
    show(scene, Words("很靠左").move_to((-6.6, 0, 0)))


@broken("frame", "Square")
def square_in_the_caption_strip(scene):
    show(scene, Square(1).move_to((0, -3, 0)))


@broken("frame", "Arrow")
def tip_of_an_arrow_off_the_screen(scene):
    show(scene, Arrow((5, 0, 0), (7.3, 0, 0), color=INK.line))


@broken("frame", "Square")
def something_leaves_the_frame_and_comes_back(scene):
    square = Square(1)
    with scene.beat("b0"):
        scene.play(FadeIn(square))
        scene.play(square.animate(rate_func=lambda t: 4 * t * (1 - t)).shift(UP * 4))


# Size


@broken("size", '"小字"')
def small_type(scene):
    show(scene, Words("小字", 20))


@broken("size", '"梯度"')
def type_that_was_scaled_down(scene):
    show(scene, VGroup(Words("梯度", 30), Square(2).shift(DOWN * 2)).scale(0.6))


@broken("size", '"GradScaler"')
def type_of_unknown_size(scene):
    show(scene, ManimText("GradScaler"))


# Contrast


@broken("contrast", '"安静"')
def quiet_words_on_a_bright_bar(scene):
    show(scene, tile(INK.optimizer), Words("安静", color=INK.quiet))


@broken("contrast", '"界线"')
def words_in_the_colour_of_lines(scene):
    show(scene, Words("界线", color=INK.line))


@broken("contrast", '"变淡"')
def words_that_were_faded_by_hand(scene):
    show(scene, Words("变淡").set_opacity(0.35))


@broken("contrast", '"两色"')
def one_pale_letter_is_enough(scene):
    show(scene, Words("两色", colors={"色": INK.line}))


# Left over


def three(scene: Any) -> tuple[Any, Any, Any]:
    return Square(1).shift(LEFT * 3), Circle(0.5), Words("旧标签").shift(RIGHT * 3)


@broken("left", '"旧标签"', said=("一", "二"))
def a_label_is_forgotten(scene):
    square, circle, label = three(scene)
    show(scene, square, circle, label)
    with scene.beat("b1"):
        scene.play(FadeOut(square), FadeOut(circle), FadeIn(Words("新").shift(UP)))


@broken("left", "Square", said=("一", "二"))
def a_copy_is_forgotten(scene):
    square = Square(1)
    copy = square.copy().shift(RIGHT * 3)
    show(scene, square, copy)
    with scene.beat("b1"):
        scene.play(ReplacementTransform(square, Circle(0.5)))


# Still


@broken("still", said=("长",), voices=(9.0,))
def a_long_beat_with_one_movement(scene):
    show(scene, Square(1))


@broken("still", said=("一", "二"), voices=(5.0, 5.0))
def stillness_over_the_seam_of_two_beats(scene):
    show(scene, Square(1))
    with scene.beat("b1") as beat:
        beat.hold("mid")
        scene.play(FadeIn(Circle(0.5).shift(RIGHT * 3)))


@broken("still", said=("长",), voices=(9.0,))
def movements_that_change_nothing(scene):
    square = Square(1)
    with scene.beat("b0"):
        scene.play(FadeIn(square))
        for _ in range(4):
            scene.play(square.animate.shift(RIGHT * 0), run_time=2)


# Spoken


@broken("spoken", '"梯度从损失流回每一层"', said=("然后，梯度从损失流回每一层。",))
def narration_printed_in_chinese(scene):
    show(scene, Words("梯度从损失流回每一层"))


@broken("spoken", '"Gradients flow back', said=("Now the gradients flow back through every layer.",), language="en")
def narration_printed_in_english(scene):
    show(scene, Words("Gradients flow back\nthrough every layer"))


# Numbers


@broken("number", '"97.3 %"')
def a_typed_number(scene):
    show(scene, Words("97.3 %"))


@broken("number", '"ppl ')
def the_last_digit_is_wrong(scene):
    show(scene, Mono(f"ppl {scene.trace.value('perplexity.lora') + 0.1:.1f}"))


@broken("number", '"5.00 MB"')
def the_unit_is_wrong(scene):
    scene.trace.value("bytes.parameters.full")
    show(scene, Mono("5.00 MB"))


@broken("number", '"r = 8"')
def a_value_nobody_read(scene):
    show(scene, Words("r = 8"))


@broken("number", '"丢弃率 0.1"', labels={"drop": {"zh": "丢弃率 0.1", "en": "dropout 0.1"}})
def a_number_typed_into_a_label(scene):
    show(scene, scene.label("drop"))


@broken("number", '"W / 3"')
def a_constant_in_a_formula(scene):
    show(scene, Formula("W / 3"))


@broken("number", '"LoraConfig(lora_alpha=999)"')
def a_constant_in_code(scene):
    show(scene, Code(["LoraConfig(lora_alpha=999)"]))


@broken("number", '"第 2 步：77"')
def a_literal_marks_itself_alone(scene):
    show(scene, Words(f"第 {lit(2, 'second of the steps shown')} 步：77"))


@broken("number", '"55"')
def a_number_that_comes_by_transform(scene):
    rank = scene.trace.value("rank")
    first = Mono(f"{rank}")
    with scene.beat("b0"):
        scene.play(FadeIn(first))
        scene.play(Transform(first, Mono("55")))


@broken("number", '"128 / 8 = 17"')
def arithmetic_on_screen_that_is_wrong(scene):
    show(scene, Mono(f"{scene.trace.value('hidden')} / {scene.trace.value('rank')} = 17"))


@broken("number", '"10101010"')
def a_row_of_bits_of_no_known_number(scene):
    show(scene, Mono("10101010"))


@broken("number", '"0.123"')
def an_entry_of_a_large_tensor_must_be_declared(scene):
    assert scene.trace["W"].size > 1000
    show(scene, Mono("0.123"))


# Good ones


@good()
def a_caption_below_a_grid(scene):
    grid = TensorGrid(scene.trace["W"][:12, :12], INK.weight, 0.3, full=scene.trace["W"].shape)
    show(scene, grid, Mono("128 × 128", SIZE.least, INK.quiet).next_to(grid, DOWN, buff=0.2))


@good()
def text_within_a_panel(scene):
    show(
        scene, tile(), Words("梯度"), tile(INK.weight).shift(DOWN * 2), Words("权重", color=INK.ground).shift(DOWN * 2)
    )


@good()
def letters_in_cells(scene):
    cells = VGroup(*(Square(0.6).set_fill(INK.tile, 1) for _ in range(3))).arrange(RIGHT, buff=0)
    show(scene, cells, *(Words(word).move_to(cell) for word, cell in zip("甲乙丙", cells, strict=True)))


@good()
def a_sign_in_a_circle(scene):
    show(scene, Circle(0.26, color=INK.words, stroke_width=3), Words("+", SIZE.statement))


@good()
def a_plate_between_a_line_and_a_label(scene):
    plate = Rectangle(width=1.6, height=0.6).set_fill(INK.ground, 1).set_stroke(width=0)
    show(scene, Line(LEFT * 4, RIGHT * 4, color=INK.line), plate, Words("批次"))


@good()
def one_label_fades_into_another(scene):
    first = Words("之前")
    with scene.beat("b0"):
        scene.play(FadeIn(first))
        scene.play(FadeOut(first), FadeIn(Words("之后")))


@good()
def copies_gather_over_a_label(scene):
    grids = [TensorGrid(scene.trace["W"][:4, :4], INK.weight, 0.3).move_to((x, 0, 0)) for x in (-4, 4)]
    whole = TensorGrid(scene.trace["W"][:4, :4], INK.update, 0.3)
    with scene.beat("b0"):
        scene.play(*(FadeIn(grid) for grid in grids))
        scene.play(*gather(grids, whole))


@good()
def code_with_one_line_lit(scene):
    call = Code(["model = get_peft_model(model, config)", "model.print_trainable_parameters()"])
    with scene.beat("b0"):
        scene.play(FadeIn(call))
        scene.play(call.animate.light(0))


@good()
def words_that_recede(scene):
    words = VGroup(Words("甲"), Words("乙")).arrange(RIGHT)
    with scene.beat("b0"):
        scene.play(FadeIn(words))
        scene.play(words[0].animate.recede())
        assert words[0].dimmed and not words[1].dimmed
        scene.play(words[0].animate.recede(1))
        assert not words[0].dimmed


@good(said=("一", "二"))
def what_is_kept_may_stay(scene):
    square, circle, label = three(scene)
    show(scene, square, circle, label)
    with scene.beat("b1"):
        scene.play(*scene.leave(label), FadeIn(Words("新").shift(UP)))


@good(said=("一", "二", "三"))
def kept_until_it_goes(scene):
    square, circle, label = three(scene)
    scene.keep(label)
    show(scene, square, circle, label)
    with scene.beat("b1"):
        scene.play(FadeOut(square), FadeOut(circle))
    with scene.beat("b2"):
        scene.play(FadeOut(label), FadeIn(Words("新").shift(UP)))


@good(said=("一", "二"))
def a_picture_that_grows(scene):
    show(scene, *three(scene))
    show(scene, Words("更多").shift(UP))


@good(voices=(6.5,))
def stillness_just_short_enough(scene):
    show(scene, Square(1))


@good(said=("一", "二"), voices=(3.5, 3.5))
def pauses_between_beats_are_no_stillness(scene):
    show(scene, Square(1))
    show(scene, Circle(0.5).shift(RIGHT * 3))


@good(said=("梯度从损失流回每一层，方向来自链式法则。",))
def a_name_that_is_spoken(scene):
    show(scene, Words("链式法则"))


@good()
def numbers_of_the_trace(scene):
    value = scene.trace.value
    share, size = value("parameters.trainable_share"), value("bytes.parameters.full")
    texts = [f"{share:.2%}", f"{size / 1e6:.3g} MB", f"{size / 2**20:.2f} MiB", f"{value('parameters.base'):,}"]
    texts += [f"{value('perplexity.lora'):.1f}", f"r = {value('rank')}", f"{value('learning_rate.lora'):.0e}"]
    show(scene, VGroup(*map(Mono, texts)).arrange(DOWN))


@good()
def arithmetic_on_screen_and_rows_of_bits(scene):
    rank, hidden = scene.trace.value("rank"), scene.trace.value("hidden")
    show(scene, VGroup(Mono(f"{hidden} / {rank} = {hidden // rank}"), Mono(f"{rank:08b}")).arrange(DOWN))


@good(labels={"bits": {"zh": "4 位", "en": "4 bits", "literal": "name of the format"}})
def numbers_that_say_where_they_come_from(scene):
    ratio = scene.reckon("bytes.optimizer.full / bytes.parameters.full")
    mean = scene.derived(float(np.mean(scene.trace["loss.lora"][-9:])), "mean of the last nine losses")
    texts = [
        f"{ratio:.1f} ×",
        f"{mean:.3f}",
        f"步骤 {index(3, of=5)}",
        f"1 / {scene.trace.value('rank')}",
        "bf16 q_proj",
    ]
    zero = Formula(f"B = {lit(0, 'by definition')}")
    show(scene, VGroup(scene.label("bits"), zero, *map(Words, texts)).arrange(DOWN))


@good(voices=(9.0,))
def exceptions_with_a_reason(scene):
    label, line = Words("删去"), Line(LEFT, RIGHT, color=INK.words)
    for kind in ("overlap", "contrast"):
        scene.allow(kind, label, why="crossed out: this is what no longer holds")
    with scene.beat("b0"):
        scene.allow("still", why="time to read the code")
        scene.play(FadeIn(label), FadeIn(line))


@pytest.mark.parametrize("name", BROKEN)
def test_each_defect_is_found(name, tmp_path):
    kind, objects, construct, options = BROKEN[name]
    findings = guarded(construct, tmp_path, **options)
    follows = {"contrast"} if kind == "overlap" else set()  # what lies under words is also what they stand against
    assert {finding.kind for finding in findings} - follows == {kind}, "\n".join(map(str, findings))
    finding = next(each for each in findings if each.kind == kind)
    assert finding.scene == "Toy" and finding.beat.startswith("b") and finding.time >= 0
    assert all(each.startswith(wanted) for each, wanted in zip(finding.objects, objects, strict=True)), finding.objects
    with Image.open(finding.still) as still:
        colours = {pixel for _, pixel in still.getcolors(still.width * still.height)}
    assert (255, 59, 107) in colours, "nothing is marked"


@pytest.mark.parametrize("name", GOOD)
def test_good_scenes_raise_no_alarm(name, tmp_path):
    construct, options = GOOD[name]
    findings = guarded(construct, tmp_path, **options)
    assert not findings, "\n".join(map(str, findings))


def test_every_kind_of_finding_has_a_broken_scene():
    assert {kind for kind, *_ in BROKEN.values()} == set(KINDS)


def test_an_exception_needs_a_reason_and_a_kind(tmp_path):
    def without(scene):
        scene.allow("overlap", Square(), why=" ")

    def unknown(scene):
        scene.allow("beauty", Square(), why="because")

    for construct in (without, unknown):
        with pytest.raises(StageError, match="and a reason"):
            guarded(construct, tmp_path)


def test_literals_need_a_reason_and_indices_a_range():
    with pytest.raises(LiteralError, match="no reason"):
        literal(3, " ")
    with pytest.raises(LiteralError, match="between 0 and 4"):
        index(5, of=4)
    assert unmark(f"a {literal(12, 'why')} b{index(3, of=4)}") == ("a 12 b3", ((2, 4), (6, 7)))


def test_a_label_with_a_literal_keeps_its_fields(tmp_path):
    (tmp_path / "toy").mkdir()
    (tmp_path / "toy/labels.yaml").write_text("x: {zh: '4 位，{n:.2f}', en: a, literal: why}", encoding="utf-8")
    labels = load_labels("toy", "zh", tmp_path)
    assert unmark(labels.text("x", n=1.5)) == ("4 位，1.50", ((0, 1),))
    with pytest.raises(LabelError, match="wants"):
        labels.text("x")
