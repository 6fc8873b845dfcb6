"""Masks: from a loop over pixels to one line of arrays, and why they are never traced.

    python examples/jax/mask_functions.py

A mask decides how many numbers an image has, so it must be known when a likelihood is compiled. galens therefore builds
masks with NumPy, once, and treats them as part of the type of an array (jit compares them by content). They need not be
differentiable or compiled; they need to be right and quick.
"""

from __future__ import annotations

import time
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

import galens.galaxy as ag


def circular_by_loop(
    shape: tuple[int, int], scales: tuple[float, float], radius: float, centre: tuple[float, float]
) -> np.ndarray:
    """True where the centre of the pixel is not closer to `centre` than `radius` (a pixel at exactly it is masked)."""
    mask = np.full(shape, True)
    for row in range(shape[0]):
        for column in range(shape[1]):
            y = ((shape[0] - 1) / 2 - row) * scales[0]
            x = (column - (shape[1] - 1) / 2) * scales[1]
            if (y - centre[0]) ** 2 + (x - centre[1]) ** 2 < radius**2:
                mask[row, column] = False
    return mask


def circular_by_arrays(
    shape: tuple[int, int], scales: tuple[float, float], radius: float, centre: tuple[float, float]
) -> jax.Array:
    """The same in one line, which jax.jit compiles: the shape is static, the rest may be traced."""
    y = ((shape[0] - 1) / 2 - jnp.arange(shape[0])) * scales[0]
    x = (jnp.arange(shape[1]) - (shape[1] - 1) / 2) * scales[1]
    return (y[:, None] - centre[0]) ** 2 + (x[None, :] - centre[1]) ** 2 >= radius**2


def main(trials: int = 20) -> dict[str, Any]:
    # 1. The three forms agree on masks of all shapes.
    compiled = jax.jit(circular_by_arrays, static_argnums=0)
    rng = np.random.default_rng(0)
    equal = True
    for _ in range(trials):
        shape = tuple(int(size) for size in rng.integers(5, 40, size=2))
        scales = (float(rng.uniform(0.05, 0.2)),) * 2
        centre = tuple(rng.uniform(-0.5, 0.5, size=2).tolist())
        radius = float(rng.uniform(0.2, 2.0))
        loop = circular_by_loop(shape, scales, radius, centre)
        mask = ag.Mask2D.circular(shape_native=shape, pixel_scales=scales, radius=radius, centre=centre)
        equal &= np.array_equal(loop, compiled(shape, scales, radius, centre)) and np.array_equal(loop, mask.array)
    print(f"loop, arrays and library agree: {equal}")

    # 2. The mask of the other examples, and the same at half the pixel size.
    coarse = ag.Mask2D.circular(shape_native=(100, 100), pixel_scales=0.1, radius=3.0)
    fine = ag.Mask2D.circular(shape_native=(200, 200), pixel_scales=0.05, radius=3.0)
    widest = int((~coarse.array).sum(axis=1).max())
    print(f"{coarse.pixels_in_mask} and {fine.pixels_in_mask} pixels; the widest row has {widest}")

    # 3. A million pixels.
    times = []
    for _ in range(5):
        start = time.perf_counter()
        ag.Mask2D.circular(shape_native=(1000, 1000), pixel_scales=0.01, radius=3.0)
        times.append(time.perf_counter() - start)
    print(f"1000 x 1000 pixels in {1e3 * min(times):.2f} ms")

    # 4. An equal mask, made anew, does not compile a function again: what counts is its content.
    compilations = 0

    @jax.jit
    def total(image: ag.Array2D) -> jax.Array:
        nonlocal compilations
        compilations += 1  # runs when the function is traced, not when it is called
        return image.array.sum()

    for _ in range(3):
        mask = ag.Mask2D.circular(shape_native=(100, 100), pixel_scales=0.1, radius=3.0)
        total(ag.Array2D(np.ones((100, 100)), mask=mask))
    print(f"three equal masks, {compilations} compilation")
    return {
        "equal": equal,
        "pixels": (coarse.pixels_in_mask, fine.pixels_in_mask),
        "widest": widest,
        "seconds": min(times),
        "compilations": compilations,
    }


if __name__ == "__main__":
    main()
