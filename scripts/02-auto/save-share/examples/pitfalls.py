"""保存的陷阱，逐一运行 · Pitfalls of saving, each of them run.

环境 Environment: pip install torch transformers==5.23.0
"""

import json
import logging
from pathlib import Path

import torch
from safetensors.torch import load_file
from transformers import AutoModelForSequenceClassification, AutoTokenizer, GenerationConfig

logging.getLogger("transformers").setLevel(logging.CRITICAL)
name = "sentence-transformers/all-MiniLM-L6-v2"
model = AutoModelForSequenceClassification.from_pretrained(name, num_labels=2)
tokenizer = AutoTokenizer.from_pretrained(name)


def attempt(what, call):
    try:
        print(what, call())
    except Exception as error:
        print(what, type(error).__name__, "·", str(error).split("\n")[0][:70])


model.save_pretrained("alone")
attempt("1. no tokenizer saved:", lambda: AutoTokenizer.from_pretrained("alone").tokenize("hello"))
tokenizer.save_pretrained("both")
Path("both/tokenizer.json").unlink()
attempt("2. tokenizer.json removed:", lambda: AutoTokenizer.from_pretrained("both").tokenize("hello"))
told = json.loads(Path("alone/config.json").read_text())
print("3. labels nobody named:", AutoModelForSequenceClassification.from_pretrained("alone").config.id2label,
      "· in the file:", told.get("id2label"))

wrapped = torch.nn.DataParallel(model)
print("4. parameters of a wrapped module:", next(iter(wrapped.state_dict())))
print("   of a compiled one:", next(iter(torch.compile(model).state_dict())))
model.save_pretrained("wrapped", state_dict=wrapped.state_dict())
print("   saved under such names:", sorted(load_file("wrapped/model.safetensors"))[0])
_, info = AutoModelForSequenceClassification.from_pretrained("wrapped", output_loading_info=True)
print("   and loaded: missing", len(info["missing_keys"]))

tokenizer.add_tokens(["<tool>"])
tokenizer.save_pretrained("added")
model.save_pretrained("added")
again = AutoModelForSequenceClassification.from_pretrained("added")
print("5. entries:", len(AutoTokenizer.from_pretrained("added")), "rows:", again.get_input_embeddings().num_embeddings)

model.train()
inputs = tokenizer("Round trip", return_tensors="pt")
with torch.no_grad():
    print("6. in training mode, twice the same:", torch.equal(model(**inputs).logits, model(**inputs).logits))
print("   loaded models are in evaluation mode:", not again.training)

attempt("7. settings that contradict:", lambda: GenerationConfig(temperature=0.5, do_sample=False).save_pretrained("g"))
attempt("8. a file instead of a folder:", lambda: model.save_pretrained("alone/config.json"))
model.to(torch.bfloat16).float().save_pretrained("twice")
kept = AutoModelForSequenceClassification.from_pretrained("twice")
print("9. through bf16 and back:", kept.dtype, "· as before:",
      torch.equal(kept.bert.embeddings.word_embeddings.weight, again.bert.embeddings.word_embeddings.weight))
