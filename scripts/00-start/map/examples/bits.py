"""bitsandbytes：载入时量化，字节与误差 · bitsandbytes: quantized while loading, bytes and error.

环境 Environment: pip install torch transformers==5.23.0 bitsandbytes==0.50.2 accelerate==1.15.0
"""

import torch
from torch.nn.functional import cosine_similarity
from transformers import AutoModel, AutoTokenizer, BitsAndBytesConfig

name = "sentence-transformers/all-MiniLM-L6-v2"
tokenizer = AutoTokenizer.from_pretrained(name)
inputs = tokenizer(["A cat sits on the mat.", "Interest rates rose again."], padding=True, return_tensors="pt")


@torch.no_grad()
def vectors(model):
    hidden = model(**inputs).last_hidden_state.float()
    mask = inputs["attention_mask"].unsqueeze(-1)
    return (hidden * mask).sum(1) / mask.sum(1)


exact = None
for label, quantized in (
    ("as saved", None),
    ("8 bits", BitsAndBytesConfig(load_in_8bit=True)),
    ("4 bits, NF4", BitsAndBytesConfig(load_in_4bit=True, bnb_4bit_quant_type="nf4")),
):
    model = AutoModel.from_pretrained(name, quantization_config=quantized, device_map="cpu")
    found = vectors(model)
    exact = found if exact is None else exact
    layer = model.encoder.layer[0].intermediate.dense
    print(
        f"{label:12} {model.get_memory_footprint():>10,} bytes · {type(layer).__name__:13}"
        f" {str(layer.weight.dtype):14} cosine {cosine_similarity(found, exact).min():.3f}"
    )
share = model.embeddings.word_embeddings.weight.nbytes / model.get_memory_footprint()
print(f"of the last, the embedding, which is not quantized, takes {share:.0%}")
