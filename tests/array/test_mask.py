"""`Mask2D` as an object: identity, immutability, indices, combination, resizing, files."""

from __future__ import annotations

import copy
import pickle

import jax
import numpy as np
import pytest
from astropy.io import fits
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from galens.array import Mask2D
from galens.errors import DatasetError, GalensError, MaskError

flags = hnp.arrays(bool, st.tuples(st.integers(1, 9), st.integers(1, 9)))
some = settings(max_examples=60, deadline=None)


def test_equal_content_is_equal_and_hashes_alike():
    one = Mask2D.circular((20, 21), 0.7, 0.1, centre=(0.1, 0.0))
    same = Mask2D(one.array.copy(), pixel_scales=(0.1, 0.1))
    assert one == same
    assert hash(one) == hash(same)
    assert one.digest == same.digest


@pytest.mark.parametrize(
    "other",
    [
        Mask2D(np.zeros((4, 3)), 0.1),
        Mask2D(np.zeros((3, 4)), 0.2),
        Mask2D(np.zeros((3, 4)), (0.1, 0.2)),
        Mask2D(np.zeros((3, 4)), 0.1, origin=(0.0, 1.0)),
        Mask2D(np.eye(3, 4), 0.1),
    ],
)
def test_any_difference_in_content_makes_masks_unequal(other):
    assert Mask2D(np.zeros((3, 4)), 0.1) != other
    assert Mask2D(np.zeros((3, 4)), 0.1).digest != other.digest


def test_minus_zero_is_the_same_origin_as_zero():
    assert Mask2D.all_false((2, 2), 1.0, origin=(-0.0, 0.0)) == Mask2D.all_false((2, 2), 1.0)


def test_copies_and_pickles_are_equal_and_still_immutable():
    mask = Mask2D.circular((8, 8), 2.0, 1.0)
    for twin in (copy.copy(mask), copy.deepcopy(mask), pickle.loads(pickle.dumps(mask))):
        assert twin == mask
        with pytest.raises(ValueError, match="read-only"):
            twin.array[0, 0] = False


def test_mask_cannot_be_changed():
    mask = Mask2D.all_false((3, 3), 1.0)
    with pytest.raises(AttributeError, match="immutable"):
        mask.pixel_scales = (2.0, 2.0)
    with pytest.raises(AttributeError, match="immutable"):
        del mask.array
    for array in (mask.array, mask.flat_index, mask.native_for_slim, mask.slim_for_native, mask.pixel_centres):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 1


def test_callers_array_is_neither_changed_nor_shared():
    given_flags = np.eye(3, dtype=bool)
    mask = Mask2D(given_flags, 1.0, invert=True)
    np.testing.assert_array_equal(given_flags, np.eye(3, dtype=bool))
    given_flags[:] = True
    assert mask.pixels_in_mask == 3


def test_a_mask_is_static_under_jit_and_an_equal_one_does_not_recompile():
    traces = []

    @jax.jit
    def pixels(mask, value):
        traces.append(mask)
        return value * mask.pixels_in_mask, mask

    for _ in range(3):
        mask = Mask2D.circular((10, 10), 3.0, 1.0)
        value, back = pixels(mask, 2.0)
        assert value == 2 * mask.pixels_in_mask
        assert back == mask
    assert len(traces) == 1


@some
@given(flags)
def test_slim_and_native_indices_are_row_major_and_inverse(masked):
    mask = Mask2D(masked, 0.5)
    expected = [(r, c) for r in range(masked.shape[0]) for c in range(masked.shape[1]) if not masked[r, c]]
    assert mask.pixels_in_mask == len(expected)
    assert [tuple(pixel) for pixel in mask.native_for_slim.tolist()] == expected
    assert mask.flat_index.tolist() == [r * masked.shape[1] + c for r, c in expected]
    np.testing.assert_array_equal(mask.slim_for_native[mask.slim_to_native_tuple], np.arange(len(expected)))
    assert (mask.slim_for_native[masked] == len(expected)).all()
    assert mask.is_all_true == (not expected)
    assert mask.is_all_false == (len(expected) == masked.size)


