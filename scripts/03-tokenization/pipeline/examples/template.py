"""后处理：模板与特殊词元的位置 · Post-processors: templates and where special tokens go.

环境 Environment: pip install tokenizers==0.23.3 transformers==5.23.0
"""

from tokenizers import Tokenizer, models, pre_tokenizers, processors

vocabulary = {
    token: number for number, token in enumerate("[UNK] [CLS] [SEP] <s> </s> what is it a test".split())
}


def make(template):
    core = Tokenizer(models.WordLevel(vocabulary, unk_token="[UNK]"))
    core.pre_tokenizer = pre_tokenizers.Whitespace()
    core.post_processor = template
    return core


templates = {
    "BERT": processors.TemplateProcessing(
        single="[CLS] $A [SEP]",
        pair="[CLS] $A [SEP] $B:1 [SEP]:1",
        special_tokens=[("[CLS]", 1), ("[SEP]", 2)],
    ),
    "RoBERTa": processors.TemplateProcessing(
        single="<s> $A </s>", pair="<s> $A </s> </s> $B </s>", special_tokens=[("<s>", 3), ("</s>", 4)]
    ),
    "T5": processors.TemplateProcessing(
        single="$A </s>", pair="$A </s> $B </s>", special_tokens=[("</s>", 4)]
    ),
    "a decoder": processors.TemplateProcessing(
        single="<s> $A", pair="<s> $A $B", special_tokens=[("<s>", 3)]
    ),
}
for name, template in templates.items():
    core = make(template)
    one, pair = core.encode("what is it"), core.encode("what is it", "a test")
    print(
        f"{name}: single adds {core.num_special_tokens_to_add(False)}, pair adds {core.num_special_tokens_to_add(True)}"
    )
    print("   ", one.tokens)
    print("   ", pair.tokens)
    print("    type", pair.type_ids, "· special", pair.special_tokens_mask)
    print("    sequence", pair.sequence_ids)

core = make(templates["BERT"])
core.enable_truncation(max_length=5, strategy="only_second")
print("cut to 5 with the template counted:", core.encode("what", "is it a test").tokens)
