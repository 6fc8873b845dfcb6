"""Convolution of compact light in a patch of the frame: equal to that of the whole frame wherever it is taken."""

from __future__ import annotations

import jax
import numpy as np
import pytest

import galens  # noqa: F401  64-bit floats
from galens.numerics.fft_convolution import PATCH_REACH, convolve, convolve_in_patch, kernel_transform, patch_side

FRAME = (150, 144)
KERNEL = np.random.default_rng(0).uniform(size=(11, 13))
SIDE = patch_side(FRAME, KERNEL.shape)
TRANSFORM, PATCH = kernel_transform(KERNEL, FRAME), kernel_transform(KERNEL, (SIDE, SIDE))
Y, X = np.mgrid[: FRAME[0], : FRAME[1]]
convolved = jax.jit(convolve_in_patch)


def images(centre, widths=(0.3, 1.0, 2.4)):
    square = (Y - centre[0]) ** 2 + (X - centre[1]) ** 2
    return np.stack([np.exp(-0.5 * square / width**2) for width in widths])


@pytest.mark.parametrize("centre", [(75.0, 70.0), (75.4, 70.6), (40.0, 100.0), (3.0, 140.0), (-500.0, 70.0)])
def test_compact_light_is_convolved_as_in_the_whole_frame(centre):
    frames = images(centre)
    np.testing.assert_allclose(
        convolved(frames, TRANSFORM, PATCH, centre, True), convolve(frames, TRANSFORM), atol=1e-12 * KERNEL.sum()
    )


def test_extended_light_is_convolved_in_the_whole_frame():
    frames = images((75.0, 70.0), widths=(30.0,))
    np.testing.assert_array_equal(
        convolved(frames, TRANSFORM, PATCH, (75.0, 70.0), False), jax.jit(convolve)(frames, TRANSFORM)
    )


def test_patches_hold_the_light_and_the_kernel_and_are_used_where_they_save_work():
    assert SIDE >= 2 * PATCH_REACH + 13
    assert patch_side((80, 80), (21, 21)) is None
    assert patch_side((1000, 50), (21, 21)) is None