@some
@given(flags, st.data())
def test_and_or_not_act_on_the_excluded_pixels(masked, data):
    other = data.draw(hnp.arrays(bool, masked.shape))
    one, two = Mask2D(masked, 0.1), Mask2D(other, 0.1)
    np.testing.assert_array_equal((one & two).array, masked & other)
    np.testing.assert_array_equal((one | two).array, masked | other)
    np.testing.assert_array_equal((~one).array, ~masked)
    assert ~(one & two) == (~one | ~two)


def test_masks_of_different_arrays_do_not_combine():
    with pytest.raises(MaskError, match="different arrays"):
        Mask2D.all_false((3, 3), 1.0) & Mask2D.all_false((3, 4), 1.0)
    with pytest.raises(MaskError, match="different arrays"):
        Mask2D.all_false((3, 3), 1.0) | Mask2D.all_false((3, 3), 2.0)


@pytest.mark.parametrize(
    "bad",
    [np.zeros(3), np.zeros((2, 2, 2)), np.zeros((0, 3)), [[True], [True, False]], [["a", "b"]], [[np.nan, 0.0]]],
)
def test_unusable_masks_are_refused(bad):
    with pytest.raises(GalensError):
        Mask2D(bad, 1.0)


def test_numbers_other_than_zero_exclude():
    np.testing.assert_array_equal(Mask2D([[0, 2], [-1, 0.5]], 1.0).array, [[False, True], [True, True]])


@pytest.mark.parametrize(("old", "new", "shift"), [(3, 4, 1), (4, 5, 0), (4, 3, -1), (4, 2, -1), (5, 9, 2), (6, 6, 0)])
def test_resizing_keeps_the_pixel_in_the_middle(old, new, shift):
    mask = Mask2D(np.eye(old), 1.0).resized_from((new, new))
    for row in range(old):
        if 0 <= row + shift < new:
            assert mask.array[row + shift, row + shift]


@some
@given(st.tuples(st.integers(1, 7), st.integers(1, 7)), st.tuples(st.integers(1, 9), st.integers(1, 9)))
def test_resizing_leaves_pixels_where_they_are_on_the_sky(old, new):
    mask = Mask2D.all_false(old, (0.2, 0.3), origin=(1.0, -2.0))
    resized = mask.resized_from(new)
    before = {tuple(np.round(centre, 9)) for centre in mask.pixel_centres}
    after = {tuple(np.round(centre, 9)) for centre in resized.pixel_centres}
    assert after <= before
    assert len(after) == min(old[0], new[0]) * min(old[1], new[1])


def test_padding_is_masked_unless_asked_otherwise():
    mask = Mask2D.all_false((3, 3), 1.0)
    assert mask.resized_from((5, 5)).pixels_in_mask == 9
    assert mask.resized_from((5, 5), pad_value=0).pixels_in_mask == 25
    assert mask.zoom.mask_2d_from(buffer=2).pixels_in_mask == 9


def test_zoom_keeps_pixels_where_they_are_on_the_sky():
    mask = Mask2D.circular((20, 31), 0.45, 0.1, centre=(0.3, -0.7), origin=(2.0, 1.0))
    zoomed = mask.zoom.mask_2d_from(buffer=1)
    assert zoomed.shape_native == (10, 11)
    np.testing.assert_allclose(zoomed.pixel_centres, mask.pixel_centres, atol=1e-12)
    np.testing.assert_allclose(mask.zoom.extent_from(buffer=1), zoomed.geometry.extent)
    np.testing.assert_allclose(zoomed.origin, mask.mask_centre)


def test_zoom_of_an_empty_mask_is_refused():
    with pytest.raises(MaskError, match="no unmasked pixel"):
        Mask2D.all_false((3, 3), 1.0, invert=True).zoom.region  # noqa: B018


@pytest.mark.parametrize("factor", [0.5, 2.0, 3.0])
def test_rescaling_keeps_the_area_on_the_sky(factor):
    mask = Mask2D.circular((20, 14), 0.35, (0.1, 0.1), origin=(3.0, 4.0))
    rescaled = mask.rescaled_from(factor)
    np.testing.assert_allclose(rescaled.geometry.extent, mask.geometry.extent)
    assert rescaled.shape_native == (20 * factor, 14 * factor)
    assert rescaled.array[0].all()
    assert rescaled.array[:, -1].all()


