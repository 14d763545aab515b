"""Speech, words, the time line and the choice of a voice, with a voice made of sine tones."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scripts.model import Beat, SceneScript
from store import CourseError, Store
from voice import Slot, Speech, VoiceError, Word, get_voice, speak, timeline
from voice.audio import RATE, read, resample, trim
from voice.base import by_sentence, finish
from voice.speech import moments
from voice.words import estimated, matched, spans, timed

WORDS = (Word("低", 0, 1, 0.0, 0.2), Word("秩", 1, 2, 0.2, 0.5), Word("LoRA", 3, 7, 0.6, 1.0))


class Tone:
    """A voice that hums 0.1 s per word, and counts how often it was asked."""

    name = "tone"

    def __init__(self) -> None:
        self.asked = 0

    def fingerprint(self, language: str = "", name: str = "") -> str:
        return "tone"

    def synthesize(self, text, language, marks, wav, name=""):
        self.asked += 1
        count = len(spans(text))
        samples = np.sin(np.arange(count * RATE // 10) / 20).astype(np.float32)
        return finish(samples, text, marks, wav, {i: i / 10 for i in range(count)})


def test_speech_survives_json(tmp_path):
    speech = Speech(tmp_path / "voice.wav", 1.0, WORDS, {"rank": 0.2}, estimated=True)
    speech.save(tmp_path / "speech.json")
    assert Speech.load(tmp_path / "speech.json") == speech
    assert str(tmp_path) not in (tmp_path / "speech.json").read_text()


def test_a_mark_is_the_start_of_its_word_or_of_the_next():
    assert moments({"a": 0, "b": 1, "space": 2, "inside": 5, "after": 7}, WORDS, 1.1) == {
        "a": 0.0,
        "b": 0.2,
        "space": 0.6,
        "inside": 0.6,
        "after": 1.1,
    }


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("低秩 LoRA", ["低", "秩", "LoRA"]),
        ("d_model 是 1,024，占 0.5%。", ["d_model", "是", "1,024", "占", "0.5%"]),
        ("don't use GPT-4, torch.nn.", ["don't", "use", "GPT-4", "torch.nn"]),
        ("“你好”（A）", ["你", "好", "A"]),
        ("，。！", []),
    ],
)
def test_words_of_a_text(text, words):
    assert [span.text for span in spans(text)] == words
    assert all(text[span.start : span.end] == span.text for span in spans(text))


@given(
    st.text("ab 低秩，。1.%", min_size=1, max_size=30),
    st.dictionaries(st.integers(0, 29), st.floats(0, 20), max_size=10),
    st.floats(0.1, 10),
)
def test_times_never_run_backwards_whatever_a_voice_reports(text, starts, duration):
    found = spans(text)
    words = timed(found, {i: at for i, at in starts.items() if i < len(found)}, duration)
    assert [word.text for word in words] == [span.text for span in found]
    times = [time for word in words for time in (word.start, word.end)]
    assert times == sorted(times)
    assert all(0 <= time <= duration + 1e-6 for time in times)


def test_a_word_without_a_time_shares_that_of_its_neighbours():
    words = timed(spans("低秩矩阵"), {0: 0.0, 1: 0.4, 3: 1.2}, 1.5)
    assert [word.start for word in words] == pytest.approx([0.0, 0.4, 0.8, 1.2])


def test_estimates_wait_at_punctuation():
    words = estimated("先加，再乘。", 2.0)
    assert words[2].start - words[1].start > words[1].start - words[0].start
    assert words[-1].end == 2.0


def test_words_are_found_in_what_a_voice_says_it_spoke():
    assert matched("把 LoRA 加到权重上", [("把", 0.1), ("LoRA", 0.3), ("nonsense", 0.5), ("权重", 0.9)]) == {
        0: 0.1,
        1: 0.3,
        4: 0.9,
    }


def test_silence_is_trimmed_and_words_move_with_it(tmp_path):
    silence, tone = np.zeros(RATE // 2, np.float32), np.full(RATE, 0.5, np.float32)
    samples = np.concatenate([silence, tone, silence, tone, silence])
    speech = finish(samples, "one two", {"two": 4}, tmp_path / "a.wav", {0: 0.5, 1: 2.0})
    assert speech.duration == pytest.approx(2.54, abs=0.001)
    assert speech.duration == len(read(speech.wav)) / RATE
    assert speech.marks["two"] == pytest.approx(1.52, abs=0.001)
    assert speech.words[0].end == pytest.approx(1.02, abs=0.01), "a word ends with its sound, not with the pause"
    with pytest.raises(VoiceError, match="silence"):
        trim(np.zeros(100, np.float32), "beat a")


@pytest.mark.parametrize("rate", [8000, 16000, 22050, 24000, 44100, 48000])
def test_resampling_keeps_the_duration(rate):
    samples = resample((np.sin(np.arange(rate * 3) / 10) * 9000).astype(np.int16), rate)
    assert samples.size == pytest.approx(3 * RATE, abs=40)
    assert 0.2 < np.abs(samples).max() < 0.3


def scene(*beats: tuple[str, str, float]) -> SceneScript:
    return SceneScript("Merge", "合并", tuple(Beat(name, text, text, pause=pause) for name, text, pause in beats), 1)


def test_the_time_line_is_the_sum_of_voices_and_pauses(tmp_path):
    voice = Tone()
    first, second = timeline(scene(("a", "低秩矩阵", 0.35), ("b", "加上", 1.0)), "zh", voice, Store(tmp_path))
    assert isinstance(first, Slot)
    assert (first.start, first.voice_end) == (0.0, first.speech.duration)
    assert first.end == second.start == first.speech.duration + 0.35
    assert second.end == second.start + second.speech.duration + 1.0


def test_a_beat_is_spoken_once(tmp_path):
    voice, store = Tone(), Store(tmp_path)
    beat = Beat("a", "低秩", "低秩", {"rank": 1})
    first = speak(beat, "zh", voice, store)
    assert speak(beat, "zh", voice, store) == first
    assert voice.asked == 1
    speak(Beat("renamed", "低 秩", "低秩", {"rank": 1}), "zh", voice, store)
    assert voice.asked == 1, "what is heard did not change"
    speak(Beat("a", "低秩", "低秩", {"other": 1}), "zh", voice, store)
    assert voice.asked == 2


def test_errors_name_the_beat(tmp_path):
    with pytest.raises(VoiceError, match=r"beat Merge\.a: has no words"):
        speak(Beat("a", "", "  "), "zh", Tone(), Store(tmp_path), "Merge")
    with pytest.raises(VoiceError, match="not 'xx'"):
        speak(Beat("a", "x", "x"), "xx", Tone(), Store(tmp_path))


def test_sentences_are_placed_exactly(tmp_path):
    spoken = []

    def say(sentence):
        spoken.append(sentence)
        return np.full(RATE, 0.5, np.float32)

    text = "版本 3.5 很好。真的！Yes, e.g. torch. End"
    speech = by_sentence(say, text, {"end": text.index("End")}, tmp_path / "a.wav", "test")
    assert spoken == ["版本 3.5 很好。", "真的！", "Yes, e.g.", "torch.", "End"]
    assert speech.duration == pytest.approx(5.0)
    assert speech.marks["end"] == pytest.approx(4.0)
    assert speech.estimated


@pytest.mark.parametrize(
    ("spec", "says"),
    [
        ("nobody", "no voice 'nobody'; use espeak, edge"),
        ("espeak:fast", "whole number"),
        ("espeak:5", "80 to 450"),
        ("edge:", "wants a name"),
        ("kokoro", "wants a name"),
        ("openai:alloy", "write it as openai:http"),
        ("recorded:/nowhere/at/all", "no such folder"),
        ("zh=espeak,zh=espeak", "two voices"),
        ("zh=espeak,en=nobody", "no voice 'nobody'"),
    ],
)
def test_a_wrong_spec_says_what_is_right(spec, says):
    with pytest.raises(VoiceError, match=says) as caught:
        get_voice(spec)
    assert "\n" not in str(caught.value)
    assert isinstance(caught.value, CourseError)


def test_one_setting_chooses(monkeypatch):
    monkeypatch.delenv("LECTURE_VOICE", raising=False)
    assert get_voice().name == "espeak"
    monkeypatch.setenv("LECTURE_VOICE", "espeak:200")
    assert get_voice().name == "espeak:200"


def test_a_voice_per_language(tmp_path):
    both = get_voice("zh=espeak:200,en=openai:http://h/v1#a,b")
    assert both.fingerprint("zh") == get_voice("espeak:200").fingerprint("zh")
    assert set(json.loads(both.fingerprint())) == {"zh", "en"}
    with pytest.raises(VoiceError, match="add en=espeak"):
        get_voice("zh=espeak").synthesize("x", "en", {}, tmp_path / "a.wav")


def test_importing_the_voice_is_light():
    code = (
        "import sys, voice; from voice import get_voice; get_voice('espeak');"
        "print([m for m in ('manim', 'torch', 'numpy', 'av', 'markdown_it') if m in sys.modules])"
    )
    root = Path(__file__).parent.parent
    done = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
