"""用 BitsAndBytesConfig 在 CPU 上以 int8 与 NF4 加载预训练编码器。
A pretrained encoder in int8 and in NF4 with BitsAndBytesConfig, on the CPU.

pip install torch transformers==5.23.0 accelerate==1.15.0 bitsandbytes==0.50.2
"""

import logging

import torch
from transformers import AutoModel, AutoTokenizer, BitsAndBytesConfig

logging.getLogger("bitsandbytes").setLevel(logging.ERROR)  # int8 tells every layer's cast to float16
MODEL = "sentence-transformers/all-MiniLM-L6-v2"
configs = {
    "bf16": None,
    "int8": BitsAndBytesConfig(load_in_8bit=True),
    "nf4": BitsAndBytesConfig(
        load_in_4bit=True,
        bnb_4bit_quant_type="nf4",
        bnb_4bit_use_double_quant=True,
        bnb_4bit_compute_dtype=torch.bfloat16,
    ),
}
sentences = ["A cat sleeps on the sofa.", "A kitten is napping on the couch.", "The stock market fell sharply."]
inputs = AutoTokenizer.from_pretrained(MODEL)(sentences, padding=True, return_tensors="pt")


@torch.no_grad()
def embed(model):
    hidden, mask = model(**inputs).last_hidden_state.float(), inputs.attention_mask[..., None]
    return torch.nn.functional.normalize((hidden * mask).sum(1) / mask.sum(1), dim=-1)


vectors = {}
for name, config in configs.items():
    model = AutoModel.from_pretrained(MODEL, dtype=torch.bfloat16, quantization_config=config, device_map="cpu")
    layer = model.encoder.layer[3].intermediate.dense
    print(f"{name}: {type(layer).__name__}, weight {layer.weight.dtype} {tuple(layer.weight.shape)}")
    print(f"  {model.get_memory_footprint() / 1e6:.1f} MB by get_memory_footprint, which counts no absmax")
    vectors[name] = embed(model)
    print(f"  cosine with bf16: {[round(value, 2) for value in (vectors[name] * vectors['bf16']).sum(-1).tolist()]}")
    cat, kitten, market = vectors[name]
    print(f"  cat and kitten {cat @ kitten:.1f}, cat and market {abs(cat @ market):.1f}")

fresh = AutoModel.from_pretrained(MODEL, dtype=torch.bfloat16, quantization_config=configs["nf4"], device_map="cpu")
plain = fresh.dequantize()  # back to nn.Linear; what rounding lost stays lost
layer = plain.encoder.layer[3].intermediate.dense
print(f"after dequantize(): {type(layer).__name__}, weight {layer.weight.dtype} {tuple(layer.weight.shape)}")
