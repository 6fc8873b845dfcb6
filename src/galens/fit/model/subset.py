"""Parts of a model by their paths: what remains is a model with the same priors under the same paths."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from galens.errors import ModelError
from galens.fit.model.collection import Collection
from galens.fit.model.node import Path, suggestion

__all__ = ["with_paths", "without_paths"]

AnyPath = str | Sequence[str | int]


def with_paths(model: Any, paths: Iterable[AnyPath]) -> Any:
    """The parts of a model at these paths; what is above them becomes collections."""
    return _kept(model, [_names(path) for path in paths])


def without_paths(model: Any, paths: Iterable[AnyPath]) -> Any:
    """A model but for its parts at these paths; what is above them becomes collections."""
    left = _left(model, [_names(path) for path in paths])
    return Collection() if left is None else left


def _kept(node: Any, paths: list[Path]) -> Any:
    if () in paths:
        return node
    return Collection({name: _kept(child, rests) for name, child, rests in _branches(node, paths)})


def _left(node: Any, paths: list[Path]) -> Any:
    """What is left of a node; None where nothing is to be."""
    if () in paths:
        return None
    if not paths:
        return node
    changed = {name: _left(child, rests) for name, child, rests in _branches(node, paths)}
    return Collection({name: each for name, each in {**node._items, **changed}.items() if each is not None})


def _branches(node: Any, paths: list[Path]) -> list[tuple[str, Any, list[Path]]]:
    """Name, child and what is left of the paths through it, for every child that a path goes through."""
    items = getattr(node, "_items", {})
    rests: dict[str, list[Path]] = {}
    for first, *rest in paths:
        if first not in items:
            raise ModelError(f"there is no '{first}' in this part of the model.{suggestion(first, items)}")
        rests.setdefault(first, []).append(tuple(rest))
    return [(name, items[name], each) for name, each in rests.items()]


def _names(path: AnyPath) -> Path:
    return tuple(path.split(".")) if isinstance(path, str) else tuple(map(str, path))
