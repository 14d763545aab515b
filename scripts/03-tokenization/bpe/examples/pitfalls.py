"""八个陷阱，逐一运行给你看 · Eight pitfalls, each of them run.

环境 Environment: pip install transformers==5.23.0 tokenizers==0.23.3
语料是 Python 自带的《Python 之禅》· The corpus is the Zen of Python, which every Python carries.
"""

from contextlib import redirect_stdout
from io import StringIO

from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import PreTrainedTokenizerFast

with redirect_stdout(StringIO()) as zen:
    import this  # noqa: F401  (prints the text)


def make(add_prefix_space=False, **options):
    core = Tokenizer(models.BPE())
    core.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=add_prefix_space)
    core.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(vocab_size=340, special_tokens=["<eos>"], show_progress=False,
                                  initial_alphabet=pre_tokenizers.ByteLevel.alphabet())
    core.train_from_iterator([zen.getvalue()], trainer)
    return PreTrainedTokenizerFast(tokenizer_object=core, eos_token="<eos>", **options)


tokenizer = make()
gone = ("encode_plus", "batch_encode_plus", "additional_special_tokens", "as_target_tokenizer")
for name in gone:
    print("1.", name, "is there:", hasattr(tokenizer, name))

tokenizer.chat_template = "{% for m in messages %}{{ m['role'] + ': ' + m['content'] + '<eos>' }}{% endfor %}"
chat = [{"role": "user", "content": "Now is better"}]
encoding = tokenizer.apply_chat_template(chat)
text = tokenizer.apply_chat_template(chat, tokenize=False)
print("2.", type(encoding).__name__, list(encoding), "| tokenize=False:", text)

print("3.", tokenizer("better").tokens(), tokenizer(" better").tokens(), make(add_prefix_space=True)("better").tokens())

one, two = "Now is bet", "ter than"
apart = tokenizer(one).input_ids + tokenizer(two).input_ids
print("4. encoded apart:", len(apart), "tokens, together:", len(tokenizer(one + two).input_ids),
      "| text the same:", tokenizer.decode(apart) == one + two)

ids = tokenizer("模").input_ids
print("5. token by token:", [tokenizer.decode([number]) for number in ids], "| together:", tokenizer.decode(ids))
stream = decoders.DecodeStream(skip_special_tokens=False)
print("   DecodeStream:", [stream.step(tokenizer.backend_tokenizer, number) for number in ids])

print("6. special tokens in a user's text:", tokenizer("<eos>").input_ids, "|",
      tokenizer("<eos>", split_special_tokens=True).tokens())

try:
    tokenizer(["Now", "Now is better"], padding=True)
except ValueError as error:
    print("7.", str(error).split(". ")[0])

text = "Now  is better ."
print("8. as it was:", tokenizer.decode(tokenizer(text).input_ids) == text, "| cleaned:",
      tokenizer.decode(tokenizer(text).input_ids, clean_up_tokenization_spaces=True) == text)
