"""From narration to WAV, word times and the time line of a scene.

voice = get_voice("espeak")
slots = timeline(scene_script, "zh", voice)   # tuple[Slot(beat, speech, start, voice_end, end)]
"""

from voice.base import Voice
from voice.choice import get_voice
from voice.line import Slot, speak, timeline
from voice.speech import Speech, VoiceError, Word

__all__ = ["Slot", "Speech", "Voice", "VoiceError", "Word", "get_voice", "speak", "timeline"]
