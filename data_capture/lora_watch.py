"""What is seen of lora/merge from outside: the logits of each state, and one layer with its adapter."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import torch

from data_capture.lora_settings import Settings
from data_capture.record import Record
from data_capture.registry import CaptureError


class Logits:
    """Logits of one prompt at its last positions, for every state of the model."""

    def __init__(self, record: Record, model: torch.nn.Module, prompt: Any, tokens: int, positions: int = 4) -> None:
        self.record, self.prompt, self.positions = record, prompt, positions
        self.kept: dict[str, torch.Tensor] = {}
        last = self.of(model)[-1]
        self.columns = torch.arange(len(last))
        if len(last) > tokens:
            self.columns = last.cpu().topk(tokens).indices.sort().values
        record.tensor("logits.tokens", self.columns, "vocabulary ids of the columns of all logits")
        record.tensor("prompt.ids", prompt.input_ids[0], "token ids of text.prompt")

    @torch.no_grad()
    def of(self, model: torch.nn.Module) -> torch.Tensor:
        model.eval()
        return model(**self.prompt).logits[0, -self.positions :].float()

    def keep(self, state: str, model: torch.nn.Module, what: str) -> None:
        self.kept[state] = self.of(model)
        columns = self.columns.to(self.kept[state].device)
        what = f"logits (last positions of the prompt, columns logits.tokens) {what}"
        self.record.tensor(f"logits.{state}", self.kept[state][:, columns], what)

    def gap(self, name: str, one: str, other: str | torch.Tensor, what: str) -> None:
        after = self.kept[other] if isinstance(other, str) else other
        size = (self.kept[one] - after).abs().max().item()
        self.record.value(f"logits.difference_{name}", size, f"largest |difference| of logits: {what}")


class Watch:
    """Follows the adapter of one layer through training, one forward pass, merging and undoing."""

    def __init__(self, record: Record, name: str, layer: Any, settings: Settings) -> None:
        self.record, self.layer, self.settings = record, layer, settings
        self.a, self.b = layer.lora_A["default"], layer.lora_B["default"]
        self.weight = layer.get_base_layer().weight
        self.turned = bool(layer.fan_in_fan_out)
        self.before = self.weight.detach().clone()
        out, into = self._matrix(self.weight).shape
        self.rows, self.columns = _spread(out, settings.sample), _spread(into, settings.sample)
        self.steps = _snapshots(settings.lora.steps, settings.snapshots)
        self.seen: dict[str, list[np.ndarray]] = {}
        record.tensor("sample.rows", self.rows, "output indices (rows of W and B) kept in this trace")
        record.tensor("sample.columns", self.columns, "input indices (columns of W and A) kept in this trace")
        record.tensor("W", self._part(self.weight), "frozen base weight of the recorded layer (out, in)")
        record.tensor("W.singular_values", _singular_values(self.weight), "singular values of all of W, falling")
        record.value("module", name, "the recorded layer")
        record.value("module.repr", repr(layer.get_base_layer()), "the recorded layer as torch prints it")
        record.value("matrix.full", out * into, "entries of W: out * in")
        record.value("matrix.lora", settings.rank * (out + into), "entries of B and A: r * (out + in)")
        record.value("rank", self.a.weight.shape[0], "rank r of the adapter: rows of A, columns of B")
        record.value("alpha", settings.alpha, "lora_alpha")
        record.value("scaling", layer.scaling["default"], "alpha / r, what peft multiplies B A with")

    def step(self, step: int) -> None:
        if step not in self.steps:
            return
        a, b = self.a.weight, self.b.weight
        if a.grad is None or b.grad is None:
            raise CaptureError(f"step {step}: the adapter got no gradient")
        if step == 0 and (a.grad.count_nonzero() or not b.grad.count_nonzero()):
            raise CaptureError("first step: with B at zero, A should get exactly no gradient and B some")
        if step == 0:
            self.first = a.detach().clone()
        delta = self.layer.get_delta_weight("default")
        for key, part in (
            ("A.steps", a[:, self.columns]),
            ("B.steps", b[self.rows]),
            ("A.grad.steps", a.grad[:, self.columns]),
            ("B.grad.steps", b.grad[self.rows]),
            ("delta.steps_norm", torch.linalg.norm(delta)),
        ):
            self.seen.setdefault(key, []).append(part.detach().cpu().numpy().copy())

    def finish(self) -> None:
        what = {
            "A.steps": "A at these steps (T, r, in)",
            "B.steps": "B at these steps (T, out, r)",
            "A.grad.steps": "gradient of A at the same moments, before clipping (T, r, in); the first is zero",
            "B.grad.steps": "gradient of B at the same moments, before clipping (T, out, r)",
            "delta.steps_norm": "Frobenius norm of scaling * B A at these steps (T)",
        }
        self.record.tensor("steps", self.steps, "optimizer steps done at each snapshot (T)", "int64")
        for key, parts in self.seen.items():
            self.record.tensor(key, np.stack(parts), what[key])
        delta = self.layer.get_delta_weight("default").detach()
        self.record.tensor("delta", self._part(delta), "get_delta_weight: scaling * B A after training (out, in)")
        values = _singular_values(delta)
        self.record.tensor("delta.singular_values", values, "singular values of all of delta, falling")
        rank = int((values > values[0] * max(delta.shape) * np.finfo(np.float32).eps).sum())
        if not 0 < rank <= self.settings.rank:
            raise CaptureError(f"the trained delta has rank {rank}, not 1 to {self.settings.rank}")
        self.record.value("rank_measured", rank, "singular values of delta above max(out, in) * eps * the largest")

    @torch.no_grad()
    def hooks(self, model: torch.nn.Module, prompt: Any) -> None:
        """One forward pass of the prompt, seen by hooks on the layer and its three parts."""
        caught: dict[str, torch.Tensor] = {}

        def catch(key: str) -> Callable[..., None]:
            def hook(module: torch.nn.Module, inputs: tuple[torch.Tensor, ...], output: torch.Tensor) -> None:
                caught.setdefault("x", inputs[0][0].float().clone())
                caught[key] = output[0].float().clone()

            return hook

        parts = {"base": self.layer.get_base_layer(), "down": self.a, "up": self.b, "out": self.layer}
        handles = [part.register_forward_hook(catch(key)) for key, part in parts.items()]
        try:
            model(**prompt)
        finally:
            for handle in handles:
                handle.remove()
        if missing := parts.keys() - caught.keys():
            raise CaptureError(f"these parts of the LoRA layer did not run: {', '.join(sorted(missing))}")
        up = caught["up"] * self.layer.scaling["default"]
        error = (caught["out"] - caught["base"] - up).abs().max().item()
        if error > 1e-4 * caught["out"].abs().max().item():
            raise CaptureError(f"the layer's output is not W x + scaling * B A x: off by {error:.2g}")
        if (bias := self.layer.get_base_layer().bias) is not None:  # stands beside W x, alike in both
            caught |= {key: caught[key] - bias.float() for key in ("base", "out")}
        keep = self.record.tensor
        keep("x", caught["x"][:, self.columns], "real input of the layer for text.prompt (tokens, in)")
        keep("h.base", caught["base"][:, self.rows], "output of the frozen W, without a bias: W x (tokens, out)")
        keep("h.down", caught["down"], "output of lora_A: A x (tokens, r)")
        keep("h.down.first", caught["x"] @ self.first.T, "A as it was before training, times the same x (tokens, r)")
        keep("h.up", up[:, self.rows], "output of lora_B times scaling: scaling * B A x (tokens, out)")
        keep("h.out", caught["out"][:, self.rows], "output of the whole LoRA layer, without a bias: h.base + h.up")

    @torch.no_grad()
    def merge(self, model: Any) -> None:
        """merge_adapter and unmerge_adapter of the whole model, and what they do to W."""
        delta = self.layer.get_delta_weight("default")
        with self.record.span("merge_adapter", tensors=("W", "delta", "W.merged")):
            model.merge_adapter()
        if not self.layer.merged:
            raise CaptureError("merge_adapter did not merge the recorded layer")
        self.record.tensor("W.merged", self._part(self.weight), "W after merge_adapter (out, in)")
        gap = (self.weight - (self.before + delta)).abs().max().item()
        self.record.value("merge.difference", gap, "largest |W.merged - (W + scaling * B A)|")
        with self.record.span("unmerge_adapter", tensors=("W.merged", "delta", "W.unmerged")):
            model.unmerge_adapter()
        self.record.tensor("W.unmerged", self._part(self.weight), "W after unmerge_adapter (out, in)")
        gap = (self.weight - self.before).abs().max().item()
        self.record.value("unmerge.difference", gap, "largest |W.unmerged - W|: floats are not added back exactly")

    def _matrix(self, weight: torch.Tensor) -> torch.Tensor:
        """As (out, in), however the layer keeps it."""
        return weight.T if self.turned else weight

    def _part(self, weight: torch.Tensor) -> torch.Tensor:
        return self._matrix(weight)[self.rows][:, self.columns]


def _singular_values(matrix: torch.Tensor) -> np.ndarray:
    """In float64, so that zero singular values show as rounding error and not as more."""
    return torch.linalg.svdvals(matrix.detach().cpu().double()).float().numpy()


def _snapshots(steps: int, count: int) -> list[int]:
    """About `count` steps from 0 to the last, dense at the start, where the adapter changes fastest."""
    for points in range(count, 4 * count):
        places = {0, *np.unique(np.round(np.geomspace(1, steps, points)).astype(int)).tolist()}
        if len(places) >= min(count, steps + 1):
            break
    return sorted(places)


def _spread(length: int, most: int) -> np.ndarray:
    return np.unique(np.linspace(0, length - 1, min(length, most)).round().astype(np.int64))
