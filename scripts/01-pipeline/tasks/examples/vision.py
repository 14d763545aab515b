"""视觉任务：检测、分割、深度、特征、匹配 · Vision tasks: detection, segmentation, depth, features, matching.

环境 Environment: pip install torch transformers==5.23.0 pillow
"""

import numpy as np
from PIL import Image
from transformers import pipeline

image = Image.fromarray(np.random.default_rng(0).integers(0, 255, (240, 320, 3)).astype("uint8"))
print("image: width", image.width, "· height", image.height)

detect = pipeline("object-detection", model="hustvl/yolos-tiny", device="cpu")
found = detect(image, threshold=0.0)
queries = detect.model.config.num_detection_tokens
print("detection:", sorted(found[0]), sorted(found[0]["box"]), "· at most", queries, "boxes:", len(found) <= queries)
print("a higher threshold keeps no more:", len(detect(image, threshold=0.5)) <= len(found))
inside = all(each["box"]["xmin"] <= each["box"]["xmax"] for each in found)
print("boxes are pixels of the image as given:", inside)

segment = pipeline("image-segmentation", model="nvidia/segformer-b0-finetuned-ade-512-512", device="cpu")
masks = segment(image)
print(
    "segmentation:",
    sorted(masks[0]),
    "· mask",
    masks[0]["mask"].size,
    masks[0]["mask"].mode,
    "· score",
    masks[0]["score"],
)
covered = sum((np.array(each["mask"]) > 0).sum() for each in masks)
print("every pixel in one mask:", covered == image.width * image.height)

depth = pipeline("depth-estimation", model="Intel/dpt-large", device="cpu")(image)
print("depth:", {key: type(value).__name__ for key, value in depth.items()}, tuple(depth["predicted_depth"].shape))

features = pipeline("image-feature-extraction", model="google/vit-base-patch16-224", device="cpu")
vectors = features(image, return_tensors=True)
print(
    "features:", tuple(vectors.shape)[:2], "· pooled:", tuple(features(image, return_tensors=True, pool=True).shape)[:1]
)

match = pipeline("keypoint-matching", model="magic-leap-community/superglue_outdoor", device="cpu")
pairs = match([image, image.transpose(Image.Transpose.FLIP_LEFT_RIGHT)])
print("matching:", type(pairs).__name__, "of", sorted(pairs[0]) if pairs else "nothing")
