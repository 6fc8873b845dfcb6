"""`Model`: a class whose constructor arguments are parameters."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from galens.errors import ModelAttributeError, ModelError
from galens.fit.model.abstract import AbstractModel
from galens.fit.model.children import child_of
from galens.fit.model.node import MissingPrior, Node
from galens.fit.model.signature import OMITTED, Signature, initial_value, signature_of
from galens.fit.model.tuple_prior import TuplePrior
from galens.fit.model.variable import Variable, is_number

__all__ = ["Model"]


class Model(AbstractModel):
    """A class, or function, with free parameters: every argument of its constructor is a prior, fixed, or a component.

    ``Model(Sersic)`` has the configured default priors; ``Model(Sersic, sersic_index=4.0)`` fixes one of them,
    ``Model(Sersic, sersic_index=UniformPrior(1.0, 6.0))`` replaces one, and so does assigning attributes later. A prior
    assigned in two places is one parameter. Classes given as values become Models, lists and dicts Collections. Classes
    that take ``**components``, such as Galaxy, accept components of any name: ``Model(Galaxy, redshift=0.5,
    bulge=Sersic)``.

    Args:
        cls: a class, equinox module or not, or a function.
        **arguments: values of constructor arguments, by name; members of tuples also by theirs (``centre_0``).

    Raises:
        ModelError: an argument that the constructor does not have (with the name that may have been meant).
    """

    _cls: Callable[..., Any]

    def __init__(self, cls: Callable[..., Any], /, **arguments: Any) -> None:
        super().__init__()
        if not callable(cls) or isinstance(cls, Node):
            raise ModelError(
                f"Model needs a class, got {cls!r}. A fixed object is not wrapped: put it into the model as it is."
            )
        self._cls = cls
        for name, argument in self._signature.arguments.items():
            if name not in arguments:
                value = initial_value(cls, argument)
                if value is not OMITTED:
                    self._assign(name, value)
            else:
                self._assign(name, arguments[name])
        for name, value in arguments.items():
            if name not in self._signature.arguments:
                self._assign(name, value)

    @property
    def cls(self) -> Callable[..., Any]:
        """The class whose instances are made."""
        return self._cls

    @property
    def _signature(self) -> Signature:
        return signature_of(self._cls)

    def _known_names(self) -> list[str]:
        return list(dict.fromkeys([*self._signature.arguments, *super()._known_names()]))

    def _label(self) -> str:
        return f"Model({self._cls.__name__})"

    def _allow(self, name: str, value: Any) -> None:
        if name in self._signature.arguments or (self._signature.is_open and _is_component(value)):
            return
        hint = " New names are taken for components: models, classes or objects." if self._signature.is_open else ""
        raise ModelAttributeError(self._unknown(name) + hint)

    def _child(self, name: str, value: Any) -> Any:
        current = self._items.get(name)
        child = child_of(name, value, keeps_type=True)
        if isinstance(current, TuplePrior):
            if isinstance(child, TuplePrior) and len(child) == len(current):
                return child
            raise ModelError(
                f"{self._label()}: '{name}' is a tuple of {len(current)} parameters, got {value!r}. "
                f"Give a tuple of {len(current)}, or set {' and '.join(current._items)}."
            )
        return child

    def __getattr__(self, name: str) -> Any:
        if not name.startswith("_") and self._holder(name) is None and name in self._signature.arguments:
            return self._signature.arguments[name].default
        return super().__getattr__(name)

    def __repr__(self) -> str:
        return f"<{self._label()} with {self.prior_count} free parameters>"


def _is_component(value: Any) -> bool:
    return not (
        value is None
        or isinstance(value, Variable | MissingPrior | TuplePrior | str | bool | np.ndarray)
        or is_number(value)
        or (isinstance(value, tuple) and all(isinstance(each, Variable) or is_number(each) for each in value))
    )
