"""Whether a program names only what the installed libraries have. The program is read, not run.

    report = read_program(text)        # of a whole program
    report = read_expression("AutoModel.from_pretrained(id, dtype='auto')", known=frozenset({"id"}))
    report.faults                      # [Fault(line, "transformers.AutoModel.from_pretrained takes no argument 'x'")]

What a variable holds is followed through constructors, `from_pretrained` and methods that return self; of what cannot
be followed nothing is said.
"""

from __future__ import annotations

import ast
import builtins
import importlib.util
import inspect
import re
import sys
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from data_capture.library import (
    NEIGHBOURS,
    PACKAGES,
    Missing,
    arguments,
    deprecated_argument,
    deprecation,
    find,
    member,
    words,
)

WHOLE = re.compile(r"[A-Z]\w*[a-z]\w*|\w+_\w+")  # a name that nobody writes by chance: a class, or words joined
SAME = {"eval", "train", "to", "cuda", "cpu", "half", "float", "bfloat16", "requires_grad_"}  # of a module: return self
NAMESPACES = (*PACKAGES, "torch.nn", "torch.Tensor", *NEIGHBOURS)  # where a bare name of a page may come from
SHORT = {"nn": "torch.nn", "F": "torch.nn.functional", "bnb": "bitsandbytes", "dist": "torch.distributed"}
ROLES = {  # what these variables are on a page
    "model": ("transformers.PreTrainedModel", "transformers.GenerationMixin", "peft.PeftModel"),
    "peft_model": ("peft.PeftModel",),
    "tokenizer": ("transformers.PreTrainedTokenizerFast",),
    "config": ("transformers.PreTrainedConfig", "peft.PeftConfig"),
    "generation_config": ("transformers.GenerationConfig",),
    "trainer": ("transformers.Trainer",),
    "accelerator": ("accelerate.Accelerator",),
    "processor": ("transformers.ProcessorMixin",),
    "pipe": ("transformers.Pipeline",),
}
CLOSED = ("TokenizersBackend", "PreTrainedTokenizerBase")  # their __getattr__ serves special tokens only
AUTO = {  # what an Auto class's from_pretrained gives
    "AutoTokenizer": ("transformers.PreTrainedTokenizerFast",),
}


@dataclass(frozen=True)
class Fault:
    line: int
    what: str


@dataclass
class Report:
    """`resolved` counts names and arguments found in the libraries; `open` what could not be told."""

    faults: list[Fault] = field(default_factory=list)
    resolved: int = 0
    open: int = 0


@dataclass(frozen=True)
class Thing:
    """A value of the program: an object of a library, or an instance of one of `kinds`; `told` is its name."""

    told: str
    object: Any = None
    kinds: tuple[type, ...] = ()


def read_program(text: str, history: Iterable[str] = ()) -> Report:
    """Judge a program; names in `history` may be deprecated. SyntaxError if it is not Python."""
    return Reader(frozenset(history)).read(ast.parse(text))


def read_expression(text: str, known: Iterable[str] = (), history: Iterable[str] = ()) -> Report:
    """Judge an expression of a page, where `model`, `tokenizer`, ... mean what they usually do. SyntaxError.

    `known` are names that the page's own programs use.
    """
    reader = Reader(frozenset(history), page=True)
    reader.known = frozenset(known)
    return reader.read(ast.parse(text))


def of_library(name: str) -> bool:
    """Whether a dotted name belongs to a library that is checked."""
    return name.split(".")[0] in (*PACKAGES, *NEIGHBOURS)


def namespace(name: str) -> Thing | None:
    """The object a bare name of a page means."""
    if name in SHORT:
        return Thing(SHORT[name], find(SHORT[name]))
    if of_library(name):
        return Thing(name, find(name))
    for space in NAMESPACES:
        try:
            found = member(find(space), name, space)
        except Missing:
            continue
        if not inspect.ismodule(found):  # `state` on a page is somebody's variable, not accelerate.state
            return Thing(f"{space}.{name}", found)
    return None


