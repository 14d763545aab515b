"""The reader of scripts: what it reads, and the one line it says about every fault."""

import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from scripts.model import Beat
from scripts.numerals import spell
from scripts.reader import ScriptError, read_lecture
from store import CourseError

VALUES: dict[str, Any] = {
    "rank": 8,
    "share": 0.0322,
    "big": 984192,
    "model.name": "Llama",
    "half": 0.5,
    "list": [1],
    "inf": float("inf"),
}

GOOD = """---
title: 低秩
---

## 概念

秩为 {value}`rank <d>`，即 $r$。

::::{scene} LoraMerge
:title: 合并与撤销

:::{beat} add
:pause: 0.8

把增量{cue}`加到 <sum>`原来的
权重上。秩 {say}`$r$ <r>` 等于 {value}`rank <d>`。
:::

:::{beat} last
就是 {value}`share <.2%; .0%>`。
:::
::::

## 代码

:::{example} inject.py
:::

:::{exercise} 甲
占 {value}`share <.1%>`。
:::

:::{output} inject.py
:::
"""


def read(folder: Path, text: str | bytes, language: str = "zh", values=VALUES):
    home = folder / "09-lora" / "merge"
    (home / "examples").mkdir(parents=True, exist_ok=True)
    (home / "examples" / "inject.py").write_text("print(1)\n\n\nprint(2)\n")
    (home / "examples" / "inject.out").write_text("1\n2\n")
    data = text if isinstance(text, bytes) else text.encode()
    (home / f"{language}.md").write_bytes(data)
    return read_lecture("09-lora/merge", language, folder, values.__getitem__)


def beat(folder: Path, words: str, language: str = "zh") -> Beat:
    scene = f"---\ntitle: t\n---\n::::{{scene}} S\n:title: t\n\n:::{{beat}} b\n{words}\n:::\n::::\n"
    return read(folder, scene, language).scenes[0].beats[0]


def test_reads_a_lecture(tmp_path):
    lecture = read(tmp_path, GOOD)
    assert (lecture.id, lecture.language, lecture.title) == ("09-lora/merge", "zh", "低秩")
    assert [(heading.level, heading.text, heading.line) for heading in lecture.headings] == [
        (2, "概念", 5),
        (2, "代码", 24),
    ]
    scene = lecture.scene("LoraMerge")
    assert (scene.title, scene.line, [each.name for each in scene.beats]) == ("合并与撤销", 9, ["add", "last"])
    add, last = scene.beats
    assert add.text == "把增量加到原来的权重上。秩 $r$ 等于 8。"
    assert add.spoken == "把增量加到原来的权重上。秩 r 等于 8。"
    assert add.spoken[add.cues["sum"] :].startswith("加到")
    assert (add.pause, last.pause, add.line) == (0.8, 1.0, 12)
    assert (last.text, last.spoken) == ("就是 3.22%。", "就是 3%。")
    example = lecture.examples[0]
    assert example.path.is_file() and example.output.read_text() == "1\n2\n" and example.line == 26


def test_page_is_plain_markdown(tmp_path):
    page = read(tmp_path, GOOD).page
    assert page.startswith("# 低秩\n\n## 概念\n\n秩为 8，即 $r$。\n")
    assert "> **动画 · 合并与撤销**\n>\n> 把增量" in page
    assert "```python\nprint(1)\n\n\nprint(2)\n```" in page and "```text\n1\n2\n```" in page
    assert "> **练习：甲**\n>\n> 占 3.2%。" in page
    assert ":::" not in page and "{value}" not in page


def test_unknown_scene_names_the_known(tmp_path):
    with pytest.raises(ScriptError, match=r"zh\.md:1: no scene 'Other'; .*LoraMerge"):
        read(tmp_path, GOOD).scene("Other")


@pytest.mark.parametrize(
    ("words", "text"),
    [
        ("把增量\n加到权重", "把增量加到权重"),
        ("用 LoRA\n训练", "用 LoRA 训练"),
        ("用 LoRA，\nPEFT 里", "用 LoRA，PEFT 里"),
        ("one\ntwo  three", "one two three"),
        ("第一段\n\n第二段", "第一段第二段"),
        ("he said “so”\n“no”", "he said “so” “no”"),
        ("{cue}`一 <a>`\n{cue}`二 <b>`", "一二"),
        ("a {cue}`<x>` b", "a b"),
        ("{cue}``只有 {value}`rank` 个 <few>``", "只有 8 个"),
        (r"三 \* 四", "三 * 四"),
        ("比 {value}`big / rank <,.1f>` 大", "比 123,024.0 大"),
        ("{value}`big / KiB - rank * 2 + 0.5 <.0f>`", "946"),
        ("{value}`rank / rank <d>` {value}`model.name`", "1 Llama"),
        (
            "{value}`rank / 4 <count>`个，{value}`rank / 4 <ordinal>`个，{value}`3 / rank <fraction>`",
            "两个，第二个，八分之三",
        ),
        ("{value}`big <about>`，不到{value}`share / 1000 <below>`", "九十八万，不到万分之一"),
    ],
)
def test_words(tmp_path, words, text):
    assert beat(tmp_path, words).text == text


