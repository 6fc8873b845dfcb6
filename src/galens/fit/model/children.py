"""How a value that a user assigns becomes part of a model."""

from __future__ import annotations

from typing import Any

from galens.fit.model.node import MissingPrior, Node
from galens.fit.model.tuple_prior import TuplePrior
from galens.fit.model.variable import Variable, is_number

__all__ = ["child_of"]


def child_of(name: str, value: Any, keeps_type: bool) -> Any:
    """The child that `value` is under `name`.

    Classes become Models; lists, dicts and tuples of components Collections; tuples of priors and numbers
    `TuplePrior`. Priors, numbers and other objects stay what they are; objects are fixed.

    Args:
        keeps_type: whether a list, dict or tuple is one again in instances, as the constructor of a class expects;
            otherwise it becomes a `ModelInstance`.
    """
    from galens.fit.model.collection import Collection
    from galens.fit.model.component import Model

    if isinstance(value, Node | Variable | MissingPrior) or is_number(value):
        return value
    if isinstance(value, type):
        return Model(value)
    if isinstance(value, tuple) and value:
        if all(isinstance(each, Variable | MissingPrior) or is_number(each) for each in value):
            return TuplePrior(**{f"{name}_{index}": each for index, each in enumerate(value)})
        is_collection = any(isinstance(each, Node | type) for each in value)
    else:
        is_collection = isinstance(value, list) or (
            isinstance(value, dict) and all(isinstance(each, str) for each in value)
        )
    if is_collection:
        return Collection._of(value, kind=type(value).__name__ if keeps_type else "instance")
    return value
