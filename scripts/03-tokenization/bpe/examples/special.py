"""特殊词元与新增词元 · Special tokens and added tokens.

环境 Environment: pip install torch transformers==5.23.0 tokenizers==0.23.3
模型是随机初始化的小 Llama，无需下载 · The model is a small Llama with random weights: nothing is downloaded.
"""

import tempfile

import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers
from transformers import AutoTokenizer, LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

torch.manual_seed(0)
letters = sorted(pre_tokenizers.ByteLevel.alphabet())
core = Tokenizer(models.BPE(vocab={token: number for number, token in enumerate(["<eos>", *letters])}, merges=[]))
core.pre_tokenizer, core.decoder = pre_tokenizers.ByteLevel(add_prefix_space=False), decoders.ByteLevel()
tokenizer = PreTrainedTokenizerFast(tokenizer_object=core, eos_token="<eos>")
model = LlamaForCausalLM(LlamaConfig(vocab_size=len(tokenizer), hidden_size=32, intermediate_size=64,
                                     num_hidden_layers=1, num_attention_heads=2))
print("entries:", len(tokenizer), " rows of the embedding:", model.get_input_embeddings().weight.shape[0])

print("special tokens added:", tokenizer.add_special_tokens({"pad_token": "<pad>", "extra_special_tokens": ["<tool>"]}))
print("ordinary tokens added:", tokenizer.add_tokens(["LoRA"]))
print("entries:", len(tokenizer), " vocab_size without what was added:", tokenizer.vocab_size)
print(tokenizer("<tool>LoRA!").tokens())

ids = torch.tensor([tokenizer("<tool>").input_ids])
try:
    model(ids)
except IndexError as error:
    print("before resizing:", error)
model.resize_token_embeddings(len(tokenizer))
print("after resizing:", tuple(model(ids).logits.shape), model.config.vocab_size)

ids = tokenizer("<tool>LoRA<eos>").input_ids
print("decoded:", repr(tokenizer.decode(ids)), "or", repr(tokenizer.decode(ids, skip_special_tokens=True)))
with tempfile.TemporaryDirectory() as folder:
    print([name.split("/")[-1] for name in tokenizer.save_pretrained(folder)])
    again = AutoTokenizer.from_pretrained(folder)
print("loaded again:", type(again).__name__, again("<tool>LoRA!").tokens() == tokenizer("<tool>LoRA!").tokens())
