"""视频分类：从帧到标签 · Video classification: from frames to labels.

环境 Environment: pip install torch transformers==5.23.0 pillow av
"""

import av
import numpy as np
from transformers import pipeline

path = "clip.mp4"
with av.open(path, "w") as video:
    stream = video.add_stream("mpeg4", rate=8)
    stream.width = stream.height = 64
    stream.pix_fmt = "yuv420p"
    for number in range(24):
        picture = np.full((64, 64, 3), 10 * number, dtype="uint8")
        video.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
    video.mux(stream.encode())

classify = pipeline("video-classification", model="MCG-NJU/videomae-base-finetuned-kinetics", device="cpu")
config = classify.model.config
pixels = classify.preprocess(path)["pixel_values"]
print("batch, frames, channels, height, width:", tuple(pixels.shape)[:3], "· frames of the model:", config.num_frames)
tubes = config.num_frames // config.tubelet_size * (config.image_size // config.patch_size) ** 2
print("tokens are tubes of", config.tubelet_size, "frames:", tubes)
print("answer:", [sorted(each) for each in classify(path, top_k=2)])
print("every second frame:", tuple(classify.preprocess(path, frame_sampling_rate=2)["pixel_values"].shape)[1])
