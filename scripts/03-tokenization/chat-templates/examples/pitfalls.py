"""聊天模板的陷阱，逐一运行 · Pitfalls of chat templates, each of them run.

环境 Environment: pip install torch transformers==5.23.0
"""

from jinja2.exceptions import SecurityError
from transformers import AutoTokenizer

tokenizer = AutoTokenizer.from_pretrained("Qwen/Qwen3-0.6B")
SIMPLE = "{% for m in messages %}[{{ m.role }}] {{ m.content }}\n{% endfor %}"
chat = [{"role": "user", "content": "Hi"}]


def ask(city: str) -> str:
    """
    Ask for the weather.

    Args:
        city: Name of the city.
    """
    return city


plain = tokenizer.apply_chat_template(chat, tokenize=False, chat_template=SIMPLE)
unread = {"tools": [ask], "enable_thinking": False}
told = tokenizer.apply_chat_template(chat, tokenize=False, chat_template=SIMPLE, **unread)
print("1. a template without tools, given tools and an unknown option, says nothing:", told == plain)

bert = AutoTokenizer.from_pretrained("sentence-transformers/all-MiniLM-L6-v2")
bert.chat_template = "{% for m in messages %}[CLS] {{ m.content }} [SEP]{% endfor %}"
text = bert.apply_chat_template(chat, tokenize=False)
print("2. tokenized again:", bert(text).tokens(), "· right:", bert(text, add_special_tokens=False).tokens())

begun = [*chat, {"role": "assistant", "content": "Sure: "}]
kept = tokenizer.apply_chat_template(begun, tokenize=False, continue_final_message=True)
trimming = SIMPLE.replace("m.content", "m.content | trim")
trimmed = tokenizer.apply_chat_template(begun, tokenize=False, continue_final_message=True, chat_template=trimming)
print("3. continued, ends with:", repr(kept[-6:]), "· by a template that trims:", repr(trimmed[-6:]))

both = {"add_generation_prompt": True, "continue_final_message": True}
for options in (both, {"return_assistant_tokens_mask": True}):
    try:
        shown = tokenizer.apply_chat_template(begun, chat_template=SIMPLE, **options)
        print("4.", "mask without generation blocks, sum:", sum(shown["assistant_masks"]))
    except ValueError as error:
        print("4.", str(error)[:68])

nothing = tokenizer.apply_chat_template([{"role": "user", "content": None}], tokenize=False, chat_template=SIMPLE)
print("5. content None:", repr(nothing))

tokenizer.chat_template = {"default": SIMPLE, "tool_use": SIMPLE.replace("[{{", "<{{")}
print("6. several:", [tokenizer.apply_chat_template(chat, tokenize=False, **more).strip()
                      for more in ({}, {"tools": [ask]}, {"chat_template": "tool_use"})])

try:
    tokenizer.apply_chat_template(chat, tokenize=False, chat_template="{{ messages.__class__.__mro__ }}")
except SecurityError as error:
    print("7. a template that reaches out:", type(error).__name__, "·", str(error)[:52])

today = "{{ strftime_now('%Y') | length }} digits of the year; {% for m in messages %}{{ m.content }}{% endfor %}"
print("8. templates can read the clock:", tokenizer.apply_chat_template(chat, tokenize=False, chat_template=today))
