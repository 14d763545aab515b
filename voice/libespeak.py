"""Speak one text in a process of its own: `python libespeak.py LIBRARY DATA VOICE RATE < text`.

libespeak-ng is not reentrant, and it carries pitch flutter and random state from one text to the next. A
fresh process (25 ms) makes the same text give the same samples, whatever was said before and elsewhere.
Writes one line of JSON {"rate", "words": [[character, sample], ...]}, then the 16-bit samples.
Imports nothing but the standard library, so that it starts quickly. Interface: espeak-ng/speak_lib.h, 1.52.
"""

import ctypes
import json
import sys

SYNCHRONOUS, CHARACTERS, UTF8, END_PAUSE, RATE, WORD = 2, 1, 1, 0x1000, 1, 1


class Id(ctypes.Union):
    _fields_ = (("number", ctypes.c_int), ("name", ctypes.c_char_p), ("string", ctypes.c_char * 8))


class Event(ctypes.Structure):
    _fields_ = (
        ("type", ctypes.c_int),
        ("unique_identifier", ctypes.c_uint),
        ("text_position", ctypes.c_int),  # characters, from 1
        ("length", ctypes.c_int),
        ("audio_position", ctypes.c_int),  # milliseconds
        ("sample", ctypes.c_int),
        ("user_data", ctypes.c_void_p),
        ("id", Id),
    )


Callback = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.POINTER(Event))


def speak(library: str, data: str, voice: str, rate: int, text: bytes) -> tuple[int, list, bytes]:
    """Samples per second, (character, sample) of each word event, and the samples."""
    native = ctypes.CDLL(library)
    per_second = native.espeak_Initialize(SYNCHRONOUS, 0, data.encode(), 0)
    if per_second <= 0:
        raise SystemExit(f"does not start with its data at {data}")
    sound, words = bytearray(), []

    def receive(samples, count, events):
        if samples and count > 0:
            sound.extend(ctypes.string_at(samples, count * 2))
        number = 0
        while events[number].type:
            if events[number].type == WORD:
                words.append((events[number].text_position - 1, events[number].sample))
            number += 1
        return 0

    callback = Callback(receive)  # in a name: the library holds only the address
    native.espeak_SetSynthCallback(callback)
    if native.espeak_SetVoiceByName(voice.encode()):
        raise SystemExit(f"has no voice {voice}")
    native.espeak_SetParameter(RATE, rate, 0)
    size = ctypes.c_size_t(len(text) + 1)
    status = native.espeak_Synth(text, size, 0, CHARACTERS, 0, UTF8 | END_PAUSE, None, None)
    native.espeak_Synchronize()
    if status:
        raise SystemExit(f"refuses to speak, status {status}")
    return per_second, words, bytes(sound)


if __name__ == "__main__":
    per_second, words, sound = speak(sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4]), sys.stdin.buffer.read())
    sys.stdout.buffer.write(json.dumps({"rate": per_second, "words": words}).encode() + b"\n" + sound)
