"""The real espeak: durations, words, marks, the same bytes always, several processes at once."""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import voice.espeak
from scripts.model import Beat
from store import Store
from voice import VoiceError, get_voice, speak
from voice.audio import RATE, read
from voice.espeak import respelled
from voice.words import spans

ROOT = Path(__file__).parent.parent
TEXT = {
    "zh": "大语言模型把文字切成词元，再用注意力机制计算关系。LoRA 的秩 r 等于 16，可训练参数只有 0.5%。"
    "用 attention 和 d_model <标签> & “引号”，也不会丢掉一个字。",
    "en": "A large language model splits text into tokens. LoRA freezes the weights and trains two small matrices, "
    "so only 0.5% of 1,024 parameters learn; merging <adds> them & costs nothing.",
}


@pytest.fixture(scope="module")
def said(tmp_path_factory):
    folder = tmp_path_factory.mktemp("espeak")
    espeak = get_voice("espeak")
    return {
        language: espeak.synthesize(
            text, language, {str(span.start): span.start for span in spans(text)}, folder / f"{language}.wav"
        )
        for language, text in TEXT.items()
    }


@pytest.mark.parametrize("language", ["zh", "en"])
def test_no_word_is_lost_and_times_are_in_order(said, language):
    speech, text = said[language], TEXT[language]
    assert [word.text for word in speech.words] == [span.text for span in spans(text)]
    times = [time for word in speech.words for time in (word.start, word.end)]
    assert times == sorted(times)
    assert all(word.end - word.start > 0.03 for word in speech.words)
    assert not speech.estimated
    assert speech.duration == len(read(speech.wav)) / RATE


def test_the_pace_is_that_of_a_clear_lecture(tmp_path):
    zh = "权重矩阵到底要改变多少？往往很少。所以我们冻结原来的矩阵，只训练两个小矩阵。它们的乘积和原矩阵形状相同。"
    speech = get_voice("espeak").synthesize(zh, "zh", {}, tmp_path / "zh.wav")
    assert 0.26 < speech.duration / len(speech.words) < 0.31
    en = "How much of a weight matrix has to change when a model learns a new task? Often, very little. "
    en += "So we freeze the original matrix, and train only two small ones. Their product has the same shape."
    speech = get_voice("espeak").synthesize(en, "en", {}, tmp_path / "en.wav")
    assert 140 < 60 * len(en.split()) / speech.duration < 170


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_mark_is_where_the_sound_of_its_word_begins(said, language):
    """After a pause the onset can be heard in the samples: an independent check of the reported times."""
    speech, text = said[language], TEXT[language]
    loud = np.flatnonzero(np.abs(read(speech.wav).astype(np.int32)) > 33)
    gaps = np.flatnonzero(np.diff(loud) > 0.1 * RATE)
    onsets = loud[gaps + 1] / RATE
    after_pause = [word for word in speech.words[1:] if text[: word.start_char].rstrip()[-1] in "，。,.;"]
    assert len(after_pause) >= 3
    assert max(np.abs(onsets - speech.marks[str(word.start_char)]).min() for word in after_pause) < 0.05
    assert all(speech.marks[str(word.start_char)] == word.start for word in speech.words)
    assert speech.words[0].start == 0


@given(st.text("低秩矩阵加到abR 16.5%，。“”<&>;/'\"[]{}@\n", min_size=1, max_size=25))
@settings(max_examples=25, deadline=None)
def test_any_text_gives_all_its_words_or_one_clear_error(tmp_path_factory, text):
    try:
        speech = get_voice("espeak").synthesize(text, "zh", {"end": len(text)}, tmp_path_factory.mktemp("x") / "a.wav")
    except VoiceError:
        return
    assert [word.text for word in speech.words] == [span.text for span in spans(text)]
    assert speech.marks["end"] == speech.duration


def test_respelling_keeps_track_of_places():
    said, places = respelled("约 1,024 的 0.5%，LoRA", spans("约 1,024 的 0.5%，LoRA"), "zh")
    assert said == "约 1024 的 百分之0.5，Lora"
    assert [said[place] for place in places] == ["约", "1", "的", "百", "L"]


def test_same_text_same_bytes_whatever_came_before(said, tmp_path):
    espeak = get_voice("espeak")
    espeak.synthesize("另一句话。", "zh", {}, tmp_path / "other.wav")
    again = espeak.synthesize(TEXT["zh"], "zh", {}, tmp_path / "again.wav")
    assert again.wav.read_bytes() == said["zh"].wav.read_bytes()
    assert again.words == said["zh"].words


def test_threads_and_processes_speak_at_once(said, tmp_path):
    code = (
        "import sys; from pathlib import Path; from voice import get_voice;"
        "get_voice('espeak').synthesize(sys.argv[1], sys.argv[2], {}, Path(sys.argv[3]))"
    )
    wavs = {language: tmp_path / f"{language}.wav" for language in TEXT}
    children = [
        subprocess.Popen([sys.executable, "-c", code, TEXT[language], language, str(wav)], cwd=ROOT)
        for language, wav in wavs.items()
    ]
    with ThreadPoolExecutor(4) as threads:
        here = list(
            threads.map(
                lambda n: get_voice("espeak").synthesize(TEXT["zh"], "zh", {}, tmp_path / f"{n}.wav").wav.read_bytes(),
                range(8),
            )
        )
    assert [child.wait(30) for child in children] == [0, 0]
    assert set(here) == {said["zh"].wav.read_bytes()}
    assert all(wavs[language].read_bytes() == said[language].wav.read_bytes() for language in TEXT)


def test_two_processes_share_one_entry_of_the_store(tmp_path):
    code = (
        "from scripts.model import Beat; from store import Store; from voice import get_voice, speak;"
        f"print(speak(Beat('a', '低秩', '低秩'), 'zh', get_voice('espeak'), Store({str(tmp_path)!r})).wav)"
    )
    run = [sys.executable, "-c", code]
    children = [subprocess.Popen(run, cwd=ROOT, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    found = {child.communicate(timeout=30)[0].strip() for child in children}
    assert len(found) == 1
    assert str(speak(Beat("a", "低秩", "低秩"), "zh", get_voice("espeak"), Store(tmp_path)).wav) in found


def test_the_fingerprint_tells_rates_and_languages_apart():
    prints = {get_voice(spec).fingerprint(language) for spec in ("espeak", "espeak:200") for language in ("zh", "en")}
    assert len(prints) == 4
    assert get_voice("espeak").fingerprint("zh") == get_voice("espeak:180").fingerprint("zh")


def test_only_punctuation_is_an_error(tmp_path):
    with pytest.raises(VoiceError, match="write some"):
        get_voice("espeak").synthesize("……", "zh", {}, tmp_path / "a.wav")


@pytest.mark.parametrize(
    ("library", "says"), [("/nowhere.so", "cannot open shared object"), (None, "phontab|does not start")]
)
def test_a_broken_library_is_one_line(monkeypatch, tmp_path, library, says):
    real = voice.espeak._library()
    broken = (library or real[0], real[1] if library else str(tmp_path), real[2])
    monkeypatch.setattr(voice.espeak, "_library", lambda: broken)
    with pytest.raises(VoiceError, match=says) as caught:
        get_voice("espeak").synthesize("低秩", "zh", {}, tmp_path / "a.wav")
    assert "pip install espeakng-loader==0.2.4" in str(caught.value)
    assert "\n" not in str(caught.value)
