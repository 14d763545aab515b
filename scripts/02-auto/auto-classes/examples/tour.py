"""任务头的全貌：同一种骨干，各种 Auto 类 · The heads: one backbone, every Auto class.

环境 Environment: pip install torch transformers==5.23.0
模型都很小，权重随机，只看类、形状与参数量 · Small models with random weights: classes, shapes, parameters.
"""

import torch
import transformers
from transformers import BertConfig, Qwen3Config, T5Config

torch.manual_seed(0)
small = {"vocab_size": 100, "hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 4}
small |= {"intermediate_size": 64, "num_labels": 2, "pad_token_id": 0}
configs = {
    "bert": BertConfig(**small),
    "qwen3": Qwen3Config(**small, num_key_value_heads=2, head_dim=8),
    "t5": T5Config(vocab_size=100, d_model=32, d_kv=8, d_ff=64, num_layers=2, num_heads=4),
}
configs["t5"].decoder_start_token_id = 0
tasks = ["", "ForPreTraining", "ForCausalLM", "ForMaskedLM", "ForSeq2SeqLM", "ForSequenceClassification",
         "ForTokenClassification", "ForQuestionAnswering", "ForMultipleChoice"]
ids = torch.randint(2, 100, (2, 7))
ids[:, -1] = 1  # the end token, by which T5 finds the sentence vector

for name, config in configs.items():
    print(name)
    for task in tasks:
        auto = getattr(transformers, "AutoModel" + task)
        try:
            model = auto.from_config(config).eval()
        except ValueError:
            continue
        given = {"input_ids": ids[:, None].repeat(1, 4, 1) if task == "ForMultipleChoice" else ids}
        if model.config.is_encoder_decoder:
            given["decoder_input_ids"] = ids
        with torch.no_grad():
            output = model(**given)
        alone = model.base_model is model  # the backbone itself, or a class whose backbone is no module of its own
        extra = "" if alone else f"+{model.num_parameters() - model.base_model.num_parameters()}"
        shapes = {key: tuple(value.shape) for key, value in output.items() if isinstance(value, torch.Tensor)}
        shown = {key: shape for key, shape in shapes.items() if "logits" in key or key == "last_hidden_state"}
        print(f"  {task or '(none)':26} {type(model).__name__:30} {extra:6} {shown}")