class Reader(ast.NodeVisitor):
    """Walks a program in its order; `names` maps variables to what they hold, None where that is not known."""

    def __init__(self, history: frozenset[str], page: bool = False) -> None:
        self.history, self.page = history, page
        self.known: frozenset[str] = frozenset()
        self.names: dict[str, Thing | None] = {}
        self.report = Report()

    def read(self, tree: ast.AST) -> Report:
        self.visit(tree)
        self.report.faults = list(dict.fromkeys(self.report.faults))
        return self.report

    def fault(self, node: ast.AST, what: str) -> None:
        self.report.faults.append(Fault(getattr(node, "lineno", 1), what))

    def visit_Import(self, node: ast.Import) -> None:
        for alias in node.names:
            whole = alias.name if alias.asname else alias.name.split(".")[0]
            if of_library(alias.name) and self.reach(node, alias.name):
                self.names[alias.asname or whole] = Thing(whole, find(whole))

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        for alias in node.names:
            name = f"{node.module}.{alias.name}"
            self.names[alias.asname or alias.name] = self.reach(node, name) if of_library(name) else None

    def reach(self, node: ast.AST, dotted: str) -> Thing | None:
        try:
            found = find(dotted)
        except Missing as error:
            return self.fault(node, f"{dotted}: {error}")  # type: ignore[func-returns-value]
        self.report.resolved += 1
        return Thing(dotted, found)

    def visit_Assign(self, node: ast.Assign) -> None:
        value = self.value(node.value)
        for target in node.targets:
            if self.page and isinstance(target, ast.Name):
                self.word(target)  # `argument=value` on a page
            self.bind(target, value)

    def visit_AnnAssign(self, node: ast.AnnAssign) -> None:
        self.bind(node.target, self.value(node.value) if node.value else None)

    def visit_NamedExpr(self, node: ast.NamedExpr) -> None:
        self.bind(node.target, self.value(node.value))

    def visit_With(self, node: ast.With) -> None:
        for item in node.items:
            value = self.value(item.context_expr)
            if item.optional_vars is not None:
                self.bind(item.optional_vars, value)
        for statement in node.body:
            self.visit(statement)

    def visit_For(self, node: ast.For) -> None:
        self.value(node.iter)
        self.bind(node.target, None)
        for statement in (*node.body, *node.orelse):
            self.visit(statement)

    def visit_FunctionDef(self, node: ast.FunctionDef) -> None:
        for decorator in node.decorator_list:
            self.value(decorator)
        every = (*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs, node.args.vararg, node.args.kwarg)
        before = dict(self.names)
        self.names.update((each.arg, None) for each in every if each)
        self.names[node.name] = None
        for statement in node.body:
            self.visit(statement)
        self.names = before | {node.name: None}

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        for base in node.bases:
            self.value(base)
        before = dict(self.names)
        for statement in node.body:
            self.visit(statement)
        self.names = before | {node.name: None}

    def generic_visit(self, node: ast.AST) -> None:
        for child in ast.iter_child_nodes(node):
            self.value(child) if isinstance(child, ast.expr) else self.visit(child)

    def bind(self, target: ast.expr, value: Thing | None) -> None:
        if isinstance(target, ast.Name):
            self.names[target.id] = value
        else:
            for name in ast.walk(target):
                if isinstance(name, ast.Name) and isinstance(name.ctx, ast.Store):
                    self.names[name.id] = None

    def value(self, node: ast.expr) -> Thing | None:
        """What an expression holds, judging everything in it."""
        if isinstance(node, ast.Name):
            return self.name(node)
        if isinstance(node, ast.Attribute):
            return self.attribute(node, self.value(node.value))
        if isinstance(node, ast.Call):
            return self.call(node)
        if isinstance(node, ast.NamedExpr):
            self.visit(node)
            return None
        if isinstance(
            node, ast.comprehension | ast.GeneratorExp | ast.ListComp | ast.SetComp | ast.DictComp | ast.Lambda
        ):
            self.scope(node)
            return None
        self.generic_visit(node)
        return None

    def scope(self, node: ast.expr) -> None:
        before = dict(self.names)
        for inner in ast.walk(node):
            if isinstance(inner, ast.comprehension):
                self.bind(inner.target, None)
            elif isinstance(inner, ast.arg):
                self.names[inner.arg] = None
        self.generic_visit(node)
        self.names = before

    def name(self, node: ast.Name) -> Thing | None:
        if node.id in self.names:
            return self.names[node.id]
        if not self.page or hasattr(builtins, node.id) or node.id in sys.stdlib_module_names:
            return None
        if node.id in ROLES:
            return Thing(node.id, kinds=tuple(find(each) for each in ROLES[node.id]))
        thing = namespace(node.id)
        if thing is None:
            return self.word(node)  # type: ignore[func-returns-value]
        self.report.resolved += 1
        self.alive(node, thing)
        return thing

    def word(self, node: ast.Name) -> None:
        """A name of a page that no library exports: an argument, a method, or made up."""
        if node.id in self.known or node.id in self.history:
            return
        if not WHOLE.fullmatch(node.id):
            self.report.open += 1
        elif node.id in words() or importlib.util.find_spec(node.id):
            self.report.resolved += 1
        else:
            self.fault(node, f"no library has {node.id!r}")

    def attribute(self, node: ast.Attribute, owner: Thing | None) -> Thing | None:
        if owner is None:
            return None
        told = f"{owner.told}.{node.attr}"
        for kind in owner.kinds or (owner.object,):
            try:
                found = member(kind, node.attr, owner.told)
            except Missing:
                continue
            self.report.resolved += 1
            thing = Thing(told, found)
            self.alive(node, thing)
            return None if found is None or isinstance(found, property | cached_property) else thing
        if any("__getattr__" in dir(kind) and kind.__name__ not in CLOSED for kind in owner.kinds):
            self.report.open += 1  # a module's children are not known to its class
            return None
        return self.fault(node, f"{owner.told} has no {node.attr!r}")  # type: ignore[func-returns-value]

    def alive(self, node: ast.AST, thing: Thing) -> None:
        """Fault what is deprecated, unless it is told as history."""
        if not callable(thing.object) or not self.history.isdisjoint((thing.told, thing.told.split(".")[-1])):
            return
        if said := deprecation(thing.object):
            self.fault(node, f"{thing.told} is deprecated ({said}); use what replaced it, or mark it as history")

    def call(self, node: ast.Call) -> Thing | None:
        thing = self.value(node.func)
        for argument in node.args:
            self.value(argument)
        for keyword in node.keywords:
            self.value(keyword.value)
        if thing is None:
            return None
        if thing.kinds:
            target = getattr(thing.kinds[0], "forward", None) or vars(thing.kinds[0]).get("__call__")
            if getattr(target, "__name__", "") == "_forward_unimplemented":
                target = None  # the model behind an Auto class is not known
        else:
            target = thing.object
        if target is not None and callable(target):
            self.keywords(node, thing, target)
        return self.result(node, thing)

    def keywords(self, node: ast.Call, thing: Thing, target: Any) -> None:
        taken = arguments(target)
        for keyword in node.keywords:
            if keyword.arg is None or keyword.arg in self.history:
                continue
            if keyword.arg not in taken.names:
                if taken.complete:
                    self.fault(node, f"{thing.told} takes no argument {keyword.arg!r}")
                else:
                    self.report.open += 1
                continue
            self.report.resolved += 1
            if said := deprecated_argument(target, keyword.arg):
                self.fault(node, f"{thing.told}: {said}; use what replaced it, or mark it as history")

    def result(self, node: ast.Call, thing: Thing) -> Thing | None:
        owner = node.func.value if isinstance(node.func, ast.Attribute) else None
        if inspect.isclass(thing.object):
            return Thing(thing.told, kinds=(thing.object,))
        name = thing.told.split(".")[-1]
        bound = getattr(thing.object, "__self__", None)
        if name == "from_pretrained" and inspect.isclass(bound):
            made = AUTO.get(bound.__name__) or (ROLES["model"][:2] if bound.__name__.startswith("AutoModel") else ())
            if not made and bound.__name__.startswith("Auto"):
                return None  # any of many configurations or processors
            return Thing(thing.told.split(".")[-2], kinds=tuple(find(each) for each in made) or (bound,))
        if name in SAME and owner is not None:
            module = self.quiet(owner)
            return module if module and any(hasattr(kind, "forward") for kind in module.kinds) else None
        return None

    def quiet(self, node: ast.expr) -> Thing | None:
        """The value of a node that was judged before."""
        if isinstance(node, ast.Name):
            return self.names.get(node.id)
        kept, self.report = self.report, Report()
        value = self.value(node)
        self.report = kept
        return value
