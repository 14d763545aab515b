"""一次完整的工具往返：渲染、生成、解析、校验、执行、追加 · A whole round trip of a tool call.

环境 Environment: pip install torch transformers==5.23.0
模型的输出是给定的，解析与执行是真实的 · What the model says is given; parsing and running are real.
"""

from transformers import AutoTokenizer


def add(a: int, b: int) -> int:
    """
    Add two whole numbers.

    Args:
        a: The first number.
        b: The second number.
    """
    return a + b


TOOLS = {"add": add}
TEMPLATE = {  # how this family of models writes: a declaration, not a program
    "start_anchor": "<|im_start|>assistant\n",
    "defaults": {"role": "assistant"},
    "fields": {
        "reasoning_content": {"open": "<think>", "close": "</think>"},
        "tool_calls": {
            "open": "<tool_call>",
            "close": "</tool_call>",
            "content": "json",
            "repeats": True,
            "transform": {"type": "function", "function": "{content}"},
        },
        "content": {"close": ["<|im_end|>"]},
    },
}
tokenizer = AutoTokenizer.from_pretrained("Qwen/Qwen3-0.6B")
tokenizer.response_template = TEMPLATE
chat = [{"role": "user", "content": "What is 17 + 25?"}]


def run(call):
    """The result, or a message that tells the model what was wrong; never an exception."""
    name, given = call["function"].get("name"), call["function"].get("arguments")
    if name not in TOOLS:
        return f"error: there is no tool {name!r}; there are {sorted(TOOLS)}"
    try:
        return str(TOOLS[name](**given))
    except TypeError as error:
        return f"error: {error}"


def step(said):
    """One turn: what the model said becomes a message; every call in it is answered by a `tool` message."""
    prompt = tokenizer.apply_chat_template(chat, tools=list(TOOLS.values()), tokenize=False, add_generation_prompt=True)
    message = tokenizer.parse_response(said, prefix=prompt, tools=list(TOOLS.values()))
    chat.append(message)
    chat.extend({"role": "tool", "content": run(call)} for call in message.get("tool_calls", []))
    return message


call = '<tool_call>\n{"name": "%s", "arguments": %s}\n</tool_call>'
print(step("<think>I need a tool.</think>" + call % ("add", '{"a": "17", "b": 25}') + "<|im_end|>"))
step(call % ("subtract", '{"a": 1}') + call % ("add", '{"a": 1}') + "<|im_end|>")
print(step("It is 42.<|im_end|>"))
for message in chat:
    print(f"{message['role']:9} {message.get('content', '')[:70]!r} {len(message.get('tool_calls', []))} calls")
