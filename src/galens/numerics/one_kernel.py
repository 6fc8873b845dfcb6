"""Functions of few numbers that a CPU runs as one kernel.

XLA makes of a function a kernel for each operation, or for some that it fuses. Each kernel takes it a megabyte of
memory to compile and some 50 ns to call. Where many operations have few numbers, as a loop over changes of a small
matrix has, that is more than the operations take: as one kernel the function is compiled in less memory and runs up to
twice as fast.

It is how XLA itself compiles loops that it finds small, asked for by the attribute that it gives to these. What it
accepts in such a kernel is not documented: the attribute is used with the version of JAX for which this is tested.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from functools import wraps
from typing import Any, TypeVar

import jax
import jax.numpy as jnp
from jax import lax
from jax.custom_batching import custom_vmap

__all__ = ["one_kernel"]

Result = TypeVar("Result")

ATTRIBUTES = {"xla_cpu_small_call": "true", "inlineable": "false"}

LARGEST = 2**15 - 1
"""Numbers in an array. XLA divides work on larger ones among threads, which it cannot do within a kernel, and the cache
of a core does not hold many of them."""

TESTED = (0, 10, 2)
"""The version of JAX with which it is tested."""


def one_kernel(function: Callable[..., Result]) -> Callable[..., Result]:
    """The function as one kernel of a CPU; as it is elsewhere, in batches, and for arrays of 32 768 numbers and more.

    Nothing is differentiated by its arguments.

    Args:
        function: of arrays, whose operations are simple element-wise ones, slices, branches, loops, and reductions of
            several arrays at once, such as `argmax`. Not those for which XLA has a library: sums, products of matrices,
            LAPACK, Fourier transforms, sorting, scattering. No argument may be a constant of the program, which XLA
            does not survive: what a loop changes never is.
    """

    @jax.jit
    def inside(*arguments: Any) -> Result:
        # Only the call has the attributes: what it calls is part of the kernel.
        with _attributes(dict.fromkeys(ATTRIBUTES)):
            return function(*arguments)

    def as_one(*arguments: Any) -> Result:
        with _attributes(ATTRIBUTES):
            return inside(*arguments)

    @custom_vmap
    def single(*arguments: Any) -> Result:
        return lax.platform_dependent(*arguments, cpu=as_one, default=function)

    @single.def_vmap
    def batch(size: int, batched: list[Any], *arguments: Any) -> tuple[Result, Any]:
        # Slices at different places of each lane become scattering.
        results = jax.vmap(function, in_axes=jax.tree.map(lambda has: 0 if has else None, batched))(*arguments)
        return results, jax.tree.map(lambda _: True, results)

    compiled = jax.jit(single)

    @wraps(function)
    def called(*arguments: Any) -> Result:
        arguments = lax.stop_gradient(arguments)
        fits = all(jnp.size(array) <= LARGEST for array in jax.tree.leaves(arguments))
        return compiled(*arguments) if fits and jax.__version_info__ == TESTED else function(*arguments)

    return called


def _attributes(values: Mapping[str, str | None]) -> AbstractContextManager[Any]:
    # Imported here: it is experimental, and other versions of JAX may not have it.
    from jax.experimental.xla_metadata import set_xla_metadata

    return set_xla_metadata(**values)
