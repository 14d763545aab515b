"""Captions and transcripts: nothing lost, nothing too long, nothing torn apart."""

import re
from itertools import pairwise
from pathlib import Path

import pytest
import srt as srt_reader
from hypothesis import given, settings
from hypothesis import strategies as st

from render.captions import LONGEST, SHORTEST, CaptionError, captions, dubbed
from render.phrases import CLOSING, OPENING, bonds, columns, units
from render.transcripts import clock, minutes, scene_starts, srt, transcribe, vtt, write
from scripts.languages import language as tongue
from scripts.model import Beat, Lecture, SceneScript
from store import Store
from voice import Slot, Speech, get_voice, timeline
from voice.words import estimated

ZH = (
    "大语言模型把文字切成词元，再用注意力机制计算每个词元之间的关系。LoRA 的秩 r 等于 16，可训练参数只有 0.5%。",
    "把增量加到原来的权重上，推理时就不再多花时间。",
    "我们冻结原来的权重矩阵而只训练两个很小的矩阵它们的乘积就是权重的增量因此显存占用大大下降（尤其是在单张显卡上）。",
    "你看“低秩”两个字：它的意思是，矩阵的信息其实只住在很少几个方向里。",
)
EN = (
    "A large language model splits text into tokens, and attention computes how each token relates to every other. "
    "LoRA has rank 16, so only 0.5% of the parameters learn.",
    "Merging adds the product back to the weight matrix, so inference costs nothing extra.",
    "We freeze the original weight matrix and train only two small matrices whose product is the change of the "
    "weights, so memory drops (especially on a single GPU).",
    "Look at the word low rank: the information in the matrix lives in just a few directions.",
)
TEXTS = {"zh": ZH, "en": EN}
alphabet = {
    "zh": "低秩矩阵的把在，。；：、？！（）“”《》 LoRA16.5%=xé—…",
    "en": "abcdefghij LoRA 16.5% ,.;:!?()'\"-_/ and the of  ",
}


def beat(name: str, text: str, spoken: str = "", spans: tuple = (), pause: float = 0.4) -> Beat:
    spoken = spoken or text
    return Beat(name, text, spoken, spans=spans or ((0, len(spoken), 0, len(text)),), pause=pause)


def slots_of(texts, pace: float = 0.25, pause: float = 0.4) -> tuple[Slot, ...]:
    """A time line without a voice: `pace` seconds per two columns of text."""
    slots, start = [], 0.0
    for number, text in enumerate(texts):
        duration = max(columns(text) / 2 * pace, 0.05)
        speech = Speech(Path("x.wav"), duration, estimated(text, duration))
        end = start + duration + pause
        slots.append(Slot(beat(str(number), text, pause=pause), speech, start, start + duration, end))
        start = end
    return tuple(slots)


def bare(texts) -> str:
    return "".join("".join(texts).split())


def check(cues, texts, language: str) -> None:
    """What holds for all captions."""
    assert bare(line for cue in cues for line in cue.lines) == bare(texts), "all text, in order"
    for cue in cues:
        assert 1 <= len(cue.lines) <= 2
        assert all(0 < columns(line) <= tongue(language).columns and line == line.strip() for line in cue.lines)
        assert SHORTEST - 1e-9 <= cue.end - cue.start <= LONGEST + 1e-9
    for cue, following in pairwise(cues):
        assert cue.end <= following.start


