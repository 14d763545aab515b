"""一个底座，多个适配器；合并与撤销 · One base, several adapters; merging and undoing.

环境 Environment: pip install torch transformers==5.23.0 peft==0.21.2
模型是随机初始化的小 Llama，无需下载 · The model is a small Llama with random weights: nothing is downloaded.
"""

import torch
from peft import LoraConfig, get_peft_model
from transformers import LlamaConfig, LlamaForCausalLM

torch.manual_seed(0)
config = LlamaConfig(
    vocab_size=256,
    hidden_size=64,
    intermediate_size=192,
    num_hidden_layers=2,
    num_attention_heads=4,
)
lora = LoraConfig(r=4, lora_alpha=8, target_modules=["q_proj", "v_proj"], init_lora_weights=False)
model = get_peft_model(LlamaForCausalLM(config), lora, adapter_name="law").eval()
model.add_adapter("code", lora)
ids = torch.randint(0, 256, (1, 12))
w = model.base_model.model.model.layers[0].self_attn.q_proj.base_layer.weight
original = w.detach().clone()


@torch.no_grad()
def logits():
    return model(ids).logits[0, -1, :3].tolist()


def show(state, row):
    print(f"{state:18}", " ".join(f"{number:8.4f}" for number in row))


show("active: law", logits())
model.set_adapter("code")
show("active: code", logits())
with model.disable_adapter():
    show("adapters disabled", logits())
model.merge_adapter()
show("code merged", logits())
model.unmerge_adapter()
show("code unmerged", logits())
print(f"W after undoing - W before, largest: {(w - original).abs().max():.1e}")
print("exactly the same bits:", torch.equal(w, original))
