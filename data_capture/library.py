"""What the installed libraries really have: names, arguments, and what is deprecated. Looked at, never run.

find("transformers.AutoModel")             # the class; Missing if there is none of that name
arguments(find("torch.nn.Linear"))         # Arguments(names={"in_features", ...}, complete=True)
deprecation(find("torch.jit.script"))      # "`torch.jit.script` is deprecated. ..."; empty where it is alive
"""

from __future__ import annotations

import ast
import functools
import importlib
import importlib.util
import inspect
import re
import textwrap
import warnings
from collections.abc import Hashable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

PACKAGES = ("transformers", "peft", "accelerate", "trl", "bitsandbytes", "datasets", "torch")
NEIGHBOURS = ("tokenizers", "huggingface_hub", "safetensors")  # of the same house; named on the pages too
POPPED = re.compile(
    r"""kwargs\.(?:pop|get|setdefault)\(\s*["'](\w+)|["'](\w+)["'] (?:not )?in \w*kwargs|kwargs\[["'](\w+)"""
)
DEFINED = re.compile(r"(?:^|\n)[ \t]*(?:class |def )?([A-Z]\w+)[ \t]*(?:\(|:|=)")  # classes, constants and aliases
DESCRIBED = re.compile(r"^[ \t]+([a-z_]\w*)[ \t]*\(", re.MULTILINE)  # `name (type): ...` below Args
SIGNED = re.compile(r"[*]{0,2}(\w+)\s*(?:[=,:)]|\[,)")  # names in the first line of a builtin's docstring
WORD = re.compile(r"""(?:def |\.|["'`])([a-z_]\w*)|([a-z_]\w*)[ ]?(?:=|:|\()|["']([A-Z][A-Z0-9_]+)["']""")
FAMILIES = "auto|bert|llama|gpt2|qwen2|qwen3|qwen3_moe|mixtral|deepseek_v3|gemma3|t5|vit|whisper|clip|modernbert"
OUTSIDE = re.compile(rf"transformers/models/(?!(?:{FAMILIES})/)|/(?:tests?|testing|_inductor|_numpy|include|_refs)/")

# Functions that hand their keyword arguments on -> to whom.
FORWARDED = {
    "transformers.pipeline": ("transformers.Pipeline.__init__", "transformers.GenerationConfig.__init__"),
    "transformers.GenerationMixin.generate": ("transformers.GenerationConfig.__init__",),
    "transformers.PreTrainedModel.from_pretrained": ("transformers.PreTrainedConfig",),
    "transformers.PreTrainedTokenizerBase.from_pretrained": ("transformers.PreTrainedTokenizerBase.__init__",),
    "transformers.AutoTokenizer.from_pretrained": ("transformers.PreTrainedTokenizerBase.from_pretrained",),
    "transformers.PreTrainedTokenizerBase.apply_chat_template": ("transformers.PreTrainedTokenizerBase.__call__",),
}


class Missing(LookupError):
    """A name that the installed libraries do not have; the message says which part of it."""


@dataclass(frozen=True)
class Arguments:
    """Names a callable takes by keyword; `complete` is False where it takes others that cannot be told."""

    names: frozenset[str]
    complete: bool


def find(dotted: str) -> Any:
    """The object of a dotted name, importing what it takes. Raises Missing."""
    parts = dotted.split(".")
    try:
        found: Any = importlib.import_module(parts[0])
    except ImportError as error:
        raise Missing(f"package {parts[0]!r} is not installed") from error
    for place, part in enumerate(parts[1:], 1):
        found = member(found, part, ".".join(parts[:place]))
    return found


def member(owner: Any, name: str, told: str) -> Any:
    """Attribute `name` of a module or class; `told` is how the owner is called in the message. Raises Missing."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return getattr(owner, name)
    except (AttributeError, ImportError, RuntimeError):
        pass
    if hasattr(owner, "__path__") and importlib.util.find_spec(f"{owner.__name__}.{name}"):
        return importlib.import_module(f"{owner.__name__}.{name}")
    if isinstance(owner, type) and name in instance_names(owner):
        return None
    raise Missing(f"{told} has no {name!r}")


@functools.cache
def instance_names(owner: Any) -> frozenset[str]:
    """What instances have beyond the class: annotated fields and everything some method sets on self."""
    names: set[str] = set()
    every: tuple[Any, ...] = owner.__mro__
    for each in every:
        names |= set(getattr(each, "__annotations__", {}))
        names |= set(re.findall(r"self\.(\w+)\s*(?::[^=\n]+)?=[^=]", source(each)))
    for token in getattr(owner, "SPECIAL_TOKENS_ATTRIBUTES", ()):  # a tokenizer makes these up when asked
        names |= {token, f"{token}_id"}
    return frozenset(names)


def source(thing: Any) -> str:
    """Source text of a class, function or module; empty for what was not written in Python."""
    return _source(thing) if isinstance(thing, Hashable) else ""  # methods of compiled classes are not


@functools.cache
def _source(thing: Any) -> str:
    try:
        return inspect.getsource(inspect.unwrap(thing) if callable(thing) and not inspect.isclass(thing) else thing)
    except (OSError, TypeError):
        return ""


def called(thing: Any) -> list[Any]:
    """The functions whose arguments a call of `thing` may give: itself, or a class's constructors."""
    if not inspect.isclass(thing):
        return [thing]
    makers = [vars(each)["__init__"] for each in thing.__mro__ if "__init__" in vars(each) and each is not object]
    return makers or [thing]


