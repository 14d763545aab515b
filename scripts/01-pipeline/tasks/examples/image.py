"""图像任务：从像素到标签 · An image task: from pixels to labels.

环境 Environment: pip install torch transformers==5.23.0 pillow
"""

import numpy as np
from PIL import Image
from transformers import pipeline

image = Image.fromarray(np.linspace(0, 255, 320 * 240 * 3).reshape(240, 320, 3).astype("uint8"))
classify = pipeline("image-classification", model="google/vit-base-patch16-224", device="cpu")
pixels = classify.image_processor(image, return_tensors="pt")["pixel_values"]
print("image", image.size, "-> pixel_values", tuple(pixels.shape), pixels.dtype)
answer = classify(image, top_k=3)
print(len(answer), "labels:", [type(each["label"]).__name__ for each in answer], sorted(answer[0]))
print("scores fall:", answer[0]["score"] >= answer[1]["score"] >= answer[2]["score"])
patches = (pixels.shape[-1] // classify.model.config.patch_size) ** 2
print("patches:", patches, "· tokens with the class token:", patches + 1)
