"""旧名字还在不在 · Whether old names are still there.

环境 Environment: pip install torch transformers==5.23.0
"""

import transformers
from transformers import GPT2Config, GPT2LMHeadModel, pipeline

CLASSES = {
    "AutoModelForVision2Seq": "AutoModelForImageTextToText",
    "AdamW": "torch.optim.AdamW",
    "TFAutoModel": None,
    "FlaxAutoModel": None,
    "BeamSearchScorer": None,
    "LogitsWarper": "LogitsProcessor",
    "SinkCache": "DynamicCache",
}
for old, new in CLASSES.items():
    print(f"{old:24} {'there' if hasattr(transformers, old) else 'gone':6} {new or '-'}")

print("prune_heads" in dir(GPT2LMHeadModel), "activation_checkpointing_enable" in dir(GPT2LMHeadModel))

model = GPT2LMHeadModel(GPT2Config(vocab_size=32, n_embd=8, n_layer=1, n_head=1))
for task in ("summarization", "translation", "question-answering", "text2text-generation", "text-generation"):
    try:
        pipeline(task, model=model, tokenizer="openai-community/gpt2", device="cpu")
        print(task, "is a task")
    except KeyError as problem:
        print(task, "is", type(problem).__name__)
