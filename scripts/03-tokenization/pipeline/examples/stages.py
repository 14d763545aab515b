"""把一个真实的分词器拆成四段，逐段运行 · A real tokenizer taken apart, stage by stage.

环境 Environment: pip install torch transformers==5.23.0 tokenizers==0.23.3
"""

from transformers import AutoTokenizer

tokenizer = AutoTokenizer.from_pretrained("sentence-transformers/all-MiniLM-L6-v2")
core = tokenizer.backend_tokenizer
core.no_padding()  # the file asks for padding; calling the tokenizer overrides it, the parts do not
core.no_truncation()
text = "Réunion: tokenization, 分词!"

normal = core.normalizer.normalize_str(text)
print("1. normalizer    ", type(core.normalizer).__name__, repr(normal))
words = core.pre_tokenizer.pre_tokenize_str(normal)
print("2. pre-tokenizer ", type(core.pre_tokenizer).__name__, [word for word, _ in words])
pieces = [token.value for word, _ in words for token in core.model.tokenize(word)]
print("3. model         ", type(core.model).__name__, pieces)
bare = core.encode(text, add_special_tokens=False)
done = core.post_process(bare)
print("4. post-processor", type(core.post_processor).__name__, done.tokens)
print("the first three, by hand, as the library:", pieces == bare.tokens)
print("all four, as calling the tokenizer:", done.ids == tokenizer(text).input_ids)
print("5. decoder       ", type(core.decoder).__name__, repr(core.decode(done.ids)))

print("offsets point into the original:", [text[start:end] for start, end in done.offsets])
