"""auto/from_pretrained: from an id to a model on a device, watched while it happens.

A small Llama stands in the Hub's own cache layout, in shards. Python's audit events show which of its files are opened;
torch's registration hook shows every parameter as it appears, first on the meta device, then with its weights.
"""

from __future__ import annotations

import json
import struct
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import torch
from torch.nn.modules.module import register_module_parameter_registration_hook
from transformers import (
    AutoConfig,
    AutoModel,
    AutoModelForCausalLM,
    AutoModelForSequenceClassification,
    LlamaConfig,
    LlamaForCausalLM,
)
from transformers.utils import logging as hf_logging

from data_capture import construction, conversion, placement, tiny
from data_capture.document import Event
from data_capture.record import Record
from data_capture.registry import CaptureError, Progress, capture

COMMIT = "c0ffee0123456789c0ffee0123456789c0ffee01"
INDEX = "model.safetensors.index.json"
HEADS = (AutoModel, AutoModelForCausalLM, AutoModelForSequenceClassification)


@dataclass(frozen=True)
class Settings:
    """The size of the capture; tests make it small. `shard`: bytes to a file; `room`: bytes the CPU may hold."""

    seed: int = 0
    repository: str = "course/tiny-llama"
    vocabulary: int = 1024
    hidden: int = 128
    layers: int = 4
    heads: int = 4
    shard: str = "500KB"
    room: str = "1200KB"


@dataclass(frozen=True)
class Seen:
    """A parameter when it was registered: its module, its own name, what the tensor is and where, and when."""

    at: float
    module: torch.nn.Module
    name: str
    shape: tuple[int, ...]
    device: str
    dtype: str
    pointer: int
    bytes: int


@capture("auto/from_pretrained", what="from_pretrained: files, config, class, meta parameters, weights, tying, devices")
def from_pretrained(record: Record, model: str | None, device: str, progress: Progress) -> None:
    if model is not None:
        raise CaptureError("auto/from_pretrained makes the repository it loads; leave out --model")
    if device != "cpu":
        raise CaptureError(f"device {device!r}: this capture shares a model between cpu and disk; use --device cpu")
    observe(record, progress, Settings())


def observe(record: Record, progress: Progress, settings: Settings) -> None:
    """The capture at any size."""
    here = Path(__file__)
    record.uses(here, *(here.with_name(f"{name}.py") for name in ("construction", "conversion", "placement", "tiny")))
    record.seed, record.dtype = settings.seed, "bfloat16"
    record.events.append(Event("thread_name", "M", 0, 0, 0, 0, {"name": "from_pretrained"}))
    shown, verbosity = hf_logging.is_progress_bar_enabled(), hf_logging.get_verbosity()
    hf_logging.disable_progress_bar()
    hf_logging.set_verbosity_error()  # a head without weights and offloading are wanted here
    try:
        with tempfile.TemporaryDirectory() as folder, tiny.repeatable(settings.seed):
            cache = Path(folder)
            progress("repository")
            snapshot = _publish(record, cache, settings)
            progress("loading")
            model = _load(record, cache, snapshot, settings)
            progress("construction")
            construction.observe(record, snapshot, model)
            progress("heads")
            _heads(record, cache, settings)
            progress("dtypes and devices")
            _dtypes(record, cache, settings)
            placement.observe(record, partial(_open, AutoModelForCausalLM, cache, settings), model, settings.room)
            progress("conversion")
            conversion.observe(record, cache)
    finally:
        hf_logging.set_verbosity(verbosity)
        if shown:
            hf_logging.enable_progress_bar()
    progress("done")


