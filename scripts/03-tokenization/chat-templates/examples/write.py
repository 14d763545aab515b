"""自己写一个模板，并检验它的性质 · A template of your own, and checks of what it should do.

环境 Environment: pip install torch transformers==5.23.0
"""

from jinja2.exceptions import TemplateError
from transformers import AutoTokenizer

TEMPLATE = """
{%- for message in messages %}
    {%- if message.role not in ("system", "user", "assistant") %}
        {{- raise_exception("unknown role: " + message.role) }}
    {%- endif %}
    {{- "<|im_start|>" + message.role + "\\n" }}
    {%- if message.role == "assistant" %}
        {%- generation %}{{- message.content + eos_token }}{%- endgeneration %}
    {%- else %}
        {{- message.content + eos_token }}
    {%- endif %}
    {{- "\\n" }}
{%- endfor %}
{%- if add_generation_prompt %}{{- "<|im_start|>assistant\\n" }}{%- endif %}
""".strip()

tokenizer = AutoTokenizer.from_pretrained("openai-community/gpt2")
print("a base model has a template:", tokenizer.chat_template is not None)
try:
    tokenizer.apply_chat_template([{"role": "user", "content": "Hi"}])
except ValueError as error:
    print("without one:", str(error)[:74])

tokenizer.add_special_tokens({"eos_token": "<|im_end|>", "extra_special_tokens": ["<|im_start|>"]})
tokenizer.chat_template = TEMPLATE
chat = [
    {"role": "system", "content": "Be brief."},
    {"role": "user", "content": "2 + 2?"},
    {"role": "assistant", "content": "4"},
    {"role": "user", "content": "3 + 3?"},
    {"role": "assistant", "content": "6"},
]
print(tokenizer.apply_chat_template(chat[:2], tokenize=False, add_generation_prompt=True))


def is_prefix_closed(tokenizer, chat):
    """Whether what the model saw before each answer begins the whole conversation."""
    whole = tokenizer.apply_chat_template(chat, tokenize=False)
    turns = [place for place, message in enumerate(chat) if message["role"] == "assistant"]
    return all(
        whole.startswith(tokenizer.apply_chat_template(chat[:place], tokenize=False, add_generation_prompt=True))
        for place in turns
    )


print("prefix property:", is_prefix_closed(tokenizer, chat))
marked = tokenizer.apply_chat_template(chat, return_assistant_tokens_mask=True)
print("tokens:", len(marked["input_ids"]), "· in the loss:", sum(marked["assistant_masks"]))
try:
    tokenizer.apply_chat_template([{"role": "robot", "content": "beep"}])
except TemplateError as error:
    print(type(error).__name__, "·", error)

faults = {
    "no stop token": TEMPLATE.replace("message.content + eos_token", "message.content"),
    "old turns dropped": TEMPLATE.replace("in messages %}", "in messages[-2:] %}"),
}
for fault, template in faults.items():
    tokenizer.chat_template = template
    marked = tokenizer.apply_chat_template(chat, return_assistant_tokens_mask=True)
    stops = sum(own and i == tokenizer.eos_token_id for i, own in zip(marked["input_ids"], marked["assistant_masks"]))
    print(f"{fault}: prefix property {is_prefix_closed(tokenizer, chat)}, stops in the loss {stops}")

tokenizer.chat_template = TEMPLATE
tokenizer.save_pretrained("mine")
print("saved:", AutoTokenizer.from_pretrained("mine").chat_template == tokenizer.chat_template)
