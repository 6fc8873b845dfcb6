"""How an instance is built from a vector: the model tree, compiled into objects that do only that."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from galens.errors import ModelError
from galens.fit.model.array import Array
from galens.fit.model.collection import Collection
from galens.fit.model.component import Model
from galens.fit.model.instance import ModelInstance
from galens.fit.model.node import MissingPrior
from galens.fit.model.prior import Prior
from galens.fit.model.tuple_prior import TuplePrior
from galens.fit.model.variable import Derived

__all__ = ["Recipe", "recipe_of"]

Found = list[Any] | None


class Recipe:
    """One step of building; `build` takes the vector as a list and collects components that can be unphysical."""

    def build(self, values: list[Any], found: Found) -> Any:
        raise NotImplementedError


@dataclass(frozen=True, slots=True)
class Parameter(Recipe):
    index: int

    def build(self, values: list[Any], found: Found) -> Any:
        return values[self.index]


@dataclass(frozen=True, slots=True)
class Constant(Recipe):
    value: Any

    def build(self, values: list[Any], found: Found) -> Any:
        return self.value


@dataclass(frozen=True, slots=True)
class Function(Recipe):
    kind: type[Derived]
    operands: tuple[Recipe, ...]

    def build(self, values: list[Any], found: Found) -> Any:
        return self.kind.evaluate([each.build(values, found) for each in self.operands])


@dataclass(frozen=True, slots=True)
class Sequence(Recipe):
    kind: Callable[[Any], Any]
    parts: tuple[Recipe, ...]

    def build(self, values: list[Any], found: Found) -> Any:
        return self.kind([each.build(values, found) for each in self.parts])


@dataclass(frozen=True, slots=True)
class Named(Recipe):
    kind: Callable[[dict[str, Any]], Any]
    parts: tuple[tuple[str, Recipe], ...]

    def build(self, values: list[Any], found: Found) -> Any:
        return self.kind({name: each.build(values, found) for name, each in self.parts})


@dataclass(frozen=True, slots=True)
class Component(Recipe):
    cls: Callable[..., Any]
    parts: tuple[tuple[str, Recipe], ...]
    can_be_unphysical: bool

    def build(self, values: list[Any], found: Found) -> Any:
        # What can be unphysical answers for its parts: a galaxy for its profiles, which share what is asked.
        of_parts = None if self.can_be_unphysical else found
        made = self.cls(**{name: each.build(values, of_parts) for name, each in self.parts})
        if self.can_be_unphysical and found is not None:
            found.append(made)
        return made


@dataclass(frozen=True, slots=True)
class Elements(Recipe):
    shape: tuple[int, ...]
    parts: tuple[Recipe, ...]

    def build(self, values: list[Any], found: Found) -> Any:
        elements = [each.build(values, found) for each in self.parts]
        if any(isinstance(each, jax.Array) for each in elements):
            return jnp.stack(list(map(jnp.asarray, elements))).reshape(self.shape)
        together = np.stack(np.broadcast_arrays(*elements), axis=-1).astype(float)
        return together.reshape(*together.shape[:-1], *self.shape)


def recipe_of(value: Any, places: Mapping[Prior, int]) -> Recipe:
    """The recipe of any part of a model; `places` are the indices of priors in the vector.

    Raises:
        ModelError: a prior that has no place.
    """

    def named(items: dict[str, Any]) -> tuple[tuple[str, Recipe], ...]:
        return tuple((name, recipe_of(each, places)) for name, each in items.items())

    def listed(items: Any) -> tuple[Recipe, ...]:
        return tuple(recipe_of(each, places) for each in items)

    match value:
        case Prior():
            if value not in places:
                raise ModelError(f"the prior {value!r} is not a parameter of the model.")
            return Parameter(places[value])
        case Derived():
            return Function(type(value), listed(value.operands))
        case TuplePrior():
            return Sequence(tuple, listed(value))
        case Array():
            return Elements(value.shape, listed(value._items.values()))
        case Model():
            return Component(value.cls, named(value._items), callable(getattr(value.cls, "is_physical", None)))
        case Collection(_kind="instance"):
            return Named(ModelInstance, named(value._items))
        case Collection(_kind="dict"):
            return Named(dict, named(value._items))
        case Collection():
            return Sequence(tuple if value._kind == "tuple" else list, listed(value))
        case MissingPrior():
            raise ModelError(f"a parameter has {value!r}.")
        case _:
            return Constant(value)
