"""编号与词元的陷阱，逐一运行 · Pitfalls of ids and tokens, each of them run.

环境 Environment: pip install torch transformers==5.23.0
"""

from transformers import AutoTokenizer

bert = AutoTokenizer.from_pretrained("sentence-transformers/all-MiniLM-L6-v2")
gpt2 = AutoTokenizer.from_pretrained("openai-community/gpt2")

called = bert("hello").tokens()
print("1. tokenize:", bert.tokenize("hello"), "· called:", called, "· encode:", len(bert.encode("hello")))

one, two = bert("token")["input_ids"], bert("ization")["input_ids"]
print("2. joined ids:", bert.decode(one + two), "· of the whole:", bert.decode(bert("tokenization")["input_ids"]))

front, after = gpt2.convert_tokens_to_ids(["the", "Ġthe"])
print("3. in front and after a space:", gpt2.tokenize("the the"), "· the same id:", front == after)

print("4. a token that is not there:", bert.convert_tokens_to_ids("tokenization"), "is the unknown:", bert.unk_token_id,
      "· in a byte-level tokenizer without one:", gpt2.convert_tokens_to_ids("no such token"))

try:
    bert.decode([10**9])
    print("5. an id out of range: decoded", repr(bert.decode([10**9])))
except Exception as error:
    print("5. an id out of range:", type(error).__name__)

typed = bert("say [MASK] or [SEP]")
print("6. typed by a user:", [token for token in typed.tokens() if token.startswith("[")],
      "· split:", bert("say [SEP]", split_special_tokens=True).tokens()[2:-1])

words = bert("hello world")
print("7. tokens", len(words.tokens()), "words", len(set(words.word_ids()) - {None}), "characters", len("hello world"))

batch = bert(["one", "two three"])
print("8. decoded as a batch:", bert.decode(batch["input_ids"], skip_special_tokens=True))
