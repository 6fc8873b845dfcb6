"""Images moved by parts of pixels: against the transform, whole pixels, and the slope."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from galens.numerics.fourier_shift import dirichlet, shifted_into
from galens.numerics.special import sinc

KERNEL = jnp.asarray(np.random.default_rng(1).uniform(size=(5, 7)))


def by_transform(kernel, position, frame):
    """The same by phases, the highest frequency of even lengths as the mean of both signs."""
    padded = np.zeros(frame)
    padded[: kernel.shape[0], : kernel.shape[1]] = kernel
    padded = np.roll(padded, (-(kernel.shape[0] // 2), -(kernel.shape[1] // 2)), axis=(0, 1))
    phases = []
    for shift, length in zip(position, frame, strict=True):
        frequency = np.fft.fftfreq(length)
        phase = np.exp(-2j * np.pi * frequency * shift)
        phase[np.abs(frequency) == 0.5] = np.cos(np.pi * shift)
        phases.append(phase)
    return np.fft.ifft2(np.fft.fft2(padded) * np.outer(*phases)).real


@pytest.mark.parametrize("frame", [(16, 18), (15, 25), (16, 15)])
def test_shift_is_that_of_the_phases_of_the_transform(frame):
    for position in ((4.3, 9.75), (0.2, 0.0), (14.9, -3.4)):
        np.testing.assert_allclose(
            shifted_into(KERNEL, position, frame), by_transform(np.asarray(KERNEL), position, frame), atol=1e-14
        )


def test_whole_pixels_are_exact_and_the_sum_is_kept():
    image = shifted_into(KERNEL, (6.0, 8.0), (16, 18))
    np.testing.assert_allclose(image[4:9, 5:12], KERNEL, atol=1e-15)
    assert float(jnp.sum(jnp.abs(image))) == pytest.approx(float(KERNEL.sum()))
    for position in ((6.3, 8.1), (1.5, 17.2)):
        assert float(jnp.sum(shifted_into(KERNEL, position, (16, 18)))) == pytest.approx(float(KERNEL.sum()))


def test_slopes_are_right_at_and_next_to_whole_pixels():
    for length in (8, 9):
        slope = jax.jit(jax.vmap(jax.grad(lambda t, length=length: dirichlet(t, length))))
        assert slope(jnp.zeros(1))[0] == 0.0
        # To first order -2 a t, with a of the second derivative.
        near = jnp.array([1e-16, 1e-12, 1e-8, 1e-5])
        np.testing.assert_allclose(slope(near) / near, slope(jnp.array([1e-4]))[0] / 1e-4, rtol=1e-6)
        t = jnp.linspace(-12.2, 12.3, 50)
        differences = (dirichlet(t + 1e-6, length) - dirichlet(t - 1e-6, length)) / 2e-6
        np.testing.assert_allclose(slope(t), differences, atol=1e-8)


def test_sinc_is_numpys():
    x = np.concatenate([np.linspace(-9.0, 9.0, 1001), [0.0711, 0.0712, 1e-9]])
    np.testing.assert_allclose(sinc(x), np.sinc(x), atol=3e-16)