def test_cues_fall_on_their_words(tmp_path):
    one = beat(tmp_path, "先 {cue}`a`\n然后{cue}`<point>` {cue}`b c <two>`，完{cue}`<end>`")
    assert {name: one.spoken[at:] for name, at in one.cues.items()} == {
        "a": "a 然后 b c，完",
        "point": "b c，完",
        "two": "b c，完",
        "end": "",
    }
    assert list(one.cues.values()) == sorted(one.cues.values())


def test_the_first_beat_whose_condition_holds_is_spoken(tmp_path):
    many = ":::{beat} last\n:when: rank > 8\n多。\n:::\n\n"
    other = many + ':::{beat} last\n:when: rank == 8 and model.name == "Llama"\n八。\n:::'
    script = read(tmp_path, replaced(":::{beat} last", f"{other}\n\n:::{{beat}} last")).scene("LoraMerge")
    assert [(beat.name, beat.text) for beat in script.beats][1:] == [("last", "八。")]
    assert script.beats[1].pause == 1.0 and [name for name, _ in script.whens] == ["last", "last"]
    script = read(tmp_path, replaced(":::{beat} last", f"{other}\n\n:::{{beat}} last"), values=VALUES | {"rank": 3})
    assert script.scene("LoraMerge").beats[1].text == "就是 3.22%。"


@pytest.mark.parametrize(
    ("number", "spec", "zh", "en"),
    [
        (2, "cardinal", "二", "two"),
        (2, "count", "两", "two"),
        (12, "ordinal", "第十二", "twelfth"),
        (23, "ordinal", "第二十三", "twenty-third"),
        (384, "cardinal", "三百八十四", "three hundred and eighty-four"),
        (3005, "cardinal", "三千零五", "three thousand and five"),
        (110010, "cardinal", "十一万零一十", "one hundred and ten thousand and ten"),
        (0.5, "fraction", "一半", "half"),
        (2, "All", "两", "Both"),
        (3, "all", "三", "all three"),
        (0.25, "fraction", "四分之一", "a quarter"),
        (7 / 8, "fraction", "八分之七", "seven eighths"),
        (1 / 8, "fraction", "八分之一", "an eighth"),
        (0.001, "below", "千分之一", "a thousandth"),
        (6.2e-6, "below", "十万分之一", "one hundred-thousandth"),
        (0.0, "below", "十亿分之一", "a billionth"),
        (589824, "about", "五十九万", "five hundred and ninety thousand"),
        (0, "about", "零", "zero"),
    ],
)
def test_numbers_in_words(number, spec, zh, en):
    assert (spell(number, spec, "zh"), spell(number, spec, "en")) == (zh, en)
    assert any(sign.isdigit() for sign in spell(number, spec, "ja")), "a language without words for them gets digits"


def test_windows_line_ends_and_byte_order_mark(tmp_path):
    plain, windows = read(tmp_path, GOOD), read(tmp_path, b"\xef\xbb\xbf" + GOOD.replace("\n", "\r\n").encode())
    assert windows == plain


def replaced(old: str, new: str) -> str:
    assert old in GOOD
    return GOOD.replace(old, new, 1)


