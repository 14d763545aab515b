"""Every optional voice against a local stand-in of its service or library.

Signatures of the stand-in modules are those of edge-tts 7.3.1, piper-tts 1.8.0 and kokoro-onnx 0.6.1; where the
real package is installed they are compared.
"""

import importlib
import inspect
import io
import json
import sys
import threading
import types
import wave
from contextlib import contextmanager
from fractions import Fraction
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import av
import numpy as np
import pytest

from scripts.model import Beat
from store import Store
from voice import VoiceError, get_voice, speak
from voice.audio import RATE, read
from voice.edge import Edge
from voice.kokoro import Kokoro
from voice.openai import OpenAI
from voice.piper import Piper
from voice.recorded import Recorded

TEXT = "把增量加到权重上，再用 LoRA 撤销。"


def tone(seconds: float, rate: int = 24000) -> np.ndarray:
    return (0.4 * np.sin(np.arange(round(seconds * rate)) * 0.1)).astype(np.float32)


def wav_bytes(samples: np.ndarray, rate: int = 24000) -> bytes:
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setparams((1, 2, rate, 0, "NONE", ""))
        file.writeframes((samples * 32767).astype("<i2").tobytes())
    return out.getvalue()


def mp3_bytes(samples: np.ndarray, rate: int = 24000) -> bytes:
    out = io.BytesIO()
    with av.open(out, "w", format="mp3") as container:
        stream = container.add_stream("mp3", rate=rate)
        stream.layout = "mono"
        frame = av.AudioFrame.from_ndarray(samples.reshape(1, -1), format="fltp", layout="mono")
        frame.sample_rate, frame.pts, frame.time_base = rate, 0, Fraction(1, rate)
        for packet in [*stream.encode(frame), *stream.encode(None)]:
            container.mux(packet)
    return out.getvalue()


def check(speech, estimated: bool) -> None:
    assert read(speech.wav).size == round(speech.duration * RATE)
    assert [word.text for word in speech.words] == [*"把增量加到权重上再用", "LoRA", *"撤销"]
    assert speech.estimated is estimated
    assert 0 <= speech.marks["sum"] < speech.duration


@pytest.fixture
def stand_in(monkeypatch):
    def put(name: str, **contents) -> None:
        module = types.ModuleType(name)
        module.__dict__.update(contents)
        monkeypatch.setitem(sys.modules, name, module)

    return put


@pytest.fixture
def missing(monkeypatch):
    for name in ("edge_tts", "piper", "kokoro_onnx"):
        monkeypatch.setitem(sys.modules, name, None)


def spoken(voice, folder: Path):
    return voice.synthesize(TEXT, "zh", {"sum": TEXT.index("加")}, folder / "a.wav", "Merge.add")


# edge


class Communicate:
    """As edge_tts.Communicate: words in pieces of the service's own choice, MP3 in several chunks."""

    error: Exception | None = None
    sound = mp3_bytes(tone(3.0))

    def __init__(
        self,
        text,
        voice="en-US-EmmaMultilingualNeural",
        *,
        rate="+0%",
        volume="+0%",
        pitch="+0Hz",
        boundary="SentenceBoundary",
        connector=None,
        proxy=None,
        connect_timeout=10,
        receive_timeout=60,
    ):
        assert (text, voice, boundary) == (TEXT, "zh-CN-XiaoxiaoNeural", "WordBoundary")

    async def stream(self):
        if self.error:
            raise self.error
        yield {"type": "audio", "data": self.sound[:5000]}
        for word, second in [("把", 0.0), ("增量", 0.3), ("加到", 1.0), ("权重", 1.5), ("LoRA", 2.2)]:
            yield {"type": "WordBoundary", "offset": second * 1e7, "duration": 1e6, "text": word}
        yield {"type": "audio", "data": self.sound[5000:]}


def test_edge_takes_its_times_from_the_service(stand_in, tmp_path):
    stand_in("edge_tts", Communicate=Communicate)
    speech = spoken(get_voice("edge:zh-CN-XiaoxiaoNeural"), tmp_path)
    check(speech, estimated=False)
    assert speech.marks["sum"] == pytest.approx(1.0, abs=0.08)
    assert speech.duration == pytest.approx(3.0, abs=0.15)


