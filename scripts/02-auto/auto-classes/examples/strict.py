"""练习的解：严格的载入 · Solution: loading strictly.

环境 Environment: pip install torch transformers==5.23.0
"""

import logging

import torch
from transformers import AutoModel, AutoModelForMaskedLM, AutoModelForSequenceClassification

logging.getLogger("transformers").setLevel(logging.CRITICAL)


def load_strictly(auto, name, **options):
    """A model whose backbone is complete: only parameters outside it may be missing. ValueError names the others."""
    model, info = auto.from_pretrained(name, output_loading_info=True, **options)
    prefix = model.base_model_prefix + "."
    backbone = model.base_model is not model
    lost = [key for key in info["missing_keys"] if not backbone or key.startswith(prefix)]
    lost += [key for key, *_ in info["mismatched_keys"]]
    if lost:
        raise ValueError(f"{name}: {len(lost)} parameters of the backbone are random, such as {sorted(lost)[0]}")
    return model, sorted(info["missing_keys"])


name = "sentence-transformers/all-MiniLM-L6-v2"
for auto in (AutoModel, AutoModelForSequenceClassification, AutoModelForMaskedLM):
    _, new = load_strictly(auto, name)
    print(f"{auto.__name__:36} new: {new}")

model = AutoModel.from_pretrained(name)
state = {key: value for key, value in model.state_dict().items() if "layer.3" not in key}
model.save_pretrained("broken", state_dict=state)
try:
    load_strictly(AutoModelForSequenceClassification, "broken")
except ValueError as error:
    print(error)
broken = AutoModel.from_pretrained("broken")
print("without the check it runs:", tuple(broken(torch.arange(5)[None]).last_hidden_state.shape))
