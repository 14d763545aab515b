"""没见过的字符：未知、字节回退、字节级 · Characters never seen: unknown, byte fallback, byte-level.

环境 Environment: pip install transformers==5.23.0 tokenizers==0.23.3
不需要语料 · No corpus is needed.
"""

from tokenizers import Tokenizer, decoders, models, pre_tokenizers
from transformers import PreTrainedTokenizerFast

text = "模型 A"
print("UTF-8:", [f"{byte:02X}" for byte in text.encode()])

vocabulary = ["<unk>", *(f"<0x{byte:02X}>" for byte in range(256)), "A", " "]
vocabulary = {token: number for number, token in enumerate(vocabulary)}
for fallback in (False, True):
    core = Tokenizer(models.BPE(vocab=vocabulary, merges=[], unk_token="<unk>", byte_fallback=fallback))
    core.decoder = decoders.Sequence([decoders.ByteFallback(), decoders.Fuse()])
    encoding = core.encode(text)
    back = core.decode(encoding.ids, skip_special_tokens=False)
    print(f"byte_fallback={fallback!s:5}", encoding.tokens, "->", repr(back))
    print("   offsets:", encoding.offsets)

# byte-level: one letter stands for every byte, and the pre-tokenizer writes the text with them
alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
print("letters:", len(alphabet))
print("written with them:", pre_tokenizers.ByteLevel(add_prefix_space=False).pre_tokenize_str(text))
core = Tokenizer(models.BPE(vocab={letter: number for number, letter in enumerate(alphabet)}, merges=[]))
core.pre_tokenizer, core.decoder = pre_tokenizers.ByteLevel(add_prefix_space=False), decoders.ByteLevel()
tokenizer = PreTrainedTokenizerFast(tokenizer_object=core)
ids = tokenizer(text).input_ids
print("byte-level:", len(ids), "tokens ->", repr(tokenizer.decode(ids)))
print("the first token alone:", repr(tokenizer.decode(ids[:1])), " the first three:", repr(tokenizer.decode(ids[:3])))
