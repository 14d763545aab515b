"""语音任务：分类、识别、合成、零样本 · Audio tasks: classification, recognition, synthesis, zero-shot.

环境 Environment: pip install torch transformers==5.23.0
"""

import numpy as np
from transformers import pipeline

rate = 16_000
moments = np.arange(2 * rate) / rate
wave = (0.1 * np.sin(2 * np.pi * 440 * moments)).astype(np.float32)  # two seconds of one tone

spot = pipeline("audio-classification", model="superb/wav2vec2-base-superb-ks", device="cpu")
answer = spot(wave, top_k=2)
print("audio-classification:", [sorted(each) for each in answer])

listen = pipeline("automatic-speech-recognition", model="facebook/wav2vec2-base-960h", device="cpu")
inputs = next(listen.preprocess(wave))
frames = listen.model(inputs["input_values"]).logits.shape[1]
stride = np.prod(listen.model.config.conv_stride)
print("samples:", inputs["input_values"].shape[1], "· stride:", stride, "· frames:", frames)
print("recognition:", sorted(listen(wave)))
timed = listen(wave, return_timestamps="char")
print("with times:", sorted(timed), "· a chunk:", sorted(timed["chunks"][0]))
pieces = list(listen.preprocess(np.tile(wave, 10), chunk_length_s=8, stride_length_s=2))
print("20 s in chunks of 8 s:", len(pieces), "pieces, the last:", [each["is_last"] for each in pieces])
print("strides of the second:", pieces[1]["stride"])

speak = pipeline("text-to-audio", model="facebook/mms-tts-eng", device="cpu")
spoken = speak("The model turns text into sound.")
print(
    "text-to-audio:",
    sorted(spoken),
    spoken["audio"].dtype,
    "axes:",
    spoken["audio"].ndim,
    "rate:",
    spoken["sampling_rate"],
)

guess = pipeline("zero-shot-audio-classification", model="laion/clap-htsat-unfused", device="cpu")
chances = guess(np.tile(wave, 3), candidate_labels=["a dog", "a violin", "rain"])
print("zero-shot:", len(chances), "labels, adding up to", round(sum(each["score"] for each in chances), 4))

try:
    spot({"array": wave, "sampling_rate": 44_100})
except ImportError as problem:
    print("another sampling rate needs:", str(problem).split(" is required")[0])
