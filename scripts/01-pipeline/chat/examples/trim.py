"""练习解答：把历史截到词元上限之内 · Solution: keep the history within a limit of tokens.

环境 Environment: pip install torch transformers==5.23.0
"""

from transformers import AutoTokenizer

tokenizer = AutoTokenizer.from_pretrained("Qwen/Qwen3-0.6B")


def length(messages):
    return len(tokenizer.apply_chat_template(messages, add_generation_prompt=True)["input_ids"])


def trim(messages, limit):
    """The system message and as many of the latest turns as fit; a turn begins with the user and is kept whole."""
    system = [each for each in messages if each["role"] == "system"]
    rest = messages[len(system) :]
    starts = [place for place, each in enumerate(rest) if each["role"] == "user"]
    for start in starts:
        if length(system + rest[start:]) <= limit:
            return system + rest[start:]
    raise ValueError(f"the last turn alone has more than {limit} tokens")


messages = [{"role": "system", "content": "Be brief."}]
sizes = []
for number in range(8):
    messages.append({"role": "user", "content": f"Question {number}: what is a token?"})
    sizes.append(length(messages))
    messages.append({"role": "assistant", "content": f"Answer {number}: a piece of text with an id."})
asked = [*messages, {"role": "user", "content": "And now?"}]

short = trim(asked, 120)
print("fits:", length(short) <= 120, "· system kept:", short[0]["role"], "· starts with:", short[1]["role"])
print("messages before and after:", len(asked), len(short), "· the last kept:", short[-1]["content"])
steps = [later - before for before, later in zip(sizes, sizes[1:], strict=False)]
print("every turn adds as many tokens:", max(steps) - min(steps) <= 2)
print(f"tokens read in 8 turns, each from the start: {sum(sizes) / sizes[-1]:.1f} times the last prompt")
try:
    trim(asked, 5)
except ValueError as problem:
    print("too small a limit:", type(problem).__name__)
