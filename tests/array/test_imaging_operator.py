"""The map from light at points to the blurred image: against direct sums, its transposes, batches and its cost."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.signal import convolve2d

from galens.array import Array2D, Convolver, Imaging, ImagingOperator, Mask2D, OverSampling
from galens.errors import GridError

SHAPE = (24, 21)
MASK = Mask2D.circular(SHAPE, 0.75, 0.1, centre=(0.1, -0.1))
KERNEL = np.random.default_rng(8).random((5, 7))


def psf(kernel: np.ndarray = KERNEL) -> Convolver:
    return Convolver(Array2D.no_mask(kernel, 0.1))


@jax.jit
def blurred_by(operator: ImagingOperator, values: jax.Array) -> jax.Array:
    return operator.blurred(values)


@jax.jit
def binned_by(operator: ImagingOperator, values: jax.Array) -> jax.Array:
    return operator.binned(values)


def layouts() -> dict[str, OverSampling]:
    sizes = np.random.default_rng(9).choice([1, 2, 3, 9], size=MASK.pixels_in_mask)
    return {
        "one point": OverSampling(np.ones(MASK.pixels_in_mask)),
        "uniform": OverSampling(np.full(MASK.pixels_in_mask, 2)),
        "mixed": OverSampling(sizes),
        "mixed Gauss": OverSampling(sizes, "gauss"),
    }


def light(y: np.ndarray, x: np.ndarray) -> np.ndarray:
    return np.exp(-((y - 0.07) ** 2) / 0.1 - (x + 0.03) ** 2 / 0.2) + 0.2 * y + 0.1


def direct(layout: OverSampling, kernel: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Unblurred and blurred image on the mask, pixel by pixel and summed directly; dark beyond the PSF's reach."""
    image = np.zeros((SHAPE[0] + 20, SHAPE[1] + 20))
    means = np.empty(MASK.pixels_in_mask)
    for pixel, (y, x) in enumerate(MASK.pixel_centres):
        dy, dx, weights = layout.offsets(int(layout.sizes[pixel]))
        means[pixel] = np.sum(weights * light(y + 0.1 * dy, x + 0.1 * dx))
    image[10:-10, 10:-10][~MASK.array] = means
    region = MASK.derive_mask.blurring_from(kernel.shape, allow_padding=True)
    y, x = region.pixel_centres.T
    rows, columns = (region.native_for_slim + 10 - (np.array(region.shape_native) - SHAPE) // 2).T
    image[rows, columns] = light(y, x)
    return means, convolve2d(image, kernel, mode="same")[10:-10, 10:-10][~MASK.array]


@pytest.mark.parametrize("name", layouts())
def test_image_equals_the_direct_sum(name: str) -> None:
    layout = layouts()[name]
    operator = ImagingOperator(MASK, layout, psf())
    values = light(np.asarray(operator.y), np.asarray(operator.x))
    unblurred, blurred = direct(layout, KERNEL)
    np.testing.assert_allclose(binned_by(operator, values), unblurred, rtol=0, atol=1e-14 * unblurred.max())
    np.testing.assert_allclose(blurred_by(operator, values), blurred, rtol=0, atol=1e-11 * blurred.max())


def test_blurring_region_is_evaluated_also_beyond_the_array() -> None:
    mask = Mask2D.circular((9, 9), 1.0, 0.1)
    operator = ImagingOperator(mask, OverSampling(np.ones(81)), psf(np.random.default_rng(1).random((5, 5))))
    assert np.abs(operator.y).max() == pytest.approx(0.6)
    assert operator.y.shape == (81 + 13**2 - 81,)


def test_points_are_those_of_the_grids_in_their_order() -> None:
    arrays = [Array2D(np.ones(SHAPE), Mask2D.all_false(SHAPE, 0.1)) for _ in range(2)]
    dataset = Imaging(*arrays, psf(), over_sample_size_lp=layouts()["mixed"].sizes.max()).apply_mask(MASK)
    operator, around = dataset.operator, dataset.grids.blurring.values
    y, x = dataset.over_sampling.points(MASK.pixel_centres, MASK.pixel_scales)
    np.testing.assert_allclose(operator.y, np.concatenate([y, around[:, 0]]), atol=1e-15)
    np.testing.assert_allclose(operator.x, np.concatenate([x, around[:, 1]]), atol=1e-15)


def test_without_a_psf_the_image_is_only_averaged() -> None:
    operator = ImagingOperator(MASK, layouts()["mixed"])
    assert operator.y.shape == (layouts()["mixed"].total,)
    values = jnp.asarray(light(np.asarray(operator.y), np.asarray(operator.x)))
    np.testing.assert_array_equal(operator.blurred(values), operator.binned(values))
    np.testing.assert_allclose(operator.binned(values), direct(layouts()["mixed"], KERNEL)[0], atol=1e-14)


@pytest.mark.parametrize("correction", [False, True])
def test_transpose_is_the_adjoint_and_the_tangent_is_the_map_itself(correction: bool) -> None:
    layout = OverSampling(np.random.default_rng(2).choice([1, 3, 5], size=MASK.pixels_in_mask), "gauss")
    operator = ImagingOperator(MASK, layout, psf(), neighbour_correction=correction)
    rng = np.random.default_rng(3)
    values, image = rng.normal(size=operator.y.shape), rng.normal(size=MASK.pixels_in_mask)
    blurred, back = jax.jit(lambda v, i: (operator.blurred(v), jax.vjp(operator.blurred, v)[1](i)[0]))(values, image)
    assert np.vdot(image, blurred) == pytest.approx(float(np.vdot(back, values)), rel=1e-11)
    _, tangent = jax.jit(lambda v: jax.jvp(operator.blurred, (v,), (v,)))(values)
    np.testing.assert_allclose(tangent, blurred, atol=1e-13)


def test_batch_equals_a_loop_and_shares_two_transforms() -> None:
    operator = ImagingOperator(MASK, layouts()["mixed"], psf())
    batch = jnp.asarray(np.random.default_rng(4).normal(size=(3, 2, operator.y.size)))
    looped = np.array([[blurred_by(operator, values) for values in row] for row in batch])
    np.testing.assert_allclose(blurred_by(operator, batch), looped, atol=1e-12)
    mapped = jax.vmap(jax.vmap(blurred_by, (None, 0)), (None, 0))
    np.testing.assert_allclose(jax.jit(mapped)(operator, batch), looped, atol=1e-12)
    assert blurred_by.lower(operator, batch).compile().as_text().count(" fft(") == 2


def test_compiled_image_has_two_transforms_and_no_scatter() -> None:
    operator = ImagingOperator(MASK, layouts()["mixed"], psf())
    text = blurred_by.lower(operator, operator.y).compile().as_text()
    assert text.count(" fft(") == 2
    assert "scatter(" not in text
    assert "dynamic-slice(" not in text


def test_batched_gradients_do_not_hang() -> None:
    operator = ImagingOperator(MASK, layouts()["mixed"], psf())
    batch = jnp.asarray(np.random.default_rng(4).normal(size=(16, operator.y.size)))
    gradients = jax.jit(jax.vmap(jax.grad(lambda values: jnp.sum(operator.blurred(values) ** 2))))(batch)
    assert np.all(np.isfinite(gradients))


def test_psf_on_finer_pixels_convolves_the_parts_of_every_pixel() -> None:
    kernel = np.random.default_rng(6).random((7, 5))
    fine = Convolver(Array2D.no_mask(kernel, 0.05), convolve_over_sample_size=2)
    ones = Array2D.ones(SHAPE, 0.1)
    dataset = Imaging(ones, ones, fine, over_sample_size_lp=4).apply_mask(MASK)
    operator = dataset.operator
    parts = Mask2D.all_false((2 * SHAPE[0], 2 * SHAPE[1]), 0.05)
    y, x = parts.pixel_centres.T
    dy, dx, weights = OverSampling(np.ones(1)).offsets(2)
    means = light(y[:, None] + 0.05 * dy, x[:, None] + 0.05 * dx) @ weights
    kept = ~MASK.array.repeat(2, axis=0).repeat(2, axis=1)
    image = np.where(kept, means.reshape(kept.shape), light(y, x).reshape(kept.shape))
    blurred = convolve2d(image, dataset.psf.kernel.native, mode="same").reshape(SHAPE[0], 2, SHAPE[1], 2)
    values = light(np.asarray(operator.y), np.asarray(operator.x))
    np.testing.assert_allclose(blurred_by(operator, values), blurred.mean(axis=(1, 3))[~MASK.array], rtol=1e-12)
    unblurred = image.reshape(SHAPE[0], 2, SHAPE[1], 2).mean(axis=(1, 3))[~MASK.array]
    np.testing.assert_allclose(binned_by(operator, values), unblurred, rtol=1e-12)
    around = dataset.grids.blurring
    np.testing.assert_array_equal(around.over_sampling.sizes, 2)
    assert around.mask == MASK.derive_mask.blurring_from((5, 3))
    with pytest.raises(GridError, match="multiples of the PSF's convolve_over_sample_size 2"):
        dataset.apply_over_sampling(3)
    assert Imaging(ones, ones, fine).apply_mask(MASK).operator.y.size == operator.y.size


# Means over pixels by their neighbours.


def corrected(kernel: np.ndarray | None, sizes: np.ndarray) -> ImagingOperator:
    convolver = None if kernel is None else psf(kernel)
    return ImagingOperator(MASK, OverSampling(sizes, "gauss"), convolver, neighbour_correction=True)


@pytest.mark.parametrize("kernel", [None, np.ones((1, 1)), np.ones((3, 3)) / 9])
def test_means_of_a_cubic_are_exact_with_one_point_per_pixel(kernel: np.ndarray | None) -> None:
    operator = corrected(kernel, np.random.default_rng(5).choice([1, 3], size=MASK.pixels_in_mask))
    exact = ImagingOperator(MASK, OverSampling(np.full(MASK.pixels_in_mask, 3), "gauss"))

    def cubic(y: np.ndarray, x: np.ndarray) -> np.ndarray:
        return 3 * x**3 - 2 * y**2 * x + x * y + 5

    got = binned_by(operator, cubic(np.asarray(operator.y), np.asarray(operator.x)))
    np.testing.assert_allclose(got, exact.binned(cubic(np.asarray(exact.y), np.asarray(exact.x))), rtol=1e-13)


def test_neighbours_correct_all_but_a_thousandth_of_the_error_of_single_points() -> None:
    single = ImagingOperator(MASK, OverSampling(np.ones(MASK.pixels_in_mask)), psf())
    neighbours = corrected(KERNEL, np.ones(MASK.pixels_in_mask, dtype=int))
    exact = ImagingOperator(MASK, OverSampling(np.full(MASK.pixels_in_mask, 5), "gauss"))

    def image(operator: ImagingOperator) -> np.ndarray:
        return np.asarray(
            binned_by(operator, np.exp(-((np.asarray(operator.y) ** 2 + np.asarray(operator.x) ** 2) / 2)))
        )

    error = np.abs(image(neighbours) - image(exact)).max() / np.abs(image(single) - image(exact)).max()
    assert error < 5e-3


def test_neighbour_correction_needs_points_at_the_centres() -> None:
    with pytest.raises(GridError, match="odd over-sample sizes"):
        corrected(None, np.full(MASK.pixels_in_mask, 2))
