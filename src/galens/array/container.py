"""What all wrapped arrays share: arithmetic that keeps the wrapper, and conversion to plain arrays.

A wrapper is a frozen `equinox.Module`: its values are a leaf, its geometry is static. So JAX's transformations take
it apart and put it together again without any code here, and NumPy's protocols make it usable where arrays are.
"""

from __future__ import annotations

import abc
import operator
from collections.abc import Callable, Iterator
from typing import Any, Self, TypeVar

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

from galens.errors import ArrayError

__all__ = ["ArrayContainer", "host_floats", "unchecked"]

Module = TypeVar("Module", bound=eqx.Module)


def unchecked(cls: type[Module], **fields: Any) -> Module:
    """A module with these fields that bypasses its constructor: for values already known to fit."""
    instance = object.__new__(cls)
    for name, value in fields.items():
        object.__setattr__(instance, name, value)
    return instance


def host_floats(values: Any, name: str = "values") -> np.ndarray:
    """A read-only copy of `values` as native-endian float64 (complex128 where complex).

    FITS files are big-endian and often hold integers, neither of which JAX takes or differentiates.

    Raises:
        ArrayError: where the values are not numbers.
    """
    try:
        array = np.asarray(values)
        array = np.array(array, dtype=complex if array.dtype.kind == "c" else float)
    except (TypeError, ValueError) as error:
        raise ArrayError(f"{name} must be numbers in a rectangular array: {error}") from error
    array.flags.writeable = False
    return array


def _binary(operation: Callable[[Any, Any], Any], swapped: bool = False) -> Callable[[Any, Any], Any]:
    def method(self: ArrayContainer, other: Any) -> Any:
        operand = self._operand(other)
        if operand is NotImplemented:
            return NotImplemented
        return self._wrapped(operation(operand, self.values) if swapped else operation(self.values, operand))

    return method


def _comparison(operation: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
    def method(self: ArrayContainer, other: Any) -> Any:
        operand = self._operand(other)
        return NotImplemented if operand is NotImplemented else operation(self.values, operand)

    return method


class ArrayContainer(eqx.Module):
    """An array with meaning attached to it.

    Arithmetic and NumPy's element-wise functions return the same kind of wrapper, comparisons, indexing and
    reductions plain arrays. `numpy.asarray` and `jax.numpy` functions see the values alone.
    """

    values: eqx.AbstractVar[Any]

    @abc.abstractmethod
    def _with_values(self, values: Any) -> Self:
        """The same wrapper around other values of the same shape, unchecked."""

    def _operand(self, other: Any) -> Any:
        """What `other` contributes to an operation with this one, or NotImplemented."""
        if isinstance(other, ArrayContainer):
            return other.values
        if isinstance(other, (int, float, complex, np.ndarray, np.generic, jax.Array)):
            return other
        return NotImplemented

    def _wrapped(self, result: Any) -> Self:
        shape, new = np.shape(self.values), np.shape(result)
        batched = isinstance(result, jax.Array) and new[len(new) - len(shape) :] == shape
        if new != shape and not batched:
            raise ArrayError(f"An operation on values of shape {shape} gave shape {new}; it must keep it.")
        return self._with_values(result)

    @property
    def array(self) -> Any:
        """The plain values, as stored."""
        return self.values

    @property
    def shape(self) -> tuple[int, ...]:
        return tuple(np.shape(self.values))

    @property
    def ndim(self) -> int:
        return len(self.shape)

    @property
    def size(self) -> int:
        return int(np.size(self.values))

    @property
    def dtype(self) -> np.dtype:
        return self.values.dtype

    def sum(self, axis: Any = None, **options: Any) -> Any:
        return self.values.sum(axis, **options)

    def mean(self, axis: Any = None, **options: Any) -> Any:
        return self.values.mean(axis, **options)

    def min(self, axis: Any = None, **options: Any) -> Any:
        return self.values.min(axis, **options)

    def max(self, axis: Any = None, **options: Any) -> Any:
        return self.values.max(axis, **options)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        values = np.asarray(self.values)
        if dtype is not None and values.dtype != dtype:
            return values.astype(dtype)
        return values.copy() if copy else values

    def __jax_array__(self) -> jax.Array:
        return jnp.asarray(self.values)

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **options: Any) -> Any:
        if method != "__call__" or ufunc.nout != 1 or options.get("out") is not None:
            return getattr(ufunc, method)(*map(_plain, inputs), **options)
        operands = [self._operand(item) if item is not self else self.values for item in inputs]
        if any(operand is NotImplemented for operand in operands):
            return NotImplemented
        traced = any(isinstance(operand, jax.Array) for operand in operands)
        result = (getattr(jnp, ufunc.__name__) if traced else ufunc)(*operands, **options)
        return result if result.dtype == bool else self._wrapped(result)

    def __getitem__(self, index: Any) -> Any:
        return self.values[_plain(index)]

    def __len__(self) -> int:
        return self.shape[0]

    def __iter__(self) -> Iterator[Any]:
        return iter(self.values)

    def __neg__(self) -> Self:
        return self._with_values(-self.values)

    def __pos__(self) -> Self:
        return self

    def __abs__(self) -> Self:
        return self._with_values(abs(self.values))

    __add__ = _binary(operator.add)
    __radd__ = _binary(operator.add, swapped=True)
    __sub__ = _binary(operator.sub)
    __rsub__ = _binary(operator.sub, swapped=True)
    __mul__ = _binary(operator.mul)
    __rmul__ = _binary(operator.mul, swapped=True)
    __truediv__ = _binary(operator.truediv)
    __rtruediv__ = _binary(operator.truediv, swapped=True)
    __floordiv__ = _binary(operator.floordiv)
    __rfloordiv__ = _binary(operator.floordiv, swapped=True)
    __mod__ = _binary(operator.mod)
    __rmod__ = _binary(operator.mod, swapped=True)
    __pow__ = _binary(operator.pow)
    __rpow__ = _binary(operator.pow, swapped=True)
    __lt__ = _comparison(operator.lt)
    __le__ = _comparison(operator.le)
    __gt__ = _comparison(operator.gt)
    __ge__ = _comparison(operator.ge)
    __eq__ = _comparison(operator.eq)
    __ne__ = _comparison(operator.ne)
    __hash__ = None  # type: ignore[assignment]  # element-wise equality has no hash


def _plain(value: Any) -> Any:
    return np.asarray(value.values) if isinstance(value, ArrayContainer) else value
