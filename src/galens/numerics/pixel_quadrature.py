r"""Means of a function over square pixels, where a function of light needs few evaluations for a small error.

Light varies on three scales. Far from a galaxy's centre it is a parabola over a pixel: one evaluation a pixel and a
difference of neighbours give the mean. Nearer, a few Gauss-Legendre nodes do. In the pixels about the centre a steep
profile, exp(-b r^(1/n)), has a cusp that no fixed set of nodes resolves, wherever it is: there the nodes follow it.
"""

from __future__ import annotations

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, ArrayLike, Float

__all__ = ["cusp_nodes", "mean_correction"]


def mean_correction(samples: Float[Array, "*batch ny nx"]) -> Float[Array, "*batch ny nx"]:
    r"""What to add to a smooth function's values at pixel centres to get its means over the pixels.

    The mean over a pixel of side h is f + (h^2 / 24) laplacian f + O(h^4), and the five-point difference of the values
    themselves is h^2 times the Laplacian to the same order, so the correction needs no evaluation of its own. What is
    left is 0.003 h^4 times the fourth derivatives: for a galaxy's light 15 pixels from its centre, 1e-5 of the light;
    for a Gaussian whose smaller standard deviation is w pixels, at most 0.016 / w^4 of its peak.

    The outermost ring of pixels lacks a neighbour and gets no correction.
    """
    middle = samples[..., 1:-1, 1:-1]
    neighbours = samples[..., :-2, 1:-1] + samples[..., 2:, 1:-1] + samples[..., 1:-1, :-2] + samples[..., 1:-1, 2:]
    inner = (neighbours - 4 * middle) / 24
    return jnp.pad(inner, [(0, 0)] * (samples.ndim - 2) + [(1, 1), (1, 1)])


def cusp_nodes(
    cusp: Float[ArrayLike, 2],
    pixels: Float[ArrayLike, "K 2"],
    pixel_scales: tuple[float, float],
    *,
    order: int,
    grading: int = 3,
) -> tuple[Float[Array, "M K"], Float[Array, "M K"], Float[Array, "M K"]]:
    r"""Nodes and weights of a rule for the mean over each pixel of a function with a cusp at a given point.

    Each side of a pixel is cut at the cusp's coordinate (at the nearer edge, where the cusp is outside), and on each
    part Gauss-Legendre nodes t in (0, 1) are moved towards the cut as t^grading, which makes r^(1/n) smooth in t. Parts
    of zero length have zero weight. The positions are continuous in `cusp`, so nothing jumps when it crosses an edge,
    and a gradient with respect to it is that of the integral.

    Error for an elliptical Sersic profile, of the mean over the pixel with the centre, relative, order 10: below 2e-4
    for n = 4, 1e-3 for n = 8; order 6: 4e-3 for n = 4.

    Args:
        cusp: (y, x) of the cusp.
        pixels: (y, x) of the pixels' centres.
        pixel_scales: (y, x) sides of a pixel.
        order: Gauss-Legendre nodes on each side of the cut.
        grading: exponent p; the nodes nearest the cut lie at about (1 / order^2)^p of the part's length.

    Returns:
        y, x of the nodes and their weights, the M = 4 order^2 nodes of a pixel along the first axis; the weights of
        each pixel sum to 1.
    """
    nodes, weights = np.polynomial.legendre.leggauss(order)
    t, w = (nodes + 1) / 2, weights / 2
    distance = t**grading
    stretch = w * grading * t ** (grading - 1)
    y, weight_y = _cut_nodes(jnp.asarray(cusp)[0], jnp.asarray(pixels)[:, 0], pixel_scales[0], distance, stretch)
    x, weight_x = _cut_nodes(jnp.asarray(cusp)[1], jnp.asarray(pixels)[:, 1], pixel_scales[1], distance, stretch)
    shape = (y.shape[0], x.shape[0], y.shape[1])
    flat = (-1, y.shape[1])
    return (
        jnp.broadcast_to(y[:, None, :], shape).reshape(flat),
        jnp.broadcast_to(x[None, :, :], shape).reshape(flat),
        (weight_y[:, None, :] * weight_x[None, :, :]).reshape(flat),
    )


def _cut_nodes(
    cusp: Float[Array, ""], pixels: Float[Array, " K"], side: float, distance: np.ndarray, stretch: np.ndarray
) -> tuple[Float[Array, "m K"], Float[Array, "m K"]]:
    """Nodes along one axis and weights of sum 1: the part below the cut, then the part above it."""
    lower, upper = pixels - side / 2, pixels + side / 2
    cut = jnp.clip(cusp, lower, upper)
    below, above = cut - lower, upper - cut
    nodes = jnp.concatenate([cut - below * distance[:, None], cut + above * distance[:, None]])
    return nodes, jnp.concatenate([below * stretch[:, None], above * stretch[:, None]]) / side