@given(
    st.sampled_from(["zh", "en"]).flatmap(
        lambda language: st.tuples(
            st.just(language),
            st.lists(st.text(alphabet[language], min_size=4, max_size=120).filter(str.strip), min_size=1, max_size=4),
        )
    ),
    st.floats(0.12, 0.5),
)
@settings(max_examples=150, deadline=None)
def test_captions_of_any_text(case, pace):
    language, texts = case
    cues = captions([(2.0, slots_of(texts, pace, pause=0.8))], language)
    check(cues, texts, language)
    for text in texts:
        found = units(text, tongue(language).columns, bonds([]))
        for unit, following in pairwise(found):
            torn = unit.text[-1] in OPENING or following.text[0] in CLOSING
            assert not torn or unit.width >= tongue(language).columns - 1, "only where it is longer than a line"


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("pace", [0.2, 0.28, 0.6])
def test_lines_break_where_the_sentence_breathes(language, pace):
    texts = TEXTS[language]
    cues = captions([(6.0, slots_of(texts, pace))], language)
    check(cues, texts, language)
    whole = " ".join(texts)
    for cue in cues:
        for line in cue.lines:
            assert line[0] not in CLOSING
            assert line[-1] not in OPENING
            for word in re.findall(r"[A-Za-z]+|[\d.]+\d%?", line):
                assert re.search(rf"(?<![A-Za-z\d.]){re.escape(word)}(?![A-Za-z\d]|\.\d)", whole), "no word is torn"
    if pace <= 0.3:
        assert not {cue.lines[-1].split()[-1][-1:] for cue in cues} & {"的", "和"}
        assert not {line.split()[-1] for cue in cues for line in cue.lines} & {"the", "a", "of", "to"}


def test_a_sentence_of_moderate_length_is_one_cue():
    cues = captions([(0.0, slots_of(["把增量加到原来的权重上，推理时就不再多花时间。"]))], "zh")
    assert [cue.lines for cue in cues] == [("把增量加到原来的权重上，", "推理时就不再多花时间。")]


def test_a_beat_too_short_for_a_cue_joins_its_neighbour():
    texts = ["这样就把增量加到权重上。", "好。", "再看下一步，矩阵怎样撤销。"]
    cues = captions([(0.0, slots_of(texts, pause=0.1))], "zh")
    check(cues, texts, "zh")
    english = ["Now add the product.", "Good.", "Then look at the next step."]
    cues = captions([(0.0, slots_of(english, 0.16, pause=0.05))], "en")
    check(cues, english, "en")
    assert any(re.search(r"\. (Good|Then)", line) or len(cue.lines) == 2 for cue in cues for line in cue.lines)


def test_scenes_start_at_their_offset():
    first, second = slots_of(ZH[:1]), slots_of(ZH[1:2])
    cues = captions([(6.0, first), (60.5, second)], "zh")
    assert cues[0].start == 6.0
    assert cues[-1].end >= 60.5 + second[0].voice_end - 1e-6
    assert sum(cue.start >= 60.5 for cue in cues) == 1


def test_written_and_spoken_text_differ():
    """`$r$` is said "r", a number is said in words: the cue after them still starts when it is spoken."""
    text, spoken = "秩 r=16 很小，所以够用。", "秩 r 等于十六很小，所以够用。"
    spans = ((0, 2, 0, 2), (2, 8, 2, 6), (8, len(spoken), 7, len(text)))
    duration = 8.5
    words = estimated(spoken, duration)
    slot = Slot(beat("a", text, spoken, spans), Speech(Path("x"), duration, words), 0.0, duration, duration + 1)
    cues = captions([(0.0, [slot])], "zh")
    check(cues, [text], "zh")
    after = next(word.start for word in words if word.text == "所")
    assert any(cue.start == pytest.approx(after, abs=0.01) for cue in cues)


def test_a_beat_without_words_the_voice_knows_still_shows():
    slot = Slot(beat("a", "→ ∑ ∂"), Speech(Path("x"), 2.0, ()), 0.0, 2.0, 3.0)
    assert captions([(0.0, [slot])], "zh")[0].lines == ("→ ∑ ∂",)
    assert captions([], "en") == []


@pytest.mark.parametrize("pace", [0.1, 0.25])
def test_captions_in_the_other_language_follow_the_voice(pace):
    heard, read = slots_of(ZH, 0.28), slots_of(EN, pace)
    both = dubbed(heard, read)
    assert [(slot.start, slot.voice_end, slot.end) for slot in both] == [
        (slot.start, slot.voice_end, slot.end) for slot in heard
    ]
    assert all(slot.speech.words[-1].end == pytest.approx(slot.speech.duration) for slot in both)
    cues = captions([(6.0, both)], "en")
    check(cues, EN, "en")
    for slot in heard:
        assert any(cue.start == pytest.approx(6.0 + slot.start) for cue in cues), "every beat starts a cue"


