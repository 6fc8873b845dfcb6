"""Telescope data and the founding examples' data load, with nothing special-cased for them."""

from __future__ import annotations

from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from galens.array import Array2D, Imaging, Mask2D, preprocess
from galens.array.fits import read_image
from galens.array.world_coordinates import world_pixel_scales

EUCLID_BANDS = ("DES_G", "DES_R", "VIS", "DES_I", "DES_Z", "NIR_Y", "NIR_J", "NIR_H")


@jax.jit
def blurred_gaussian(dataset: Imaging) -> jax.Array:
    operator = dataset.operator
    return operator.blurred(jnp.exp(-(operator.y**2 + operator.x**2)))


def require_ready(dataset: Imaging, radius: float) -> Imaging:
    """The dataset in a circle: its image is finite and keeps the light where that is wide against the PSF."""
    masked = dataset.apply_mask(Mask2D.circular(dataset.shape_native, radius, dataset.pixel_scales))
    image = np.asarray(blurred_gaussian(masked))
    assert np.all(np.isfinite(image))
    assert 0.3 < image.max() <= 1.001
    assert np.isfinite(masked.noise_normalization)
    return masked


@pytest.fixture
def real(shared: Path) -> Path:
    if not (shared / "real").is_dir():
        pytest.skip("real data ('shared/real' beside the checkout) are not here")
    return shared / "real"


@pytest.mark.parametrize("name", ["gal1", "gal2", "gal3"])
def test_hyper_suprime_cam_galaxies_load_from_numpy_files(real: Path, name: str) -> None:
    image, sigma, kernel, bad = (np.load(real / "hsc" / f"{name}_{part}.npy") for part in ("im", "sig", "psf", "mask"))
    assert not kernel.dtype.isnative
    assert kernel.min() < 0.0
    dataset = Imaging.from_arrays(image, sigma, 0.168, psf=kernel)
    kept = Mask2D(bad, 0.168)
    assert 0 < kept.pixels_in_mask < image.size
    masked = dataset.apply_mask(kept)
    assert float(masked.psf.kernel.sum()) == pytest.approx(1.0)
    assert float(masked.psf.kernel.min()) < 0.0
    assert np.all(np.isfinite(blurred_gaussian(masked)))
    assert masked.signal_to_noise_max > 100.0


def test_slacs_lenses_load_with_pixels_switched_off_by_their_noise(real: Path) -> None:
    folders = sorted(path for path in (real / "slacs").iterdir() if path.is_dir())
    assert len(folders) == 12
    for folder in folders:
        dataset = Imaging.from_fits(
            0.05, folder / "image.fits", folder / "noise.fits", psf_path=folder / "psf.fits", over_sample_size_lp=1
        )
        assert dataset.shape_native == (201, 201)
        masked = require_ready(dataset, 2.5)
        assert masked.signal_to_noise_max > 10.0
        off = np.asarray(dataset.noise_map.array) >= 1e7
        contribution = np.asarray(dataset.data.array * dataset.inverse_noise)[off]
        assert np.all(np.abs(contribution) < 1e-4)


def test_euclid_bands_load_from_the_hdus_of_one_file(real: Path) -> None:
    (path,) = (real / "euclid").glob("102*.fits")
    mask = Mask2D.from_fits(real / "euclid" / "mask_extra_galaxies.fits", 0.1, invert=True)
    for band in EUCLID_BANDS:
        dataset = Imaging.from_fits(
            0.1,
            path,
            path,
            data_hdu=f"{band}_BGSUB",
            noise_map_hdu=f"{band}_RMS",
            psf_path=path,
            psf_hdu=f"{band}_PSF",
            over_sample_size_lp=1,
        )
        np.testing.assert_allclose(world_pixel_scales(dataset.header), 0.1, rtol=1e-3)
        scaled = dataset.apply_noise_scaling(mask)
        assert float(scaled.noise_map.max()) == 1e8
        if band in ("VIS", "NIR_H"):
            require_ready(scaled, 4.0)


def test_decals_bands_load_from_images_and_inverse_variances(real: Path) -> None:
    (cutout,), (kernels,) = ((real / "decals").glob(f"{name}_*.fits") for name in ("cutout", "copsf"))
    for band in range(3):
        image, header = read_image(cutout, 1 + band)
        inverse_variance, _ = read_image(cutout, 4 + band)
        kernel, _ = read_image(kernels, band)
        np.testing.assert_allclose(world_pixel_scales(header), 0.262, rtol=1e-2)
        noise = preprocess.noise_map_via_weight_map_from(inverse_variance)
        require_ready(Imaging.from_arrays(image, noise, 0.262, psf=kernel, over_sample_size_lp=1), 8.0)


@pytest.mark.parametrize("name", ["simple", "operated", "simple__sersic"])
def test_founding_datasets_load_in_both_orientations(shared: Path, name: str) -> None:
    folder = shared / "founding" / "imaging" / name
    if not folder.is_dir():
        pytest.skip("founding data ('shared/founding' beside the checkout) are not here")
    paths = [folder / f"{part}.fits" for part in ("data", "noise_map", "psf")]
    dataset = Imaging.from_fits(0.1, paths[0], paths[1], psf_path=paths[2], over_sample_size_lp=1)
    masked = require_ready(dataset, 3.0)
    assert masked.shape_slim == 2828
    if masked.psf.shape_native == (11, 11):
        assert masked.grids.blurring.shape_slim == 1300
    flipped = Imaging.from_arrays(*(np.flipud(read_image(path)[0]) for path in paths[:2]), 0.1)
    np.testing.assert_array_equal(np.flipud(np.asarray(flipped.data.native)), dataset.data.native)
    np.testing.assert_array_equal(Array2D.from_fits(paths[0], 0.1).native, dataset.data.native)