@pytest.mark.parametrize("error", [TimeoutError(), OSError("Cannot connect"), RuntimeError("No audio was received.")])
def test_edge_unreachable(stand_in, tmp_path, error):
    stand_in("edge_tts", Communicate=type("Down", (Communicate,), {"error": error}))
    with pytest.raises(VoiceError, match=r"did not answer .*LECTURE_VOICE=espeak"):
        spoken(Edge("zh-CN-XiaoxiaoNeural"), tmp_path)


@pytest.mark.parametrize("sound", [b"", b"<html>not a sound</html>" * 200])
def test_edge_garbage(stand_in, tmp_path, sound):
    stand_in("edge_tts", Communicate=type("Garbage", (Communicate,), {"sound": sound}))
    with pytest.raises(VoiceError, match="not a readable sound"):
        spoken(Edge("zh-CN-XiaoxiaoNeural"), tmp_path)


def test_the_real_edge_client_against_a_local_service(monkeypatch, tmp_path):
    """The protocol itself, over a websocket on this machine; needs edge-tts."""
    communicate = pytest.importorskip("edge_tts.communicate")
    import asyncio

    from aiohttp import web

    heard = []

    async def service(request):
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        heard.extend([(await socket.receive()).data, (await socket.receive()).data])
        for word, second in [("把", 0.0), ("增量", 0.3), ("加到", 1.0)]:
            data = {"Offset": int(second * 1e7), "Duration": 10**6, "text": {"Text": word}}
            body = json.dumps({"Metadata": [{"Type": "WordBoundary", "Data": data}]})
            await socket.send_str(f"X-RequestId:1\r\nPath:audio.metadata\r\n\r\n{body}")
        head = b"X-RequestId:1\r\nContent-Type:audio/mpeg\r\nPath:audio\r\n"
        await socket.send_bytes(len(head).to_bytes(2, "big") + head + mp3_bytes(tone(3.0)))
        await socket.send_str("X-RequestId:1\r\nPath:turn.end\r\n\r\n{}")
        await socket.close()
        return socket

    loop, ready, port = asyncio.new_event_loop(), threading.Event(), []

    async def start():
        application = web.Application()
        application.router.add_get("/edge", service)
        runner = web.AppRunner(application)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        port.append(runner.addresses[0][1])
        ready.set()
        return runner

    def serve():
        runner = loop.run_until_complete(start())
        loop.run_forever()
        loop.run_until_complete(runner.cleanup())

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    assert ready.wait(10)
    monkeypatch.setattr(communicate, "WSS_URL", f"ws://127.0.0.1:{port[0]}/edge?x=1")
    try:
        speech = spoken(Edge("zh-CN-XiaoxiaoNeural"), tmp_path)
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
    check(speech, estimated=False)
    assert speech.marks["sum"] == pytest.approx(1.0, abs=0.08)
    assert '"wordBoundaryEnabled":"true"' in heard[0]
    assert TEXT in heard[1]
    with pytest.raises(VoiceError, match="did not answer"):  # the service is gone
        spoken(Edge("zh-CN-XiaoxiaoNeural"), tmp_path)


# piper and kokoro


class PiperVoice:
    """As piper.PiperVoice: one chunk per sentence."""

    @staticmethod
    def load(
        model_path, config_path=None, use_cuda=False, espeak_data_dir="", download_dir=None, include_alignments=False
    ):
        if Path(model_path).read_bytes() != b"model":
            raise ValueError("INVALID_PROTOBUF")
        return PiperVoice()

    def synthesize(self, text, syn_config=None, include_alignments=False):
        yield types.SimpleNamespace(sample_rate=22050, audio_float_array=tone(2.0, 22050))


@pytest.fixture
def model(tmp_path):
    path = tmp_path / "zh.onnx"
    path.write_bytes(b"model")
    Path(f"{path}.json").write_text("{}")
    return path


