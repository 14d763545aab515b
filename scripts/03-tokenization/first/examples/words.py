"""文本、词元、编号，以及回来的路 · Text, tokens, ids, and the way back.

环境 Environment: pip install torch transformers==5.23.0
"""

from transformers import AutoTokenizer

tokenizer = AutoTokenizer.from_pretrained("sentence-transformers/all-MiniLM-L6-v2")
print("vocabulary:", len(tokenizer), "tokens · longest input:", tokenizer.model_max_length)

text = "Tokenizers aren't magic: Übermut costs 3.14 €."
print("tokens:", tokenizer.tokenize(text))
ids = tokenizer(text)["input_ids"]
print("ids:", ids)
print("back:", tokenizer.decode(ids))
print("without special tokens:", tokenizer.decode(ids, skip_special_tokens=True))
print("the same text:", tokenizer.decode(ids, skip_special_tokens=True) == text)

print(
    "special:",
    {
        name: (token, tokenizer.convert_tokens_to_ids(token))
        for name, token in tokenizer.special_tokens_map.items()
    },
)
for word in ("model", "tokenization", "模型", "🤗"):
    pieces = tokenizer.tokenize(word)
    print(f"{word:14} {len(pieces)} {pieces}")
