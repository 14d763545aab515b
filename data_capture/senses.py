"""Stand-ins that see, hear, speak or read pages and tables: a small model for each family of pipelines beyond text."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import transformers as hf
from tokenizers import processors

from data_capture.parts import DECODER, SMALL, Save, bert_words, byte_bpe, saved, tokenizer, wordpiece

TOWER: dict[str, Any] = SMALL | {"intermediate_size": 128}
SPEECH: dict[str, Any] = TOWER | {
    "conv_dim": (32,) * 7,
    "num_conv_pos_embeddings": 16,
    "num_conv_pos_embedding_groups": 4,
}
TURNS = (
    "{% for message in messages %}{{ message.role | upper }}: {% for part in message.content %}"
    "{% if part.type == 'image' %}<image>\n{% else %}{{ part.text }}{% endif %}{% endfor %} {% endfor %}"
    "{% if add_generation_prompt %}ASSISTANT:{% endif %}"
)


def labels(*names: str) -> dict[str, Any]:
    return {"id2label": dict(enumerate(names)), "label2id": {name: place for place, name in enumerate(names)}}


def yolos() -> Iterator[Save]:
    yield saved(hf.YolosImageProcessorPil(size={"shortest_edge": 128, "longest_edge": 192}))
    names = labels("person", "bicycle", "car", "dog", "cat")
    config = hf.YolosConfig(image_size=[128, 192], num_detection_tokens=20, **TOWER, **names)
    yield saved(hf.YolosForObjectDetection(config))


def segformer() -> Iterator[Save]:
    yield saved(hf.SegformerImageProcessorPil(size={"height": 128, "width": 128}))
    names = labels("wall", "building", "sky", "floor", "tree")
    stages: dict[str, Any] = {"hidden_sizes": [16, 32, 48, 64], "depths": [1] * 4, "num_attention_heads": [1, 2, 3, 4]}
    yield saved(hf.SegformerForSemanticSegmentation(hf.SegformerConfig(decoder_hidden_size=32, **stages, **names)))


def dpt() -> Iterator[Save]:
    yield saved(hf.DPTImageProcessorPil(size={"height": 64, "width": 64}))
    neck: dict[str, Any] = {"backbone_out_indices": [0, 1, 2, 3], "neck_hidden_sizes": [16] * 4}
    config = hf.DPTConfig(image_size=64, fusion_hidden_size=16, **neck, **TOWER | {"num_hidden_layers": 4})
    yield saved(hf.DPTForDepthEstimation(config))


def captions(longest: int) -> hf.PreTrainedTokenizerFast:
    """CLIP's family of tokenizers. Its start must not be id 0: OWL-ViT takes a query that begins with 0 for padding."""
    made = byte_bpe(["<|endoftext|>", "<|startoftext|>"], 1000)
    made.post_processor = processors.TemplateProcessing(
        single="<|startoftext|> $A <|endoftext|>", special_tokens=[("<|startoftext|>", 1), ("<|endoftext|>", 0)]
    )
    end: dict[str, Any] = {"eos_token": "<|endoftext|>", "pad_token": "<|endoftext|>"}
    return tokenizer(made, bos_token="<|startoftext|>", model_max_length=longest, **end)


def reader(words: hf.PreTrainedTokenizerFast) -> dict[str, Any]:
    return TOWER | {
        "vocab_size": len(words),
        "max_position_embeddings": words.model_max_length,
        "bos_token_id": 1,
        "eos_token_id": 0,
        "pad_token_id": 0,
    }


def clip() -> Iterator[Save]:
    words = captions(77)
    yield saved(hf.CLIPProcessor(hf.CLIPImageProcessorPil(), words))
    towers: dict[str, Any] = {
        "text_config": reader(words),
        "vision_config": TOWER | {"image_size": 224, "patch_size": 32},
    }
    yield saved(hf.CLIPModel(hf.CLIPConfig(projection_dim=32, **towers)))


def owlvit() -> Iterator[Save]:
    words = captions(16)
    yield saved(hf.OwlViTProcessor(hf.OwlViTImageProcessorPil(size={"height": 128, "width": 128}), words))
    towers: dict[str, Any] = {
        "text_config": reader(words),
        "vision_config": TOWER | {"image_size": 128, "patch_size": 32},
    }
    yield saved(hf.OwlViTForObjectDetection(hf.OwlViTConfig(projection_dim=SMALL["hidden_size"], **towers)))


def superglue() -> Iterator[Save]:
    yield saved(hf.SuperGlueImageProcessorPil(size={"height": 120, "width": 160}))
    points = hf.SuperPointConfig(
        encoder_hidden_sizes=[16] * 4,
        decoder_hidden_size=16,
        descriptor_decoder_dim=16,
        max_keypoints=64,
        keypoint_threshold=0.0,
    )
    config = hf.SuperGlueConfig(
        keypoint_detector_config=points,
        hidden_size=16,
        keypoint_encoder_sizes=[8, 16],
        gnn_layers_types=["self", "cross"],
        sinkhorn_iterations=10,
        matching_threshold=0.0,
    )
    yield saved(hf.SuperGlueForKeypointMatching(config))


def videomae() -> Iterator[Save]:
    yield saved(hf.VideoMAEImageProcessorPil(size={"shortest_edge": 64}, crop_size={"height": 64, "width": 64}))
    names = labels("archery", "juggling balls", "playing chess", "surfing water")
    yield saved(hf.VideoMAEForVideoClassification(hf.VideoMAEConfig(image_size=64, num_frames=8, **TOWER, **names)))


def keywords() -> Iterator[Save]:
    yield saved(hf.Wav2Vec2FeatureExtractor())
    yield saved(hf.Wav2Vec2ForSequenceClassification(hf.Wav2Vec2Config(**SPEECH, **labels("yes", "no", "stop", "go"))))


