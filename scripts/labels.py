"""Words on the picture: `labels.yaml` beside a lecture's scripts, one entry per label with all languages side by side.

    frozen: {zh: 冻结, en: frozen}
    share: {zh: "可训练参数 {share:.2%}", en: "trainable {share:.2%}"}

    bits: {zh: 4 位, en: 4 bits, literal: the name of the format}

Fields in braces are filled by the scene from the trace; nothing but a name and a format specification is allowed
in them. Numbers typed into a label want a reason, `literal`: they come from no trace.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import yaml

from scripts.languages import LOADER
from scripts.literals import mark_digits
from scripts.wording import wording
from store import CourseError

ROOT = Path(__file__).parent
FIELD = re.compile(r"\{([a-z_]+)(?::([-+ ,.%\w]*))?\}")


class LabelError(CourseError):
    """A label that is missing, lacks a language, or has a field nobody fills."""


@dataclass(frozen=True)
class Labels:
    """Labels of one lecture in one language."""

    path: Path
    language: str
    words: Mapping[str, str]

    def text(self, name: str, **fields: object) -> str:
        """The label with its fields filled; raises LabelError for unknown labels and fields."""
        if name not in self.words:
            raise LabelError(
                f"{self.path}: no label {name!r} in {self.language}; add it, or use one of {sorted(self.words)}"
            )

        def fill(match: re.Match[str]) -> str:
            field, spec = match.groups()
            if field not in fields:
                raise LabelError(f"{self.path}: label {name!r} wants {{{field}}}, the scene gives {sorted(fields)}")
            return format(fields[field], spec or "")

        return FIELD.sub(fill, self.words[name])


def load_labels(lecture: str, language: str, root: Path = ROOT, text: bool = True) -> Labels:
    """Labels of a lecture such as `09-lora/merge`; every label must carry the language asked for.

    `text=False`: words of a language are marked (`scripts/wording.py`), and type leaves them out.
    """
    path = root / lecture / "labels.yaml"
    try:
        entries = yaml.load(path.read_text(encoding="utf-8"), Loader=LOADER) or {}
    except FileNotFoundError:
        entries = {}
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise LabelError(f"{path}: not readable as YAML: {' '.join(str(error).split())}") from error
    if not isinstance(entries, dict):
        raise LabelError(f"{path}: must be a mapping from label to its words by language")
    words: dict[str, str] = {}
    for name, languages in entries.items():
        if not isinstance(languages, dict) or not isinstance(languages.get(language), str):
            raise LabelError(f"{path}: label {name!r} has no words in {language!r}; add `{language}: ...`")
        told = languages[language]
        if not text:
            told = wording(told, [str(each) for key, each in languages.items() if key not in (language, "literal")])
        words[str(name)] = with_literals(told) if languages.get("literal") else told
    return Labels(path, language, words)


def with_literals(words: str) -> str:
    """The label with the numbers that are typed into it marked; those in fields are filled."""
    parts = FIELD.split(words)  # words, then name, specification, words of every field
    typed = [mark_digits(part) for part in parts[::3]]
    fields = [match[0] for match in FIELD.finditer(words)]
    return typed[0] + "".join(field + after for field, after in zip(fields, typed[1:], strict=True))
