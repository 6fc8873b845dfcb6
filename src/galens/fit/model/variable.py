"""Arithmetic and comparisons of parameters: derived parameters and assertions.

A derived parameter, such as ``prior + 0.5`` or ``a + b * af.Log10(c)``, adds no dimension to a model. A comparison,
such as ``a < b``, is an assertion, for `add_assertion`.
"""

from __future__ import annotations

import operator
from dataclasses import dataclass
from typing import Any, ClassVar

import jax
import jax.numpy as jnp
import numpy as np

from galens.errors import ModelError

__all__ = [
    "DERIVED",
    "Assertion",
    "Comparison",
    "Derived",
    "Log",
    "Log10",
    "Variable",
    "is_number",
]


def is_number(value: Any) -> bool:
    """Whether `value` is one real number (a tracer or a 0-dimensional array counts, a bool does not)."""
    if isinstance(value, bool | np.bool_):
        return False
    if isinstance(value, int | float | np.integer | np.floating):
        return True
    return isinstance(value, jax.Array | np.ndarray) and value.ndim == 0 and value.dtype.kind in "iuf"


class Variable:
    """What can stand in arithmetic and comparisons: a prior or a derived parameter."""

    def __add__(self, other: Any) -> Derived:
        return SumPrior(self, other)

    def __radd__(self, other: Any) -> Derived:
        return SumPrior(other, self)

    def __sub__(self, other: Any) -> Derived:
        return DifferencePrior(self, other)

    def __rsub__(self, other: Any) -> Derived:
        return DifferencePrior(other, self)

    def __mul__(self, other: Any) -> Derived:
        return ProductPrior(self, other)

    def __rmul__(self, other: Any) -> Derived:
        return ProductPrior(other, self)

    def __truediv__(self, other: Any) -> Derived:
        return DivisionPrior(self, other)

    def __rtruediv__(self, other: Any) -> Derived:
        return DivisionPrior(other, self)

    def __floordiv__(self, other: Any) -> Derived:
        return FloorDivisionPrior(self, other)

    def __rfloordiv__(self, other: Any) -> Derived:
        return FloorDivisionPrior(other, self)

    def __mod__(self, other: Any) -> Derived:
        return ModuloPrior(self, other)

    def __rmod__(self, other: Any) -> Derived:
        return ModuloPrior(other, self)

    def __pow__(self, other: Any) -> Derived:
        return PowerPrior(self, other)

    def __rpow__(self, other: Any) -> Derived:
        return PowerPrior(other, self)

    def __neg__(self) -> Derived:
        return NegativePrior(self)

    def __abs__(self) -> Derived:
        return AbsolutePrior(self)

    def __lt__(self, other: Any) -> Assertion:
        return Assertion(Comparison(self, other, strict=True))

    def __gt__(self, other: Any) -> Assertion:
        return Assertion(Comparison(other, self, strict=True))

    def __le__(self, other: Any) -> Assertion:
        return Assertion(Comparison(self, other, strict=False))

    def __ge__(self, other: Any) -> Assertion:
        return Assertion(Comparison(other, self, strict=False))


class Derived(Variable):
    """A function of one or two operands: priors, derived parameters or numbers.

    Subclasses say which function, and how it is written. Its operands are its children in paths: the left one is
    called ``self``, the right one ``other``.
    """

    notation: ClassVar[str]
    names: ClassVar[tuple[str, ...]] = ("self", "other")

    def __init__(self, *operands: Any) -> None:
        for each in operands:
            if not isinstance(each, Variable) and not is_number(each):
                raise ModelError(
                    f"cannot use {each!r} in arithmetic of parameters: an operand is a prior, "
                    "a derived parameter or a number."
                )
        if len(operands) != len(self.names):
            raise ModelError(f"{type(self).__name__} needs {len(self.names)} operands, got {len(operands)}.")
        self._items: dict[str, Any] = dict(zip(self.names, operands, strict=True))

    @property
    def operands(self) -> tuple[Any, ...]:
        return tuple(self._items.values())

    @staticmethod
    def apply(*values: Any) -> Any:
        """The function, of NumPy scalars or JAX arrays."""
        raise NotImplementedError

    @classmethod
    def evaluate(cls, values: list[Any]) -> Any:
        """The function of numbers (gives a Python number, NaN or inf where undefined), NumPy arrays or JAX arrays."""
        if any(isinstance(each, jax.Array) for each in values):
            return cls.apply(*values)
        with np.errstate(all="ignore"):
            found = cls.apply(*[np.asarray(each, float)[()] for each in values])
            return found if np.ndim(found) else float(found)

    def __repr__(self) -> str:
        return self.notation.format(*self.operands)


