"""同一语料上的 BPE、WordPiece 与 Unigram · BPE, WordPiece and Unigram on the same corpus.

环境 Environment: pip install transformers==5.23.0 tokenizers==0.23.3
语料是 Python 自带的《Python 之禅》· The corpus is the Zen of Python, which every Python carries.
"""

from contextlib import redirect_stdout
from io import StringIO

from tokenizers import Tokenizer, models, pre_tokenizers, trainers

with redirect_stdout(StringIO()) as zen:
    import this  # noqa: F401  (prints the text)
lines = zen.getvalue().splitlines()


def make(model):
    tokenizer = Tokenizer(model)
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    return tokenizer


options = {"vocab_size": 110, "special_tokens": ["<unk>"], "show_progress": False}
bpe, unigram = make(models.BPE(unk_token="<unk>")), make(models.Unigram())
bpe.train_from_iterator(lines, trainers.BpeTrainer(**options))
unigram.train_from_iterator(lines, trainers.UnigramTrainer(unk_token="<unk>", **options))

# WordPiece with the pieces of BPE, each of them also as the inside of a word: only the way of cutting differs
pieces = sorted(set(bpe.get_vocab()) - {"<unk>"})
entries = ["<unk>", *pieces, *(f"##{piece}" for piece in pieces)]
vocabulary = {piece: number for number, piece in enumerate(entries)}
wordpiece = make(models.WordPiece(vocab=vocabulary, unk_token="<unk>"))

for name, tokenizer in (("BPE", bpe), ("WordPiece", wordpiece), ("Unigram", unigram)):
    total = sum(len(encoding.ids) for encoding in tokenizer.encode_batch(lines))
    print(f"{name:9} {tokenizer.get_vocab_size():3} entries, {total} tokens for the corpus")
    for text in ("although", "otherwise", "nested"):
        print(f"    {text:10}", tokenizer.encode(text).tokens)
    unknown = tokenizer.encode("模型")
    print("    never seen", unknown.tokens, unknown.ids, "<unk> is", tokenizer.token_to_id("<unk>"))