@functools.cache
def arguments(thing: Any) -> Arguments:
    """The keyword arguments of a callable, with those that it takes from **kwargs, describes, or hands on."""
    names, open_ended = _signature(thing)
    if not open_ended:
        return Arguments(frozenset(names), True)
    forwarded = False
    for function in [*called(thing), *_forwarded(thing)]:
        forwarded |= function not in called(thing)
        more, _ = _signature(function)
        names |= more | set(DESCRIBED.findall(inspect.getdoc(function) or ""))
        names |= {word for found in POPPED.findall(source(function)) for word in found if word}
        names |= _members(function)
    return Arguments(frozenset(names - {"kwargs", "args", "self"}), forwarded or inspect.isclass(thing))


def _members(thing: Any) -> set[str]:
    """Public names of a class and its instances; none for a function."""
    return (
        {name for name in (*dir(thing), *instance_names(thing)) if name[0] != "_"} if isinstance(thing, type) else set()
    )


def _signature(thing: Any) -> tuple[set[str], bool]:
    try:
        parameters = inspect.signature(thing).parameters.values()
    except (TypeError, ValueError):
        head = (getattr(thing, "__doc__", "") or "").strip().partition("\n\n")[0]
        named = set(SIGNED.findall(head.partition("(")[2]))
        return named, not named
    names = {each.name: each.kind for each in parameters}
    return set(names), inspect.Parameter.VAR_KEYWORD in names.values()


def _forwarded(thing: Any) -> Iterator[Any]:
    """Those to whom a function hands its keyword arguments on."""
    from transformers import Pipeline, PreTrainedConfig, PreTrainedModel, PreTrainedTokenizerBase, pipeline
    from transformers.models.auto.auto_factory import _BaseAutoModelClass
    from transformers.pipelines import SUPPORTED_TASKS

    name, owner = getattr(thing, "__name__", ""), getattr(thing, "__self__", None)
    if name == "from_pretrained" and inspect.isclass(owner):
        if issubclass(owner, _BaseAutoModelClass):
            yield PreTrainedModel.from_pretrained
            yield PreTrainedConfig
        if issubclass(owner, PreTrainedTokenizerBase):
            yield PreTrainedTokenizerBase.__init__
    if thing is pipeline or thing is Pipeline.__call__:
        tasks: dict[str, Any] = dict(SUPPORTED_TASKS)
        for made in (task["impl"] for task in tasks.values()):
            yield (find(made) if isinstance(made, str) else made)._sanitize_parameters
    for dotted, receivers in FORWARDED.items():
        if getattr(thing, "__func__", thing) is getattr(find(dotted), "__func__", find(dotted)):
            for receiver in receivers:
                yield find(receiver)
                yield from _forwarded(find(receiver))


@functools.cache
def deprecation(thing: Any) -> str:
    """The warning that a call of this gives in any case; empty where it gives none."""
    told = getattr(thing, "__deprecated__", "")
    if told:
        return str(told)
    for function in called(thing)[:1]:
        if not (text := source(function)):
            continue
        try:
            tree = ast.parse(textwrap.dedent(text)).body[0]
        except SyntaxError:
            continue
        for decorator in getattr(tree, "decorator_list", []):
            if "deprecated" in (said := ast.unparse(decorator)) and "kwarg" not in said:
                return said
        for statement in getattr(tree, "body", []):
            if _warns(statement):
                return f"`{thing.__name__}` warns that it is deprecated"
    return ""


def _warns(statement: ast.stmt) -> bool:
    """Whether a statement warns of a deprecation in any case: as it stands, or in every branch of an if."""
    if isinstance(statement, ast.If):
        return bool(statement.orelse) and all(any(map(_warns, branch)) for branch in (statement.body, statement.orelse))
    said = ast.unparse(statement) if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Call) else ""
    return "warn" in said and "deprecat" in said.lower()


@functools.cache
def deprecated_argument(thing: Any, name: str) -> str:
    """What the library says of an argument that it still takes but that is going; empty where it is alive."""
    for function in [*called(thing), *_forwarded(thing)]:
        fields = getattr(thing, "__dataclass_fields__", {})
        if name in fields and str(fields[name].metadata.get("help", "")).startswith("Deprecated"):
            return str(fields[name].metadata["help"])
        module = inspect.getmodule(function)
        gone = (
            rf"`{name}`(?: argument| parameter)? (?:is|has been|was) (?:now )?deprecated"
            rf"|deprecate_kwarg\(\s*[\"']{name}[\"']"
        )
        if module and re.search(gone, source(module)):
            return f"`{name}` is deprecated"
    return ""


@functools.cache
def words() -> frozenset[str]:
    """Every name that the sources of the libraries define, take or set; capitals only where they are defined.

    Of the model families only those taught here are read.
    """
    found: set[str] = set()
    for package in (*PACKAGES, *NEIGHBOURS):
        spec = importlib.util.find_spec(package)
        for folder in (spec.submodule_search_locations or ()) if spec else ():
            for path in Path(folder).rglob("*.py*"):
                if path.suffix in (".py", ".pyi") and not OUTSIDE.search(path.as_posix()):
                    text = path.read_text(encoding="utf-8", errors="replace")
                    found.update(DEFINED.findall(text))
                    found.update(word for pair in WORD.findall(text) for word in pair if word)
    return frozenset(found)
