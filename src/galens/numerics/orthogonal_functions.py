"""Hermite functions and Laguerre polynomials by their recurrences, of a fixed order, and integrals of them."""

from __future__ import annotations

import math

import jax.numpy as jnp
from jaxtyping import Array, ArrayLike, Float

__all__ = ["cosine_and_sine_of_multiple", "hermite_function", "hermite_integral", "laguerre", "laguerre_integral"]


def hermite_function(order: int, x: Float[ArrayLike, "*shape"]) -> Float[Array, "*shape"]:
    r"""H_n(x) exp(-x^2 / 2) / sqrt(2^n n! sqrt(pi)): orthonormal on the line.

    The recurrence of the functions themselves, whose numbers neither overflow nor cancel at high orders.
    """
    x = jnp.asarray(x)
    last, value = jnp.zeros_like(x), math.pi**-0.25 * jnp.exp(-0.5 * x * x)
    for n in range(order):
        last, value = value, math.sqrt(2.0 / (n + 1)) * x * value - math.sqrt(n / (n + 1)) * last
    return value


def hermite_integral(order: int) -> float:
    """The integral of `hermite_function` over the line: zero for odd orders."""
    if order % 2:
        return 0.0
    return math.sqrt(2.0 * math.comb(order, order // 2) / 2.0**order) * math.pi**0.25


def laguerre(order: int, alpha: int, x: Float[ArrayLike, "*shape"]) -> Float[Array, "*shape"]:
    """The generalised Laguerre polynomial L_n^alpha(x)."""
    x = jnp.asarray(x)
    last, value = jnp.zeros_like(x), jnp.ones_like(x)
    for n in range(order):
        last, value = value, ((2 * n + 1 + alpha - x) * value - (n + alpha) * last) / (n + 1)
    return value


def laguerre_integral(order: int, alpha: int, power: float) -> float:
    r"""The integral of t^power exp(-t / 2) L_n^alpha(t) over t > 0, power above -1."""
    terms = (
        (-1.0) ** k
        * math.comb(order + alpha, order - k)
        / math.factorial(k)
        * math.exp(math.lgamma(power + k + 1) + (power + k + 1) * math.log(2.0))
        for k in range(order + 1)
    )
    return math.fsum(terms)


def cosine_and_sine_of_multiple(
    order: int, cosine: Float[Array, "*shape"], sine: Float[Array, "*shape"]
) -> tuple[Float[Array, "*shape"], Float[Array, "*shape"]]:
    """(r^m cos m theta, r^m sin m theta) of (r cos theta, r sin theta), without the angle."""
    real, imaginary = jnp.ones_like(cosine), jnp.zeros_like(sine)
    for _ in range(order):
        real, imaginary = real * cosine - imaginary * sine, real * sine + imaginary * cosine
    return real, imaginary