FAULTS = {
    "no front matter": ("## a\n", 1, "no front matter"),
    "title missing": (replaced("title: 低秩", "name: x"), 1, "no title"),
    "bad yaml": (replaced("title: 低秩", "title: [低"), 2, "not YAML"),
    "scene unclosed": (replaced("::::\n", ""), 9, r"directive \{scene\} LoraMerge opened|never closed"),
    "beat unclosed": (replaced(":::\n\n:::{beat} last", "\n\n:::{beat} last"), 19, "beat. add opened on line 12"),
    "last beat unclosed": (replaced(":::\n::::", "::::"), 21, ".beat. last opened on line 19 .* not closed"),
    "closes nothing": (GOOD + ":::\n", 35, "closes nothing"),
    "not a directive": (GOOD + "::: note\n", 35, "a directive is written"),
    "unknown directive": (GOOD + ":::{magic}\n:::\n", 35, r"unknown directive \{magic\}; there are scene"),
    "unknown role": (replaced("{say}`$r$ <r>`", "{shout}`r`"), 16, r"unknown role \{shout\}"),
    "unknown role on the page": (replaced("秩为", "{cue}`秩` 为"), 7, r"unknown role \{cue\}"),
    "duplicate scene": (GOOD + "::::{scene} LoraMerge\n:title: t\n:::{beat} b\nx\n:::\n::::\n", 35, "stands twice"),
    "duplicate beat": (replaced("{beat} last", "{beat} add"), 19, "beat 'add' stands twice"),
    "duplicate cue": (replaced("秩 {say}", "{cue}`秩 <sum>` {say}"), 16, "cue 'sum' stands twice"),
    "cue in cue": (replaced("{cue}`加到 <sum>`", "{cue}``加{cue}`到 <b>` <a>``"), 15, "cue inside a cue"),
    "bad cue name": (replaced("加到 <sum>", "加到 <a b>"), 15, "bad cue name 'a b'"),
    "beat outside scene": (GOOD + ":::{beat} b\nx\n:::\n", 35, "beat 'b' outside a scene"),
    "empty beat": (replaced("就是 {value}`share <.2%; .0%>`。", ""), 19, "beat 'last' has no words"),
    "beat of signs": (replaced("就是 {value}`share <.2%; .0%>`。", "。"), 19, "beat 'last' has no words"),
    "bad beat name": (replaced("{beat} last", "{beat} La st"), 19, "bad beat name"),
    "bad pause": (replaced("0.8", "soon"), 13, "bad pause 'soon'"),
    "negative pause": (replaced("0.8", "-1"), 13, "bad pause"),
    "endless pause": (replaced("0.8", "inf"), 13, "bad pause"),
    "unknown option": (replaced(":pause:", ":speed:"), 13, "unknown option :speed:"),
    "option twice": (replaced(":pause: 0.8", ":pause: 0.8\n:pause: 1"), 14, "given twice"),
    "unknown value": (replaced("{value}`rank <d>`。", "{value}`rink <d>`。"), 16, "rink"),
    "unknown value on the page": (replaced("rank <d>", "rink <d>"), 7, "rink"),
    "bad format": (replaced("{value}`rank <d>`。", "{value}`rank <8d>`。"), 16, "bad format '8d'"),
    "format of words": (replaced("{value}`rank <d>`。", "{value}`model.name <d>`。"), 16, "bad format 'd'"),
    "whole number of a fraction": (replaced("{value}`rank <d>`。", "{value}`half <d>`。"), 16, "bad format 'd'"),
    "attribute in a format": (replaced("{value}`rank <d>`。", "{value}`rank <{0.x}>`。"), 16, "bad format"),
    "code in a value": (replaced("{value}`rank <d>`。", "{value}`f(1) <d>`。"), 16, "bad value"),
    "division by nothing": (replaced("{value}`rank <d>`。", "{value}`rank / 0 <d>`。"), 16, "has no value"),
    "reckoning with words": (replaced("{value}`rank <d>`。", "{value}`model.name * 2`。"), 16, "cannot reckon"),
    "a list": (replaced("{value}`rank <d>`。", "{value}`list`。"), 16, "is a list"),
    "no number": (replaced("{value}`rank <d>`。", "{value}`inf`。"), 16, "the value is inf"),
    "words for a part": (replaced("{value}`rank <d>`。", "{value}`half <count>`。"), 16, "0.5 is no whole number"),
    "no small fraction": (replaced("{value}`rank <d>`。", "{value}`share <fraction>`。"), 16, "is no fraction"),
    "bad condition": (replaced(":pause: 0.8", ":when: rank"), 13, "bad condition 'rank'"),
    "words against a number": (replaced(":pause: 0.8", ":when: model.name > 2"), 13, "compares words with a number"),
    "no words that fit": (replaced(":pause: 0.8", ":when: rank > 8"), 12, "no words of beat 'add' fit"),
    "bare formula": (replaced("{say}`$r$ <r>`", "$r$"), 16, r"formula \$r\$ cannot be read aloud"),
    "say without speech": (replaced("{say}`$r$ <r>`", "{say}`r`"), 16, "lacks a part"),
    "list in narration": (replaced("把增量", "- 把增量"), 15, "no bullet list"),
    "emphasis in narration": (replaced("等于", "*等于*"), 16, r"without '\*'"),
    "words outside a beat": (replaced(":::{beat} last", "词\n:::{beat} last"), 19, "words outside a beat"),
    "scene without title": (replaced(":title: 合并与撤销", ""), 9, "has no title"),
    "bad scene name": (replaced("{scene} LoraMerge", "{scene} lora-merge"), 9, "bad scene name"),
    "scene without beats": (GOOD + "::::{scene} Other\n:title: t\n::::\n", 35, "has no beats"),
    "scene in a note": (GOOD + "::::{note}\n:::{scene} A\n:::\n::::\n", 36, "a scene inside"),
    "example in a scene": (replaced("{beat} last", "{example} last"), 19, "a scene holds only beats"),
    "path-escaping example": (replaced("{example} inject.py", "{example} ../inject.py"), 26, "bad example name"),
    "missing example": (replaced("{example} inject.py", "{example} other.py"), 26, r"no file examples.other\.py"),
    "example twice": (GOOD + ":::{example} inject.py\n:::\n", 35, "stands twice"),
    "words in an example": (replaced("inject.py\n", "inject.py\nx\n"), 26, "takes no text"),
    "output before its example": (GOOD.replace("{example} inject.py", "{output} inject.py"), 26, "not shown before"),
}  # fmt: skip


