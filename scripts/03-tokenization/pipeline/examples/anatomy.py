"""读懂并改写 tokenizer.json · Reading tokenizer.json, and changing it.

环境 Environment: pip install torch transformers==5.23.0 tokenizers==0.23.3
"""

import json

from tokenizers import Tokenizer
from transformers import AutoTokenizer

tokenizer = AutoTokenizer.from_pretrained("sentence-transformers/all-MiniLM-L6-v2")
text = tokenizer.backend_tokenizer.to_str()
written = json.loads(text)
for part, content in written.items():
    kind = content.get("type", "") if isinstance(content, dict) else ""
    inside = sorted(key for key in content if key != "type") if isinstance(content, dict) else content
    print(f"{part:15} {kind:20} {str(inside)[:72]}")
share = len(json.dumps(written["model"])) / len(json.dumps(written))
print(f"largest part: the vocabulary, {share:.0%} of the file")
print("one of the added tokens:", written["added_tokens"][-1])

same = Tokenizer.from_str(text)
sample = "Réunion of TOKENS"
print("built again from the text:", same.encode(sample).ids == tokenizer.backend_tokenizer.encode(sample).ids)


def changed(**parts):
    return Tokenizer.from_str(json.dumps(written | parts | {"padding": None, "truncation": None}))


cased = changed(normalizer=written["normalizer"] | {"lowercase": False, "strip_accents": False})
print("case and accents kept:", cased.encode(sample).tokens)
bare = changed(post_processor=None)
print("without the template:", bare.encode(sample).tokens)
blind = changed(pre_tokenizer=None)
print("without the pre-tokenizer:", blind.encode(sample).tokens)
