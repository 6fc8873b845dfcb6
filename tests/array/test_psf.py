"""The PSF: what is accepted, and masked convolution against direct sums and reference numbers."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.signal import convolve2d

from galens.array import Array2D, Convolver, Mask2D
from galens.array.fits import write_image
from galens.array.frame import refined
from galens.errors import ArrayError, KernelError, MaskError
from tests.oracle import Oracle, build, excess

NAMES = {"al": SimpleNamespace(Mask2D=Mask2D, Convolver=Convolver)}


def convolver(values: np.ndarray, **options: bool) -> Convolver:
    return Convolver(Array2D.no_mask(values, 0.1), **options)


def random_parts(
    shape: tuple[int, int], kernel_shape: tuple[int, int], radius: float, centre: tuple[float, float] = (0.0, 0.0)
) -> tuple[Mask2D, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(11)
    return Mask2D.circular(shape, radius, 0.1, centre=centre), rng.random(shape), rng.random(kernel_shape)


def test_reference_convolutions_are_reproduced(oracle: Oracle) -> None:
    cases = [case for case in oracle.cases("psf", "ok") if case["id"].startswith("psf/")]
    for case in cases:
        mask = build(case["spec"]["mask"], NAMES)
        kernel, light = oracle.input(case, "kernel"), oracle.input(case, "image_native")
        psf = convolver(kernel)
        around = mask.derive_mask.blurring_from(kernel.shape)
        results = {
            "blurring_mask": around.array,
            "convolved": psf.convolved_image_from(Array2D(light, mask), Array2D(light, around)).array,
            "convolved_no_blurring": psf.convolved_image_from(Array2D(light, mask)).array,
            "convolved_mapping_matrix": psf.convolved_mapping_matrix_from(oracle.input(case, "mapping_matrix"), mask),
        }
        for name, got in results.items():
            assert excess(got, *oracle.reference(case, name)) <= 1.0, (case["id"], name)
    assert len(cases) == 9


def test_reference_gaussian_kernels_are_reproduced(oracle: Oracle) -> None:
    for case in oracle.cases("psf", "ok"):
        if "cls" in case:
            psf = build({"cls": case["cls"], "kwargs": case["kwargs"]}, NAMES)
            assert excess(psf.kernel.native, *oracle.reference(case, "kernel")) <= 1.0, case["id"]


def test_reference_convolutions_with_a_psf_on_finer_pixels_are_reproduced(oracle: Oracle) -> None:
    cases = [case for case in oracle.cases("psf", "ok") if case["id"].startswith("psf_over_sampled/")]
    for case in cases:
        mask = build(case["spec"]["mask"], NAMES)
        kernel, light = oracle.input(case, "kernel"), oracle.input(case, "fine_image_native")
        parts = case["info"]["convolve_over_sample_size"]
        psf = Convolver(Array2D.no_mask(kernel, 0.2 / parts), convolve_over_sample_size=parts)
        assert psf.image_shape_native == tuple(case["info"]["kernel_shape_image_resolution"])
        around = mask.derive_mask.blurring_from(psf.image_shape_native)
        assert excess(around.array, *oracle.reference(case, "blurring_mask")) == 0.0
        image, blurring_image = (Array2D(light, refined(region, parts)) for region in (mask, around))
        got = psf.convolved_image_from(image, blurring_image)
        assert got.mask == mask
        assert excess(got.array, *oracle.reference(case, "convolved")) <= 1.0, case["id"]
    assert len(cases) == 2


def test_psf_on_finer_pixels_is_told_from_what_it_cannot_convolve() -> None:
    fine = Convolver(Array2D.no_mask(np.ones((3, 3)), 0.05), convolve_over_sample_size=2)
    assert fine.image_pixel_scales == (0.1, 0.1)
    with pytest.raises(ArrayError, match="does not hold all 2 x 2 parts"):
        fine.convolved_image_from(Array2D.ones((7, 8), 0.05))
    with pytest.raises(KernelError, match="convolve_over_sample_size must be a whole number"):
        Convolver(Array2D.no_mask(np.ones((3, 3)), 0.05), convolve_over_sample_size=0)


@pytest.mark.parametrize("kernel_shape", [(1, 1), (3, 3), (5, 9), (11, 3)])
def test_convolution_equals_the_direct_sum_for_an_asymmetric_kernel(kernel_shape: tuple[int, int]) -> None:
    mask, light, kernel = random_parts((31, 28), kernel_shape, 0.8, (0.1, -0.2))
    around = mask.derive_mask.blurring_from(kernel_shape)
    got = convolver(kernel).convolved_image_from(Array2D(light, mask), Array2D(light, around))
    expected = convolve2d(light, kernel, mode="same")[~mask.array]
    np.testing.assert_allclose(got.array, expected, rtol=0, atol=1e-11 * expected.max())


def test_mask_at_the_edge_of_the_array_pads_with_darkness_and_never_wraps() -> None:
    mask, light, kernel = random_parts((20, 15), (7, 5), 10.0)
    assert mask.is_all_false
    got = convolver(kernel).convolved_image_from(Array2D(light, mask))
    np.testing.assert_allclose(got.native, convolve2d(light, kernel, mode="same"), atol=1e-12)


def test_light_from_beyond_the_array_comes_in_through_a_larger_blurring_image() -> None:
    mask, _, kernel = random_parts((9, 9), (5, 5), 10.0)
    around = mask.derive_mask.blurring_from((5, 5), allow_padding=True)
    light = np.random.default_rng(2).random((13, 13))
    got = convolver(kernel).convolved_image_from(Array2D(light[2:-2, 2:-2], mask), Array2D(light, around))
    np.testing.assert_allclose(got.native, convolve2d(light, kernel, mode="valid"), atol=1e-12)


def test_blurring_image_that_is_not_concentric_is_refused() -> None:
    mask, light, kernel = random_parts((9, 9), (3, 3), 0.3)
    with pytest.raises(ArrayError, match="even numbers"):
        convolver(kernel).convolved_image_from(Array2D(light, mask), Array2D.ones((10, 9), 0.1))


def test_thousand_columns_of_a_mapping_matrix_are_convolved_in_one_call() -> None:
    mask, _, kernel = random_parts((21, 21), (5, 5), 0.6)
    matrix = np.random.default_rng(3).random((mask.pixels_in_mask, 1000))
    psf = convolver(kernel)
    got = psf.convolved_mapping_matrix_from(matrix, mask)
    for column in (0, 499, 999):
        single = psf.convolved_image_from(Array2D(matrix[:, column], mask))
        np.testing.assert_allclose(got[:, column], single.array, atol=1e-12)
    with pytest.raises(ArrayError, match="one row for each"):
        psf.convolved_mapping_matrix_from(matrix[:-1], mask)


def test_kernel_is_used_as_given_unless_it_is_normalized_and_never_changed() -> None:
    values = np.array([[0.0, 1.0, 0.0], [1.0, 2.0, 1.0], [0.0, 1.0, 0.0]])
    kernel = Array2D.no_mask(values, 0.1)
    psf = Convolver(kernel)
    np.testing.assert_array_equal(psf.kernel.native, values)
    np.testing.assert_allclose(psf.normalized.kernel.native, values / 6)
    np.testing.assert_allclose(Convolver(kernel, normalize=True).kernel.native, values / 6)
    np.testing.assert_array_equal(kernel.native, values)


def test_negative_wings_are_kept() -> None:
    values = np.full((3, 3), -0.01)
    values[1, 1] = 1.0
    np.testing.assert_allclose(convolver(values).normalized.kernel.native, values / 0.92)


def test_point_source_becomes_the_kernel() -> None:
    mask, _, kernel = random_parts((11, 11), (5, 3), 2.0)
    image = np.zeros((11, 11))
    image[5, 5] = 1.0
    got = np.asarray(convolver(kernel).convolved_image_from(Array2D(image, mask)).native)
    np.testing.assert_allclose(got[3:8, 4:7], kernel, atol=1e-14)


def test_no_blur_changes_nothing() -> None:
    mask, light, _ = random_parts((9, 9), (3, 3), 0.4)
    image = Array2D(light, mask)
    np.testing.assert_allclose(Convolver.no_blur(0.1).convolved_image_from(image).array, image.array, atol=1e-15)


def test_gaussian_of_a_known_shape() -> None:
    psf = Convolver.from_gaussian((3, 3), 1.0, 1.0, centre=(0.1, 0.1), axis_ratio=0.9, angle=45.0, normalize=True)
    assert psf.kernel.native[0, 0] == pytest.approx(0.06281, abs=1e-5)
    assert psf.kernel.native[1, 1] == pytest.approx(0.21589, abs=1e-5)
    assert psf.kernel.native[0, 2] == pytest.approx(0.0970, abs=1e-4)
    with pytest.raises(KernelError, match="sigma"):
        Convolver.from_gaussian((3, 3), 1.0, 0.0)


@pytest.mark.parametrize("shape", [(4, 3), (3, 4), (2, 2)])
def test_even_kernel_is_refused_in_words(shape: tuple[int, int]) -> None:
    with pytest.raises(KernelError, match=rf"odd number.*got \({shape[0]}, {shape[1]}\)"):
        convolver(np.ones(shape))
    with pytest.raises(KernelError, match="odd number"):
        Convolver.no_blur(0.1, shape)


def test_kernel_that_is_no_array_not_finite_or_of_sum_zero_is_refused() -> None:
    with pytest.raises(KernelError, match="must be an Array2D"):
        Convolver(np.ones((3, 3)))  # type: ignore[arg-type]
    with pytest.raises(KernelError, match=r"1 values that are not finite.*row 1, column 2"):
        convolver(np.array([[1.0, 1, 1], [1, 1, np.nan], [1, 1, 1]]))
    with pytest.raises(KernelError, match="sums to 0"):
        convolver(np.array([[-1.0, 0.0, 1.0]]), normalize=True)
    with pytest.raises(KernelError, match="no masked pixels"):
        Convolver(Array2D(np.ones((3, 3)), Mask2D.circular((3, 3), 0.12, 0.1)))


def test_fault_of_a_kernel_in_a_file_names_file_and_hdu(tmp_path: Path) -> None:
    write_image(tmp_path / "psf.fits", np.ones((4, 4)))
    with pytest.raises(KernelError, match=r"psf\.fits', HDU 0: .*odd"):
        Convolver.from_fits(tmp_path / "psf.fits", 0.1)
    write_image(tmp_path / "psf.fits", np.ones((3, 3), dtype=">f4"), overwrite=True)
    psf = Convolver.from_fits(tmp_path / "psf.fits", 0.1, normalize=True)
    np.testing.assert_allclose(psf.kernel.native, 1 / 9)


def test_image_without_pixels_is_refused() -> None:
    mask = Mask2D(np.ones((5, 5), dtype=bool), 0.1)
    with pytest.raises(MaskError, match="keeps no pixel"):
        convolver(np.ones((3, 3))).convolved_image_from(Array2D(np.zeros(0), mask))


def test_psf_passes_through_jit_vmap_and_grad_with_its_kernel_as_leaf() -> None:
    mask, light, kernel = random_parts((9, 9), (3, 3), 0.3)
    image, psf = Array2D(light, mask), convolver(kernel)

    def total(psf: Convolver, image: Array2D) -> jax.Array:
        return jnp.sum(psf.convolved_image_from(image).array ** 2)

    assert jax.jit(total)(psf, image) == pytest.approx(float(total(psf, image)), rel=1e-14)
    gradient = jax.grad(total)(psf, image)
    step = 1e-6
    shifted = [total(convolver(kernel + sign * step * np.eye(3)), image) for sign in (1, -1)]
    assert np.trace(gradient.kernel.native) == pytest.approx(float(shifted[0] - shifted[1]) / (2 * step), rel=1e-7)
    both = jax.tree.map(lambda a: jnp.stack([a, 2 * a]), psf)
    batch = jax.vmap(lambda psf: psf.convolved_image_from(image).array)(both)
    np.testing.assert_allclose(batch[1], 2 * batch[0], rtol=1e-12)
