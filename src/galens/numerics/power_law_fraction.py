r"""The angular part of power-law lenses, 2F1(1, t/2; 2 - t/2; z), in real arithmetic and with cheap derivatives.

It is `gauss_fraction` for the arguments of a lens. The coefficients are real and :math:`|z|` is one number for a lens,
so that a polynomial at z costs two multiplications a term (Goertzel's recurrence) instead of four; compilers make
vector instructions of real numbers but not of complex ones. Reverse differentiation through the recurrences would store
each of their steps: the derivative by z follows from the function itself,

.. math:: (1 - z) F' = b F - (c - 1) G, \qquad F = 1 + z G, \quad b = t / 2, \ c = 2 - t / 2

and that by t from two further polynomials, so that a gradient costs a few values.
"""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
from jaxtyping import Array, ArrayLike, Float

from galens.numerics.gauss_fraction import pade_coefficients
from galens.numerics.tangents import is_zero

__all__ = ["power_law_fraction"]

DEGREE = 12

Complex = tuple[Any, Any]


@jax.custom_jvp
def power_law_fraction(
    t: Float[ArrayLike, ""], x: Float[ArrayLike, "*shape"], y: Float[ArrayLike, "*shape"], square: Float[ArrayLike, ""]
) -> tuple[Float[Array, "*shape"], Float[Array, "*shape"]]:
    """Real and imaginary part of 2F1(1, t/2; 2 - t/2; z) at z = x + i y.

    The error is that of `gauss_fraction`: below 1e-14 for \\|z\\| up to 1/3, 1e-9 at 9/11.

    Args:
        t: slope of the deflection, 0 < t < 2.
        x, y: of z, inside the unit circle.
        square: x^2 + y^2, which is the same for all z; nothing is differentiated by it.
    """
    above, below = _coefficients(jnp.asarray(t, float))
    g = _quotient(_polynomial(above, x, y, square), _polynomial(below, x, y, square))
    real, imaginary = _product((x, y), g)
    return 1.0 + real, imaginary


def _power_law_fraction_jvp(primals: Any, tangents: Any) -> tuple[Complex, Complex]:
    t, x, y, square = primals
    d_t = None if is_zero(tangents[0]) else tangents[0]
    d_x, d_y = (0.0 if is_zero(each) else each for each in tangents[1:3])
    t = jnp.asarray(t, float)
    above, below = _coefficients(t)  # as in the value, to the last digit: a compiler computes both as one
    denominator = _polynomial(below, x, y, square)
    g = _quotient(_polynomial(above, x, y, square), denominator)
    real, imaginary = _product((x, y), g)
    real = 1.0 + real
    b, c = 0.5 * t, 2.0 - 0.5 * t
    by_z = _quotient((b * real - (c - 1.0) * g[0], b * imaginary - (c - 1.0) * g[1]), (1.0 - x, -y))
    d_real, d_imaginary = by_z[0] * d_x - by_z[1] * d_y, by_z[1] * d_x + by_z[0] * d_y
    if d_t is None:  # of an isothermal lens
        return (real, imaginary), (d_real, d_imaginary)
    above_by_t, below_by_t = jax.jvp(_coefficients, (t,), (jnp.ones_like(t),))[1]
    change, change_below = _polynomial(above_by_t, x, y, square), _product(g, _polynomial(below_by_t, x, y, square))
    by_t = _product((x, y), _quotient((change[0] - change_below[0], change[1] - change_below[1]), denominator))
    return (real, imaginary), (d_real + by_t[0] * d_t, d_imaginary + by_t[1] * d_t)


power_law_fraction.defjvp(_power_law_fraction_jvp, symbolic_zeros=True)


def _coefficients(t: Array) -> tuple[Array, Array]:
    """Of (P - Q) / z and of Q, where F = P / Q."""
    above, below = pade_coefficients(0.5 * t, 2.0 - 0.5 * t, DEGREE)
    return (above - below)[1:], below


def _polynomial(coefficients: Array, x: Any, y: Any, square: Any) -> Complex:
    """Sum of a_k z^k by Goertzel's recurrence s_k = a_k + 2 x s_(k+1) - |z|^2 s_(k+2)."""
    double = 2.0 * x
    current, previous = coefficients[-1] + jnp.zeros_like(double), jnp.zeros_like(double)
    for k in range(coefficients.shape[0] - 2, 0, -1):
        current, previous = coefficients[k] + double * current - square * previous, current
    return coefficients[0] + x * current - square * previous, y * current


def _product(a: Complex, b: Complex) -> Complex:
    return a[0] * b[0] - a[1] * b[1], a[0] * b[1] + a[1] * b[0]


def _quotient(a: Complex, b: Complex) -> Complex:
    inverse = 1.0 / (b[0] * b[0] + b[1] * b[1])
    return (a[0] * b[0] + a[1] * b[1]) * inverse, (a[1] * b[0] - a[0] * b[1]) * inverse
