"""Fourier convolution in a frame against a direct sum."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from galens.numerics.fft_convolution import convolve, fast_length, frame_shape, kernel_transform


def direct(image: np.ndarray, kernel: np.ndarray) -> np.ndarray:
    """sum_k kernel[k] image[i - k], zero outside the image, by four loops."""
    rows, columns = kernel.shape
    out = np.zeros_like(image)
    for dy in range(rows):
        for dx in range(columns):
            shift_y, shift_x = dy - rows // 2, dx - columns // 2
            for y in range(image.shape[0]):
                for x in range(image.shape[1]):
                    if 0 <= y - shift_y < image.shape[0] and 0 <= x - shift_x < image.shape[1]:
                        out[y, x] += kernel[dy, dx] * image[y - shift_y, x - shift_x]
    return out


@pytest.mark.parametrize("shape", [(1, 1), (3, 3), (5, 3), (3, 7), (7, 7)])
def test_frame_convolution_equals_direct_sum_of_an_asymmetric_kernel(shape: tuple[int, int]) -> None:
    rng = np.random.default_rng(3)
    image, kernel = rng.random((12, 17)), rng.random(shape)
    frame = frame_shape(image.shape, shape)
    padded = np.zeros(frame)
    padded[:12, :17] = image
    convolved = convolve(jnp.asarray(padded), kernel_transform(kernel, frame))[:12, :17]
    expected = direct(image, kernel)
    np.testing.assert_allclose(convolved, expected, rtol=0, atol=1e-11 * expected.max())


def test_point_source_becomes_the_kernel_and_not_its_mirror_image() -> None:
    kernel = np.arange(15.0).reshape(3, 5)
    image = np.zeros((9, 9))
    image[4, 4] = 1.0
    convolved = np.asarray(convolve(jnp.asarray(image), kernel_transform(kernel, (9, 9))))
    np.testing.assert_allclose(convolved[3:6, 2:7], kernel, atol=1e-13)


def test_light_that_wraps_around_stays_within_half_a_kernel_of_the_frame_edge() -> None:
    rng = np.random.default_rng(4)
    kernel = rng.random((5, 5))
    image = rng.random((20, 20))
    convolved = np.asarray(convolve(jnp.asarray(image), kernel_transform(kernel, (20, 20))))
    expected = direct(image, kernel)
    np.testing.assert_allclose(convolved[2:-2, 2:-2], expected[2:-2, 2:-2], atol=1e-12)
    assert np.abs(convolved[0] - expected[0]).max() > 0.1


def test_batch_goes_through_one_transform_each_way() -> None:
    rng = np.random.default_rng(5)
    transform = kernel_transform(rng.random((3, 3)), (10, 12))
    images = jnp.asarray(rng.random((4, 2, 10, 12)))
    looped = np.array([[convolve(image, transform) for image in row] for row in images])
    np.testing.assert_allclose(convolve(images, transform), looped, atol=1e-14)
    text = jax.jit(convolve).lower(images, transform).compile().as_text()
    assert text.count(" fft(") == 2


@pytest.mark.parametrize("count", [1, 2, 5])
def test_images_that_share_a_transform_do_not_mix(count: int) -> None:
    rng = np.random.default_rng(6)
    kernel = rng.random((3, 5))
    images = 10.0 ** -np.arange(count)[:, None, None] * rng.random((count, 9, 12))
    transform = kernel_transform(kernel, (9, 12))
    for each, image in zip(convolve(jnp.asarray(images), transform), images, strict=True):
        expected = convolve(jnp.asarray(image), transform)
        np.testing.assert_allclose(each, expected, atol=1e-15 * images.sum())
    gradient = jax.grad(lambda images: jnp.sum(convolve(images, transform)[-1] ** 2))(jnp.asarray(images))
    np.testing.assert_allclose(gradient[:-1], 0.0, atol=1e-13)
    assert float(jnp.abs(gradient[-1]).max()) > 0.0


@pytest.mark.parametrize(
    ("minimum", "length"), [(1, 1), (7, 8), (13, 15), (140, 144), (142, 144), (160, 160), (161, 162)]
)
def test_fast_length_is_the_next_product_of_2_3_and_5(minimum: int, length: int) -> None:
    assert fast_length(minimum) == length


def test_frame_holds_the_wanted_pixels_and_half_a_kernel_on_each_side() -> None:
    assert frame_shape((120, 110), (21, 11)) == (144, 120)