class SumPrior(Derived):
    notation = "({0} + {1})"
    apply = staticmethod(operator.add)


class DifferencePrior(Derived):
    notation = "({0} - {1})"
    apply = staticmethod(operator.sub)


class ProductPrior(Derived):
    notation = "({0} * {1})"
    apply = staticmethod(operator.mul)


class DivisionPrior(Derived):
    notation = "({0} / {1})"
    apply = staticmethod(operator.truediv)


class FloorDivisionPrior(Derived):
    notation = "({0} // {1})"
    apply = staticmethod(operator.floordiv)


class ModuloPrior(Derived):
    """The remainder has the sign of the divisor, as in Python."""

    notation = "({0} % {1})"
    apply = staticmethod(operator.mod)


class PowerPrior(Derived):
    notation = "({0} ** {1})"
    apply = staticmethod(operator.pow)


class NegativePrior(Derived):
    notation = "-{0}"
    names = ("self",)
    apply = staticmethod(operator.neg)


class AbsolutePrior(Derived):
    notation = "abs({0})"
    names = ("self",)
    apply = staticmethod(abs)


class Log(Derived):
    """Natural logarithm of a parameter; NaN below 0."""

    notation = "log({0})"
    names = ("self",)

    @staticmethod
    def apply(*values: Any) -> Any:
        return jnp.log(*values) if isinstance(values[0], jax.Array) else np.log(*values)


class Log10(Derived):
    """Logarithm to base 10 of a parameter; NaN below 0."""

    notation = "log10({0})"
    names = ("self",)

    @staticmethod
    def apply(*values: Any) -> Any:
        return jnp.log10(*values) if isinstance(values[0], jax.Array) else np.log10(*values)


DERIVED: dict[str, type[Derived]] = {
    each.__name__: each
    for each in (
        SumPrior,
        DifferencePrior,
        ProductPrior,
        DivisionPrior,
        FloorDivisionPrior,
        ModuloPrior,
        PowerPrior,
        NegativePrior,
        AbsolutePrior,
        Log,
        Log10,
    )
}
"""Every kind of derived parameter by its name in files."""


@dataclass(frozen=True, eq=False)
class Comparison:
    """``lower < upper``, or ``lower <= upper`` where not `strict`."""

    lower: Any
    upper: Any
    strict: bool

    def __post_init__(self) -> None:
        for each in (self.lower, self.upper):
            if not isinstance(each, Variable) and not is_number(each):
                raise ModelError(
                    f"cannot compare a parameter with {each!r}: an assertion is between priors, "
                    "derived parameters and numbers."
                )

    def holds(self, lower: Any, upper: Any) -> Any:
        """Whether the values of both sides fulfil it; a bool, or a traced one."""
        return lower < upper if self.strict else lower <= upper

    def __repr__(self) -> str:
        return f"{self.lower!r} {'<' if self.strict else '<='} {self.upper!r}"


class Assertion:
    """Comparisons that must hold together, from the lowest to the highest side: ``a < b``, ``(a < b) < c``.

    A point of the model that breaks an assertion has zero probability.
    """

    def __init__(self, *comparisons: Comparison) -> None:
        self.comparisons = comparisons

    def __lt__(self, other: Any) -> Assertion:
        return Assertion(*self.comparisons, Comparison(self.comparisons[-1].upper, other, strict=True))

    def __le__(self, other: Any) -> Assertion:
        return Assertion(*self.comparisons, Comparison(self.comparisons[-1].upper, other, strict=False))

    def __gt__(self, other: Any) -> Assertion:
        return Assertion(Comparison(other, self.comparisons[0].lower, strict=True), *self.comparisons)

    def __ge__(self, other: Any) -> Assertion:
        return Assertion(Comparison(other, self.comparisons[0].lower, strict=False), *self.comparisons)

    def __bool__(self) -> bool:
        # Python reads a < b < c as (a < b) and (b < c), which would drop the first comparison without a word.
        raise ModelError(
            f"the comparison {self!r} is an assertion about a model, not True or False. "
            "Chain comparisons as (a < b) < c, and add further assertions by add_assertion, one by one."
        )

    def __repr__(self) -> str:
        return " and ".join(map(repr, self.comparisons))