def test_enlarging_by_a_whole_number_repeats_pixels():
    mask = Mask2D.circular((9, 9), 2.5, 1.0)
    np.testing.assert_array_equal(mask.rescaled_from(2).array, np.kron(mask.array, np.ones((2, 2))).astype(bool))


@pytest.mark.parametrize("centre", [(0.0, 0.0), (0.03, 0.0), (-0.31, 0.12)])
@pytest.mark.parametrize("radius", [0.29, 0.5, 0.83])
@pytest.mark.parametrize("shape", [(31, 31), (30, 33)])
def test_disc_is_circular_wherever_its_centre_is(centre, radius, shape):
    mask = Mask2D.circular(shape, radius, 0.1, centre=centre)
    assert mask.is_circular
    assert mask.circular_radius == pytest.approx(radius, abs=0.1)


@pytest.mark.parametrize(
    "mask",
    [
        Mask2D.circular_annular((31, 31), 0.2, 0.9, 0.1),
        Mask2D.elliptical((31, 31), 0.9, 0.6, 20.0, 0.1),
        Mask2D.from_pixel_coordinates((31, 31), [(15, 15)], 0.1, buffer=5),
        Mask2D.circular((31, 31), 0.9, 0.1, invert=True),
        Mask2D.all_false((9, 9), 0.1),
        Mask2D.all_false((9, 9), 0.1, invert=True),
    ],
)
def test_what_is_not_a_disc_is_not_circular(mask):
    assert not mask.is_circular
    with pytest.raises(MaskError, match="not a disc"):
        mask.circular_radius  # noqa: B018


def test_mask_survives_a_fits_file(tmp_path):
    mask = Mask2D.circular((12, 9), 0.35, (0.1, 0.2), origin=(1.0, 2.0), centre=(0.1, 0.0))
    mask.output_to_fits(tmp_path / "mask.fits")
    assert Mask2D.from_fits(tmp_path / "mask.fits", (0.1, 0.2), origin=(1.0, 2.0)) == mask
    assert Mask2D.from_fits(tmp_path / "mask.fits", (0.1, 0.2), invert=True).array.sum() == mask.pixels_in_mask
    header = fits.getheader(tmp_path / "mask.fits")
    assert (header["PIXSCAY"], header["PIXSCAX"], header["ORIGINY"], header["ORIGINX"]) == (0.1, 0.2, 1.0, 2.0)


def test_mask_is_read_from_an_hdu_by_number_or_name_and_resized(tmp_path):
    image = np.zeros((5, 5), dtype=">i2")
    image[0, 0] = 7
    fits.HDUList([fits.PrimaryHDU(), fits.ImageHDU(image, name="MASK")]).writeto(tmp_path / "mask.fits")
    for hdu in (1, "mask"):
        mask = Mask2D.from_fits(tmp_path / "mask.fits", 0.1, hdu=hdu, resized_mask_shape=(7, 7))
        assert mask.shape_native == (7, 7)
        assert mask.pixels_in_mask == 24
        assert mask.array[1, 1]
    with pytest.raises(DatasetError, match="HDU"):
        Mask2D.from_fits(tmp_path / "mask.fits", 0.1, hdu=3)


def test_nan_in_a_file_is_refused_with_the_files_name(tmp_path):
    fits.PrimaryHDU(np.full((2, 2), np.nan)).writeto(tmp_path / "nan.fits")
    with pytest.raises(MaskError, match=r"HDU 0 of '.*nan.fits': mask holds 4 NaN"):
        Mask2D.from_fits(tmp_path / "nan.fits", 0.1)


def test_mask_is_an_array_to_numpy():
    mask = Mask2D([[True, False], [False, False]], 1.0)
    assert np.asarray(mask).dtype == bool
    assert np.sum(mask) == 1
    assert mask[0, 0]
    assert len(mask) == 2
    assert np.asarray(mask, dtype=float).dtype == float


def test_repr_says_what_is_kept():
    assert repr(Mask2D.circular((100, 100), 3.0, 0.1)) == "Mask2D(2828 of 100 x 100 pixels kept, 0.1 arcsec)"
