"""Polynomials at arrays of arguments."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp
from jaxtyping import Array, ArrayLike, Inexact

__all__ = ["horner"]


def horner(coefficients: Any, z: Inexact[ArrayLike, "*shape"]) -> Inexact[Array, "*shape"]:
    """The polynomial of coefficients, lowest power first, in a sequence or an array."""
    value = coefficients[-1] + jnp.zeros_like(z)
    for coefficient in coefficients[-2::-1]:
        value = value * z + coefficient
    return value
