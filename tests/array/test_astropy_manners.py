"""Quantities, world coordinates and NDData of astropy, as input and output."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
from astropy import units as u
from astropy.coordinates import SkyCoord
from astropy.nddata import CCDData, InverseVariance, NDData, StdDevUncertainty, UnknownUncertainty, VarianceUncertainty
from astropy.wcs import WCS

from galens import array as aa
from galens.errors import ArrayError, DatasetError, GridError, KernelError, MaskError

SHAPE = (9, 11)
SCALE = 0.2


def world():
    wcs = WCS(naxis=2)
    wcs.wcs.ctype, wcs.wcs.crval, wcs.wcs.crpix = ["RA---TAN", "DEC--TAN"], [150.0, 2.0], [6.0, 5.0]
    wcs.wcs.cdelt = [-SCALE / 3600, SCALE / 3600]
    return wcs


def images():
    rng = np.random.default_rng(1)
    return rng.normal(1.0, 0.1, SHAPE), rng.uniform(0.1, 0.2, SHAPE)


def test_masks_of_quantities_are_those_of_arcsec():
    scales = {"shape_native": SHAPE, "pixel_scales": SCALE}
    quantities = {"shape_native": SHAPE, "pixel_scales": (SCALE / 3600) * u.deg}
    centre = (0.2 * u.arcsec, (0.1 / 60) * u.arcmin)
    assert aa.Mask2D.circular(**quantities, radius=700 * u.mas, centre=centre) == aa.Mask2D.circular(
        **scales, radius=0.7, centre=(0.2, 0.1)
    )
    assert aa.Mask2D.elliptical(
        **quantities, major_axis_radius=0.8 * u.arcsec, axis_ratio=0.5, angle=np.pi / 6 * u.rad
    ) == aa.Mask2D.elliptical(**scales, major_axis_radius=0.8, axis_ratio=0.5, angle=30.0)
    pair = [0.2, 0.2] * u.arcsec
    assert aa.Grid2D.uniform(shape_native=SHAPE, pixel_scales=pair).mask == aa.Mask2D.all_false(SHAPE, SCALE)


def test_a_gaussian_psf_takes_quantities():
    options = {"shape_native": (5, 5), "pixel_scales": 0.1}
    given = aa.Convolver.from_gaussian(**options, sigma=(0.1 / 60) * u.arcmin, angle=0.5 * u.rad, axis_ratio=0.7)
    plain = aa.Convolver.from_gaussian(**options, sigma=0.1, angle=np.rad2deg(0.5), axis_ratio=0.7)
    np.testing.assert_allclose(given.kernel.values, plain.kernel.values, rtol=1e-12)


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: aa.Mask2D.all_false(SHAPE, 0.1 * u.kpc), GridError, "pixel_scales is 0.1 kpc, but must be an angle"),
        (lambda: aa.Mask2D.circular(SHAPE, 1 * u.pix, SCALE), MaskError, "radius is 1.0 pix, but must be"),
        (lambda: aa.Convolver.from_gaussian((3, 3), 0.1, sigma=1 * u.s), KernelError, "sigma is 1.0 s"),
    ],
)
def test_a_wrong_unit_is_an_error_that_names_the_argument(call, error, message):
    with pytest.raises(error, match=message):
        call()


@pytest.mark.parametrize(
    "uncertainty",
    [
        lambda sigma: StdDevUncertainty(sigma, unit=u.mJy),
        lambda sigma: VarianceUncertainty(sigma**2, unit=u.mJy**2),
        lambda sigma: InverseVariance(1.0 / sigma**2, unit=u.mJy**-2),
        lambda sigma: StdDevUncertainty(sigma),
        lambda sigma: StdDevUncertainty(1e-3 * sigma, unit=u.Jy),
    ],
    ids=["standard deviation", "variance", "inverse variance", "no unit", "another unit"],
)
def test_imaging_takes_nddata_with_every_kind_of_uncertainty(uncertainty):
    data, sigma = images()
    dataset = aa.Imaging.from_nddata(NDData(data, uncertainty=uncertainty(sigma), unit=u.mJy, wcs=world()))
    np.testing.assert_array_equal(np.asarray(dataset.data.native), data)
    np.testing.assert_allclose(np.asarray(dataset.noise_map.native), sigma, rtol=1e-12)
    assert dataset.pixel_scales == pytest.approx((SCALE, SCALE))
    assert dataset.header.get("BUNIT") == "mJy"


def test_imaging_takes_ccddata_with_its_mask_header_and_psf():
    data, sigma = images()
    bad = np.zeros(SHAPE, bool)
    bad[3, 4] = True
    sigma[3, 4] = np.inf
    kernel = np.ones((3, 3)) / 9
    ccd = CCDData(data, unit="adu", uncertainty=StdDevUncertainty(sigma), mask=bad, wcs=world(), psf=kernel)
    ccd.header["TELESCOP"] = "a large one"
    dataset = aa.Imaging.from_nddata(ccd)
    np.testing.assert_array_equal(dataset.mask.array, bad)
    np.testing.assert_allclose(np.asarray(dataset.psf.kernel.native), kernel)
    assert dataset.header.get("TELESCOP") == "a large one"
    assert dataset.wcs.wcs_world2pix([[150.0, 2.0]], 1)[0] == pytest.approx([6.0, 5.0])


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"wcs": world()}, "no uncertainty of a known type"),
        ({"wcs": world(), "uncertainty": UnknownUncertainty(np.ones(SHAPE))}, "no uncertainty of a known type"),
        ({"uncertainty": StdDevUncertainty(np.ones(SHAPE))}, "give pixel_scales, in arcsec"),
        ({"wcs": world(), "uncertainty": InverseVariance(np.zeros(SHAPE))}, "noise_map must be positive and finite"),
    ],
)
def test_nddata_that_is_no_dataset_is_refused_in_words(options, message):
    with pytest.raises(DatasetError, match=message):
        aa.Imaging.from_nddata(NDData(np.ones(SHAPE), **options))


def test_places_on_the_sky_and_in_the_image_are_the_same_after_a_mask_and_a_trim():
    data, sigma = images()
    dataset = aa.Imaging.from_nddata(NDData(data, uncertainty=StdDevUncertainty(sigma), wcs=world()))
    centre = dataset.sky_coordinates_from((0.0, 0.0))
    assert (centre.ra.deg, centre.dec.deg) == pytest.approx((150.0, 2.0))
    # Rows count downwards in y, and upwards in declination with this header: row 0 is the top row.
    up = dataset.sky_coordinates_from((SCALE, 0.0))
    assert up.dec.arcsec - centre.dec.arcsec == pytest.approx(-SCALE, rel=1e-6)
    left = dataset.sky_coordinates_from((0.0, -SCALE))
    assert centre.separation(left).arcsec == pytest.approx(SCALE, rel=1e-6)
    assert left.ra > centre.ra

    trimmed = dataset.trimmed_after_convolution_from((3, 3))
    place = (0.3, -0.5)
    sky = dataset.sky_coordinates_from(place)
    assert trimmed.sky_coordinates_from(place).separation(sky).arcsec < 1e-6
    np.testing.assert_allclose(trimmed.scaled_coordinates_from(sky), place, atol=1e-6)

    masked = dataset.apply_mask(aa.Mask2D.circular(SHAPE, 0.5, dataset.pixel_scales))
    assert len(masked.sky_coordinates_from(masked.grid)) == masked.shape_slim


def test_without_world_coordinates_there_is_no_sky():
    data, sigma = images()
    dataset = aa.Imaging.from_arrays(data, sigma, SCALE)
    assert dataset.wcs is None
    for call in (
        lambda: dataset.sky_coordinates_from((0.0, 0.0)),
        lambda: dataset.scaled_coordinates_from(SkyCoord(0 * u.deg, 0 * u.deg)),
    ):
        with pytest.raises(ArrayError, match="no world coordinates"):
            call()


def test_plain_numbers_do_not_import_astropy():
    code = (
        "import sys; from galens import galaxy as ag; ag.lp.Sersic(centre=(0.1, 0.2)); "
        "ag.Mask2D.circular((9, 9), 0.3, 0.1); sys.exit('astropy' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
