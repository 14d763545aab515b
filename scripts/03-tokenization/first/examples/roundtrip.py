"""练习的解：往返丢失了什么 · Solution: what is lost on the way there and back.

环境 Environment: pip install torch transformers==5.23.0
"""

import unicodedata

from transformers import AutoTokenizer

TEXTS = {
    "case": "Python and PYTHON",
    "accents": "naïve café",
    "full width": "ＡＢＣ，１２３",
    "spaces": "two  spaces",
    "line break": "a\nb",
    "punctuation": "don't stop!",
    "two ways to write é": "é" + unicodedata.normalize("NFD", "é"),
    "Chinese": "模型",
    "emoji": "ok 🤗",
}


def first_difference(tokenizer, text):
    """Where the decoded text leaves the original; empty where they are equal."""
    back = tokenizer.decode(tokenizer(text, add_special_tokens=False)["input_ids"])
    place = next((n for n, (one, two) in enumerate(zip(text, back)) if one != two), min(len(text), len(back)))
    return "" if text == back else f"at {place}: {text[place : place + 5]!r} became {back[place : place + 5]!r}"


wordpiece = AutoTokenizer.from_pretrained("sentence-transformers/all-MiniLM-L6-v2")
byte_level = AutoTokenizer.from_pretrained("Qwen/Qwen3-0.6B")
for name, tokenizer in (("WordPiece, lowercased", wordpiece), ("byte-level BPE", byte_level)):
    print(name)
    for what, text in TEXTS.items():
        print(f"    {what:20} {first_difference(tokenizer, text) or 'comes back'}")