@pytest.mark.parametrize("fault", FAULTS)
def test_every_fault_is_one_line_with_its_place(tmp_path, fault):
    text, line, says = FAULTS[fault]
    with pytest.raises(ScriptError) as caught:
        read(tmp_path, text)
    message = str(caught.value)
    assert re.fullmatch(rf".*zh\.md:{line}: .*({says}).*", message), message
    assert "\n" not in message and isinstance(caught.value, CourseError)


def test_missing_output(tmp_path):
    read(tmp_path, GOOD)
    (tmp_path / "09-lora/merge/examples/inject.out").unlink()
    with pytest.raises(ScriptError, match=r"zh\.md:26: no file examples.inject\.out; make it"):
        read_lecture("09-lora/merge", "zh", tmp_path, VALUES.__getitem__)


def test_an_entry_of_a_list_can_be_shown(tmp_path):
    script = read(tmp_path, GOOD.replace("rank <d>`，即", "list[0] * 3 <d>`，即"))
    assert "秩为 3" in script.page
    for key, said in (("list[1]", "has 1 entries; no \\[1\\]"), ("rank[0]", "is no list; no \\[0\\]")):
        with pytest.raises(ScriptError, match=said):
            read(tmp_path, GOOD.replace("rank <d>`，即", f"{key} <d>`，即"))


def test_not_utf8_names_the_line(tmp_path):
    with pytest.raises(ScriptError, match=r"zh\.md:7: not UTF-8"):
        read(tmp_path, GOOD.encode().replace("秩为".encode(), b"\xff", 1))


@pytest.mark.parametrize("id", ["", "09-lora/other", "../merge", "/etc/passwd", "09-lora/merge/examples", "09-lora"])
def test_unknown_lecture_names_the_known(tmp_path, id):
    read(tmp_path, GOOD)
    with pytest.raises(ScriptError, match=r"unknown lecture .*there are: 09-lora/merge"):
        read_lecture(id, "zh", tmp_path)


def test_unknown_and_missing_language(tmp_path):
    read(tmp_path, GOOD)
    with pytest.raises(ScriptError, match="unknown language 'xx'; there is zh, en"):
        read_lecture("09-lora/merge", "xx", tmp_path)
    with pytest.raises(ScriptError, match=r"en\.md: no such script"):
        read_lecture("09-lora/merge", "en", tmp_path)


