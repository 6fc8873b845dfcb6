r"""A small image moved by a part of a pixel, as a shift of the phases of its Fourier transform moves it.

The shift is exact for images that their pixels resolve. It is done without a transform: multiplying the coefficients of
a periodic row of F pixels by :math:`\exp(-2 \pi i k t / F)` is a convolution with Dirichlet's kernel, and for the few
rows and columns of a PSF two small matrix products cost less than two transforms, and no transform waits for another.
"""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp
from jaxtyping import Array, ArrayLike, Float

from galens.numerics.special import sinc

__all__ = ["dirichlet", "shifted_into"]


def dirichlet(distance: Float[ArrayLike, "*shape"], length: int) -> Float[Array, "*shape"]:
    r"""What a one in a row of `length` pixels, all others zero, becomes at a distance when it is shifted, periodic.

    .. math:: \frac{\sin \pi t}{F \sin(\pi t / F)} \ (F \text{ odd}), \quad
        \frac{\sin \pi t}{F \tan(\pi t / F)} \ (F \text{ even})

    The even one takes the highest frequency, which has no sign, as the mean of both, so that the result is real.

    Args:
        distance: t in pixels.
        length: F.
    """
    distance = jnp.asarray(distance)
    nearest = distance - length * jnp.round(distance / length)
    relative = nearest / length
    value = sinc(nearest) / sinc(relative)
    return value * jnp.cos(jnp.pi * relative) if length % 2 == 0 else value


def shifted_into(
    kernel: Float[Array, "ky kx"], position: tuple[Any, Any], frame: tuple[int, int]
) -> Float[Array, "fy fx"]:
    """An odd-sized kernel with its central pixel at a (row, column) of a frame, parts of pixels included.

    Light that leaves the frame on one side enters on the other; the sum is that of the kernel wherever it is.

    Args:
        position: row and column, of the first pixel's centre (0, 0).
        frame: (rows, columns), not smaller than the kernel.
    """
    rows, columns = (_moves(position[axis], kernel.shape[axis], frame[axis]) for axis in (0, 1))
    return rows @ kernel @ columns.T


def _moves(position: Any, size: int, length: int) -> Array:
    """(length, size): what each pixel of a row of the frame gets of each one of the kernel."""
    offsets = jnp.arange(size) - size // 2
    return dirichlet(jnp.arange(length)[:, None] - offsets - position, length)
