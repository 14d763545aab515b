"""Microsoft Edge's online voices through the package edge-tts: natural, free of charge, need a network.

API checked against edge-tts 7.3.1: `Communicate(text, voice, boundary="WordBoundary").stream()` gives chunks with
`type` "audio" (`data`: MP3) or "WordBoundary" (`offset` and `duration` in 100 ns, `text`). Its `stream_sync` waits
for ever when the service fails, so the asynchronous one is used.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from voice.base import finish, needs, source
from voice.speech import Speech, VoiceError
from voice.words import matched

INSTALL = "pip install edge-tts==7.3.1"
TICKS = 10_000_000  # per second
LONGEST = 120.0  # seconds for one beat
ELSEWHERE = "check the network and the voice's name (edge-tts --list-voices), or use LECTURE_VOICE=espeak"


class Edge:
    """`voice` such as zh-CN-XiaoxiaoNeural; times are those the service reports."""

    def __init__(self, voice: str) -> None:
        if not voice:
            raise VoiceError("voice 'edge' wants a name, as in edge:zh-CN-XiaoxiaoNeural")
        self.voice, self.name = voice, f"edge:{voice}"

    def fingerprint(self, language: str = "", name: str = "") -> str:
        return json.dumps([self.name, source("edge.py")])

    def synthesize(self, text: str, language: str, marks: Mapping[str, int], wav: Path, name: str = "") -> Speech:
        edge_tts: Any = needs("edge_tts", self.name, INSTALL)
        from voice import audio

        try:
            talk = edge_tts.Communicate(text, self.voice, boundary="WordBoundary")
            with ThreadPoolExecutor(1) as thread:  # of its own: the caller may be in an event loop, as in Jupyter
                sound, heard = thread.submit(asyncio.run, asyncio.wait_for(_collect(talk), LONGEST)).result()
        except Exception as error:  # aiohttp's, edge-tts's and the system's own: all mean that no sound came
            said = " ".join(f"{type(error).__name__}: {error}".split())
            raise VoiceError(f"{self.name} did not answer ({said}); {ELSEWHERE}") from error
        samples = audio.decode(sound, f"the answer of {self.name}")
        starts = matched(text, heard)
        return finish(samples, text, marks, wav, starts or None)


async def _collect(talk: Any) -> tuple[bytes, list[tuple[str, float]]]:
    """The sound, and the words with their seconds in it."""
    sound, heard = bytearray(), list[tuple[str, float]]()
    async for chunk in talk.stream():
        if chunk["type"] == "audio":
            sound += chunk["data"]
        elif chunk["type"] == "WordBoundary":
            heard.append((chunk["text"], chunk["offset"] / TICKS))
    return bytes(sound), heard