def test_languages_that_differ_in_beats_are_refused():
    with pytest.raises(CaptionError, match="align the scripts"):
        dubbed(slots_of(ZH), slots_of(EN[:2]))


def test_words_of_real_speech(tmp_path):
    scenes = {
        language: SceneScript("Merge", "合并", tuple(beat(str(n), text) for n, text in enumerate(texts)), 1)
        for language, texts in TEXTS.items()
    }
    voice, store = get_voice("espeak"), Store(tmp_path)
    lines = {language: timeline(scene, language, voice, store) for language, scene in scenes.items()}
    for language, slots in lines.items():
        check(captions([(6.0, slots)], language), TEXTS[language], language)
    check(captions([(6.0, dubbed(lines["zh"], lines["en"]))], "en"), EN, "en")
    check(captions([(6.0, dubbed(lines["en"], lines["zh"]))], "zh"), ZH, "zh")


def test_units_are_never_wider_than_a_line():
    name = "torch.nn.functional.scaled_dot_product_attention_with_a_very_long_name"
    found = units(f"调用 {name}。", 36, bonds([]))
    assert "".join(unit.text for unit in found) == f"调用{name}。"
    assert max(unit.width for unit in found) <= 36
    assert found[2].text == "torch.nn.functional.scaled_dot_"


def test_what_stands_together_again_and_again_is_a_word():
    together = bonds(["权重", "权重的和", "权重"])
    assert together["权重"] == 3
    plain, bound = units("说权重", 36, bonds([]))[1], units("说权重", 36, together)[1]
    assert bound.penalty > plain.penalty


# files


def lecture(language: str) -> Lecture:
    scene = SceneScript("Merge", "合并 <W>", tuple(beat(str(n), text) for n, text in enumerate(TEXTS[language])), 1)
    return Lecture("09-lora/merge", language, "LoRA：注入", (scene, scene), "", (), (), Path("zh.md"))


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_transcript_is_three_files(tmp_path, language):
    slots = slots_of(TEXTS[language])
    paths = transcribe(lecture(language), [slots, slots], tmp_path, card=5.0)
    assert [path.name for path in paths] == [f"{language}.md", f"{language}.srt", f"{language}.vtt"]
    first = [path.read_bytes() for path in paths]
    transcribe(lecture(language), [slots, slots], tmp_path, card=5.0)
    assert first == [path.read_bytes() for path in paths]
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(path.name for path in paths)
    text = first[0].decode()
    assert text.startswith("# LoRA：注入\n\n## 00:05 合并 \\<W\\>\n\n**00:05** ")
    assert text.count("\n## ") == 2
    subtitles = list(srt_reader.parse(first[1].decode()))
    assert bare(cue.content for cue in subtitles) == bare(TEXTS[language] * 2)
    assert subtitles[0].start.total_seconds() == 5.0
    assert first[2].decode().startswith("WEBVTT\n\n1\n00:00:05.000 --> ")


def test_vtt_is_escaped():
    cues = captions([(0.0, slots_of(["a <b> & c --> d is shown as it stands"]))], "en")
    assert "a &lt;b&gt; &amp; c --&gt; d" in vtt(cues)
    assert "a <b> & c --> d" in srt(cues)


def test_clocks():
    assert clock(3661.0006) == "01:01:01.001"
    assert clock(59.9996, ",") == "00:01:00,000"
    assert minutes(59.99) == "00:59"
    assert minutes(3600) == "1:00:00"


def test_scenes_follow_one_another_after_the_card():
    slots = slots_of(["低秩"])
    assert scene_starts([slots, slots, slots], 2.0) == pytest.approx(
        [2.0, 2.0 + slots[-1].end, 2.0 + 2 * slots[-1].end]
    )
    assert scene_starts([]) == []


def test_a_failed_write_leaves_the_old_file(tmp_path, monkeypatch):
    path = tmp_path / "zh.srt"
    write(path, "old")

    def fail(self, target):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", fail)
    with pytest.raises(OSError, match="No space"):
        write(path, "new")
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]