def test_piper_speaks_from_a_file(stand_in, model, tmp_path):
    stand_in("piper", PiperVoice=PiperVoice)
    voice = Piper(str(model))
    check(spoken(voice, tmp_path), estimated=True)
    before = voice.fingerprint("zh")
    model.write_bytes(b"another model")
    assert voice.fingerprint("zh") != before
    with pytest.raises(VoiceError, match="does not load"):
        spoken(Piper(str(model)), tmp_path)
    with pytest.raises(VoiceError, match="no file /nowhere"):
        Piper("/nowhere/x.onnx").fingerprint()


class KokoroModel:
    """As kokoro_onnx.Kokoro."""

    def __init__(self, model_path, voices_path, espeak_config=None, vocab_config=None):
        pass

    def get_voices(self):
        return ["af_heart", "zf_xiaobei"]

    def create(
        self,
        text,
        voice,
        speed=1.0,
        lang="en-us",
        is_phonemes=False,
        trim=True,
        sentence_pause=0.25,
        clause_pause=0.1,
        continuous=False,
    ):
        if "LoRA" not in text:
            raise IndexError("index 510 is out of bounds")
        assert (voice, lang) == ("zf_xiaobei", "cmn")
        return tone(2.0), 24000


def test_kokoro_speaks_from_a_folder(stand_in, monkeypatch, tmp_path):
    stand_in("kokoro_onnx", Kokoro=KokoroModel)
    monkeypatch.setenv("LECTURE_KOKORO", str(tmp_path))
    voice = Kokoro("zf_xiaobei")
    with pytest.raises(VoiceError, match="set LECTURE_KOKORO"):
        voice.fingerprint()
    for file in voice.files:
        file.write_bytes(b"weights")
    check(spoken(voice, tmp_path), estimated=True)
    assert voice.fingerprint() != Kokoro("af_heart").fingerprint()
    with pytest.raises(VoiceError, match="cannot say '再来。'"):
        voice.synthesize("再来。", "zh", {}, tmp_path / "b.wav")
    with pytest.raises(VoiceError, match="use one of af_heart, zf_xiaobei"):
        spoken(Kokoro("nobody"), tmp_path)


@pytest.mark.parametrize(
    ("module", "name", "ours"),
    [
        ("edge_tts", "Communicate", Communicate),
        ("piper", "PiperVoice", PiperVoice),
        ("kokoro_onnx", "Kokoro", KokoroModel),
    ],
)
def test_stand_ins_have_the_signatures_of_the_packages(module, name, ours):
    real = getattr(pytest.importorskip(module), name)
    for method, function in vars(ours).items():
        if inspect.isroutine(function) and hasattr(real, method):
            theirs = [*inspect.signature(getattr(real, method)).parameters]
            assert [*inspect.signature(getattr(ours, method)).parameters] == theirs


def test_a_missing_package_says_what_to_install(missing, monkeypatch, model, tmp_path):
    monkeypatch.setenv("LECTURE_KOKORO", str(tmp_path))
    for voice, install in [
        (Edge("zh-CN-XiaoxiaoNeural"), r"pip install edge-tts==7\.3\.1"),
        (Piper(str(model)), r"pip install piper-tts==1\.8\.0"),
        (Kokoro("af_heart"), r"pip install kokoro-onnx==0\.6\.1"),
    ]:
        with pytest.raises(VoiceError, match=install):
            spoken(voice, tmp_path)


# OpenAI-compatible servers


@contextmanager
def server(status: int = 200, body: bytes = b"", hang: bool = False):
    """A speech server on 127.0.0.1 that answers everything alike and stops with the block."""
    asked: list[dict] = []
    done = threading.Event()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            wish = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            asked.append(wish | {"path": self.path, "key": self.headers.get("Authorization")})
            if hang:
                done.wait(10)
                return
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *arguments):
            pass

    http = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=http.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield f"http://127.0.0.1:{http.server_port}/v1", asked
    finally:
        done.set()
        http.shutdown()
        thread.join()
        http.server_close()