def test_values_come_from_the_trace_that_the_outline_names(tmp_path, monkeypatch):
    root, traces = tmp_path / "scripts", tmp_path / "traces"
    with pytest.raises(ScriptError, match="rank"):
        read(root, GOOD, values={})
    (root / "course.yaml").write_text(
        "title: {zh: a, en: b}\nchapters:\n- id: 09-lora\n  title: {zh: a, en: b}\n  level: beginner\n  lectures:\n"
        "  - {id: merge, title: {zh: a, en: b}, level: beginner, status: page, traces: [lora/merge]}\n"
    )
    monkeypatch.setenv("LECTURE_TRACES", str(traces))
    monkeypatch.setattr("scripts.values.TRACES", tmp_path / "none")
    with pytest.raises(ScriptError, match=r"zh\.md:\d+: no trace 'lora/merge' in .*; run `lecture capture lora/merge`"):
        read_lecture("09-lora/merge", "zh", root)
    (traces / "lora/merge").mkdir(parents=True)
    written = traces / "lora/merge/trace.json"
    written.write_text('{"values": {"rank": {"value": 8}, "share": {"value": 0.5}}}')
    assert read_lecture("09-lora/merge", "zh", root).scenes[0].beats[1].text == "就是 50.00%。"
    written.write_text('{"values": {"rank.measured": {"value": 8}}}')
    with pytest.raises(ScriptError, match=r"no value 'rank' in trace lora/merge; use one of rank\.measured"):
        read_lecture("09-lora/merge", "zh", root)
    for damage in ("", "[]", "{", '{"values": 3}', '{"values": {"rank": 3}}'):
        written.write_text(damage)
        with pytest.raises(ScriptError, match=r"zh\.md:\d+: trace .* cannot be read"):
            read_lecture("09-lora/merge", "zh", root)


# Properties

WORDS = st.sampled_from(["把", "增量", "LoRA", "a", "，", "。", " ", "\n", "8", "“", "-1", "，\n", "x y"])
ROLES = st.sampled_from(
    [
        "{say}`$W'$ <W 撇>`",
        "{say}`a b <甲 乙>`",
        "{value}`rank <d>`",
        "{value}`share <.1%; .0%>`",
        "{value}`model.name`",
    ]
)


@st.composite
def narrations(draw):
    """Words, roles and cues in any order, always with a word in them."""
    pieces = draw(st.lists(st.one_of(WORDS, ROLES), min_size=1, max_size=12))
    for number in range(draw(st.integers(0, 3))):
        place = draw(st.integers(0, len(pieces)))
        pieces.insert(place, draw(st.sampled_from([f"{{cue}}`<c{number}>`", f"{{cue}}`词 <c{number}>`"])))
    return "".join([*pieces, "完"])


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(narrations())
def test_spans_and_cues_hold_together(tmp_path, words):
    try:
        one = beat(tmp_path, words)
    except ScriptError as error:  # a line may happen to start a list
        assert "plain words" in str(error)
        return
    at = written = 0
    for start, end, text_start, text_end in one.spans:
        assert (start, text_start) == (at, written)
        assert end > start or text_end > text_start
        at, written = end, text_end
    assert (at, written) == (len(one.spoken), len(one.text))
    assert all(0 <= offset <= len(one.spoken) for offset in one.cues.values())
    assert all(one.spoken[offset : offset + 1] != " " for offset in one.cues.values())
    assert one.text == one.text.strip() and "  " not in one.text and "\n" not in one.text + one.spoken
    assert not re.search(r"[\u4e00-\u9fff] [\u4e00-\u9fff]", re.sub(r"甲 乙", "", one.text))
    assert one.text.endswith("完") and one.spoken.endswith("完")


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(st.sampled_from("把增量到ab xyz，。\n"), max_size=40))
def test_plain_words_come_back(tmp_path, words):
    one = beat(tmp_path, f"始{words}终")
    assert re.sub(r"\s", "", one.text) == re.sub(r"\s", "", f"始{words}终")
    assert one.text == one.spoken
    assert beat(tmp_path, one.text) == one


PIECES = [
    "`", "``", ":::", "::::", "{beat}", "{cue}`", "<", ">", "$", "---\n", "\n", "\t", "> ", "- ", "```\n", "*a",
    "{value}`rank", ":pause: 9e999", "title:", "&a", "!!python/object:x", "   ", "#", "[x](y)", "|", "\\",
    "\x00", "\u2028", "\ufeff",
]  # fmt: skip


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_a_mutated_script_raises_nothing_but_script_errors(tmp_path, data):
    text = GOOD
    for _ in range(data.draw(st.integers(1, 4))):
        start = data.draw(st.integers(0, len(text)))
        end = min(len(text), start + data.draw(st.integers(0, 20)))
        text = text[:start] + data.draw(st.one_of(st.sampled_from(PIECES), st.just(text[end : end + 30]))) + text[end:]
    try:
        lecture = read(tmp_path, text)
    except ScriptError as error:
        match = re.match(r".*zh\.md:(\d+): ", str(error))
        assert match and 1 <= int(match[1]) <= text.count("\n") + text.count("\r") + 1, error
    else:
        assert lecture.title and lecture.page.startswith("# ")


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(tmp_path, data):
    with pytest.raises(ScriptError):
        read(tmp_path, data)
