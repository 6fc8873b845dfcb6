import numpy as np
import pytest
from astropy.io import fits

from galens.array.flagged import FLAGGED_NOISE
from galens.errors import DatasetError
from galens.pipeline.exposure import exposure_from, read_exposure

SCALE = 0.1


def images(sides=41, centre=(20, 20)):
    rows, columns = np.indices((sides, sides))
    light = 50.0 * np.exp(-np.hypot(rows - centre[0], columns - centre[1]) / 3.0)
    noise = np.full((sides, sides), 0.1)
    return light + noise * np.random.default_rng(0).standard_normal(light.shape), noise


def gaussian(shape, centre, sigma=1.2):
    rows, columns = np.indices(shape)
    return np.exp(-0.5 * ((rows - centre[0]) ** 2 + (columns - centre[1]) ** 2) / sigma**2)


PSF = gaussian((9, 9), (4, 4))


def words(exposure):
    return " ".join(finding.text for finding in exposure.findings)


def test_a_clean_image_needs_no_words():
    data, noise = images()
    exposure = exposure_from(data, noise, PSF, SCALE)
    assert exposure.findings == ()
    assert exposure.centre == pytest.approx((0.0, 0.0))
    assert exposure.psf.sum() == pytest.approx(1.0)
    assert exposure.largest_radius == pytest.approx(2.05)


def test_the_centre_is_the_bright_galaxy_near_the_middle():
    data, noise = images(centre=(17, 22))
    data[2, 3] = 1e4  # farther out, however bright
    exposure = exposure_from(data, noise, PSF, SCALE)
    assert exposure.centre == pytest.approx((0.3, 0.2))
    assert exposure_from(data, noise, PSF, SCALE, centre=(-0.5, 0.4)).centre == pytest.approx((-0.5, 0.4))
    with pytest.raises(DatasetError, match="outside of the image"):
        exposure_from(data, noise, PSF, SCALE, centre=(5.0, 0.0))


def test_pixels_that_are_flagged_bad_or_masked_do_not_count():
    data, noise = images()
    data[3, 3], noise[5, 5], noise[30:33, 30:33] = np.nan, 0.0, 1e8
    mask = np.zeros(data.shape)
    mask[10, 10] = 1
    exposure = exposure_from(data, noise, PSF, SCALE, mask)
    assert np.count_nonzero(exposure.flagged) == 1 + 1 + 9 + 1
    assert np.all(np.isfinite(exposure.data))
    assert np.all(exposure.noise_map[exposure.flagged] == FLAGGED_NOISE)
    assert "2 pixels have no finite data" in words(exposure)
    assert "flagged by noise or mask" in words(exposure)
    assert exposure.dataset(2.0).shape_slim > 1000


@pytest.mark.parametrize(
    ("psf", "said"),
    [
        (gaussian((10, 10), (4.5, 4.5)), "not odd"),
        (gaussian((10, 9), (5, 4)), "not odd"),
        (gaussian((9, 9), (5, 3)), "off its middle"),
        (gaussian((61, 61), (30, 30)), "larger than the image"),
    ],
)
def test_a_psf_that_can_be_mended_is(psf, said):
    data, noise = images()
    exposure = exposure_from(data, noise, psf, SCALE)
    assert said in words(exposure)
    assert all(side % 2 for side in exposure.psf.shape)
    rows, columns = np.indices(exposure.psf.shape)
    middle = [(side - 1) / 2 for side in exposure.psf.shape]
    assert np.average(rows, weights=exposure.psf) == pytest.approx(middle[0], abs=0.02)
    assert np.average(columns, weights=exposure.psf) == pytest.approx(middle[1], abs=0.02)


def test_a_saturated_core_is_told():
    data, noise = images()
    assert "saturated" in words(exposure_from(np.minimum(data, 25.0), noise, PSF, SCALE))


def test_a_noise_map_that_is_twice_the_scatter_is_told():
    data, noise = images()
    assert "less than they should" in words(exposure_from(data, 2.0 * noise, PSF, SCALE))


def test_impossible_input_is_refused_in_words():
    data, noise = images()
    with pytest.raises(DatasetError, match="noise has shape"):
        exposure_from(data, noise[1:], PSF, SCALE)
    with pytest.raises(DatasetError, match="pixel_scale is 0"):
        exposure_from(data, noise, PSF, 0.0)
    with pytest.raises(DatasetError, match="psf of shape"):
        exposure_from(data, noise, 0.0 * PSF, SCALE)
    with pytest.raises(DatasetError, match="exclude every pixel"):
        exposure_from(data, noise, PSF, SCALE, np.ones(data.shape))


def test_files_need_a_pixel_scale(tmp_path):
    data, noise = images()
    for name, values in (("image", data), ("noise", noise), ("psf", PSF)):
        fits.writeto(tmp_path / f"{name}.fits", values)
    paths = [tmp_path / f"{name}.fits" for name in ("image", "noise", "psf")]
    with pytest.raises(DatasetError, match="--pixel-scale"):
        read_exposure(*paths)
    assert read_exposure(*paths, pixel_scale=0.1).pixel_scale == 0.1
    with fits.open(paths[0], mode="update") as file:
        file[0].header["PIXSCALE"] = 0.05
    assert read_exposure(*paths).pixel_scale == 0.05
