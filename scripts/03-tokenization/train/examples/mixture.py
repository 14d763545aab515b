"""语料的配比：说明文字与程序各占多少 · The mixture of the corpus: how much prose, how much code.

环境 Environment: pip install tokenizers==0.23.3
两种语料都是 Python 自带的 · Both kinds of text come with Python.
"""

import pydoc_data.topics
import sysconfig
from pathlib import Path

from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

prose = "\n".join(pydoc_data.topics.topics[name] for name in sorted(pydoc_data.topics.topics))
folder = Path(sysconfig.get_path("stdlib"))
files = sorted(folder.glob("a*.py")) + sorted(folder.glob("t*.py"))
code = "\n".join(path.read_text(encoding="utf-8") for path in files)
size = 200_000  # characters of training text in all
held_out = {"prose": prose[-60_000:], "code": code[-60_000:]}


def train(share):
    """A tokenizer of 2000 entries from so much code, the rest prose."""
    core = Tokenizer(models.BPE())
    core.pre_tokenizer, core.decoder = pre_tokenizers.ByteLevel(add_prefix_space=False), decoders.ByteLevel()
    texts = [part for part in (code[: int(size * share)], prose[: int(size * (1 - share))]) if part]
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    core.train_from_iterator(
        [line for text in texts for line in text.splitlines(keepends=True)],
        trainers.BpeTrainer(vocab_size=2000, initial_alphabet=alphabet, show_progress=False),
    )
    return core


table = {}
for share in (0.0, 0.1, 0.25, 0.5, 0.75, 1.0):
    core = train(share)
    table[share] = {kind: len(text.encode()) / len(core.encode(text).ids) for kind, text in held_out.items()}
best = {kind: max(row[kind] for row in table.values()) for kind in held_out}
for share, row in table.items():
    worst = max(best[kind] / row[kind] for kind in held_out)
    told = "  ".join(f"{kind} {row[kind]:.2f} bytes a token" for kind in held_out)
    print(f"{share:4.0%} code: {told}  worst premium {worst:.2f}")
fair = min(table, key=lambda share: max(best[kind] / table[share][kind] for kind in held_out))
print(f"least worst premium at {fair:.0%} code")

counts = {"English": 1_000_000, "Chinese": 100_000, "Swahili": 1_000}
for alpha in (1.0, 0.7, 0.3, 0.0):
    weights = {language: count**alpha for language, count in counts.items()}
    shares = {language: weight / sum(weights.values()) for language, weight in weights.items()}
    print(f"alpha {alpha}: " + ", ".join(f"{language} {share:.1%}" for language, share in shares.items()))
