"""每个部件各写出哪些文件 · Which files each part writes.

环境 Environment: pip install torch transformers==5.23.0
"""

import json
import shutil
from pathlib import Path

from transformers import AutoConfig, AutoModelForCausalLM, AutoModelForSeq2SeqLM, AutoTokenizer


def written(thing, **options):
    shutil.rmtree("out", ignore_errors=True)
    thing.save_pretrained("out", **options)
    return sorted(path.name for path in Path("out").iterdir())


name = "Qwen/Qwen3-0.6B"
model, tokenizer = AutoModelForCausalLM.from_pretrained(name), AutoTokenizer.from_pretrained(name)
print("configuration:", written(model.config))
print("tokenizer:    ", written(tokenizer))
print("model:        ", written(model))
print("in shards:    ", written(model, max_shard_size="200KB"))
print("as a variant: ", written(model, variant="bf16"))
print("T5:           ", written(AutoModelForSeq2SeqLM.from_pretrained("google-t5/t5-small")))

written(model)
config = json.loads(Path("out/config.json").read_text())
shown = ("architectures", "dtype", "model_type", "transformers_version")
print("config.json:", {key: config[key] for key in shown})
generation = json.loads(Path("out/generation_config.json").read_text())
print("generation_config.json:", {key: generation[key] for key in ("do_sample", "temperature", "top_k", "top_p")})
written(tokenizer)
settings = json.loads(Path("out/tokenizer_config.json").read_text())
shown = ("tokenizer_class", "eos_token", "model_max_length")
print("tokenizer_config.json:", {key: settings[key] for key in shown})
print("chat template in a file of its own:", Path("out/chat_template.jinja").read_text() == tokenizer.chat_template)

changed = AutoConfig.from_pretrained(name, attention_dropout=0.25)
names = written(changed)
print("a changed configuration, saved and loaded:", names, AutoConfig.from_pretrained("out").attention_dropout)