def _publish(record: Record, cache: Path, settings: Settings) -> Path:
    """A checkpoint in shards, as `from_pretrained` finds one that was downloaded before."""
    config = LlamaConfig(
        vocab_size=settings.vocabulary,
        hidden_size=settings.hidden,
        intermediate_size=3 * settings.hidden,
        num_hidden_layers=settings.layers,
        num_attention_heads=settings.heads,
        num_key_value_heads=settings.heads,
        tie_word_embeddings=True,
    )
    model: Any = LlamaForCausalLM(config)
    model.to(torch.bfloat16)
    home = cache / f"models--{settings.repository.replace('/', '--')}"
    snapshot = home / "snapshots" / COMMIT
    snapshot.mkdir(parents=True)
    (home / "refs").mkdir()
    (home / "refs/main").write_text(COMMIT)
    absent = home / ".no_exist" / COMMIT  # where the cache notes what the repository lacks: nobody asks for it again
    absent.mkdir(parents=True)
    (absent / "adapter_config.json").touch()
    model.save_pretrained(snapshot, max_shard_size=settings.shard)
    files = sorted(path for path in snapshot.iterdir() if path.suffix in (".json", ".safetensors"))
    record.model |= {"architecture": "LlamaForCausalLM", "id": settings.repository, "weights": "random"}
    record.value("repository", settings.repository, "the id that is loaded; made on the spot, with random weights")
    record.value("commit", COMMIT, "what the branch main stands for")
    record.value("files", [path.name for path in files], "files of the snapshot")
    record.value("files.count", len(files), "how many")
    record.tensor("files.bytes", [path.stat().st_size for path in files], "their sizes", "int64")
    record.value("config.json", (snapshot / "config.json").read_text(), "the configuration as it lies in the snapshot")
    return snapshot


def _open(auto: Any, cache: Path, settings: Settings, **options: Any) -> Any:
    here = {"cache_dir": cache, "local_files_only": True}
    if auto is not AutoConfig:  # Auto model classes look for an adapter first, and do not pass these on by themselves
        options["adapter_kwargs"] = dict(here)
    return auto.from_pretrained(settings.repository, **here, **options)


def _load(record: Record, cache: Path, snapshot: Path, settings: Settings) -> Any:
    where = json.loads((snapshot / INDEX).read_text())
    shards = sorted(set(where["weight_map"].values()))
    with watched(cache) as (opened, seen):
        start = time.perf_counter()
        model, info = _open(AutoModelForCausalLM, cache, settings, output_loading_info=True)
        end = time.perf_counter()
    order = list(dict.fromkeys(name for _, name in opened))
    record.value(
        "opened", order, "files Python opened while loading, in order; shards are mapped by safetensors itself"
    )
    record.value("class", type(model).__name__, "what AutoModelForCausalLM returned")
    record.value("model_type", model.config.model_type, "model_type of the configuration")
    record.value("architectures", model.config.architectures, "architectures of the configuration")
    for key in ("missing_keys", "unexpected_keys", "mismatched_keys"):
        record.value(f"loading.{key}", sorted(map(str, info[key])), f"{key} of output_loading_info")
        record.value(f"loading.{key}.count", len(info[key]), "how many")

    modules = {id(module): name for name, module in model.named_modules()}
    names = [f"{modules[id(each.module)]}.{each.name}" for each in seen]
    made = [place for place, each in enumerate(seen) if each.device == "meta"]
    filled = [place for place, each in enumerate(seen) if each.device != "meta"]
    if not made or not filled or {names[place] for place in made} != {names[place] for place in filled}:
        raise CaptureError("parameters did not go through the meta device: this is another way of loading")
    if max(made) > min(filled):
        raise CaptureError("weights arrived before the whole model stood on the meta device")
    parameters = [names[place] for place in made]
    record.value("parameters", parameters, "parameters in the order in which they appear on the meta device")
    shapes = [[*seen[place].shape, *[0] * (2 - len(seen[place].shape))] for place in made]
    record.tensor("parameters.shape", shapes, "their shapes (parameters, 2); second axis 0 for vectors", "int64")
    tied = [name for name in parameters if name not in where["weight_map"]]
    record.value("parameters.tied", tied, "parameters without weights of their own in the files")
    loaded = [names[place] for place in filled]
    record.tensor(
        "weights.order", [parameters.index(name) for name in loaded], "parameters as their weights arrive", "int64"
    )
    of_shard = [shards.index(where["weight_map"][name]) if name not in tied else -1 for name in loaded]
    record.value("parameters.count", len(parameters), "how many, tied ones each")
    record.value("shards", shards, "weight files")
    record.value("shards.count", len(shards), "how many")
    record.tensor("weights.shard", of_shard, "the shard each comes from, -1: tied to another weight", "int64")
    begin = {name: place for shard in shards for name, place in _places(snapshot / shard).items()}
    record.tensor(
        "shards.begin", [begin.get(name, -1) for name in parameters], "first byte of each in its shard's data", "int64"
    )
    record.value("parameters.dtype", seen[filled[0]].dtype, "dtype of the weights")
    storages = [{each.pointer: each.bytes for each in seen[: place + 1] if each.pointer} for place in range(len(seen))]
    held = [sum(storage.values()) for storage in storages]
    record.tensor("memory.held", held, "bytes of parameters with storage after each parameter event", "int64")
    pointers = {name: weight.data_ptr() for name, weight in model.named_parameters(remove_duplicate=False)}
    for name in tied:
        twins = [other for other in pointers if other != name and pointers[other] == pointers[name]]
        if not twins:
            raise CaptureError(f"{name} has no weights in the files and is tied to none")
        record.value(f"tied.{name}", twins[0], "the parameter whose storage it shares")
    _time_line(record, opened, seen, names, start, end)
    return model