@pytest.mark.parametrize("encode", [wav_bytes, mp3_bytes])
def test_openai_estimates_word_times(monkeypatch, tmp_path, encode):
    monkeypatch.setenv("OPENAI_API_KEY", "secret")
    with server(body=encode(tone(4.0))) as (url, asked):
        speech = spoken(get_voice(f"openai:{url}#kokoro/alloy"), tmp_path)
    check(speech, estimated=True)
    assert speech.duration == pytest.approx(4.0, abs=0.2)
    assert asked == [
        {
            "model": "kokoro",
            "voice": "alloy",
            "input": TEXT,
            "response_format": "wav",
            "path": "/v1/audio/speech",
            "key": "Bearer secret",
        }
    ]


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        ({"status": 401, "body": b'{"error": "no\\n key"}'}, "answers 401 .*OPENAI_API_KEY"),
        ({"status": 500}, "answers 500"),
        ({"body": b""}, "not a readable sound"),
        ({"body": b"<html>" * 1000}, "not a readable sound"),
        ({"body": wav_bytes(tone(1.0) * 0)}, "silence"),
        ({"body": wav_bytes(tone(1.0))[:20]}, "not a readable sound"),
        ({"hang": True}, r"does not answer within 0\.3 s"),
    ],
)
def test_openai_faults_are_one_line(monkeypatch, tmp_path, answer, says):
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    with server(**answer) as (url, _), pytest.raises(VoiceError, match=says) as caught:
        spoken(OpenAI(f"{url}#alloy", timeout=0.3), tmp_path)
    assert "\n" not in str(caught.value)


def test_openai_nobody_listens(tmp_path):
    with server() as (url, _):
        pass
    with pytest.raises(VoiceError, match="start the server, or use LECTURE_VOICE=espeak"):
        spoken(OpenAI(f"{url}#alloy", timeout=1), tmp_path)


def test_a_failed_voice_leaves_nothing_in_the_store(tmp_path):
    beat, store = Beat("add", TEXT, TEXT), Store(tmp_path)
    with server(status=503) as (url, _), pytest.raises(VoiceError, match="beat add: "):
        speak(beat, "zh", OpenAI(f"{url}#alloy"), store)
    with server(body=wav_bytes(tone(2.0))) as (url, asked):
        voice = OpenAI(f"{url}#alloy")
        assert speak(beat, "zh", voice, store) == speak(beat, "zh", voice, store)
        assert len(asked) == 1


# recordings


def test_recordings_are_found_by_scene_and_beat(tmp_path):
    (tmp_path / "add.wav").write_bytes(wav_bytes(tone(1.0)))
    voice = get_voice(f"recorded:{tmp_path}")
    assert spoken(voice, tmp_path / "out").duration == pytest.approx(1.0, abs=0.01)
    general = voice.fingerprint("zh", "Merge.add")
    (tmp_path / "zh").mkdir()
    (tmp_path / "zh" / "Merge.add.wav").write_bytes(wav_bytes(tone(2.0)))
    assert voice.fingerprint("zh", "Merge.add") != general
    assert voice.fingerprint("en", "Merge.add") == general
    speech = spoken(voice, tmp_path / "out")
    check(speech, estimated=True)
    assert speech.duration == pytest.approx(2.0, abs=0.01)


def test_recordings_may_bring_word_times(tmp_path):
    (tmp_path / "Merge.add.wav").write_bytes(wav_bytes(tone(3.0)))
    times = tmp_path / "Merge.add.json"
    times.write_text(json.dumps([{"text": "把", "start": 0.0}, {"text": "加到", "start": 1.25}]))
    speech = spoken(Recorded(str(tmp_path)), tmp_path / "out")
    check(speech, estimated=False)
    assert speech.marks["sum"] == pytest.approx(1.25, abs=0.01)
    times.write_text('{"text": 1}')
    with pytest.raises(VoiceError, match="fix it"):
        spoken(Recorded(str(tmp_path)), tmp_path / "out")


def test_a_recording_that_is_missing_or_broken(tmp_path):
    with pytest.raises(VoiceError, match=r"no recording of 'Merge\.add'; put one at .*/zh/Merge\.add\.wav"):
        spoken(Recorded(str(tmp_path)), tmp_path / "out")
    (tmp_path / "add.wav").write_bytes(b"RIFF")
    with pytest.raises(VoiceError, match="not a readable sound"):
        spoken(Recorded(str(tmp_path)), tmp_path / "out")


def test_optional_packages_are_not_imported_before_they_speak():
    assert importlib.import_module("voice.edge")
    assert not hasattr(sys.modules["voice.edge"], "edge_tts")
