"""第五版的权重转换：磁盘上与内存中的格式各自独立 · Conversion in version 5: the format on disk and the one in memory.

环境 Environment: pip install torch transformers==5.23.0 safetensors
模型是随机初始化的小 Qwen3-MoE · A small Qwen3-MoE with random weights.
"""

import torch
from safetensors.torch import load_file, save_file
from transformers import AutoModelForCausalLM, Qwen3MoeConfig, Qwen3MoeForCausalLM
from transformers.conversion_mapping import get_checkpoint_conversion_mapping

torch.manual_seed(0)
config = Qwen3MoeConfig(
    vocab_size=64, hidden_size=32, intermediate_size=64, moe_intermediate_size=16, num_hidden_layers=1,
    num_attention_heads=4, num_key_value_heads=2, num_experts=4, num_experts_per_tok=2,
)
model = Qwen3MoeForCausalLM(config).eval()
for rule in get_checkpoint_conversion_mapping("qwen2_moe"):
    print(type(rule).__name__, rule.source_patterns, "->", rule.target_patterns)
    print("    by", [type(operation).__name__ for operation in rule.operations])


def experts(names):
    return sorted(name.split("layers.0.mlp.")[1] for name in names if "experts" in name)


print("in memory:", {name: tuple(model.state_dict()[f"model.layers.0.mlp.{name}"].shape)
                     for name in experts(model.state_dict())})
model.save_pretrained("original")  # save_original_format=True: the checkpoint looks as it always did
model.save_pretrained("memory", save_original_format=False)
for folder in ("original", "memory"):
    names = experts(load_file(f"{folder}/model.safetensors"))
    print(f"on disk, {folder}: {len(names)} keys, first {names[0]}")

ids = torch.arange(8)[None]
for folder in ("original", "memory"):
    loaded, info = AutoModelForCausalLM.from_pretrained(folder, output_loading_info=True)
    with torch.no_grad():
        same = torch.equal(loaded.eval()(ids).logits, model(ids).logits)
    print(f"loaded from {folder}: missing {sorted(info['missing_keys'])}, the same logits: {same}")

disk = load_file("original/model.safetensors")
gate = [disk[f"model.layers.0.mlp.experts.{expert}.gate_proj.weight"] for expert in range(4)]
up = [disk[f"model.layers.0.mlp.experts.{expert}.up_proj.weight"] for expert in range(4)]
by_hand = torch.cat([torch.stack(gate), torch.stack(up)], dim=1)  # MergeModulelist(0), then Concatenate(1)
print("by hand:", tuple(by_hand.shape), torch.equal(by_hand, model.model.layers[0].mlp.experts.gate_up_proj))

save_file({name.replace("self_attn", "attention"): value for name, value in disk.items()}, "old.safetensors",
          metadata={"format": "pt"})
foreign = {"config": config, "state_dict": load_file("old.safetensors"), "output_loading_info": True}
_, info = Qwen3MoeForCausalLM.from_pretrained(None, **foreign)
print("foreign names: missing", len(info["missing_keys"]), "unexpected", len(info["unexpected_keys"]))
_, info = Qwen3MoeForCausalLM.from_pretrained(None, key_mapping={r"\.attention\.": ".self_attn."}, **foreign)
print("with key_mapping: missing", len(info["missing_keys"]), "unexpected", len(info["unexpected_keys"]))
