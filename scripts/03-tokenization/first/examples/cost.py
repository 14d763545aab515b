"""词元数：估算会差多少，怎样恰好不超限 · Token counts: how wrong estimates are, and fitting a limit exactly.

环境 Environment: pip install torch transformers==5.23.0
"""

import json
import pydoc_data.topics
import textwrap

from transformers import AutoTokenizer

tokenizer = AutoTokenizer.from_pretrained("sentence-transformers/all-MiniLM-L6-v2")
prose = "The tokenizer cuts a text into pieces that it knows, and every piece has a number. " * 3
samples = {
    "prose": prose,
    "documentation": pydoc_data.topics.topics["lambda"],
    "program": textwrap.dedent("""
        def encode(self, text: str, add_special_tokens: bool = True) -> list[int]:
            return [self.vocab.get(piece, self.unk_id) for piece in self.cut(text)]
    """),
    "JSON": json.dumps([{"id": n, "score": n / 7, "ok": n % 2 == 0} for n in range(8)]),
    "numbers": " ".join(str(31415926 * n) for n in range(1, 12)),
    "a URL": "https://example.org/a/b?x=7f3c9e12ab&y=2026-11-25T09:30:00Z#frag",
}
print("characters a token, and how far the rule of four characters is off:")
for name, text in samples.items():
    count = len(tokenizer.tokenize(text))
    print(f"    {name:14} {len(text) / count:.2f}  {len(text) / 4 / count - 1:+.0%}")


def fit(text, limit):
    """The longest beginning of `text` that has at most `limit` tokens, special ones included, and no half word."""
    encoding = tokenizer(text, return_offsets_mapping=True, verbose=False)
    if len(encoding.input_ids) <= limit:
        return text
    kept = limit - tokenizer.num_special_tokens_to_add()
    words = encoding.word_ids()[1:-1]
    while kept and words[kept] == words[kept - 1]:  # the limit falls within a word
        kept -= 1
    return text[: encoding.offset_mapping[1:-1][kept - 1][1]] if kept else ""


text = "Internationalization of tokenization pipelines is surprisingly hard."
for limit in (4, 6, 8, 100):
    cut = fit(text, limit)
    print(f"at most {limit:3}: {len(tokenizer(cut).input_ids):2} tokens {cut!r}")
blind = tokenizer.decode(tokenizer(text, truncation=True, max_length=6)["input_ids"], skip_special_tokens=True)
print("cut and decoded instead:", repr(blind), "· begins the text:", text.startswith(blind))

rows = [("short question", 40, 200), ("document of 3000 words", 4000, 300), ("30 turns of talk", 9000, 400)]
print("at 0.5 a million in and 1.5 a million out, per thousand requests; pairs of attention relative to the first:")
for name, given, made in rows:
    price = (given * 0.5 + made * 1.5) / 1000
    print(f"    {name:24} {price:6.2f}  {((given + made) / (40 + 200)) ** 2:8.1f}")
