"""`Array`: an array of parameters."""

from __future__ import annotations

import itertools
from typing import Any

from galens.errors import ModelError
from galens.fit.model.abstract import AbstractModel
from galens.fit.model.node import MissingPrior
from galens.fit.model.prior import Prior
from galens.fit.model.variable import Variable, is_number

__all__ = ["Array"]


class Array(AbstractModel):
    """An array with a parameter in every element; its instance is a NumPy array, or a JAX array where traced.

    Elements are read and assigned by index (``array[0, 1] = 2.0`` fixes, ``array[0, 1] = array[1, 0]`` links); in paths
    they are called ``prior_0_1``.

    Args:
        shape: of the array.
        prior: distribution of every element, each an independent parameter; without one, elements must be assigned.
    """

    _shape: tuple[int, ...]

    def __init__(self, shape: tuple[int, ...] | int, prior: Prior | None = None) -> None:
        super().__init__()
        self._shape = (shape,) if isinstance(shape, int) else tuple(shape)
        for index in itertools.product(*map(range, self._shape)):
            missing = MissingPrior(f"assign a prior or a number to the element {index}")
            self._items[_name(index)] = missing if prior is None else prior.new()

    @property
    def shape(self) -> tuple[int, ...]:
        return self._shape

    def _allow(self, name: str, value: Any) -> None:
        raise ModelError(self._unknown(name))

    def _child(self, name: str, value: Any) -> Any:
        if isinstance(value, Variable) or is_number(value):
            return value
        raise ModelError(f"the element {name} of an Array = {value!r} must be a prior or a number.")

    def __getitem__(self, index: int | tuple[int, ...]) -> Any:
        return getattr(self, _name(index))

    def __setitem__(self, index: int | tuple[int, ...], value: Any) -> None:
        self._assign(_name(index), value)

    def __repr__(self) -> str:
        return f"<Array of shape {self._shape} with {self.prior_count} free parameters>"


def _name(index: int | tuple[int, ...]) -> str:
    return "_".join(map(str, ("prior", *((index,) if isinstance(index, int) else index))))
