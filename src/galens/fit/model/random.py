"""Random numbers of explicit origin: a seed or a JAX key, never hidden state."""

from __future__ import annotations

import jax
from jaxtyping import Array

from galens.errors import ModelError

__all__ = ["unit_draw"]


def unit_draw(
    shape: tuple[int, ...],
    *,
    seed: int | None = None,
    key: Array | None = None,
    lower: float = 0.0,
    upper: float = 1.0,
) -> Array:
    """Uniform numbers between `lower` and `upper`, 0 to 1, for mapping through priors.

    Raises:
        ModelError: neither or both of seed and key are given, or the bounds are not within 0 to 1 in order.
    """
    if (seed is None) == (key is None):
        raise ModelError(
            "random draws need either seed=<integer> or key=<JAX key>: equal inputs give equal draws. "
            "For several draws use several seeds, or jax.random.split(key)."
        )
    if not 0.0 <= lower < upper <= 1.0:
        raise ModelError(f"limits of unit values must satisfy 0 <= lower < upper <= 1, got {lower} and {upper}.")
    if seed is not None:
        key = jax.random.key(seed)
    assert key is not None
    return jax.random.uniform(key, shape, minval=lower, maxval=upper)
