"""SentencePiece 的约定：空格也是字符 · SentencePiece's convention: a space is a character.

环境 Environment: pip install transformers==5.23.0 tokenizers==0.23.3 torch
"""

from tokenizers import Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers
from transformers import AutoTokenizer

text = "分词 does not need  spaces"
for scheme in ("always", "first", "never"):
    cutter = pre_tokenizers.Metaspace(prepend_scheme=scheme)
    decoder = decoders.Metaspace(prepend_scheme=scheme)
    cut = [piece for piece, _ in cutter.pre_tokenize_str(text)]
    print(f"{scheme:7} {cut} back: {decoder.decode(cut) == text}")
whole = pre_tokenizers.Metaspace(split=False)
print("not split:", [piece for piece, _ in whole.pre_tokenize_str(text)])

letters = sorted(set("▁doesntpac"))
vocabulary = [("<unk>", 0.0), *((letter, -4.0) for letter in letters), ("▁need", -5.0), ("▁spaces", -5.0)]
bytes_of = [(f"<0x{number:02X}>", -12.0) for number in range(256)]
for fallback in (False, True):
    tokenizer = Tokenizer(models.Unigram(vocabulary + bytes_of, unk_id=0, byte_fallback=fallback))
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    tokenizer.decoder = decoders.Sequence([decoders.ByteFallback(), decoders.Metaspace()])
    encoding = tokenizer.encode("词 need")
    print(f"byte_fallback={fallback!s:5} {encoding.tokens} ids of unknown: {encoding.ids.count(0)}"
          f" · back: {tokenizer.decode(encoding.ids)!r}")

folding = normalizers.Replace(Regex(" {2,}"), " ")  # what converted SentencePiece models such as T5 carry
for name, normalizer in (("as it is", None), ("folded", folding)):
    tokenizer.normalizer = normalizer
    print(f"{name:8} two spaces come back: {tokenizer.decode(tokenizer.encode('need  spaces').ids) == 'need  spaces'}")
bert = AutoTokenizer.from_pretrained("sentence-transformers/all-MiniLM-L6-v2")
ids = bert("need  spaces").input_ids
print("BERT     two spaces come back:", bert.decode(ids, skip_special_tokens=True) == "need  spaces")
