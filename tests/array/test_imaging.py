"""Imaging datasets: what is derived from them, what changes them, and what is refused in words."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from astropy.io import fits
from scipy.signal import convolve2d

from galens.array import Array2D, Convolver, Imaging, Mask2D, OverSampling
from galens.array.fits import read_image, write_image, write_images
from galens.errors import DatasetError, GridError, KernelError, MaskError

SHAPE = (9, 8)


def parts(shape: tuple[int, int] = SHAPE) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(5)
    return rng.normal(size=shape), rng.uniform(0.5, 2.0, size=shape), rng.uniform(0.1, 1.0, size=(3, 3))


def imaging(**options: object) -> Imaging:
    data, noise, psf = parts()
    return Imaging.from_arrays(data, noise, 0.1, psf=psf, **options)


def mask(radius: float = 0.3) -> Mask2D:
    return Mask2D.circular(SHAPE, radius, 0.1)


def test_masking_keeps_data_noise_and_points_of_the_kept_pixels() -> None:
    data, noise, _ = parts()
    sizes = np.arange(72).reshape(SHAPE) % 3 + 1
    dataset = imaging(over_sample_size_lp=sizes, over_sample_size_pixelization=2).apply_mask(mask())
    kept = ~mask().array
    np.testing.assert_array_equal(dataset.data.array, data[kept])
    np.testing.assert_array_equal(dataset.noise_map.native, np.where(kept, noise, 0.0))
    np.testing.assert_array_equal(dataset.over_sampling.sizes, sizes[kept])
    np.testing.assert_array_equal(dataset.grids.pixelization.over_sampling.sizes, 2)
    np.testing.assert_array_equal(dataset.grid.values, mask().pixel_centres)
    assert dataset.grids.lp.over_sampling == dataset.over_sampling
    assert dataset.mask == mask()


def test_blurring_grid_has_the_pixels_around_the_mask_that_the_psf_reaches() -> None:
    dataset = imaging().apply_mask(mask(0.25))
    assert dataset.grids.blurring.mask == mask(0.25).derive_mask.blurring_from((3, 3))
    np.testing.assert_array_equal(dataset.grids.blurring.over_sampling.sizes, 1)
    assert Imaging.from_arrays(*parts()[:2], 0.1).grids.blurring is None


def test_noise_terms_are_those_of_the_likelihood() -> None:
    dataset = imaging().apply_mask(mask())
    noise = np.asarray(dataset.noise_map.array)
    assert dataset.noise_normalization == pytest.approx(np.sum(np.log(2 * np.pi * noise**2)), rel=1e-14)
    np.testing.assert_allclose(dataset.inverse_noise * noise, 1.0, rtol=1e-15)
    ratio = np.maximum(np.asarray(dataset.data.array) / noise, 0.0)
    np.testing.assert_allclose(dataset.signal_to_noise_map.array, ratio, rtol=1e-15)
    assert dataset.signal_to_noise_max == pytest.approx(ratio.max())


def test_psf_is_normalized_without_touching_the_one_that_is_passed() -> None:
    data, noise, _ = parts()
    kernel = Array2D.no_mask(2.0 * np.ones((3, 3)), 0.1)
    arrays = Array2D.no_mask(data, 0.1), Array2D.no_mask(noise, 0.1)
    for psf in (kernel, Convolver(kernel)):
        np.testing.assert_allclose(Imaging(*arrays, psf).psf.kernel.native, 1 / 9)
        np.testing.assert_allclose(Imaging(*arrays, psf, use_normalized_psf=False).psf.kernel.native, 2.0)
    np.testing.assert_array_equal(kernel.native, 2.0)


def test_arguments_are_never_changed() -> None:
    data, noise, psf = parts()
    copies = data.copy(), noise.copy(), psf.copy()
    dataset = Imaging.from_arrays(data, noise, 0.1, psf=psf).apply_mask(mask())
    dataset.apply_noise_scaling(mask(0.1))
    for array, copy in zip((data, noise, psf), copies, strict=True):
        np.testing.assert_array_equal(array, copy)


@pytest.mark.parametrize("dtype", [">f4", ">f8", "<i2", ">i4", "f4"])
def test_any_number_type_gives_native_float64(dtype: str) -> None:
    values = np.arange(1, 73).reshape(SHAPE).astype(dtype)
    dataset = Imaging.from_arrays(values, values, 0.1, psf=np.ones((3, 3), dtype)).apply_mask(mask())
    for array in (dataset.data.array, dataset.noise_map.array, dataset.psf.kernel.array):
        assert array.dtype == np.float64
    np.testing.assert_array_equal(dataset.data.array, values[~mask().array].astype(float))


def test_dataset_is_read_from_one_file_per_part_and_from_one_with_hdus(tmp_path: Path) -> None:
    data, noise, psf = parts()
    files = {name: tmp_path / f"{name}.fits" for name in ("data", "noise_map", "psf")}
    for name, values in zip(files, (data, noise, psf), strict=True):
        write_image(files[name], values)
    single = Imaging.from_fits(0.1, files["data"], files["noise_map"], psf_path=files["psf"])
    path = tmp_path / "all.fits"
    write_images(path, {"DATA": data, "NOISE": noise, "PSF": psf})
    joint = Imaging.from_fits(0.1, path, path, data_hdu=0, noise_map_hdu="noise", psf_path=path, psf_hdu="PSF")
    assert single.content_hash == joint.content_hash == imaging().content_hash


def test_dataset_is_written_and_read_back(tmp_path: Path) -> None:
    dataset = imaging().apply_mask(mask())
    path = tmp_path / "dataset.fits"
    dataset.output_to_fits(file_path=path)
    names = ("MASK", "DATA", "PSF", "NOISE_MAP")
    values = [read_image(path, index)[0] for index in range(4)]
    for name, image in zip(names, values, strict=True):
        np.testing.assert_array_equal(read_image(path, name)[0], image)
    np.testing.assert_array_equal(values[0], mask().array)
    np.testing.assert_array_equal(values[1], dataset.data.native)
    np.testing.assert_array_equal(values[2], dataset.psf.kernel.native)
    assert read_image(path, 1)[1].get("PIXSCAY") == 0.1
    dataset.output_to_fits(tmp_path / "data.fits", tmp_path / "psf.fits", tmp_path / "noise.fits")
    np.testing.assert_array_equal(read_image(tmp_path / "noise.fits")[0], dataset.noise_map.native)
    with pytest.raises(DatasetError, match="overwrite=True"):
        dataset.output_to_fits(tmp_path / "data.fits")


@pytest.mark.parametrize("psf", [True, False])
@pytest.mark.parametrize("size", [None, 3, np.r_[np.full(20, 2), np.full(61, 4)]])
def test_file_of_a_whole_dataset_gives_it_back(tmp_path: Path, size: Any, psf: bool) -> None:
    data, noise, kernel = parts()
    header = fits.Header({"BUNIT": "adu", "CRPIX1": 4.0, "CRPIX2": 3.0, "CRVAL1": 1.0, "CRVAL2": 2.0})
    image = Array2D.no_mask(data, 0.1, header=header)
    convolver = Convolver(Array2D.no_mask(kernel, 0.1)) if psf else None
    dataset = Imaging(image, Array2D.no_mask(noise, 0.1), convolver).apply_mask(mask())
    if size is not None:
        size = size[: dataset.shape_slim] if np.ndim(size) else size
        dataset = dataset.apply_over_sampling(over_sample_size_lp=size, over_sample_size_pixelization=2)
    dataset.output_to_fits(file_path=tmp_path / "dataset.fits")
    back = Imaging.from_file(tmp_path / "dataset.fits")
    assert back.content_hash == dataset.content_hash
    assert back.over_sampling == dataset.over_sampling
    assert [back.header.get(name) for name in ("BUNIT", "CRVAL1", "CRPIX2")] == ["adu", 1.0, 3.0]


def test_file_that_is_no_dataset_is_refused(tmp_path: Path) -> None:
    write_images(tmp_path / "other.fits", {"IMAGE": np.ones((3, 3))})
    with pytest.raises(DatasetError, match="has the HDUs IMAGE"):
        Imaging.from_file(tmp_path / "other.fits")
    with pytest.raises(DatasetError, match="there is no file"):
        Imaging.from_file(tmp_path / "none.fits")


def test_noise_scaling_acts_where_its_mask_is_false() -> None:
    dataset = imaging().apply_mask(mask()).apply_noise_scaling(mask(0.15), noise_value=1e5)
    inner = ~mask(0.15).array
    np.testing.assert_array_equal(np.asarray(dataset.noise_map.native)[inner], 1e5)
    np.testing.assert_array_equal(np.asarray(dataset.data.native)[inner], 0.0)
    untouched = ~mask().array & ~inner
    np.testing.assert_array_equal(np.asarray(dataset.data.native)[untouched], parts()[0][untouched])
    kept = imaging().apply_noise_scaling(mask(0.15), should_zero_data=False)
    np.testing.assert_array_equal(kept.data.native, parts()[0])
    assert float(np.asarray(kept.noise_map.native)[inner].min()) == 1e8


def test_noise_is_scaled_to_a_signal_to_noise_of_the_data_at_the_edge_of_the_region() -> None:
    data = np.full(SHAPE, 2.0)
    data[4, 4] = 50.0
    dataset = Imaging.from_arrays(data, np.ones(SHAPE), 0.1)
    region = Mask2D.from_pixel_coordinates(SHAPE, [(4, 4)], 0.1, buffer=1)
    scaled = dataset.apply_noise_scaling(region, signal_to_noise_value=0.1, should_zero_data=False)
    np.testing.assert_allclose(np.asarray(scaled.noise_map.native)[3:6, 3:6], 20.0)
    with pytest.raises(DatasetError, match="not positive"):
        Imaging.from_arrays(-data, np.ones(SHAPE), 0.1).apply_noise_scaling(region, signal_to_noise_value=0.1)


def test_noise_scaling_refuses_a_mask_of_another_shape_or_without_pixels_of_the_dataset() -> None:
    dataset = imaging().apply_mask(mask(0.2))
    with pytest.raises(MaskError, match="shape"):
        dataset.apply_noise_scaling(Mask2D.circular((5, 5), 0.2, 0.1))
    with pytest.raises(MaskError, match="keeps no pixel of the dataset"):
        dataset.apply_noise_scaling(~mask(0.3))


def test_over_sampling_takes_numbers_arrays_and_layouts_and_keeps_the_other_one() -> None:
    dataset = imaging(over_sample_size_lp=2, over_sample_size_pixelization=3).apply_mask(mask())
    sizes = Array2D(np.arange(72).reshape(SHAPE) % 4 + 1, mask())
    for given in (sizes, np.asarray(sizes.array), np.asarray(sizes.native), OverSampling(sizes.array)):
        changed = dataset.apply_over_sampling(over_sample_size_lp=given)
        np.testing.assert_array_equal(changed.over_sampling.sizes, sizes.array)
        np.testing.assert_array_equal(changed.over_sampling_pixelization.sizes, 3)
    changed = dataset.apply_over_sampling(over_sample_size_pixelization=np.full(mask().pixels_in_mask, 5))
    np.testing.assert_array_equal(changed.over_sampling.sizes, 2)
    np.testing.assert_array_equal(changed.over_sampling_pixelization.sizes, 5)
    assert changed.over_sampling.scheme == "uniform"
    with pytest.raises(GridError):
        dataset.apply_over_sampling(over_sample_size_lp=np.ones(3))


def test_trimming_removes_half_a_kernel_from_every_side() -> None:
    sizes = np.arange(72).reshape(SHAPE) % 3 + 1
    dataset = imaging(over_sample_size_lp=sizes).trimmed_after_convolution_from((3, 5))
    np.testing.assert_array_equal(dataset.data.native, parts()[0][1:-1, 2:-2])
    np.testing.assert_array_equal(dataset.over_sampling.sizes, sizes[1:-1, 2:-2].ravel())


def test_pixel_flagged_by_a_huge_noise_does_not_count() -> None:
    data, noise, psf = parts()
    noise[4, 4], data[4, 4] = 1e8, 1e6
    dataset = Imaging.from_arrays(data, noise, 0.1, psf=psf).apply_mask(mask())
    residuals = np.asarray(dataset.data.array * dataset.inverse_noise)
    assert abs(residuals[mask().slim_for_native[4, 4]]) <= 0.01
    assert np.isfinite(dataset.noise_normalization)


def test_content_hash_changes_with_everything_that_decides_a_likelihood() -> None:
    data, noise, psf = parts()
    dataset = imaging().apply_mask(mask())
    others = [
        imaging(),
        Imaging.from_arrays(data + 1e-12, noise, 0.1, psf=psf).apply_mask(mask()),
        Imaging.from_arrays(data, noise * 2, 0.1, psf=psf).apply_mask(mask()),
        Imaging.from_arrays(data, noise, 0.1, psf=psf.T).apply_mask(mask()),
        Imaging.from_arrays(data, noise, 0.1).apply_mask(mask()),
        Imaging.from_arrays(data, noise, 0.2, psf=psf).apply_mask(Mask2D.circular(SHAPE, 0.6, 0.2)),
        dataset.apply_over_sampling(3),
    ]
    hashes = {dataset.content_hash, *(other.content_hash for other in others)}
    assert len(hashes) == 8
    assert imaging().apply_mask(mask()).content_hash == dataset.content_hash
    assert pickle.loads(pickle.dumps(dataset)).content_hash == dataset.content_hash


def test_content_hash_does_not_depend_on_what_is_chosen_by_default(monkeypatch: pytest.MonkeyPatch) -> None:
    before = imaging().apply_mask(mask())
    monkeypatch.setattr("galens.array.dataset.imaging._default_layout", lambda *_: 3)
    after = imaging().apply_mask(mask())
    assert after.over_sampling != before.over_sampling
    assert after.content_hash == before.content_hash


def test_dataset_passes_through_jit_grad_and_vmap_as_argument_and_result() -> None:
    dataset = imaging(over_sample_size_lp=2).apply_mask(mask())

    def chi_squared(dataset: Imaging, width: jax.Array) -> jax.Array:
        operator = dataset.operator
        model = operator.blurred(jnp.exp(-(operator.y**2 + operator.x**2) / width**2))
        return jnp.sum(((dataset.data.values - model) * dataset.inverse_noise) ** 2)

    returned = jax.jit(lambda dataset: dataset)(dataset)
    assert returned.mask == dataset.mask
    assert returned.content_hash == dataset.content_hash
    gradient = jax.jit(jax.grad(chi_squared))(dataset, 0.2)
    assert isinstance(gradient, Imaging)
    assert np.all(np.isfinite(gradient.data.array))
    fleet = jax.tree.map(lambda *leaves: jnp.stack(leaves), dataset, dataset.apply_noise_scaling(mask(0.1)))
    values = jax.jit(jax.vmap(chi_squared, in_axes=(0, None)))(fleet, 0.2)
    assert values[0] == pytest.approx(float(jax.jit(chi_squared)(dataset, 0.2)), rel=1e-12)


def test_two_datasets_of_one_geometry_share_a_compilation() -> None:
    traces = 0

    @jax.jit
    def total(dataset: Imaging) -> jax.Array:
        nonlocal traces
        traces += 1
        return jnp.sum(dataset.operator.blurred(dataset.operator.y) * dataset.data.values)

    data, noise, psf = parts()
    for factor in (1.0, 2.0):
        total(Imaging.from_arrays(factor * data, noise, 0.1, psf=psf, over_sample_size_lp=2).apply_mask(mask()))
    assert traces == 1


def test_large_frame_is_loaded_without_filling_the_memory_and_masked() -> None:
    ones = np.ones((600, 600))
    dataset = Imaging.from_arrays(ones, ones, 0.1, over_sample_size_lp=4)
    with pytest.raises(DatasetError, match="apply a mask first"):
        _ = dataset.operator
    assert dataset.apply_mask(Mask2D.circular((600, 600), 1.0, 0.1)).operator.y.size == 316 * 16


def test_unmasked_small_dataset_is_ready() -> None:
    dataset = imaging(over_sample_size_lp=1)
    image = np.random.default_rng(1).random((SHAPE[0] + 2, SHAPE[1] + 2))
    inner = np.zeros(image.shape, dtype=bool)
    inner[1:-1, 1:-1] = True
    values = np.concatenate([image[inner], image[~inner]])
    expected = convolve2d(image, dataset.psf.kernel.native, mode="valid").ravel()
    np.testing.assert_allclose(
        jax.jit(lambda operator: operator.blurred(values))(dataset.operator), expected, atol=1e-13
    )


# What is refused.


def test_shapes_that_differ_are_refused() -> None:
    with pytest.raises(DatasetError, match=r"noise_map has shape \(8, 9\), but data has shape \(9, 8\)"):
        Imaging.from_arrays(np.ones((9, 8)), np.ones((8, 9)), 0.1)


def test_plain_arrays_are_refused_with_the_way_to_pass_them() -> None:
    with pytest.raises(DatasetError, match=r"data must be an Array2D, got ndarray.*from_arrays"):
        Imaging(np.ones(SHAPE), np.ones(SHAPE))  # type: ignore[arg-type]


@pytest.mark.parametrize("bad", [0.0, -1.0, np.nan, np.inf])
def test_bad_noise_is_counted_and_located(bad: float) -> None:
    noise = np.ones(SHAPE)
    noise[4, 5] = noise[5, 1] = bad
    with pytest.raises(DatasetError, match=r"noise_map must be positive and finite.*2 of 72 .*row 4, column 5 \(y = "):
        Imaging.from_arrays(np.ones(SHAPE), noise, 0.1)
    loaded = Imaging.from_arrays(np.ones(SHAPE), noise, 0.1, check_noise_map=False)
    with pytest.raises(DatasetError, match=r"1 of \d+ are not.*row 4, column 5"):
        loaded.apply_mask(mask(0.2))
    assert loaded.apply_mask(mask(0.1)).shape_slim == 2


@pytest.mark.parametrize("bad", [np.nan, -np.inf])
def test_bad_data_are_counted_and_located(bad: float) -> None:
    data = np.ones(SHAPE)
    data[0, 3] = bad
    with pytest.raises(DatasetError, match=r"data must be finite.*1 of 72 are not.*row 0, column 3"):
        Imaging.from_arrays(data, np.ones(SHAPE), 0.1)
    assert Imaging.from_arrays(data, np.ones(SHAPE), 0.1, check_noise_map=False).apply_mask(mask()).shape_slim > 0


def test_unusable_psfs_are_refused() -> None:
    data, noise, _ = parts()
    with pytest.raises(KernelError, match="odd number"):
        Imaging.from_arrays(data, noise, 0.1, psf=np.ones((4, 4)))
    with pytest.raises(KernelError, match=r"\(11, 11\) is larger than the image of shape \(9, 8\)"):
        Imaging.from_arrays(data, noise, 0.1, psf=np.ones((11, 11)))
    with pytest.raises(KernelError, match=r"pixel_scales \(0\.2, 0\.2\) arcsec, but data have \(0\.1, 0\.1\)"):
        Imaging(Array2D.no_mask(data, 0.1), Array2D.no_mask(noise, 0.1), Convolver.no_blur(0.2))
    with pytest.raises(KernelError, match="must be a Convolver"):
        Imaging(Array2D.no_mask(data, 0.1), Array2D.no_mask(noise, 0.1), np.ones((3, 3)))  # type: ignore[arg-type]


def test_psf_of_one_pixel_works() -> None:
    data, noise, _ = parts()
    dataset = Imaging.from_arrays(data, noise, 0.1, psf=np.ones((1, 1)), over_sample_size_lp=1).apply_mask(mask())
    operator = dataset.operator
    np.testing.assert_allclose(jax.jit(lambda operator: operator.blurred(operator.y))(operator), operator.y, atol=1e-14)
    np.testing.assert_allclose(operator.y, mask().pixel_centres[:, 0], atol=1e-15)


def test_unusable_masks_are_refused() -> None:
    dataset = imaging()
    with pytest.raises(MaskError, match=r"mask has shape \(5, 5\), but the dataset has shape \(9, 8\)"):
        dataset.apply_mask(Mask2D.circular((5, 5), 0.2, 0.1))
    with pytest.raises(MaskError, match="keeps no pixel"):
        dataset.apply_mask(Mask2D(np.ones(SHAPE, dtype=bool), 0.1))
    with pytest.raises(MaskError, match="pixel_scales"):
        dataset.apply_mask(Mask2D.circular(SHAPE, 0.2, 0.05))
    with pytest.raises(MaskError, match=r"keeps \d+ pixels that the dataset's own mask has removed"):
        dataset.apply_mask(mask(0.2)).apply_mask(mask(0.3))
    with pytest.raises(MaskError, match="must be a Mask2D"):
        dataset.apply_mask(np.zeros(SHAPE, dtype=bool))  # type: ignore[arg-type]


def test_missing_files_are_named_with_the_argument(tmp_path: Path) -> None:
    write_image(tmp_path / "data.fits", np.ones(SHAPE))
    with pytest.raises(DatasetError, match=r"noise_map_path: there is no file '.*none\.fits'"):
        Imaging.from_fits(0.1, tmp_path / "data.fits", tmp_path / "none.fits")
    with pytest.raises(DatasetError, match=r"data_path: '.*data\.fits' has no HDU 'SCI'"):
        Imaging.from_fits(0.1, tmp_path / "data.fits", tmp_path / "data.fits", data_hdu="SCI")
