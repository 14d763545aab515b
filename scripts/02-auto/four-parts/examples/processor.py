"""处理器：文本与图像的同一个入口 · Processors: one door for text and images.

环境 Environment: pip install torch transformers==5.23.0 pillow
"""

import numpy as np
import torch
from PIL import Image
from transformers import AutoImageProcessor, AutoModelForImageClassification, AutoProcessor, AutoTokenizer

name = "google/vit-base-patch16-224"
processor = AutoImageProcessor.from_pretrained(name)
print(type(processor).__name__, processor.size.height, processor.size.width, processor.image_mean, processor.image_std)

wide = Image.fromarray((np.mgrid[0:200, 0:300][1] % 256).astype("uint8")).convert("RGB")
tall = Image.new("RGB", (100, 400), (255, 0, 0))
inputs = processor([wide, tall], return_tensors="pt")
pixels = inputs["pixel_values"]
print(list(inputs), tuple(pixels.shape), "range", pixels.min().item(), "to", pixels.max().item())

resized = np.asarray(tall.resize((224, 224), resample=Image.Resampling.BILINEAR)).astype("float32")
by_hand = (torch.from_numpy(resized).permute(2, 0, 1) / 255 - 0.5) / 0.5
print("by hand: (x / 255 - mean) / std:", torch.allclose(by_hand, pixels[1], atol=1e-5))

model = AutoModelForImageClassification.from_pretrained(name).eval()
with torch.no_grad():
    output = model(**inputs)
patches = (model.config.image_size // model.config.patch_size) ** 2
print("logits:", tuple(output.logits.shape), "· patches:", patches, "= (224 / 16) squared")
with torch.no_grad():
    right = model(**inputs).logits
    wrong = model(pixel_values=pixels * 0.5 + 0.5).logits  # the range 0 to 1: normalization forgotten
same = wrong.shape == right.shape, torch.equal(wrong, right)
print("normalization forgotten: the same shapes", same[0], "· the same numbers", same[1])

for what, where in (("an image model", name), ("a text model", "sentence-transformers/all-MiniLM-L6-v2")):
    auto = AutoProcessor.from_pretrained(where)
    print(f"AutoProcessor of {what}: {type(auto).__name__}")
print("AutoTokenizer of a text model is the same class:",
      type(AutoTokenizer.from_pretrained("sentence-transformers/all-MiniLM-L6-v2")) is type(auto))
try:
    AutoTokenizer.from_pretrained(name)
except Exception as error:
    print("AutoTokenizer of an image model:", type(error).__name__)
