"""Loudness on real speech in both languages, and beats laid on one clock."""

import re
import shutil
import subprocess

import numpy as np
import pytest

from voice import VoiceError, get_voice
from voice.audio import RATE, read, write
from voice.loudness import CEILING, TARGET, compose, measure, normalise

TEXT = {
    "zh": "大语言模型把文字切成词元，再用注意力机制计算每个词元之间的关系。把增量加到权重上。",
    "en": "A large language model splits text into tokens. Merging adds the product back to the weights.",
}


@pytest.mark.parametrize("language", ["zh", "en"])
def test_speech_reaches_the_target_without_moving(tmp_path, language):
    said = get_voice("espeak").synthesize(TEXT[language], language, {}, tmp_path / "in.wav")
    out = tmp_path / "out.wav"
    reached = normalise(said.wav, out)
    found = measure(out)
    assert abs(reached - TARGET) < 0.2
    assert found.integrated == pytest.approx(reached, abs=0.05)
    assert found.peak <= CEILING
    before, after = read(said.wav).astype(float), read(out).astype(float)
    assert before.size == after.size
    size = 1 << 21
    correlation = np.fft.irfft(np.fft.rfft(after, size) * np.conj(np.fft.rfft(before, size)))
    assert np.argmax(correlation) == 0, "no sample of delay"


@pytest.mark.skipif(not shutil.which("ffmpeg"), reason="an independent check; needs the ffmpeg program")
def test_the_ffmpeg_program_agrees(tmp_path):
    said = get_voice("espeak").synthesize(TEXT["zh"], "zh", {}, tmp_path / "in.wav")
    normalise(said.wav, tmp_path / "out.wav")
    command = ["ffmpeg", "-i", str(tmp_path / "out.wav"), "-af", "ebur128=peak=true", "-f", "null", "-"]
    summary = subprocess.run(command, capture_output=True, text=True, check=True).stderr.rpartition("Summary")[2]
    assert abs(float(re.findall(r"I:\s+(\S+) LUFS", summary)[0]) - TARGET) < 0.3
    assert float(re.findall(r"Peak:\s+(\S+) dBFS", summary)[0]) <= CEILING


def test_a_plain_gain_where_peaks_allow_it(tmp_path):
    time = np.arange(RATE * 4) / RATE
    samples = (0.05 * np.sin(2 * np.pi * 440 * time)).astype(np.float32)
    write(samples, tmp_path / "in.wav")
    assert normalise(tmp_path / "in.wav", tmp_path / "out.wav") == pytest.approx(TARGET, abs=0.15)
    ratio = read(tmp_path / "out.wav")[1000:2000] / read(tmp_path / "in.wav")[1000:2000].clip(1)
    assert np.median(ratio[np.isfinite(ratio)]) > 1
    assert normalise(tmp_path / "in.wav", tmp_path / "out.wav", -23.0) == pytest.approx(-23, abs=0.15)


@pytest.mark.parametrize("samples", [np.zeros(RATE * 2, np.int16), np.zeros(0, np.int16), np.ones(50, np.int16)])
def test_silence_has_no_loudness(tmp_path, samples):
    write(samples, tmp_path / "in.wav")
    with pytest.raises(VoiceError, match="too quiet or too short"):
        normalise(tmp_path / "in.wav", tmp_path / "out.wav")


def test_beats_lie_where_the_clock_says(tmp_path):
    rng = np.random.default_rng(1)
    pieces, at = [], 0.0
    for number in range(30):
        samples = rng.integers(-9000, 9000, 4800 + 7 * number).astype(np.int16)
        samples[0] = 12345
        write(samples, tmp_path / f"{number}.wav")
        pieces.append((at, tmp_path / f"{number}.wav"))
        at += samples.size / RATE + 0.1 + number / 70001
    compose(pieces, at, tmp_path / "all.wav")
    whole = read(tmp_path / "all.wav")
    assert whole.size == round(at * RATE)
    for start, path in pieces:
        first, samples = round(start * RATE), read(path)
        assert np.array_equal(whole[first : first + samples.size], samples)
        assert not whole[first + samples.size : first + samples.size + 4000].any()


def test_what_overlaps_adds_and_clips(tmp_path):
    write(np.full(100, 30000, np.int16), tmp_path / "a.wav")
    compose([(0.0, tmp_path / "a.wav"), (0.0, tmp_path / "a.wav")], 200 / RATE, tmp_path / "all.wav")
    assert set(read(tmp_path / "all.wav")) == {32767, 0}


@pytest.mark.parametrize("start", [-0.1, 0.95])
def test_what_does_not_fit_is_an_error(tmp_path, start):
    write(np.ones(RATE // 10, np.int16), tmp_path / "a.wav")
    with pytest.raises(VoiceError, match=r"do not fit into 1\.000 s"):
        compose([(start, tmp_path / "a.wav")], 1.0, tmp_path / "all.wav")


def test_only_our_own_form_of_wav(tmp_path):
    (tmp_path / "a.wav").write_bytes(b"RIFFxxxx")
    with pytest.raises(VoiceError, match="not a WAV file"):
        measure(tmp_path / "a.wav")