def spelled(letters: list[str], make: Callable[[str], Any]) -> Save:
    """What writes a tokenizer that is made from a file of letters and their ids."""

    def save(snapshot: Path) -> None:
        path = snapshot / "vocab.json"
        path.write_text(json.dumps({letter: place for place, letter in enumerate(letters)}))
        make(str(path)).save_pretrained(snapshot)

    return save


def ctc() -> Iterator[Save]:
    letters = ["<pad>", "<s>", "</s>", "<unk>", "|", *"ETAONIHSRDLUMWCFGYPBVK'XJQZ"]
    listens = hf.Wav2Vec2FeatureExtractor()
    yield spelled(letters, lambda path: hf.Wav2Vec2Processor(listens, hf.Wav2Vec2CTCTokenizer(path)))
    yield saved(hf.Wav2Vec2ForCTC(hf.Wav2Vec2Config(vocab_size=len(letters), pad_token_id=0, **SPEECH)))


def vits() -> Iterator[Save]:
    letters = [*"_ abcdefghijklmnopqrstuvwxyz'-"]
    plain: dict[str, Any] = {"pad_token": "_", "unk_token": "_", "phonemize": False, "is_uroman": False}
    yield spelled(letters, lambda path: hf.VitsTokenizer(path, **plain))
    config = hf.VitsConfig(
        vocab_size=len(letters),
        hidden_size=32,
        num_hidden_layers=2,
        num_attention_heads=2,
        ffn_dim=64,
        flow_size=32,
        spectrogram_bins=33,
        upsample_initial_channel=32,
        upsample_rates=[8, 8],
        upsample_kernel_sizes=[16, 16],
        resblock_kernel_sizes=[3],
        resblock_dilation_sizes=[[1, 3]],
        prior_encoder_num_flows=2,
        prior_encoder_num_wavenet_layers=2,
        posterior_encoder_num_wavenet_layers=2,
        duration_predictor_filter_channels=32,
        duration_predictor_num_flows=2,
        depth_separable_num_layers=2,
    )
    yield saved(hf.VitsModel(config))


def clap() -> Iterator[Save]:
    words = captions(77)
    yield saved(hf.ClapProcessor(hf.ClapFeatureExtractor(truncation="rand_trunc", padding="repeatpad"), words))
    hears: dict[str, Any] = {
        "patch_embeds_hidden_size": 16,
        "depths": [1, 1],
        "num_attention_heads": [2, 2],
        "hidden_size": 32,
        "projection_dim": 32,
    }
    yield saved(hf.ClapModel(hf.ClapConfig(text_config=reader(words), audio_config=hears, projection_dim=32)))


def layoutlm() -> Iterator[Save]:
    words = bert_words()
    yield saved(words)
    yield saved(hf.LayoutLMForQuestionAnswering(hf.LayoutLMConfig(vocab_size=len(words), **TOWER)))


def tapas() -> Iterator[Save]:
    vocabulary = sorted((place, word) for word, place in wordpiece().get_vocab().items())
    words = [*(word for _, word in vocabulary), "[EMPTY]"]

    def save(snapshot: Path) -> None:
        path = snapshot / "vocab.txt"
        path.write_text("\n".join(words) + "\n", encoding="utf-8")
        hf.TapasTokenizer(str(path)).save_pretrained(snapshot)

    yield save
    sums = {0: "NONE", 1: "SUM", 2: "AVERAGE", 3: "COUNT"}
    heads: dict[str, Any] = {"num_aggregation_labels": 4, "aggregation_labels": sums, "use_answer_as_supervision": True}
    yield saved(hf.TapasForQuestionAnswering(hf.TapasConfig(vocab_size=len(words), **heads, **TOWER)))


def llava() -> Iterator[Save]:
    made = byte_bpe(["<|endoftext|>", "<|im_start|>", "<|im_end|>", "<image>"])
    words = tokenizer(made, eos_token="<|im_end|>", pad_token="<|endoftext|>", model_max_length=2048)
    sees = hf.CLIPImageProcessorPil(size={"shortest_edge": 64}, crop_size={"height": 64, "width": 64})
    places: dict[str, Any] = {"vision_feature_select_strategy": "default", "num_additional_image_tokens": 1}
    yield saved(hf.LlavaProcessor(sees, words, patch_size=16, chat_template=TURNS, **places))
    ids: dict[str, Any] = {"eos_token_id": 2, "pad_token_id": 0, "bos_token_id": None}
    vision = hf.CLIPVisionConfig(image_size=64, patch_size=16, projection_dim=32, **TOWER)
    text = hf.LlamaConfig(vocab_size=len(words), **DECODER, **ids)
    yield saved(
        hf.LlavaForConditionalGeneration(hf.LlavaConfig(vision_config=vision, text_config=text, image_token_index=3))
    )


SENSES: dict[str, Callable[[], Iterator[Save]]] = {
    "hustvl/yolos-tiny": yolos,
    "nvidia/segformer-b0-finetuned-ade-512-512": segformer,
    "Intel/dpt-large": dpt,
    "openai/clip-vit-base-patch32": clip,
    "google/owlvit-base-patch32": owlvit,
    "magic-leap-community/superglue_outdoor": superglue,
    "MCG-NJU/videomae-base-finetuned-kinetics": videomae,
    "superb/wav2vec2-base-superb-ks": keywords,
    "facebook/wav2vec2-base-960h": ctc,
    "facebook/mms-tts-eng": vits,
    "laion/clap-htsat-unfused": clap,
    "impira/layoutlm-document-qa": layoutlm,
    "google/tapas-base-finetuned-wtq": tapas,
    "llava-hf/llava-1.5-7b-hf": llava,
}
