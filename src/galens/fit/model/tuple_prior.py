"""Tuple parameters: ``centre`` with its members ``centre_0`` and ``centre_1``."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from galens.errors import ModelError
from galens.fit.model.node import MissingPrior, Node
from galens.fit.model.variable import Variable, is_number

__all__ = ["TuplePrior"]


class TuplePrior(Node):
    """A tuple whose members are priors, derived parameters or numbers; an instance has a tuple in its place.

    Args:
        members: by name, in the order of the tuple: ``TuplePrior(centre_0=..., centre_1=...)``.
    """

    _is_tuple = True

    def __init__(self, **members: Any) -> None:
        super().__init__()
        self._items = {name: self._child(name, each) for name, each in members.items()}

    def _allow(self, name: str, value: Any) -> None:
        raise ModelError(self._unknown(name))

    def _child(self, name: str, value: Any) -> Any:
        if isinstance(value, Variable | MissingPrior) or is_number(value):
            return value
        raise ModelError(f"'{name}' = {value!r} is the member of a tuple: a prior, a derived parameter or a number.")

    def __getitem__(self, index: int) -> Any:
        return list(self._items.values())[index]

    def __iter__(self) -> Iterator[Any]:
        return iter(self._items.values())

    def __len__(self) -> int:
        return len(self._items)

    def __repr__(self) -> str:
        return f"TuplePrior({', '.join(f'{name}={each!r}' for name, each in self._items.items())})"
