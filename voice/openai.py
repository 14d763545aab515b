"""Any server that speaks OpenAI's `POST /v1/audio/speech`: kokoro-fastapi, LocalAI, vLLM, OpenAI itself.

The protocol carries no word times, so they are estimated. A key is taken from $OPENAI_API_KEY if there is one.
"""

from __future__ import annotations

import http.client
import json
import os
import urllib.error
import urllib.request
from collections.abc import Mapping
from pathlib import Path

from voice.base import finish, source
from voice.speech import Speech, VoiceError

MODEL = "tts-1"
TIMEOUT = 60.0  # seconds
MOST = 100 << 20  # bytes of one answer; ten minutes of WAV are 58 MB


class OpenAI:
    """`address` is `URL#VOICE` or `URL#MODEL/VOICE`, URL up to and including /v1."""

    def __init__(self, address: str, timeout: float = TIMEOUT) -> None:
        self.name, self.timeout = f"openai:{address}", timeout
        self.url, _, who = address.partition("#")
        self.model, _, self.voice = who.rpartition("/")
        self.model = self.model or MODEL
        if not self.url.startswith(("http://", "https://")) or not self.voice:
            raise VoiceError(f"voice {self.name!r}: write it as openai:http://127.0.0.1:8880/v1#alloy")

    def fingerprint(self, language: str = "", name: str = "") -> str:
        return json.dumps([self.url.rstrip("/"), self.model, self.voice, source("openai.py")])

    def synthesize(self, text: str, language: str, marks: Mapping[str, int], wav: Path, name: str = "") -> Speech:
        from voice import audio

        samples = audio.decode(self._answer(text), f"the answer of {self.url}")
        return finish(samples, text, marks, wav, None)

    def _answer(self, text: str) -> bytes:
        wish = {"model": self.model, "voice": self.voice, "input": text, "response_format": "wav"}
        headers = {"Content-Type": "application/json"}
        if secret := os.environ.get("OPENAI_API_KEY"):
            headers["Authorization"] = f"Bearer {secret}"
        address = f"{self.url.rstrip('/')}/audio/speech"
        request = urllib.request.Request(address, json.dumps(wish).encode(), headers)
        try:
            with urllib.request.urlopen(request, timeout=self.timeout) as answer:
                return answer.read(MOST)
        except urllib.error.HTTPError as error:
            said = " ".join(error.read(300).decode(errors="replace").split())
            raise VoiceError(
                f"{address} answers {error.code} {said}; check model {self.model!r}, voice {self.voice!r} "
                "and OPENAI_API_KEY"
            ) from error
        except (OSError, http.client.HTTPException) as error:
            reason = getattr(error, "reason", None) or error
            raise VoiceError(
                f"{address} does not answer within {self.timeout:g} s ({reason}); start the server, "
                "or use LECTURE_VOICE=espeak"
            ) from error