def _places(shard: Path) -> dict[str, int]:
    """Where each tensor begins in the data of a safetensors file, from the file's header."""
    with shard.open("rb") as file:
        (length,) = struct.unpack("<Q", file.read(8))
        header = json.loads(file.read(length))
    return {name: told["data_offsets"][0] for name, told in header.items() if name != "__metadata__"}


def _time_line(
    record: Record, opened: list[tuple[float, str]], seen: list[Seen], names: list[str], start: float, end: float
) -> None:
    """Instants in the order of the load: opened files, parameters on meta, parameters with weights."""
    moments = [(at, f"open {name}") for at, name in opened]
    moments += [
        (each.at, f"{'meta' if each.device == 'meta' else 'weight'} {name}")
        for each, name in zip(seen, names, strict=True)
    ]
    record.value("load_ms", (end - start) * 1e3, "the whole of from_pretrained", "ms", measured="time")
    for at, name in sorted(moments):
        record.events.append(Event(name, "X", round((at - start) * 1e6, 1), 0, 0, 0, {}, (), "time"))


def _heads(record: Record, cache: Path, settings: Settings) -> None:
    """The same files under several heads: which class, and what they lack or leave over."""
    for auto in HEADS:
        model, info = _open(auto, cache, settings, output_loading_info=True)
        name = auto.__name__
        record.value(f"heads.{name}", type(model).__name__, f"class that {name} chooses for this configuration")
        record.value(f"heads.{name}.missing", sorted(info["missing_keys"]), "parameters that start at random")
        record.value(f"heads.{name}.unexpected", sorted(info["unexpected_keys"]), "weights that are left over")
    config = _open(AutoConfig, cache, settings)
    record.value("config.class", type(config).__name__, "what AutoConfig returns")


def _dtypes(record: Record, cache: Path, settings: Settings) -> None:
    for name, dtype in (("default", None), ("bfloat16", torch.bfloat16), ("float32", torch.float32)):
        asked = {} if dtype is None else {"dtype": dtype}
        model = _open(AutoModelForCausalLM, cache, settings, **asked)
        record.value(f"dtype.{name}", str(model.dtype).removeprefix("torch."), f"dtype of the model, asked for {name}")
        size = sum(each.numel() * each.element_size() for each in model.parameters())
        record.value(f"dtype.{name}.bytes", size, "bytes of its parameters, tied ones once", "B")
        mapped = placement.mapped(model, cache)
        record.value(f"dtype.{name}.mapped", mapped, "of these, bytes that lie in a shard mapped into memory", "B")


@contextmanager
def watched(folder: Path) -> Iterator[tuple[list[tuple[float, str]], list[Seen]]]:
    """(files below `folder` that Python opens, parameters as they are registered) while the block runs."""
    opened: list[tuple[float, str]] = []
    seen: list[Seen] = []
    on = True

    def audit(event: str, args: tuple[Any, ...]) -> None:
        if on and event == "open" and isinstance(args[0], str | Path) and str(args[0]).startswith(str(folder)):
            opened.append((time.perf_counter(), Path(args[0]).name))

    def registered(module: torch.nn.Module, name: str, parameter: Any) -> None:
        if parameter is not None:
            shape, kind = tuple(parameter.shape), str(parameter.dtype).removeprefix("torch.")
            pointer = 0 if parameter.is_meta else parameter.data_ptr()
            device = parameter.device.type
            seen.append(Seen(time.perf_counter(), module, name, shape, device, kind, pointer, parameter.nbytes))

    sys.addaudithook(audit)  # Python takes no audit hook off again: this one goes silent
    hook = register_module_parameter_registration_hook(registered)
    try:
        yield opened, seen
    finally:
        hook.remove()
        on = False
