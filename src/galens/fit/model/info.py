"""A model in words: the text of `model.info`.

Parts that are the same among siblings are shown once, under their joined names ("bulge - disk", "0 - 29"). A number in
brackets is the place of a parameter in the vector.
"""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Iterator
from typing import Any

import equinox as eqx
import jax
import numpy as np

from galens.fit.model.array import Array
from galens.fit.model.collection import Collection
from galens.fit.model.component import Model
from galens.fit.model.instance import ModelInstance
from galens.fit.model.node import MissingPrior, Node, Path, walk
from galens.fit.model.parameters import ParameterTable
from galens.fit.model.prior import Prior
from galens.fit.model.signature import signature_of
from galens.fit.model.variable import Assertion, Derived, is_number

__all__ = ["info_of", "parameterization_of"]

VALUE_COLUMN = 80
INDENT = "    "

Entry = tuple[Path, str]


def info_of(model: Node) -> str:
    """Number of free parameters, tree of components, all parameters, assertions."""
    table = ParameterTable.of(model)
    numbers = {prior: index for index, prior in enumerate(table.priors)}
    blocks = [
        f"Total Free Parameters = {len(table.priors)}",
        parameterization_of(model),
        _text(_merged(list(_parameters(model, numbers)))),
    ]
    assertions = list(_assertions(model, table))
    if assertions:
        blocks.append("\n".join(["assertions", *(INDENT + each for each in assertions)]))
    return "\n\n".join(each for each in blocks if each)


def parameterization_of(model: Node) -> str:
    """The tree of components, each with its class and number of free parameters."""
    return "\n".join(_tree_lines("model", model, depth=0))


def _title(part: Any) -> str:
    match part:
        case Model():
            name = part.cls.__name__
        case Collection() | Array() | Derived():
            name = type(part).__name__
        case _:
            return f"{type(part).__name__} (N=0)"
    return f"{name} (N={len(ParameterTable.of(part).priors)})"


def _components(part: Any) -> dict[str, Any]:
    """Children that appear in the tree of components."""
    items = part._items if isinstance(part, Model | Collection | Derived) else {}
    return {
        name: each
        for name, each in items.items()
        if isinstance(each, Model | Collection | Array | Derived) or _is_object(each)
    }


def _tree_lines(name: str, part: Any, depth: int) -> list[str]:
    lines = [_line(name, _title(part), depth)]
    alike: dict[tuple[str, ...], list[str]] = {}
    for child_name, child in _components(part).items():
        alike.setdefault(tuple(_tree_lines("", child, depth + 1)), []).append(child_name)
    for (first, *rest), names in alike.items():
        lines += [_line(_joined(names), first.strip(), depth + 1), *rest]
    return lines


def _parameters(model: Node, numbers: dict[Prior, int]) -> Iterator[Entry]:
    for path, value, *_ in walk(model):
        if isinstance(value, Prior):
            yield path, f"{type(value).__name__} [{numbers[value]}], {value.parameter_string}"
        elif isinstance(value, MissingPrior):
            yield path, f"NO PRIOR: {value.reason}"
        else:
            yield from _values(path, value)


def _values(path: Path, value: Any) -> Iterator[Entry]:
    """Fixed values; those of an object are its fields."""
    if value is None:
        return
    if _is_object(value):
        for name, each in _fields(value).items():
            yield from _values((*path, name), each)
    elif isinstance(value, np.ndarray | jax.Array) and value.ndim > 0:
        yield path, f"array of shape {value.shape}"
    else:
        yield path, str(value)


def _is_object(value: Any) -> bool:
    return isinstance(value, eqx.Module) or (
        hasattr(value, "__dict__")
        and not callable(value)
        and not isinstance(value, Prior | Node | Derived | MissingPrior | np.ndarray | jax.Array)
        and not is_number(value)
    )


def _fields(value: Any) -> dict[str, Any]:
    """What an object is shown to hold; one that takes ``**components`` has them in an attribute `components`."""
    if isinstance(value, ModelInstance):
        return value.dict
    cls: Any = type(value)
    signature = signature_of(cls)
    components = getattr(value, "components", None) if signature.is_open else None
    if isinstance(components, dict):
        return {name: getattr(value, name) for name in signature.arguments if hasattr(value, name)} | components
    names = [each.name for each in dataclasses.fields(value)] if dataclasses.is_dataclass(value) else vars(value)
    return {name: getattr(value, name) for name in names if not name.startswith("_") and hasattr(value, name)}


def _merged(entries: list[Entry]) -> list[Entry]:
    """Entries of the same value and the same path but for one name become one.

    Level by level from the root. The last name, that of the parameter, is never joined. Entries that end above a
    level come before those that go on below it.
    """
    depth = max((len(path) for path, _ in entries), default=0)
    for level in range(depth - 1):
        ended = [each for each in entries if len(each[0]) <= level]
        groups: dict[Any, list[str]] = {}
        for path, text in entries:
            if len(path) > level:
                is_last = len(path) == level + 1
                key = (path[:level], path[level + 1 :], text, path if is_last else None)
                groups.setdefault(key, []).append(path[level])
        entries = ended + [
            ((*above, _joined(names), *below), text) for (above, below, text, _), names in groups.items()
        ]
    return entries


def _joined(names: list[str]) -> str:
    """ "0 - 3, 5" for numbers, "bulge - disk" for others."""
    if len(names) == 1:
        return names[0]
    if not all(each.isdigit() for each in names):
        return " - ".join(sorted(names))
    runs = itertools.groupby(enumerate(sorted(map(int, names))), key=lambda pair: pair[1] - pair[0])
    ends = [[number for _, number in run] for _, run in runs]
    return ", ".join(str(run[0]) if len(run) == 1 else f"{run[0]} - {run[-1]}" for run in ends)


def _text(entries: list[Entry]) -> str:
    """Entries as an indented tree."""
    tree: dict[str, Any] = {}
    for path, text in entries:
        branch = tree
        for name in path[:-1]:
            branch = branch.setdefault(name, {})
        branch[path[-1]] = text

    def lines(branch: dict[str, Any], depth: int) -> Iterator[str]:
        for name, below in branch.items():
            if isinstance(below, dict):
                yield _line(name, "", depth)
                yield from lines(below, depth + 1)
            else:
                yield _line(name, below, depth)

    return "\n".join(lines(tree, 0))


def _line(name: str, text: str, depth: int) -> str:
    start = INDENT * depth + name
    return f"{start.ljust(VALUE_COLUMN - 1)} {text}".rstrip() if text else start


def _assertions(model: Node, table: ParameterTable) -> Iterator[str]:
    names = {prior: ".".join(paths[0]) for prior, paths in zip(table.priors, table.paths, strict=True)}

    def written(side: Any) -> str:
        if isinstance(side, Derived):
            return side.notation.format(*map(written, side.operands))
        return names.get(side, repr(side)) if isinstance(side, Prior) else str(side)

    for node in dict.fromkeys(model._nodes()):
        for assertion, name in node._assertions:
            text = "False"
            if isinstance(assertion, Assertion):
                parts = [
                    f"{written(each.lower)} {'<' if each.strict else '<='} {written(each.upper)}"
                    for each in assertion.comparisons
                ]
                text = " and ".join(parts)
            yield f"{name}: {text}" if name else text
