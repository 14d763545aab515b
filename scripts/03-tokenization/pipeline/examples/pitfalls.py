"""流水线的陷阱，逐一运行 · Pitfalls of the pipeline, each of them run.

环境 Environment: pip install torch transformers==5.23.0
"""

from tokenizers import AddedToken
from transformers import AutoTokenizer, BertConfig, BertModel

name = "sentence-transformers/all-MiniLM-L6-v2"
tokenizer = AutoTokenizer.from_pretrained(name)

core = tokenizer.backend_tokenizer
print("1. backend:", len(core.encode("hello").ids), "tokens, tokenizer:", len(tokenizer("hello").input_ids))

print("2. decoded:", tokenizer.decode(tokenizer("The Résumé!").input_ids, skip_special_tokens=True),
      "· same ids as 'resume':", tokenizer("résumé").input_ids == tokenizer("resume").input_ids)

plain = AutoTokenizer.from_pretrained(name)
plain.add_tokens(["LoRA"])
print("3. added LoRA:", plain.tokenize("exploration"), plain.tokenize("lora"))
word = AutoTokenizer.from_pretrained(name)
word.add_tokens([AddedToken("LoRA", single_word=True, normalized=False)])
print("   whole word, not normalized:", word.tokenize("exploration"), word.tokenize("lora"), word.tokenize("LoRA"))

print("4. special tokens twice:", tokenizer.convert_ids_to_tokens(tokenizer("[CLS] hello [SEP]").input_ids))

words = ["Guido", "left"]
print("5. a list of words without the flag:", len(tokenizer(words).input_ids), "texts; with it:",
      len(tokenizer(words, is_split_into_words=True).input_ids), "tokens")

config = BertConfig(vocab_size=30592, hidden_size=32, intermediate_size=64, num_hidden_layers=1, num_attention_heads=2)
model = BertModel(config)
print("6. rows:", model.get_input_embeddings().num_embeddings, "entries:", len(tokenizer), end=" ")
model.resize_token_embeddings(len(tokenizer))
print("after resizing to the entries:", model.get_input_embeddings().num_embeddings)

print("7. vocab_size:", plain.vocab_size, "len:", len(plain), "largest id:", max(plain.get_vocab().values()))

pair = tokenizer("hello", "world", return_offsets_mapping=True)
print("8. offsets of a pair:", pair.offset_mapping, "sequence:", pair.sequence_ids())
