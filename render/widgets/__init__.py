"""Pieces to play with, on a lecture's page and in Jupyter from the same module:

from render.widgets import LoraMatrices
LoraMatrices(language="en")

Every number is a committed trace's; the `.js` beside this file draws it, after anywidget's interface.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, ClassVar

import anywidget
import traitlets

from data_capture.trace import Trace, load_trace
from render.widgets.data import bpe, fsdp, lora, quantization

HERE = Path(__file__).parent


class Widget(anywidget.AnyWidget):
    """`trace` names what it shows by default, `module` draws it from `data`, `language` is zh or en."""

    _css = HERE / "widgets.css"
    trace: ClassVar[str]
    module: ClassVar[str]
    data = traitlets.Dict().tag(sync=True)
    language = traitlets.Enum(("zh", "en"), "zh").tag(sync=True)

    def __init__(self, trace: Trace | None = None, language: str = "zh") -> None:
        super().__init__(data=self.read(trace or load_trace(self.trace)), language=language)

    @staticmethod
    def read(trace: Trace) -> dict[str, Any]:
        """What the module needs of a trace, as JSON has it."""
        raise NotImplementedError


class LoraMatrices(Widget):
    """W, A, B and their product as heat maps, through the training steps and rank by rank."""

    module = "lora.js"
    _esm = HERE / module
    trace = "lora/merge"
    read = staticmethod(lora)


class FsdpTimeline(Widget):
    """One FSDP step of four ranks: what runs when, and what each holds in memory at that moment."""

    module = "fsdp.js"
    _esm = HERE / module
    trace = "fsdp/step"
    read = staticmethod(fsdp)


class Quantization(Widget):
    """Error and size over block size, in two schemes; one real block and where its weights land."""

    module = "quantization.js"
    _esm = HERE / module
    trace = "numbers/dequantize"
    read = staticmethod(quantization)


class BpeMerges(Widget):
    """Any text as byte-level BPE cuts it after so many merges of a tokenizer that was really trained."""

    module = "bpe.js"
    _esm = HERE / module
    trace = "tokenization/bpe"
    read = staticmethod(bpe)


WIDGETS: Mapping[str, type[Widget]] = MappingProxyType(
    {kind.trace: kind for kind in (LoraMatrices, FsdpTimeline, Quantization, BpeMerges)}
)
