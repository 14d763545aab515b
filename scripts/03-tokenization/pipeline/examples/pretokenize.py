"""预切分：哪里是词元不可越过的边界 · Pre-tokenizers: borders that no token crosses.

环境 Environment: pip install tokenizers==0.23.3
"""

from tokenizers import Regex, pre_tokenizers

text = "It's 2026: pay $1,234 now!  用模型"
chosen = {
    "WhitespaceSplit": pre_tokenizers.WhitespaceSplit(),
    "Whitespace": pre_tokenizers.Whitespace(),
    "Punctuation": pre_tokenizers.Punctuation(),
    "Digits": pre_tokenizers.Digits(individual_digits=True),
    "Metaspace": pre_tokenizers.Metaspace(),
    "ByteLevel": pre_tokenizers.ByteLevel(add_prefix_space=False),
    "ByteLevel, no regex": pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
    "digits in threes": pre_tokenizers.Sequence([
        pre_tokenizers.WhitespaceSplit(),
        pre_tokenizers.Split(Regex(r"\d{1,3}(?=(?:\d{3})*\b)"), behavior="isolated"),
    ]),
}
for name, splitter in chosen.items():
    pieces = splitter.pre_tokenize_str(text)
    covered = sum(end - start for _, (start, end) in pieces)
    print(f"{name} · {len(pieces)} pieces, {covered} of {len(text)} characters")
    print("   ", [piece for piece, _ in pieces])

print("where the separator goes:")
for behavior in ("removed", "isolated", "merged_with_previous", "merged_with_next", "contiguous"):
    split = pre_tokenizers.Split("-", behavior=behavior)
    print(f"    {behavior:21}", [piece for piece, _ in split.pre_tokenize_str("a--b-c")])
