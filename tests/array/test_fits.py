"""FITS in and out: number types, HDUs, sky positions, and what is said when something is missing."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from astropy.io import fits
from astropy.wcs import WCS

from galens.array import Array2D, Imaging, Mask2D
from galens.array.fits import read_image, write_image, write_images
from galens.array.header import Header
from galens.array.world_coordinates import header_moved, world_cards, world_pixel_scales
from galens.errors import DatasetError

VALUES = np.arange(12.0).reshape(3, 4)


def sky_header() -> fits.Header:
    wcs = WCS(naxis=2)
    wcs.wcs.ctype = ["RA---TAN", "DEC--TAN"]
    wcs.wcs.crval = [150.123456789012, 2.2]
    wcs.wcs.crpix = [2.5, 2.0]
    wcs.wcs.cd = np.array([[-0.05, 0.001], [0.001, 0.05]]) / 3600
    header = wcs.to_header()
    header["EXPTIME"] = 1200.0
    return header


@pytest.mark.parametrize("dtype", [">f4", "<f4", ">f8", ">i2", ">i4", "u1", ">i8"])
def test_any_number_type_is_read_as_native_float64(tmp_path: Path, dtype: str) -> None:
    fits.PrimaryHDU(VALUES.astype(dtype)).writeto(tmp_path / "image.fits")
    values, _ = read_image(tmp_path / "image.fits")
    assert values.dtype == np.float64
    assert values.dtype.isnative
    np.testing.assert_array_equal(values, VALUES)


def test_scaled_integers_are_unscaled_and_blanks_become_nan(tmp_path: Path) -> None:
    unit = fits.PrimaryHDU(np.array([[1, 2], [3, -99]], dtype=np.int16))
    unit.header["BLANK"] = -99
    unit.header["BSCALE"] = 0.5
    unit.writeto(tmp_path / "image.fits")
    np.testing.assert_array_equal(read_image(tmp_path / "image.fits")[0], [[0.5, 1.0], [1.5, np.nan]])


def test_row_0_of_the_file_is_the_top_row(tmp_path: Path) -> None:
    write_image(tmp_path / "image.fits", VALUES)
    array = Array2D.from_fits(tmp_path / "image.fits", pixel_scales=1.0)
    np.testing.assert_array_equal(array.native[0], VALUES[0])
    assert array.mask.pixel_centres[0, 0] > array.mask.pixel_centres[-1, 0]


def test_hdus_are_found_by_index_and_by_name_in_any_case(tmp_path: Path) -> None:
    write_images(tmp_path / "all.fits", {"DATA": VALUES, "NOISE_MAP": 2 * VALUES})
    for hdu in (1, "NOISE_MAP", "noise_map"):
        np.testing.assert_array_equal(read_image(tmp_path / "all.fits", hdu)[0], 2 * VALUES)


def test_leading_axes_of_length_one_are_dropped(tmp_path: Path) -> None:
    fits.PrimaryHDU(VALUES[None, None]).writeto(tmp_path / "radio.fits")
    assert read_image(tmp_path / "radio.fits")[0].shape == (3, 4)


def test_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match=r"data_path: there is no file '.*nowhere\.fits'"):
        read_image(tmp_path / "nowhere.fits", argument="data_path")


@pytest.mark.parametrize("hdu", [7, -1, "PSF"])
def test_missing_hdu_is_named_with_those_that_are_there(tmp_path: Path, hdu: int | str) -> None:
    write_images(tmp_path / "all.fits", {"DATA": VALUES, "NOISE_MAP": VALUES})
    with pytest.raises(DatasetError, match=rf"all\.fits' has no HDU {hdu!r}.*0 DATA \(3x4\), 1 NOISE_MAP \(3x4\)"):
        read_image(tmp_path / "all.fits", hdu)


def test_hdu_without_an_image_is_named_with_those_that_are_there(tmp_path: Path) -> None:
    fits.HDUList([fits.PrimaryHDU(), fits.ImageHDU(VALUES, name="SCI")]).writeto(tmp_path / "multi.fits")
    with pytest.raises(DatasetError, match=r"HDU 0 of '.*multi\.fits' has no image.*PRIMARY \(no data\), 1 SCI"):
        read_image(tmp_path / "multi.fits")


def test_cube_is_refused(tmp_path: Path) -> None:
    fits.PrimaryHDU(np.zeros((2, 3, 4))).writeto(tmp_path / "cube.fits")
    with pytest.raises(DatasetError, match=r"shape \(2, 3, 4\)"):
        read_image(tmp_path / "cube.fits")


def test_file_that_is_not_fits_is_refused(tmp_path: Path) -> None:
    (tmp_path / "text.fits").write_text("no FITS")
    with pytest.raises(DatasetError, match=r"text\.fits' cannot be read as FITS"):
        read_image(tmp_path / "text.fits")


def test_existing_file_is_kept_unless_overwriting_is_asked_for(tmp_path: Path) -> None:
    write_image(tmp_path / "image.fits", VALUES)
    with pytest.raises(DatasetError, match="overwrite=True"):
        write_image(tmp_path / "image.fits", 2 * VALUES)
    write_image(tmp_path / "image.fits", 2 * VALUES, overwrite=True)
    np.testing.assert_array_equal(read_image(tmp_path / "image.fits")[0], 2 * VALUES)


def test_nothing_else_is_left_beside_a_written_file(tmp_path: Path) -> None:
    write_image(tmp_path / "new" / "image.fits", VALUES)
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["image.fits"]


def test_sky_position_survives_reading_masking_and_writing(tmp_path: Path) -> None:
    fits.PrimaryHDU(VALUES, sky_header()).writeto(tmp_path / "data.fits")
    write_image(tmp_path / "noise.fits", np.ones((3, 4)))
    dataset = Imaging.from_fits(0.05, tmp_path / "data.fits", tmp_path / "noise.fits")
    dataset = dataset.apply_mask(Mask2D.circular((3, 4), 0.08, 0.05)).apply_over_sampling(2)
    dataset.output_to_fits(data_path=tmp_path / "out.fits")
    before, after = (WCS(fits.getheader(tmp_path / name)) for name in ("data.fits", "out.fits"))
    points = [[1.0, 1.0], [4.0, 3.0]]
    np.testing.assert_allclose(after.wcs_pix2world(points, 1), before.wcs_pix2world(points, 1), rtol=1e-14)


def test_sky_position_follows_the_pixels_when_an_array_is_cut(tmp_path: Path) -> None:
    array = Array2D.no_mask(np.arange(63.0).reshape(7, 9), 0.05, header=sky_header())
    cut = array.trimmed_after_convolution_from((3, 5))
    before, after = WCS(sky_header()), WCS(fits.Header(world_cards(cut.header)))
    np.testing.assert_allclose(after.wcs_pix2world([[1, 1]], 1), before.wcs_pix2world([[3, 2]], 1), rtol=1e-14)
    assert cut.native[0, 0] == array.native[1, 2]


def test_only_the_reference_pixel_changes_when_an_array_is_moved() -> None:
    header = Header(sky_header())
    moved = world_cards(header_moved(header, rows=3, columns=-1))
    expected = {**world_cards(header), "CRPIX1": 1.5, "CRPIX2": 5.0}
    assert moved == expected
    assert header.cards["CRPIX1"] == 2.5


def test_pixel_scales_are_known_from_the_sky_position() -> None:
    np.testing.assert_allclose(world_pixel_scales(Header(sky_header())), 0.05, rtol=1e-3)
    assert world_pixel_scales(Header()) is None
    assert world_pixel_scales(Header(fits.Header({"CRPIX1": 1.0, "CRPIX2": 1.0}))) is None
