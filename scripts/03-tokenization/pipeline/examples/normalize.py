"""规范化器：同一段文字的不同写法 · Normalizers: one text, written in different ways.

环境 Environment: pip install tokenizers==0.23.3
"""

from tokenizers import NormalizedString, normalizers

text = (
    "Cafe\u0301 Ｃａｆé ﬁne ① 模型"  # combining accent, full-width letters, ligature, circled digit, Chinese
)
chosen = {
    "NFC": normalizers.NFC(),
    "NFD": normalizers.NFD(),
    "NFKC": normalizers.NFKC(),
    "StripAccents": normalizers.StripAccents(),
    "NFD + StripAccents": normalizers.Sequence([normalizers.NFD(), normalizers.StripAccents()]),
    "BertNormalizer": normalizers.BertNormalizer(),
    "BertNormalizer, cased": normalizers.BertNormalizer(lowercase=False),
}
print(f"{'as it was':22} {len(text):2} characters  {text}")
for name, normalizer in chosen.items():
    result = normalizer.normalize_str(text)
    again = normalizer.normalize_str(result) == result
    print(f"{name:22} {len(result):2} characters  {result}  · twice is once: {again}")

one, two = "caf\u00e9", "cafe\u0301"
print(
    "equal as strings:",
    one == two,
    "· after NFC:",
    normalizers.NFC().normalize_str(one) == normalizers.NFC().normalize_str(two),
)

tracked = NormalizedString("Ｃａｆé ﬁne")
normalizers.NFKC().normalize(tracked)
normalizers.Lowercase().normalize(tracked)
print("normalized:", tracked.normalized, "· original kept:", tracked.original)
