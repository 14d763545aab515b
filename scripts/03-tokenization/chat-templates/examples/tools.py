"""工具调用：由函数签名到 JSON 模式 · Tool calls: from a function's signature to a JSON schema.

环境 Environment: pip install torch transformers==5.23.0
"""

import json

from transformers import AutoTokenizer
from transformers.utils import get_json_schema


def temperature(city: str, unit: str = "celsius") -> float:
    """
    Get the present temperature of a city.

    Args:
        city: Name of the city.
        unit: Unit of the answer. (choices: ["celsius", "fahrenheit"])
    """
    return 21.0


schema = get_json_schema(temperature)
print(json.dumps(schema["function"], indent=1))

call = {"name": "temperature", "arguments": {"city": "Paris"}}
chat = [
    {"role": "user", "content": "How warm is it in Paris?"},
    {"role": "assistant", "content": "", "tool_calls": [{"type": "function", "function": call}]},
    {"role": "tool", "content": str(temperature(**call["arguments"]))},
]
tokenizer = AutoTokenizer.from_pretrained("Qwen/Qwen3-0.6B")
text = tokenizer.apply_chat_template(chat, tools=[temperature], tokenize=False, add_generation_prompt=True)
print("schema in the prompt:", "Name of the city." in text, "· call:", '"arguments": {"city": "Paris"}' in text)
print("ends with:", repr(text[text.index("<|im_start|>tool") :]))
try:
    get_json_schema(lambda city: 21.0)
except Exception as problem:
    print("without a docstring:", type(problem).__name__)
